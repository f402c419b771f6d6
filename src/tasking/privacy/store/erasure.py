"""What is known of people in the warehouse, and one person's end in it."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.privacy.store import redaction
from tasking.privacy.store.text_columns import LISTED_REFERENCES, REFERENCES
from tasking.warehouse import tables
from tasking.warehouse.audit_log import ERASED_ACTION, append_log
from tasking.warehouse.engine import Warehouse

_CHUNK: Final = 900
_MOST_FOUNDED: Final = 4  # incidents that one report can have founded


class Told(NamedTuple):
    """A revision of a report: who told it, whom it is about, and where it came from."""

    report_id: str
    revision: int
    feed: str
    source_ref: str
    delivery_id: str
    caller_key: str | None
    subject_key: str | None
    place_text: str | None
    caller_name: str | None
    caller_phone: str | None
    caller_email: str | None
    subject_name: str | None
    subject_born_on: str | None

    @property
    def contacts(self) -> frozenset[str]:
        """The caller's telephone number and e-mail address."""
        return frozenset(one for one in (self.caller_phone, self.caller_email) if one)


class Known(NamedTuple):
    """A report that is by a person or about them, in one of its revisions."""

    report_id: str
    revision: int
    is_caller: bool
    is_subject: bool


class HeldRow(NamedTuple):
    """A row that waits, or waited, for a person."""

    held_id: str
    feed: str
    delivery_id: str
    source_ref: str | None
    row_as_sent: Mapping[str, Any]


def everybody(warehouse: Warehouse) -> list[Told]:
    """Every revision of every report, with who told it and whom it is about."""
    # all of report: a person may be named in any revision
    r, p = tables.report, tables.report_person
    of_report = (
        "report_id",
        "revision",
        "feed",
        "source_ref",
        "delivery_id",
        "caller_key",
        "subject_key",
        "place_text",
    )
    columns = [r.c[name] for name in of_report] + [p.c[name] for name in Told._fields[len(of_report) :]]
    query = (
        sa.select(*columns)
        .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .order_by(r.c.report_id, r.c.revision)
    )
    with warehouse.engine.connect() as connection:
        return [Told(*row) for row in connection.execute(query)]


def held_rows(warehouse: Warehouse) -> list[HeldRow]:
    """Every held row whose cells are still kept, or that has a reference."""
    h = tables.held
    columns = [h.c[name] for name in HeldRow._fields]
    with warehouse.engine.connect() as connection:
        rows = [HeldRow(*row) for row in connection.execute(sa.select(*columns).order_by(h.c.held_id))]
    return [row._replace(row_as_sent=row.row_as_sent or {}) for row in rows]


def report_ids(told: Sequence[Told], feed: str, source_ref: str) -> list[str]:
    """The reports that bear a partner's reference, or `day:reference` where it is used again each day."""
    found = {
        one.report_id
        for one in told
        if one.feed == feed and (one.source_ref == source_ref or one.report_id == f"{feed}:{source_ref}")
    }
    return sorted(found)


def reports_near(warehouse: Warehouse, report_ids: Collection[str]) -> set[str]:
    """The reports of the incidents that these reports are, or were, in."""
    # all of incident_report: a report may quote one with which it shared an incident at any time
    i = tables.incident_report
    found: set[str] = set()
    ids = sorted(report_ids)
    with warehouse.engine.connect() as connection:
        for start in range(0, len(ids), _CHUNK):
            incidents = sa.select(i.c.incident_id).where(i.c.report_id.in_(ids[start : start + _CHUNK]))
            near = sa.select(i.c.report_id).where(i.c.incident_id.in_(incidents))
            found |= set(connection.execute(near).scalars())
    return found


def files_of(warehouse: Warehouse, delivery_ids: Collection[str]) -> set[str]:
    """The hashes of the files that these deliveries were."""
    d = tables.delivery
    with warehouse.engine.connect() as connection:
        rows = connection.execute(sa.select(d.c.delivery_id, d.c.sha256)).all()
    return {row.sha256 for row in rows if row.delivery_id in delivery_ids}


def new_ids(warehouse: Warehouse, reports: Mapping[str, str]) -> dict[str, str]:
    """Old id -> new one, for reports that get another id (`reports`) and the incidents that were named after them."""
    # all of incident_report: an id is replaced wherever it stands
    i, n = tables.incident_report, tables.incident_name
    with warehouse.engine.connect() as connection:
        incidents = list(connection.execute(sa.union(sa.select(i.c.incident_id), sa.select(n.c.incident_id))).scalars())
    founded = {
        _founded(old, again): _founded(new, again) for old, new in reports.items() for again in range(_MOST_FOUNDED)
    }
    renamed = {one: one[: -len(end)] + founded[end] for one in incidents if (end := one.rpartition("-")[2]) in founded}
    return {**reports, **renamed}


def _founded(report_id: str, again: int) -> str:
    """The end of an incident's id (see linkage.incident_id)."""
    return hashlib.sha256((report_id + "'" * again).encode()).hexdigest()[:8]


