"""Lists are sorted, counted and read alike on SQLite and PostgreSQL."""

import datetime as dt

import pytest
import sqlalchemy as sa
from conftest import ROOT

from tasking.intake.held_filter import HeldFilter, HeldOrder
from tasking.intake.store import held_list
from tasking.linkage.incident_filter import IncidentFilter, IncidentOrder, SortedBy
from tasking.linkage.store import incident_list, incident_orders
from tasking.meeting.store import tasking_ids
from tasking.privacy.store.retention import purge_saved_filters
from tasking.warehouse import open_warehouse, tables
from tasking.warehouse.saved_filters import SavedFilters
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

DAY = dt.date(2026, 11, 2)
NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
# incident, report, days back, category, place, hours back, is restricted
REPORTS = [
    ("I1", "police:1", 0, "noise", "b Lane", 1, False),
    ("I1", "council:2", 0, "noise", "Z Street", 0, False),
    ("I2", "council:3", 1, "graffiti", "A Road", 30, False),
    ("I3", "police:4", 2, "asb", None, 50, False),
    ("I4", "police:5", 3, "domestic_abuse", "A Road", 70, True),
]


@pytest.fixture
def warehouse(database_url):
    opened = open_warehouse(database_url, ROOT / "include" / "sql")
    with opened.writing() as connection:
        for incident, report, back, category, place, hours, is_restricted in REPORTS:
            feed, _, reference = report.partition(":")
            day = DAY - dt.timedelta(days=back)
            connection.execute(sa.insert(tables.report).values(
                report_id=report, revision=1, feed=feed, source_ref=reference, day=day, delivery_id="d", row_number=1,
                content_hash="-", received_at=NOON - dt.timedelta(hours=hours), category=category, place_name=place,
                occurred_from=NOON - dt.timedelta(hours=hours),
                is_occurred_time_known=True, is_restricted=is_restricted, is_out_of_area=False, is_anonymous=False,
                wants_feedback=False, is_vulnerable=False,
            ))  # fmt: skip
            connection.execute(sa.insert(tables.incident_report).values(
                report_id=report, incident_id=incident, linked_on=day, evidence=[], version="v",
            ))  # fmt: skip
    yield opened
    opened.engine.dispose()


RANKS = {"asb": 0, "graffiti": 1, "noise": 2, "domestic_abuse": 3, "council": 0, "police": 1}


@pytest.mark.parametrize(
    ("by", "is_descending", "expected"),
    [
        (SortedBy.WHERE, False, ["I2", "I1", "I3"]),
        (SortedBy.WHERE, True, ["I1", "I2", "I3"]),
        (SortedBy.WHAT, False, ["I3", "I2", "I1"]),
        (SortedBy.WHEN, True, ["I1", "I2", "I3"]),
        (SortedBy.REPORTS, True, ["I1", "I2", "I3"]),
        (SortedBy.REPORTED_BY, False, ["I2", "I1", "I3"]),
    ],
)
def test_incidents_are_sorted(warehouse, by, is_descending, expected):
    order = IncidentOrder(by, is_descending, RANKS)

    def found(visibility, span=range(10)):
        rows, total = incident_orders.sorted_incidents(warehouse, IncidentFilter(), visibility, order, span, 10)
        return [row.incident_id for row in rows], total

    assert found(PUBLIC_VISIBILITY) == (expected, 3)
    assert found(PUBLIC_VISIBILITY, range(1, 2)) == (expected[1:2], 3)
    everything, total = found(FULL_VISIBILITY)
    assert total == 4
    if by not in (SortedBy.REPORTS, SortedBy.REPORTED_BY):
        assert everything == [*expected, "I4"]


@pytest.mark.parametrize("is_descending", [False, True])
def test_incidents_that_happened_at_an_unknown_time_come_last_however_early_they_were_received(
    warehouse, is_descending
):
    r = tables.report
    with warehouse.writing() as connection:
        connection.execute(r.update().where(r.c.report_id == "council:3").values(occurred_from=None))
    order = IncidentOrder(SortedBy.WHEN, is_descending)
    rows, _ = incident_orders.sorted_incidents(warehouse, IncidentFilter(), PUBLIC_VISIBILITY, order, range(10), 10)
    assert [row.incident_id for row in rows] == (["I1", "I3", "I2"] if is_descending else ["I3", "I1", "I2"])


def test_more_than_can_be_sorted_are_none(warehouse):
    order = IncidentOrder(SortedBy.WHERE)
    some = lambda most: incident_orders.sorted_incidents(  # noqa: E731
        warehouse, IncidentFilter(), PUBLIC_VISIBILITY, order, range(10), most
    )
    assert some(2) is None
    assert some(3) is not None
    assert incident_orders.incident_count(warehouse, IncidentFilter(), PUBLIC_VISIBILITY, 2) == 2
    assert incident_orders.incident_count(warehouse, IncidentFilter(), PUBLIC_VISIBILITY, 9) == 3


