"""Stores corrections of reports, and the revision of a report in which they stand.

What a partner sends is a revision of its own and never changed. While corrections of a report count, another revision
on top of it has their values: its content hash begins with CORRECTED, so that the partner's next row is compared with
what the partner sent.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, get_args

import sqlalchemy as sa

from tasking.model.correction import CORRECTED, SENT_AS, SETS, Correction, Field
from tasking.model.report import PERSONAL_COLUMNS, REPORT_COLUMNS
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse, transaction_lock

_CHUNK: Final = 900
_TIMES: Final = ("occurred_from", "occurred_to")


def corrections(warehouse: Warehouse, report_id: str) -> list[Correction]:
    """The corrections of a report that count, one for each field that has one."""
    with warehouse.reading() as connection:
        return _in_force(connection, report_id)


def sent_by_partner(warehouse: Warehouse, report_id: str) -> dict[str, Any] | None:
    """The newest revision of a report as the partner sent it, with its text; None where there is no such report."""
    with warehouse.reading() as connection:
        return _as_sent(connection, report_id)


def store_correction(
    warehouse: Warehouse,
    report_id: str,
    field: Field,
    corrected_to: Mapping[str, Any],
    reason: str,
    actor: str,
    now: datetime,
    day: date,
) -> None:
    """Stores a correction, and the revision of the report with it. Logged with its reason."""
    with warehouse.writing() as connection:
        transaction_lock(connection, report_id.partition(":")[0])  # of the feed, as a delivery takes it
        sent = _as_sent(connection, report_id)
        if sent is None:
            raise LookupError(report_id)
        _insert(connection, report_id, field, sent["revision"], _as_json(corrected_to), reason, actor, now, day, None)
        _rebuild(connection, report_id, day)
        append_log(connection, now, actor, f"report corrected: {field}", report_id, reason)


def store_undo(
    warehouse: Warehouse, report_id: str, field: Field, reason: str, actor: str, now: datetime, day: date
) -> bool:
    """Takes back the correction of a field that counts, and makes the report again without it. False where there is
    none."""
    with warehouse.writing() as connection:
        transaction_lock(connection, report_id.partition(":")[0])
        found = next((one for one in _in_force(connection, report_id) if one.field == field), None)
        if found is None:
            return False
        sent = _as_sent(connection, report_id) or {"revision": 0}
        _insert(connection, report_id, field, sent["revision"], {}, reason, actor, now, day, found.number)
        _rebuild(connection, report_id, day)
        append_log(connection, now, actor, f"correction of a report undone: {field}", report_id, reason)
        return True


def reapply(connection: sa.Connection, report_ids: Sequence[str], day: date) -> None:
    """Puts the corrections that count on top of what a partner sent again. Called when a delivery revised reports."""
    t = tables.report_correction
    for start in range(0, len(report_ids), _CHUNK):
        chunk = list(report_ids[start : start + _CHUNK])
        corrected = connection.execute(sa.select(t.c.report_id).where(t.c.report_id.in_(chunk)).distinct()).scalars()
        for report_id in corrected.all():
            _rebuild(connection, report_id, day)


def _insert(
    connection: sa.Connection, report_id: str, field: Field, of_revision: int, corrected_to: Mapping[str, Any],
    reason: str, actor: str, now: datetime, day: date, undoes: int | None,
) -> None:  # fmt: skip
    t = tables.report_correction
    transaction_lock(connection, "corrections")
    last = connection.execute(sa.select(sa.func.max(t.c.correction_number))).scalar() or 0
    connection.execute(
        sa.insert(t).values(
            correction_number=last + 1, report_id=report_id, field=field, of_revision=of_revision,
            corrected_to=dict(corrected_to), reason=reason, actor=actor, at=now, day=day, undoes=undoes,
        )
    )  # fmt: skip


def _in_force(connection: sa.Connection, report_id: str) -> list[Correction]:
    """For each field the newest correction that nobody took back."""
    t = tables.report_correction
    rows = connection.execute(
        sa.select(t).where(t.c.report_id == report_id).order_by(t.c.correction_number.desc())
    ).all()
    undone = {row.undoes for row in rows if row.undoes is not None}
    newest: dict[str, Any] = {}
    for row in rows:
        if row.undoes is None and row.correction_number not in undone:
            newest.setdefault(row.field, row)
    if not newest:
        return []
    now = _as_sent(connection, report_id) or {}
    found = []
    for field in get_args(Field):
        if field in newest:
            row = newest[field]
            sent = _revision(connection, report_id, row.of_revision) or {}
            has_changed = any(now.get(name) != sent.get(name) for name in SENT_AS[field])
            columns = dict.fromkeys((*SENT_AS[field], *SETS[field]))
            found.append(
                Correction(
                    row.correction_number, field, row.corrected_to, {name: sent.get(name) for name in columns},
                    {name: now.get(name) for name in columns} if has_changed else None, row.reason, row.actor, row.at,
                )
            )  # fmt: skip
    return found


def _rebuild(connection: sa.Connection, report_id: str, day: date) -> None:
    """Stores the report as the partner sent it last with every correction that applies, in force from a day on."""
    # all of report: the newest of all its revisions is taken, and the next is numbered after them
    r, p = tables.report, tables.report_person
    current = connection.execute(sa.select(r).where(r.c.report_id == report_id, is_current(r, NOW))).mappings().first()
    sent = _as_sent(connection, report_id)
    if current is None or sent is None:
        return
    applied = [one for one in _in_force(connection, report_id) if not one.needs_attention]
    if not applied and not str(current["content_hash"]).startswith(CORRECTED):
        return
    values = {name: sent[name] for name in REPORT_COLUMNS}
    for one in applied:
        values |= _from_json(one.corrected_to)
        if one.field == "category" and not _is_unchanged(connection, one, sent):
            values["is_restricted"] = values["is_restricted"] or sent["is_restricted"]
    last = connection.execute(sa.select(sa.func.max(r.c.revision)).where(r.c.report_id == report_id)).scalar() or 0
    day = max(day, current["day"])
    connection.execute(sa.update(r).where(r.c.report_id == report_id, is_current(r, NOW)).values(superseded_on=day))
    kept = {name: sent[name] for name in ("feed", "delivery_id", "row_number")}
    mark = f"{CORRECTED}{last + 1}"
    key = {"report_id": report_id, "revision": last + 1}
    connection.execute(sa.insert(r).values(**key, **kept, **values, day=day, superseded_on=None, content_hash=mark))
    people = connection.execute(
        sa.select(*(p.c[name] for name in PERSONAL_COLUMNS)).where(
            p.c.report_id == report_id, p.c.revision == sent["revision"]
        )
    ).mappings().first()  # fmt: skip
    if people is not None:
        connection.execute(sa.insert(p).values(**key, **people))


def _is_unchanged(connection: sa.Connection, one: Correction, sent: Mapping[str, Any]) -> bool:
    """True where the partner's text and flag are those that the person saw who corrected the category."""
    t = tables.report_correction
    of = connection.execute(sa.select(t.c.report_id, t.c.of_revision).where(t.c.correction_number == one.number)).one()
    then = _revision(connection, of.report_id, of.of_revision) or {}
    return all(then.get(name) == sent.get(name) for name in ("text", "sensitivity"))


def _as_sent(connection: sa.Connection, report_id: str) -> dict[str, Any] | None:
    # all of report: the newest that the partner sent may be superseded by a correction
    r = tables.report
    query = (
        sa.select(r.c.revision)
        .where(r.c.report_id == report_id, ~r.c.content_hash.startswith(CORRECTED))
        .order_by(r.c.day.desc(), r.c.revision.desc())
        .limit(1)
    )
    revision = connection.execute(query).scalar()
    return None if revision is None else _revision(connection, report_id, revision)


def _revision(connection: sa.Connection, report_id: str, revision: int) -> dict[str, Any] | None:
    # all of report: a revision is asked for by its number
    r, p = tables.report, tables.report_person
    query = (
        sa.select(r, p.c.text)
        .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .where(r.c.report_id == report_id, r.c.revision == revision)
    )
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _from_json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name in _TIMES and value is not None else value
        for name, value in values.items()
    }
