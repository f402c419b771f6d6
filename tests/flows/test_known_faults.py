"""Every fault that the partners are known for becomes what FORMATS.md says, and no row is lost."""

import pytest
from conftest import Deliveries
from made_desks import FIRST, LAST, REPLAYED_AT, desk_in, replay_with_faults, replay_with_other_faults


@pytest.fixture(scope="module", params=[("faulty", replay_with_faults), ("faulty_2", replay_with_other_faults)])
def replayed(request, tmp_path_factory, prepared):
    """The fortnight with one seed of faults, replayed twice; the rows of the warehouse after each."""
    from tasking import flows

    folder = prepared.folder(*request.param, tmp_path_factory.mktemp("replay"))
    desk = desk_in(folder, REPLAYED_AT)
    tables = ("report", "report_person", "held", "incident_report", "briefing", "delivery")
    states = [{table: desk.rows(table) for table in tables}]
    flows.replay(desk.open(), FIRST, LAST, lambda done: None)
    states.append({table: desk.rows(table) for table in tables})
    return Deliveries(desk.drops), desk, states


def test_every_day_balances(replayed):
    _, desk, _ = replayed
    for key, row in desk.ledger().items():
        accounted = sum(row[name] for name in ("new_reports", "repeats", "revisions", "held", "out_of_area"))
        assert row["rows_in"] == accounted, key


def test_exactly_the_rows_that_must_be_held_are_held(replayed):
    deliveries, desk, _ = replayed
    expected = sorted(
        (fault["delivery"], fault["feed"], fault["source_ref"], fault["outcome"].removeprefix("held: "))
        for fault in deliveries.faults()
        if fault["outcome"].startswith("held")
    )
    found = sorted((str(row["day"]), row["feed"], row["source_ref"] or "", row["reason"]) for row in desk.held())
    assert [row[:3] for row in found] == [row[:3] for row in expected]
    said = {"in the future", "no reference", "wrong number of columns", "not a date", "nothing reported", "unreadable"}
    assert all(any(row[3].startswith(words) for words in said | {"no time received"}) for row in found)


def test_every_report_is_stored_and_in_one_incident(replayed):
    deliveries, _, (state, _) = replayed
    stored = {row["report_id"] for row in state["report"]}
    linked = [row["report_id"] for row in state["incident_report"] if row["left_on"] is None]
    assert {f"{row['feed']}:{row['source_ref']}" for row in deliveries.truth()} <= stored
    assert sorted(linked) == sorted(stored)


def test_a_second_replay_changes_nothing(replayed):
    _, _, (first, second) = replayed
    assert first == second


def test_every_report_of_a_flagged_sensitive_row_is_restricted(replayed):
    deliveries, _, (state, _) = replayed
    restricted = {row["report_id"] for row in state["report"] if row["is_restricted"]}
    sensitive = {f"{r['feed']}:{r['source_ref']}" for r in deliveries.truth() if r["sensitive"] != "none"}
    assert sensitive <= restricted


def test_positions_are_put_right_or_left_out(replayed):
    deliveries, _, (state, _) = replayed
    by_ref = {(row["feed"], row["source_ref"]): row for row in state["report"]}
    for fault in deliveries.faults():
        row = by_ref.get((fault["feed"], fault["source_ref"]))
        if fault["fault"] == "latitude and longitude swapped":
            assert (row["latitude"], row["longitude"]) == (51.28, 0.19)
        if fault["fault"] in ("grid reference 0,0", "position outside the county"):
            assert row["latitude"] is None
        if fault["fault"] == "time 00:00 means unknown":
            assert not row["is_occurred_time_known"]
        if fault["fault"] == "postcode with a letter O":
            assert row["postcode"] is None


def test_what_partners_wrote_is_stored_as_written(replayed):
    deliveries, _, (state, _) = replayed
    texts = {row["report_id"]: row["text"] for row in state["report_person"]}
    places = {row["report_id"]: row["place_text"] for row in state["report"]}
    for fault in deliveries.faults():
        report = f"{fault['feed']}:{fault['source_ref']}"
        if fault["fault"] == "formula in the log":
            assert texts[report].startswith("=HYPERLINK(")
        if fault["fault"] == "10,000 characters of text":
            assert len(texts[report]) > 10_000
        if fault["fault"] == "statement terminator in a field":
            assert places[report] == "Robert'); DROP TABLE report;--"
