"""What hangs on incidents and stays with them when they are split or merged, as far as somebody may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasking import casefile
from tasking.meeting import FollowUp
from tasking.pages.access import Person
from tasking.pages.render import on
from tasking.pages.visible import follow_ups_for, proposals_for, taskings_of
from tasking.services import Services


@dataclass(frozen=True)
class Consequence:
    """Something that hangs on an incident: `kind`, what it is in words, and its page below the root of the desk."""

    kind: str
    words: str
    path: str


def consequences(
    services: Services, person: Person, looked_at: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[Consequence]:
    """The taskings, proposals and groups, and follow-ups of some incidents. `looked_at`: incident -> its reports."""
    reports = [str(row["report_id"]) for rows in looked_at.values() for row in rows]
    names = {*looked_at, *casefile.former_names_of(services.casefile, reports)}
    found = [
        Consequence("Tasking", f"{one.what} ({one.owner}, due {on(one.due_on)}, {one.status_words})", "taskings")
        for one in taskings_of(services, person, names, has_restricted=True)
    ]
    found += [
        Consequence(
            "Group or proposal",
            f"{one.proposal.theme}, {one.proposal.subject} ({one.standing.status.value})",
            f"groups/{one.proposal.proposal_id}",
        )
        for one in proposals_for(services, person)
        if not one.incident_ids.isdisjoint(names)
    ]
    follow_ups = {one.follow_up_id: one for incident in looked_at for one in follow_ups_for(services, person, incident)}
    return found + [
        Consequence("Follow-up", _follow_up_words(services, one), f"follow-ups/{key}")
        for key, one in follow_ups.items()
    ]


def _follow_up_words(services: Services, one: FollowUp) -> str:
    reported, due = (moment.astimezone(services.partnership.zone) for moment in (one.reported_at, one.due_at))
    words = f"reported on {on(reported.date())}, {reported:%H:%M}"
    return f"{words}, " + (f"contact by {on(due.date())}, {due:%H:%M}" if one.settled_by is None else one.state.value)
