"""The headline of the page Tonight: one sentence on whether the night is going well."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from tasking.briefing import plural, short_day
from tasking.model.feed_status import FIRST_POLL_WITHIN, LONGEST_POLL_GAP, FeedStatus, MorningClock

_MAKING: Final = timedelta(minutes=10)  # from the cut-off until the briefing should exist

_MOST_IN_LINE: Final = 2

_SAID: Final = {
    FeedStatus.UNREACHABLE: "{name} could not be reached, which is for us to fix",
    FeedStatus.REFUSED: "the file from {name} was refused",
    FeedStatus.MISSING: "{name} is missing",
    FeedStatus.NOT_WHOLE: "the file from {name} was still being sent at the cut-off",
    FeedStatus.NOT_ASKED_SINCE: "{name} had sent nothing before the cut-off and has not been checked since",
    FeedStatus.NOT_ASKED: "{name} has not been checked",
    FeedStatus.LANDED_IN_PART: "{name} is in, but incomplete",
}


@dataclass(frozen=True)
class BriefingState:
    """The state of a day's briefing: its newest version (None if there is none) and its posts.

    `following`: the next meeting day, if this is not one.
    """

    version: int | None
    posts: tuple[dict[str, Any], ...]
    has_meeting: bool
    following: date | None = None

    @property
    def is_posted(self) -> bool:
        return any(post["sent_at"] for post in self.posts)


@dataclass(frozen=True)
class Headline:
    """`tone`: good, warn or bad. `points`: the problems, if there are too many for one sentence."""

    words: str
    tone: str
    more: str = ""
    points: tuple[str, ...] = ()


def headline(
    morning: MorningClock,
    now: datetime,
    feeds: Sequence[tuple[str, FeedStatus]],
    last_asked: datetime | None,
    briefed: BriefingState,
) -> Headline:
    """The headline for a morning. `feeds`: (name, status) of each; `last_asked`: when any feed was last polled."""
    more = "" if briefed.has_meeting else _without_meeting(morning.day, briefed.following)
    states = [state for _, state in feeds]
    is_over = now.astimezone(morning.zone).date() > morning.day
    if all(state == FeedStatus.NOT_ASKED for state in states):
        return _nobody_asked(morning, now, len(states), last_asked, more, is_over=is_over)
    if not is_over and _is_quiet(morning, now, states, last_asked):
        return Headline(f"Needs attention: {_not_checked_since(morning, last_asked)}", "bad", more)
    wrong = [_SAID[state].format(name=name) for name, state in feeds if _is_wrong(state, morning, now)]
    wrong += _wrong_with_briefing(morning, now, briefed) if not is_over else []
    landed = sum(state.has_landed for state in states)
    waiting = len(states) - landed - sum(_is_wrong(state, morning, now) and not state.has_landed for state in states)
    stand = _stand(morning, len(states), landed, waiting, is_over=is_over)
    if len(wrong) > _MOST_IN_LINE:
        words = f"{len(wrong)} things need attention. {stand[0].upper()}{stand[1:]}"
        return Headline(words, "bad", more, tuple(f"{one[0].upper()}{one[1:]}." for one in wrong))
    if wrong:
        return Headline(f"Needs attention: {'; '.join(wrong)}. {stand[0].upper()}{stand[1:]}", "bad", more)
    if waiting:
        return Headline(f"On track so far: {stand}", "warn", more)
    return Headline(f"No problems: {stand}", "good", more)


def _stand(morning: MorningClock, feeds: int, landed: int, waiting: int, *, is_over: bool) -> str:
    if landed == feeds:
        return f"all {feeds} feeds are in." if feeds > 1 else "the feed is in."
    are = "is" if landed == 1 else "are"
    stand = f"{landed} of {plural(feeds, 'feed')} {are} in"
    if not waiting or is_over:
        return f"{stand}."
    are = "is" if waiting == 1 else "are"
    return f"{stand}. {waiting} {are} not there yet. We check until {morning.cut_off:%H:%M}."


def _is_wrong(state: FeedStatus, morning: MorningClock, now: datetime) -> bool:
    if state == FeedStatus.NOT_ASKED:
        return now >= morning.polled_from + FIRST_POLL_WITHIN
    return state in _SAID


def _is_quiet(morning: MorningClock, now: datetime, states: Sequence[FeedStatus], last_asked: datetime | None) -> bool:
    """True if feeds are still expected and none has been polled for LONGEST_POLL_GAP."""
    is_waiting = FeedStatus.NOT_YET in states and morning.polled_from + FIRST_POLL_WITHIN <= now < morning.cut_off
    return is_waiting and (last_asked is None or now - last_asked > LONGEST_POLL_GAP)


def _nobody_asked(
    morning: MorningClock, now: datetime, feeds: int, last_asked: datetime | None, more: str, *, is_over: bool
) -> Headline:
    if is_over:
        return Headline(f"No feed was checked for {short_day(morning.day)}.", "bad", more)
    if now < morning.polled_from + FIRST_POLL_WITHIN:
        day = short_day(morning.day)
        words = f"Not started: we check {plural(feeds, 'feed')} from {morning.polled_from:%H:%M} on {day}."
        return Headline(words, "warn", more)
    return Headline(f"Needs attention: {_not_checked_since(morning, last_asked)}", "bad", more)


def _not_checked_since(morning: MorningClock, last_asked: datetime | None) -> str:
    since = f"has been checked since {morning.clock(last_asked)}" if last_asked else "has ever been checked"
    return f"no feed {since}. Checks start at {morning.polled_from:%H:%M}. Ops: is the scheduler running?"


def _wrong_with_briefing(morning: MorningClock, now: datetime, briefed: BriefingState) -> list[str]:
    if not briefed.has_meeting:
        return []
    if briefed.version is None:
        return ["there is no briefing yet"] if now >= morning.cut_off + _MAKING else []
    return (
        ["the briefing has not been posted"]
        if now >= morning.last_look + FIRST_POLL_WITHIN and not briefed.is_posted
        else []
    )


def _without_meeting(day: date, following: date | None) -> str:
    into = f". Its reports go into the briefing for {short_day(following)}" if following else ""
    return f"There is no meeting on {short_day(day)}. Nothing is posted{into}."
