"""A delivery's ledger as the columns of its row."""

from typing import Any

from tasking.model.delivery import Ledger


def ledger_columns(ledger: Ledger) -> dict[str, int]:
    return {
        "rows_in": ledger.rows_in,
        "new_reports": ledger.new,
        "repeats": ledger.repeats,
        "revisions": ledger.revisions,
        "held": ledger.held,
        "out_of_area": ledger.out_of_area,
        "ignored": ledger.ignored,
    }


def ledger_of(row: Any) -> Ledger:
    return Ledger(row.rows_in, row.new_reports, row.repeats, row.revisions, row.held, row.out_of_area, row.ignored)
