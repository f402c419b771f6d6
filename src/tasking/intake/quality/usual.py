"""What is usual of a partner's deliveries, by those of the 12 weeks before, and how one compares with it.

Only what is not restricted counts where a note names categories.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from tasking.model.usual_count import UsualCounts

WEEKS: Final = 12
_DAYS_NEEDED: Final = 28  # landed, before anything is usual
_INSIDE: Final = 0.998  # of comparable days: one alarm in two years by chance
_RECENT_DAYS: Final = 7
_FEWEST_RECENT: Final = 20  # reports of the last days, for their categories to be compared
_FEWEST_EXPECTED: Final = 3.0  # reports of a category; rarer ones are counted together
_MOST_NAMED: Final = 3


@dataclass(frozen=True)
class LandedDay:
    """What a feed brought for a day: rows, how many of them were held, and its public reports by category."""

    day: date
    rows: int
    held: int
    kinds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """A delivery beside what is usual. `frame`: one row with `rows`, `rows_of_week` (null where a day of it did not
    land), `held` and `chance_of_kinds` (the probability of such a difference by chance; null where there is too
    little). `usual`: the limits that a suite names as parameters;
    none before there is enough history. `kinds`: what there is more and less of, in words."""

    frame: pd.DataFrame
    usual: Mapping[str, int]
    kinds: str


def measure(today: LandedDay, past: Sequence[LandedDay], labels: Mapping[str, str]) -> Measured:
    """Compares what came for a day with the landed days before it. `labels`: of categories."""
    before = [one for one in past if today.day - timedelta(weeks=WEEKS) <= one.day < today.day]
    has_history = len(before) >= _DAYS_NEEDED
    chance, kinds = _kinds(today, before, labels) if has_history else (None, "")
    week = [one.rows for one in before if one.day > today.day - timedelta(days=_RECENT_DAYS)]
    of_week = sum(week) + today.rows if len(week) == _RECENT_DAYS - 1 else None
    frame = pd.DataFrame(
        {"rows": [today.rows], "rows_of_week": [of_week], "held": [today.held], "chance_of_kinds": [chance]}, index=[1]
    )
    usual = _usual(today, sorted(before, key=lambda one: one.day)) if has_history else {}
    return Measured(frame.astype({"rows_of_week": float, "chance_of_kinds": float}), usual, kinds)


def _usual(today: LandedDay, before: Sequence[LandedDay]) -> dict[str, int]:
    fewest, most = _range(before, [today.day])
    week = [today.day - timedelta(days=back) for back in range(_RECENT_DAYS)]
    earlier = [one for one in before if one.day < week[-1]]
    found = {"fewest_rows": fewest, "most_rows": most, "most_held": _most_held(today.rows, before)}
    if len(earlier) >= _DAYS_NEEDED:
        found["fewest_rows_of_week"], found["most_rows_of_week"] = _range(earlier, week)
    return found


def _range(before: Sequence[LandedDay], days: Sequence[date]) -> tuple[int, int]:
    """The rows that these days together bring, but for one time in 500."""
    counts = np.array([[one.rows] for one in before], dtype=float)
    ages = np.array([(days[0] - one.day).days for one in before], dtype=float)
    model = UsualCounts.of(counts, ages, np.array([one.day.weekday() for one in before]))
    return model.predict([day.weekday() for day in days]).range_of(0, _INSIDE)


def _most_held(rows: int, before: Sequence[LandedDay]) -> int:
    """How many of so many rows may be held at the share of before, with half a row more held than there were."""
    from scipy.special import bdtrc  # takes a while to import

    share = (sum(one.held for one in before) + 0.5) / (sum(one.rows for one in before) + 1)
    chances = bdtrc(np.arange(rows + 1, dtype=float), rows, min(share, 1.0))  # of more than 0, more than 1 ...
    return int((chances > 1 - _INSIDE).sum())


def _kinds(today: LandedDay, before: Sequence[LandedDay], labels: Mapping[str, str]) -> tuple[float | None, str]:
    """A chi-squared test of the categories of the last days against those of before, rare ones together."""
    since = today.day - timedelta(days=_RECENT_DAYS - 1)
    recent, earlier = Counter(today.kinds), Counter[str]()
    for one in before:
        (recent if one.day >= since else earlier).update(one.kinds)
    total = sum(recent.values())
    if total < _FEWEST_RECENT or sum(earlier.values()) < 3 * total:
        return None, ""
    names = sorted(recent | earlier)
    counts = np.array([[side[name] for name in names] for side in (recent, earlier)], dtype=float)
    expected = counts.sum(axis=0) * total / counts.sum()
    is_rare = expected < _FEWEST_EXPECTED
    grouped = np.column_stack([counts[:, ~is_rare], counts[:, is_rare].sum(axis=1)])
    grouped = grouped[:, grouped.sum(axis=0) > 0]
    if grouped.shape[1] < 2:
        return None, ""
    return _chance(grouped), _changes(dict(zip(names, counts[0] - expected, strict=True)), labels)


def _chance(counts: Any) -> float:
    """Of so great a difference between two rows of counts."""
    from scipy.special import chdtrc

    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    return float(chdtrc(counts.shape[1] - 1, ((counts - expected) ** 2 / expected).sum()))


def _changes(excess: Mapping[str, float], labels: Mapping[str, str]) -> str:
    def named(sign: int) -> str:
        ordered = sorted((-sign * by, name) for name, by in excess.items() if sign * by >= 1)
        return ", ".join(labels.get(name, name).lower() for _, name in ordered[:_MOST_NAMED])

    return "; ".join(f"{words} {names}" for words, names in (("more", named(1)), ("less", named(-1))) if names)
