"""Feeds: the status of each feed on a day, what became of its rows, the usual volume; and polling again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from tasking import flows, meeting
from tasking.briefing import short_day
from tasking.config.feed import Feed
from tasking.linkage.incident_filter import IncidentFilter
from tasking.model.access import May
from tasking.model.day import days_between
from tasking.model.delivery import ROW_NUMBERS, Outcome, mentions_restricted, without_quotes
from tasking.model.errors import without_advice
from tasking.model.feed_status import FeedStatus, MorningClock, last_poll, next_step_words, status_of, status_words
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.charts import Bars, bars
from tasking.pages.day_fields import ShownDay, ShownDayOrNone, TypedDay
from tasking.pages.flash import redirect_with_flash
from tasking.pages.pagination import cursor_of, next_page
from tasking.pages.render import page
from tasking.pages.tonight import next_step_context
from tasking.services import Services

router = APIRouter()
_CHART_DAYS: Final = 28
_USUAL_WEEKS: Final = 8
_PAGE: Final = 100
_DIGITS: Final = 8  # of a row's number
FIGURES: Final = (
    ("rows_in", "Rows in"), ("new_reports", "New"), ("repeats", "Repeats"), ("revisions", "Revisions"),
    ("held", "Held"), ("out_of_area", "Out of area"),
)  # fmt: skip


@dataclass(frozen=True)
class FeedOverview:
    """A feed on a day. `partner` is its display name, `late` how long after the cut-off it came, `next` what happens
    next if it has not landed. `usual`: lowest, median and highest row count of that weekday, None below four weeks."""

    feed: str
    partner: str
    contact: str
    row: dict[str, Any] | None
    state: FeedStatus
    found: str
    reason: str
    next: str
    late: str
    silence: str
    usual: tuple[int, int, int] | None
    is_unusual: bool
    chart: Bars


@router.get("/feeds")
def feeds(
    request: Request, person: Annotated[Person, Depends(allowed())], day: ShownDayOrNone = None, bring: str = ""
) -> Response:
    """Every feed on a day, by default today. `bring`: the feed whose upload form is open."""
    services = host_of(request).open_services()
    today = meeting.today(services.meeting)
    shown = day or today
    since = shown - timedelta(weeks=_USUAL_WEEKS)
    rows = services.intake.deliveries(services.partnership.feeds, since, shown)
    last = services.intake.last_landed()
    standings = [_feed_overview(services, feed, shown, rows, last.get(feed)) for feed in services.partnership.feeds]
    return page(
        request, person, services, "feeds", day=shown, opened=bring, standings=standings, figures=FIGURES,
        before=shown - timedelta(days=1), after=shown + timedelta(days=1), today=today,
        is_empty=not any(one.row and one.row["received_at"] for one in standings),
        newest=max((one for one in last.values() if one < shown), default=None),
    )  # fmt: skip


@router.get("/feeds/{feed}/{day}")
def delivery(
    request: Request,
    feed: str,
    day: ShownDay,
    person: Annotated[Person, Depends(allowed())],
    after: str = "",
) -> Response:
    """What came from a feed for a day: its files, and what became of every row.

    Users without the permission for restricted rows see the incidents first reported in it instead of the rows: next
    to the row counts of the files, a list of rows would show how many are hidden.
    """
    services = host_of(request).open_services()
    found = services.intake.files(feed, day)
    # The deliveries of a feed that is no longer declared can still be read.
    partner = feed if found and feed not in services.feeds else services.names[declared_feed(services, feed).feed]
    files = [_for_reader(one, number, person) for number, one in enumerate(found, 1)]
    cursor = cursor_of(after)
    if person.can(May.RESTRICTED):
        row = int(cursor.key) if cursor and cursor.key.isdecimal() and len(cursor.key) < _DIGITS else 0
        rows = services.intake.reports_of_day(feed, day, person.visibility, row, _PAGE + 1)
        last = (day, str(rows[_PAGE - 1]["row_number"])) if len(rows) > _PAGE else None
        listed: dict[str, Any] = {"reports": rows[:_PAGE], "incidents": []}
    else:
        wanted = IncidentFilter(since=day, until=day, first_reported_by=feed)
        told_of = services.linkage.incidents(wanted, person.visibility, cursor, _PAGE + 1)
        last = told_of[_PAGE - 1].cursor if len(told_of) > _PAGE else None
        listed = {"reports": [], "incidents": told_of[:_PAGE]}
    return page(
        request, person, services, "delivery", feed=feed, partner=partner, day=day, files=files, **listed,
        older=next_page(request, {}, last) if last else None, newest=next_page(request, {}, None) if after else None,
    )  # fmt: skip


@router.post("/feeds/{feed}/ask")
def ask(
    request: Request,
    feed: str,
    day: TypedDay,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
) -> Response:
    """Polls the partner's system again for the delivery of a day."""
    host = host_of(request)
    declared_feed(host.open_services(), feed)
    return redirect_with_flash(feeds_of(request, day), host.poll_feed(feed, day, person.name), anchor=feed)


