"""Each rule over given rows: what it finds, and what it only nearly finds. The cases are YAML, a file a rule or more.

A row of `given` is a report: incident, at (local), and what differs from the usual: told (an hour after `at`), day (of
its delivery), feed (police), category (asb), east and north (metres from a point), slack, caller, surname, person,
concern, high_risk, restricted, sensitivity, concepts (of the lexicon). `every_day` has so many incidents of a category on every day. `expected` has the
incidents of each finding, and of its counts those that are named.
"""

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from conftest import NOW, ROOT, TestDesk, home_for

from tasking.config.rule import Rule
from tasking.model.trigger import cell_of
from tasking.triggers.evaluate import findings
from tasking.triggers.inputs import rule_inputs
from tasking.warehouse import tables

CASES = [
    pytest.param(path.parent.name, case, id=f"{path.parent.name}: {case['what']}")
    for path in sorted(Path(__file__).parent.glob("*/*.yml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
EAST, NORTH = 553_000, 155_000
EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - hours on the wall's clock


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def opened(request, tmp_path_factory):
    """A desk with an empty warehouse, which each case empties again."""
    from conftest import empty_database

    folder = tmp_path_factory.mktemp("rules")
    with empty_database(request.param, folder) as url:
        yield TestDesk(home_for(folder / "home"), folder, url).open()


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_the_rule_finds_what_is_expected_and_nothing_else(opened, rule, case):
    store(opened, case)
    declared = next((one for one in opened.rules if one.rule == rule), None)
    assert declared, f"tests/rules/{rule} has cases of a rule that is not declared: include/rules/{rule}.yml"
    if "numbers" in case:
        declared = Rule.model_validate(declared.model_dump() | {"numbers": declared.numbers | case["numbers"]})
    found = findings(declared, rule_inputs(opened.triggers, case["day"]))
    for one, expected in zip(found, case["expected"], strict=True):
        if "incidents" in expected:
            assert sorted(one.incident_ids) == sorted(expected["incidents"])
        if "subject" in expected:
            assert one.subject_key == expected["subject"]
        assert one.is_warning == expected.get("warning", False)
        told = {**one.counts, **one.measures}
        assert {name: told[name] for name in expected.get("counts", {})} == expected.get("counts", {})


def test_every_rule_has_cases_and_near_misses():
    rules = {path.stem for path in (ROOT / "include" / "rules").glob("*.yml")}
    found = {rule: [case for one, case in (p.values for p in CASES) if one == rule] for rule in rules}
    for rule, cases in found.items():
        assert any(case["expected"] for case in cases), f"tests/rules/{rule}/cases.yml: no case that the rule finds"
        assert any(not case["expected"] for case in cases), f"tests/rules/{rule}/cases.yml: no near miss"


def test_every_query_of_a_rule_has_a_rule():
    """A query whose declaration is missing would never run, and nobody would be told."""
    include = ROOT / "include"
    rules = {path.stem for path in (include / "rules").glob("*.yml")}
    assert {path.stem for path in (include / "sql" / "rules").glob("*.sql")} - rules == set()


def store(opened, case) -> None:
    """Puts the rows of a case into the warehouse, which has nothing else then."""
    rows = [*case.get("given", ()), *(row for one in case.get("every_day", ()) for row in every_day(one))]
    complete_since = case["day"] - dt.timedelta(days=case.get("complete_days", 0))
    with opened.warehouse.writing() as connection:
        for table in (
            tables.report,
            tables.report_fact,
            tables.incident_report,
            tables.feed_day,
            tables.tasking,
            tables.step,
        ):
            connection.execute(sa.delete(table))
        for number, row in enumerate(rows):
            store_report(connection, number, row)
        days = [complete_since + dt.timedelta(days=one) for one in range(case.get("complete_days", 0) + 1)]
        landed = [
            {"day": day, "feed": feed, "outcome": "landed", "reason": "", "asked_at": NOW}
            for day in days if day not in case.get("missing_days", ()) for feed in opened.partnership.feeds
        ]  # fmt: skip
        if case.get("complete_days"):
            connection.execute(sa.insert(tables.feed_day), landed)
        for tasking in case.get("taskings", ()):
            store_tasking(connection, tasking)


def every_day(one):
    days = (one["until"] - one["since"]).days + 1
    for ahead in range(days):
        day = one["since"] + dt.timedelta(days=ahead)
        for number in range(one["incidents"]):
            at = dt.datetime.combine(day, dt.time(3))
            named = {"category": one["category"], "concepts": one.get("concepts", [])}
            yield {"incident": f"{one['category']}-{day}-{number}", "at": at, "day": day, **named}


def store_report(connection, number: int, row: dict) -> None:
    at = row["at"]
    told = row.get("told", at + dt.timedelta(hours=1))
    day = row.get("day", (told - dt.timedelta(hours=6)).date() + dt.timedelta(days=1))
    feed, report_id = row.get("feed", "police"), f"{row.get('feed', 'police')}:{number:05d}"
    east, north = (None, None) if row.get("nowhere") else (EAST + row.get("east", 0), NORTH + row.get("north", 0))
    connection.execute(sa.insert(tables.report).values(
        report_id=report_id, revision=1, feed=feed, day=day, delivery_id="made", row_number=number, content_hash="-",
        source_ref=f"{number:05d}", received_at=told.replace(tzinfo=dt.UTC), category=row.get("category", "asb"),
        is_occurred_time_known=True, is_restricted=row.get("restricted", False), is_out_of_area=False,
        is_anonymous=False, wants_feedback=False, is_vulnerable=False, caller_key=row.get("caller"),
        sensitivity=row.get("sensitivity"),
    ))  # fmt: skip
    connection.execute(sa.insert(tables.report_fact).values(
        report_id=report_id, revision=1, version="made", day=day, happened_h=hours(at), told_h=hours(told),
        east_m=east, north_m=north, slack_m=None if east is None else row.get("slack", 0),
        cell=None if east is None else cell_of(east, north),
        complainant=row.get("caller"), caller_surname=row.get("surname"), person=row.get("person"),
        is_concern=row.get("concern", False), is_high_risk=row.get("high_risk", False),
        concepts=f"|{'|'.join(row['concepts'])}|" if row.get("concepts") else None,
    ))  # fmt: skip
    connection.execute(sa.insert(tables.incident_report).values(
        report_id=report_id, linked_on=day, incident_id=row["incident"], evidence=[], version="made"
    ))  # fmt: skip


def store_tasking(connection, tasking: dict) -> None:
    kept = {"what": "patrol", "place": "The Vine", "owner": "Kent Police", "why": "-"}
    connection.execute(sa.insert(tables.tasking).values(
        tasking_id=tasking["id"], proposed_on=tasking["proposed_on"], due_on=tasking["due_on"], **kept
    ))  # fmt: skip
    for number, step in enumerate(tasking["steps"], 1):
        connection.execute(sa.insert(tables.step).values(
            subject_id=tasking["id"], number=number, verb=step["verb"], day=step["day"], at=NOW, actor="somebody",
            reason="", details={}, due_on=step.get("due_on"),
        ))  # fmt: skip


def hours(wall: dt.datetime) -> float:
    return (wall - EPOCH).total_seconds() / 3600
