"""Held rows: put right and released, rejected, or returned to the partner with what to mend."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from tasking.config.feed import Feed
from tasking.intake.held_filter import HeldFilter
from tasking.intake.normalise import normalise
from tasking.intake.readers import Rows
from tasking.intake.receiving import check_reports
from tasking.intake.service import IntakeService
from tasking.intake.store import deliveries, held_rows
from tasking.intake.store.held_list import held_as_sent
from tasking.model.cells import inert
from tasking.model.day import told_at
from tasking.model.delivery import Ledger
from tasking.model.errors import TaskingError
from tasking.warehouse.audit_log import newest_entry
from tasking.warehouse.sight import Sight

_DECIDED: Final = ("released", "corrected", "rejected")


def amend(service: IntakeService, held_id: str, changes: Mapping[str, str], actor: str) -> Ledger:
    """Takes a held row again, with cells that a person put right, or as it is. Returns the delivery's new ledger.

    Raises TaskingError where the row is still not fit, or where somebody was first: a row can be released as it is only
    where a check allows it.
    """
    return _store(service, _amended(service, held_id, changes), actor)


@dataclass(frozen=True)
class _Amended:
    """A held row as it is taken: what is stored of it, and in which state that leaves it."""

    held_id: str
    file: deliveries.DeliveredFile
    reports: pd.DataFrame
    state: str
    note: str


def _amended(service: IntakeService, held_id: str, changes: Mapping[str, str]) -> _Amended:
    row = _held_row(service, held_id)
    if row["feed"] not in service.feeds:
        raise TaskingError(f"{row['feed']} is no feed any more, so its rows can't be read again: reject {held_id}")
    feed = service.feeds[row["feed"]]
    unknown = sorted(set(changes) - set(feed.fields.columns))
    if unknown:
        raise TaskingError(f"{feed.feed} reads no column {unknown[0]!r}; it reads: {', '.join(feed.fields.columns)}")
    if not changes and not row["can_be_released"]:
        raise TaskingError(f"{held_id} is still held and can only be corrected: {row['reason']}")
    cells = {**row["row_as_sent"], **changes}
    frame = (
        pd.DataFrame([cells], index=[row["row_number"]], dtype="str").reindex(columns=feed.fields.columns).astype("str")
    )
    taken = normalise(feed, Rows(frame), row["day"], service.conventions)
    reports, checked = check_reports(service, feed, service.gazetteer.located(taken.reports))
    if checked.reasons and changes:
        raise TaskingError(f"{held_id} is still held: {next(iter(checked.reasons.values()))}")
    file = deliveries.DeliveredFile(row["feed"], row["day"], row["sha256"], row["file_name"], row["size_bytes"])
    state = "corrected" if changes else "released"
    return _Amended(held_id, file, reports, state, ", ".join(sorted(changes)) or row["reason"])


def _store(service: IntakeService, one: _Amended, actor: str) -> Ledger:
    try:
        return deliveries.store_amendment(
            service.warehouse, one.file, one.held_id, one.reports, one.state, one.note, actor, service.clock()
        )
    except LookupError:
        raise _not_held(service, one.held_id) from None


def release_all(service: IntakeService, held_ids: Sequence[str], actor: str) -> tuple[list[str], list[str]]:
    """Releases rows as they are: in one transaction all those that can be, the others stay as they are.

    Returns the ids of those that were, and what kept the others, in words.
    """
    ids = list(dict.fromkeys(held_ids))
    fit: dict[str, _Amended] = {}
    kept: dict[str, str] = {}
    for held_id in ids:  # read and checked before anything is locked
        try:
            fit[held_id] = _amended(service, held_id, {})
        except TaskingError as error:
            kept[held_id] = str(error)
    with service.warehouse.writing():
        deliveries.lock_feeds(service.warehouse, [one.file.feed for one in fit.values()])
        for held_id, one in fit.items():
            try:
                _store(service, one, actor)
            except TaskingError as error:
                kept[held_id] = str(error)
    return [one for one in ids if one not in kept], [kept[one] for one in ids if one in kept]


def reject(service: IntakeService, held_ids: Sequence[str], reason: str, actor: str) -> list[str]:
    """Says that held rows are no reports of ours, and why. Returns their ids; in the ledger they stay held.

    Raises TaskingError without a reason, and where one of them is not held any more: then none is rejected.
    """
    if not reason.strip():
        raise TaskingError("say why it is rejected")
    try:
        deliveries.store_rejections(service.warehouse, held_ids, reason.strip()[:500], actor, service.clock())
    except LookupError as error:
        held_id = str(error.args[0])
        others = " None of the rows was rejected: choose again." if len(set(held_ids)) > 1 else ""
        raise TaskingError(f"{_not_held(service, held_id)}.{others}".removesuffix(".")) from None
    return list(dict.fromkeys(held_ids))


_OURS = ("File", "Row", "What to mend", "Cells")  # columns of ours, before the partner's own


def error_return(service: IntakeService, wanted: HeldFilter, form: str, *, has_restricted: bool) -> bytes:
    """What a partner can mend its rows with: its own columns and row numbers, the reason, the cells at fault marked.

    `form` is xlsx or csv. Restricted rows are in it only where `has_restricted` says so.
    """
    feed = service.feeds[wanted.feed]
    rows = held_as_sent(service.warehouse, wanted, Sight(has_restricted))
    return _as_workbook(feed, rows) if form == "xlsx" else _as_csv(feed, rows)


def _line(feed: Feed, row: Mapping[str, Any]) -> list[Any]:
    told = [row["file_name"], row["row_number"], row["reason"], ", ".join(row["columns_at_fault"])]
    return [*told, *(row["row_as_sent"].get(name, "") for name in feed.fields.columns)]


def _as_csv(feed: Feed, rows: Sequence[Mapping[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_OURS, *feed.fields.columns])
    for row in rows:
        writer.writerow([inert(cell) for cell in _line(feed, row)])
    return out.getvalue().encode("utf-8-sig")  # Excel takes a file without the mark for something else


def _as_workbook(feed: Feed, rows: Sequence[Mapping[str, Any]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    sheet.title = "To mend"
    columns = [*_OURS, *feed.fields.columns]
    sheet.append(columns)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    at_fault = PatternFill("solid", start_color="FFD9D2")
    for number, row in enumerate(rows, start=2):
        for position, value in enumerate(_line(feed, row), start=1):
            cell = sheet.cell(number, position)
            cell.value = value
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if isinstance(value, str):
                cell.data_type = "s"  # never a formula
            if columns[position - 1] in row["columns_at_fault"] and position > len(_OURS):
                cell.fill = at_fault
    sheet.freeze_panes = "A2"
    widths = {"What to mend": 44, "File": 26, "Row": 6}
    for position, name in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = widths.get(name, 18)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _held_row(service: IntakeService, held_id: str) -> dict[str, Any]:
    row = held_rows.held_row(service.warehouse, held_id)
    if row is None or row["state"] != "held":
        raise _not_held(service, held_id)
    return row


def _not_held(service: IntakeService, held_id: str) -> TaskingError:
    """That a row is not held, and who decided on it and when where somebody did."""
    found = newest_entry(service.warehouse, [f"held row {state}" for state in _DECIDED], held_id)
    if found is None:
        return TaskingError(f"{held_id}: no such row is held")
    entry, at = found
    state = entry.action.removeprefix("held row ")
    return TaskingError(f"{held_id} was {state} already, by {entry.actor} {told_at(at, service.partnership.zone)}")
