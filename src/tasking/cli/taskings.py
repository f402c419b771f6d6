"""Taskings: who does what by when."""

import getpass
from datetime import date
from typing import Annotated

import typer
from rich import box
from rich.table import Column, Table

from tasking.cli.shell import DayOption, day_of, errors, errors_in_one_sentence, open_services, output
from tasking.model.proposal import Verb
from tasking.model.tasking_list import Listed

app = typer.Typer(no_args_is_help=True, help="What the meeting decided: who does what, by when.")

NoteOption = Annotated[str, typer.Option("--note", help="kept in the log")]
ByOption = Annotated[date, typer.Option("--by", parser=day_of, metavar="YYYY-MM-DD", help="the day it is due")]


@app.command("list")
def list_(
    show: Annotated[Listed, typer.Option(help="which list")] = Listed.OPEN,
    owner: Annotated[str, typer.Option(help="only those of one owner; with --show mine, who you are")] = "",
    is_all: Annotated[bool, typer.Option("--all", help="every tasking, whatever its status")] = False,
) -> None:
    """Taskings in one list, open ones by default: open ones by due date, closed ones newest first."""
    from tasking import meeting
    from tasking.meeting.tasking_lists import listed

    with errors_in_one_sentence():
        services = open_services()
        table = Table(Column("id", no_wrap=True), "due", "owner", "what", "place", "status", box=box.SIMPLE_HEAD)
        found = meeting.taskings(services.meeting, is_all=True)
        if not is_all:
            is_mine = show == Listed.MINE
            names = [owner or getpass.getuser()] if is_mine else []
            found = listed(found, show, names, "" if is_mine else owner)
        for one in found:
            table.add_row(one.tasking_id, str(one.due_on), "; ".join(one.owners), one.what, one.place, one.status_words)
        output.print(table)


@app.command()
def send(
    day: DayOption,
    is_old_day_sent: Annotated[bool, typer.Option("--old-day", help="send it even if the day is not today")] = False,
) -> None:
    """Send partners without a login their taskings, and the chair what stays overdue; once a day."""
    from tasking import delivery

    with errors_in_one_sentence():
        for line in delivery.send_taskings(open_services().delivery, day, is_old_day_posted=is_old_day_sent):
            errors.print(line)


@app.command()
def add(
    what: Annotated[str, typer.Option(help="what is to be done")],
    owner: Annotated[list[str], typer.Option(help="an owner, the lead first; repeat for each owner")],
    place: Annotated[str, typer.Option(help="where; a public place name")],
    by: ByOption,
    incident: Annotated[str | None, typer.Option(help="the incident it is for")] = None,
    group: Annotated[str | None, typer.Option(help="the group it is for")] = None,
) -> None:
    """Add a tasking that the meeting decided."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        actor = getpass.getuser()
        tasking_id = meeting.add_tasking(services.meeting, actor, what, owner, place, by, incident, group)
        errors.print(tasking_id)
        for line in delivery.tell_owners(services.delivery, [tasking_id]):
            errors.print(line)


@app.command()
def take(tasking_id: str) -> None:
    """Accept a proposed tasking."""
    _step(tasking_id, Verb.TAKE)


@app.command()
def approve(
    tasking_id: str,
    owner: Annotated[
        list[str] | None, typer.Option(help="an owner; may be repeated, the first one leads; default: as proposed")
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
        for line in delivery.announce(services.delivery, [tasking_id]):
            errors.print(line)


@app.command()
def reject(tasking_id: str, reason: Annotated[str, typer.Option(help="why")]) -> None:
    """Reject a proposed tasking, with a reason."""
    _step(tasking_id, Verb.REJECT, reason)


@app.command()
def assign(
    tasking_id: str,
    owner: Annotated[list[str], typer.Option(help="an owner, the lead first; repeat for each owner")],
) -> None:
    """Assign a tasking, and inform its new owners. One that was proposed or has lapsed is then open."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        assigned = meeting.assign(services.meeting, tasking_id, getpass.getuser(), owner)
        errors.print(assigned.words(services.meeting))
        for line in delivery.tell_owners(services.delivery, [tasking_id]) if assigned.counted else ():
            errors.print(line)
        delivery.refresh_all(services.delivery, [tasking_id])


@app.command()
def done(tasking_id: str, note: NoteOption = "") -> None:
    """Mark a tasking as done."""
    _step(tasking_id, Verb.DONE, note)


@app.command()
def carry(tasking_id: str, by: ByOption, note: NoteOption = "") -> None:
    """Carry a tasking over to another day."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        errors.print(meeting.carry(services.meeting, tasking_id, getpass.getuser(), by, note).words(services.meeting))
        delivery.refresh_all(services.delivery, [tasking_id])


@app.command()
def drop(tasking_id: str, reason: Annotated[str, typer.Option(help="why")]) -> None:
    """Drop a tasking, with a reason."""
    _step(tasking_id, Verb.DROP, reason)


def _step(tasking_id: str, verb: Verb, note: str = "") -> None:
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        meeting.tasking_of(services.meeting, tasking_id)
        errors.print(
            meeting.decide(services.meeting, tasking_id, verb, getpass.getuser(), note).words(services.meeting)
        )
        delivery.refresh_all(services.delivery, [tasking_id])
