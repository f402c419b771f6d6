"""Task-and-finish groups and operations: started, reviewed, closed."""

import getpass
from datetime import date
from typing import Annotated

import typer
from rich import box
from rich.table import Column, Table

from tasking.cli.shell import day_of, errors, errors_in_one_sentence, open_services, output
from tasking.meeting.by_hand import ANY_KIND
from tasking.model.errors import TaskingError
from tasking.model.proposal import Verb

app = typer.Typer(no_args_is_help=True, help="Task-and-finish groups: lead, objective, reviews and results.")

DayOption = Annotated[date | None, typer.Option(parser=day_of, metavar="YYYY-MM-DD")]

PlaceOption = Annotated[
    list[str] | None, typer.Option(help="a public place, or a street with its town; may be repeated")
]


@app.command("list")
def list_() -> None:
    """Groups that are approved or active: lead, partners, places, the next review."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        table = Table(
            Column("id", no_wrap=True),
            "name",
            "places",
            "lead",
            "partners",
            "objective",
            "review",
            "status",
            box=box.SIMPLE_HEAD,
        )
        for group in meeting.groups(services.meeting):
            table.add_row(
                group.proposal_id, group.name, "; ".join(group.places), group.lead, ", ".join(group.partners),
                group.objective, str(group.review_on or ""), group.status,
            )  # fmt: skip
        output.print(table)


@app.command()
def start(
    lead: Annotated[str, typer.Option(help="who leads it")],
    objective: Annotated[str, typer.Option(help="what it should achieve")],
    proposal_id: Annotated[str | None, typer.Argument(help="a proposal; without one, give --name and --place")] = None,
    partner: Annotated[list[str] | None, typer.Option(help="a partner in it; may be repeated")] = None,
    review_on: DayOption = None,
    name: Annotated[str, typer.Option(help="name of a group or an operation that no rule proposed")] = "",
    theme: Annotated[str, typer.Option(help="what it is about; a theme of a rule, or incidents of any kind")] = "",
    place: Annotated[
        list[str] | None, typer.Option(help="a public place or a street with its town; may be repeated")
    ] = None,
    begins_on: DayOption = None,
    ends_on: DayOption = None,
) -> None:
    """Start a group from a proposal (which approves it if needed), or your own with --name and --place.

    Reviewed in 28 days, in 14 where the severity is high. --begins-on and --ends-on make it an operation.
    """
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        if proposal_id is None:
            new = meeting.NewGroup(
                name, theme or ANY_KIND, place or [], lead, objective, partner or [], review_on, begins_on, ends_on
            )
            output.print(f"{meeting.start_by_hand(services.meeting, getpass.getuser(), new)} started.")
            return
        if name or place or theme or begins_on or ends_on:
            raise TaskingError(
                "A proposal has its own place and theme. Leave out --name, --theme, --place and the dates."
            )
        taken = meeting.start_group(
            services.meeting, proposal_id, getpass.getuser(), lead, partner or [], objective, review_on
        )  # fmt: skip
        errors.print(taken.words(services.meeting))
        delivery.refresh_all(services.delivery, [proposal_id])


@app.command("add-place")
def add_place(proposal_id: str, place: str) -> None:
    """Add a place of the gazetteer to a group."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        taken = meeting.add_place(services.meeting, proposal_id, getpass.getuser(), place)
        errors.print(taken.words(services.meeting))


@app.command("remove-place")
def remove_place(proposal_id: str, place: str) -> None:
    """Remove a place from a group; it keeps at least one."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        taken = meeting.remove_place(services.meeting, proposal_id, getpass.getuser(), place)
        errors.print(taken.words(services.meeting))


@app.command()
def review(
    proposal_id: str, note: Annotated[str, typer.Option(help="the findings")], next_on: DayOption = None
) -> None:
    """Record a review, and when the next one is."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        errors.print(
            meeting.review_group(services.meeting, proposal_id, getpass.getuser(), note, next_on).words(
                services.meeting
            )
        )


@app.command()
def close(
    proposal_id: str, assessment: Annotated[str, typer.Option(help="what was done, and whether it worked")]
) -> None:
    """Close a group with an assessment. Prints before and after, and keeps it with the assessment."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        taken, effect = meeting.close_group(services.meeting, proposal_id, getpass.getuser(), assessment)
        errors.print(taken.words(services.meeting))
        output.print(effect.words if effect else "No before and after: the group has no place, or was too short.")
        delivery.refresh_all(services.delivery, [proposal_id])


@app.command()
def reopen(proposal_id: str, reason: Annotated[str, typer.Option(help="why")]) -> None:
    """Reopen a closed group."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        errors.print(
            meeting.decide(services.meeting, proposal_id, Verb.REOPEN, getpass.getuser(), reason).words(
                services.meeting
            )
        )


@app.command()
def effect(proposal_id: str) -> None:
    """Before and after for all places of a group, the ring around them, and elsewhere."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        found = meeting.effect_of_group(services.meeting, meeting.proposal_of(services.meeting, proposal_id))
        output.print(found.words if found else "Not yet: the group has no place, or has run for less than a week.")
