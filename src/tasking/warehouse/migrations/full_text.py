"""Statements by which a migration puts a table under full text, on SQLite and on PostgreSQL.

A document is a row of a table, with four texts: `public`, `details` (needs May.DETAILS), `people` (names and contacts)
and `tokens` (kind, category, reference: for exact matches). Migrations that have run use this: add, change nothing.
"""

# ruff: noqa: S608 - every statement is made of our own names

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST = 100_000  # characters of a text: a tsvector holds a megabyte
APOSTROPHES = "'’‘ʼʻ`´"
_SIGNS = " -/._:#()–—\\"  # that a reference may have or lack
_PUNCTUATION = '!"#$%&()*+,-./:;<=>?@[\\]^_{|}~–—…“”„«»•·¡¿£€§©®°'


@dataclass(frozen=True)
class Watched:
    """A table whose rows are documents of a kind, or a part of them; its key, and the columns that are searched.

    `comes_after`: the table (of the same key) whose rows are stored next, which complete the document.
    """

    table: str
    kind: str
    source_id: str
    number: str
    columns: str
    comes_after: str = ""


@dataclass(frozen=True)
class Words:
    """How one database says what a view of documents is made of."""

    is_postgresql: bool

    def texts(self, *columns: str) -> str:
        """Columns as one text, cut to MOST and without apostrophes."""
        joined = " || ' ' || ".join(f"COALESCE({one}, '')" for one in columns)
        if self.is_postgresql:
            return f"search_text(LEFT({joined}, {MOST}))"
        text = f"SUBSTR({joined}, 1, {MOST})"
        for sign in APOSTROPHES:
            text = f"REPLACE({text}, '{sign.replace(chr(39), chr(39) * 2)}', '')"
        return text

    def compact(self, column: str) -> str:
        """A reference without its signs."""
        text = f"COALESCE({column}, '')"
        if self.is_postgresql:
            return f"TRANSLATE({text}, E'{_SIGNS.replace(chr(92), chr(92) * 2)}', '')"
        for sign in _SIGNS:
            text = f"REPLACE({text}, '{sign}', '')"
        return text

    def json(self, column: str, name: str) -> str:
        return f"({column} ->> '{name}')" if self.is_postgresql else f"json_extract({column}, '$.{name}')"

    def day(self, column: str) -> str:
        return f"CAST({column} AS DATE)" if self.is_postgresql else f"DATE({column})"

    def view(
        self, kind: str, source_id: str, number: str, day: str, tables: str, *, public: str = "''",
        details: str = "''", people: str = "''", tokens: str = "''",
    ) -> str:  # fmt: skip
        """The view of a kind: source_id, number, day, and the four texts of each document."""
        source_id = f"CAST({source_id} AS TEXT)" if self.is_postgresql else source_id  # SQLite would use no index
        return (
            f"CREATE VIEW search_of_{kind} AS SELECT {source_id} AS source_id, {number} AS number, "
            f"{day} AS day, {public} AS public, {details} AS details, {people} AS people, "
            f"'kind{kind.replace('_', '')} ' || {tokens} AS tokens FROM {tables}"
        )


def run(connection: Any, statements: Sequence[str]) -> None:
    """Runs statements as they are."""
    is_postgresql = connection.dialect.name == "postgresql"
    for one in statements:
        connection.exec_driver_sql(one.replace("%", "%%") if is_postgresql else one)


def watch(connection: Any, one: Watched) -> None:
    """Makes the triggers by which a table keeps its documents."""
    run(connection, (_postgresql_triggers if connection.dialect.name == "postgresql" else _sqlite_triggers)(one))


def unwatch(connection: Any, one: Watched) -> None:
    if connection.dialect.name == "postgresql":
        run(connection, [f"DROP FUNCTION search_{one.table}_{way}() CASCADE" for way in ("added", "changed")])
    else:
        ways = [f"{moment}_{act}" for moment in ("before", "after") for act in ("insert", "update", "delete")]
        run(connection, [f"DROP TRIGGER search_{one.table}_{way}" for way in ways])


