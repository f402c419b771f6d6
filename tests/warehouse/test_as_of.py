"""As of a day: the conditions against a plain reading of the rows, and a check that none of them is forgotten."""

import datetime as dt
import random
import sys

import pytest
import sqlalchemy as sa
from conftest import ROOT

from tasking.model.errors import DeclarationError
from tasking.warehouse import open_warehouse, tables
from tasking.warehouse.as_of import NOW, RELATIONS, before, expanded, is_current, is_first, is_member, on
from tasking.warehouse.query_file import query_file

sys.path.append(str(ROOT / "checks"))
import as_of as check

DAYS = [dt.date(2026, 10, 20) + dt.timedelta(days=number) for number in range(6)]
REVISION = {
    "feed": "police", "delivery_id": "d", "row_number": 1, "content_hash": "h", "source_ref": "1", "category": "asb",
    "received_at": dt.datetime(2026, 10, 20, tzinfo=dt.UTC),
}  # fmt: skip
FACT = {"version": "1", "happened_h": 1.0, "told_h": 1.0, "is_concern": False, "is_high_risk": False}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def stored(request, tmp_path_factory):
    """A warehouse, and the revisions and memberships in it: each from a day on, most until another."""
    from conftest import empty_database

    dice = random.Random(7)
    revisions, memberships = [], []
    flags = {column.name: False for column in tables.report.columns if isinstance(column.type, sa.Boolean)}
    for number in range(60):
        for revision in range(1, dice.randint(2, 4)):
            day, end = dice.choice(DAYS), dice.choice([None, *DAYS])
            revisions.append({
                "report_id": f"r{number}", "revision": revision, "day": day, "superseded_on": end, **REVISION, **flags,
            })  # fmt: skip
        for linked_on in sorted(dice.sample(DAYS, 2)):
            memberships.append({
                "report_id": f"r{number}", "linked_on": linked_on, "left_on": dice.choice([None, *DAYS]),
                "incident_id": f"i{number}", "evidence": [], "version": "1",
            })  # fmt: skip
    folder = tmp_path_factory.mktemp("as_of")
    with empty_database(request.param, folder) as url:
        warehouse = open_warehouse(url, folder)
        with warehouse.writing() as connection:
            connection.execute(sa.insert(tables.report), revisions)
            connection.execute(sa.insert(tables.incident_report), memberships)
            facts = [{name: one[name] for name in ("report_id", "revision", "day")} | FACT for one in revisions]
            connection.execute(sa.insert(tables.report_fact), facts)
        yield warehouse, revisions, memberships


def holds(begins: dt.date, ends: dt.date | None, day: dt.date | None, is_before: bool) -> bool:
    """A plain reading: it has begun by the day and has not ended by then."""
    if day is None:
        return ends is None
    last = day - dt.timedelta(days=1) if is_before else day
    return begins <= last and (ends is None or ends > last)


WHENS = [
    pytest.param("now", NOW, id="now"),
    *(pytest.param("day", on(day), id=f"on {day}") for day in DAYS),
    *(pytest.param("before day", before(day), id=f"before {day}") for day in DAYS),
]


def found(warehouse, relation: str, declared: str, when) -> set[tuple]:
    """What a query file reads from a relation."""
    columns = {"report": "revision", "incident_report": "linked_on", "told": "revision, linked_on"}
    of = columns[RELATIONS[relation][0].name]
    kinds = ", ".join(f"{one} {'integer' if one == 'revision' else 'date'}" for one in of.split(", "))
    text = (
        f"-- One row per row.\n-- as of: {declared}\n-- parameters: {'none' if declared == 'now' else 'day date'}\n"
        f"-- columns: report_id text, {kinds}\nSELECT report_id, {of} FROM {relation}\n"
    )
    given = {} if declared == "now" else {"day": when.day}
    with warehouse.reading() as connection:
        return {tuple(row.values()) for row in query_file("own", text).rows(connection, given)}


@pytest.mark.parametrize(("declared", "when"), WHENS)
def test_each_relation_has_what_a_plain_reading_has(stored, declared, when):
    warehouse, revisions, memberships = stored
    day, is_before = when
    limit = dt.date.max if day is None else day - dt.timedelta(days=is_before)
    current = {
        (one["report_id"], one["revision"]) for one in revisions
        if holds(one["day"], one["superseded_on"], day, is_before)
    }  # fmt: skip
    first = {(one["report_id"], 1) for one in revisions if one["revision"] == 1 and one["day"] <= limit}
    members = {
        (one["report_id"], one["linked_on"]) for one in memberships
        if holds(one["linked_on"], one["left_on"], day, is_before)
    }  # fmt: skip
    assert bool(current) == bool(members) == (when != before(DAYS[0]))  # before the first day there is nothing
    assert found(warehouse, "report_as_of", declared, when) == current
    assert found(warehouse, "first_report_as_of", declared, when) == first
    assert found(warehouse, "incident_report_as_of", declared, when) == members
    for relation, some in (("told_as_of", current), ("first_told_as_of", first)):
        told = {(report, revision, linked) for report, revision in some for one, linked in members if one == report}
        assert found(warehouse, relation, declared, when) == told


