"""The changes of an erasure in the warehouse: reports, held rows, cells of text, references and ids."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tasking.privacy.store import casefile, redaction
from tasking.privacy.store.people import ReportRole
from tasking.privacy.store.text_columns import LISTED_REFERENCES, REFERENCES
from tasking.warehouse import tables


def erase_reports(connection: sa.Connection, roles: Sequence[ReportRole], new_key: str) -> Counter[str]:
    """Removes a person from their reports; under the pseudonym `new_key` they still count as one complainant.

    What was reported, when, and at which public place stays; notes and attachments of the reports go. Facts get the new
    pseudonym, and so do proposals whose subject is one that nobody else has. Returns kind -> how many were changed or
    removed.
    """
    r, p, f, s = tables.report, tables.report_person, tables.report_fact, tables.report_signal
    removed: Counter[str] = Counter()
    old_keys: set[str] = set()
    for one in roles:
        person: dict[str, Any] = {"text": None}
        report: dict[str, Any] = {"place_text": None, "postcode": None, "latitude": None, "longitude": None}
        fact: dict[str, Any] = {"east_m": None, "north_m": None, "slack_m": None, "cell": None, "concepts": None}
        if one.is_caller:
            person |= {"caller_name": None, "caller_phone": None, "caller_email": None}
            report |= {"is_anonymous": True, "wants_feedback": False}
            report |= {"caller_key": _new_key(r.c.caller_key, new_key)}
            fact |= {"complainant": _new_key(f.c.complainant, new_key), "caller_surname": None}
        if one.is_subject:
            person |= {"subject_name": None, "subject_born_on": None}
            report |= {"subject_key": _new_key(r.c.subject_key, new_key)}
            fact |= {"person": _new_key(f.c.person, new_key)}
        old_keys |= _keys_of(connection, one)
        removed["reports"] += connection.execute(sa.update(r).where(*_is_revision(one, r)).values(report)).rowcount
        removed["names and words"] += connection.execute(
            sa.update(p).where(*_is_revision(one, p)).values(person)
        ).rowcount
        removed["facts"] += connection.execute(sa.update(f).where(*_is_revision(one, f)).values(fact)).rowcount
        removed["signals"] += connection.execute(sa.delete(s).where(*_is_revision(one, s))).rowcount
    removed += casefile.remove_words(connection, sorted({one.report_id for one in roles}))
    removed["proposals"] += _replace_keys(connection, old_keys - {new_key}, new_key)
    return +removed


def _new_key(column: sa.Column[Any], new_key: str) -> sa.ColumnElement[Any]:
    """The new key where the column has a pseudonym; NULL where it has none."""
    return sa.case((column.is_not(None), new_key), else_=None)


def _is_revision(one: ReportRole, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.report_id == one.report_id, table.c.revision == one.revision


def _keys_of(connection: sa.Connection, one: ReportRole) -> set[str]:
    # all of report: every revision of a report is emptied
    # all of report_fact: every revision of a report is emptied
    r, f = tables.report, tables.report_fact
    columns = [r.c.caller_key, f.c.complainant] if one.is_caller else []
    columns += [r.c.subject_key, f.c.person] if one.is_subject else []
    query = (
        sa.select(*columns)
        .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
        .where(*_is_revision(one, r))
    )
    return {key for row in connection.execute(query) for key in row if key}


def _replace_keys(connection: sa.Connection, keys: Collection[str], new_key: str) -> int:
    """Replaces pseudonyms in the subject keys of proposals, except those that somebody else's reports still have."""
    # all of report: a key is replaced everywhere
    # all of report_fact: a key is replaced everywhere
    t, r, f = tables.proposal, tables.report, tables.report_fact
    count = 0
    for key in sorted(keys):
        has_key = (
            sa.select(r.c.report_id).where(sa.or_(r.c.caller_key == key, r.c.subject_key == key)),
            sa.select(f.c.report_id).where(sa.or_(f.c.complainant == key, f.c.person == key)),
        )
        if any(connection.execute(query.limit(1)).first() for query in has_key):
            continue
        changed = connection.execute(sa.update(t).where(t.c.subject_key == key).values(subject_key=new_key))
        count += changed.rowcount
    return count


def empty_held(connection: sa.Connection, held_ids: Collection[str]) -> int:
    """Empties the cells of held rows; that they were held, and why, stays. Returns how many."""
    h = tables.held
    state = sa.case((h.c.state == "held", "expired"), else_=h.c.state)
    values: dict[str, Any] = {
        "row_as_sent": {}, "about": {}, "source_ref": None, "can_be_released": False, "state": state,
    }  # fmt: skip
    return sum(
        connection.execute(sa.update(h).where(h.c.held_id == one).values(values)).rowcount for one in sorted(held_ids)
    )


def store_cells(connection: sa.Connection, changes: Sequence[tuple[redaction.Cell, Any]]) -> Counter[str]:
    """Stores new values of cells, and the new hash of a changed briefing. Returns `table.column` -> how many.

    Raises WarehouseError where a cell was changed since it was read.
    """
    changed: Counter[str] = Counter()
    redaction.update(connection, changes)
    for cell, value in changes:
        changed[f"{cell.table}.{cell.column}"] += 1
        if (cell.table, cell.column) == ("briefing", "content"):
            b = tables.briefing
            digest = hashlib.sha256(value.encode()).hexdigest()
            here = (b.c.day == cell.key[0], b.c.version == cell.key[1])
            connection.execute(sa.update(b).where(*here).values(content_hash=digest))
    return changed


def replace_references(
    connection: sa.Connection, ids: Mapping[str, str], references: Mapping[tuple[str, str], str]
) -> Counter[str]:
    """Replaces ids and references in every column that holds them, so that rows still join.

    `ids`: old id -> new id, of reports and incidents. `references`: (feed, reference) -> new reference. Returns
    `table.column` -> how many.
    """
    changed: Counter[str] = Counter()
    for name, columns in REFERENCES.items():
        table = tables.metadata.tables[name]
        for column in columns:
            for old, new, here in _renamings(table, column, ids, references):
                done = connection.execute(sa.update(table).where(table.c[column] == old, *here).values({column: new}))
                changed[f"{name}.{column}"] += done.rowcount
    for name, columns in LISTED_REFERENCES.items():
        for column in columns:
            changed[f"{name}.{column}"] += _replace_listed(connection, tables.metadata.tables[name], column, ids)
    return +changed


def _replace_listed(connection: sa.Connection, table: sa.Table, column: str, ids: Mapping[str, str]) -> int:
    key = list(table.primary_key.columns)
    count = 0
    for *at, listed in connection.execute(sa.select(*key, table.c[column])).all():
        new = [ids.get(one, one) for one in listed or ()]
        if new != (listed or []):
            here = [one == value for one, value in zip(key, at, strict=True)]
            count += connection.execute(sa.update(table).where(*here).values({column: new})).rowcount
    return count


def _renamings(
    table: sa.Table, column: str, ids: Mapping[str, str], references: Mapping[tuple[str, str], str]
) -> Iterator[tuple[str, str, tuple[sa.ColumnElement[bool], ...]]]:
    if column == "source_ref":
        for (feed, old), new in references.items():
            yield old, new, (table.c.feed == feed,)
    else:
        for old, new in ids.items():
            yield old, new, ()
