"""The reserved rule of groups that people start by hand. It has no file, finds nothing and is never evaluated."""

from collections.abc import Sequence
from typing import Final

from tasking.config.rule import CoolDown, Rule, Wording
from tasking.model.trigger import Proposes

BY_HAND: Final = Rule(
    rule="by_hand",
    version=1,
    title="Started by hand",
    why="The meeting knows of a problem that no rule has found.",
    proposes=Proposes.GROUP,
    route="briefing",
    severity="medium",
    themes={"incidents of any kind": []},
    numbers={"days": 28, "radius_m": 250},
    cool_down=CoolDown(rejected_days=14, grown_by=0.5, closed_days=28),
    wording=Wording(headline="{subject}", detail="started by hand"),
)


def by_hand_rule(theme: str, categories: Sequence[str]) -> Rule:
    """The reserved rule, with the theme of one group and the categories that its figures count; none for any kind."""
    return BY_HAND.model_copy(update={"themes": {theme: list(categories)}})
