"""What is called usual, and how often chance alone is called unusual."""

import datetime as dt

import numpy as np
import pytest

from tasking.briefing.usual import History
from tasking.model.usual_count import UsualCounts

DAY = dt.date(2026, 10, 22)
CATEGORIES = 12


def made_days(days: int, seed: int, spread: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(counts, weekdays) of so many days: rare and common categories, weekdays that differ, a season; `spread` is how
    much a category varies beyond chance."""
    dice = np.random.default_rng(seed)
    weekdays = np.arange(days) % 7
    rates = dice.gamma(0.7, 1.5, CATEGORIES) + 0.02
    season = 1 + 0.4 * np.sin(2 * np.pi * np.arange(days) / 365)
    means = rates * season[:, None] * dice.uniform(0.5, 1.5, (7, CATEGORIES))[weekdays]
    if spread:
        means = means * dice.gamma(1 / spread, spread, means.shape)
    return dice.poisson(means).astype(float), weekdays


def of_past(counts: np.ndarray, weekdays: np.ndarray, day: int) -> UsualCounts:
    since = max(0, day - 182)
    return UsualCounts.of(counts[since:day], np.arange(day - since, 0, -1.0), weekdays[since:day])


@pytest.mark.parametrize("spread", [0.0, 0.25])
def test_on_a_quiet_year_anything_is_called_unusual_on_one_day_in_twenty_at_most(spread):
    unusual, inside, kinds = [], [], []
    for seed in range(5):
        counts, weekdays = made_days(400, seed, spread)
        for day in range(100, 400, 3):
            model = of_past(counts, weekdays, day)
            predicted = model.predict([int(weekdays[day])])
            is_unusual = predicted.chance_of(counts[day]) <= model.threshold(0.05)
            unusual.append(is_unusual.any())
            kinds.append(is_unusual)
            low, high = predicted.range_of(0, 0.9)
            inside.append(low <= counts[day, 0] <= high)
    assert np.mean(unusual) <= 0.05 + 2 * (0.05 * 0.95 / len(unusual)) ** 0.5
    assert np.mean(kinds, axis=0).max() <= 0.05
    assert np.mean(inside) >= 0.9


def test_three_times_as_many_as_ever_are_called_unusual():
    counts, weekdays = made_days(200, 1)
    model = of_past(counts, weekdays, 199)
    common = int(counts.mean(axis=0).argmax())
    now = counts[199].copy()
    now[common] = 3 * counts[:, common].max()
    is_unusual = model.predict([int(weekdays[199])]).chance_of(now) <= model.threshold(0.05)
    assert is_unusual[common]


def test_several_days_are_compared_with_as_many():
    counts, weekdays = made_days(200, 2)
    model = of_past(counts, weekdays, 199)
    one, three = model.predict([0]), model.predict([0, 1, 2])
    assert (three.mean > one.mean).all()
    assert all(three.range_of(n, 0.9)[1] >= one.range_of(n, 0.9)[1] for n in range(CATEGORIES))


def history(complete: int, counts: dict[dt.date, dict[str, int]]) -> History:
    days = tuple(DAY - dt.timedelta(days=back) for back in range(60, -1, -1))
    return History(days, (DAY,), frozenset(days[60 - complete :]), counts)


def test_nothing_is_compared_where_a_feed_is_missing_or_history_is_short():
    counts = {DAY - dt.timedelta(days=back): {"noise": 2} for back in range(60)}
    assert history(60, counts).usual(False, {})[0] == {}
    found, note = history(27, counts).usual(True, {})
    assert found == {}
    assert "27 complete days so far, 28 are needed" in note


def test_a_range_once_there_are_enough_days():
    counts = {DAY - dt.timedelta(days=back): {"noise": 2 + back % 2} for back in range(60)}
    usual, note = history(40, counts).usual(True, counts[DAY])
    low, high = usual["noise"].range
    assert low <= 2 <= 3 <= high
    assert not usual["noise"].is_exceeded
    assert "40 complete days" in note
    surge = history(40, counts).usual(True, {"noise": 30})[0]
    assert surge["noise"].is_exceeded
