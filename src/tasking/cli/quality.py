"""The monthly quality letter to a partner, from a shell."""

from pathlib import Path
from typing import Annotated

import typer

from tasking.cli.shell import errors_in_one_sentence, open_services, output
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, help="How well partners’ deliveries came: the monthly letter to a partner.")


@app.callback()
def quality() -> None:
    """How well partners’ deliveries came: the monthly letter to a partner."""


@app.command()
def letter(
    feed: Annotated[str, typer.Argument(help="the feed, as its file under include/feeds is named")],
    month: Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="the month that it is about")],
    out: Annotated[Path, typer.Option("--out", help="the folder for the letter, as text and as PDF")],
) -> None:
    """A letter to a partner: what came in a month, which rows to correct, what would help. No people, nothing
    restricted."""
    from tasking.intake.quality_letter import month_of, quality_letter
    from tasking.meeting.sheet import sheet_text
    from tasking.meeting.sheet_pdf import sheet_pdf

    with errors_in_one_sentence():
        sheet = quality_letter(open_services().intake, feed, month_of(month))
        for ending, content in (("txt", sheet_text(sheet).encode()), ("pdf", sheet_pdf(sheet))):
            path = out / f"quality-{feed}-{month}.{ending}"
            try:
                out.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except OSError as error:
                raise TaskingError(f"{path} can’t be written: {error.strerror}") from error
            output.print(f"written: {path}", soft_wrap=True, markup=False, highlight=False)
