"""Data protection: the record of processing."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Column, Table

from tasking.cli.shell import errors_in_one_sentence, output, write_csv

if TYPE_CHECKING:
    from tasking.privacy.record import ProcessingLine

app = typer.Typer(no_args_is_help=True, help="What is kept of whom, why and for how long, as include/privacy.yml says.")

_HEADINGS = {
    "feed": "feed", "partner": "partner", "column": "partner's column", "field": "field", "what": "what it is",
    "data": "personal or special", "purpose": "purpose", "basis": "lawful basis", "kept_for": "kept for",
    "seen_by": "who sees it",
}  # fmt: skip
_ON_SCREEN = {"column": "partner's column", "field": "field", "data": "data", "purpose_name": "purpose",
              "kept_for": "kept for", "audience": "seen by"}  # fmt: skip


class RecordFormat(StrEnum):
    TABLE = "table"
    CSV = "csv"
    MARKDOWN = "markdown"


@app.command()
def record(
    feeds: Annotated[list[str] | None, typer.Argument(metavar="[FEED]...")] = None,
    form: Annotated[
        RecordFormat, typer.Option("--format", help="csv and markdown have the lawful basis too")
    ] = RecordFormat.TABLE,
) -> None:
    """The record of processing (UK GDPR, article 30): each column of each feed, or of some, and what becomes of it."""
    from tasking.runtime.processing_record import record_of
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        lines, notes = record_of(Settings(), feeds or [])
        if form is RecordFormat.CSV:
            write_csv(list(_HEADINGS), (one._asdict() for one in lines))
        elif form is RecordFormat.MARKDOWN:
            sys.stdout.write(_markdown([one._asdict() for one in lines], notes))
        else:
            _print(lines, notes)


def _print(lines: "list[ProcessingLine]", notes: tuple[str, ...]) -> None:
    """A table for each feed; below them what the short names of purposes and readers stand for."""
    for feed, partner in dict.fromkeys((one.feed, one.partner) for one in lines):
        headings = (Column(words, overflow="fold") for words in _ON_SCREEN.values())
        table = Table(*headings, title=f"{feed}: {partner}", title_justify="left", box=box.SIMPLE_HEAD)
        for one in lines:
            if one.feed == feed:
                table.add_row(*(one._asdict()[name] for name in _ON_SCREEN))
        output.print(table)
    for heading, names in (("Purposes", ("purpose_name", "purpose")), ("Who sees it", ("audience", "seen_by"))):
        output.print(f"{heading}:")
        for short, words in dict.fromkeys(tuple(one._asdict()[name] for name in names) for one in lines):
            output.print(f"  {short}: {words}", soft_wrap=True)
    for note in notes:
        output.print(note, soft_wrap=True)


def _markdown(rows: list[dict[str, str]], notes: tuple[str, ...]) -> str:
    lines = [f"| {' | '.join(_HEADINGS.values())} |", f"|{' --- |' * len(_HEADINGS)}"]
    lines += [f"| {' | '.join(_cell(row[name]) for name in _HEADINGS)} |" for row in rows]
    return "\n".join([*lines, "", *(f"{note}\n" for note in notes)])


def _cell(text: str) -> str:
    """A partner's column may have any character that a heading can."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
