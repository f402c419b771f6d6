"""Follow-ups: the people who asked to hear what was done."""

import getpass
from datetime import date, time
from typing import Annotated

import typer
from rich import box
from rich.table import Column, Table

from tasking.cli.shell import clock_time, day_of, errors, errors_in_one_sentence, open_services, output
from tasking.model.day import moment_of
from tasking.model.errors import TaskingError
from tasking.model.follow_up import Contact, How, Result, State

app = typer.Typer(no_args_is_help=True, help="People who asked to be told what was done: who to contact, and by when.")


@app.command("list")
def list_(
    partner: Annotated[str, typer.Option(help="only reports to this partner")] = "",
    is_overdue: Annotated[bool, typer.Option("--overdue", help="only what is overdue")] = False,
    is_all: Annotated[bool, typer.Option("--all", help="also show contacted and cancelled ones")] = False,
    is_restricted: Annotated[
        bool, typer.Option("--restricted", help="show restricted ones instead, without what happened and where")
    ] = False,
) -> None:
    """Follow-ups that are open, the earliest due first. The list has no names."""
    from tasking import meeting
    from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

    with errors_in_one_sentence():
        services = open_services()
        zone = services.partnership.zone
        table = Table(Column("id", no_wrap=True), "contact by", "status", "what", "where", "reported to", "reports",
                      "tries", box=box.SIMPLE_HEAD)  # fmt: skip
        visibility = FULL_VISIBILITY if is_restricted else PUBLIC_VISIBILITY
        shown = []
        for one in meeting.follow_ups(services.meeting, visibility):
            due = one.due(services.meeting)
            reported_to = services.partners_of(one.feeds)
            is_wanted = (is_all or one.state == State.OPEN) and (not partner or partner in reported_to)
            if one.is_restricted != is_restricted or not is_wanted or (is_overdue and due != meeting.Due.OVERDUE):
                continue
            shown.append(one)
            first = one.reports[0]
            about = ("restricted", "") if is_restricted else (services.what(first.category, first.signs), first.place)
            status = str(due) if one.state == State.OPEN else str(one.state)
            due_at = f"{one.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
            table.add_row(one.follow_up_id, due_at, status, *about, ", ".join(reported_to), str(len(one.reports)),
                          str(len(one.tries)))  # fmt: skip
        output.print(table)
        words = meeting.counts_of(services.meeting, shown).words
        errors.print(f"{words}. Anonymous callers and people who do not want to be contacted are left out.")


@app.command()
def record(
    follow_up_id: str,
    how: Annotated[How, typer.Option(help="how the person was contacted")],
    by: Annotated[str, typer.Option(help="the partner who did it")],
    result: Annotated[Result, typer.Option(help="the result")],
    on: Annotated[
        date | None, typer.Option("--on", parser=day_of, metavar="YYYY-MM-DD", help="the day; today by default")
    ] = None,
    at: Annotated[
        time | None, typer.Option("--at", parser=clock_time, metavar="HH:MM", help="the time; now by default")
    ] = None,
    note: Annotated[str, typer.Option(help="shown on the desk only")] = "",
) -> None:
    """Record a contact. After "no answer" or a wrong number the follow-up stays open."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        now = services.clock()
        if on is not None and at is None:
            raise TaskingError("enter the time too: --at HH:MM")
        day = on or meeting.today(services.meeting)
        contacted_at = moment_of(day, at, services.partnership.zone) if at else now
        one = meeting.follow_up_of(services.meeting, follow_up_id)
        contact = Contact(how, by, contacted_at, result, note)
        act = meeting.record_contact(services.meeting, one, getpass.getuser(), contact)
        errors.print("recorded; the person has been contacted" if act.settles else "recorded; it stays open")


@app.command()
def cancel(
    follow_up_ids: Annotated[list[str], typer.Argument(metavar="ID...")],
    reason: Annotated[str, typer.Option(help="why the person will not be contacted; kept in the log")],
) -> None:
    """Cancel follow-ups: all of them, or none if one can't be cancelled."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        cancelled = meeting.cancel_follow_ups(services.meeting, follow_up_ids, getpass.getuser(), reason)
        errors.print(f"{cancelled} cancelled")


@app.command()
def undo(follow_up_id: str) -> None:
    """Undo what was last recorded for a follow-up, if that was today."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        meeting.undo_follow_up(
            services.meeting, meeting.follow_up_of(services.meeting, follow_up_id), getpass.getuser()
        )
        errors.print("undone; it is open")
