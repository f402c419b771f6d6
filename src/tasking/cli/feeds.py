"""The declarations of feeds."""

from typing import Annotated

import typer
from rich.console import Console

from tasking.cli.shell import one_sentence

app = typer.Typer(no_args_is_help=True, help="The partner feeds that are declared under include/feeds.")


@app.command()
def check(names: Annotated[list[str] | None, typer.Argument(metavar="[FEED]...")] = None) -> None:
    """Is each declaration sound, and does its sample read?"""
    from tasking.runtime.feed_check import check_feeds
    from tasking.runtime.settings import Settings

    with one_sentence():
        results = check_feeds(Settings().include, names or [])
        for result in results:
            mark = "[green]sound[/]" if result.is_sound else "[bold red]not sound[/]"
            Console(highlight=False).print(f"{result.feed}: {mark}: {result.words}")
        if not all(result.is_sound for result in results):
            raise typer.Exit(2)