def _for_reader(file: dict[str, Any], number: int, person: Person) -> dict[str, Any]:
    """The row of a file, without what `person` may not read: file names and quotes (which may hold personal data)
    without May.DETAILS, and notes on restricted rows and row numbers without May.RESTRICTED."""
    shown_file = file | {"reason": without_advice(file["reason"]), "title": file["file_name"]}
    if not person.can(May.RESTRICTED):
        notes = [ROW_NUMBERS.sub("", note) for note in file["notes"] if not mentions_restricted(note)]
        shown_file |= {"notes": notes, "size_bytes": None}
    if not person.can(May.DETAILS):
        shown_file |= {
            "notes": [without_quotes(note) for note in shown_file["notes"]],
            "title": f"File {number}",
        }
        shown_file |= {name: without_quotes(shown_file[name]) for name in ("reason", "lacking")}
    return shown_file


def _feed_overview(
    services: Services, feed: str, day: date, rows: Sequence[dict[str, Any]], last: date | None
) -> FeedOverview:
    own = {row["day"]: row for row in rows if row["feed"] == feed}
    row = own.get(day)
    landed = {on: one["rows_in"] for on, one in own.items() if Outcome(one["outcome"]).has_landed}
    past = [landed[on] for on in landed if on < day and on.weekday() == day.weekday()]
    usual = (min(past), round(median(past)), max(past)) if len(past) >= 4 else None
    is_landed = day in landed
    declared, name = services.feeds[feed], services.names[feed]
    morning = MorningClock(day, services.partnership.meeting, services.partnership.zone)
    now, asked = services.clock(), last_poll(row)
    state = status_of(asked, morning.cut_off, now)
    is_briefed = flows.is_briefed(services, day) if not is_landed else False
    silent = "" if is_landed else (f"nothing since {short_day(last)}" if last else "nothing received so far")
    return FeedOverview(
        feed=feed,
        partner=name,
        contact=declared.contact,
        row=row,
        state=state,
        reason=without_advice(row["reason"]) if row else "",
        found=status_words(state, asked, morning),
        next=next_step_words(state, asked, morning, now, next_step_context(services, feed, day, is_briefed=is_briefed)),
        late=_late(services, day, row["received_at"]) if row and row["received_at"] else "",
        silence=silent,
        usual=usual,
        is_unusual=bool(is_landed and usual and not usual[0] <= landed[day] <= usual[2]),
        chart=_chart(name, day, landed),
    )


def _late(services: Services, day: date, received_at: datetime) -> str:
    minutes = round((received_at - services.partnership.due_at(day)).total_seconds() / 60)
    if minutes <= 0:
        return ""
    if minutes < 120:
        return f"{minutes} min after the cut-off"
    return f"{minutes // 60} h after the cut-off" if minutes < 60 * 48 else f"{minutes // 1440} days after the cut-off"


def _chart(partner: str, day: date, landed: dict[date, int]) -> Bars:
    days = list(days_between(day - timedelta(days=_CHART_DAYS - 1), day))
    values = [landed.get(on) for on in days]
    words = [f"{short_day(on)}: {'no delivery' if rows is None else f'{rows} rows'}"
             for on, rows in zip(days, values, strict=True)]  # fmt: skip
    labels = {at: f"{on.day} {on:%b}" for at, on in enumerate(days) if on.weekday() == 0}
    missing = values.count(None)
    summary = f"Rows a day from {partner} over {_CHART_DAYS} days; {missing} days without a delivery."
    return bars(values, words, labels, summary, width=330, height=64, strong=frozenset({len(days) - 1}))


def declared_feed(services: Services, feed: str) -> Feed:
    """The declaration of a feed. Raises HTTPException 404 where there is no such feed."""
    if feed not in services.partnership.feeds:
        raise HTTPException(404)
    return services.feeds[feed]


def feeds_of(request: Request, day: date) -> str:
    """The address of the feeds page for a day."""
    return f"{request.scope.get('root_path', '')}/feeds?day={day}"
