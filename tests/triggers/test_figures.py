"""The figures: how unlikely, how much more, did it work; and the wall's clock."""

import datetime as dt
import math
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking.linkage.report_facts import wall_hours
from tasking.meeting.effect import Counts, Effect, effect_of
from tasking.triggers.surge import surge_of
from tasking.triggers.unusual import tail_probability

LONDON = ZoneInfo("Europe/London")


def test_four_incidents_are_unlikely_at_a_quiet_place_and_not_at_a_busy_one():
    assert tail_probability(4, 0, 7 / 56) < 0.001
    assert 0.001 < tail_probability(4, 4, 7 / 56) < 0.01
    assert tail_probability(4, 16, 7 / 56) > 0.1


def test_the_chance_is_the_negative_binomial_tail():
    # NB(8.5, 8/9) by its recursion, from the definition.
    shape, stay = 8.5, 1 / 9
    terms = [(1 - stay) ** shape]
    for k in range(3):
        terms.append(terms[-1] * (shape + k) / (k + 1) * stay)
    assert tail_probability(4, 8, 1 / 8) == pytest.approx(1 - sum(terms))


@given(st.integers(0, 30), st.integers(0, 200), st.floats(0.01, 2))
def test_a_chance_is_one_and_falls_with_the_count(count, past, share):
    here, more = tail_probability(count, past, share), tail_probability(count + 1, past, share)
    assert 0 <= more <= here <= 1
    assert tail_probability(count, past + 1, share) >= here - 1e-12


@given(st.integers(0, 40), st.integers(0, 400), st.floats(0.001, 4))
def test_the_chance_is_one_without_the_chances_of_fewer(count, past, share):
    shape, busy = past + 0.5, math.log(share) - math.log1p(share)
    fewer = math.fsum(
        math.exp(
            math.lgamma(shape + k) - math.lgamma(shape) - math.lgamma(k + 1) - shape * math.log1p(share) + k * busy
        )
        for k in range(count)
    )
    assert tail_probability(count, past, share) == pytest.approx(max(0.0, 1.0 - fewer), abs=1e-11)


def test_a_surge_compares_weekdays():
    day = dt.date(2026, 10, 1)
    counts = {
        day + dt.timedelta(days=one): 10 if (day + dt.timedelta(days=one)).weekday() == 5 else 1 for one in range(56)
    }
    days = sorted(counts)
    busy = surge_of(counts, [one for one in days[28:] if one.weekday() == 5], days[:28])
    assert busy.expected == 40
    assert busy.change == 0
    assert surge_of(counts, [], days) is None


def test_a_fall_beside_a_district_that_stayed_as_it_was_is_a_fall():
    assert effect_of(Counts(30, 6), Counts(400, 410)).is_fall
    effect = Effect(56, Counts(30, 6), Counts(12, 11), Counts(400, 410), Counts(56, 56))
    assert "It fell: " in effect.words
    assert "no sign that it moved there" in effect.words


def test_a_fall_that_the_whole_district_had_is_no_evidence():
    effect = Effect(56, Counts(30, 15), Counts(12, 30), Counts(400, 200), Counts(56, 56))
    assert "No clear change: " in effect.words
    assert "it may have moved there" in effect.words


def test_too_few_to_say():
    effect = Effect(21, Counts(0, 3), Counts(0, 0), Counts(100, 100), Counts(21, 21))
    assert effect.short_words == "Before: 0 in 21 days. Since: 3. Too few to tell."
    assert "too few to tell whether it moved there" in effect.words


@pytest.mark.parametrize(
    ("days", "data_from", "words"),
    [
        (Counts(0, 21), dt.date(2026, 10, 3), "Before: no data before 3 October. Since: 8 in 21 days with data."),
        (Counts(0, 21), None, "Before: no data. Since: 8 in 21 days with data."),
        (Counts(3, 21), None, "Before: only 3 of 21 days have data. Since: 8 in 21 days with data."),
        (Counts(21, 2), None, "Before: 5 in 21 days with data. Since: 8, but only 2 of 21 days have data."),
        (Counts(19, 21), None, "Before: 5 in 19 days with data. Since: 8 in 21 days with data. No clear change."),
    ],
)
def test_time_without_data_is_not_zero(days, data_from, words):
    effect = Effect(21, Counts(5 if days.before > 3 else 0, 8), Counts(0, 0), Counts(100, 100), days, data_from)
    assert effect.short_words == words


def test_with_nothing_elsewhere_the_rates_a_day_are_compared():
    assert effect_of(Counts(10, 30), Counts(0, 0), Counts(10, 30)).value == pytest.approx(1, rel=0.1)
    assert effect_of(Counts(10, 30), Counts(0, 0), Counts(30, 30)).is_rise


def test_the_interval_holds_the_ratio_nineteen_times_in_twenty():
    import numpy as np

    dice = np.random.default_rng(1)
    held = 0
    for _ in range(2000):
        here, elsewhere = Counts(*dice.poisson((20, 10))), Counts(*dice.poisson((300, 300)))
        ratio = effect_of(here, elsewhere)
        held += ratio.low <= 0.5 <= ratio.high
    assert 0.93 < held / 2000 < 0.98


def test_a_day_has_24_hours_on_the_walls_clock_whatever_the_clocks_do():
    before = dt.datetime(2026, 10, 24, 20, 0, tzinfo=LONDON).timestamp() / 3600
    after = dt.datetime(2026, 10, 25, 20, 0, tzinfo=LONDON).timestamp() / 3600
    assert after - before == 25
    assert wall_hours(after, LONDON) - wall_hours(before, LONDON) == 24
