"""What the desk's lists show, a page at a time: each page starts where the last one ended, however long the list is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.linking import evidence_of


class Cursor(NamedTuple):
    """The last row of a page: its day, and what tells it from the others of that day."""

    day: date
    key: str


@dataclass(frozen=True)
class Wanted:
    """Which incidents a list shows; an empty field shows all. `ids` are incidents, by name."""

    since: date | None = None
    until: date | None = None
    category: str = ""
    feed: str = ""
    place: str = ""
    ward: str = ""
    ids: tuple[str, ...] = ()
    is_shared: bool = False  # told of by more than one report
    has_restricted: bool = False


@dataclass(frozen=True)
class Listed:
    """An incident in a list: told by its first report; `reports` and `feeds` are all that tell of it."""

    incident_id: str
    day: date
    category: str
    place_name: str | None
    town: str | None
    ward: str | None
    received_at: datetime
    occurred_from: datetime | None
    is_occurred_time_known: bool
    cursor: Cursor
    reports: int = 1
    feeds: tuple[str, ...] = ()
    is_restricted: bool = False

    @property
    def happened(self) -> datetime:
        return self.occurred_from or self.received_at


def incidents(warehouse: Warehouse, wanted: Wanted, after: Cursor | None, most: int) -> list[Listed]:
    """Incidents, the newest day first; at most `most`, from after a cursor on."""
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(
            i.c.incident_id, r.c.report_id, r.c.day, r.c.category, r.c.place_name, r.c.town, r.c.ward, r.c.received_at,
            r.c.occurred_from, r.c.is_occurred_time_known,
        )
        .join(i, (i.c.report_id == r.c.report_id) & i.c.left_on.is_(None))
        .where(r.c.superseded_on.is_(None), _is_first(r, i))
        .order_by(r.c.day.desc(), r.c.report_id.desc())
        .limit(most)
    )  # fmt: skip
    if after is not None:
        query = query.where(
            r.c.day <= after.day, (r.c.day < after.day) | (r.c.report_id < after.key)
        )  # fmt: skip
    for condition in _conditions(wanted, r, i):
        query = query.where(condition)
    with warehouse.engine.connect() as connection:
        rows = connection.execute(query).all()
        told = _told(connection, [row.incident_id for row in rows])
    found = []
    for row in rows:
        reports, feeds, is_restricted = told[row.incident_id]
        kept = {name: getattr(row, name) for name in Listed.__dataclass_fields__ if name in row._fields}
        cursor = Cursor(row.day, row.report_id)
        found.append(Listed(**kept, cursor=cursor, reports=reports, feeds=feeds, is_restricted=is_restricted))
    return found


def _conditions(wanted: Wanted, r: Any, i: Any) -> list[Any]:
    conditions = []
    if wanted.since is not None:
        conditions.append(r.c.day >= wanted.since)
    if wanted.until is not None:
        conditions.append(r.c.day <= wanted.until)
    for name in ("category", "ward"):
        if value := getattr(wanted, name):
            conditions.append(r.c[name] == value)
    if wanted.place:
        conditions.append(r.c.place_name == wanted.place)
    if wanted.ids:
        conditions.append(i.c.incident_id.in_(wanted.ids))
    if wanted.feed:
        conditions.append(_another(r, i, lambda other, _: other.c.feed == wanted.feed))
    if wanted.is_shared:
        conditions.append(_another(r, i, lambda other, _: other.c.report_id != r.c.report_id))
    if not wanted.has_restricted:
        conditions.append(~_another(r, i, lambda other, _: other.c.is_restricted))
    return conditions


def _is_first(r: Any, i: Any) -> Any:
    """True for the report that an incident is told by: no other one of it came before."""
    return ~_another(
        r, i,
        lambda other, _: (other.c.received_at < r.c.received_at)
        | ((other.c.received_at == r.c.received_at) & (other.c.report_id < r.c.report_id)),
    )  # fmt: skip


def _another(r: Any, i: Any, which: Any) -> Any:
    """There is a report in the same incident, as it is now, that is so."""
    other, member = tables.report.alias(), tables.incident_report.alias()
    return sa.exists(
        sa.select(1)
        .select_from(member)
        .join(other, (other.c.report_id == member.c.report_id) & other.c.superseded_on.is_(None))
        .where(member.c.incident_id == i.c.incident_id, member.c.left_on.is_(None), which(other, member))
    ).correlate(r, i)


def _told(connection: sa.Connection, incident_ids: Sequence[str]) -> dict[str, tuple[int, tuple[str, ...], bool]]:
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(i.c.incident_id, r.c.feed, r.c.is_restricted)
        .join(r, (r.c.report_id == i.c.report_id) & r.c.superseded_on.is_(None))
        .where(i.c.incident_id.in_(list(incident_ids)), i.c.left_on.is_(None))
        .order_by(r.c.received_at, r.c.report_id)
    )
    rows: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        rows.setdefault(row.incident_id, []).append(row)
    return {
        incident: (len(some), tuple(dict.fromkeys(row.feed for row in some)), any(row.is_restricted for row in some))
        for incident, some in rows.items()
    }


def located(warehouse: Warehouse, wanted: Wanted) -> list[dict[str, Any]]:
    """The public incidents of some days within the area, each where and when its first report has it."""
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(
            i.c.incident_id, r.c.day, r.c.category, r.c.ward, r.c.town, r.c.place_name, r.c.latitude, r.c.longitude,
            r.c.occurred_from, r.c.is_occurred_time_known,
        )
        .join(i, (i.c.report_id == r.c.report_id) & i.c.left_on.is_(None))
        .where(r.c.superseded_on.is_(None), ~r.c.is_out_of_area, _is_first(r, i))
    )  # fmt: skip
    for condition in _conditions(wanted, r, i):
        query = query.where(condition)
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def incidents_named(warehouse: Warehouse, reference: str, feeds: Sequence[str]) -> list[str]:
    """The incidents that a reference means: their own, or that of a partner's report."""
    i = tables.incident_report
    reports = [reference, *(f"{feed}:{reference}" for feed in feeds)]
    query = (
        sa.select(i.c.incident_id)
        .where(i.c.left_on.is_(None), i.c.incident_id.in_([reference]) | i.c.report_id.in_(reports))
        .distinct()
    )
    with warehouse.engine.connect() as connection:
        return list(connection.execute(query).scalars())


