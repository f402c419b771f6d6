"""Task-and-finish groups: set going, reviewed, closed."""

import getpass
from datetime import date
from typing import Annotated

import typer
from rich import box
from rich.table import Column, Table

from tasking.cli.shell import day_of, errors, errors_in_one_sentence, open_services, output
from tasking.model.proposal import Verb

app = typer.Typer(no_args_is_help=True, help="Task-and-finish groups: who leads, what for, when reviewed, did it work.")

DayOption = Annotated[date | None, typer.Option(parser=day_of, metavar="YYYY-MM-DD")]


@app.command("list")
def list_() -> None:
    """Groups that are approved or active: lead, partners, places, the next review."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        table = Table(
            Column("id", no_wrap=True),
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
                group.proposal_id, "; ".join(group.places), group.lead, ", ".join(group.partners), group.objective,
                str(group.review_on or ""), group.status,
            )  # fmt: skip
        output.print(table)


@app.command()
def start(
    proposal_id: str,
    lead: Annotated[str, typer.Option(help="who leads it")],
    objective: Annotated[str, typer.Option(help="what is to be reached")],
    partner: Annotated[list[str] | None, typer.Option(help="a partner in it; may be repeated")] = None,
    review_on: DayOption = None,
) -> None:
    """Set a group going; approves its proposal where nobody has. Reviewed in 28 days, in 14 at high risk."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        taken = meeting.start_group(
            services.meeting, proposal_id, getpass.getuser(), lead, partner or [], objective, review_on
        )  # fmt: skip
        errors.print(taken.words(services.meeting))
        delivery.refresh_all(services.delivery, [proposal_id])


@app.command()
def review(
    proposal_id: str, note: Annotated[str, typer.Option(help="what was found")], next_on: DayOption = None
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
    proposal_id: str, assessment: Annotated[str, typer.Option(help="what was done, and what came of it")]
) -> None:
    """Close a group with an assessment. Prints before and after, and keeps it with the assessment."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        taken, effect = meeting.close_group(services.meeting, proposal_id, getpass.getuser(), assessment)
        errors.print(taken.words(services.meeting))
        output.print(effect.words if effect else "No before and after: it has no place, or was too short.")
        delivery.refresh_all(services.delivery, [proposal_id])


@app.command()
def reopen(proposal_id: str, reason: Annotated[str, typer.Option(help="why")]) -> None:
    """Take a closed group up again."""
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
    """Before and after for a group's place, its ring, and elsewhere."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        found = meeting.effect_of_group(services.meeting, meeting.proposal_of(services.meeting, proposal_id))
        output.print(found.words if found else "Not yet: it has no place, or has not lasted for a week.")