def erase_reports(connection: sa.Connection, known: Sequence[Known], new_key: str) -> Counter[str]:
    """Takes the person out of their reports; under `new_key` they still count as one complainant.

    What was reported, at which public place, and when stays. Proposals and facts that knew them by a pseudonym of
    theirs alone know them by the new one. Returns what was removed.
    """
    r, p, f, s = tables.report, tables.report_person, tables.report_fact, tables.report_signal
    removed: Counter[str] = Counter()
    old_keys: set[str] = set()
    for one in known:
        person: dict[str, Any] = {"text": None}
        report: dict[str, Any] = {"place_text": None, "postcode": None, "latitude": None, "longitude": None}
        fact: dict[str, Any] = {"east_m": None, "north_m": None, "slack_m": None, "cell": None}
        if one.is_caller:
            person |= {"caller_name": None, "caller_phone": None, "caller_email": None}
            report |= {"is_anonymous": True, "wants_feedback": False}
            report |= {"caller_key": _instead(r.c.caller_key, new_key)}
            fact |= {"complainant": _instead(f.c.complainant, new_key), "caller_surname": None}
        if one.is_subject:
            person |= {"subject_name": None, "subject_born_on": None}
            report |= {"subject_key": _instead(r.c.subject_key, new_key)}
            fact |= {"person": _instead(f.c.person, new_key)}
        old_keys |= _keys_of(connection, one)
        removed["reports"] += connection.execute(sa.update(r).where(*_here(one, r)).values(report)).rowcount
        removed["names and words"] += connection.execute(sa.update(p).where(*_here(one, p)).values(person)).rowcount
        removed["facts"] += connection.execute(sa.update(f).where(*_here(one, f)).values(fact)).rowcount
        removed["signals"] += connection.execute(sa.delete(s).where(*_here(one, s))).rowcount
    removed["proposals"] += _replace_keys(connection, old_keys - {new_key}, new_key)
    return +removed


def _instead(column: sa.Column[Any], new_key: str) -> sa.ColumnElement[Any]:
    """The new key where there was a pseudonym; where there was none there is none."""
    return sa.case((column.is_not(None), new_key), else_=None)


def _here(one: Known, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.report_id == one.report_id, table.c.revision == one.revision


def _keys_of(connection: sa.Connection, one: Known) -> set[str]:
    # all of report: every revision of a report is emptied
    # all of report_fact: every revision of a report is emptied
    r, f = tables.report, tables.report_fact
    columns = [r.c.caller_key, f.c.complainant] if one.is_caller else []
    columns += [r.c.subject_key, f.c.person] if one.is_subject else []
    query = (
        sa.select(*columns)
        .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
        .where(*_here(one, r))
    )
    return {key for row in connection.execute(query) for key in row if key}


def _replace_keys(connection: sa.Connection, keys: Collection[str], new_key: str) -> int:
    """Puts the new key into proposals that are known by a pseudonym, unless somebody else's reports still have it."""
    # all of report: a key is replaced wherever it stands
    # all of report_fact: a key is replaced wherever it stands
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
    """Empties the cells of these held rows; that they were held, and why, stays. Returns how many."""
    h = tables.held
    state = sa.case((h.c.state == "held", "expired"), else_=h.c.state)
    values: dict[str, Any] = {
        "row_as_sent": {}, "about": {}, "source_ref": None, "can_be_released": False, "state": state,
    }  # fmt: skip
    return sum(
        connection.execute(sa.update(h).where(h.c.held_id == one).values(values)).rowcount for one in sorted(held_ids)
    )


def store_words(connection: sa.Connection, changes: Sequence[tuple[redaction.Cell, Any]]) -> Counter[str]:
    """Puts other values into cells of words. A briefing's hash follows its content. Returns `table.column` -> how many.

    Raises WarehouseError where one was changed since it was read.
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
    """Puts other ids and references into every column that is made of them, so that rows still join.

    `ids`: of reports and incidents; `references`: (feed, reference) -> another. Returns `table.column` -> how many.
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


def store_certificate(
    connection: sa.Connection, erasure_id: str, certificate: str, actor: str, note: str, now: datetime
) -> None:
    """Keeps a certificate, in the place of an unfinished one of the same id, and a word of it in the log."""
    t = tables.erasure
    connection.execute(sa.delete(t).where(t.c.erasure_id == erasure_id))
    connection.execute(sa.insert(t).values(
        erasure_id=erasure_id, erased_at=now, actor=actor, certificate=certificate
    ))  # fmt: skip
    append_log(connection, now, actor, ERASED_ACTION, erasure_id, note)


def certificates(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Every certificate that was kept, by its erasure's id, the oldest first."""
    t = tables.erasure
    with warehouse.engine.connect() as connection:
        rows = connection.execute(sa.select(t.c.erasure_id, t.c.certificate).order_by(t.c.erased_at, t.c.erasure_id))
        return {row.erasure_id: json.loads(row.certificate) for row in rows}


def unfinished(warehouse: Warehouse) -> list[str]:
    """The erasures whose certificate says that something is still to do."""
    return [one for one, told in certificates(warehouse).items() if not told.get("is_complete", True)]


def certificate(warehouse: Warehouse, erasure_id: str) -> str | None:
    """A certificate that was kept."""
    t = tables.erasure
    with warehouse.engine.connect() as connection:
        return connection.execute(sa.select(t.c.certificate).where(t.c.erasure_id == erasure_id)).scalar()
