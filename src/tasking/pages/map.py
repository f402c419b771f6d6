"""Map and trends: incidents by place, time and category, drawn as SVG. Unrestricted incidents only.

Each cell of the map is a link to the same page with the incidents of the cell listed beside the map, so that it works
without script and by keyboard. The script static/map.js adds zooming, and lists without loading the page again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.briefing import short_day
from tasking.linkage.incident_filter import IncidentFilter
from tasking.model.category import category_label
from tasking.model.day import days_between
from tasking.model.delivery import Outcome
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.charts import Name, bars, district_map, grid_shade, ward_names
from tasking.pages.day_fields import ShownDayOrNone
from tasking.pages.render import page, place_label
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

router = APIRouter()
_DAYS: Final = 28
_MOST_DAYS: Final = 400
_RESOLUTION: Final = 8  # cells of about 0.7 km2, which show no house
_TOP: Final = 10
_MOST_LISTED: Final = 100
Hours = Literal["all", "morning", "afternoon", "evening", "night"]
_HOURS: Final[dict[Hours, tuple[str, range]]] = {
    "all": ("Any time", range(24)), "morning": ("06 to 12", range(6, 12)), "afternoon": ("12 to 18", range(12, 18)),
    "evening": ("18 to 24", range(18, 24)), "night": ("00 to 06", range(6)),
}  # fmt: skip
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class _Cell:
    """A cell of the map. `today`: of its incidents, those of the last day."""

    cell: str
    incidents: Sequence[Mapping[str, Any]]
    today: int

    @property
    def recent(self) -> int:
        return len(self.incidents)

    @property
    def name(self) -> str:
        """Where it is: the place, town or ward that most of its incidents name."""
        named = Counter(place_label(one) for one in self.incidents)
        return min(named, key=lambda name: (-named[name], name))


@router.get("/map")
def map_and_trends(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    since: ShownDayOrNone = None,
    until: ShownDayOrNone = None,
    category: str = "",
    ward: str = "",
    hours: Hours = "all",
    cell: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Unrestricted incidents first reported in a range of days (the last 28 by default), on a map and as counts; those
    of one cell in a list."""
    services = host_of(request).open_services()
    last = until or services.briefings.newest_day() or meeting.today(services.meeting)
    first = since or last - timedelta(days=_DAYS - 1)
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise HTTPException(400, f"Choose from 1 to {_MOST_DAYS} days, the first before the last.")
    wanted = IncidentFilter(since=first, until=last, category=category, ward=ward)
    found = [one for one in services.linkage.located(wanted, PUBLIC_VISIBILITY) if _is_at(services, one, hours)]
    labels = services.conventions.categories.labels
    cells = _cells(found, last)
    asked = {"since": str(first), "until": str(last), "category": category, "ward": ward}
    asked = {name: value for name, value in (asked | {"hours": hours}).items() if value}
    return page(
        request, person, services, "map", first=first, last=last, category=category, ward=ward, hours=hours,
        hour_bands=[(key, words) for key, (words, _) in _HOURS.items()], total=len(found),
        placed=sum(one["latitude"] is not None for one in found), place_label=place_label,
        map=district_map(services.geography, list(cells.values())), ward_names=_ward_names(services),
        cell_names={one.cell: one.name for one in cells.values()}, here=f"{request.url.path}?{urlencode(asked)}",
        chosen=cells.get(cell), is_chosen=bool(cell), most_listed=_MOST_LISTED,
        days=_days_chart(found, first, last, _whole_days(services, first, last)), week=_week(services, found),
        top_categories=_top(Counter(one["category"] for one in found), lambda code: category_label(code, labels)),
        top_places=_top(Counter(place_label(one) for one in found if one["place_name"])),
        top_wards=_top(Counter(one["ward"] for one in found if one["ward"])),
        categories=services.conventions.categories.choices(has_restricted=False),
        wards=services.gazetteer.ward_names,
    )  # fmt: skip


def _is_at(services: Services, one: dict[str, Any], hours: Hours) -> bool:
    if hours == "all":
        return True
    hour = _hour(services, one)
    return hour is not None and hour in _HOURS[hours][1]


def _moment(services: Services, one: dict[str, Any]) -> datetime | None:
    """When it happened, in local time; None if the hour is unknown."""
    if one["occurred_from"] is None or not one["is_occurred_time_known"]:
        return None
    moment: datetime = one["occurred_from"].astimezone(services.partnership.zone)
    return moment


def _hour(services: Services, one: dict[str, Any]) -> int | None:
    moment = _moment(services, one)
    return moment.hour if moment else None


def _cells(found: list[dict[str, Any]], last: date) -> dict[str, _Cell]:
    """The cells with incidents, by their index; the newest incident of each first."""
    import h3

    within: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in sorted(found, key=lambda one: (one["day"], one["incident_id"]), reverse=True):
        if one["latitude"] is not None:
            within[h3.latlng_to_cell(one["latitude"], one["longitude"], _RESOLUTION)].append(one)
    return {cell: _Cell(cell, some, sum(one["day"] == last for one in some)) for cell, some in within.items()}


def _ward_names(services: Services) -> tuple[Name, ...]:
    centres = _ward_centres(tuple(services.gazetteer.ward_outlines))
    return ward_names(services.geography, centres)


@lru_cache(maxsize=8)
def _ward_centres(outlines: tuple[tuple[str, Any], ...]) -> list[tuple[str, float, float]]:
    """Name, longitude and latitude of a point inside each ward."""
    points = ((name, outline.representative_point()) for name, outline in outlines)
    return [(name, point.x, point.y) for name, point in points]


def _days_chart(found: list[dict[str, Any]], first: date, last: date, whole: frozenset[date]) -> Any:
    """Incidents per day; a day on which a feed was missing has no value."""
    counts = Counter(one["day"] for one in found)
    days = list(days_between(first, last))
    every = max(1, len(days) // 6)
    labels = {at: f"{day.day} {day:%b}" for at, day in enumerate(days) if at % every == every // 2}
    words = [f"{short_day(day)}: {counts[day]}{'' if day in whole else ', a feed was missing'}" for day in days]
    most = max(counts.values(), default=0)
    summary = f"Incidents a day from {short_day(first)} to {short_day(last)}: {len(found)} in all, {most} at most."
    values = [counts[day] if day in whole else None for day in days]
    return bars(values, words, labels, summary, width=420)


def _whole_days(services: Services, first: date, last: date) -> frozenset[date]:
    feeds = services.partnership.feeds
    landed = Counter(
        one["day"] for one in services.intake.deliveries(feeds, first, last) if one["outcome"] == Outcome.LANDED
    )
    return frozenset(day for day, count in landed.items() if count == len(feeds))


def _week(services: Services, found: list[dict[str, Any]]) -> list[tuple[str, list[tuple[int, int]]]]:
    """A row per weekday, with (incidents, shade) for each three hours."""
    counts: Counter[tuple[int, int]] = Counter()
    for one in found:
        if moment := _moment(services, one):
            counts[moment.weekday(), moment.hour // 3] += 1
    top = max(counts.values(), default=0)
    return [
        (name, [(counts[day, band], grid_shade(counts[day, band], top)) for band in range(8)])
        for day, name in enumerate(_WEEKDAYS)
    ]


def _top(counts: Counter[str], words: Callable[[str], str] = str) -> list[tuple[str, str, int]]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(key, words(key), count) for key, count in ordered[:_TOP]]
