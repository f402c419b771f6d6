"""The list of held rows: its tabs, and its order."""

import html

import sqlalchemy as sa

from tasking.intake import quarantine

from .conftest import KEEPER, Pages
from .files import csv_of


def test_rows_that_were_put_right_or_rejected_have_tabs(copied, pages):
    officer = pages()
    rows = [row for row in copied.rows("held") if row["state"] == "held" and not row["is_restricted"]]
    quarantine.reject(copied.open().intake, [rows[0]["held_id"]], "not ours", "hale")
    shown = officer.get("/held?state=rejected").text
    assert rows[0]["reason"][:20] in html.unescape(shown)
    assert 'name="row"' not in shown
    assert f'name="row" value="{rows[0]["held_id"]}"' not in officer.get("/held").text
    assert "No rows are corrected." in officer.get("/held?state=corrected").text
    assert officer.get("/held?state=nothing").status_code == 400


def test_a_row_whose_correction_made_a_restricted_report_is_in_no_list(copied, pages):
    row = next(row for row in copied.rows("held") if row["state"] == "held" and not row["is_restricted"])
    report = next(one for one in copied.rows("report") if one["is_restricted"])
    with copied.open().warehouse.writing() as connection:
        connection.execute(
            sa.text("UPDATE held SET state = 'corrected', is_restricted = :no WHERE held_id = :id"),
            {"id": row["held_id"], "no": False},
        )
        connection.execute(
            sa.text(
                "UPDATE report SET delivery_id = :delivery, row_number = :row, day = :day WHERE report_id = :report"
            ),
            {
                "delivery": row["delivery_id"],
                "row": row["row_number"],
                "day": str(row["day"]),
                "report": report["report_id"],
            },
        )
    assert "No rows are corrected." in pages().get("/held?state=corrected").text
    assert "No rows are corrected." not in pages(KEEPER).get("/held?state=corrected").text


def test_held_rows_sort_by_partner_and_reason(faulty):
    rows = csv_of(Pages(faulty), "held", {"sort": "partner"})
    assert [row["Partner"].casefold() for row in rows] == sorted(row["Partner"].casefold() for row in rows)
    rows = csv_of(Pages(faulty), "held", {"sort": "-reason"})
    assert [row["Reason"] for row in rows] == sorted((row["Reason"] for row in rows), reverse=True)
