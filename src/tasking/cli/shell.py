"""What the commands share: options for days, opening the services, errors, CSV output."""

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from tasking.model.cells import escape_formula
from tasking.model.errors import PromiseBroken, TaskingError

# Neither reads markup: what partners and people write may hold square brackets.
output = Console(markup=False, highlight=False)
errors = Console(stderr=True, markup=False, highlight=False)


def day_of(text: str | date) -> date:
    """Parses a day typed as YYYY-MM-DD. Raises BadParameter."""
    if isinstance(text, date):
        return text
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        raise typer.BadParameter("Enter a day as YYYY-MM-DD") from None


def clock_time(text: str | time) -> time:
    """Parses a time of day typed as HH:MM. Raises BadParameter."""
    if isinstance(text, time):
        return text
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("Enter a time as HH:MM") from None


DayOption = Annotated[date, typer.Option("--day", parser=day_of, metavar="YYYY-MM-DD", help="the reporting day")]
FromOption = Annotated[date, typer.Option("--from", parser=day_of, metavar="YYYY-MM-DD", help="the first day")]
ToOption = Annotated[date, typer.Option("--to", parser=day_of, metavar="YYYY-MM-DD", help="the last day")]
DropsOption = Annotated[
    Path | None,
    typer.Option(help="a folder of deliveries, with a folder for each feed; by default, each feed's own transport"),
]


@contextmanager
def errors_in_one_sentence() -> Iterator[None]:
    """Prints a TaskingError as one sentence and exits: status 1 for a broken promise, 2 for any other."""
    try:
        yield
    except PromiseBroken as error:
        errors.print(Text("A check has failed:", "bold red"), str(error), soft_wrap=True)
        raise typer.Exit(1) from None
    except TaskingError as error:
        errors.print(Text("Error:", "bold red"), str(error), soft_wrap=True)
        raise typer.Exit(2) from None


def open_services(drops: Path | None = None) -> Any:
    from tasking.runtime import local
    from tasking.runtime.settings import Settings

    settings = Settings()
    if drops is not None:
        settings = settings.model_copy(update={"drops": drops.resolve()})
    if settings.deliveries is not None and not settings.deliveries.is_dir():
        raise TaskingError(f"There is no folder of deliveries at {settings.deliveries}")
    return local.open_services(settings)


def write_csv(columns: Sequence[str], rows: Any) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([escape_formula(row[name]) for name in columns])
