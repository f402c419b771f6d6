"""How well a partner's deliveries came over twelve weeks, computed from what is stored of each day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, Final

from tasking.model.delivery import Outcome
from tasking.model.partnership import Partnership

WEEKS: Final = 12
_RECENT_DAYS: Final = 28
_DAYS_NEEDED: Final = 28  # landed, before a number of rows is usual
_DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True)
class DayOfFeed:
    """A feed's delivery of a day. `is_expected`: false where we could not look, or have not looked since the cut-off.
    `arrived`: minutes after midnight of the day, None without a file; `rows`: without those ignored by declaration."""

    day: date
    is_expected: bool
    has_landed: bool
    rows: int = 0
    arrived: int | None = None
    is_late: bool = False


@dataclass(frozen=True)
class QualityWeek:
    """Seven days: days landed of those expected, rows that came, and rows that were held."""

    first: date
    last: date
    expected: int
    landed: int
    rows: int
    held: int


@dataclass(frozen=True)
class Met:
    """How one expectation fared. `by_week`: (days met, days checked) of each week; `unmet_days`: the newest first."""

    suite: str
    name: str
    severity: str
    by_week: tuple[tuple[int, int], ...]
    unmet_days: tuple[date, ...]
    is_met_now: bool

    @property
    def days(self) -> tuple[int, int]:
        """(days met, days checked)"""
        return sum(met for met, _ in self.by_week), sum(checked for _, checked in self.by_week)


@dataclass(frozen=True)
class FeedQuality:
    """A feed over some weeks. `unchecked`: days on which we could not look. `arrived`: the median and the latest
    arrival in minutes after midnight of the day of the delivery. `usual_rows`: of as many days as landed in the last
    four weeks, at the mean of the whole time; None before there is enough. `reasons`: (reason, rows that were held,
    rows of them that still are), most rows first."""

    feed: str
    days: tuple[DayOfFeed, ...]
    weeks: tuple[QualityWeek, ...]
    unchecked: int
    arrived: tuple[int, int] | None
    recent_rows: int
    usual_rows: int | None
    reasons: tuple[tuple[str, int, int], ...]
    expectations: tuple[Met, ...]

    @property
    def expected(self) -> int:
        return sum(one.expected for one in self.weeks)

    @property
    def landed(self) -> int:
        return sum(one.landed for one in self.weeks)

    @property
    def late(self) -> int:
        """Days on which the file came after the cut-off."""
        return sum(one.is_late for one in self.days)

    @property
    def latest_day(self) -> date | None:
        """The day whose delivery came at the latest hour."""
        came = [one for one in self.days if one.arrived is not None]
        return max(came, key=lambda one: (one.arrived, one.day)).day if came else None

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.weeks)

    @property
    def held(self) -> int:
        return sum(one.held for one in self.weeks)

    @property
    def met(self) -> tuple[int, int]:
        """(expectations met, expectations checked), each counted once a day."""
        counts = [one.days for one in self.expectations]
        return sum(met for met, _ in counts), sum(checked for _, checked in counts)

    @property
    def not_met_now(self) -> tuple[Met, ...]:
        """What is watched and was not met by the newest delivery that it was checked on."""
        return tuple(one for one in self.expectations if one.severity == "watch" and not one.is_met_now)


def weeks_until(until: date) -> list[tuple[date, date]]:
    """The first and last day of each of the twelve weeks that end on a day, the earliest first."""
    ends = [until - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    return [(end - timedelta(days=6), end) for end in ends]


def day_of_feed(partnership: Partnership, row: Mapping[str, Any]) -> DayOfFeed:
    """A day from its row of IntakeService.deliveries."""
    outcome, day = Outcome(row["outcome"]), row["day"]
    due_at = partnership.due_at(day)
    if not outcome.has_landed:
        is_looked_for = outcome == Outcome.REFUSED or (outcome != Outcome.UNREACHABLE and row["asked_at"] >= due_at)
        return DayOfFeed(day, is_looked_for, has_landed=False)
    received_at: datetime | None = row["received_at"]
    rows = row["rows_in"] - row["ignored"]
    if received_at is None:
        return DayOfFeed(day, is_expected=True, has_landed=True, rows=rows)
    local = received_at.astimezone(partnership.zone)
    minutes = (local.date() - day).days * _DAY_MINUTES + local.hour * 60 + local.minute
    return DayOfFeed(day, is_expected=True, has_landed=True, rows=rows, arrived=minutes, is_late=received_at > due_at)


def feed_quality(
    feed: str,
    weeks: Sequence[tuple[date, date]],
    days: Sequence[DayOfFeed],
    held: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
) -> FeedQuality:
    """A feed over some weeks. `held`: its rows of IntakeService.held_by_day; `results`: of expectations_by_day."""
    landed = [one for one in days if one.has_landed]
    came = sorted(one.arrived for one in landed if one.arrived is not None)
    recent = [one.rows for one in landed if one.day > weeks[-1][1] - timedelta(days=_RECENT_DAYS)]
    mean = sum(one.rows for one in landed) / max(len(landed), 1)
    return FeedQuality(
        feed=feed,
        days=tuple(sorted(days, key=lambda one: one.day)),
        weeks=tuple(_week(first, last, days, held) for first, last in weeks),
        unchecked=sum(not one.is_expected for one in days),
        arrived=(round(median(came)), came[-1]) if came else None,
        recent_rows=sum(recent),
        usual_rows=round(mean * len(recent)) if len(landed) >= _DAYS_NEEDED else None,
        reasons=_reasons(held),
        expectations=_expectations(weeks, results),
    )


def _week(first: date, last: date, days: Sequence[DayOfFeed], held: Sequence[Mapping[str, Any]]) -> QualityWeek:
    own = [one for one in days if first <= one.day <= last]
    return QualityWeek(
        first, last,
        expected=sum(one.is_expected for one in own),
        landed=sum(one.has_landed for one in own),
        rows=sum(one.rows for one in own),
        held=sum(one["held_rows"] for one in held if first <= one["day"] <= last),
    )  # fmt: skip


def _reasons(held: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, int, int], ...]:
    found: dict[str, tuple[int, int]] = {}
    for one in held:
        rows, still = found.get(one["reason"], (0, 0))
        found[one["reason"]] = rows + one["held_rows"], still + one["open_rows"]
    ordered = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    return tuple((reason, rows, still) for reason, (rows, still) in ordered)


def _expectations(weeks: Sequence[tuple[date, date]], results: Sequence[Mapping[str, Any]]) -> tuple[Met, ...]:
    found: dict[tuple[str, str, str], list[tuple[date, bool]]] = {}
    for one in results:
        key = (one["suite"], one["expectation"], one["severity"])
        found.setdefault(key, []).append((one["day"], one["is_met"]))
    return tuple(_met(key, weeks, sorted(days)) for key, days in sorted(found.items()))


def _met(key: tuple[str, str, str], weeks: Sequence[tuple[date, date]], days: Sequence[tuple[date, bool]]) -> Met:
    of_weeks = [[is_met for day, is_met in days if first <= day <= last] for first, last in weeks]
    return Met(
        *key,
        by_week=tuple((sum(one), len(one)) for one in of_weeks),
        unmet_days=tuple(day for day, is_met in reversed(days) if not is_met),
        is_met_now=days[-1][1],
    )
