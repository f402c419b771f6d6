"""Other numbers, tried on history: what would be new, what would be lost; nothing is changed."""

import datetime as dt

import pytest

from tasking.model.errors import DeclarationError
from tasking.triggers.simulation import simulate
from tasking.triggers.simulation_picture import draw_simulation

FIRST, LAST = dt.date(2026, 10, 19), dt.date(2026, 11, 2)


def test_a_lower_number_finds_more_and_loses_nothing(copied):
    before = copied.rows("proposal")
    simulated = simulate(copied.open().triggers, FIRST, LAST, {"cluster.incidents": 3})
    assert {one.subject for one in simulated.before if one.rule == "cluster"} == {
        "Bradbourne Lakes", "Greatness Recreation Ground", "A spot in Ash and New Ash Green",
    }  # fmt: skip
    assert simulated.lost == ()
    assert len(simulated.new) >= 2
    assert {one.rule for one in simulated.new} == {"cluster"}
    assert simulated.a_year(simulated.after) > simulated.a_year(simulated.before)
    assert copied.rows("proposal") == before


def test_a_higher_number_loses_and_finds_nothing(fortnight):
    simulated = simulate(fortnight.open().triggers, FIRST, LAST, {"cluster.incidents": 5, "near_repeat.incidents": 9})
    assert simulated.new == ()
    assert {one.rule for one in simulated.lost} == {"cluster", "near_repeat"}


def test_the_numbers_in_force_propose_what_was_proposed(fortnight):
    simulated = simulate(fortnight.open().triggers, FIRST, LAST, {})
    raised = {(row["rule"], row["subject"]) for row in fortnight.rows("proposal")}
    assert {(one.rule, one.subject) for one in simulated.before} <= raised
    assert simulated.before == simulated.after


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("clusters.incidents", "there is no rule 'clusters'"),
        ("cluster.people", "cluster has no number 'people'; it has: against_days"),
    ],
)
def test_a_number_that_there_is_not_is_said(fortnight, setting, said):
    with pytest.raises(DeclarationError, match=said):
        simulate(fortnight.open().triggers, FIRST, LAST, {setting: 3})


def test_the_picture_is_the_same_bytes_twice(fortnight):
    simulated = simulate(fortnight.open().triggers, FIRST, dt.date(2026, 10, 26), {"cluster.incidents": 3})
    first, again = draw_simulation(simulated), draw_simulation(simulated)
    assert first.png == again.png
    assert first.png.startswith(b"\x89PNG")
    assert "cluster" in first.alt
