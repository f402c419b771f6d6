"""Stores deliveries: reports and their revisions, held rows and the ledger, all in one transaction or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa
import structlog

from tasking.model.delivery import Ledger, Outcome, Receipt
from tasking.model.errors import DeliveryRefused, traceback_without_values
from tasking.model.report import PERSONAL_COLUMNS, REPORT_COLUMNS
from tasking.warehouse import tables
from tasking.warehouse.as_of import is_current, on
from tasking.warehouse.audit_log import Entry, append_entries, append_log
from tasking.warehouse.bulk import insert_frame
from tasking.warehouse.engine import Warehouse, transaction_lock

_CHUNK = 900  # values in one IN list; SQLite's old limit is 999


log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DeliveredFile:
    """A delivery as it came: what identifies it, without its content."""

    feed: str
    day: date
    sha256: str
    file_name: str
    size_bytes: int

    @property
    def delivery_id(self) -> str:
        return f"{self.feed}:{self.day}:{self.sha256[:16]}"


def earlier_receipt(warehouse: Warehouse, file: DeliveredFile) -> Receipt | None:
    """What became of these bytes, if they came before: on this day, or on an earlier one that took rows from them.

    A file that somebody brought for an earlier day by mistake, so that all of it is held there, can be brought for its
    own.
    """
    d = tables.delivery
    taken = d.c.new_reports + d.c.repeats + d.c.revisions + d.c.out_of_area
    same_bytes = sa.select(d).where(d.c.feed == file.feed, d.c.sha256 == file.sha256, d.c.outcome == Outcome.LANDED)
    with warehouse.engine.connect() as connection:
        found = connection.execute(
            same_bytes.where((d.c.day == file.day) | ((d.c.day < file.day) & (taken > 0))).order_by(d.c.day.desc())
        ).first()
    if found is None:
        return None
    if found.day == file.day:
        return Receipt(
            file.feed, file.day, _landed(found.lacking), _ledger(found), found.lacking, notes=tuple(found.notes)
        )
    return Receipt(
        file.feed,
        file.day,
        Outcome.SAME_AS_BEFORE,
        reason=f"the file of {found.day:%a %d %b} was sent again: nothing new",
    )


def faulty_digests(warehouse: Warehouse, feed: str, day: date) -> frozenset[str]:
    """The SHA-256 of every file of a day that was refused, or that was not the whole."""
    d = tables.delivery
    is_faulty = (d.c.outcome == Outcome.REFUSED) | (d.c.lacking != "")
    query = sa.select(d.c.sha256).where(d.c.feed == feed, d.c.day == day, is_faulty)
    with warehouse.engine.connect() as connection:
        return frozenset(connection.execute(query).scalars())


def store_delivery(
    warehouse: Warehouse,
    file: DeliveredFile,
    accepted: pd.DataFrame,
    held: Sequence[dict[str, Any]],
    ledger: Ledger,
    notes: Sequence[str],
    now: datetime,
    lacking: str = "",
) -> Receipt:
    """Stores what a delivery brought and returns its receipt.

    `accepted`: `report_id`, REPORT_COLUMNS, PERSONAL_COLUMNS and `content_hash`, indexed by row number. `ledger` has
    rows in, held, ignored, and the repeats that the reader already merged; the rest is counted here, against what is
    stored. `lacking`: why we know that more was sent.

    Raises DeliveryRefused for a value that the database does not take; nothing is stored then.
    """
    try:
        with warehouse.writing() as connection:
            transaction_lock(connection, file.feed)
            if _is_landed(connection, file):  # somebody else was storing it as we read it
                return earlier_receipt(warehouse, file) or Receipt(file.feed, file.day, Outcome.LANDED)
            ledger = _store_reports(connection, file, accepted, ledger)
            _store_held(connection, file, held)
            _store_file(connection, file, Outcome.LANDED, lacking, ledger, notes, now)
    except (sa.exc.DataError, UnicodeError) as error:
        log.error("a delivery could not be stored", feed=file.feed, where=traceback_without_values(error))
        raise DeliveryRefused(
            f"{file.feed}: a value in the file can't be stored ({type(error).__name__}). Tell the maintainers: the "
            "file is kept."
        ) from None
    return Receipt(file.feed, file.day, _landed(lacking), ledger, lacking, notes=tuple(notes))


def store_refusal(warehouse: Warehouse, file: DeliveredFile, reason: str, now: datetime) -> Receipt:
    """Stores that a delivery was refused whole; the bytes are kept, so it can be read again once it is mended."""
    with warehouse.writing() as connection:
        _store_file(connection, file, Outcome.REFUSED, reason, Ledger(), (), now)
    return Receipt(file.feed, file.day, Outcome.REFUSED, reason=reason)


def lock_feeds(warehouse: Warehouse, feeds: Iterable[str]) -> None:
    """Keeps others from storing deliveries and held rows of these feeds until the transaction around it ends.

    An act on rows of several feeds does this first: two that took them one by one could wait for each other.
    """
    with warehouse.writing() as connection:
        for feed in sorted(set(feeds)):
            transaction_lock(connection, feed)


def _feeds_of(connection: sa.Connection, held_ids: list[str]) -> list[str]:
    h = tables.held
    found: list[str] = []
    for chunk in _chunks(held_ids):
        found += connection.execute(sa.select(h.c.feed).where(h.c.held_id.in_(chunk)).distinct()).scalars()
    return found


def store_amendment(
    warehouse: Warehouse,
    file: DeliveredFile,
    held_id: str,
    accepted: pd.DataFrame,
    state: str,
    note: str,
    actor: str,
    now: datetime,
) -> Ledger:
    """Stores a held row that a person put right: held falls by one and what it became rises. Returns the new ledger.

    Raises LookupError if the row is not held (any more).
    """
    h, d = tables.held, tables.delivery
    with warehouse.writing() as connection:
        transaction_lock(connection, file.feed)
        changed = connection.execute(
            sa.update(h).where(h.c.held_id == held_id, h.c.state == "held").values(state=state)
        )
        if changed.rowcount != 1:
            raise LookupError(held_id)
        row = connection.execute(sa.select(d).where(d.c.delivery_id == file.delivery_id)).one()
        before = _ledger(row)
        after = _store_reports(connection, file, accepted, replace(before, held=before.held - 1))
        connection.execute(sa.update(d).where(d.c.delivery_id == file.delivery_id).values(**_figures(after)))
        append_log(connection, now, actor, f"held row {state}", held_id, note)
    return after


def store_rejections(warehouse: Warehouse, held_ids: Sequence[str], reason: str, actor: str, now: datetime) -> None:
    """Records that held rows are no reports of ours; in the ledger they stay held. All of them, or none.

    Raises LookupError, with its id, if a row is not held (any more).
    """
    h = tables.held
    ids = list(dict.fromkeys(held_ids))
    with warehouse.writing() as connection:
        lock_feeds(warehouse, _feeds_of(connection, ids))
        for held_id in ids:
            is_held = (h.c.held_id == held_id) & (h.c.state == "held")
            if connection.execute(sa.update(h).where(is_held).values(state="rejected")).rowcount != 1:
                raise LookupError(held_id)
        append_entries(connection, now, [Entry(actor, "held row rejected", one, reason) for one in ids])


def _store_reports(connection: sa.Connection, file: DeliveredFile, accepted: pd.DataFrame, ledger: Ledger) -> Ledger:
    rows = accepted
    stored = _stored_revisions(connection, rows["report_id"].unique().tolist())
    is_known = pd.MultiIndex.from_frame(rows[["report_id", "content_hash"]]).isin(
        pd.MultiIndex.from_frame(stored[["report_id", "content_hash"]])
    )
    is_repeat = is_known | rows.duplicated(["report_id", "content_hash"]).to_numpy()
    fresh = rows[~is_repeat]
    newest = stored.groupby("report_id")["revision"].max()
    before = fresh["report_id"].map(newest).fillna(0).astype(int)
    revision = before + fresh.groupby("report_id").cumcount() + 1
    is_last = ~fresh["report_id"].duplicated(keep="last")
    # A delivery that comes after a later day's may bring what has been overtaken already.
    overtaken_on = stored[stored["day"] > file.day].groupby("report_id")["day"].min()
    is_new = revision == 1
    is_away = is_new & fresh["is_out_of_area"]
    _supersede(connection, fresh["report_id"][before > 0].unique().tolist(), file.day)
    fresh = fresh.assign(
        revision=revision,
        feed=file.feed,
        day=file.day,
        delivery_id=file.delivery_id,
        row_number=fresh.index,
        superseded_on=fresh["report_id"].map(overtaken_on).astype(object).mask(~is_last, file.day),
    )
    keys = ["report_id", "revision"]
    own = ["feed", "day", "superseded_on", "delivery_id", "row_number", "content_hash"]
    insert_frame(connection, tables.report, fresh[[*keys, *own, *REPORT_COLUMNS]])
    insert_frame(connection, tables.report_person, fresh[[*keys, *PERSONAL_COLUMNS]])
    return replace(
        ledger,
        new=ledger.new + int((is_new & ~is_away).sum()),
        out_of_area=ledger.out_of_area + int(is_away.sum()),
        revisions=ledger.revisions + int((~is_new).sum()),
        repeats=ledger.repeats + int(is_repeat.sum()),
    )


def latest_revisions(warehouse: Warehouse, report_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The newest revision that is kept of each of these reports, by id: content_hash, received_at, occurred_from,
    caller_key, text; `is_restricted` where more than an unknown category says so. Reports never sent are left out.
    """
    # all of report: the newest revision of each is taken from all of them
    r, p = tables.report, tables.report_person
    columns = (
        r.c.report_id,
        r.c.revision,
        r.c.content_hash,
        r.c.received_at,
        r.c.occurred_from,
        r.c.caller_key,
        (r.c.is_restricted & (r.c.category != "unknown")).label("is_restricted"),  # by more than a word nobody knew
        p.c.text,
    )
    found: dict[str, dict[str, Any]] = {}
    with warehouse.engine.connect() as connection:
        for chunk in _chunks(list(report_ids)):
            query = (
                sa.select(*columns)
                .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
                .where(r.c.report_id.in_(chunk))
                .order_by(r.c.report_id, r.c.revision)
            )
            for row in connection.execute(query).mappings():
                found[row["report_id"]] = dict(row)
    return found


