"""Public taskings as rows of an export."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from tasking.meeting.answers import words_for_mail
from tasking.meeting.service import MeetingService
from tasking.meeting.taskings import Tasking, public_owner, public_place, taskings
from tasking.model.proposal import BY_THE_RULES, Status, Verb
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_taskings

COLUMNS: Final = (
    "tasking_id", "proposed_on", "incident_id", "proposal_id", "what", "place", "owners", "due_on", "status",
    "decided_by", "decided_at", "done_at", "result", "times_carried", "lapsed_on",
)  # fmt: skip
ON_THE_DESK: Final = "on the desk"  # where it can be read


def tasking_rows(service: MeetingService, first: date, last: date) -> list[dict[str, Any]]:
    """One row for each public tasking proposed on these days, the oldest first, with COLUMNS.

    `decided_by`, `decided_at`: who first acted on it. `what` and `result`: ON_THE_DESK instead of what a person typed,
    which may name somebody. Owners and places are those that may be public.
    """
    found = [one for one in _public(service) if first <= one.proposed_on <= last]
    return [_row(service, one) for one in sorted(found, key=lambda one: (one.proposed_on, one.tasking_id))]


def taskings_by_incident(service: MeetingService) -> dict[str, list[Tasking]]:
    """Incident, by the id that its taskings were given -> its public taskings."""
    by_incident: dict[str, list[Tasking]] = defaultdict(list)
    for one in _public(service):
        if one.incident_id:
            by_incident[one.incident_id].append(one)
    return by_incident


def _public(service: MeetingService) -> Iterable[Tasking]:
    withheld = withheld_taskings(service.warehouse, PUBLIC_VISIBILITY)
    return [one for one in taskings(service, is_all=True) if one.tasking_id not in withheld]


def _row(service: MeetingService, one: Tasking) -> dict[str, Any]:
    decided = next((step for step in one.standing.steps if step.verb not in BY_THE_RULES), None)
    over = one.standing.last(Verb.DONE, Verb.DROP) if one.status in (Status.DONE, Status.DROPPED) else None
    lapsed = one.standing.last(Verb.LAPSE) if one.status == Status.LAPSED else None
    return {
        "tasking_id": one.tasking_id,
        "proposed_on": one.proposed_on,
        "incident_id": one.incident_id or "",
        "proposal_id": one.proposal_id or "",
        "what": words_for_mail(one) or ON_THE_DESK,
        "place": public_place(service, one.place),
        "owners": "; ".join(dict.fromkeys(public_owner(service, owner) for owner in one.owners)),
        "due_on": one.due_on,
        "status": one.status,
        "decided_by": decided.actor if decided else "",
        "decided_at": _moment(decided.at if decided else None),
        "done_at": _moment(over.at if over and over.verb == Verb.DONE else None),
        "result": ON_THE_DESK if over and over.reason else "",
        "times_carried": one.times_carried,
        "lapsed_on": lapsed.day if lapsed else "",
    }


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
