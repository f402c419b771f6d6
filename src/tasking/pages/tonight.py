"""Tonight: whether the night is going well. Each feed's status and next step, the briefing, and the timetable.

Every user may read it: a partner's words are quoted only to users with May.DETAILS.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tasking.briefing import short_day
from tasking.model.access import May
from tasking.model.delivery import without_quotes
from tasking.model.errors import without_advice
from tasking.model.feed_status import (
    FeedStatus,
    LastPoll,
    MorningClock,
    NextStepContext,
    last_poll,
    morning_at,
    next_step_words,
    status_of,
    status_words,
    where_ops_look,
)
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import FIRST_DAY, LAST_DAY, ShownDayOrNone
from tasking.pages.headline import BriefingState, Headline, headline
from tasking.pages.render import page
from tasking.services import Services

router = APIRouter()
_EVERY_S: Final = 60
_IN_QUOTES: Final = re.compile('"[^"]*"')


@dataclass(frozen=True)
class Row:
    """A feed on a morning, as shown. `ring`: the contact to ring, if the partner has to act."""

    feed: str
    name: str
    state: FeedStatus
    polled_at: str
    found: str
    reason: str
    landed: str
    next: str
    ring: str


@dataclass(frozen=True)
class Step:
    """A step of the timetable. `when`: past, next or later."""

    at: datetime
    what: str
    when: str = ""


@router.get("/tonight")
def tonight(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    day: ShownDayOrNone = None,
    refresh: bool = False,
) -> Response:
    """The state of tonight, or of another morning. `refresh`: reload the page every minute."""
    services = host_of(request).open_services()
    now, zone = services.clock(), services.partnership.zone
    this = morning_at(now, services.partnership.meeting, zone)
    morning = MorningClock(day or this, services.partnership.meeting, zone)
    briefed = _briefed(services, morning.day)
    rows = _rows(services, morning, now, briefed, has_details=person.can(May.DETAILS))
    shown = page(
        request, person, services, "tonight", day=morning.day, rows=rows, briefed=briefed, now=now, refresh=refresh,
        is_tonight=morning.day == this, headline=_headline(services, morning, now, rows, briefed),
        steps=_steps(morning, now, briefed), every_s=_EVERY_S,
        before=morning.day - timedelta(days=1) if morning.day > FIRST_DAY else None,
        after=morning.day + timedelta(days=1) if morning.day < LAST_DAY else None,
    )  # fmt: skip
    if refresh:
        shown.headers["Refresh"] = str(_EVERY_S)
    return shown


def next_step_context(services: Services, feed: str, day: date, *, is_briefed: bool) -> NextStepContext:
    """What the next step of a feed depends on; see model.feed_status."""
    where = where_ops_look(feed, services.feeds[feed].delivery.transport.kind, services.key)
    return NextStepContext(is_briefed, services.partnership.calendar.is_meeting_day(day), where)


def headline_of(services: Services, day: date, *, has_details: bool) -> Headline:
    """The headline for the morning of a day, as of now."""
    now, morning = services.clock(), MorningClock(day, services.partnership.meeting, services.partnership.zone)
    briefed = _briefed(services, day)
    return _headline(services, morning, now, _rows(services, morning, now, briefed, has_details=has_details), briefed)


def _rows(
    services: Services, morning: MorningClock, now: datetime, briefed: BriefingState, *, has_details: bool
) -> list[Row]:
    stored = {
        row["feed"]: row
        for row in services.intake.deliveries(services.partnership.feeds, morning.day, morning.day)
    }  # fmt: skip
    names, rows = services.names, []
    for feed in services.partnership.feeds:
        declared, poll = services.feeds[feed], last_poll(stored.get(feed))
        state = status_of(poll, morning.cut_off, now)
        context = next_step_context(services, feed, morning.day, is_briefed=bool(briefed.version))
        rows.append(
            Row(
                feed=feed,
                name=names[feed],
                state=state,
                polled_at=morning.clock(poll.polled_at) if poll else "",
                found=status_words(state, poll, morning),
                reason=_reason(poll, has_details=has_details),
                landed=f"{morning.clock(poll.landed_at)}, {poll.rows:,} rows" if poll and poll.landed_at else "",
                next=next_step_words(state, poll, morning, now, context),
                ring=declared.contact if state.is_for_partner else "",
            )
        )  # fmt: skip
    return rows


def _reason(poll: LastPoll | None, *, has_details: bool) -> str:
    """The reason for the status, without advice on declarations; without May.DETAILS also without quotes."""
    if poll is None:
        return ""
    reason = without_advice(poll.reason)
    return reason if has_details else _IN_QUOTES.sub("“…”", without_quotes(reason))


def _briefed(services: Services, day: date) -> BriefingState:
    found = services.briefings.newest(day)
    has_meeting = services.partnership.calendar.is_meeting_day(day)
    following = None if has_meeting else services.partnership.calendar.meeting_days_after(day, 1)
    posts = tuple(services.delivery.posts(day))
    return BriefingState(found[0] if found else None, posts, has_meeting, following)


def _headline(
    services: Services, morning: MorningClock, now: datetime, rows: Sequence[Row], briefed: BriefingState
) -> Headline:
    last = services.intake.last_polled(morning.day)
    return headline(morning, now, [(row.name, row.state) for row in rows], last, briefed)


def _steps(morning: MorningClock, now: datetime, briefed: BriefingState) -> list[Step]:
    meeting = morning.meeting
    evening = datetime.combine(morning.day - timedelta(days=1), meeting.deadline_alarm_set_at, morning.zone)
    steps = [Step(morning.polled_from, "We start to check for each partner's reports.")]
    if briefed.has_meeting:
        steps = [
            Step(evening, f"A warning is scheduled in chat for {meeting.word_by:%H:%M}, in case this system stops."),
            *steps,
            Step(morning.cut_off, "Cut-off. The briefing goes out with what has landed."),
            Step(morning.last_look, "Last check that the briefing is in its channels. If not, it is sent another way."),
            Step(morning.at(meeting.word_by), "If there is still no briefing, a warning is posted."),
            Step(morning.at(meeting.starts_at), f"The meeting on {short_day(morning.day)}."),
        ]
    else:
        steps.append(Step(morning.cut_off, "Cut-off. We stop checking. Nothing is posted."))
    coming = next((step.at for step in steps if step.at > now), None)
    return [
        Step(step.at, step.what, "past" if step.at <= now else "next" if step.at == coming else "later")
        for step in steps
    ]  # fmt: skip
