"""Each small delivery that once went wrong: what becomes of it now, on both databases. What is right: README.md here."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
from conftest import TestDesk, home_for, settle

from tasking import flows
from tasking.model.delivery import Ledger, Outcome

CASES = Path(__file__).parent
DAY = dt.date(2026, 10, 22)


@pytest.fixture
def received(tmp_path, database_url):
    """Receives the one delivery of a case; then links and briefs its day, which must work whatever came."""

    def receive(name: str, day: dt.date = DAY):
        shutil.copytree(CASES / name / "drops", tmp_path / "drops")
        settle(*(path for path in (tmp_path / "drops").rglob("*") if path.is_file()))
        desk = TestDesk(home_for(tmp_path / "home"), tmp_path / "drops", database_url)
        feed = next((tmp_path / "drops").iterdir()).name
        opened = desk.open()
        receipt = flows.receive(opened, feed, day)
        assert receipt.ledger.balances
        flows.link(opened, day)
        briefing, _ = flows.brief(opened, day)
        assert briefing.is_balanced
        desk.receipt = receipt
        return desk

    return receive


def held(desk) -> dict[int, str]:
    return {row["row_number"]: row["reason"] for row in desk.rows("held")}


def reports(desk) -> dict[str, dict]:
    people = {row["report_id"]: row for row in desk.rows("report_person")}
    return {row["source_ref"]: {**people[row["report_id"]], **row} for row in desk.rows("report")}


@pytest.mark.parametrize(
    ("case", "ledger"),
    [
        ("A02-optional-key-absent", Ledger(rows_in=3, new=3)),
        ("A11-lone-surrogate", Ledger(rows_in=3, new=3)),
        ("A12-nul-escape-sqlite", Ledger(rows_in=3, new=3)),
        ("F-styled-row-at-the-bottom", Ledger(rows_in=2, new=2)),
        ("G07-cr-only", Ledger(rows_in=1, new=1)),
        ("G09-two-empty-trailing-columns", Ledger(rows_in=2, new=2)),
        ("G10-no-newline-at-end", Ledger(rows_in=2, new=2)),
        ("G12-blank-delimiter-rows", Ledger(rows_in=2, new=2)),
        ("G05c-inch-mark", Ledger(rows_in=2, new=2)),
        ("F-total-row", Ledger(rows_in=3, new=2, ignored=1)),
        ("G16-total-and-footer", Ledger(rows_in=4, new=2, ignored=2)),
    ],
)
def test_what_is_only_odd_is_read(received, case, ledger):
    desk = received(case)
    assert desk.receipt.outcome == Outcome.LANDED
    assert desk.receipt.ledger == ledger


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("A05-error-object-as-list", "sent an error instead of records: “404 There are no requests matching"),
        ("F-password", "password-protected"),
        ("F-xls-renamed", "an old .xls workbook"),
        ("F-html-renamed", "a web page"),
    ],
)
def test_what_is_no_delivery_is_refused_by_what_it_is(received, case, words):
    desk = received(case)
    assert desk.receipt.outcome == Outcome.REFUSED
    assert words in desk.receipt.reason


@pytest.mark.parametrize("case", ["G05-unclosed-quote-swallows-next-row", "G05b-unclosed-quote-at-the-last-row"])
def test_an_unclosed_quotation_mark_holds_its_row_and_no_other(received, case):
    desk = received(case)
    assert desk.receipt.ledger == Ledger(rows_in=4, new=3, held=1)
    assert held(desk) == {2: "unreadable: a quotation mark is never closed"}
    assert set(reports(desk)) == {"CSU-2026-1001", "CSU-2026-1003", "CSU-2026-1004"}


def test_one_wrong_byte_holds_its_row_and_names_the_column(received):
    desk = received("M02-one-cp1252-byte-in-utf8")
    assert desk.receipt.ledger == Ledger(rows_in=4, new=3, held=1)
    assert held(desk) == {4: 'unreadable: a character under "Tell us what happened" is not UTF-8'}


def test_references_are_kept_exactly_or_held(received):
    desk = received("A08-float-and-nan-ids")
    assert set(reports(desk)) == {"700010", "9007199254740993"}
    assert all(reason.startswith("no reference") for reason in held(desk).values())
    assert len(held(desk)) == 2


def test_a_key_that_stands_twice_is_held_with_both_values(received):
    desk = received("A09-duplicate-key")
    assert held(desk).keys() == {1}
    sent = desk.open().warehouse.query("ledger/held", first_day=DAY, last_day=DAY)
    from tasking.intake.store.held_decisions import held_row

    cells = held_row(desk.open().warehouse, sent[0]["held_id"])["row_as_sent"]
    assert cells["description"].startswith("The first words, of the caller | T/C groundsman")


def test_what_no_database_keeps_is_taken_out_of_the_text_alike_on_both(received):
    assert "Collect \ufffd." in reports(received("A11-lone-surrogate"))["SDC-790000"]["text"]


def test_a_nul_in_a_text_is_taken_out(received):
    assert "Collect  dispose" in reports(received("A12-nul-escape-sqlite"))["SDC-790000"]["text"]


def test_times_received_that_cannot_be_are_held_and_never_last_nights_news(received):
    desk = received("A15-timestamps")
    by_row = held(desk)
    assert desk.receipt.ledger.rows_in == 18
    assert all(by_row[row].startswith("not a date") for row in (8, 13, 14, 15, 17))
    assert all(by_row[row].startswith("received long before this delivery") for row in (16, 18))
    assert all("2026-10-2" in str(row["received_at"]) for row in reports(desk).values())


def test_times_of_events_that_cannot_be_are_blanked_with_a_note(received):
    desk = received("A16-occurred")
    assert desk.receipt.ledger == Ledger(rows_in=3, new=3)
    assert [row["occurred_from"] for row in reports(desk).values()] == [None] * 3
    assert any("3 rows (1, 2, 3) with a time" in note for note in desk.receipt.notes)


def test_dates_of_a_form_are_read_where_they_can_be_and_blanked_where_not(received):
    desk = received("G20-dates")
    found = {row["text"]: str(row["occurred_from"])[:16] for row in reports(desk).values()}
    assert found["secs"] == found["single digit"] == "2026-10-21 05:15"
    assert found["ampm"] == "None"  # it would be after the report was received
    assert all(found[words] == "None" for words in ("dm swapped", "year", "fold", "year 0202"))
    assert held(desk)[7].startswith("received long before this delivery")


def test_a_report_of_another_month_is_held_with_its_grade_kind_and_place(received):
    desk = received("G24-police-swapped-past")
    assert held(desk).keys() == {1}
    from tasking.intake.held_filter import HeldFilter
    from tasking.warehouse.visibility import FULL_VISIBILITY

    row = desk.open().intake.held(HeldFilter(), FULL_VISIBILITY, None, 10)[0]
    assert row["about"] == {"grade": "GRADE 1", "kind": "Safeguarding", "place": "Westerham Green"}
    assert row["is_restricted"]
    assert row["can_be_released"]


def test_day_numbers_of_a_1904_workbook_are_right(received):
    assert {str(row["occurred_from"])[:16] for row in reports(received("F-1904")).values()} == {"2026-10-21 07:00"}


@pytest.mark.parametrize("case", ["F-year-or-time-typed", "F-duration"])
def test_a_year_a_clock_or_a_duration_is_no_date(received, case):
    desk = received(case)
    times = [str(row["occurred_from"]) for row in reports(desk).values()]
    assert all(time == "None" or time.startswith("2026-10-2") for time in times)
    assert any("with a time under “When did it happen?” that can't be" in note for note in desk.receipt.notes)


def test_errors_in_cells_are_noted_by_column_and_hold_nothing(received):
    desk = received("F-errors")
    assert desk.receipt.ledger == Ledger(rows_in=2, new=2)
    assert sum("with the error “#" in note for note in desk.receipt.notes) == 3


def test_formulas_that_nobody_calculated_hold_a_row_only_where_the_value_is_needed(received):
    desk = received("F-formula-nocache")
    assert desk.receipt.ledger == Ledger(rows_in=4, new=2, held=2)
    assert held(desk)[2].startswith("nothing reported")
    assert held(desk)[3].startswith("no reference")


def test_telephones_are_found_in_what_people_type(received):
    desk = received("G21-people")
    phones = {row["text"]: row["caller_phone"] for row in reports(desk).values()}
    assert phones.pop("t5") is None  # a digit too few
    assert phones.pop("t10") == "+441632960123"
    assert set(phones.values()) == {"+447700900123"}
    assert any("more than one telephone number" in note for note in desk.receipt.notes)
    assert any("no usable telephone number under “Phone”" in note for note in desk.receipt.notes)
    names = {row["text"]: row["caller_name"] for row in reports(desk).values()}
    assert [names[f"t{number}"] for number in (5, 6, 7, 8)] == ["Null", "NA", "None", "nan"]


@pytest.mark.parametrize("case", ["M01-placeholder-callers", "M01b-two-people-placeholder-number"])
def test_a_placeholder_is_nobodys(received, case):
    desk = received(case)
    assert {row["caller_key"] for row in reports(desk).values() if row["caller_phone"] != "+447700900111"} == {None}


def test_a_reference_used_for_another_matter_is_held_and_asked(received):
    desk = received("G22-ref-case-and-reuse")
    assert desk.receipt.ledger == Ledger(rows_in=4, new=3, held=1)
    assert held(desk)[4].startswith('used again: "Case Ref" is the reference of another event')
    assert {"ASB260001", "asb260001"} <= set(reports(desk))


def test_references_are_joined_whatever_their_case_where_the_feed_says_so(tmp_path, database_url):
    home = home_for(tmp_path / "home")
    declared = home / "include" / "feeds" / "housing.yml"
    declared.write_text(declared.read_text() + "ref_ignores_case: true\n")
    desk = TestDesk(home, CASES / "G22-ref-case-and-reuse" / "drops", database_url)
    receipt = flows.receive(desk.open(), "housing", DAY)
    assert receipt.ledger == Ledger(rows_in=4, new=2, repeats=0, revisions=1, held=1)


def test_another_citys_open311_is_declared_and_not_coded(tmp_path, database_url):
    home = home_for(tmp_path / "home")
    for source, folder in (("highways.yml", "feeds"), ("highways.json", "expectations")):
        shutil.copy(CASES / "S07-chicago-layout" / source, home / "include" / folder / source)
    partnership = home / "include" / "partnership.yml"
    partnership.write_text(partnership.read_text().replace("feeds: [police,", "feeds: [highways, police,"))
    desk = TestDesk(home, CASES / "S07-chicago-layout" / "drops", database_url)
    opened = desk.open()
    first = flows.receive(opened, "highways", DAY)
    assert first.ledger == Ledger(rows_in=3, new=2, held=1)
    assert held(desk)[3].startswith("no reference")
    second = flows.receive(opened, "highways", DAY + dt.timedelta(days=1))
    assert second.ledger == Ledger(rows_in=1, new=1)
