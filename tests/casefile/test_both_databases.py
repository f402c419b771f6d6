"""What people add, and histories, on SQLite and PostgreSQL: the same acts give the same."""

import datetime as dt
import re
from dataclasses import replace
from itertools import count

from conftest import TestDesk, home_for

from tasking import casefile, meeting
from tasking.intake.place_names import rename_places
from tasking.linkage.incident_filter import IncidentFilter, IncidentOrder, SortedBy
from tasking.model.casefile import IncidentState
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import photo, reports_of, run_sql

DAY = "2026-10-22"
NOW = dt.datetime(2026, 10, 22, 9, 0, tzinfo=dt.UTC)


def acted_on(desk: TestDesk) -> str:
    """Everything that is read of an incident, a place and a person after some acts, without ids of chance."""
    desk.run(DAY, is_posting=False)
    ticks = count()
    services = replace(desk.open(), clock=lambda: NOW + dt.timedelta(seconds=next(ticks)))
    service = services.casefile
    incident = services.linkage.incidents(IncidentFilter(is_shared=True), PUBLIC_VISIBILITY, None, 9)[0].incident_id
    rows = reports_of(services, incident)
    ids = [row["report_id"] for row in rows]
    for text in ("Ünïcode 🦢 note", "'; DROP TABLE note; --", "\ud800 half a pair"):
        casefile.add_note(service, ids[0], text, "officer", is_restricted=False)
    casefile.add(service, ids[-1], photo(), "a wall", "officer", is_restricted=False)
    step = casefile.set_status(service, incident, rows, "officer", IncidentState.CLOSED, "resolved", reason="done")
    casefile.undo_status(service, incident, rows, "officer", step.step_id)
    casefile.set_status(service, incident, rows, "officer", IncidentState.IN_HAND, seen="")
    one = casefile.notes_of(service, ids, FULL_VISIBILITY)[0]
    casefile.withdraw(service, one, "officer", "wrong")
    place = min(row["place_name"] for row in desk.rows("report") if row["place_name"])
    run_sql(
        services, "UPDATE report SET place_name = 'Bradbourne Lakes, Sevenoaks' WHERE place_name = 'Bradbourne Lakes'"
    )
    renamed = rename_places(services.intake)
    key = min(row["caller_key"] for row in desk.rows("report") if row["caller_key"] and not row["is_anonymous"])
    everyone = [one.incident_id for one in services.linkage.incidents(IncidentFilter(), FULL_VISIBILITY, None, 500)]
    names = casefile.names_of(service, place, services.gazetteer.is_same_place)
    around = casefile.Around(
        decisions=services.linkage.decisions_on(ids, FULL_VISIBILITY),
        taskings=meeting.taskings(services.meeting, is_all=True),
        briefed_on=casefile.briefing_days_of(service, incident, rows),
    )
    found = (
        casefile.timeline_of(service, incident, rows, around, PUBLIC_VISIBILITY),
        sorted((one, status.words) for one, status in casefile.statuses_of(service, everyone).items()),
        [(one.description, one.width, len(one.thumbnail)) for one in casefile.attachments_of(service, ids, PUBLIC_VISIBILITY)],
        [(one.text, one.withdrawn_reason) for one in casefile.notes_of(service, ids, PUBLIC_VISIBILITY)],
        [services.linkage.incidents(IncidentFilter(state=one), FULL_VISIBILITY, None, 500) for one in IncidentState],
        services.linkage.sorted_incidents(
            IncidentFilter(), FULL_VISIBILITY, IncidentOrder(SortedBy.WHAT, False, {"other": 1}, {"weapon": 0}), range(99),
            500,
        ),
        casefile.place_history(service, place, names), names, renamed > 0,
        casefile.reports_of_person(service, key, FULL_VISIBILITY), casefile.former_names_of(service, ids),
        services.briefings.days_naming(incident, dt.date(2026, 10, 1)),
        [(row["action"], row["subject"]) for row in desk.rows("log") if "note" in row["action"] or "status" in row["action"]],
    )  # fmt: skip
    services.warehouse.engine.dispose()
    return re.sub(r"[NAS]-[0-9a-f]{16}", "ID", repr(found))


def test_what_people_add_is_the_same_on_both(database_url, deliveries, tmp_path):
    desk = TestDesk(home_for(tmp_path / "home"), deliveries.folder, database_url, now=NOW)
    reference = TestDesk(desk.home, deliveries.folder, f"sqlite:///{tmp_path / 'reference.db'}", now=NOW)
    found = acted_on(desk)
    assert found == acted_on(reference)
    assert "In the briefing of" in found
