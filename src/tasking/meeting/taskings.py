"""Taskings: who does what by when."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tasking.meeting.decisions import MOST_DAYS_AHEAD, SYSTEM, DecisionResult, decide, today
from tasking.meeting.service import MeetingService
from tasking.meeting.store import taskings as store
from tasking.meeting.store.proposals import proposals, standings
from tasking.model.briefing import TaskingLine
from tasking.model.errors import TaskingError
from tasking.model.proposal import Standing, Status, Verb

_KEPT: Final = (
    "tasking_id", "proposed_on", "what", "place", "owner", "proposal_id", "withdrawn_on", "incident_id", "why",
    "is_restricted",
)  # fmt: skip
BY_HAND: Final = "decided at the meeting"  # why there is a tasking that a person typed
_LATE_MEETINGS: Final = 3  # overdue for so many, it is carried over late


@dataclass(frozen=True)
class Tasking:
    """A tasking and its standing. `due_on` is its latest date; `owner` leads, `others` do it with them."""

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
    is_restricted: bool = False  # of a restricted incident, or of a proposal of the restricted route
    incident_id: str | None = None
    why: str = ""
    others: tuple[str, ...] = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """Who does it, the lead first."""
        return (self.owner, *self.others)

    @property
    def is_sent_back(self) -> bool:
        """True where an owner said that it can't be done, and nobody has given it to somebody or a new date since."""
        last = self.standing.last(Verb.CANT, Verb.TAKE, Verb.ASSIGN, Verb.CARRY, Verb.CARRY_LATE)
        return self.standing.status == Status.OPEN and last is not None and last.verb == Verb.CANT

    @property
    def status(self) -> Status:
        """Its status. A withdrawn tasking can still be taken, and is then like any other."""
        return Status.WITHDRAWN if self.withdrawn_on and not self.standing.steps else self.standing.status

    @property
    def times_carried(self) -> int:
        return sum(step.verb in (Verb.CARRY, Verb.CARRY_LATE) for step in self.standing.steps)

    @property
    def status_words(self) -> str:
        """`open, overdue, carried over 2 times`."""
        carried = f"carried over {self.times_carried} time{'s' if self.times_carried > 1 else ''}"
        parts = [
            self.status.value, "sent back" * self.is_sent_back, "overdue" * self.is_overdue,
            carried * bool(self.times_carried),
        ]  # fmt: skip
        return ", ".join(filter(None, parts))


def taskings(
    service: MeetingService, day: date | None = None, *, is_all: bool = False, only: Collection[str] | None = None
) -> list[Tasking]:
    """The open taskings (`is_all`: every one), the earliest due first: now, or as they stood when a day began."""
    rows = store.taskings(service.warehouse, day or date.max, only)
    standing = standings(service.warehouse, [row["tasking_id"] for row in rows])
    found = []
    for row in rows:
        one = standing[row["tasking_id"]].as_of(day) if day else standing[row["tasking_id"]]
        dated = one.last(Verb.CARRY, Verb.CARRY_LATE, Verb.APPROVE)
        due_on = dated.due_on if dated and dated.due_on else row["due_on"]
        is_open = one.status == Status.OPEN
        if is_all or is_open:
            kept = {name: row[name] for name in _KEPT} | _owners(one)
            is_overdue = is_open and due_on < (day or today(service))
            found.append(Tasking(**kept, due_on=due_on, standing=one, is_overdue=is_overdue))
    return sorted(found, key=lambda one: (one.due_on, one.tasking_id))


def settled_taskings(service: MeetingService, day: date) -> frozenset[str]:
    """The ids of taskings that were neither open nor waiting for an answer when a day began."""
    live = (Status.PROPOSED, Status.OPEN)
    return frozenset(one.tasking_id for one in taskings(service, day, is_all=True) if one.status not in live)


def _owners(standing: Standing) -> dict[str, Any]:
    """`owner` and `others` by the newest step that named them; empty where none did."""
    for step in reversed(standing.steps):
        named = step.details.get("owners") or [one for one in (step.details.get("owner"),) if one]
        if named:
            return {"owner": named[0], "others": tuple(named[1:])}
    return {}


def tasking_of(service: MeetingService, tasking_id: str) -> Tasking:
    """A tasking by its id. Raises TaskingError for an unknown one."""
    found = taskings(service, is_all=True, only=[tasking_id])
    if not found:
        raise TaskingError(f"There is no tasking {tasking_id}. To list them: tasking taskings list")
    return found[0]


