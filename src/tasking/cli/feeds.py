"""The declarations of feeds."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from tasking.cli.feed_draft import draft
from tasking.cli.shell import FromOption, ToOption, errors_in_one_sentence, open_services, output

app = typer.Typer(no_args_is_help=True, help="Partner feeds declared under include/feeds.")
app.command()(draft)


@app.command()
def check(names: Annotated[list[str] | None, typer.Argument(metavar="[FEED]...")] = None) -> None:
    """Check each declaration, and that its sample can be read."""
    from tasking.runtime.feed_check import check_feeds
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        results = check_feeds(Settings().include, names or [])
        for result in results:
            mark = Text("sound", "green") if result.is_sound else Text("not sound", "bold red")
            output.print(Text.assemble(f"{result.feed}: ", mark, f": {result.words}"), soft_wrap=True)
        if not all(result.is_sound for result in results):
            raise typer.Exit(2)


@app.command()
def notes(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Notes on what was received, with the partners' own words, which logs leave out."""
    with errors_in_one_sentence():
        for row in open_services().intake.notes(first, last):
            for note in row["notes"]:
                output.print(f"{row['day']} {row['feed']}: {note}", soft_wrap=True)


@app.command()
def docs(
    folder: Annotated[Path, typer.Option("--out", help="folder that the pages are written into")],
    first: FromOption = date.min,
    last: ToOption = date.max,
) -> None:
    """Write Great Expectations' Data Docs: what is agreed with each partner, and how deliveries of these days fared.

    The pages have counts only: no value of a delivery, and nothing from another server.
    """
    from tasking.intake.contracts import contracts
    from tasking.intake.quality.data_docs import write_data_docs

    with errors_in_one_sentence():
        written = write_data_docs(contracts(open_services().intake, first, last), folder)
    output.print(f"{written} pages: {folder / 'index.html'}", soft_wrap=True)
