"""What is usual of a partner's deliveries: what is noticed, and what is not."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking.intake.quality.usual import LandedDay, measure

FIRST = dt.date(2026, 3, 2)
BY_WEEKDAY = [14, 12, 11, 11, 12, 6, 5]
LABELS = {"fly_tip": "Fly-tip", "noise": "Noise"}


def days(count: int, *, seed: int = 1, share: float = 1.0, kinds=None) -> list[LandedDay]:
    """Days as chance brings them, with fewer rows at weekends and one row in forty held."""
    dice = np.random.default_rng(seed)
    found = []
    for number in range(count):
        day = FIRST + dt.timedelta(number)
        rows = int(dice.poisson(BY_WEEKDAY[day.weekday()] * share))
        names, shares = zip(*(kinds or {"fly_tip": 0.7, "noise": 0.3}).items(), strict=True)
        counted = dict(zip(names, dice.multinomial(rows, shares).tolist(), strict=True))
        found.append(LandedDay(day, rows, int(dice.binomial(rows, 1 / 40)), counted))
    return found


def faults(today: LandedDay, past: list[LandedDay]) -> set[str]:
    """What of a day is not usual."""
    found = measure(today, past, LABELS)
    row, usual = found.frame.iloc[0], found.usual
    not_usual = set()
    for name in ("rows", "rows_of_week"):
        if f"most_{name}" in usual and not usual[f"fewest_{name}"] <= row[name] <= usual[f"most_{name}"]:
            not_usual.add(name)
    if usual and row["held"] > usual["most_held"]:
        not_usual.add("held")
    return not_usual | ({"kinds"} if row["chance_of_kinds"] < 0.0002 else set())


def noticed_after(change, *, limit: int = 14) -> tuple[str, int]:
    """The first fault that is noticed of days that `change` has changed, and after how many of them."""
    past = days(84)
    changed = [change(one) for one in days(84 + limit, seed=2)[84:]]
    for number, today in enumerate(changed):
        if found := faults(today, [*past, *changed[:number]]):
            return found.pop(), number + 1
    return "", limit


def test_before_four_weeks_nothing_is_usual():
    past = days(40)
    assert measure(past[27], past[:27], LABELS).usual == {}
    assert measure(past[28], past[:28], LABELS).usual.keys() == {"fewest_rows", "most_rows", "most_held"}
    assert "most_rows_of_week" in measure(past[36], past[:36], LABELS).usual


def test_days_as_chance_brings_them_are_hardly_ever_noticed():
    past = [days(400, seed=seed) for seed in range(4)]
    alarms = [faults(some[number], some[:number]) for some in past for number in range(40, 400)]
    assert sum(map(bool, alarms)) <= 0.015 * len(alarms)


@pytest.mark.parametrize(("share", "within"), [(0.5, 7), (0.0, 2), (2.0, 4)])
def test_other_numbers_of_rows_are_noticed_within_a_week(share, within):
    def changed(one):
        return LandedDay(one.day, round(one.rows * share), 0, one.kinds)

    fault, after = noticed_after(changed)
    assert fault in ("rows", "rows_of_week")
    assert after <= within


def test_rows_that_are_suddenly_held_are_noticed_the_next_day():
    fault, after = noticed_after(lambda one: LandedDay(one.day, one.rows, one.rows, {}))
    assert (fault, after <= 2) == ("held", True)


def test_a_category_that_takes_over_is_noticed_and_named():
    past = days(84)
    changed = days(91, seed=3, kinds={"fly_tip": 0.3, "noise": 0.7})[84:]
    found = measure(changed[-1], [*past, *changed[:-1]], LABELS)
    assert found.frame["chance_of_kinds"].iloc[0] < 0.0002
    assert found.kinds == "more noise; less fly-tip"


def test_a_day_that_did_not_land_makes_no_week():
    past = days(84)
    today = past.pop()
    without = [one for one in past if one.day != today.day - dt.timedelta(2)]
    assert measure(today, without, LABELS).frame["rows_of_week"].isna().all()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=0, max_size=90),
    st.integers(0, 2_000),
    st.dictionaries(st.sampled_from(["fly_tip", "noise", "", "x"]), st.integers(0, 300), max_size=4),
)
def test_whatever_came_there_is_an_answer(before, rows, kinds):
    past = [
        LandedDay(FIRST + dt.timedelta(number), many, min(held, many), kinds)
        for number, (many, held) in enumerate(before)
    ]
    found = measure(LandedDay(FIRST + dt.timedelta(len(before)), rows, 0, kinds), past, LABELS)
    assert list(found.frame["rows"]) == [rows]
    chance = found.frame["chance_of_kinds"].iloc[0]
    assert np.isnan(chance) or 0 <= chance <= 1
    assert all(value >= 0 for value in found.usual.values())
    if found.usual:
        assert found.usual["fewest_rows"] <= found.usual["most_rows"]
