"""What the screen of the meeting shows: an item, where it stands, what can be done with it, how far the meeting is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tasking import meeting
from tasking.briefing import meeting_papers
from tasking.linkage.incident_filter import IncidentFilter, IncidentRow
from tasking.meeting import Tasking
from tasking.meeting.item import Item, Part
from tasking.model.meeting import Entry, Session
from tasking.model.proposal import Standing, Status, Step, Verb
from tasking.pages.approval_form import ApprovalForm, approval_form, approval_form_of
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

_MOST_INCIDENTS = 20


@dataclass(frozen=True)
class LastDecision:
    """The newest decision of today on one of the items, which can be undone from any other. `number`: of the step that
    an undo names."""

    item: Item
    step: Step
    number: int


@dataclass(frozen=True)
class Progress:
    """The items of the meeting with where each stands. `at`: the index of the one that is shown."""

    items: Sequence[Item]
    standings: Mapping[str, Standing]
    at: int
    skipped: frozenset[str]
    last: LastDecision | None

    @property
    def item(self) -> Item:
        return self.items[self.at]

    @property
    def before(self) -> Item | None:
        return self.items[self.at - 1] if self.at else None

    @property
    def after(self) -> Item | None:
        return self.items[self.at + 1] if self.at + 1 < len(self.items) else None

    @property
    def contents(self) -> list[tuple[str, list[tuple[Item, str]]]]:
        """(part, [(item, how it stands)]) in the order of the meeting."""
        return [
            (part.value, [(one, self.state(one)) for one in self.items if one.part == part])
            for part in Part
            if any(one.part == part for one in self.items)
        ]

    @property
    def left(self) -> int:
        """How many questions are not decided."""
        return sum(one.is_question and self.is_open(one) for one in self.items)

    def is_open(self, item: Item) -> bool:
        return item.subject_id in self.standings and Verb.APPROVE in self.standings[item.subject_id].open_verbs

    def state(self, item: Item) -> str:
        """`decided`, `skipped` or nothing."""
        if item.is_question and not self.is_open(item):
            return "decided" if item.subject_id in self.standings else ""
        return "skipped" if item.key in self.skipped else ""


@dataclass(frozen=True)
class Shown:
    """The item on the screen. `target`: the tasking whose owner or date can be changed; `taskings`: others about it.

    `form`: to approve it; None where it is decided or is no question.
    """

    progress: Progress
    standing: Standing
    form: ApprovalForm | None = None
    target: Tasking | None = None
    taskings: Sequence[Tasking] = ()
    incidents: Sequence[IncidentRow] = ()
    notes: Sequence[Entry] = field(default_factory=tuple)

    @property
    def item(self) -> Item:
        return self.progress.item


def items_of_today(services: Services, day: date) -> list[Item]:
    """The items of today's meeting; none without a briefing."""
    return meeting_papers.items_on(services.briefings, day)


def progress_of(services: Services, session: Session, items: Sequence[Item], wanted: str) -> Progress:
    """How far the meeting is. `wanted`: the key of the item to show; the first one where there is none of that key."""
    decidable = [one.subject_id for one in items if one.subject_id]
    standings = services.meeting.standings(dict.fromkeys(decidable))
    keys = [one.key for one in items]
    at = keys.index(wanted) if wanted in keys else 0
    return Progress(items, standings, at, session.skipped, _last_decision(items, standings, session.day))


def _last_decision(items: Sequence[Item], standings: Mapping[str, Standing], day: date) -> LastDecision | None:
    found = [
        LastDecision(one, act[0], act[-1].number)
        for one in items
        if one.subject_id in standings and (act := standings[one.subject_id].last_act) and act[-1].day == day
    ]
    return max(found, key=lambda one: one.step.at, default=None)


def shown_item(services: Services, session: Session, progress: Progress) -> Shown:
    """The item that the meeting is at, with everything that its screen needs."""
    item = progress.item
    standing = progress.standings.get(item.subject_id, Standing())
    of_incidents = services.meeting.incidents_of_taskings(item.incident_ids)
    own = {item.subject_id} if item.subject_id.startswith("T-") else set()
    made = {str(step.details["tasking_id"]) for step in standing.last_act if "tasking_id" in step.details}
    found = meeting.public_taskings(services.meeting, is_all=True, only={*of_incidents, *own, *made})
    about = {one.tasking_id: one for one in found}
    target_id = next(iter(made), item.subject_id)
    target = about.get(target_id)
    is_open = item.is_question and progress.is_open(item)
    return Shown(
        progress=progress,
        standing=standing,
        form=_form(services, item, about) if is_open else None,
        target=target if target is not None and target.status == Status.OPEN else None,
        taskings=[one for one in found if one.tasking_id != target_id and one.status != Status.WITHDRAWN],
        incidents=_incidents(services, item),
        notes=[one for one in session.notes if one.about == item.key],
    )


def _form(services: Services, item: Item, about: Mapping[str, Tasking]) -> ApprovalForm | None:
    if item.subject_id.startswith("T-"):
        return approval_form_of(services, about[item.subject_id]) if item.subject_id in about else None
    return approval_form(services, item.subject_id)


def _incidents(services: Services, item: Item) -> list[IncidentRow]:
    """The incidents that an item is about, as they are now; none that is restricted."""
    ids = item.incident_ids[:_MOST_INCIDENTS]
    if not ids:
        return []
    return services.linkage.incidents(IncidentFilter(ids=ids), PUBLIC_VISIBILITY, None, _MOST_INCIDENTS)