@pytest.mark.parametrize(("declared", "when"), WHENS)
def test_statements_have_the_same_rows_as_query_files(stored, declared, when):
    warehouse, _, _ = stored
    r, i = tables.report, tables.incident_report
    for relation, columns, condition in (
        ("report_as_of", (r.c.report_id, r.c.revision), is_current(r, when)),
        ("first_report_as_of", (r.c.report_id, r.c.revision), is_first(r, when)),
        ("incident_report_as_of", (i.c.report_id, i.c.linked_on), is_member(i, when)),
    ):
        with warehouse.reading() as connection:
            rows = {tuple(row) for row in connection.execute(sa.select(*columns).where(condition))}
        assert found(warehouse, relation, declared, when) == rows


@pytest.mark.parametrize(
    ("statement", "when", "all_of", "said"),
    [
        ("SELECT 1 FROM report AS r", None, {}, "it reads all of report; read report_as_of or first_report_as_of"),
        ("SELECT 1 FROM a, incident_report", None, {}, "it reads all of incident_report"),
        ("SELECT 1 FROM a JOIN Told ON TRUE", "day", {}, "it reads all of told; read told_as_of"),
        ("SELECT 1 FROM report_fact", None, {"report": "why"}, "it reads all of report_fact; read told_as_of"),
        ("SELECT 1 FROM public.report", None, {}, "it reads all of report"),
        ("SELECT 1 FROM report", None, {"report": " "}, "`all of report` needs a reason"),
        ("SELECT 1 FROM step", None, {"report": "why"}, "`all of report` needs a reason, and a statement that reads"),
        ("SELECT 1 FROM told_as_of", None, {}, "go together"),
        ("SELECT 1 FROM step", "day", {}, "go together"),
        ("SELECT 1 FROM told_as_of", "after day", {}, "'after day' is neither"),
    ],
)
def test_a_query_that_does_not_say_as_of_when_is_refused(statement, when, all_of, said):
    with pytest.raises(DeclarationError) as raised:
        expanded("own.sql", statement, when, all_of)
    assert str(raised.value).startswith("own.sql: ")
    assert said in str(raised.value)


def test_a_query_keeps_its_own_expressions_behind_those_as_of_the_day():
    text = expanded("own.sql", "WITH own AS (SELECT 1 FROM told_as_of)\nSELECT 1 FROM own", "day", {})
    assert " ".join(text.split()).startswith(
        "WITH told_as_of AS NOT MATERIALIZED (SELECT * FROM told WHERE told.day <= :day AND "
    )
    assert text.endswith("),\nown AS (SELECT 1 FROM told_as_of)\nSELECT 1 FROM own")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("r = tables.report\n    return sa.select(r.c.report_id)", ["read reads report and does not say as of when"]),
        ("r = tables.report\n    return sa.select(r)", ["read reads report and does not say as of when"]),
        ("return sa.select(tables.incident_report.c.day)", ["read reads incident_report and does not say as of when"]),
        ("r, i = tables.report, tables.incident_report.alias()\n"
         "    return sa.select(r.c.day).join(i, i.c.report_id == r.c.report_id).where(is_current(r, NOW))",
         ["read reads incident_report and does not say as of when"]),
        ("m = _MEMBER.alias()\n    return sa.exists().where(m.c.report_id == 'a')",
         ["read reads incident_report and does not say as of when"]),
        ("r = tables.report\n    return r.c.superseded_on.is_(None)",
         ["superseded_on is compared here: use the conditions of warehouse/as_of.py"]),
        ("i = tables.incident_report\n    return i.c.left_on > day",
         ["left_on is compared here: use the conditions of warehouse/as_of.py"]),
        ("r = tables.report\n    return sa.select(r.c.day).where(is_current(r, NOW))", []),
        ("# all of report: every one is counted\n    return sa.select(tables.report.c.day)", []),
        ("# all of report:\n    return sa.select(tables.report.c.day)",
         ["read reads report and does not say as of when"]),
        ("return sa.select(tables.held.c.day)", []),
    ],
)  # fmt: skip
def test_a_statement_that_does_not_say_as_of_when_is_found(body, said):
    text = f"_MEMBER: Final = slim_table(tables.incident_report, 'report_id')\n\n\ndef read(day):\n    {body}\n"
    assert [fault for _, fault in check.faults_of(text)] == said