def _stored_revisions(connection: sa.Connection, report_ids: list[str]) -> pd.DataFrame:
    # all of report: a row is a repeat of whichever revision has its content
    r = tables.report
    found: list[Any] = []
    for chunk in _chunks(report_ids):
        query = sa.select(r.c.report_id, r.c.revision, r.c.content_hash, r.c.day).where(r.c.report_id.in_(chunk))
        found += connection.execute(query).all()
    return pd.DataFrame(found, columns=["report_id", "revision", "content_hash", "day"]).astype(
        {"report_id": "str", "revision": "int64", "content_hash": "str"}
    )


def _supersede(connection: sa.Connection, report_ids: list[str], day: date) -> None:
    r = tables.report
    for chunk in _chunks(report_ids):
        connection.execute(
            sa.update(r).where(r.c.report_id.in_(chunk), is_current(r, on(day))).values(superseded_on=day)
        )


def _is_landed(connection: sa.Connection, file: DeliveredFile) -> bool:
    d = tables.delivery
    query = sa.select(d.c.outcome).where(d.c.delivery_id == file.delivery_id, d.c.outcome == Outcome.LANDED)
    return connection.execute(query).first() is not None


def _store_held(connection: sa.Connection, file: DeliveredFile, held: Sequence[dict[str, Any]]) -> None:
    if held:
        common = {"delivery_id": file.delivery_id, "feed": file.feed, "day": file.day, "state": "held"}
        rows = [{"held_id": f"{file.delivery_id}:{row['row_number']}", **common, **row} for row in held]
        connection.execute(sa.insert(tables.held), rows)


