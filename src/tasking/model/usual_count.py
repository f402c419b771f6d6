"""How many of each kind a day usually brings: a negative binomial count by weekday, at the level of the
last weeks. The level follows the season, because older days weigh less.

Arrays have a row for each past day on which every feed had landed, the oldest first, and a column for each category.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Weekdays = npt.NDArray[np.int64]

_HALF_LIFE: Final = 28.0  # days after which a day weighs half
_PRIOR: Final = 0.5  # incidents of a category in one day, before any is counted
_WEEKDAY_PRIOR: Final = 10.0  # incidents by which each weekday is drawn to the mean day
_WARM_UP: Final = 28  # days before any is judged
_JUDGED: Final = 56  # days judged, for the share of them to be known
_CAUTION: Final = 0.6  # past days were predicted with weekdays that they had a part in
_MOST_DISPERSION: Final = 2.0


class Predicted(NamedTuple):
    """Counts, negative binomial with this mean and shape; arrays of one form."""

    mean: Floats
    shape: Floats

    def chance_of(self, counts: Floats) -> Floats:
        """The probability of so many or more."""
        from scipy.special import betainc  # takes a while to import; most starts compose no briefing

        some = betainc(np.maximum(counts, 1), self.shape, self.mean / (self.mean + self.shape))
        return np.where(counts > 0, some, 1.0)

    def range_of(self, column: int, share: float) -> tuple[int, int]:
        """The range in which a category is with a probability of `share` at least, as much above it as below."""
        tail, most = (1 - share) / 2, int(self.mean[column] * 5 + 20)
        one = Predicted(np.full(most, self.mean[column]), np.full(most, self.shape[column]))
        chances = one.chance_of(np.arange(1, most + 1, dtype=float))  # of 1 or more, 2 or more ...
        return int((chances >= 1 - tail).sum()), int((chances > tail).sum())


class _Level(NamedTuple):
    """Incidents on a mean day, and how many incidents that is known from."""

    rate: Floats
    known: Floats


@dataclass(frozen=True, eq=False)
class UsualCounts:
    """What past days make likely. `factors`: by weekday, 0 to 6; `dispersion`: a variance is the mean and this times
    its square; `past`: what would have been said of each past day from the 29th on."""

    level: _Level
    factors: Floats
    dispersion: Floats
    past: Floats

    @classmethod
    def of(cls, counts: Floats, ages: Floats, weekdays: Weekdays) -> Self:
        """From past counts. `ages`: of the rows in days, falling; `weekdays`: of the rows."""
        mean = counts.mean(axis=0)
        of_weekday = weekdays[None, :] == np.arange(7)[:, None]
        factors = (of_weekday @ counts + _WEEKDAY_PRIOR) / (of_weekday.sum(axis=1)[:, None] * mean + _WEEKDAY_PRIOR)
        exposures = factors[weekdays]
        since = ages[None, :] - ages[:, None]  # of a day (column) before another (row)
        weights = np.where(since > 0, 0.5 ** (np.maximum(since, 0) / _HALF_LIFE), 0.0)
        level = _level(weights, counts, exposures)
        judged = slice(_WARM_UP, None)
        expected = (level.rate * exposures)[judged]
        excess = (counts[judged] - expected) ** 2 - expected - expected**2 / level.known[judged]
        dispersion = np.clip(excess.sum(axis=0) / np.maximum((expected**2).sum(axis=0), 1e-9), 0, _MOST_DISPERSION)
        predicted = _predicted(expected, expected**2 * (1 / level.known[judged] + dispersion))
        now = _level(0.5 ** (ages[None, :] / _HALF_LIFE), counts, exposures)
        last = _Level(now.rate[0], now.known[0])
        return cls(last, factors, dispersion, predicted.chance_of(counts[judged]).min(axis=1, initial=1.0))

    def predict(self, weekdays: list[int]) -> Predicted:
        """The counts of the days to come, of these weekdays, together."""
        each = self.level.rate * self.factors[weekdays]
        mean = each.sum(axis=0)
        return _predicted(mean, mean**2 / self.level.known + self.dispersion * (each**2).sum(axis=0))

    def threshold(self, share: float) -> float:
        """The chance below which a category is unusual, so that by chance one of all is on a `share` of days at most:
        what that share of past days came to; with fewer than `_JUDGED` of them, by the number of categories."""
        if len(self.past) < _JUDGED:
            categories: int = self.factors.shape[1]
            return share / max(1, categories)
        return float(np.quantile(self.past, share * _CAUTION, method="lower"))


def _level(weights: Floats, counts: Floats, exposures: Floats) -> _Level:
    exposure = weights @ exposures
    rate = (weights @ counts + _PRIOR) / (exposure + 1)
    return _Level(rate, _PRIOR + rate * exposure**2 / np.maximum(weights**2 @ exposures, 1e-9))


def _predicted(mean: Floats, extra: Floats) -> Predicted:
    """Of this mean, and a variance so much above it."""
    return Predicted(mean, mean**2 / np.maximum(extra, 1e-9))
