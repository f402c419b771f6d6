"""What the other rooms ask of the warehouse, and what they keep in it: links, briefings, held rows, exports."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tasking.model.incident import Membership
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse


def reports_to_link(warehouse: Warehouse, since: date, day: date) -> pd.DataFrame:
    """Reports as of `day` delivered from `since` on, with their text and the incident each is in, if any."""
    r, p, i = tables.report, tables.report_person, tables.incident_report
    query = (
        sa.select(r, p.c.text, i.c.incident_id)
        .join(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .outerjoin(i, i.c.report_id == r.c.report_id)
        .where(r.c.day >= since, r.c.day <= day)
        .where(r.c.superseded_on.is_(None) | (r.c.superseded_on > day))
        .order_by(r.c.received_at, r.c.report_id)
    )
    with warehouse.engine.connect() as connection:
        result = connection.execute(query)
        return pd.DataFrame(result.all(), columns=list(result.keys()))


def store_memberships(warehouse: Warehouse, memberships: Sequence[Membership], day: date, version: str) -> None:
    """Stores in which incident each report is. One that already has an incident keeps it."""
    if not memberships:
        return
    rows = [
        {
            "report_id": m.report_id,
            "incident_id": m.incident_id,
            "linked_on": day,
            "linked_to": m.link.report_b if m.link else None,
            "score": m.link.score if m.link else None,
            "reasons": list(m.link.reasons) if m.link else [],
            "version": version,
        }
        for m in memberships
    ]
    with warehouse.writing() as connection:
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(make(tables.incident_report).on_conflict_do_nothing(), rows)


def latest_briefing(warehouse: Warehouse, day: date) -> tuple[int, str] | None:
    """The newest version of a day's briefing and its content, as canonical JSON."""
    b = tables.briefing
    with warehouse.engine.connect() as connection:
        row = connection.execute(
            sa.select(b.c.version, b.c.content).where(b.c.day == day).order_by(b.c.version.desc()).limit(1)
        ).first()
    return (row.version, row.content) if row else None


def store_briefing(warehouse: Warehouse, day: date, content: str, content_hash: str, inputs: dict[str, Any]) -> int:
    """Stores a briefing and returns its version. The same content is the same version; old versions stay."""
    b = tables.briefing
    with warehouse.writing() as connection:
        last = connection.execute(
            sa.select(b.c.version, b.c.content_hash).where(b.c.day == day).order_by(b.c.version.desc()).limit(1)
        ).first()
        if last and last.content_hash == content_hash:
            return int(last.version)
        version = last.version + 1 if last else 1
        connection.execute(
            sa.insert(b).values(day=day, version=version, content=content, content_hash=content_hash, inputs=inputs)
        )
    return int(version)


def held_row(warehouse: Warehouse, held_id: str) -> dict[str, Any] | None:
    """A held row with the file it came in; None where there is none."""
    h, d = tables.held, tables.delivery
    query = sa.select(h, d.c.sha256, d.c.file_name, d.c.size_bytes).join(d, d.c.delivery_id == h.c.delivery_id)
    with warehouse.engine.connect() as connection:
        row = connection.execute(query.where(h.c.held_id == held_id)).mappings().first()
    return dict(row) if row else None


def links(warehouse: Warehouse, first: date, last: date) -> list[dict[str, Any]]:
    """One row a report of the days, with its incident and why."""
    i, r = tables.incident_report, tables.report
    query = (
        sa.select(r.c.feed, r.c.source_ref, i.c.incident_id, i.c.score.label("link_score"), i.c.reasons)
        .join(r, (r.c.report_id == i.c.report_id) & (r.c.revision == 1))
        .where(r.c.day >= first, r.c.day <= last)
        .order_by(i.c.incident_id, r.c.feed, r.c.source_ref)
    )
    with warehouse.engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [{**row, "reasons": "; ".join(row["reasons"])} for row in rows]
