"""Lists as files: all that a person may see, in the order shown, and nothing else that a spreadsheet would run."""

import datetime as dt

import openpyxl
import pytest
import sqlalchemy as sa

from tasking import meeting
from tasking.pages import May, list_files
from tasking.pages.list_actions import lists
from tasking.pages.list_files import About, write_csv, write_xlsx
from tasking.pages.lists import Column

from .conftest import KEEPER, Pages
from .files import INCIDENT, book_of, csv_of, listed_at

READER = frozenset({May.READ})


FORMULAS = ['=HYPERLINK("http://x")', "+44 1632 960001", "-1+1", "@SUM(A1)", "\t=1+1"]


@pytest.mark.parametrize("name", sorted(lists()))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_list_is_taken_as_a_file_and_that_is_logged(copied, pages, name, form):
    keeper = pages(KEEPER)
    answer = keeper.post(f"/lists/{name}/file/{form}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}-2026-11-02.{form}"'
    entry = keeper.log()[-1]
    assert entry["action"].removeprefix("restricted ") == "list exported"
    assert entry["subject"] == name
    assert entry["note"].startswith(f"{form}, ")


def test_a_file_has_the_whole_list_in_the_order_shown(faulty):
    officer = Pages(faulty)
    for sort in ("-reported", "reported", "where", "-reports", "what", "-when", "by"):
        shown = listed_at(officer, f"/incidents?sort={sort}", INCIDENT)
        assert len(shown) > 80
        assert [row["Incident"] for row in csv_of(officer, "incidents", {"sort": sort})] == shown
    rows = csv_of(officer, "incidents", {"sort": "where"})
    assert [row["Where"].casefold() for row in rows] == sorted(row["Where"].casefold() for row in rows)
    rows = csv_of(officer, "incidents", {"sort": "-what", "since": "2026-10-22", "until": "2026-10-24"})
    assert [row["What"] for row in rows] == sorted((row["What"] for row in rows), key=str.casefold, reverse=True)
    assert {row["Reported"] for row in rows} <= {"2026-10-22", "2026-10-23", "2026-10-24"}
    counts = [int(row["Reports"]) for row in csv_of(officer, "incidents", {"sort": "-reports"})]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1


def test_nobody_without_the_right_takes_the_log_or_the_restricted_list(faulty):
    reader = Pages(faulty, READER, "reader")
    assert reader.post("/lists/log/file/csv").status_code == 403
    assert reader.post("/lists/log/filters", {"filter_name": "x"}).status_code == 403
    assert reader.post("/lists/restricted-follow-ups/file/csv").status_code == 403
    assert reader.post("/lists/nothing/file/csv").status_code == 404
    assert reader.client.post("/lists/incidents/file/csv").status_code == 403  # without the token of a form


def test_restricted_rows_are_in_no_file_of_those_who_may_not_see_them(copied, pages):
    restricted = {row["report_id"] for row in copied.rows("report") if row["is_restricted"]}
    hidden = {row["incident_id"] for row in copied.rows("incident_report") if row["report_id"] in restricted}
    officer = pages()
    rows = csv_of(officer, "incidents")
    assert not {row["Incident"] for row in rows} & hidden
    assert "Restricted" not in {row["What"] for row in rows}
    assert officer.log()[-1]["action"] == "list exported"


@pytest.mark.parametrize(("name", "key"), [("incidents", "place"), ("taskings", "owner"), ("log", "actor"),
                                          ("past-groups", "place"), ("held", "reason")])  # fmt: skip
def test_a_filter_by_something_restricted_is_answered_as_one_by_nothing(faulty, name, key):
    officer = Pages(faulty)
    report = next(row for row in faulty.rows("report") if row["is_restricted"] and row["place_name"])
    open_places = {row["place_name"] for row in faulty.rows("report") if not row["is_restricted"]}
    asked = [report["report_id"], "nothing", *({report["place_name"]} - open_places)]
    answers = [officer.post(f"/lists/{name}/file/csv", {key: value}).content for value in asked]
    assert len(set(answers)) == 1
    assert len(answers[0].splitlines()) == 1


def test_restricted_rows_say_restricted_and_nothing_else_in_a_file_of_those_who_may(copied, pages):
    keeper = pages(KEEPER, name="keeper")
    for name in ("incidents", "held", "restricted-follow-ups"):
        rows = csv_of(keeper, name, {"sort": "nothing"})
        hidden = [row for row in rows if "Restricted" in row.values()]
        assert hidden, name
        assert all(sorted(row.values()) == sorted(["Restricted", *[""] * (len(row) - 1)]) for row in hidden), name
    entry = keeper.log()[-1]
    assert entry["action"] == "restricted list exported"
    assert "restricted list exported" not in pages().get("/log").text


def test_reasons_that_people_typed_are_in_files_of_those_with_details_alone(copied, pages):
    officer = pages()
    officer.post("/taskings", {"what": "close the gap", "owner": "hale", "due_on": "2026-11-10"})
    tasking = copied.rows("tasking")[-1]["tasking_id"]
    officer.post(f"/taskings/{tasking}/carry", {"due_on": "2026-11-20", "reason": "Mrs Quorn is away"})
    (row,) = [row for row in csv_of(officer, "taskings") if row["Reference"] == tasking]
    assert row["Reason"] == "Mrs Quorn is away"
    answer = pages(READER, "reader").post("/lists/taskings/file/csv").text
    assert tasking in answer
    assert "Quorn" not in answer
    assert "Reason" not in answer.splitlines()[0]


@pytest.mark.parametrize("typed", FORMULAS)
def test_a_file_runs_nothing(copied, pages, typed):
    officer = pages()
    meeting.add_tasking(copied.open().meeting, "hale", f"{typed} ", "hale", "", dt.date(2026, 11, 10))
    kept = copied.rows("tasking")[-1]["what"]
    with copied.open().warehouse.writing() as connection:
        connection.execute(sa.text("UPDATE tasking SET what = :what WHERE what = :kept"), {"what": typed, "kept": kept})
    whats = [row["What"] for row in csv_of(officer, "taskings")]
    assert f"'{typed}" in whats
    assert typed not in whats
    sheet = book_of(officer, "taskings")["Taskings"]
    (cell,) = [cell for cell in sheet["A"] if cell.value == typed.replace("\t", "\t")]
    assert cell.data_type == "s"


def test_a_workbook_says_what_it_is_and_has_real_dates(copied, pages):
    fields = {"category": "fly_tip", "since": "2026-10-20", "sort": "-reports"}
    book = book_of(pages(), "incidents", fields)
    assert book.sheetnames == ["About", "Incidents"]
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert "OFFICIAL-SENSITIVE" in about
    assert about["Partnership"] == copied.open().partnership.name
    assert about["Filter: Category"] == "Fly-tip"
    assert about["Filter: From"] == "20 October 2026"
    assert about["Sorted by"] == "Reports, highest first"
    assert about["Made by"] == "officer"
    assert about["Made at"] == dt.datetime(2026, 11, 2, 7, 0)  # noqa: DTZ001 - as a cell has it, local
    sheet = book["Incidents"]
    assert sheet["A1"].value == "Reported"
    assert isinstance(sheet["A2"].value, dt.datetime)
    assert sheet["A2"].number_format == "dd mmmm yyyy"
    assert isinstance(sheet["E2"].value, int)


@pytest.mark.parametrize(
    "text", ["\ud800", "ключ", "x\x00y", "\u202egnp.exe", "<b>bold</b>", "a\r\nb", "é" * 50_000, "", "'", '"'],
    ids=ascii,
)  # fmt: skip
def test_any_text_can_be_in_a_file(text):
    columns, zone = [Column("a", "Words", lambda row: row)], dt.UTC
    about = About(
        "Sevenoaks", "A: list/with? marks", [("Owner", text)], "Words", dt.datetime(2026, 1, 1, tzinfo=zone), "x"
    )
    assert write_csv(columns, [[text]], zone).tell() > 8
    out = write_xlsx(columns, [[text]], about, zone)
    out.seek(0)
    assert openpyxl.load_workbook(out).sheetnames == ["About", "A  list with  marks"]


def test_a_list_that_is_too_long_for_a_file_is_refused_in_words(copied, pages, monkeypatch):
    monkeypatch.setitem(list_files.MOST_ROWS, "xlsx", 3)
    officer = pages()
    before = len(officer.log())
    answer = officer.post("/lists/incidents/file/xlsx")
    assert "This list has more than 3 rows. Use filters to make it shorter, or choose CSV." in officer.said(answer)
    assert len(officer.log()) == before


def test_files_are_not_taken_without_end(copied, pages):
    officer = pages()
    allowed = [officer.post("/lists/rules/file/csv").status_code for _ in range(62)]
    assert allowed[0] == 200
    assert allowed[-1] == 429
