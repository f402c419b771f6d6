"""Taskings: who does what by when, and the feedback owed to those who reported."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tasking.meeting.decisions import SYSTEM, DecisionResult, decide, today
from tasking.meeting.service import MeetingService
from tasking.meeting.store import taskings as store
from tasking.meeting.store.proposals import proposals, standings
from tasking.model.briefing import TaskingLine
from tasking.model.day import local_time
from tasking.model.errors import TaskingError
from tasking.model.proposal import Standing, Status, Step, Verb

_KEPT: Final = ("tasking_id", "proposed_on", "what", "place", "owner", "proposal_id", "withdrawn_on", "is_restricted")
_LATE_MEETINGS: Final = 3  # overdue for so many, it is carried over late
FEEDBACK_DAYS: Final = 28  # for which a caller is owed feedback


@dataclass(frozen=True)
class Tasking:
    """A tasking and where it stands; `due_on` is its latest date. `owner` leads, and is the first of `owners`."""

    tasking_id: str
    proposed_on: date
    what: str
    place: str
    owner: str
    due_on: date
    standing: Standing
    is_overdue: bool = False
    proposal_id: str | None = None
    withdrawn_on: date | None = None
    is_restricted: bool = False  # it follows from a proposal of the restricted route
    owners: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """Where it stands. A withdrawn tasking can still be taken, and is then like any other."""
        return Status.WITHDRAWN if self.withdrawn_on and not self.standing.steps else self.standing.status

    @property
    def times_carried(self) -> int:
        return sum(step.verb in (Verb.CARRY, Verb.CARRY_LATE) for step in self.standing.steps)

    @property
    def status_words(self) -> str:
        """`open, overdue, carried over 2 times`."""
        carried = f"carried over {self.times_carried} time{'s' if self.times_carried > 1 else ''}"
        parts = [self.status.value, "overdue" * self.is_overdue, carried * bool(self.times_carried)]
        return ", ".join(filter(None, parts))


def taskings(service: MeetingService, day: date | None = None, *, is_all: bool = False) -> list[Tasking]:
    """The open taskings (`is_all`: every one), the earliest due first: now, or as they stood when a day began."""
    rows = store.taskings(service.warehouse, day or date.max)
    standing = standings(service.warehouse, [row["tasking_id"] for row in rows])
    found = []
    for row in rows:
        one = standing[row["tasking_id"]].as_of(day) if day else standing[row["tasking_id"]]
        dated = one.last(Verb.CARRY, Verb.CARRY_LATE, Verb.APPROVE)
        due_on = dated.due_on if dated and dated.due_on else row["due_on"]
        is_open = one.status == Status.OPEN
        if is_all or is_open:
            kept = {name: row[name] for name in _KEPT}
            owners = _owners(one, row["owner"])
            is_overdue = is_open and due_on < (day or today(service))
            found.append(
                Tasking(
                    **kept | {"owner": owners[0]}, due_on=due_on, standing=one, is_overdue=is_overdue, owners=owners
                )
            )
    return sorted(found, key=lambda one: (one.due_on, one.tasking_id))


def _owners(standing: Standing, proposed: str) -> tuple[str, ...]:
    """Who does it: as it was approved or last assigned; else the owner who was proposed."""
    given = next((step for step in reversed(standing.steps) if step.owners or "owner" in step.details), None)
    return (given.owners or (given.details["owner"],)) if given else (proposed,)


def tasking_of(service: MeetingService, tasking_id: str) -> Tasking:
    """A tasking by its id. Raises TaskingError for an unknown one."""
    found = next((one for one in taskings(service, is_all=True) if one.tasking_id == tasking_id), None)
    if found is None:
        raise TaskingError(f"there is no tasking {tasking_id}; list them: tasking taskings list")
    return found


def store_proposed(
    service: MeetingService, day: date, proposed: Sequence[TaskingLine], before: Sequence[TaskingLine]
) -> None:
    """Stores the taskings that the newest version of a day's briefing proposes.

    `before`: what all versions of that briefing proposed. A tasking that an older version proposed and that nobody has
    taken a step with follows the newest version: its text, place, owner and date change with it, and it is withdrawn
    where that version no longer has it.
    """
    rows = [
        {
            "tasking_id": one.proposal_id, "proposed_on": day, "what": one.what, "place": one.place, "owner": one.owner,
            "due_on": one.due_on, "why": one.why, "incident_id": one.incident_id or None, "proposal_id": None,
        }
        for one in proposed
    ]  # fmt: skip
    now = {one.proposal_id for one in proposed}
    gone = {one.proposal_id for one in before} - now
    store.follow_briefing(service.warehouse, rows, gone, SYSTEM, service.clock(), today(service))


def add_tasking(
    service: MeetingService,
    actor: str,
    what: str,
    owner: str,
    place: str,
    due_on: date,
    incident_id: str | None = None,
    proposal_id: str | None = None,
) -> str:
    """Stores a tasking that the meeting decided on, and takes it, in one transaction. Returns its id.

    Raises TaskingError without a text or an owner, for a date that is past, or for an unknown group.
    """
    if not what.strip() or not owner.strip():
        raise TaskingError("a tasking needs what is to be done, and who does it")
    if due_on < today(service):
        raise TaskingError(f"{due_on} is past")
    if proposal_id and not proposals(service.warehouse, only=proposal_id):
        raise TaskingError(f"there is no group {proposal_id}")
    at = service.clock()
    named = f"{at.isoformat()}|{owner}|{what}|{place}"
    tasking_id = f"T-{today(service):%Y%m%d}-{hashlib.sha256(named.encode()).hexdigest()[:8]}"
    row = {
        "tasking_id": tasking_id, "proposed_on": today(service), "what": what.strip(), "place": place.strip(),
        "owner": owner.strip(), "due_on": due_on, "why": "decided at the meeting", "incident_id": incident_id,
        "proposal_id": proposal_id,
    }  # fmt: skip
    with service.warehouse.writing():
        store.store_taskings(service.warehouse, [row])
        decide(service, tasking_id, Verb.TAKE, actor)
    return tasking_id


def assign(service: MeetingService, tasking_id: str, actor: str, owner: str) -> DecisionResult:
    """Assigns a tasking; one that was only proposed is open from then on. Raises TaskingError without an owner."""
    if not owner.strip():
        raise TaskingError("say who does it")
    seen = tasking_of(service, tasking_id).standing
    return decide(service, tasking_id, Verb.ASSIGN, actor, details={"owner": owner.strip()[:120]}, seen=seen)


def carry(service: MeetingService, tasking_id: str, actor: str, due_on: date, note: str = "") -> DecisionResult:
    """Carries a tasking over to a later date. Raises TaskingError for one that is not later."""
    one = tasking_of(service, tasking_id)
    if due_on <= max(one.due_on, today(service) - timedelta(days=1)):
        raise TaskingError(f"{tasking_id} is due on {one.due_on}: carry it over to a later day")
    late_from = service.partnership.calendar.meeting_days_after(one.due_on, _LATE_MEETINGS)
    is_late = one.status == Status.OPEN and today(service) >= late_from
    verb = Verb.CARRY_LATE if is_late else Verb.CARRY
    return decide(service, tasking_id, verb, actor, note, due_on=due_on, seen=one.standing)


def public_owner(service: MeetingService, owner: str) -> str:
    """The owner as it may be shown in public: only a partner, owner or person that `partnership.yml` names.

    Anything else was typed by hand, and is shown as `owner on the desk`.
    """
    partnership = service.partnership
    named = set(partnership.taskings.declared_owners)
    named |= {feed.partner for feed in service.feeds.values()} | {person.name for person in partnership.people}
    return owner if owner in named else "owner on the desk"


def _public_place(service: MeetingService, place: str) -> str:
    """A place as it may be shown in public: its name in the gazetteer; empty where it has none."""
    name, town = service.public_name(place)
    return name or town or ""


def public_words(service: MeetingService, tasking: Tasking) -> str:
    """`T-20261022-4f09a1c2 Kent Police, The Vine`: a tasking as it may be shown in public."""
    return f"{tasking.tasking_id} " + ", ".join(
        filter(None, (public_owner(service, tasking.owner), _public_place(service, tasking.place)))
    )


def done_since(service: MeetingService, since: date, until: date) -> int:
    """How many taskings were done from `since` to the day before `until`."""
    steps: Sequence[Step] = store.steps_between(service.warehouse, since, until, Verb.DONE)
    return len({step.subject_id for step in steps if step.subject_id.startswith("T-")})


def feedback_owed(service: MeetingService, day: date | None = None) -> list[dict[str, Any]]:
    """Reports whose callers want feedback and have not had it, the oldest first: report_id, day, days.

    Anonymous callers, those who want no feedback and restricted reports are left out.
    """
    now = day or today(service)
    given_before = day or now + timedelta(days=1)  # feedback given on a day came after its briefing
    rows = store.feedback_owed(service.warehouse, now - timedelta(days=FEEDBACK_DAYS), now, given_before)
    return [row | {"days": (now - row["day"]).days} for row in rows]


def give_feedback(service: MeetingService, report_ids: Sequence[str], actor: str) -> int:
    """Records that the callers of reports had feedback. Returns for how many this was the first record.

    Raises TaskingError for an unknown report, and where somebody else has recorded all of them.
    """
    unknown = store.unknown_reports(service.warehouse, report_ids)
    if unknown:
        raise TaskingError(f"there is no report {unknown[0]}; a report is written feed:reference")
    count = store.store_feedback(service.warehouse, report_ids, today(service), actor, service.clock())
    newest = store.newest_feedback(service.warehouse, report_ids)
    if count == 0 and newest is not None and newest[0] != actor:
        raise TaskingError(f"{newest[0]} recorded it already, {local_time(newest[1], service.partnership.zone)}")
    return count
