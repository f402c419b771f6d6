"""Corrections and reports by hand, on SQLite and PostgreSQL: the same acts give the same."""

import datetime as dt
from dataclasses import replace
from itertools import count

from conftest import TestDesk, home_for

from tasking import flows
from tasking.intake import by_hand, corrections
from tasking.intake.by_hand import NewReport
from tasking.intake.receiving import receive_by_hand
from tasking.linkage.incident_filter import IncidentFilter
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

DAY = dt.date(2026, 10, 22)
NOW = dt.datetime(2026, 10, 22, 7, 30, tzinfo=dt.UTC)
CALL = NewReport(
    "a goose was shot at — Ξένος; '); DROP TABLE report", "noise", place="Bradbourne Lakes",
    occurred_on=dt.date(2026, 10, 21), occurred_at=dt.time(22, 10), caller_name="Ann Test",
    caller_phone="01632 960 001", wants_contact=True,
)  # fmt: skip


def acted_on(desk: TestDesk) -> dict:
    """What is read of the reports after each act, and what is stored in the end."""
    desk.run(str(DAY), is_posting=False)
    ticks = count()
    services = replace(desk.open(), clock=lambda: NOW + dt.timedelta(seconds=next(ticks)))
    intake, seen = services.intake, []
    ids = sorted(
        row["report_id"] for row in desk.rows("report")
        if row["feed"] == "council" and row["place_name"] and not row["is_restricted"] and not row["is_out_of_area"]
    )  # fmt: skip

    def look(report_id: str) -> None:
        seen.append((intake.report(report_id, FULL_VISIBILITY), corrections.corrections(intake, report_id)))

    first, second = ids[0], ids[-1]
    corrections.correct_category(intake, first, "drugs", "needles; '%", "hale", has_restricted=False)
    look(first)
    corrections.correct_time(intake, first, dt.date(2026, 10, 20), dt.time(23, 5), "he said so", "hale")
    corrections.correct_place(intake, second, corrections.choices(intake, "Bradbourne Lakes")[0], "the lake", "hale")
    look(second)
    path = desk.path("council", str(DAY))
    receive_by_hand(intake, "council", DAY, "again.csv", path.read_bytes() + b"\n", "hale")
    look(first)
    corrections.undo(intake, first, "category", "it was right", "marsh", has_restricted=False)
    look(first)
    taken = [by_hand.take(intake, "0" * 32, CALL, "hale") for _ in range(2)]
    seen.append([(one.reference, one.is_first, one.day) for one in taken])
    look(taken[0].report_id)
    corrections.correct_category(intake, taken[0].report_id, "drugs", "no noise", "hale", has_restricted=False)
    look(taken[0].report_id)
    flows.link(services, taken[0].day)
    flows.check_promises(services, DAY)
    found = {
        "seen": seen,
        "incidents": services.linkage.incidents(IncidentFilter(), PUBLIC_VISIBILITY, None, 500),
        "by hand": services.linkage.incidents_named(taken[0].report_id, (), PUBLIC_VISIBILITY),
        "ledger": desk.ledger(),
        "log": [(row["action"], row["subject"], row["note"]) for row in desk.rows("log") if "correct" in row["action"]],
        "stored": [(row["correction_number"], row["report_id"], row["field"], row["undoes"], row["of_revision"])
                   for row in desk.rows("report_correction")],
        "revisions": sorted((row["report_id"], row["revision"]) for row in desk.rows("report")
                            if row["report_id"] in (first, second, taken[0].report_id)),
    }  # fmt: skip
    services.warehouse.engine.dispose()
    return found


def test_corrections_and_reports_by_hand_are_the_same_on_both(database_url, deliveries, tmp_path):
    desk = TestDesk(home_for(tmp_path / "home"), deliveries.folder, database_url, now=NOW)
    reference = TestDesk(desk.home, deliveries.folder, f"sqlite:///{tmp_path / 'reference.db'}", now=NOW)
    found, expected = acted_on(desk), acted_on(reference)
    for part in expected:
        assert found[part] == expected[part], part
    assert len(found["stored"]) == 5
    assert found["by hand"]
