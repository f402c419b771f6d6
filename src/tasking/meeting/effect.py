"""The effect of a group: incidents at its place before and after, in the ring around it and elsewhere, with a
confidence interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any, Final, NamedTuple

_Z: Final = 1.96  # 95 %
_HALF: Final = 0.5  # added to every count, so that zero has a logarithm
_LEAST: Final = 5  # incidents, before and after together; with fewer no conclusion is drawn


class Counts(NamedTuple):
    """Incidents before and after, in windows of the same length."""

    before: int
    after: int


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
    """Incidents at a place, in its ring and elsewhere: `days` before the evidence and as many since the group began."""

    days: int
    place: Counts
    ring: Counts
    elsewhere: Counts

    @property
    def at_place(self) -> Ratio:
        return effect_of(self.place, self.elsewhere)

    @property
    def in_ring(self) -> Ratio:
        return effect_of(self.ring, self.elsewhere)

    @property
    def words(self) -> str:
        """The answer in a sentence or two."""
        return f"{self._place_words()} {self._ring_words()}"

    @property
    def short_words(self) -> str:
        """`14 incidents before, 6 since (elsewhere 210, 190): it fell.`"""
        counts = f"{self.place.before} incidents in {self.days} days before, {self.place.after} since"
        elsewhere = f" (elsewhere {self.elsewhere.before}, {self.elsewhere.after})"
        if sum(self.place) < _LEAST or not (self.at_place.is_fall or self.at_place.is_rise):
            return f"{counts}{elsewhere}: no evidence either way."
        return f"{counts}{elsewhere}: it {'fell' if self.at_place.is_fall else 'rose'}."

    def as_details(self) -> Mapping[str, Any]:
        """For the log: the counts, both ratios and the words."""
        return {
            "days": self.days, "place": list(self.place), "ring": list(self.ring), "elsewhere": list(self.elsewhere),
            "at_place": [round(one, 3) for one in self.at_place], "in_ring": [round(one, 3) for one in self.in_ring],
            "words": self.words,
        }  # fmt: skip

    def _place_words(self) -> str:
        counts = (
            f"{self.place.before} incidents in the {self.days} days before it gathered, {self.place.after} in as many "
            f"days since; elsewhere {self.elsewhere.before} and {self.elsewhere.after}."
        )
        if sum(self.place) < _LEAST:
            return f"{counts} Too few to say: no evidence either way."
        ratio = self.at_place
        figures = f"{_percent(ratio.value)} ({_percent(ratio.low)} to {_percent(ratio.high)}) against elsewhere"
        if ratio.is_fall:
            return f"{counts} It fell: {figures}."
        if ratio.is_rise:
            return f"{counts} It rose: {figures}."
        return f"{counts} No evidence either way: {figures}."

    def _ring_words(self) -> str:
        if sum(self.ring) < _LEAST:
            return f"In the ring around it {self.ring.before} and {self.ring.after}: too few to speak of displacement."
        if self.in_ring.is_rise:
            return f"The ring around it rose from {self.ring.before} to {self.ring.after}: it may have moved there."
        return f"In the ring around it {self.ring.before} and {self.ring.after}: no sign that it moved there."


def effect_of(here: Counts, elsewhere: Counts) -> Ratio:
    """The ratio of ratios of four Poisson counts, with its Wald interval on the log scale."""
    counts = [count + _HALF for count in (here.after, here.before, elsewhere.before, elsewhere.after)]
    middle = log(counts[0] / counts[1] * counts[2] / counts[3])
    spread = _Z * sqrt(sum(1 / count for count in counts))
    return Ratio(exp(middle), exp(middle - spread), exp(middle + spread))


def _percent(ratio: float) -> str:
    change = round(100 * (ratio - 1))
    return f"{change:+d} %" if change else "no change"
