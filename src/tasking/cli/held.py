"""Held rows, which need checking."""

import getpass
from collections.abc import Mapping
from datetime import date
from typing import Annotated

import typer
from rich.table import Column, Table

from tasking.cli.shell import FromOption, ToOption, errors, errors_in_one_sentence, open_services, output

app = typer.Typer(no_args_is_help=True, help="Held rows, which need checking.")


@app.command("list")
def held_list(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """The rows that are held, and why. The row itself stays in the warehouse."""
    with errors_in_one_sentence():
        rows = open_services().intake.still_held(first, last)
        table = Table(Column("id", no_wrap=True), "feed", "day", "row", "reference", "reason")
        for row in rows:
            table.add_row(
                row["held_id"], row["feed"], str(row["day"]), str(row["row_number"]), row["source_ref"], row["reason"]
            )
        output.print(table)


@app.command()
def release(held_id: str) -> None:
    """Release a held row unchanged, if the check that held it allows that."""
    _amend(held_id, {})


@app.command()
def correct(
    held_id: str,
    changes: Annotated[
        list[str], typer.Option("--set", metavar="COLUMN=VALUE", help="a corrected cell; may be repeated")
    ],
) -> None:
    """Accept a held row with corrected cells, by the partner's own column names."""
    pairs = [change.partition("=") for change in changes]
    if any(not equals for _, equals, _ in pairs):
        raise typer.BadParameter("write --set COLUMN=VALUE")
    _amend(held_id, {column: value for column, _, value in pairs})


@app.command()
def reject(held_id: str, reason: Annotated[str, typer.Option(help="the reason; kept in the log")]) -> None:
    """Reject a held row that is not a report for us. In the ledger it stays held."""
    from tasking.intake import quarantine

    with errors_in_one_sentence():
        quarantine.reject(open_services().intake, [held_id], reason, getpass.getuser())
        errors.print("rejected")


def _amend(held_id: str, changes: Mapping[str, str]) -> None:
    from tasking.intake import quarantine

    with errors_in_one_sentence():
        services = open_services()
        ledger = quarantine.amend(services.intake, held_id, changes, getpass.getuser())
        day = held_id.split(":")[1]
        errors.print(
            f"accepted: {ledger.held} rows of this delivery are still held. For a new briefing: tasking run --day {day}"
        )
