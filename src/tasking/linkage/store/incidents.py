"""Incidents and their reports, as of a day or now."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd
import sqlalchemy as sa

from tasking.intake.pseudonyms import ERASED_KEY
from tasking.model.incident import Evidence
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, before, is_current, is_first, is_member, on
from tasking.warehouse.engine import Warehouse


class StoredMembership(NamedTuple):
    """`version`: of the model that put a report into the incident."""

    incident_id: str
    version: str


_CHUNK = 900  # values in one IN list; SQLite's old limit is 999


def incidents_from_before(warehouse: Warehouse, day: date, since: date, until: date) -> frozenset[str]:
    """The incidents, as they were before `day`, with a report delivered from `since` to before `until`."""
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(i.c.incident_id)
        .join(r, (r.c.report_id == i.c.report_id) & is_first(r, NOW))
        .where(r.c.day >= since, r.c.day < until, is_member(i, before(day)))
        .distinct()
    )
    with warehouse.reading() as connection:
        return frozenset(connection.execute(query).scalars())


def incidents_of(warehouse: Warehouse, report_ids: Iterable[str], day: date | None = None) -> dict[str, str]:
    """The incident of each report that is in one, as of `day` or now."""
    i = tables.incident_report
    found: dict[str, str] = {}
    wanted = list(report_ids)
    with warehouse.reading() as connection:
        for start in range(0, len(wanted), _CHUNK):
            query = sa.select(i.c.report_id, i.c.incident_id).where(
                i.c.report_id.in_(wanted[start : start + _CHUNK]), is_member(i, on(day) if day else NOW)
            )
            found.update((row.report_id, row.incident_id) for row in connection.execute(query))
    return found


def memberships_since(warehouse: Warehouse, since: date, day: date) -> dict[str, StoredMembership]:
    """The incident, as of `day`, of each report delivered from `since` to `day` that is in one."""
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(i.c.report_id, i.c.incident_id, i.c.version)
        .join(r, (r.c.report_id == i.c.report_id) & is_first(r, NOW))
        .where(r.c.day >= since, r.c.day <= day, is_member(i, on(day)))
    )
    with warehouse.reading() as connection:
        return {row.report_id: StoredMembership(row.incident_id, row.version) for row in connection.execute(query)}


def erased_reports(warehouse: Warehouse, since: date, day: date) -> list[str]:
    """The reports delivered from `since` to `day` out of which their caller, or whom they are about, was erased."""
    # all of report: a person may have been erased out of any revision
    r = tables.report
    is_erased = r.c.caller_key.startswith(ERASED_KEY) | r.c.subject_key.startswith(ERASED_KEY)
    query = sa.select(r.c.report_id).where(r.c.day >= since, r.c.day <= day, is_erased).distinct()
    with warehouse.reading() as connection:
        return list(connection.execute(query).scalars())


def reports_of(warehouse: Warehouse, incident_id: str) -> list[dict[str, Any]]:
    """The reports that are in an incident now, the first one first, each with its link. No personal data."""
    i, r = tables.incident_report, tables.report
    query = (
        sa.select(
            r.c.report_id, r.c.feed, r.c.source_ref, r.c.received_at, r.c.occurred_from, r.c.is_occurred_time_known,
            r.c.category, r.c.place_name, r.c.town, r.c.is_restricted,
            i.c.linked_on, i.c.linked_to, i.c.score, i.c.evidence, i.c.version,
        )
        .join(r, (r.c.report_id == i.c.report_id) & is_current(r, NOW))
        .where(i.c.incident_id == incident_id, is_member(i, NOW))
        .order_by(r.c.received_at, r.c.report_id)
    )  # fmt: skip
    with warehouse.reading() as connection:
        return [{**row, "evidence": evidence_of(row["evidence"])} for row in connection.execute(query).mappings()]


def links(warehouse: Warehouse, first: date, last: date) -> list[dict[str, Any]]:
    """One row a report of the days, with its incident and why."""
    i, r = tables.incident_report, tables.report
    query = (
        sa.select(r.c.feed, r.c.source_ref, i.c.incident_id, i.c.score.label("link_score"), i.c.evidence)
        .join(r, (r.c.report_id == i.c.report_id) & is_first(r, NOW))
        .where(r.c.day >= first, r.c.day <= last, is_member(i, NOW))
        .order_by(i.c.incident_id, r.c.feed, r.c.source_ref)
    )
    with warehouse.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [{**row, "evidence": evidence_of(row["evidence"])} for row in rows]


def reports_in_incidents(warehouse: Warehouse, first: date, last: date) -> pd.DataFrame:
    """Reports of the days as they are now, with features and incident."""
    r, s, i = tables.report, tables.report_signal, tables.incident_report
    query = (
        sa.select(
            r.c.report_id, r.c.feed, r.c.source_ref, r.c.category, r.c.received_at, r.c.caller_key, r.c.is_restricted,
            r.c.sensitivity, s.c.signals, s.c.is_sensitive, i.c.incident_id,
        )
        .join(s, (s.c.report_id == r.c.report_id) & (s.c.revision == r.c.revision))
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(r.c.day >= first, r.c.day <= last, is_current(r, NOW))
        .order_by(r.c.received_at, r.c.report_id)
    )  # fmt: skip
    return report_frame(warehouse, query)


def worded_reports(warehouse: Warehouse, first: date, last: date) -> pd.DataFrame:
    """The same with the words that they were extracted from; reports whose text is no longer kept are left out."""
    r, p, s, i = tables.report, tables.report_person, tables.report_signal, tables.incident_report
    query = (
        sa.select(
            r.c.report_id, r.c.feed, r.c.source_ref, r.c.category, r.c.category_text, r.c.place_text, r.c.received_at,
            r.c.caller_key, r.c.is_restricted, r.c.sensitivity, p.c.text, s.c.signals, s.c.is_sensitive,
            i.c.incident_id,
        )
        .join(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .join(s, (s.c.report_id == r.c.report_id) & (s.c.revision == r.c.revision))
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(r.c.day >= first, r.c.day <= last, is_current(r, NOW))
        .order_by(r.c.received_at, r.c.report_id)
    )  # fmt: skip
    return report_frame(warehouse, query)


def incidents_among(connection: sa.Connection, report_ids: Sequence[str], when: Any) -> dict[str, str]:
    # all of incident_report: the caller passes the condition, `when`
    i = tables.incident_report
    found: dict[str, str] = {}
    for start in range(0, len(report_ids), _CHUNK):
        query = sa.select(i.c.report_id, i.c.incident_id).where(
            i.c.report_id.in_(list(report_ids[start : start + _CHUNK])), when
        )
        found.update((row.report_id, row.incident_id) for row in connection.execute(query))
    return found


def evidence_of(stored: Sequence[Sequence[Any]]) -> tuple[Evidence, ...]:
    """Evidence as it is stored: [comparison, words, weight], and whatever a newer version has added to each."""
    return tuple(Evidence(*one[:3]) for one in stored)


def report_frame(warehouse: Warehouse, query: Any) -> pd.DataFrame:
    with warehouse.reading() as connection:
        result = connection.execute(query)
        return pd.DataFrame(result.all(), columns=list(result.keys()))
