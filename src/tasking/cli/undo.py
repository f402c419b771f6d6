"""Takes a decision back: on a proposal, a group, a tasking, or on which reports are one incident."""

import getpass
from typing import Annotated

import typer

from tasking.cli.shell import errors, errors_in_one_sentence, open_services
from tasking.model.proposal import day_of_id


def undo(
    subject: Annotated[str, typer.Argument(metavar="ID", help="a proposal, a tasking, an incident, or FEED:REFERENCE")],
    reason: Annotated[str, typer.Option("--reason", help="the reason; needed after the day of the decision")] = "",
) -> None:
    """Undo the newest decision on a proposal, tasking or incident, with what followed from it. Nothing is deleted."""
    from tasking import delivery, meeting
    from tasking.linkage import decisions

    with errors_in_one_sentence():
        services = open_services()
        if day_of_id(subject) is None:
            errors.print(decisions.undo(services.linkage, subject, getpass.getuser(), reason))
            return
        taken = meeting.undo(services.meeting, subject, getpass.getuser(), reason)
        errors.print(taken.words(services.meeting))
        delivery.refresh_all(services.delivery, [subject, taken.step.subject_id])
