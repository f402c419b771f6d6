"""Decisions on held rows: correct, release or reject them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from tasking.intake.category_words import conventions_in_force
from tasking.intake.delivered_file import DeliveredFile
from tasking.intake.normalise import normalise
from tasking.intake.readers import Rows
from tasking.intake.report_checks import check_reports
from tasking.intake.service import IntakeService
from tasking.intake.store import held_decisions
from tasking.model.day import local_time
from tasking.model.delivery import Ledger
from tasking.model.errors import DeliveryRefused, TaskingError
from tasking.warehouse.audit_log import newest_entry

_DECIDED: Final = ("released", "corrected", "rejected")


def amend(service: IntakeService, held_id: str, changes: Mapping[str, str], actor: str) -> Ledger:
    """Stores a held row as a report, with the corrections in `changes` or as it is. Returns the delivery's new ledger.

    Raises TaskingError if the row still fails a check, or is not held any more. A row can be released as it is only if
    the check that holds it allows that.
    """
    return _store(service, _amended(service, held_id, changes), actor)


@dataclass(frozen=True)
class _Amended:
    """A held row that passed the checks: the reports to store, and the row's new state."""

    held_id: str
    file: DeliveredFile
    reports: pd.DataFrame
    state: str
    note: str


def _amended(service: IntakeService, held_id: str, changes: Mapping[str, str]) -> _Amended:
    row = _held_row(service, held_id)
    if row["feed"] not in service.feeds:
        raise TaskingError(f"{row['feed']} is no longer a feed, so its rows can't be read again. Reject {held_id}")
    feed = service.feeds[row["feed"]]
    unknown = sorted(set(changes) - set(feed.fields.columns))
    if unknown:
        raise TaskingError(f"{feed.feed} reads no column {unknown[0]!r}; it reads: {', '.join(feed.fields.columns)}")
    if not changes and not row["can_be_released"]:
        raise TaskingError(f"{held_id} is still held and can only be corrected: {row['reason']}")
    cells = {**row["row_as_sent"], **changes}
    frame = (
        pd.DataFrame([cells], index=[row["row_number"]], dtype="str").reindex(columns=feed.read_columns).astype("str")
    )
    taken = normalise(feed, Rows(frame), row["day"], conventions_in_force(service))
    try:
        reports, checked = check_reports(service, feed, service.gazetteer.located(taken.reports), taken.raw)
    except DeliveryRefused:  # a check of whole deliveries, which says nothing that fits one row
        raise TaskingError(
            f"{held_id} is still held: this does not look like the other rows of {feed.partner}. Compare its "
            "reference and its other cells with theirs"
        ) from None
    if checked.reasons and changes:
        raise TaskingError(f"{held_id} is still held: {next(iter(checked.reasons.values()))}")
    file = DeliveredFile(row["feed"], row["day"], row["sha256"], row["file_name"], row["size_bytes"])
    state = "corrected" if changes else "released"
    return _Amended(held_id, file, reports, state, ", ".join(sorted(changes)) or row["reason"])


def _store(service: IntakeService, one: _Amended, actor: str) -> Ledger:
    try:
        return held_decisions.store_amendment(
            service.warehouse, one.file, one.held_id, one.reports, one.state, one.note, actor, service.clock()
        )
    except LookupError:
        raise _not_held(service, one.held_id) from None


def release_all(service: IntakeService, held_ids: Sequence[str], actor: str) -> tuple[list[str], list[str]]:
    """Releases rows as they are, in one transaction; those that can't be released stay held.

    Returns the ids of the released rows, and in words why the others were not.
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
        held_decisions.lock_feeds(service.warehouse, [one.file.feed for one in fit.values()])
        for held_id, one in fit.items():
            try:
                _store(service, one, actor)
            except TaskingError as error:
                kept[held_id] = str(error)
    return [one for one in ids if one not in kept], [kept[one] for one in ids if one in kept]


def reject(service: IntakeService, held_ids: Sequence[str], reason: str, actor: str) -> list[str]:
    """Rejects held rows, with a reason. Returns their ids; in the ledger they stay held.

    Raises TaskingError without a reason, or if one of the rows is not held any more: then none is rejected.
    """
    if not reason.strip():
        raise TaskingError("Enter a reason for rejecting it.", field="reason")
    try:
        held_decisions.store_rejections(service.warehouse, held_ids, reason.strip()[:500], actor, service.clock())
    except LookupError as error:
        held_id = str(error.args[0])
        others = " No rows were rejected. Select them again." if len(set(held_ids)) > 1 else ""
        raise TaskingError(f"{_not_held(service, held_id)}.{others}".removesuffix(".")) from None
    return list(dict.fromkeys(held_ids))


def _held_row(service: IntakeService, held_id: str) -> dict[str, Any]:
    row = held_decisions.held_row(service.warehouse, held_id)
    if row is None or row["state"] != "held":
        raise _not_held(service, held_id)
    return row


def _not_held(service: IntakeService, held_id: str) -> TaskingError:
    """The error for a row that is not held, with who decided on it and when."""
    found = newest_entry(service.warehouse, [f"held row {state}" for state in _DECIDED], held_id)
    if found is None:
        return TaskingError(f"There is no held row {held_id}")
    entry, at = found
    state = entry.action.removeprefix("held row ")
    return TaskingError(f"{held_id} was already {state}, by {entry.actor} {local_time(at, service.partnership.zone)}")
