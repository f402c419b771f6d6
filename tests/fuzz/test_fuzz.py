"""A little of what `make fuzz` does, every time; and every seed that once found a fault."""

import csv
from pathlib import Path

import pytest

from fuzz import subjects

DAMAGES = 1_000
SEEDS = [(name, int(seed)) for name, seed in csv.reader((Path(__file__).parent / "seeds.csv").read_text().splitlines())]


def test_rows_in_are_rows_sent_under_a_thousand_damages():
    outcomes = [subjects.damaged_delivery(seed) for seed in range(DAMAGES)]
    # Most damage costs one row, and hardly any the whole file.
    assert outcomes.count("refused") < DAMAGES * 0.05
    assert outcomes.count("held") > DAMAGES * 0.3


def test_no_bytes_raise_anything_but_a_refusal():
    outcomes = {subjects.any_bytes(seed) for seed in range(200)}
    assert outcomes == {"read", "refused"}


def test_a_damaged_workbook_loses_no_row():
    outcomes = {subjects.damaged_workbook(seed) for seed in range(25)}
    assert outcomes >= {"read", "refused"}


def test_any_text_is_read_soon():
    assert {subjects.any_text(seed) for seed in range(300)} == {"read"}


def test_the_ledger_stored_balances_whatever_stands_in_the_cells(tmp_path, database_url):
    desk = subjects.OneDesk(tmp_path, database_url)
    outcomes = [desk.odd_cells(seed) for seed in range(25)]
    outcomes += [desk.damaged_and_stored(seed) for seed in range(1000, 1025)]
    assert set(outcomes) <= {"landed", "landed_in_part", "held", "refused"}
    assert outcomes.count("refused") < 5


def test_a_day_with_hostile_reports_briefs_and_so_do_the_next_five(tmp_path, database_url):
    assert subjects.hostile_week(1, tmp_path / "week", database_url) == "briefed"


@pytest.mark.parametrize(("subject", "seed"), SEEDS)
def test_a_seed_that_once_found_a_fault_finds_none(subject, seed, tmp_path):
    kept = subjects.OneDesk(tmp_path)
    assert getattr(subjects, subject, None) or getattr(kept, subject)
    (getattr(subjects, subject, None) or getattr(kept, subject))(seed)
