"""The effect of a group: incidents at its places before and after, in the ring around them and elsewhere, with a
confidence interval. Only days with data count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import exp, log, sqrt
from typing import Any, Final, NamedTuple

_Z: Final = 1.96  # 95 %
_HALF: Final = 0.5  # added to every count, so that zero has a logarithm
_LEAST: Final = 5  # incidents, before and after together; with fewer no conclusion is drawn
LEAST_DAYS: Final = 7  # with data, of before and of after; with fewer nothing is compared


class Counts(NamedTuple):
    """Incidents before and after; or the days with data of the two windows."""

    before: int
    after: int


_SAME_DAYS: Final = Counts(1, 1)


class Ratio(NamedTuple):
    """After over before, as a multiple of the same ratio elsewhere; `low` and `high` bound the 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_fall(self) -> bool:
        return self.high < 1

    @property
    def is_rise(self) -> bool:
        return self.low > 1


@dataclass(frozen=True)
class Effect:
    """Incidents at the places of a group, in the ring around all of them, and elsewhere.

    `window`: how many days before the evidence, and as many since the group began. `days`: how many of each have data;
    only those are counted. `data_from`: the first day with data, where none of the window before has any.
    """

    window: int
    place: Counts
    ring: Counts
    elsewhere: Counts
    days: Counts
    data_from: date | None = None

    @property
    def is_comparable(self) -> bool:
        return min(self.days) >= LEAST_DAYS

    @property
    def at_place(self) -> Ratio:
        return effect_of(self.place, self.elsewhere, self.days)

    @property
    def in_ring(self) -> Ratio:
        return effect_of(self.ring, self.elsewhere, self.days)

    @property
    def words(self) -> str:
        """The answer in a few sentences."""
        if not self.is_comparable:
            return self.short_words
        elsewhere = f"Elsewhere: {self.elsewhere.before} before, {self.elsewhere.after} since."
        return f"{self._counts_words()} {elsewhere} {self._place_words()} {self._ring_words()}"

    @property
    def short_words(self) -> str:
        """`Before: 14 in 28 days. Since: 6. It fell.`"""
        return " ".join(filter(None, (self._counts_words(), self._verdict())))

    def as_details(self) -> Mapping[str, Any]:
        """For the log: the counts, both ratios and the words."""
        return {
            "days": self.window, "days_with_data": list(self.days), "place": list(self.place), "ring": list(self.ring),
            "elsewhere": list(self.elsewhere), "at_place": [round(one, 3) for one in self.at_place],
            "in_ring": [round(one, 3) for one in self.in_ring], "words": self.words,
        }  # fmt: skip

    def _counts_words(self) -> str:
        if self.days.before == self.days.after == self.window:
            return f"Before: {self.place.before} in {_days(self.window)}. Since: {self.place.after}."
        since = self._since_words()
        if self.days.before == 0:
            why = f" before {self.data_from.day} {self.data_from:%B}" if self.data_from else ""
            return f"Before: no data{why}. {since}."
        if self.days.before < LEAST_DAYS:
            return f"Before: only {self.days.before} of {_days(self.window)} have data. {since}."
        return f"Before: {self.place.before} in {_days(self.days.before)} with data. {since}."

    def _since_words(self) -> str:
        if self.days.after == 0:
            return "Since: no data"
        if self.days.after < LEAST_DAYS:
            return f"Since: {self.place.after}, but only {self.days.after} of {_days(self.window)} have data"
        return f"Since: {self.place.after} in {_days(self.days.after)} with data"

    def _verdict(self) -> str:
        if not self.is_comparable:
            return ""
        if sum(self.place) < _LEAST:
            return "Too few to tell."
        return "It fell." if self.at_place.is_fall else "It rose." if self.at_place.is_rise else "No clear change."

    def _place_words(self) -> str:
        if sum(self.place) < _LEAST:
            return self._verdict()
        ratio = self.at_place
        figures = f"{_percent(ratio.value)} ({_percent(ratio.low)} to {_percent(ratio.high)}) compared with elsewhere"
        return f"{self._verdict().removesuffix('.')}: {figures}."

    def _ring_words(self) -> str:
        counts = f"In the area around it: {self.ring.before} before, {self.ring.after} since"
        if sum(self.ring) < _LEAST:
            return f"{counts}: too few to tell whether it moved there."
        return (
            f"{counts}: it may have moved there." if self.in_ring.is_rise else f"{counts}: no sign that it moved there."
        )


def effect_of(here: Counts, elsewhere: Counts, days: Counts = _SAME_DAYS) -> Ratio:
    """The ratio of ratios of four Poisson counts, with its Wald interval on the log scale.

    Both ratios are over the same days, which cancel out. With too few incidents elsewhere it is the ratio of the rates
    a day here alone.
    """
    after, before = here.after + _HALF, here.before + _HALF
    if sum(elsewhere) >= _LEAST:
        counts = [after, before, elsewhere.before + _HALF, elsewhere.after + _HALF]
        middle = log(counts[0] / counts[1] * counts[2] / counts[3])
    else:
        counts = [after, before]
        middle = log(after / before * max(days.before, 1) / max(days.after, 1))
    spread = _Z * sqrt(sum(1 / count for count in counts))
    return Ratio(exp(middle), exp(middle - spread), exp(middle + spread))


def _days(number: int) -> str:
    return f"{number} day{'s' if number != 1 else ''}"


def _percent(ratio: float) -> str:
    change = round(100 * (ratio - 1))
    return f"{change:+d} %" if change else "no change"
