"""When an incident happened is said in one way: on its page, in lists and in files. When it was received is no answer."""

import csv
import datetime as dt
import io
import re

import pytest
import sqlalchemy as sa

from tasking.warehouse import tables

from .conftest import KEEPER
from .files import csv_of, sheet_rows

MIDNIGHT = dt.datetime(2026, 10, 19, 23, 0, tzinfo=dt.UTC)  # of Tuesday 20 October in London
EVENING = dt.datetime(2026, 10, 19, 18, 5, tzinfo=dt.UTC)

ways = pytest.mark.parametrize(
    ("occurred_from", "is_known", "words", "in_csv", "in_xlsx"),
    [
        (EVENING, True, "19 October 2026, 19:05", "2026-10-19T19:05+01:00", dt.datetime(2026, 10, 19, 19, 5)),  # noqa: DTZ001 - local, as a cell has it
        (MIDNIGHT, False, "20 October 2026, time not known", "2026-10-20", dt.datetime(2026, 10, 20)),  # noqa: DTZ001
        (None, False, "Not known", "Not known", "Not known"),
    ],
    ids=["moment", "day", "nothing"],
)  # fmt: skip


def change(desk, incident_id: str, **values) -> None:
    """Changes the reports of an incident."""
    r, member = tables.report, tables.incident_report
    of_incident = sa.select(member.c.report_id).where(member.c.incident_id == incident_id)
    with desk.open().warehouse.writing() as connection:
        connection.execute(r.update().where(r.c.report_id.in_(of_incident)).values(**values))


def when_on(page: str, incident_id: str) -> str:
    """What the row of an incident has under When."""
    row = page.partition(f'href="/incidents/{incident_id}"')[2].partition("</tr>")[0]
    return re.search(r'data-name="When">([^<]*)<', row)[1]


@ways
def test_an_incident_has_the_same_time_on_its_page_in_the_list_and_in_files(
    copied, pages, occurred_from, is_known, words, in_csv, in_xlsx
):
    officer = pages()
    incident_id = next(row["Incident"] for row in csv_of(officer, "incidents") if row["Reports"] == "1")
    change(copied, incident_id, occurred_from=occurred_from, occurred_to=None, is_occurred_time_known=is_known)
    detail = officer.get(f"/incidents/{incident_id}").text
    assert re.findall(r"<dt>When</dt><dd>([^<]*)</dd>", detail) == [words, words]
    assert when_on(officer.get("/incidents").text, incident_id) == words
    assert [row["When"] for row in csv_of(officer, "incidents") if row["Incident"] == incident_id] == [in_csv]
    assert [row["When"] for row in sheet_rows(officer, "incidents") if row["Incident"] == incident_id] == [in_xlsx]


@ways
def test_a_restricted_incident_has_the_same_time_in_the_register_and_its_export(
    copied, pages, occurred_from, is_known, words, in_csv, in_xlsx
):
    del in_xlsx  # the register is exported as CSV alone
    keeper = pages(KEEPER, name="keeper")
    keeper.post("/register/open", {"reason": "Preparing the MARAC list"})
    incident_id = re.search(r'href="/incidents/([^"#]+)"', keeper.get("/register").text)[1]
    change(copied, incident_id, occurred_from=occurred_from, is_occurred_time_known=is_known)
    assert when_on(keeper.get("/register").text, incident_id) == words
    rows = csv.DictReader(io.StringIO(keeper.post("/register/export").text))
    assert [row["happened_at"] for row in rows if row["incident_id"] == incident_id] == [in_csv]