def sides(warehouse: Warehouse, incident_id: str) -> list[dict[str, Any]]:
    """The reports of an incident as they are now, the first told first, with the link of each and what each says.

    Holds who it is about and in whose words: for those who may see that, and once they are known to."""
    r, p, i = tables.report, tables.report_person, tables.incident_report
    query = (
        sa.select(
            r.c.report_id, r.c.revision, r.c.feed, r.c.source_ref, r.c.day, r.c.category, r.c.category_text,
            r.c.received_at, r.c.occurred_from, r.c.occurred_to, r.c.is_occurred_time_known, r.c.place_name,
            r.c.place_text, r.c.town, r.c.ward, r.c.postcode, r.c.is_restricted, r.c.sensitivity, r.c.is_vulnerable,
            r.c.is_anonymous, r.c.wants_feedback, r.c.delivery_id, r.c.row_number,
            p.c.text, p.c.caller_name, p.c.caller_phone, p.c.caller_email, p.c.subject_name,
            i.c.linked_on, i.c.linked_to, i.c.score, i.c.evidence, i.c.version,
        )
        .join(i, (i.c.report_id == r.c.report_id) & i.c.left_on.is_(None))
        .join(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .where(i.c.incident_id == incident_id, r.c.superseded_on.is_(None))
        .order_by(r.c.received_at, r.c.report_id)
    )  # fmt: skip
    with warehouse.engine.connect() as connection:
        return [{**row, "evidence": evidence_of(row["evidence"])} for row in connection.execute(query).mappings()]


def decisions_on(warehouse: Warehouse, report_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What people decided about any of some reports, the newest first: once for each time they decided."""
    d = tables.link_decision
    ids = list(report_ids)
    query = (
        sa.select(d.c.decided_at, d.c.actor, d.c.is_same, d.c.note)
        .where(d.c.report_a.in_(ids) | d.c.report_b.in_(ids))
        .distinct()
        .order_by(d.c.decided_at.desc())
    )
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True)
class HeldWanted:
    """Which held rows a list shows."""

    feed: str = ""
    reason: str = ""
    day: date | None = None


def held_reasons(warehouse: Warehouse) -> list[dict[str, Any]]:
    """One row a feed and reason of what is still held: how many rows, of which days; what is most first."""
    h = tables.held
    rows = sa.func.count().label("held_rows")
    query = (
        sa.select(
            h.c.feed, h.c.reason, rows, sa.func.min(h.c.day).label("first_day"), sa.func.max(h.c.day).label("last_day"),
        )
        .where(h.c.state == "held")
        .group_by(h.c.feed, h.c.reason)
        .order_by(rows.desc(), h.c.feed, h.c.reason)
    )  # fmt: skip
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def held(warehouse: Warehouse, wanted: HeldWanted, after: Cursor | None, most: int) -> list[dict[str, Any]]:
    """Rows that are still held, the newest day first, without what stands in them."""
    h = tables.held
    query = (
        sa.select(
            h.c.held_id,
            h.c.feed,
            h.c.day,
            h.c.row_number,
            h.c.source_ref,
            h.c.reason,
            h.c.can_be_released,
            h.c.is_restricted,
            h.c.columns_at_fault,
        )
        .where(h.c.state == "held")
        .order_by(h.c.day.desc(), h.c.held_id.desc())
        .limit(most)
    )
    for name in ("feed", "reason", "day"):
        if value := getattr(wanted, name):
            query = query.where(h.c[name] == value)
    if after is not None:
        query = query.where(h.c.day <= after.day, (h.c.day < after.day) | (h.c.held_id < after.key))
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def held_as_sent(warehouse: Warehouse, wanted: HeldWanted) -> list[dict[str, Any]]:
    """Rows that are still held with their cells, as they stand in the partner's own files: for an error return."""
    h, d = tables.held, tables.delivery
    query = (
        sa.select(
            h.c.held_id,
            h.c.feed,
            h.c.day,
            h.c.row_number,
            h.c.reason,
            h.c.row_as_sent,
            h.c.columns_at_fault,
            h.c.is_restricted,
            d.c.file_name,
        )
        .join(d, d.c.delivery_id == h.c.delivery_id)
        .where(h.c.state == "held", h.c.feed == wanted.feed)
        .order_by(h.c.day, d.c.file_name, h.c.row_number)
    )
    for name in ("reason", "day"):
        if value := getattr(wanted, name):
            query = query.where(h.c[name] == value)
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def briefing_days(warehouse: Warehouse, until: date | None, most: int) -> list[date]:
    """The days that have a briefing, the newest first; around `until` where one is given."""
    b = tables.briefing
    query = sa.select(b.c.day).distinct().order_by(b.c.day.desc()).limit(most)
    with warehouse.engine.connect() as connection:
        newest = list(connection.execute(query).scalars())
        if until is not None:
            newest += list(connection.execute(query.where(b.c.day <= until)).scalars())
    return sorted({*newest}, reverse=True)


def posts(warehouse: Warehouse, day: date) -> list[dict[str, Any]]:
    """Where a day's briefing went: one row a channel, with how it stands there."""
    o = tables.outbox
    query = sa.select(o.c.channel, o.c.state, o.c.version, o.c.sent_at).where(
        o.c.day == day, o.c.kind == "briefing", o.c.part == ""
    )
    said = {"sent": "posted", "sending": "on its way", "doubt": "perhaps posted", "refused": "not posted"}
    with warehouse.engine.connect() as connection:
        rows = connection.execute(query.order_by(o.c.channel)).all()
    return [
        {"channel": row.channel.partition(":")[0], "words": f"{said.get(row.state, row.state)} (version {row.version})"}
        for row in rows
    ]


def deliveries(warehouse: Warehouse, feeds: Sequence[str], since: date, until: date) -> list[dict[str, Any]]:
    """One row a feed and day that was asked for: how it stands, what became of its rows, when its file came."""
    f, d = tables.feed_day, tables.delivery
    figures = ("rows_in", "new_reports", "repeats", "revisions", "held", "out_of_area")
    query = (
        sa.select(
            f.c.feed, f.c.day, f.c.outcome, f.c.reason, f.c.asked_at, sa.func.min(d.c.received_at).label("received_at"),
            *(sa.func.coalesce(sa.func.sum(d.c[name]), 0).label(name) for name in figures),
        )
        .outerjoin(d, (d.c.feed == f.c.feed) & (d.c.day == f.c.day) & (d.c.outcome == "landed"))
        .where(f.c.feed.in_(list(feeds)), f.c.day >= since, f.c.day <= until)
        .group_by(f.c.feed, f.c.day, f.c.outcome, f.c.reason, f.c.asked_at)
        .order_by(f.c.day.desc())
    )  # fmt: skip
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def last_landed(warehouse: Warehouse) -> dict[str, date]:
    """The last day on which each feed landed."""
    f = tables.feed_day
    query = sa.select(f.c.feed, sa.func.max(f.c.day).label("day")).where(f.c.outcome == "landed").group_by(f.c.feed)
    with warehouse.engine.connect() as connection:
        return {row.feed: row.day for row in connection.execute(query)}


def files(warehouse: Warehouse, feed: str, day: date) -> list[dict[str, Any]]:
    """The files that came from a feed for a day, with what became of each."""
    d = tables.delivery
    query = sa.select(d).where(d.c.feed == feed, d.c.day == day).order_by(d.c.received_at, d.c.delivery_id)
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def reports_of_day(warehouse: Warehouse, feed: str, day: date, after: int, most: int) -> list[dict[str, Any]]:
    """The reports that a feed's files of a day brought, by row number: what each became, and its incident."""
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(
            r.c.row_number, r.c.source_ref, r.c.revision, r.c.is_out_of_area, r.c.is_restricted, r.c.category,
            r.c.place_name, r.c.town, r.c.ward, i.c.incident_id,
        )
        .outerjoin(i, (i.c.report_id == r.c.report_id) & i.c.left_on.is_(None))
        .where(r.c.feed == feed, r.c.day == day, r.c.row_number > after)
        .order_by(r.c.row_number, r.c.revision)
        .limit(most)
    )  # fmt: skip
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True)
class LogWanted:
    """Which entries of the log a list shows."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def log_entries(warehouse: Warehouse, wanted: LogWanted, before: int | None, most: int) -> list[dict[str, Any]]:
    """Entries of the log, the newest first, from before an entry's number on."""
    t = tables.log
    query = sa.select(t.c.entry_number, t.c.at, t.c.actor, t.c.action, t.c.subject, t.c.note)
    query = query.order_by(t.c.entry_number.desc()).limit(most)
    if before is not None:
        query = query.where(t.c.entry_number < before)
    for name in ("actor", "action", "subject"):
        if value := getattr(wanted, name):
            query = query.where(t.c[name] == value)
    if wanted.since is not None:
        query = query.where(t.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(t.c.at < wanted.until)
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def log_names(warehouse: Warehouse) -> tuple[list[str], list[str]]:
    """Everybody who is in the log, and everything that was done."""
    t = tables.log
    with warehouse.engine.connect() as connection:
        return tuple(  # type: ignore[return-value]
            list(connection.execute(sa.select(column).distinct().order_by(column)).scalars())
            for column in (t.c.actor, t.c.action)
        )
