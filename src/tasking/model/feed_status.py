"""The status of a feed on a morning, in words: what the last poll found, what happens next, and who has to act.

A delivery is `missing` only if it was looked for after the due time. If the last poll was earlier, it is not there yet
or, once the due time has passed, not asked for since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from tasking.model.delivery import INTERNAL_FAULTS, Outcome, without_not_whole
from tasking.model.partnership import Meeting

FIRST_POLL_WITHIN: Final = timedelta(minutes=5)  # between the time from which feeds are polled and the first result
LONGEST_POLL_GAP: Final = timedelta(minutes=20)  # without a poll while feeds are awaited: after it, polling has stopped


class FeedStatus(StrEnum):
    """The status of a feed: its outcome, or that it is not known yet."""

    LANDED = "landed"
    LANDED_IN_PART = "landed in part"
    REFUSED = "refused"
    UNREACHABLE = "could not be reached"
    MISSING = "missing"
    NOT_WHOLE = "still being sent"  # at the due time
    NOT_YET = "not there yet"
    NOT_ASKED_SINCE = "not checked since"  # it was not there before the due time, and there was no poll after it
    NOT_ASKED = "not checked"

    @property
    def has_landed(self) -> bool:
        return self in (FeedStatus.LANDED, FeedStatus.LANDED_IN_PART)

    @property
    def is_for_ops(self) -> bool:
        """True if ops must act, and the partner has nothing to do with it."""
        return self in (FeedStatus.UNREACHABLE, FeedStatus.NOT_ASKED_SINCE, FeedStatus.NOT_ASKED)

    @property
    def is_for_partner(self) -> bool:
        """True if the partner must act."""
        return self in (FeedStatus.LANDED_IN_PART, FeedStatus.REFUSED, FeedStatus.MISSING, FeedStatus.NOT_WHOLE)


@dataclass(frozen=True)
class MorningClock:
    """The meeting's local times on one day, as aware datetimes."""

    day: date
    meeting: Meeting
    zone: ZoneInfo

    def at(self, clock: time) -> datetime:
        return datetime.combine(self.day, clock, self.zone)

    @property
    def polled_from(self) -> datetime:
        return self.at(self.meeting.feeds_asked_from)

    @property
    def cut_off(self) -> datetime:
        return self.meeting.due_at(self.day, self.zone)

    @property
    def last_look(self) -> datetime:
        return self.at(self.meeting.fallback_at)

    def clock(self, moment: datetime) -> str:
        """A time as `07:12`, or with its day if that is another one: `Thu 26 Nov 23:10`."""
        local = moment.astimezone(self.zone)
        on = "" if local.date() == self.day else f"{local:%a} {local.day} {local:%b} "
        return f"{on}{local:%H:%M}"


def morning_at(now: datetime, meeting: Meeting, zone: ZoneInfo) -> date:
    """The morning that people mean by "tonight": today's, and from the evening before the next day's.

    The evening begins when the deadline alarm is scheduled (`deadline_alarm_set_at`).
    """
    local = now.astimezone(zone)
    is_evening = local.time() >= meeting.deadline_alarm_set_at > meeting.starts_at
    return local.date() + timedelta(days=1 if is_evening else 0)


@dataclass(frozen=True)
class LastPoll:
    """What the last poll of a feed for a day found; `landed_at` and `rows` of a delivery that has landed.

    `is_there`: the file was there and still being sent.
    """

    outcome: Outcome
    reason: str
    polled_at: datetime
    landed_at: datetime | None = None
    rows: int = 0
    is_there: bool = False

    @property
    def is_our_fault(self) -> bool:
        """True if the fault is in Tasking and not in the connection; the log has the traceback."""
        return self.outcome == Outcome.UNREACHABLE and self.reason.startswith(INTERNAL_FAULTS)


def last_poll(row: Mapping[str, Any] | None) -> LastPoll | None:
    """What the last poll found, from a stored row; None without a row.

    `row`: `outcome`, `reason`, `asked_at` and `rows_in`, and `received_at` if `landed_at` is wanted.
    """
    if row is None:
        return None
    outcome = Outcome(row["outcome"])
    landed_at, rows = (row.get("received_at"), row["rows_in"]) if outcome.has_landed else (None, 0)
    reason, is_there = without_not_whole(row["reason"])
    return LastPoll(outcome, reason, row["asked_at"], landed_at, rows, is_there)


