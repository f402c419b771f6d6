"""Attachments and their bytes, and the addresses of photos that partners sent."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from tasking.model.casefile import Attachment, MediaLink
from tasking.warehouse import tables
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse, transaction_lock
from tasking.warehouse.visibility import Visibility

WHOLE: Final = "whole"
THUMBNAIL: Final = "thumbnail"
_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999
_FIELDS: Final = tuple(name for name in Attachment._fields if name != "thumbnail")


def store(warehouse: Warehouse, made: Attachment, files: dict[str, bytes], most: int, log_action: str) -> Attachment:
    """Stores an attachment with its bytes, and logs it. `most`: how many a report may have.

    The same bytes under the same description are kept once: those that the report has are returned.
    Raises LookupError where the report has so many already.
    """
    a, f = tables.attachment, tables.attachment_file
    new = made._replace(attachment_id=f"A-{secrets.token_hex(8)}")
    digest = hashlib.sha256(files[WHOLE]).hexdigest()
    with warehouse.writing() as connection:
        transaction_lock(connection, f"attachments {made.report_id}")
        here = (a.c.report_id == made.report_id, a.c.removed_at.is_(None))
        is_same = (a.c.sha256 == digest, a.c.description == made.description, a.c.source == made.source)
        same = sa.select(*(a.c[name] for name in _FIELDS)).where(*here, *is_same)
        if (before := connection.execute(same).mappings().first()) is not None:
            return Attachment(**before)
        if connection.execute(sa.select(sa.func.count()).select_from(a).where(*here)).scalar_one() >= most:
            raise LookupError(made.report_id)
        values = {name: getattr(new, name) for name in _FIELDS}
        connection.execute(sa.insert(a).values(sha256=digest, **values))
        rows = [{"attachment_id": new.attachment_id, "size": size, "content": one} for size, one in files.items()]
        connection.execute(sa.insert(f), rows)
        append_log(connection, new.at, new.actor, log_action, new.report_id, new.attachment_id)
    return new


def attachments(warehouse: Warehouse, report_ids: Sequence[str], visibility: Visibility) -> list[Attachment]:
    """The attachments of some reports, the earliest first, each with its thumbnail; those that were removed too."""
    a, f = tables.attachment, tables.attachment_file
    found: list[Attachment] = []
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            query = (
                sa.select(*(a.c[name] for name in _FIELDS), f.c.content.label("thumbnail"))
                .outerjoin(f, (f.c.attachment_id == a.c.attachment_id) & (f.c.size == THUMBNAIL))
                .where(a.c.report_id.in_(list(report_ids[start : start + _CHUNK])), *_is_open(a, visibility))
            )
            found += [Attachment(**row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda one: (one.at, one.attachment_id))


def attachment(warehouse: Warehouse, attachment_id: str, visibility: Visibility) -> Attachment | None:
    """An attachment; None where there is none that somebody may see."""
    a = tables.attachment
    query = sa.select(*(a.c[name] for name in _FIELDS)).where(
        a.c.attachment_id == attachment_id, *_is_open(a, visibility)
    )
    with warehouse.reading() as connection:
        row = connection.execute(query).mappings().first()
    return Attachment(**row) if row else None


def content(warehouse: Warehouse, attachment_id: str, size: str) -> bytes | None:
    """The bytes of an attachment, for those who are known to be allowed to see it; None where it was removed."""
    f = tables.attachment_file
    query = sa.select(f.c.content).where(f.c.attachment_id == attachment_id, f.c.size == size)
    with warehouse.reading() as connection:
        found = connection.execute(query).scalar()
    return None if found is None else bytes(found)


def remove(warehouse: Warehouse, one: Attachment, actor: str, reason: str, now: datetime, log_action: str) -> bool:
    """Removes the bytes of an attachment; who removed it and why stays. False where it was removed already."""
    a, f = tables.attachment, tables.attachment_file
    with warehouse.writing() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        here = (a.c.attachment_id == one.attachment_id, a.c.removed_at.is_(None))
        values = {"removed_at": now, "removed_by": actor, "removed_reason": reason, "description": ""}
        if not connection.execute(sa.update(a).where(*here).values(values)).rowcount:
            return False
        connection.execute(sa.delete(f).where(f.c.attachment_id == one.attachment_id))
        append_log(connection, now, actor, log_action, one.report_id, one.attachment_id)
    return True


def missing_photos(warehouse: Warehouse, report_ids: Sequence[str], visibility: Visibility) -> list[MediaLink]:
    """The photos that partners sent the address of and that are not here."""
    link = tables.media_link
    found: list[MediaLink] = []
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            query = sa.select(*(link.c[name] for name in MediaLink._fields)).where(
                link.c.report_id.in_(list(report_ids[start : start + _CHUNK])), link.c.state != "kept",
                visibility.report(link.c.report_id),
            )  # fmt: skip
            found += [MediaLink(**row) for row in connection.execute(query.order_by(link.c.link_id)).mappings()]
    return found


def waiting_links(warehouse: Warehouse, since: date, most: int) -> list[dict[str, Any]]:
    """The addresses of photos that are still to be fetched, of deliveries from `since` on, the newest first."""
    link = tables.media_link
    query = (
        sa.select(link)
        .where(link.c.state == "waiting", link.c.day >= since)
        .order_by(link.c.day.desc(), link.c.tries, link.c.link_id)
        .limit(most)
    )
    with warehouse.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def settle_link(
    warehouse: Warehouse, link_id: str, state: str, said: str, now: datetime, attachment_id: str | None = None
) -> None:
    """Stores what came of a try."""
    link = tables.media_link
    values = {"state": state, "said": said, "tried_at": now, "attachment_id": attachment_id, "tries": link.c.tries + 1}
    with warehouse.writing() as connection:
        connection.execute(sa.update(link).where(link.c.link_id == link_id).values(values))


def keep_and_settle(warehouse: Warehouse, link_id: str, now: datetime, keep: Callable[[], Attachment]) -> None:
    """Stores a photo that was fetched, and that its address is done with, in one transaction."""
    with warehouse.writing():
        settle_link(warehouse, link_id, "kept", "", now, keep().attachment_id)


def is_restricted(warehouse: Warehouse, report_id: str) -> bool:
    """True where a report is restricted now, by itself or by its incident."""
    # all of report: only whether it exists is read
    r = tables.report
    query = sa.select(r.c.report_id).where(r.c.report_id == report_id, Visibility().report(r.c.report_id)).limit(1)
    with warehouse.reading() as connection:
        return connection.execute(query).first() is None


def _is_open(a: sa.Table, visibility: Visibility) -> tuple[sa.ColumnElement[bool], ...]:
    if visibility.has_restricted:
        return ()
    return (visibility.report(a.c.report_id), ~a.c.is_restricted)