def test_the_oldest_come_first_page_by_page(warehouse):
    after, found = None, []
    while rows := incident_list.incidents(
        warehouse, IncidentFilter(), PUBLIC_VISIBILITY, after, 1, is_oldest_first=True
    ):
        found.append(rows[0].incident_id)
        after = rows[0].cursor
    assert found == ["I3", "I2", "I1"]


def test_an_incident_that_was_merged_away_leads_to_the_one_with_its_reports(warehouse):
    with warehouse.writing() as connection:
        connection.execute(sa.insert(tables.incident_name), [
            {"incident_id": "I0", "report_id": "police:1"}, {"incident_id": "I0", "report_id": "council:2"},
            {"incident_id": "I9", "report_id": "police:1"}, {"incident_id": "I9", "report_id": "council:3"},
            {"incident_id": "I8", "report_id": "police:5"},
        ])  # fmt: skip
    asked = ["I0", "I1", "I4", "I8", "I9", "nothing"]
    assert incident_list.incidents_now(warehouse, asked, PUBLIC_VISIBILITY) == {"I0": "I1", "I1": "I1"}
    assert incident_list.incidents_now(warehouse, asked, FULL_VISIBILITY)["I8"] == "I4"


def test_held_rows_are_sorted_and_the_restricted_ones_come_last(warehouse):
    rows = [
        ("a", "police", 2, "no date", False),
        ("b", "council", 1, "no place", False),
        ("c", "council", 9, "A", True),
    ]
    with warehouse.writing() as connection:
        for held_id, feed, number, reason, is_restricted in rows:
            connection.execute(sa.insert(tables.held).values(
                held_id=held_id, delivery_id="d", feed=feed, day=DAY, row_number=number, reason=reason,
                can_be_released=True, row_as_sent={}, columns_at_fault=[], is_restricted=is_restricted, state="held",
            ))  # fmt: skip

    def found(by, visibility, *, is_descending=False):
        order = HeldOrder(by, is_descending, RANKS)
        some = held_list.sorted_held(warehouse, HeldFilter(), visibility, order, range(9), 9)
        return [row["held_id"] for row in some[0]]

    assert found("feed", PUBLIC_VISIBILITY) == ["b", "a"]
    assert found("row_number", PUBLIC_VISIBILITY, is_descending=True) == ["a", "b"]
    assert found("reason", FULL_VISIBILITY) == ["a", "b", "c"]
    assert held_list.held_count_of(warehouse, HeldFilter(), PUBLIC_VISIBILITY, 9) == 2
    assert held_list.held(warehouse, HeldFilter(state="rejected"), PUBLIC_VISIBILITY, None, 9) == []


def test_only_the_taskings_that_are_not_over_are_live(warehouse):
    steps = {
        "T-1": [], "T-2": [("take", None)], "T-3": [("take", None), ("done", None)],
        "T-4": [("drop", None), ("undo", 1)], "T-5": [("lapse", None)], "T-6": [], "T-7": [("lapse", None), ("take", None)],
    }  # fmt: skip
    with warehouse.writing() as connection:
        for tasking_id, taken in steps.items():
            connection.execute(sa.insert(tables.tasking).values(
                tasking_id=tasking_id, proposed_on=DAY, what="w", place="", owner="o", due_on=DAY, why="y",
                is_restricted=False, withdrawn_on=DAY if tasking_id == "T-6" else None,
            ))  # fmt: skip
            for number, (verb, undoes) in enumerate(taken, start=1):
                connection.execute(sa.insert(tables.step).values(
                    subject_id=tasking_id, number=number, verb=verb, day=DAY, at=NOON, actor="a", reason="", details={},
                    undoes=undoes,
                ))  # fmt: skip
        connection.execute(sa.insert(tables.step).values(
            subject_id="D-1", number=1, verb="reject", day=DAY, at=NOON, actor="a", reason="", details={}
        ))  # fmt: skip
    assert sorted(tasking_ids.live_taskings(warehouse)) == ["T-1", "T-2", "T-4", "T-7"]
    assert sorted(tasking_ids.taskings_over_since(warehouse, NOON, DAY)) == ["T-3", "T-5", "T-6"]
    later = NOON + dt.timedelta(seconds=1), DAY + dt.timedelta(days=1)
    assert tasking_ids.taskings_over_since(warehouse, *later) == []


def test_saved_filters_are_removed_by_retention(warehouse):
    store = SavedFilters(warehouse, lambda: NOON)
    store.save("hale", "incidents", "x", {"ward": "Ω"})
    with warehouse.writing() as connection:
        assert purge_saved_filters(connection, NOON) == 0
        assert purge_saved_filters(connection, NOON + dt.timedelta(seconds=1)) == 1
