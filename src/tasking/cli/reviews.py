"""ASB case reviews from a shell: what comes next for each, and by when."""

import getpass
from typing import Annotated

import typer
from rich import box
from rich.table import Column, Table

from tasking.cli.shell import errors, errors_in_one_sentence, open_services, output

app = typer.Typer(
    no_args_is_help=True, help="ASB case reviews: see what is due, acknowledge a request, record a decision."
)


@app.command("list")
def list_() -> None:
    """Case reviews that are not decided, the earliest due first. Restricted ones are not shown."""
    from tasking import meeting
    from tasking.warehouse.visibility import PUBLIC_VISIBILITY

    with errors_in_one_sentence():
        services = open_services()
        withheld = services.guard.withheld_proposals(PUBLIC_VISIBILITY)
        table = Table(
            Column("id", no_wrap=True), "case", "threshold met", "complaints", "next step", "due", box=box.SIMPLE_HEAD
        )
        for one in meeting.case_reviews(services.meeting, withheld=withheld):
            due = f"{one.due_on}{', overdue' if one.is_overdue else ''}"
            table.add_row(one.proposal_id, one.subject, str(one.since), str(one.complaints), one.next_step, due)
        output.print(table)


@app.command()
def acknowledge(proposal_id: str, note: Annotated[str, typer.Option(help="kept in the log")] = "") -> None:
    """Record that a request for a review was acknowledged."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        taken = meeting.acknowledge_review(services.meeting, proposal_id, getpass.getuser(), note)
        errors.print(taken.words(services.meeting))


@app.command()
def decide(proposal_id: str, outcome: Annotated[str, typer.Option(help="what was decided, and why")]) -> None:
    """Record the decision on a case review, and close it."""
    from tasking import meeting

    with errors_in_one_sentence():
        services = open_services()
        taken = meeting.decide_review(services.meeting, proposal_id, getpass.getuser(), outcome)
        errors.print(taken.words(services.meeting))
