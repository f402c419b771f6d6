"""What is kept of how a delivery fared against its suites: a count for each expectation, and no value."""

import csv
import datetime as dt
import io
import json
import re

import pytest
from conftest import ROOT, empty_database
from typer.testing import CliRunner

from tasking.cli import app
from tasking.model.delivery import mentions_restricted
from tasking.privacy.retention import purge

DAY = "2026-10-22"
EVER = (dt.date.min, dt.date.max)


def results(desk, **wanted) -> list[dict]:
    rows = desk.open().intake.quality(*EVER)
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def change(desk, feed: str, find: str, into: str) -> None:
    path = desk.path(feed, DAY)
    desk.put(feed, DAY, path.read_text(encoding="utf-8").replace(find, into).encode())


def test_each_expectation_of_each_delivery_has_one_row(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.run(DAY)
    opened = desk.open()
    landed = {row["feed"] for row in opened.intake.quality(*EVER)}
    for feed in landed:
        suites = [one for one in opened.intake.suites[feed] if one.name != "delivery"]  # nothing is usual yet
        declared = [(suite.name, one.name) for suite in suites for one in suite.expectations]
        kept = [(row["suite"], row["expectation"]) for row in results(desk, feed=feed)]
        assert sorted(kept) == sorted(declared)
    assert landed == set(opened.partnership.feeds)


def test_the_rows_that_are_held_are_those_that_expectations_of_rows_failed(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.run(DAY)
    held = [row for row in desk.held() if str(row["day"]) == DAY]
    failed = sum(row["failed"] for row in results(desk, severity="row"))
    assert held
    assert failed >= len(held)
    assert {row["feed"] for row in held} == {row["feed"] for row in results(desk, severity="row", is_met=False)}


def test_a_delivery_that_comes_again_has_its_results_once(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.run(DAY)
    before = results(desk)
    desk.run(DAY)
    assert results(desk) == before


def test_a_delivery_that_a_suite_refuses_has_results_too(desk_with_deliveries):
    desk = desk_with_deliveries
    text = desk.path("housing", DAY).read_text(encoding="utf-8-sig")
    desk.put("housing", DAY, re.sub(r"^ASB\d", "another-", text, flags=re.MULTILINE).encode("utf-8-sig"))
    desk.run(DAY)
    ledger = {row["feed"]: row for row in desk.open().intake.outcomes(*EVER)}
    assert ledger["housing"]["outcome"] == "refused"
    refusing = results(desk, feed="housing", severity="delivery")
    assert [(row["expectation"], row["is_met"]) for row in refusing] == [
        ("expect_column_values_to_match_regex(Case Ref)", False)
    ]
    assert refusing[0]["failed"] == refusing[0]["checked"] > 0


def test_a_row_held_for_what_was_sent_names_the_column_that_the_partner_has_to_correct(desk_with_deliveries):
    desk = desk_with_deliveries
    path = desk.home / "include" / "expectations" / "police.json"
    suite = json.loads(path.read_text())
    suite["expectations"].append({
        "type": "expect_column_value_lengths_to_be_between", "kwargs": {"column": "LocText", "min_value": 60},
        "meta": {"severity": "row", "reason": "\"LocText\" is short", "can_be_released": True},
    })  # fmt: skip
    path.write_text(json.dumps(suite))
    desk.run(DAY)
    held = [row for row in desk.rows("held") if row["feed"] == "police" and "short" in row["reason"]]
    failed = results(desk, expectation="expect_column_value_lengths_to_be_between(LocText)")[0]["failed"]
    assert len(held) == failed > 5
    assert {json.loads(row["columns_at_fault"])[0] for row in held} == {"LocText"}
    both = [row for row in held if row["reason"] != '"LocText" is short']
    assert [row["can_be_released"] for row in both] == [0]  # no reference: only a correction helps
    assert both[0]["reason"].startswith('"LocText" is short; no reference')


def test_what_is_watched_holds_nothing_and_is_noted(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.run(DAY)
    held = [row["row_number"] for row in desk.held() if row["feed"] == "police"]
    (desk.home.parent / "tasking.db").unlink()
    change(desk, "police", '"TN', '"Zebedee Canary TN')
    desk.run(DAY)
    assert [row["row_number"] for row in desk.held() if row["feed"] == "police"] == held
    watched = results(desk, feed="police", expectation="expect_column_values_to_match_regex(Postcode)")[0]
    assert (watched["severity"], watched["is_met"]) == ("watch", False)
    notes = [note for row in desk.open().intake.notes(*EVER) for note in row["notes"] if row["feed"] == "police"]
    words = f'"Postcode" is no full postcode in {watched["failed"]} of {watched["checked"]} rows that have one'
    assert words in notes


def test_cells_that_are_not_usable_are_counted_where_they_are_noted(desk_with_deliveries):
    desk = desk_with_deliveries
    change(desk, "police", '"TN', '"Zebedee ')
    desk.run(DAY)
    found = results(desk, feed="police", expectation="expect_cells_to_be_usable(postcode_unusable)")[0]
    assert (found["severity"], found["is_met"], found["suite"]) == ("cell", False, "report")
    notes = [note for row in desk.open().intake.notes(*EVER) for note in row["notes"] if row["feed"] == "police"]
    noted = next(note for note in notes if "no full postcode under" in note)
    assert noted.startswith(f"{found['failed']} row")
    of_others = results(desk, feed="wardens", expectation="expect_cells_to_be_usable(postcode_unusable)")[0]
    assert of_others["failed"] == 0


def test_nothing_that_a_partner_sent_is_kept_with_the_results(desk_with_deliveries):
    desk = desk_with_deliveries
    change(desk, "police", '"TN', '"Zebedee Canary TN')
    desk.run(DAY)
    text = json.dumps(results(desk), default=str)
    assert "Zebedee" not in text
    assert "Canary" not in text


def test_a_note_of_how_many_rows_are_held_is_not_for_everyone():
    suite = json.loads((ROOT / "include" / "expectations" / "delivery.json").read_text())
    reasons = [one["meta"]["reason"] for one in suite["expectations"]]
    assert [mentions_restricted(reason) for reason in reasons] == [" held;" in reason for reason in reasons]
    assert sum(map(mentions_restricted, reasons)) == 1


def test_they_are_exported_with_the_columns_that_are_promised(desk_with_deliveries, monkeypatch):
    desk = desk_with_deliveries
    desk.run(DAY)
    monkeypatch.setenv("TASKING_HOME", str(desk.home))
    monkeypatch.setenv("TASKING_DATABASE_URL", desk.database_url)
    answer = CliRunner().invoke(app, ["export", "quality", "--from", DAY, "--to", DAY])
    assert answer.exit_code == 0, answer.output
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    assert list(rows[0]) == [
        "day", "feed", "expectation", "severity", "checked", "failed", "result", "suite", "file"
    ]  # fmt: skip
    assert {row["result"] for row in rows} == {"met", "not met"}
    assert len(rows) == len(results(desk))


def test_they_go_with_the_reports(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.run(DAY)
    assert results(desk)
    opened = desk.open()
    purge(opened.privacy, dt.date(2026, 10, 22) + dt.timedelta(days=opened.partnership.retention.reports_days + 2))
    assert results(desk) == []


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def test_both_databases_keep_the_same(desk_with_deliveries, tmp_path, kind):
    desk = desk_with_deliveries
    desk.run(DAY)
    first = [{**row, "is_met": bool(row["is_met"])} for row in results(desk)]
    with empty_database(kind, tmp_path) as url:
        desk.database_url = url
        desk.run(DAY)
        opened = desk.open()
        assert opened.intake.quality(*EVER) == first
        opened.warehouse.engine.dispose()
