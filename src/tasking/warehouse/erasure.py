"""What is known of one person in the warehouse, and its end."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.log import append_log

ERASED_KEY: Final = "e0:"  # instead of a key's id: nobody's pseudonym, and yet one complainant's
_CHUNK: Final = 900


class Known(NamedTuple):
    """A report that is by a person or about them, in one of its revisions."""

    report_id: str
    revision: int
    feed: str
    is_caller: bool
    is_subject: bool
    caller_name: str | None
    caller_phone: str | None
    caller_email: str | None
    subject_name: str | None


def reports_of(
    warehouse: Warehouse, keys: Collection[str], names: Collection[str], contacts: Collection[str]
) -> list[Known]:
    """Every revision of every report by or about the people under these pseudonyms, with one of these names (in small
    letters), or with one of these telephone numbers and e-mail addresses."""
    r, p = tables.report, tables.report_person
    is_caller = sa.or_(
        r.c.caller_key.in_(list(keys)),
        sa.func.lower(p.c.caller_name).in_(list(names)),
        p.c.caller_phone.in_(list(contacts)),
        p.c.caller_email.in_(list(contacts)),
    )
    is_subject = sa.or_(r.c.subject_key.in_(list(keys)), sa.func.lower(p.c.subject_name).in_(list(names)))
    query = (
        sa.select(
            r.c.report_id, r.c.revision, r.c.feed, sa.func.coalesce(is_caller, sa.false()),
            sa.func.coalesce(is_subject, sa.false()), p.c.caller_name, p.c.caller_phone, p.c.caller_email,
            p.c.subject_name,
        )
        .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .where(sa.or_(is_caller, is_subject))
        .order_by(r.c.report_id, r.c.revision)
    )  # fmt: skip
    with warehouse.engine.connect() as connection:
        found = [Known(*row) for row in connection.execute(query)]
    return [one._replace(is_caller=bool(one.is_caller), is_subject=bool(one.is_subject)) for one in found]


def report_ids(warehouse: Warehouse, feed: str, source_ref: str) -> list[str]:
    """The reports that bear a partner's reference, or `day:reference` where it is used again each day."""
    r = tables.report
    is_meant = (r.c.source_ref == source_ref) | (r.c.report_id == f"{feed}:{source_ref}")
    with warehouse.engine.connect() as connection:
        query = sa.select(r.c.report_id).where(r.c.feed == feed, is_meant).distinct().order_by(r.c.report_id)
        return list(connection.execute(query).scalars())


def people_of(warehouse: Warehouse, report_id: str) -> list[Known]:
    """Who told of a report and whom it is about, in each of its revisions."""
    r, p = tables.report, tables.report_person
    query = (
        sa.select(
            r.c.report_id, r.c.revision, r.c.feed, sa.literal(value=True), sa.literal(value=False), p.c.caller_name,
            p.c.caller_phone, p.c.caller_email, p.c.subject_name,
        )
        .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .where(r.c.report_id == report_id)
    )  # fmt: skip
    with warehouse.engine.connect() as connection:
        return [Known(*row) for row in connection.execute(query)]


def erase_reports(connection: sa.Connection, known: Sequence[Known], new_key: str) -> Counter[str]:
    """Takes the person out of their reports; under `new_key` they still count as one complainant.

    What was reported, at which public place, and when stays. Returns what was removed.
    """
    r, p, f, s = tables.report, tables.report_person, tables.report_fact, tables.report_signal
    removed: Counter[str] = Counter()
    for one in known:
        person: dict[str, Any] = {"text": None}
        report: dict[str, Any] = {"place_text": None, "postcode": None, "latitude": None, "longitude": None}
        fact: dict[str, Any] = {"east_m": None, "north_m": None, "slack_m": None, "cell": None}
        if one.is_caller:
            person |= {"caller_name": None, "caller_phone": None, "caller_email": None}
            report |= {"caller_key": new_key, "is_anonymous": True, "wants_feedback": False}
            fact |= {"complainant": new_key, "caller_surname": None}
        if one.is_subject:
            person |= {"subject_name": None, "subject_born_on": None}
            report |= {"subject_key": new_key}
            fact |= {"person": new_key}
        removed["reports"] += connection.execute(sa.update(r).where(*_here(one, r)).values(report)).rowcount
        removed["names and words"] += connection.execute(sa.update(p).where(*_here(one, p)).values(person)).rowcount
        removed["facts"] += connection.execute(sa.update(f).where(*_here(one, f)).values(fact)).rowcount
        removed["signals"] += connection.execute(sa.delete(s).where(*_here(one, s))).rowcount
    return +removed


def _here(one: Known, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.report_id == one.report_id, table.c.revision == one.revision


def erase_near(connection: sa.Connection, known: Sequence[Known], surnames: re.Pattern[str], by: str) -> int:
    """Takes a surname out of what others told of the same incidents. Returns how many texts had it."""
    i, p = tables.incident_report, tables.report_person
    ids = sorted({one.report_id for one in known})
    count = 0
    for start in range(0, len(ids), _CHUNK):
        incidents = sa.select(i.c.incident_id).where(i.c.report_id.in_(ids[start : start + _CHUNK]))
        near = sa.select(i.c.report_id).where(i.c.incident_id.in_(incidents))
        query = sa.select(p.c.report_id, p.c.revision, p.c.text).where(p.c.report_id.in_(near), p.c.text.is_not(None))
        for row in connection.execute(query).all():
            if surnames.search(row.text):
                here = (p.c.report_id == row.report_id, p.c.revision == row.revision)
                connection.execute(sa.update(p).where(*here).values(text=surnames.sub(by, row.text)))
                count += 1
    return count


def empty_held(connection: sa.Connection, pattern: re.Pattern[str]) -> int:
    """Empties the cells of every held row that has what `pattern` finds. Returns how many."""
    h = tables.held
    found = [
        row.held_id
        for row in connection.execute(sa.select(h.c.held_id, h.c.row_as_sent, h.c.source_ref))
        if pattern.search(" ".join(str(cell) for cell in (row.row_as_sent or {}).values()))
    ]
    for held_id in found:
        state = sa.case((h.c.state == "held", "expired"), else_=h.c.state)
        values: dict[str, Any] = {
            "row_as_sent": {}, "about": {}, "source_ref": None, "can_be_released": False, "state": state,
        }  # fmt: skip
        connection.execute(sa.update(h).where(h.c.held_id == held_id).values(values))
    return len(found)


def replace_key(connection: sa.Connection, keys: Collection[str], new_key: str) -> int:
    """Puts the new key in the place of the person's pseudonyms wherever a proposal is known by one."""
    t = tables.proposal
    changed = connection.execute(sa.update(t).where(t.c.subject_key.in_(list(keys))).values(subject_key=new_key))
    return changed.rowcount


def store_certificate(
    warehouse: Warehouse, erasure_id: str, certificate: str, actor: str, digest: str, now: datetime
) -> None:
    """Keeps a certificate, and its hash in the log."""
    with warehouse.writing() as connection:
        connection.execute(sa.insert(tables.erasure).values(
            erasure_id=erasure_id, erased_at=now, actor=actor, certificate=certificate
        ))  # fmt: skip
        append_log(connection, now, actor, "person erased", erasure_id, f"certificate {digest}")


def certificate(warehouse: Warehouse, erasure_id: str) -> str | None:
    """A certificate that was kept."""
    t = tables.erasure
    with warehouse.engine.connect() as connection:
        return connection.execute(sa.select(t.c.certificate).where(t.c.erasure_id == erasure_id)).scalar()
