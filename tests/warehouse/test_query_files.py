"""Query files declare what they take and give: what is unknown, missing or of another type is said by file and name."""

import datetime as dt

import pytest
from conftest import ROOT

from tasking.model.errors import DeclarationError
from tasking.warehouse import open_warehouse
from tasking.warehouse.query_file import query_file

QUERY = """-- One row per feed and day: how it stands.
-- parameters: first_day date, feeds text[],
--   at_least number
-- columns: feed text, day date, asked_at time, is_late boolean, rows integer, share number
SELECT
    feed,
    day,
    asked_at,
    outcome = 'missing' AS is_late,
    COUNT(*) AS rows,
    1.0 / COUNT(*) AS share
FROM feed_day
WHERE day >= :first_day AND feed IN :feeds
-- a comment names :nobody
GROUP BY feed, day, asked_at, outcome
HAVING COUNT(*) >= :at_least
ORDER BY feed
"""
GIVEN = {"first_day": dt.date(2026, 10, 22), "feeds": ["police", "wardens"], "at_least": 1}


@pytest.fixture
def warehouse(database_url, tmp_path):
    """A warehouse with the query and a row that it finds."""
    (tmp_path / "sql" / "own").mkdir(parents=True)
    (tmp_path / "sql" / "own" / "standing.sql").write_text(QUERY)
    opened = open_warehouse(database_url, tmp_path / "sql")
    with opened.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO feed_day (day, feed, outcome, reason, asked_at) "
            "VALUES ('2026-10-22', 'police', 'missing', '', '2026-10-22 05:30:00')"
        )
    return opened


def changed(warehouse, before: str, after: str) -> None:
    assert before in QUERY
    (warehouse.sql / "own" / "standing.sql").write_text(QUERY.replace(before, after))


def test_a_result_has_the_declared_types_on_both_databases(warehouse):
    assert warehouse.query("own/standing", **GIVEN) == [
        {
            "feed": "police", "day": dt.date(2026, 10, 22), "rows": 1, "is_late": True, "share": 1.0,
            "asked_at": dt.datetime(2026, 10, 22, 5, 30, tzinfo=dt.UTC),
        }
    ]  # fmt: skip


def test_a_list_may_be_empty(warehouse):
    assert warehouse.query("own/standing", **GIVEN | {"feeds": []}) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"last_day": dt.date(2026, 10, 22)}, "the parameter last_day was given and is not declared"),
        ({"first_day": None}, "the parameter first_day is declared as date"),
        ({"first_day": dt.datetime(2026, 10, 22, tzinfo=dt.UTC)}, "the parameter first_day is declared as date"),
        ({"feeds": "police"}, r"the parameter feeds is declared as text\[\]"),
        ({"feeds": [1]}, r"the parameter feeds is declared as text\[\]"),
        ({"at_least": True}, "the parameter at_least is declared as number"),
        ({"at_least": "1"}, "the parameter at_least is declared as number"),
    ],
)
def test_a_parameter_that_is_not_as_declared_is_named_with_its_file(warehouse, given, said):
    with pytest.raises(DeclarationError, match=rf"^include/sql/own/standing\.sql: {said}$"):
        warehouse.query("own/standing", **GIVEN | given)


def test_a_parameter_that_is_not_given_is_named_with_its_file(warehouse):
    given = {name: value for name, value in GIVEN.items() if name != "feeds"}
    said = r"own/standing\.sql: the parameter feeds is declared and was not given"
    with pytest.raises(DeclarationError, match=said):
        warehouse.query("own/standing", **given)
    with pytest.raises(DeclarationError, match=said):
        warehouse.query_of("own/standing", given)


def test_of_what_is_offered_a_query_takes_what_it_declares(warehouse):
    offered = GIVEN | {"radius_m": 250}
    assert warehouse.query_of("own/standing", offered) == warehouse.query("own/standing", **GIVEN)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("-- parameters: first_day date,", "-- parameters:", "the parameter first_day is used and is not declared"),
        ("at_least number\n", "at_least number, day date\n", "the parameter day is declared and is not used"),
        ("first_day date", "first_day day", "'first_day day' is not a name and a type"),
        ("feeds text[]", "feeds json", "'feeds json' is not a name and a type"),
        ("-- columns: ", "-- gives: ", "its header has no line `-- columns: ...`"),
        ("-- columns: ", "-- parameters: ", "its header has `parameters:` twice"),
        ("share number", "share number, feed text", "feed is declared twice"),
        ("share number", "parts number", "its columns are feed, day, asked_at, is_late, rows, share, and it declares"),
    ],
)
def test_a_file_that_declares_something_else_than_it_does_is_named(warehouse, before, after, said):
    changed(warehouse, before, after)
    with pytest.raises(DeclarationError) as raised:
        warehouse.query("own/standing", **GIVEN)
    assert str(raised.value).startswith("include/sql/own/standing.sql: ")
    assert said in str(raised.value)


def test_a_file_that_changes_is_read_again(warehouse):
    warehouse.query("own/standing", **GIVEN)
    changed(warehouse, "'missing' AS is_late", "'landed' AS is_late")
    assert warehouse.query("own/standing", **GIVEN)[0]["is_late"] is False


@pytest.mark.parametrize("path", sorted((ROOT / "include").rglob("*.sql")), ids=lambda path: path.stem)
def test_every_query_declares_what_it_takes_and_gives(path):
    name = str(path.relative_to(ROOT))
    assert query_file(name, path.read_text()).columns
