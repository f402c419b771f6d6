"""What the warehouse has of the history of some reports: their revisions and links; of a place; and of a person."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import PUBLIC_VISIBILITY, Visibility

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999
_OF_REVISIONS: Final = (
    "report_id", "revision", "feed", "source_ref", "day", "received_at", "category", "place_name", "town", "postcode",
    "occurred_from", "occurred_to", "priority_text", "is_vulnerable", "is_restricted",
    "content_hash",
)  # fmt: skip


def revisions(warehouse: Warehouse, report_ids: Sequence[str], visibility: Visibility) -> list[dict[str, Any]]:
    """Every revision of some reports that somebody may see, in order, with its text."""
    # all of report: a timeline shows every revision
    # all of report_fact: of each revision
    r, p, f = tables.report, tables.report_person, tables.report_fact
    found: list[dict[str, Any]] = []
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            query = (
                sa.select(*(r.c[name] for name in _OF_REVISIONS), p.c.text, f.c.harm.label("signs"))
                .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
                .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
                .where(r.c.report_id.in_(list(report_ids[start : start + _CHUNK])), visibility.report(r.c.report_id))
            )
            found += [dict(row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda row: (row["report_id"], row["revision"]))


def corrections(warehouse: Warehouse, report_ids: Sequence[str], visibility: Visibility) -> list[dict[str, Any]]:
    """What people corrected in some reports that somebody may see, with what was taken back, the earliest first."""
    t = tables.report_correction
    found: list[dict[str, Any]] = []
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            query = sa.select(t.c.report_id, t.c.field, t.c.reason, t.c.actor, t.c.at, t.c.undoes).where(
                t.c.report_id.in_(list(report_ids[start : start + _CHUNK])), visibility.report(t.c.report_id)
            )
            found += [dict(row) for row in connection.execute(query.order_by(t.c.correction_number)).mappings()]
    return found


def links(warehouse: Warehouse, incident_id: str, report_ids: Sequence[str]) -> list[dict[str, Any]]:
    """When these reports came into an incident, and the report of it that each was linked to."""
    # all of incident_report: a timeline shows when each link was made, also one that was made again
    i = tables.incident_report
    found: list[dict[str, Any]] = []
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            query = sa.select(i.c.report_id, i.c.linked_on, i.c.linked_to).where(
                i.c.report_id.in_(list(report_ids[start : start + _CHUNK])), i.c.incident_id == incident_id
            )
            found += [dict(row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda row: (row["linked_on"], row["report_id"]))


def former_names(warehouse: Warehouse, report_ids: Sequence[str]) -> list[str]:
    """The ids of incidents that are no more and that had one of these reports; older taskings may still name them."""
    # all of incident_report: the incidents that a report has left
    i, n = tables.incident_report, tables.incident_name
    found: set[str] = set()
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            chunk = list(report_ids[start : start + _CHUNK])
            left = sa.select(i.c.incident_id).where(i.c.report_id.in_(chunk), i.c.left_on.is_not(None))
            named = sa.select(n.c.incident_id).where(n.c.report_id.in_(chunk))
            found |= set(connection.execute(left).scalars()) | set(connection.execute(named).scalars())
        now = i.alias()
        alive = sa.select(now.c.incident_id).where(now.c.incident_id.in_(sorted(found)), is_member(now, NOW))
        return sorted(found - set(connection.execute(alive).scalars()))


def spellings(warehouse: Warehouse, name: str) -> list[str]:
    """The stored names of places that begin with a name: itself, and with a town behind it."""
    r = tables.report
    query = (
        sa.select(r.c.place_name)
        .where((r.c.place_name == name) | r.c.place_name.startswith(f"{name}, ", autoescape=True), is_current(r, NOW))
        .distinct()
    )
    with warehouse.reading() as connection:
        return sorted(connection.execute(query).scalars())


def repeat_callers(warehouse: Warehouse, names: Sequence[str], since: date) -> int:
    """How many people reported two or more public incidents at a place from a day on."""
    # all of report_fact: those of the revisions in force are joined
    r, i, f = tables.report, tables.incident_report, tables.report_fact
    query = (
        sa.select(f.c.complainant)
        .select_from(r)
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .join(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
        .where(r.c.place_name.in_(list(names)), r.c.day >= since, is_current(r, NOW), f.c.complainant.is_not(None))
        .where(PUBLIC_VISIBILITY.incident(i.c.incident_id))
        .group_by(f.c.complainant)
        .having(sa.func.count(i.c.incident_id.distinct()) >= 2)
    )
    with warehouse.reading() as connection:
        return len(connection.execute(query).all())


def reports_of_person(warehouse: Warehouse, key: str, visibility: Visibility) -> list[dict[str, Any]]:
    """The reports by or about somebody that `visibility` allows to be read, the newest first: `is_by` and `is_about`.

    A report whose caller stays anonymous is by nobody. Holds names and words: for those who may see that.
    """
    # all of report_fact: those of the revisions in force are joined
    r, p, f, i = tables.report, tables.report_person, tables.report_fact, tables.incident_report
    is_by = (r.c.caller_key == key) & ~r.c.is_anonymous
    is_about = (r.c.subject_key == key) | (f.c.person == key)
    query = (
        sa.select(
            r.c.report_id, r.c.feed, r.c.source_ref, r.c.day, r.c.received_at, r.c.occurred_from, r.c.category,
            r.c.place_name, r.c.town, r.c.ward, r.c.is_vulnerable, r.c.is_anonymous, r.c.wants_feedback, p.c.text,
            p.c.caller_name, p.c.caller_phone, p.c.caller_email, p.c.subject_name, i.c.incident_id,
            f.c.harm.label("signs"),
            is_by.label("is_by"), sa.func.coalesce(is_about, sa.false()).label("is_about"),
            (~PUBLIC_VISIBILITY.report(r.c.report_id)).label("is_restricted"),
        )
        .select_from(r)
        .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
        .outerjoin(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(is_current(r, NOW), visibility.report(r.c.report_id), is_by | is_about)
        .order_by(r.c.received_at.desc(), r.c.report_id)
    )  # fmt: skip
    with warehouse.reading() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    flags = ("is_by", "is_about", "is_restricted")
    return [row | {name: bool(row[name]) for name in flags} for row in rows]


def people_in(warehouse: Warehouse, report_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Report -> the keys of the people it is by (`caller`) and about (`subject`), as far as they are known.

    A caller who stays anonymous has none. For those who may see details.
    """
    # all of report_fact: those of the revisions in force are joined
    r, f = tables.report, tables.report_fact
    found: dict[str, dict[str, str]] = {}
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            query = (
                sa.select(r.c.report_id, r.c.caller_key, r.c.subject_key, r.c.is_anonymous, f.c.person)
                .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
                .where(r.c.report_id.in_(list(report_ids[start : start + _CHUNK])), is_current(r, NOW))
            )
            for row in connection.execute(query):
                caller = None if row.is_anonymous else row.caller_key
                keys = {"caller": caller, "subject": row.person or row.subject_key}
                found[row.report_id] = {name: one for name, one in keys.items() if one}
    return found
