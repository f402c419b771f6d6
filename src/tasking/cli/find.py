"""Search from a shell: everything is seen, and searches for people are logged."""

import getpass
from datetime import date
from typing import Annotated, Any

import typer
from rich.text import Text

from tasking.cli.shell import day_of, errors_in_one_sentence, open_services, output

_DAY: dict[str, Any] = {"parser": day_of, "metavar": "YYYY-MM-DD"}


def find(
    words: Annotated[list[str], typer.Argument(help="place, postcode, reference, words, name, number or address")],
    kind: Annotated[
        str, typer.Option(help="only incidents, places, people, taskings, groups or follow-ups", metavar="KIND")
    ] = "",
    since: Annotated[date | None, typer.Option("--from", help="the first day", **_DAY)] = None,
    until: Annotated[date | None, typer.Option("--to", help="the last day", **_DAY)] = None,
    number: Annotated[int, typer.Option("--page", min=1, max=25, help="with --kind: which 20 results")] = 1,
) -> None:
    """Find incidents, places, people, taskings, groups and follow-ups, as the search box of the desk does."""
    from tasking.model.errors import TaskingError
    from tasking.search import Asked, Kind, Reader
    from tasking.warehouse.visibility import FULL_VISIBILITY

    with errors_in_one_sentence():
        if kind and kind not in set(Kind):
            raise TaskingError(f"--kind is one of {', '.join(Kind)}")
        services = open_services()
        reader = Reader(getpass.getuser(), FULL_VISIBILITY, has_details=True)
        found = services.search.find(Asked(" ".join(words), kind, since, until, page=number), reader)
        _print(services, found)
        if found.is_empty and not found.target:
            output.print("Nothing found.")
            raise typer.Exit(1)


def _print(services: Any, found: Any) -> None:
    if found.target:
        output.print(f"That is the reference of {found.target}", soft_wrap=True)
    for word, other in found.corrected.items():
        output.print(f"Showing results for {other} instead of {word}")
    for one in found.incidents:
        row, words = one.incident, "".join(piece.text for piece in one.snippet)
        what = "restricted" if row.is_restricted else f"{services.what(row.category, row.signs)}, {_place(row)}"
        _line(row.incident_id, f"{row.day}  {what}", f"{one.where}: {words}" if words else "")
    for one in found.places:
        _line("ward" if one.is_ward else "place", one.name, "")
    for one in found.people:
        who = ", ".join(filter(None, (one.name, one.contact)))
        words = "somebody in a restricted incident" if one.is_restricted else who
        _line("person", words, f"last on {one.day}: {', '.join(one.incident_ids)}")
    for one in found.taskings:
        _line(one.tasking_id, f"{one.what}, {one.place}" if one.place else one.what, one.status_words)
    for one in found.groups:
        subject = "restricted" if one.proposal.is_restricted else one.proposal.subject
        _line(one.proposal.proposal_id, subject, one.standing.status.value)
    for one in found.follow_ups:
        due_at = one.due_at.astimezone(services.partnership.zone)
        _line(one.follow_up_id, f"due {due_at:%Y-%m-%d %H:%M}", one.state.value)


def _place(row: Any) -> str:
    return str(row.place_name or row.town or row.ward or "place not named")


def _line(name: str, words: str, further: str) -> None:
    output.print(Text(name, "bold"), Text(words), soft_wrap=True)
    if further:
        output.print(Text(f"    {further}"), soft_wrap=True)