def fill(connection: Any, kind: str) -> None:
    """Takes up the documents that there are of a kind."""
    if connection.dialect.name == "postgresql":
        run(connection, [_taken_up(kind, f"SELECT source_id, number FROM search_of_{kind}")])
        return
    first, row = _first_of_day("v.day"), "ROW_NUMBER() OVER (PARTITION BY v.day ORDER BY v.source_id, v.number)"
    before = (
        "SELECT MAX(o.document_id) FROM search_document AS o "
        f"WHERE o.document_id >= {first} AND o.document_id < {first} + 4294967296"
    )
    run(connection, [
        "INSERT INTO search_document (document_id, kind, source_id, number) "
        f"SELECT COALESCE(({before}), {first}) + {row}, '{kind}', v.source_id, v.number FROM search_of_{kind} AS v",
        f"{_ADD.format(kind=kind)} WHERE d.kind = '{kind}' ORDER BY d.document_id",
    ])  # fmt: skip


def empty(connection: Any, kind: str) -> None:
    """Takes the documents of a kind out of the index."""
    if connection.dialect.name == "postgresql":
        forget = (
            "DELETE FROM search_words AS w USING search_document AS d "
            f"WHERE w.document_id = d.document_id AND d.kind = '{kind}'"
        )
    else:
        forget = f"{_FORGET.format(kind=kind)} WHERE d.kind = '{kind}'"
    run(connection, [forget, f"DELETE FROM search_document WHERE kind = '{kind}'"])


# SQLite: before a change the document leaves the index with the texts that it has, after it it comes back with the new.

_FROM = (
    "d.document_id, v.public, v.details, v.people, v.tokens FROM search_document AS d "
    "INNER JOIN search_of_{kind} AS v ON v.source_id = d.source_id AND v.number = d.number"
)
_ADD = f"INSERT INTO search_words (rowid, public, details, people, tokens) SELECT {_FROM}"
_FORGET = f"INSERT INTO search_words (search_words, rowid, public, details, people, tokens) SELECT 'delete', {_FROM}"


def _first_of_day(day: str) -> str:
    """The number before a day's first document."""
    return f"CAST(JULIANDAY({day}) - JULIANDAY('2000-01-01') AS INTEGER) * 4294967296"


def _sqlite_triggers(one: Watched) -> list[str]:
    def is_key(alias: str, row: str) -> str:
        number = one.number if one.number == "0" else f"{row}.{one.number}"
        return f"{alias}.source_id = CAST({row}.{one.source_id} AS TEXT) AND {alias}.number = {number}"

    def forget(row: str) -> str:
        return (
            f"{_FORGET.format(kind=one.kind)} WHERE d.kind = '{one.kind}' AND {is_key('d', row)}; "
            f"DELETE FROM search_document WHERE kind = '{one.kind}' AND {is_key('search_document', row)};"
        )

    def add(row: str, unless: str = "") -> str:
        first = _first_of_day("v.day")
        return (
            "INSERT INTO search_document (document_id, kind, source_id, number) "
            "SELECT 1 + COALESCE((SELECT MAX(o.document_id) FROM search_document AS o "
            f"WHERE o.document_id >= {first} AND o.document_id < {first} + 4294967296), {first}), "
            f"'{one.kind}', v.source_id, v.number FROM search_of_{one.kind} AS v WHERE {is_key('v', row)}{unless}; "
            f"{_ADD.format(kind=one.kind)} WHERE d.kind = '{one.kind}' AND {is_key('d', row)}{unless};"
        )

    number = "" if one.number == "0" else f" AND old.{one.number} = new.{one.number}"
    is_moved = f" AND NOT (old.{one.source_id} = new.{one.source_id}{number})"
    bodies = {
        ("before", "insert"): forget("new"), ("after", "insert"): add("new"),
        ("before", "update"): f"{forget('old')} {forget('new')}",
        ("after", "update"): f"{add('new')} {add('old', is_moved)}",
        ("before", "delete"): forget("old"), ("after", "delete"): add("old"),
    }  # fmt: skip
    is_known = f"SELECT 1 FROM search_document AS d WHERE d.kind = '{one.kind}' AND {is_key('d', 'new')}"
    when = {("before", "insert"): f"WHEN EXISTS ({is_known}) "}
    if one.comes_after:
        when["after", "insert"] = f"WHEN EXISTS ({_completing(one, 'new')}) "
    return [
        f"CREATE TRIGGER search_{one.table}_{moment}_{act} {moment.upper()} {act.upper()} "
        f"{f'OF {one.columns} ' if act == 'update' else ''}ON {one.table} {when.get((moment, act), '')}BEGIN {body} END"
        for (moment, act), body in bodies.items()
    ]


