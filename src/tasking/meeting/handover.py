"""The handover: what somebody who was not at the meeting needs to know, as a paper."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from tasking.meeting.decided import Decided, Outcome, decided_between
from tasking.meeting.follow_ups import follow_up_counts
from tasking.meeting.item import Item
from tasking.meeting.service import MeetingService
from tasking.meeting.sessions import session_of
from tasking.meeting.sheet import Line, Section, Sheet
from tasking.meeting.words import long_day, short, upper_first, weekday
from tasking.model.errors import TaskingError
from tasking.model.proposal import Verb

MOST_DAYS: Final = 92  # that a handover looks back


@dataclass(frozen=True)
class Handover:
    """What happened after the meeting of `since`, up to now."""

    since: date
    until: date
    decided: tuple[Decided, ...]
    to_contact: str
    not_decided: tuple[Item, ...]

    @property
    def work(self) -> dict[str, list[Decided]]:
        """Owner -> what they were given, by name."""
        found: dict[str, list[Decided]] = defaultdict(list)
        for one in self.decided:
            for owner in one.line.owners if one.gives_work and not one.is_of_group else ():
                found[owner].append(one)
        return dict(sorted(found.items()))


def handover(service: MeetingService, since: date, day: date, items: Sequence[Item]) -> Handover:
    """What happened after the meeting of a day until another day, without anything restricted. `items`: of the meeting
    of that other day.

    Raises TaskingError for a day that is not before the other, or too long before.
    """
    if since >= day:
        raise TaskingError(f"Enter a day before {long_day(day)}")
    if (day - since).days > MOST_DAYS:
        raise TaskingError(f"Enter a day at most {MOST_DAYS} days before {long_day(day)}")
    session = session_of(service, since)
    after = session.finished_at if session and session.finished_at else None
    decided = [one for one in decided_between(service, since, day) if _is_after(one, since, after)]
    standing = service.standings([one.subject_id for one in items if one.is_question])
    open_ones = [one for one in items if one.is_question and Verb.APPROVE in standing[one.subject_id].open_verbs]
    return Handover(since, day, tuple(decided), follow_up_counts(service, day).words, tuple(open_ones))


def _is_after(one: Decided, since: date, finished_at: datetime | None) -> bool:
    """True for what was decided on a later day, or on the day itself once its meeting was over."""
    return one.day > since or (finished_at is not None and one.at > finished_at)


def handover_sheet(service: MeetingService, found: Handover, *, has_details: bool) -> Sheet:
    """The handover as a paper. `has_details`: with what people typed, for those who may read it."""
    about_groups = [one for one in found.decided if one.is_of_group]
    others = [one for one in found.decided if not one.is_of_group]
    work = tuple(
        Line(owner, "; ".join(f"{one.line.lead} ({one.line.words})" for one in some))
        for owner, some in found.work.items()
    )
    by_day = [
        Section(
            f"Decided on {weekday(day)}",
            tuple(_line(one, has_details=has_details) for one in others if one.day == day),
        )
        for day in sorted({one.day for one in others}, reverse=True)
    ]
    groups = tuple(_line(one, has_details=has_details, on=short(one.day)) for one in about_groups)
    return Sheet(
        title=f"Handover, {weekday(found.until)}",
        subtitle=f"{service.partnership.name} · after the meeting of {long_day(found.since)}",
        day=found.until,
        made_at=datetime.combine(found.until, time(), service.partnership.zone),
        sections=(
            Section("Still to decide", tuple(Line(*one.paper, label=one.label) for one in found.not_decided),
                    empty="Nothing needs a decision."),
            Section("New work, by owner", work, empty="Nobody was given anything new."),
            Section("Groups", groups, empty="Nothing changed."),
            Section("People to contact", (Line(upper_first(found.to_contact)),)),
            *(by_day or [Section("Decisions", empty="Nothing was decided.")]),
        ),
    )  # fmt: skip


def _line(one: Decided, *, has_details: bool, on: str = "") -> Line:
    typed = one.line.typed if has_details else ""
    if one.outcome == Outcome.REJECTED:
        return Line(f"Rejected: {one.line.lead}", " · ".join(filter(None, [typed, on])))
    return Line(one.line.lead, " · ".join(filter(None, [one.line.words, typed, on])))
