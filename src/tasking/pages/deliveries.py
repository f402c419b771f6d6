"""Deliveries as a list: how each feed ended on each day, and what became of its rows."""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.model.delivery import OUTCOME_WORDS, Outcome
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.list_view import show_list
from tasking.pages.lists import Asked, Column, DeskList, Filter, Kind, Reader, Sorts, feed_choices
from tasking.pages.render import page
from tasking.services import Services

router = APIRouter()
_DAYS: Final = 28  # shown where no day is chosen
FIGURES: Final = (
    ("rows_in", "Rows in"), ("new_reports", "New"), ("repeats", "Repeats"), ("revisions", "Revisions"),
    ("held", "Held"), ("out_of_area", "Out of area"), ("ignored", "Ignored"),
)  # fmt: skip


_NOT_YET: Final = "not there yet"  # nothing is missing before we have looked after the due time


def outcome_words(services: Services, one: dict[str, Any]) -> str:
    """`landed`, `missing`: how a delivery ended, as people read it."""
    outcome = Outcome(one["outcome"])
    is_early = one["asked_at"] < services.partnership.due_at(one["day"])
    return _NOT_YET if outcome == Outcome.MISSING and is_early else OUTCOME_WORDS[outcome]


def _newest(reader: Reader) -> date:
    services = reader.services
    return services.briefings.newest_day() or meeting.today(services.meeting)


def _read(reader: Reader, asked: Asked) -> list[dict[str, Any]]:
    until = asked.day("until") or max(_newest(reader), asked.day("since") or date.min)
    since = asked.day("since") or until - timedelta(days=_DAYS - 1)
    feeds = [asked["feed"]] if asked["feed"] else list(reader.services.partnership.feeds)
    found = reader.services.intake.deliveries(feeds, since, until)
    return [one for one in found if asked["outcome"] in ("", one["outcome"])]


def _columns(reader: Reader) -> list[Column]:
    names = reader.services.names
    return [
        Column("day", "Day", lambda one: one["day"], Sorts.TIME),
        Column("partner", "Partner", lambda one: names.get(one["feed"], one["feed"])),
        Column("outcome", "Outcome", lambda one: outcome_words(reader.services, one)),
        Column("received", "Received", lambda one: one["received_at"], Sorts.TIME),
        *(_figure(key, heading) for key, heading in FIGURES),
    ]


def _figure(key: str, heading: str) -> Column:
    return Column(key, heading, lambda one: one[key] if Outcome(one["outcome"]).has_landed else None, Sorts.NUMBER)


def _filters(reader: Reader) -> list[Filter]:
    services = reader.services
    return [
        Filter("feed", "Partner", choices=feed_choices(services), any_words="All partners"),
        Filter("outcome", "Outcome", choices=[(one.value, words) for one, words in OUTCOME_WORDS.items()]),
        Filter("since", "From", Kind.DAY),
        Filter("until", "To", Kind.DAY),
    ]


LIST: Final = DeskList(
    name="deliveries", path="feeds/deliveries", title="Deliveries", noun="delivery", nouns="deliveries",
    columns=_columns, filters=_filters, read=_read, sort="-day", page_rows=100,
)  # fmt: skip
LISTS: Final = (LIST,)


@router.get("/feeds/deliveries")
def deliveries(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """Each feed on each day of a span, by default the last four weeks."""
    services = host_of(request).open_services()
    return page(
        request, person, services, "deliveries", listed=show_list(request, LIST, Reader(services, person)),
        names=services.names, figures=FIGURES, days=_DAYS, outcome_words=lambda one: outcome_words(services, one),
        has_landed=lambda one: Outcome(one["outcome"]).has_landed,
    )  # fmt: skip