def _store_file(
    connection: sa.Connection,
    file: DeliveredFile,
    outcome: Outcome,
    words: str,
    ledger: Ledger,
    notes: Sequence[str],
    now: datetime,
) -> None:
    """`words`: why it was refused, or why it is not whole."""
    d = tables.delivery
    connection.execute(sa.delete(d).where(d.c.delivery_id == file.delivery_id, d.c.outcome == Outcome.REFUSED))
    connection.execute(
        sa.insert(d).values(
            delivery_id=file.delivery_id,
            feed=file.feed,
            day=file.day,
            sha256=file.sha256,
            file_name=file.file_name,
            size_bytes=file.size_bytes,
            outcome=outcome,
            reason=words if outcome == Outcome.REFUSED else "",
            lacking=words if outcome == Outcome.LANDED else "",
            notes=list(notes),
            received_at=now,
            **_figures(ledger),
        )
    )


def _figures(ledger: Ledger) -> dict[str, int]:
    return {
        "rows_in": ledger.rows_in,
        "new_reports": ledger.new,
        "repeats": ledger.repeats,
        "revisions": ledger.revisions,
        "held": ledger.held,
        "out_of_area": ledger.out_of_area,
        "ignored": ledger.ignored,
    }


def _ledger(row: Any) -> Ledger:
    return Ledger(row.rows_in, row.new_reports, row.repeats, row.revisions, row.held, row.out_of_area, row.ignored)


def _landed(lacking: str) -> Outcome:
    return Outcome.LANDED_IN_PART if lacking else Outcome.LANDED


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
