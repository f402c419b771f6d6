"""An incident is restricted by any report that it has, however old, and from the day on which it becomes so."""

import datetime as dt
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from conftest import TestDesk

from tasking.briefing import compose
from tasking.briefing.versions import _input_recorder
from tasking.model.briefing import Briefing

DAY = dt.date(2026, 11, 2)  # a Monday
EARLIER = dt.date(2026, 10, 30)


@pytest.fixture
def copied(faulty, tmp_path) -> TestDesk:
    """The fortnight, to change: restricted reports are joined to incidents by hand."""
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "own.db")
    return replace(faulty, database_url=f"sqlite:///{tmp_path / 'own.db'}")


def briefing(desk: TestDesk, day: dt.date = DAY) -> Briefing:
    return compose(_input_recorder(desk.open().briefings, day).inputs, day)


def join_restricted(desk: TestDesk, incident_id: str, received: str) -> None:
    """Puts a restricted report of a day into an incident, as a person's merge does."""
    with closing(sqlite3.connect(desk.database_url.removeprefix("sqlite:///"))) as connection, connection:
        (report_id,) = connection.execute(
            "SELECT report_id FROM report WHERE is_restricted AND superseded_on IS NULL ORDER BY day DESC LIMIT 1"
        ).fetchone()
        connection.execute("UPDATE report SET day = ? WHERE report_id = ?", (received, report_id))
        connection.execute("UPDATE incident_report SET left_on = ? WHERE report_id = ?", (received, report_id))
        connection.execute(
            "INSERT INTO incident_report (report_id, linked_on, incident_id, evidence, version) VALUES (?, ?, ?, '[]', 'x')",
            (report_id, "2026-11-02", incident_id),
        )


def test_a_restricted_report_from_before_the_days_looked_at_hides_its_incident(copied):
    before = briefing(copied)
    shown = before.night[0]
    join_restricted(copied, shown.incident_id, "2026-10-18")
    after = briefing(copied)
    assert after.incidents == before.incidents - 1
    assert shown.incident_id not in {one.incident_id for one in after.night}
    assert shown.incident_id not in {one.incident_id for one in after.taskings}
    assert sum(cell.recent for cell in after.map_cells) <= sum(cell.recent for cell in before.map_cells)
    assert shown.incident_id not in after.restricted_incidents  # it has been in the register since then


def test_an_incident_that_becomes_restricted_is_asked_about_on_the_restricted_route(copied):
    known = next(one for one in briefing(copied, EARLIER).night if one.is_new)
    join_restricted(copied, known.incident_id, "2026-11-02")
    now = briefing(copied)
    assert known.incident_id in now.restricted_incidents
    assert known.incident_id not in {one.incident_id for one in (*now.night, *now.taskings)}
