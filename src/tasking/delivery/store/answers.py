"""Answers given in Airflow: the log says who was let through, and who was not."""

from datetime import UTC, datetime
from typing import Final

from tasking.warehouse.audit_log import Entry, log, newest_entry
from tasking.warehouse.engine import Warehouse

_TAKEN: Final = "answer in Airflow"
_REFUSED: Final = "answer in Airflow refused"


def note_answer(warehouse: Warehouse, user: str, proposal_id: str, run_id: str, *, is_allowed: bool) -> None:
    """Writes into the log that somebody answered for a proposal in a run of Airflow, and whether they may decide."""
    log(warehouse, Entry(user, _TAKEN if is_allowed else _REFUSED, proposal_id, run_id), datetime.now(UTC))


def is_allowed(warehouse: Warehouse, user: str, proposal_id: str, run_id: str) -> bool:
    """True where this person's newest answer for a proposal was let through, and was given in this run."""
    found = newest_entry(warehouse, [_TAKEN, _REFUSED], proposal_id, user)
    return found is not None and found[0] == Entry(user, _TAKEN, proposal_id, run_id)
