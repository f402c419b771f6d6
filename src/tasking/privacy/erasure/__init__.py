"""Erasure of one person: who is meant, what of them is kept, what is changed, and what a search finds afterwards.

find_person -> plan -> erase -> search -> certificate
"""

from tasking.privacy.erasure.carry_out import erase, finish
from tasking.privacy.erasure.changes import Change, OutsideStores
from tasking.privacy.erasure.holds import lift_hold, place_hold
from tasking.privacy.erasure.person import Person, find_person
from tasking.privacy.erasure.plan import Plan, plan

__all__ = [
    "Change", "OutsideStores", "Person", "Plan", "erase", "find_person", "finish", "lift_hold", "place_hold", "plan",
]  # fmt: skip
