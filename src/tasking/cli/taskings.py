"""Taskings: who does what by when."""

import getpass
from datetime import date
from typing import Annotated

import typer
from rich import box
from rich.table import Column, Table

from tasking.cli.shell import day_of, errors, errors_in_one_sentence, open_services, output
from tasking.model.proposal import Verb

app = typer.Typer(no_args_is_help=True, help="What the meeting decided: who does what by when; and feedback owed.")

NoteOption = Annotated[str, typer.Option("--note", help="kept in the log")]
ByOption = Annotated[date, typer.Option("--by", parser=day_of, metavar="YYYY-MM-DD", help="the day it is due")]


@app.command("list")
def list_(is_all: Annotated[bool, typer.Option("--all", help="done, dropped and lapsed ones too")] = False) -> None:
    """Taskings that are open, what is due first at the top."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        table = Table(Column("id", no_wrap=True), "due", "owner", "what", "place", "status", box=box.SIMPLE_HEAD)
        for one in meeting.taskings(services.meeting, is_all=is_all):
            table.add_row(one.tasking_id, str(one.due_on), one.owner, one.what, one.place, one.status_words)
        output.print(table)


@app.command()
def add(
    what: Annotated[str, typer.Option(help="what is to be done")],
    owner: Annotated[str, typer.Option(help="who does it")],
    place: Annotated[str, typer.Option(help="where; a public name")],
    by: ByOption,
    incident: Annotated[str | None, typer.Option(help="the incident it is for")] = None,
    group: Annotated[str | None, typer.Option(help="the group it is for")] = None,
) -> None:
    """Add a tasking that the meeting decided."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        errors.print(meeting.add_tasking(services.meeting, getpass.getuser(), what, owner, place, by, incident, group))


@app.command()
def take(tasking_id: str) -> None:
    """Take a proposed tasking on."""
    _step(tasking_id, Verb.TAKE)


@app.command()
def approve(
    tasking_id: str,
    owner: Annotated[
        list[str] | None, typer.Option(help="who does it; may be repeated, the first one leads; default: as proposed")
    ] = None,
    by: Annotated[
        date | None, typer.Option("--by", parser=day_of, metavar="YYYY-MM-DD", help="the day it is due")
    ] = None,
    note: NoteOption = "",
) -> None:
    """Approve a proposed tasking: it is open from then on."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        meeting.tasking_of(services.meeting, tasking_id)
        taken = meeting.approve(
            services.meeting, tasking_id, getpass.getuser(), note, owners=owner or (), due_on=by
        )  # fmt: skip
        errors.print(taken.words(services.meeting))
        delivery.refresh_all(services.delivery, [tasking_id])


@app.command()
def reject(tasking_id: str, reason: Annotated[str, typer.Option(help="why")]) -> None:
    """Reject a proposed tasking, and say why."""
    _step(tasking_id, Verb.REJECT, reason)


@app.command()
def assign(tasking_id: str, owner: Annotated[str, typer.Option(help="who does it")]) -> None:
    """Give it to somebody; a proposed one is taken on with it."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        errors.print(meeting.assign(services.meeting, tasking_id, getpass.getuser(), owner).words(services.meeting))
        delivery.refresh_all(services.delivery, [tasking_id])


@app.command()
def done(tasking_id: str, note: NoteOption = "") -> None:
    """Say that it is done."""
    _step(tasking_id, Verb.DONE, note)


@app.command()
def carry(tasking_id: str, by: ByOption, note: NoteOption = "") -> None:
    """Carry it over to another day."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        errors.print(meeting.carry(services.meeting, tasking_id, getpass.getuser(), by, note).words(services.meeting))
        delivery.refresh_all(services.delivery, [tasking_id])


@app.command()
def drop(tasking_id: str, reason: Annotated[str, typer.Option(help="why")]) -> None:
    """Let it go, and say why."""
    _step(tasking_id, Verb.DROP, reason)


@app.command()
def owed() -> None:
    """Reports whose callers wait to hear what was done, the oldest first: the reference, and for how many days."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        for row in meeting.feedback_owed(services.meeting):
            output.print(f"{row['report_id']}  {row['days']} days")


@app.command()
def feedback(reports: Annotated[list[str], typer.Argument(metavar="FEED:REFERENCE...")]) -> None:
    """Record that the people who told these reports were told what was done."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        errors.print(f"{meeting.give_feedback(services.meeting, reports, getpass.getuser())} recorded")


def _step(tasking_id: str, verb: Verb, note: str = "") -> None:
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        meeting.tasking_of(services.meeting, tasking_id)
        errors.print(
            meeting.decide(services.meeting, tasking_id, verb, getpass.getuser(), note).words(services.meeting)
        )
        delivery.refresh_all(services.delivery, [tasking_id])
