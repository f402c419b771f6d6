"""Reports, incidents and people that documents of the full text point to, limited to what somebody may see."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.search.store.index import Days, Match, documents
from tasking.warehouse import tables
from tasking.warehouse.among import is_among
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.first_report import is_first_of_incident
from tasking.warehouse.visibility import PUBLIC_VISIBILITY, Visibility

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999
_WRITTEN: Final = ("follow_up", "decision", "note", "status", "photo")  # kinds of what people wrote on incidents


class ReportHit(NamedTuple):
    """A report that matches, and its incident. `document_id` orders them: the newest has the highest."""

    document_id: int
    report_id: str
    revision: int
    incident_id: str


def report_hits(
    warehouse: Warehouse, match: Match, visibility: Visibility, days: Days, ward: str, below: int | None, most: int
) -> tuple[list[ReportHit], int | None]:
    """Reports as they are now, among the newest `most` that match, of incidents that somebody may see; the newest
    first. And the number of the last that was looked at: None where there are no more."""
    with warehouse.reading() as connection:
        numbers = documents(connection, match, most, days, below)
        given = {"numbers": numbers} | ({"ward": ward} if ward else {})
        rows = connection.execute(_report_hits(visibility, bool(ward)), given).all() if numbers else []
    return [ReportHit(*row) for row in rows], numbers[-1] if len(numbers) == most else None


@cache
def _report_hits(visibility: Visibility, has_ward: bool) -> sa.Select[Any]:
    d, r, i = tables.search_document, tables.report, tables.incident_report
    query = (
        sa.select(d.c.document_id, d.c.source_id, d.c.number, i.c.incident_id)
        .join(r, (r.c.report_id == d.c.source_id) & (r.c.revision == d.c.number) & is_current(r, NOW))
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(_are(d), visibility.incident(i.c.incident_id))
        .order_by(d.c.document_id.desc())
    )
    return query.where(r.c.ward == sa.bindparam("ward")) if has_ward else query


def _are(documents: Any) -> sa.ColumnElement[bool]:
    """A condition: the documents with the numbers given."""
    return is_among(documents.c.document_id, "numbers")


def report_texts(warehouse: Warehouse, hits: Iterable[ReportHit]) -> dict[str, dict[str, Any]]:
    """Report -> what it says, for the line that shows where a match is. Holds personal data."""
    r, p = tables.report, tables.report_person
    ids = [one.report_id for one in hits]
    found: dict[str, dict[str, Any]] = {}
    with warehouse.reading() as connection:
        for chunk in _chunks(ids):
            query = (
                sa.select(
                    r.c.report_id, r.c.source_ref, r.c.place_name, r.c.town, r.c.ward, r.c.category, r.c.place_text,
                    r.c.category_text, r.c.postcode, p.c.text,
                )
                .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
                .where(is_among(r.c.report_id, chunk), is_current(r, NOW))
            )  # fmt: skip
            found.update((row["report_id"], dict(row)) for row in connection.execute(query).mappings())
    return found


def people_hits(warehouse: Warehouse, match: Match, visibility: Visibility, most: int) -> list[dict[str, Any]]:
    """Reports as they are now whose caller or subject matches, the newest first. Holds personal data."""
    with warehouse.reading() as connection:
        numbers = documents(connection, match, most)
        rows = connection.execute(_people_hits(visibility), {"numbers": numbers}).mappings() if numbers else ()
        return [dict(row) for row in rows]


@cache
def _people_hits(visibility: Visibility) -> sa.Select[Any]:
    d, r, p, i = tables.search_document, tables.report, tables.report_person, tables.incident_report
    is_restricted = ~PUBLIC_VISIBILITY.report(r.c.report_id) if visibility.has_restricted else sa.false()
    return (
        sa.select(
            r.c.report_id, r.c.day, r.c.category, r.c.place_name, r.c.town, r.c.ward, r.c.is_anonymous, r.c.caller_key,
            r.c.subject_key, p.c.caller_name, p.c.caller_phone, p.c.caller_email, p.c.subject_name, i.c.incident_id,
            is_restricted.label("is_restricted"),
        )
        .select_from(d)
        .join(r, (r.c.report_id == d.c.source_id) & (r.c.revision == d.c.number) & is_current(r, NOW))
        .join(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(_are(d), visibility.report(r.c.report_id))
        .order_by(d.c.document_id.desc())
    )  # fmt: skip


def incidents_of_notes(
    warehouse: Warehouse, match: Match, visibility: Visibility, days: Days, most: int
) -> dict[str, tuple[str, str]]:
    """Incident -> (kind, words) of the newest that matches of what people wrote on it and somebody may see: notes, of
    follow-ups and decisions too, reasons for its status, descriptions of its photos."""
    notes = _notes(warehouse, match, days, most)
    about = _reports_about(warehouse, notes)
    i = tables.incident_report
    ids = {report for reports, _ in about for report in reports}
    if not ids:
        return {}
    incidents: dict[str, str] = {}
    with warehouse.reading() as connection:
        for chunk in _chunks(sorted(ids)):
            query = sa.select(i.c.report_id, i.c.incident_id).where(
                is_among(i.c.report_id, chunk), is_member(i, NOW), visibility.incident(i.c.incident_id),
                visibility.report(i.c.report_id),
            )  # fmt: skip
            incidents.update((row.report_id, row.incident_id) for row in connection.execute(query))
    found: dict[str, tuple[str, str]] = {}
    for reports, note in about:
        if incidents.keys() >= set(reports):  # a note about something withheld is withheld
            for report in reports:
                found.setdefault(incidents[report], note)
    return found


def _notes(warehouse: Warehouse, match: Match, days: Days, most: int) -> list[tuple[str, str]]:
    """(kind, id) of notes that match, the newest first."""
    with warehouse.reading() as connection:
        return _sources(connection, documents(connection, match, most, days))


def _sources(connection: sa.Connection, numbers: Sequence[int]) -> list[tuple[str, str]]:
    """(kind, id of its row) of documents, the newest first."""
    d = tables.search_document
    query = sa.select(d.c.kind, d.c.source_id).where(_are(d)).order_by(d.c.document_id.desc())
    return [(row.kind, row.source_id) for row in connection.execute(query, {"numbers": numbers})] if numbers else []


def _reports_about(
    warehouse: Warehouse, notes: Sequence[tuple[str, str]]
) -> list[tuple[tuple[str, ...], tuple[str, str]]]:
    """(reports, (kind, words)) of each note, in their order. What was restricted when it was written is left out: it is
    read on its incident, with a reason."""
    a, about, d, n = tables.follow_up, tables.follow_up_report, tables.link_decision, tables.note
    s, had, p = tables.status_step, tables.status_step_report, tables.attachment
    ids = {kind: [one for of, one in notes if of == kind] for kind in _WRITTEN}
    of_acts = sa.select(a.c.act_number, a.c.note, about.c.report_id).join(about, about.c.act_number == a.c.act_number)
    of_decisions = sa.select(d.c.decision_number, d.c.note, d.c.report_a, d.c.report_b)
    typed = sa.select(n.c.note_id, n.c.text, n.c.report_id).where(n.c.withdrawn_at.is_(None), ~n.c.is_restricted)
    reasons = sa.select(s.c.step_id, s.c.reason, had.c.report_id).join(had, had.c.step_id == s.c.step_id)
    photos = sa.select(p.c.attachment_id, p.c.description, p.c.report_id).where(
        p.c.removed_at.is_(None), ~p.c.is_restricted
    )
    queries = {
        "follow_up": of_acts.where(a.c.act_number.in_(list(map(int, ids["follow_up"])))),
        "decision": of_decisions.where(d.c.decision_number.in_(list(map(int, ids["decision"])))),
        "note": typed.where(n.c.note_id.in_(ids["note"])),
        "status": reasons.where(s.c.step_id.in_(ids["status"]), ~s.c.is_restricted),
        "photo": photos.where(p.c.attachment_id.in_(ids["photo"])),
    }
    found: dict[tuple[str, str], tuple[list[str], str]] = {}
    with warehouse.reading() as connection:
        for kind in (kind for kind, some in ids.items() if some):
            for name, words, *reports in connection.execute(queries[kind]):
                found.setdefault((kind, str(name)), ([], words))[0].extend(reports)
    return [(tuple(found[one][0]), (one[0], found[one][1])) for one in notes if one in found]


def recent_texts(warehouse: Warehouse, most: int) -> Sequence[Any]:
    """incident_id, text, caller_name and subject_name of the newest public reports. Holds personal data."""
    d, r, p, i = tables.search_document, tables.report, tables.report_person, tables.incident_report
    query = (
        sa.select(i.c.incident_id, p.c.text, p.c.caller_name, p.c.subject_name)
        .select_from(d)
        .join(r, (r.c.report_id == d.c.source_id) & (r.c.revision == d.c.number) & is_current(r, NOW))
        .join(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(d.c.kind == "report", p.c.text.is_not(None), PUBLIC_VISIBILITY.incident(i.c.incident_id))
        .order_by(d.c.document_id.desc())
        .limit(most)
    )
    with warehouse.reading() as connection:
        return connection.execute(query).all()


def subjects(warehouse: Warehouse, match: Match, days: Days, most: int) -> list[str]:
    """The ids of taskings or proposals whose own words, or those of a step, match; the newest first, each once."""
    with warehouse.reading() as connection:
        return list(dict.fromkeys(one for _, one in _sources(connection, documents(connection, match, most, days))))


def places_counted(warehouse: Warehouse, names: Collection[str]) -> dict[str, int]:
    """Public place -> how many public incidents began there, of places that have one of these names, with or without a
    town; places without an incident are left out. They are counted as on the page of the place."""
    found: dict[str, int] = {}
    with warehouse.reading() as connection:
        for name in names:  # one range of the index each: together they would be a scan of all reports
            rows = connection.execute(_places_counted(), {"first": name, "end": f"{name}-"})
            found.update((row.place_name, row.incidents) for row in rows if f"{row.place_name},".startswith(f"{name},"))
    return found


@cache
def _places_counted() -> sa.Select[Any]:
    r, i = tables.report, tables.incident_report
    return (
        sa.select(r.c.place_name, sa.func.count(i.c.incident_id.distinct()).label("incidents"))
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(r.c.place_name >= sa.bindparam("first"), r.c.place_name < sa.bindparam("end"))  # a comma is before "-"
        .where(is_current(r, NOW), ~r.c.is_out_of_area, is_first_of_incident(r, i))
        .where(PUBLIC_VISIBILITY.incident(i.c.incident_id))
        .group_by(r.c.place_name)
    )


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
