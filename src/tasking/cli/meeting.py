"""The meeting's papers from a shell: the agenda, the minutes, the handover."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from tasking.cli.shell import DayOption, day_of, errors, errors_in_one_sentence, open_services
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, help="The meeting’s papers: agenda, minutes, handover. As PDF, or as text.")

OutOption = Annotated[
    Path | None, typer.Option("--out", help="write a PDF here (or text, for a name that ends with .txt); else text")
]
DetailsOption = Annotated[
    bool, typer.Option("--details", help="with reasons and texts that people typed: not to be passed on")
]


@app.command()
def agenda(day: DayOption, out: OutOption = None) -> None:
    """The agenda of a day's meeting, of two pages at most."""
    from tasking.briefing import meeting_papers

    with errors_in_one_sentence():
        services = open_services()
        _write(meeting_papers.agenda_of(services.briefings, day), out)


@app.command()
def minutes(day: DayOption, out: OutOption = None, has_details: DetailsOption = False) -> None:
    """The newest minutes of a day's meeting, without anything restricted."""
    from tasking.meeting.minutes import minutes_of, minutes_sheet

    with errors_in_one_sentence():
        services = open_services()
        versions = minutes_of(services.meeting, day)
        if not versions:
            raise TaskingError(f"there are no minutes of {day}: finish the meeting on the desk first")
        _write(minutes_sheet(services.meeting, versions[-1].minutes, has_details=has_details), out)


@app.command()
def handover(
    since: Annotated[
        date | None,
        typer.Option("--since", parser=day_of, metavar="YYYY-MM-DD", help="after the meeting of this day"),
    ] = None,
    day: Annotated[
        date | None, typer.Option("--day", parser=day_of, metavar="YYYY-MM-DD", help="until this day; today by default")
    ] = None,
    out: OutOption = None,
    has_details: DetailsOption = False,
) -> None:
    """What was decided after the meeting of a day (the one before by default), and what is still to decide."""
    from tasking import meeting
    from tasking.briefing import meeting_papers

    with errors_in_one_sentence():
        services = open_services()
        until = day or meeting.today(services.meeting)
        first = since or meeting_papers.missed_since(services.briefings, [], until)
        _write(meeting_papers.handover_since(services.briefings, first, until, has_details=has_details), out)


def _write(sheet: Any, out: Path | None) -> None:
    from tasking.meeting.sheet import sheet_text
    from tasking.meeting.sheet_pdf import sheet_pdf

    if out is None:
        typer.echo(sheet_text(sheet), nl=False)
        return
    content = sheet_text(sheet).encode() if out.suffix == ".txt" else sheet_pdf(sheet)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise TaskingError(f"{out} can’t be written: {error.strerror}") from error
    errors.print(f"written: {out}")
