"""Quality: how well each partner's deliveries came over twelve weeks, and the monthly letter to a partner."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.briefing import short_day
from tasking.intake import partner_quality
from tasking.intake.feed_quality import WEEKS, FeedQuality, Met, QualityWeek, weeks_until
from tasking.intake.quality_letter import month_of, quality_letter
from tasking.meeting.sheet_pdf import sheet_pdf
from tasking.model.access import May
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.charts import Bars, bars
from tasking.pages.pdf import pdf_file
from tasking.pages.render import page
from tasking.services import Services

router = APIRouter()
_DAY_MINUTES: Final = 24 * 60
_MOST_DAYS: Final = 10  # on which an expectation was not met, named


@router.get("/quality")
def quality(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """One row for each partner, by name."""
    services = host_of(request).open_services()
    until = meeting.today(services.meeting)
    weeks = weeks_until(until)
    feeds = partner_quality.known_feeds(services.intake, until)
    found = partner_quality.quality_between(services.intake, feeds, weeks, person.visibility)
    partners = sorted(found.values(), key=lambda one: services.names.get(one.feed, one.feed).casefold())
    return page(
        request, person, services, "quality", partners=partners, names=services.names, first=weeks[0][0], last=until,
        weeks=WEEKS, recent=until - timedelta(weeks=4) + timedelta(days=1), percent=percent, arrival=arrival_words,
        expectation=_words_in(services), cut_off=services.partnership.meeting.cut_off_at,
    )  # fmt: skip


@router.get("/quality/{feed}")
def partner(request: Request, feed: str, person: Annotated[Person, Depends(allowed())]) -> Response:
    """One partner's deliveries, week by week."""
    services = host_of(request).open_services()
    until = meeting.today(services.meeting)
    if feed not in partner_quality.known_feeds(services.intake, until):
        raise HTTPException(404)
    weeks = weeks_until(until)
    one = partner_quality.quality_between(services.intake, [feed], weeks, person.visibility)[feed]
    name = services.names.get(feed, feed)
    words = (
        partner_quality.unmapped_words_of(services.intake, feed, person.visibility, WEEKS * 7)
        if person.can(May.DETAILS)
        else []
    )
    return page(
        request, person, services, "quality_partner", one=one, partner=name, first=weeks[0][0], last=until,
        chart=_chart(name, one.weeks), percent=percent, arrival=arrival_words, expectation=_words_in(services),
        words=words, months=_months(one), is_declared=feed in services.partnership.feeds, most_days=_MOST_DAYS,
        cut_off=services.partnership.meeting.cut_off_at,
    )  # fmt: skip


@router.get("/quality/{feed}/letter/pdf")
def letter(request: Request, feed: str, month: str, _: Annotated[Person, Depends(allowed(May.DETAILS))]) -> Response:
    """The letter to a partner about a month, such as `2026-10`, as PDF."""
    services = host_of(request).open_services()
    first = month_of(month)
    return pdf_file(sheet_pdf(quality_letter(services.intake, feed, first)), f"quality-{feed}-{first:%Y-%m}.pdf")


def percent(part: int, whole: int) -> str:
    """`97%`; never 100% or 0% of what is not all or none; empty where there is nothing to compare."""
    if not whole:
        return ""
    exact = 100 * part / whole
    if part not in (0, whole) and not 0.5 <= exact < 99.5:
        return "under 1%" if exact < 50 else "over 99%"
    return f"{round(exact)}%"


def arrival_words(minutes: int) -> str:
    """When a delivery came, in minutes after midnight of its day: `06:12`, `07:10 a day later`."""
    days, rest = divmod(minutes, _DAY_MINUTES)
    clock = f"{rest // 60:02}:{rest % 60:02}"
    if days == 0:
        return clock
    return f"{clock} {'a day' if abs(days) == 1 else f'{abs(days)} days'} {'later' if days > 0 else 'before'}"


def _words_in(services: Services) -> Callable[[str, Met], str]:
    return lambda feed, one: partner_quality.words_of_expectation(services.intake, feed, one.suite, one.name)


def _chart(name: str, weeks: Sequence[QualityWeek]) -> Bars:
    values = [one.rows if one.landed else None for one in weeks]
    words = [f"Week to {short_day(one.last)}: {f'{one.rows} rows' if one.landed else 'no delivery'}" for one in weeks]
    labels = {at: f"{one.last.day} {one.last:%b}" for at, one in enumerate(weeks) if at % 3 == 2}
    missing = values.count(None)
    summary = f"Rows a week from {name} over {len(weeks)} weeks; {missing} weeks without a delivery."
    return bars(values, words, labels, summary, width=660, height=84, strong=frozenset({len(weeks) - 1}))


def _months(one: FeedQuality) -> list[date]:
    """The first day of each month of the time in which the feed was asked for, the newest first."""
    return sorted({day.day.replace(day=1) for day in one.days}, reverse=True)