def _completing(one: Watched, row: str) -> str:
    keys = " AND ".join(f"p.{name} = {row}.{name}" for name in (one.source_id, one.number))
    return f"SELECT 1 FROM {one.comes_after} AS p WHERE {keys}"


# PostgreSQL: new rows are taken up a statement at a time, since they come in bulk; others row by row.


def search_text() -> str:
    """Text as it is indexed: lower case, without apostrophes and the diacritics of Latin letters, words apart by spaces
    alone: else the parser would take `Road/Street` for a file and `out.He` for a host."""
    apostrophes, punctuation = (one.replace("\\", "\\\\").replace("'", "\\'") for one in (APOSTROPHES, _PUNCTUATION))
    spaced = f"TRANSLATE(TRANSLATE(value, E'{apostrophes}', ''), E'{punctuation}', REPEAT(' ', {len(_PUNCTUATION)}))"
    return rf"""
CREATE FUNCTION search_text(value TEXT) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
    WHEN value COLLATE "C" ~ '[^\x01-\x7f]'
        THEN LOWER(NORMALIZE(REGEXP_REPLACE(NORMALIZE({spaced}, NFKD), '([A-Za-z])[\u0300-\u036f]+', '\1', 'g'), NFC)
             COLLATE "default")
    ELSE LOWER({spaced})
END
$$
"""


def _taken_up(kind: str, keys: str) -> str:
    """A statement that adds the documents with these keys to the index."""
    return f"""
WITH content AS MATERIALIZED (
    SELECT ((v.day - DATE '2000-01-01')::BIGINT << 32) + NEXTVAL('search_number') AS document_id, v.*
    FROM ({keys}) AS k
    INNER JOIN search_of_{kind} AS v ON v.source_id = k.source_id AND v.number = k.number
), document AS (
    INSERT INTO search_document (document_id, kind, source_id, number)
    SELECT document_id, '{kind}', source_id, number FROM content
)
INSERT INTO search_words (document_id, public, words, people)
SELECT
    document_id,
    TO_TSVECTOR('pg_catalog.simple', public || ' ' || tokens),
    TO_TSVECTOR('pg_catalog.simple', public || ' ' || details || ' ' || tokens),
    TO_TSVECTOR('pg_catalog.simple', people)
FROM content
"""


def _postgresql_triggers(one: Watched) -> list[str]:
    def keys(row: str) -> str:
        number = one.number if one.number == "0" else f"{row}.{one.number}"
        return f"SELECT CAST({row}.{one.source_id} AS TEXT) AS source_id, {number} AS number"

    def function(way: str, some: str) -> str:
        return f"""
CREATE FUNCTION search_{one.table}_{way}() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    WITH gone AS (
        DELETE FROM search_document AS d USING ({some}) AS k
        WHERE d.kind = '{one.kind}' AND d.source_id = k.source_id AND d.number = k.number
        RETURNING d.document_id
    )
    DELETE FROM search_words AS w USING gone WHERE w.document_id = gone.document_id;
    {_taken_up(one.kind, some)};
    RETURN NULL;
END
$$
"""

    is_complete = f" WHERE EXISTS ({_completing(one, 'added')})" if one.comes_after else ""
    start, each = f"CREATE TRIGGER search_{one.table}", f"FOR EACH ROW EXECUTE FUNCTION search_{one.table}_changed()"
    return [
        function("added", f"{keys('added')} FROM added{is_complete} GROUP BY 1, 2"),
        function("changed", f"{keys('old')} UNION {keys('new')}"),
        f"{start}_added AFTER INSERT ON {one.table} REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION search_{one.table}_added()",
        f"{start}_changed AFTER UPDATE OF {one.columns} ON {one.table} {each}",
        f"{start}_deleted AFTER DELETE ON {one.table} {each}",
    ]
