"""The declarations of feeds."""

from datetime import date
from typing import Annotated

import typer
from rich.console import Console

from tasking.cli.shell import FromOption, ToOption, errors_in_one_sentence, open_services

app = typer.Typer(no_args_is_help=True, help="The partner feeds that are declared under include/feeds.")


@app.command()
def check(names: Annotated[list[str] | None, typer.Argument(metavar="[FEED]...")] = None) -> None:
    """Is each declaration sound, and does its sample read?"""
    from tasking.runtime.feed_check import check_feeds
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        results = check_feeds(Settings().include, names or [])
        for result in results:
            mark = "[green]sound[/]" if result.is_sound else "[bold red]not sound[/]"
            Console(highlight=False).print(f"{result.feed}: {mark}: {result.words}")
        if not all(result.is_sound for result in results):
            raise typer.Exit(2)


@app.command()
def notes(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """The signals of what was received, with the partners' own words, which logs leave out."""
    with errors_in_one_sentence():
        for row in open_services().warehouse.query("ledger/notes", first_day=first, last_day=last):
            for note in row["notes"]:
                Console(highlight=False).print(f"{row['day']} {row['feed']}: {note}", markup=False, soft_wrap=True)
