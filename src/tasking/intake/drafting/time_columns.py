"""Which columns are times, in which formats, and whether day or month comes first, which is asked and never guessed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tasking.config.feed_columns import TimeColumns
from tasking.intake.drafting.column import Column
from tasking.intake.drafting.interview import Choice, Interview
from tasking.intake.drafting.written_times import (
    DAY_FIRST,
    EXCEL,
    ISO,
    MONTH_FIRST,
    Written,
    clock_format,
)

_LEAST_DATES: Final = 0.6  # of a column's values, for it to be a column of dates
_CLEAR: Final = 4  # times as many dates that can only be read in one order than in the other
_OFTEN: Final = 0.05  # share of times that are 00:00, above which few of them can be midnight
_MIDNIGHT: Final = r"[T ]00:00(?::00)?(?:$|[Z+-])"
_MIDNIGHT_ALONE: Final = r"^00:00(?::00)?$"


@dataclass(frozen=True)
class Moment:
    """A column of dates, with or without times of day, or a date and a time in two columns."""

    date: Column
    clock: Column | None = None

    @property
    def name(self) -> str:
        """The words of both names."""
        return f"{self.date.words} {self.clock.words}" if self.clock else self.date.words

    @property
    def columns(self) -> list[str]:
        return [self.date.name] + ([self.clock.name] if self.clock else [])


def is_dates(column: Column) -> bool:
    """Whether most values of a column are dates; a number alone only where the name says so too."""
    if column.dates < _LEAST_DATES:
        return False
    serials = column.share(lambda one: one in column.written and column.written[one].template == EXCEL)
    is_named = any(word in column.words.split() for word in ("date", "time", "when", "at", "on", "created", "reported"))
    return serials < 0.5 or is_named


def find_moments(columns: Sequence[Column]) -> list[Moment]:
    """The columns of dates, each with the column of its times of day where that is another one.

    A clock belongs to the date without a time of day whose name is likest, or that stands beside it.
    """
    dates = [column for column in columns if is_dates(column)]
    at = {column.name: number for number, column in enumerate(columns)}
    bare = [column for column in dates if not any(one.clock for one in column.written.values()) or _is_midnight(column)]
    clocks: dict[str, Column] = {}
    for clock in columns:
        if clock in dates or clock.is_empty or clock.clocks < _LEAST_DATES or clock.numbers > 0.5:
            continue
        free = [one for one in bare if one.name not in clocks]
        if free:
            best = max(free, key=lambda one: (_alike(one, clock), -abs(at[one.name] - at[clock.name])))
            if _alike(best, clock) or abs(at[best.name] - at[clock.name]) == 1:
                clocks[best.name] = clock
    return [Moment(one, clocks.get(one.name)) for one in dates]


def _is_midnight(column: Column) -> bool:
    """Whether every date of a workbook has the time 00:00, as dates without a time have there."""
    return all("T00:00:00" in one for one in column.written)


def _alike(one: Column, other: Column) -> int:
    says_nothing = {"date", "time", "of", "the", "at", "on"}
    return len((set(one.words.split()) & set(other.words.split())) - says_nothing)


def order_of(moments: Iterable[Moment], interview: Interview) -> str | None:
    """Whether day or month comes first in all numeric dates of the file; None while that is open.

    A date such as 25/10/2026 tells it; if there is none, or some say otherwise, it is asked.
    """
    numeric = [(one, column.date) for column in moments for one in column.date.written.values() if one.has_order]
    if not numeric:
        return DAY_FIRST
    counts = Counter(_only_order(written) for written, _ in numeric)
    day, month = counts[DAY_FIRST], counts[MONTH_FIRST]
    if day > _CLEAR * month or month > _CLEAR * day:
        return DAY_FIRST if day > month else MONTH_FIRST
    names = list(dict.fromkeys(column.name for _, column in numeric))
    which = " and ".join(f'"{name}"' for name in names[:3]) + (" and others" if len(names) > 3 else "")
    why = "some dates can only be read one way and some only the other" if day or month else "no date tells which"
    choices = [
        Choice(order, _span_in(order, [written for written, _ in numeric])) for order in (DAY_FIRST, MONTH_FIRST)
    ]
    return interview.ask("date_order", f"Is the day or the month first in {which}? In the sample {why}.", choices)


def _only_order(written: Written) -> str | None:
    """The order in which alone this date exists; None if both are possible."""
    if written.first > 12 and written.second <= 12:
        return DAY_FIRST
    if written.second > 12 and written.first <= 12:
        return MONTH_FIRST
    return None


def _span_in(order: str, written: Iterable[Written]) -> str:
    """The months that the dates fall in, read in an order."""
    months = Counter(one.second if order == DAY_FIRST else one.first for one in written)
    names = [datetime(2026, month, 1).strftime("%B") for month in sorted(months) if 1 <= month <= 12]  # noqa: DTZ001
    return f"the dates are in {', '.join(names[:4])}" + (f" and {len(names) - 4} more months" if len(names) > 4 else "")


def declared_times(
    moment: Moment, order: str, interview: Interview, field: str, beside: Sequence[Moment] = ()
) -> TimeColumns:
    """The declaration of a moment. Formats with two-digit years come first, as those with four are read by no other.

    `beside`: the other moments of the file. What one column writes with two and with four digits of the year, another
    will.
    """
    dates = _formats(moment.date, order)
    others = {form for one in beside for form in _formats(one.date, order)}
    years = {one: one.replace("%Y", "%y") if "%Y" in one else one.replace("%y", "%Y") for one in dates}
    dates = sorted({*dates, *(one for one in years.values() if one in others)}, key=lambda one: "%y" not in one)
    unknown = _unknown_time(moment, interview, field) if field.startswith("occurred") else None
    if moment.clock is None:
        return TimeColumns(columns=moment.columns, formats=dates, unknown_time=unknown)
    if set(dates) <= {ISO, EXCEL}:
        # Dates of a workbook have a time of day, 00:00, which these formats leave to the second column.
        is_midnight = any("T" in one for one in moment.date.distinct)
        formats = dates if is_midnight or EXCEL in dates else [f"%Y-%m-%d {one}" for one in _clocks(moment.clock)]
    else:
        formats = [f"{one} {clock}" for one in dates for clock in _clocks(moment.clock)]
    return TimeColumns(columns=moment.columns, formats=formats, unknown_time=unknown)


def _formats(column: Column, order: str) -> list[str]:
    counted = Counter(column.values.map({one: written.format(order) for one, written in column.written.items()}))
    found = [one for one in counted if isinstance(one, str)]
    return sorted(found, key=lambda one: ("%y" not in one, -counted[one], one))


def _clocks(column: Column) -> list[str]:
    counted = Counter(clock_format(one) for one in column.distinct)
    return [one for one, _ in counted.most_common() if one] or ["%H:%M"]


def _unknown_time(moment: Moment, interview: Interview, field: str) -> str | None:
    """`00:00` where it means that the time is not known; asked where the sample has it beside other times."""
    column = moment.clock or moment.date
    pattern = _MIDNIGHT if moment.clock is None else _MIDNIGHT_ALONE
    midnights = int(column.values.str.contains(pattern, regex=True).sum())
    if not midnights or midnights == len(column.values):
        return None
    words = f'"{column.name}" says 00:00 in {midnights} row(s). What does it mean?'
    choices = (Choice("not_known", "the time is not known"), Choice("midnight", "it happened at midnight"))
    default = "not_known" if midnights >= _OFTEN * len(column.values) else "midnight"
    return "00:00" if interview.ask(f"{field}.midnight", words, choices, default) == "not_known" else None