IMPORTS = "import sqlalchemy as sa\nfrom tasking.warehouse import tables\nfrom tasking.warehouse.as_of import NOW\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from tasking.warehouse.tables import report\ndef read():\n    return sa.select(report.c.day)", {"report"}),
        ("from tasking.warehouse.tables import report as r\ndef read():\n    return sa.select(r)", {"report"}),
        ("from tasking.warehouse.tables.receiving import report\nx = sa.select(report)", {"report"}),
        ("from tasking.warehouse.tables import *\nx = sa.select(report_fact)", {"report_fact"}),
        ("from tasking.warehouse import tables as t\ndef read():\n    return sa.select(t.report.c.day)", {"report"}),
        ("import tasking.warehouse.tables\nx = sa.select(tasking.warehouse.tables.report.c.day)", {"report"}),
        ("import tasking.warehouse.tables as w\nx = sa.select(w.incident_report)", {"incident_report"}),
        ("def read():\n    return sa.select(getattr(tables, 'report').c.day)", {"report"}),
        ("def read():\n    return sa.select(tables.metadata.tables['report'].c.day)", {"report"}),
        ("def read():\n    return sa.select(sa.table('told', sa.column('day')))", {"told"}),
        ("ALL = sa.select(tables.report.c.day)", {"report"}),
        ("class Reader:\n    all_of_it = sa.select(tables.report.c.day)", {"report"}),
        ("class Reader:\n    class Inner:\n        def read(self):\n            return sa.select(tables.told)", {"told"}),
        ("read = lambda: sa.select(tables.report.c.day)", {"report"}),
        ("def read():\n    return run(lambda: sa.select(tables.report.c.day))", {"report"}),
        ("def read():\n    return tables.report.select()", {"report"}),
        ("def read():\n    key = tables.report.c.caller_key\n    return sa.select(key)", {"report"}),
        ("def read():\n    return [sa.select(c) for c in (tables.report.c.day, tables.report.c.feed)]", {"report"}),
    ],
)  # fmt: skip
def test_a_read_is_found_whatever_the_table_is_called_and_wherever_it_stands(text, said):
    faults = [fault for _, fault in check.faults_of(IMPORTS + text)]
    assert {fault.split(" reads ")[1].split()[0] for fault in faults} == said


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("a = sa.select(r.c.day).where(is_current(r, NOW))\nreturn a, sa.select(r.c.day)", [2]),
        ("return sa.select(r.c.day), sa.select(r.c.day).where(is_current(r, NOW))", [1]),
        ("a = sa.select(r.c.day)\na = a.where(is_current(r, NOW))\nreturn a", []),
        ("a = sa.select(r.c.day)\na = a.where(r.c.feed == 'x')\nreturn a", [1]),
        ("a = sa.select(r.c.day)\nreturn a.where(is_current(r, NOW)), a", [1]),
        ("a = sa.select(r.c.day)\nreturn a.where(is_current(r, NOW)), a.where(is_first(r, NOW))", []),
        ("now = is_current(r, NOW)\nreturn sa.select(r.c.day).where(now)", []),
        ("now = [is_current(r, NOW)]\nnow += [r.c.feed == 'x']\nreturn sa.select(r.c.day).where(*now)", []),
        ("now = is_current(r, NOW)\nnow = r.c.feed == 'x'\nreturn sa.select(r.c.day).where(now)", [2]),
        ("n = r.alias()\nreturn sa.select(r.c.day).where(sa.exists().where(n.c.day == r.c.day), is_current(r, NOW))", [2]),
        ("n = r.alias()\nreturn sa.select(r.c.day).where(sa.exists().where(n.c.day == r.c.day, is_current(n, NOW)))", [2]),
        ("p = tables.report_person\nreturn sa.select(r.c.day).where(sa.exists().where(p.c.day == r.c.day), "
         "is_current(r, NOW))", []),
        ("p = tables.report_person\nis_named = sa.exists().where(p.c.day == r.c.day)\n"
         "return sa.select(r.c.day).where(is_named, is_current(r, NOW))", []),
        ("return sa.select(tables.report.c.day).where(is_current(tables.report, NOW))", []),
        ("return sa.select(r.alias().c.day).where(is_current(r.alias(), NOW))", [1]),
        ("if (a := sa.select(r.c.day)) is not None:\n    return a", [1]),
    ],
)  # fmt: skip
def test_each_select_is_judged_by_itself(body, lines):
    text = "def read():\n    r = tables.report\n    " + body.replace("\n", "\n    ")
    assert [line - 2 for line, _ in check.faults_of(text)] == lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sa.text('SELECT day FROM report WHERE feed = :feed')", ["text names report: write a select, or a query file"]),
        ("sa.text(f'SELECT {column} FROM public.Report')", ["text names report: write a select, or a query file"]),
        ("connection.exec_driver_sql('SELECT 1 FROM a, told')",
         ["exec_driver_sql names told: write a select, or a query file"]),
        ("sa.text(QUERY)", ["text names report_fact: write a select, or a query file"]),
        ("sa.text('SELECT day FROM report_person')", []),
        ("words.text('the report of the day')", []),
    ],
)  # fmt: skip
def test_a_guarded_table_in_sql_that_is_written_as_text_is_refused(text, said):
    module = ["QUERY = 'SELECT 1 FROM report_fact'", "def read(connection):", f"    return {text}"]
    assert [fault for _, fault in check.faults_of("\n".join(module))] == said


def test_a_statement_outside_a_function_says_above_it_why_it_reads_all():
    statement = "ALL = sa.select(tables.report.c.day)\n"
    assert check.faults_of(f"# all of report: every one is counted\n{statement}") == []
    assert check.faults_of(f"# all of told: every one is counted\n{statement}") != []


def test_whatever_reads_them_says_as_of_when():
    assert list(check.faults_in_queries(ROOT / "include")) == []
    assert list(check.faults_in_code(ROOT / "src" / "tasking")) == []