def store_proposed(
    service: MeetingService,
    day: date,
    proposed: Sequence[TaskingLine],
    before: Sequence[TaskingLine],
    restricted: Collection[str] = (),
) -> None:
    """Stores the taskings that the newest version of a day's briefing proposes.

    `before`: what all versions of that briefing proposed; `restricted`: ids of those on the restricted route. A tasking
    that an older version proposed and that nobody has taken a step with follows the newest version: its text, place,
    owner and date change with it, and it is withdrawn where that version no longer has it.
    """
    rows = [
        {
            "tasking_id": one.proposal_id, "proposed_on": day, "what": one.what, "place": one.place, "owner": one.owner,
            "due_on": one.due_on, "why": one.why, "incident_id": one.incident_id or None, "proposal_id": None,
            "is_restricted": one.proposal_id in restricted,
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
    owner: str | Sequence[str],
    place: str,
    due_on: date,
    incident_id: str | None = None,
    proposal_id: str | None = None,
) -> str:
    """Stores a tasking that the meeting decided on, and takes it, in one transaction. Returns its id.

    `owner`: who does it, as owners_of takes it.

    Raises TaskingError without a text or an owner, for a date that is past, or for an unknown group.
    """
    owners = owners_of(owner)
    if not what.strip() or not owners:
        raise TaskingError("Enter what is to be done, and who does it.")
    if due_on < today(service):
        raise TaskingError(f"{due_on} is past")
    if (due_on - today(service)).days > MOST_DAYS_AHEAD:
        raise TaskingError(f"{due_on.day} {due_on:%B %Y} is more than two years ahead. Check the year.", field="due_on")
    if proposal_id and not proposals(service.warehouse, only=proposal_id):
        raise TaskingError(f"There is no group {proposal_id}.")
    at = service.clock()
    named = f"{at.isoformat()}|{'; '.join(owners)}|{what}|{place}"
    tasking_id = f"T-{today(service):%Y%m%d}-{hashlib.sha256(named.encode()).hexdigest()[:8]}"
    row = {
        "tasking_id": tasking_id, "proposed_on": today(service), "what": what.strip(), "place": place.strip(),
        "owner": owners[0], "due_on": due_on, "why": BY_HAND, "incident_id": incident_id,
        "proposal_id": proposal_id,
    }  # fmt: skip
    with service.warehouse.writing():
        store.store_taskings(service.warehouse, [row])
        decide(service, tasking_id, Verb.TAKE, actor, details={"owner": owners[0], "owners": owners})
    return tasking_id


def owners_of(typed: str | Sequence[str]) -> list[str]:
    """The owners in what was typed, the lead first: a list, or one text with `;` between them, as names have commas."""
    parts = typed.split(";") if isinstance(typed, str) else typed
    return list(dict.fromkeys(" ".join(one.split())[:120] for one in parts if one.strip()))


def assign(service: MeetingService, tasking_id: str, actor: str, owner: str | Sequence[str]) -> DecisionResult:
    """Assigns a tasking to one or several (see owners_of); one that was proposed or lapsed is open from then on.

    Raises TaskingError without an owner.
    """
    owners = owners_of(owner)
    if not owners:
        raise TaskingError("Enter who does it.", field="owner")
    seen = tasking_of(service, tasking_id).standing
    return decide(service, tasking_id, Verb.ASSIGN, actor, details={"owner": owners[0], "owners": owners}, seen=seen)


def carry(service: MeetingService, tasking_id: str, actor: str, due_on: date, note: str = "") -> DecisionResult:
    """Carries a tasking over to a later date. Raises TaskingError for one that is not later."""
    one = tasking_of(service, tasking_id)
    if due_on <= max(one.due_on, today(service) - timedelta(days=1)):
        raise TaskingError(f"{tasking_id} is due on {one.due_on}: choose a later day.", field="due_on")
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
    named |= {recipient.name for recipient in partnership.recipients}
    return owner if owner in named else "owner on the desk"


def public_place(service: MeetingService, place: str) -> str:
    """A place as it may be shown in public: its name in the gazetteer; empty where it has none."""
    name, town = service.public_name(place)
    return name or town or ""


def public_words(service: MeetingService, tasking: Tasking) -> str:
    """`T-20261022-4f09a1c2 Kent Police, The Vine`: a tasking as it may be shown in public."""
    return f"{tasking.tasking_id} " + ", ".join(
        filter(None, (public_owner(service, tasking.owner), public_place(service, tasking.place)))
    )
