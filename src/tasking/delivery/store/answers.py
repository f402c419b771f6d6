"""Answers given in Airflow: the audit log records whose right to decide was confirmed."""

from datetime import UTC, datetime
from typing import Final

from tasking.warehouse.audit_log import Entry, log, newest_entry
from tasking.warehouse.engine import Warehouse

_TAKEN: Final = "answer in Airflow"
_REFUSED: Final = "answer in Airflow refused"


def note_answer(warehouse: Warehouse, user: str, proposal_id: str, run_id: str, *, is_allowed: bool) -> None:
    """Writes to the audit log that a person answered for a proposal in an Airflow run, and whether they may decide."""
    log(warehouse, Entry(user, _TAKEN if is_allowed else _REFUSED, proposal_id, run_id), datetime.now(UTC))


def is_allowed(warehouse: Warehouse, user: str, proposal_id: str, run_id: str) -> bool:
    """True if this person's newest answer for a proposal was confirmed, and was given in this run."""
    newest = newest_entry(warehouse, [_TAKEN, _REFUSED], proposal_id, user)
    return newest is not None and newest[0] == Entry(user, _TAKEN, proposal_id, run_id)