def status_of(poll: LastPoll | None, due_at: datetime, now: datetime) -> FeedStatus:
    """The status of a feed at a time. `due_at`: the cut-off for its delivery."""
    if poll is None:
        return FeedStatus.NOT_ASKED
    if poll.outcome not in (Outcome.MISSING, Outcome.SAME_AS_BEFORE):
        return _STATES[poll.outcome]
    if poll.polled_at >= due_at:
        return FeedStatus.NOT_WHOLE if poll.is_there else FeedStatus.MISSING
    return FeedStatus.NOT_YET if now < due_at else FeedStatus.NOT_ASKED_SINCE


_STATES: Final = {
    Outcome.LANDED: FeedStatus.LANDED,
    Outcome.LANDED_IN_PART: FeedStatus.LANDED_IN_PART,
    Outcome.REFUSED: FeedStatus.REFUSED,
    Outcome.UNREACHABLE: FeedStatus.UNREACHABLE,
}


def status_words(state: FeedStatus, poll: LastPoll | None, morning: MorningClock) -> str:
    """What the last poll found, with its time: `not there at 07:12, not checked since`."""
    if poll is None:
        return "not checked"
    at = morning.clock(poll.polled_at)
    if poll.is_there and state in (FeedStatus.NOT_YET, FeedStatus.NOT_WHOLE):
        return f"still being sent at {at}"
    if poll.is_there and state == FeedStatus.NOT_ASKED_SINCE:
        return f"still being sent at {at}, not checked since"
    if state == FeedStatus.NOT_YET:
        return f"not there yet at {at}"
    if state == FeedStatus.NOT_ASKED_SINCE:
        return f"not there at {at}, not checked since"
    if state == FeedStatus.MISSING:
        return f"missing at {at}, after the due time"
    if state.has_landed:
        return str(state)
    if poll.is_our_fault:
        return f"could not be stored at {at}"
    return f"{state} at {at}"


@dataclass(frozen=True)
class NextStepContext:
    """What the next step of a feed depends on: whether the briefing is out, whether the morning has a meeting, and
    where ops look."""

    is_briefed: bool
    has_meeting: bool
    where_ops_look: str  # `the connection feed_police`


def where_ops_look(feed: str, transport: str, partnership: str = "") -> str:
    """Where ops look first when a feed can't be reached: `the connection feed_police`. `partnership`: its name, if
    there are several."""
    if transport == "folder":
        return f"the folder of the feed {feed}"
    return f"the connection {partnership}__feed_{feed}" if partnership else f"the connection feed_{feed}"


def next_step_words(
    state: FeedStatus, poll: LastPoll | None, morning: MorningClock, now: datetime, follow: NextStepContext
) -> str:
    """What happens next, and what ops have to do."""
    is_before = now < morning.cut_off
    until = f"checked again until {morning.cut_off:%H:%M}"
    without_it = _without_it(follow)
    match state:
        case FeedStatus.LANDED:
            return "nothing"
        case FeedStatus.LANDED_IN_PART:
            return until if is_before else "what was sent is used; you can upload the rest"
        case FeedStatus.REFUSED:
            return f"{until} for a good file" if is_before else without_it
        case FeedStatus.UNREACHABLE:
            is_our_fault = poll is not None and poll.is_our_fault
            todo = "see the log of the feed's task" if is_our_fault else f"check {follow.where_ops_look}"
            return f"ops: {todo}; {until if is_before else without_it}"
        case FeedStatus.NOT_YET:
            return until
        case FeedStatus.MISSING | FeedStatus.NOT_WHOLE:
            return without_it
        case FeedStatus.NOT_ASKED_SINCE:
            if now < morning.last_look + FIRST_POLL_WITHIN:
                return f"checked once more by {morning.last_look:%H:%M}"
            return f"ops: is the scheduler running? Choose Ask again on Feeds; {without_it}"
        case FeedStatus.NOT_ASKED:
            if now < morning.polled_from:
                return f"checked from {morning.polled_from:%H:%M}"
            if now < morning.polled_from + FIRST_POLL_WITHIN:
                return f"checked within {FIRST_POLL_WITHIN.seconds // 60} minutes"
            return "ops: is the scheduler running, and is the feed's DAG switched on?"


def _without_it(follow: NextStepContext) -> str:
    if not follow.has_meeting:
        return "there is no meeting: if you upload the file, it is in the next briefing"
    goes = "went" if follow.is_briefed else "goes"
    return f"the briefing {goes} out without it; if you upload the file, the briefing is updated"
