"""Held rows: put right, released, rejected, and returned to the partner."""

import csv
import datetime as dt
import io
import json
import re

import openpyxl
import pytest
import sqlalchemy as sa

from .conftest import KEEPER
from .on_the_desk import one_held, open_rows


def test_a_held_row_is_put_right_and_the_briefing_made_again(copied, pages):
    row = one_held(copied, "no reference")
    keeper = pages(KEEPER)
    page = keeper.post(f"/held/{row['held_id']}/look", {"reason": "to mend it"}).text
    column = copied.open().feeds[row["feed"]].fields.source_ref
    assert f"{column} <strong" in page  # marked
    answer = keeper.post(
        f"/held/{row['held_id']}/correct", {f"cell:{column}": "AB12345" if row["feed"] != "police" else "46/1/26"}
    )
    assert "Accepted." in keeper.said(answer)
    assert keeper.started == [("briefing", dt.date.fromisoformat(str(row["day"])), "officer")]
    assert row["held_id"] not in {one["held_id"] for one in open_rows(copied)}
    ledger = copied.ledger()[str(row["day"]), row["feed"]]
    assert ledger["rows_in"] == sum(
        ledger[name] for name in ("new_reports", "repeats", "revisions", "held", "out_of_area")
    )


def test_a_row_that_is_still_wrong_comes_back_with_what_was_typed(copied, pages):
    row = one_held(copied, "not a date", is_restricted=False)
    column = copied.open().feeds[row["feed"]].fields.received_at.columns[0]
    officer = pages()
    answer = officer.post(f"/held/{row['held_id']}/correct", {f"cell:{column}": "the day before"})
    assert answer.status_code == 200
    assert 'value="the day before"' in answer.text
    assert "should be" in answer.text
    assert officer.started == []


def test_a_reference_typed_into_a_held_row_tells_nothing_of_a_restricted_report(copied, pages):
    row = next(row for row in open_rows(copied)
               if row["feed"] == "police" and "not a date" in row["reason"] and not row["is_restricted"])  # fmt: skip
    restricted = next(one for one in copied.rows("report") if one["feed"] == "police" and one["sensitivity"])
    day = dt.date.fromisoformat(str(row["day"]))
    typed = {"cell:IncidentNo": restricted["source_ref"], "cell:CreatedDT": f"{day:%d/%m/%Y} 05:10"}
    officer = pages()
    told = officer.post(f"/held/{row['held_id']}/correct", typed)
    assert "another report has that reference" in told.text
    assert "received" not in re.search(r'<p class="said[^>]*>(.*?)</p>', told.text)[1]
    assert officer.log()[-1]["action"] == "held row not taken"


def test_rows_of_one_reason_are_rejected_in_bulk_with_a_reason(copied, pages):
    officer = pages(KEEPER)
    by_reason: dict[tuple, list[str]] = {}
    for row in open_rows(copied):
        by_reason.setdefault((row["feed"], row["reason"]), []).append(row["held_id"])
    ids = max(by_reason.values(), key=len)
    assert len(ids) > 1
    assert "Enter a reason" in officer.said(officer.post("/held", {"what": "reject", "row": ids}))
    sent = {"what": "reject", "row": ids, "reason": "a test export"}
    assert "rejected" in officer.said(officer.post("/held", sent | {"checked": "yes"}))
    states = {row["held_id"]: row["state"] for row in copied.rows("held")}
    assert {states[one] for one in ids} == {"rejected"}
    assert sum(one["action"] == "held row rejected" and one["note"] == "a test export" for one in officer.log()) == len(
        ids
    )
    mixed = [some[0] for some in by_reason.values() if some[0] not in ids][:2]
    assert "same reason" in officer.said(officer.post("/held", {"what": "reject", "row": mixed, "reason": "x y"}))


def test_rows_that_a_check_leaves_to_people_are_released_in_bulk(copied, pages):
    one = one_held(copied, "", can_be_released=True, is_restricted=False)
    ids = [
        row["held_id"] for row in open_rows(copied)
        if (row["feed"], row["reason"]) == (one["feed"], one["reason"]) and not row["is_restricted"]
    ]  # fmt: skip
    officer = pages()
    sent = {"what": "release", "row": ids, "checked": "yes"}
    assert f"{len(ids)} released" in officer.said(officer.post("/held", sent))
    stuck = one_held(copied, "no reference")["held_id"]
    said = pages(KEEPER)
    assert "can only be corrected" in said.said(
        said.post("/held", {"what": "release", "row": [stuck], "checked": "yes"})
    )


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_error_return_has_the_partners_own_columns_and_row_numbers(copied, pages, form):
    officer = pages()
    feed = one_held(copied, "not a date", is_restricted=False)["feed"]
    rows = [row for row in open_rows(copied) if row["feed"] == feed and not row["is_restricted"]]
    answer = officer.post(f"/held/return/{form}", {"feed": feed})
    assert answer.status_code == 200
    assert f'filename="{feed}-to-correct.{form}"' in answer.headers["content-disposition"]
    columns = copied.open().feeds[feed].fields.columns
    if form == "csv":
        told = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        told = [[cell.value for cell in row] for row in sheet.iter_rows()]
        marked = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.fill.fill_type == "solid"]
        assert marked
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert told[0] == ["File", "Row", "What to correct", "Cells", *columns]
    assert sorted(str(line[1]) for line in told[1:]) == sorted(str(row["row_number"]) for row in rows)
    assert officer.log()[-1]["action"] == "error return made"


def test_a_cell_that_a_spreadsheet_would_run_is_inert(copied, pages):
    row = one_held(copied, "not a date", is_restricted=False)
    sent = json.loads(row["row_as_sent"])
    column = copied.open().feeds[row["feed"]].fields.text
    sent[column] = '=HYPERLINK("http://x")'
    with copied.open().warehouse.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE held SET row_as_sent = :sent WHERE held_id = :id"),
            {"sent": json.dumps(sent), "id": row["held_id"]},
        )
    answer = pages().post("/held/return/csv", {"feed": row["feed"]})
    assert "'=HYPERLINK" in answer.content.decode("utf-8-sig")


def test_restricted_rows_are_for_those_who_may_and_every_look_has_a_reason(copied, pages):
    row = one_held(copied, "", is_restricted=True)
    officer = pages()
    assert officer.get(f"/held/{row['held_id']}").status_code == 404
    for verb in ("release", "correct", "reject"):
        assert officer.post(f"/held/{row['held_id']}/{verb}", {"reason": "because"}).status_code == 404
    assert officer.post("/held", {"what": "reject", "row": [row["held_id"]], "reason": "because"}).status_code == 404
    keeper = pages(KEEPER, name="keeper")
    assert "Enter why you need to see it" in keeper.get(f"/held/{row['held_id']}").text
    assert keeper.post(f"/held/{row['held_id']}/look", {"reason": "MARAC at ten"}).status_code == 200
    entry = keeper.log()[-1]
    assert (entry["actor"], entry["action"], entry["note"]) == (
        "keeper",
        "restricted held row looked at",
        "MARAC at ten",
    )
