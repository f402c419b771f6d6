"""Stores reports and their revisions, and reads the newest revision of each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from tasking.intake.delivered_file import DeliveredFile
from tasking.intake.store.corrections import reapply
from tasking.intake.store.media_links import store_media_links
from tasking.model.correction import CORRECTED
from tasking.model.delivery import Ledger
from tasking.model.report import PERSONAL_COLUMNS, REPORT_COLUMNS
from tasking.warehouse import tables
from tasking.warehouse.as_of import is_current, on
from tasking.warehouse.bulk import insert_frame
from tasking.warehouse.engine import Warehouse

_CHUNK = 900  # values in one IN list; SQLite's old limit is 999


def store_reports(connection: sa.Connection, file: DeliveredFile, accepted: pd.DataFrame, ledger: Ledger) -> Ledger:
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
    # A late delivery may bring a revision that a later day's delivery has superseded already.
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
    store_media_links(connection, file, rows)
    reapply(connection, fresh["report_id"][~is_new].unique().tolist(), file.day)
    return replace(
        ledger,
        new=ledger.new + int((is_new & ~is_away).sum()),
        out_of_area=ledger.out_of_area + int(is_away.sum()),
        revisions=ledger.revisions + int((~is_new).sum()),
        repeats=ledger.repeats + int(is_repeat.sum()),
    )


def latest_revisions(warehouse: Warehouse, report_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The newest stored revision of each of these reports, by id: received_at, occurred_from, caller_key, text and
    `is_restricted`, which an unknown category alone does not set; and the `content_hash` of the newest that the partner
    sent. Unknown ids are left out.
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
        (r.c.is_restricted & (r.c.category != "unknown")).label("is_restricted"),  # not by an unknown category alone
        p.c.text,
    )
    found: dict[str, dict[str, Any]] = {}
    with warehouse.engine.connect() as connection:
        for chunk in chunks(list(report_ids)):
            query = (
                sa.select(*columns)
                .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
                .where(r.c.report_id.in_(chunk))
                .order_by(r.c.report_id, r.c.revision)
            )
            for row in connection.execute(query).mappings():
                is_sent = not row["content_hash"].startswith(CORRECTED)
                sent = row["content_hash"] if is_sent else found[row["report_id"]]["content_hash"]
                found[row["report_id"]] = {**row, "content_hash": sent}
    return found


def _stored_revisions(connection: sa.Connection, report_ids: list[str]) -> pd.DataFrame:
    # all of report: a row is a repeat of whichever revision has its content
    r = tables.report
    found: list[Any] = []
    for chunk in chunks(report_ids):
        query = sa.select(r.c.report_id, r.c.revision, r.c.content_hash, r.c.day).where(r.c.report_id.in_(chunk))
        found += connection.execute(query).all()
    return pd.DataFrame(found, columns=["report_id", "revision", "content_hash", "day"]).astype(
        {"report_id": "str", "revision": "int64", "content_hash": "str"}
    )


def _supersede(connection: sa.Connection, report_ids: list[str], day: date) -> None:
    r = tables.report
    for chunk in chunks(report_ids):
        connection.execute(
            sa.update(r).where(r.c.report_id.in_(chunk), is_current(r, on(day))).values(superseded_on=day)
        )


def chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
