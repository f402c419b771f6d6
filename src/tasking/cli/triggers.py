"""What the rules propose, and what people decide on it."""

import getpass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Column, Table
from rich.text import Text

from tasking.cli.shell import FromOption, ToOption, day_of, errors, errors_in_one_sentence, open_services, output
from tasking.model.errors import TaskingError
from tasking.model.proposal import LIVE, Verb

app = typer.Typer(no_args_is_help=True, help="What the rules propose: see why, decide, and try other thresholds.")

ReasonOption = Annotated[str, typer.Option("--reason", help="the reason; kept in the log")]


@app.command("list")
def list_(
    is_all: Annotated[bool, typer.Option("--all", help="also show those decided or expired")] = False,
) -> None:
    """Proposals, the oldest first, with their status."""
    from tasking import meeting

    with errors_in_one_sentence():
        table = Table(Column("id", no_wrap=True), "raised", "rule", "subject", "status", box=box.SIMPLE_HEAD)
        for one in meeting.tracked_proposals(open_services().meeting):
            if is_all or one.standing.status in LIVE:
                proposal = one.proposal
                table.add_row(
                    proposal.proposal_id, str(proposal.raised_on), proposal.rule, proposal.subject, one.standing.status
                )
        output.print(table)


@app.command()
def check(names: Annotated[list[str] | None, typer.Argument(metavar="[RULE]...")] = None) -> None:
    """Check each rule, and run its query on an empty warehouse."""
    from tasking.runtime.rule_check import check_rules
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        results = check_rules(Settings(), names or [])
        for result in results:
            mark = Text("sound", "green") if result.is_sound else Text("not sound", "bold red")
            said = f": {result.fault}" if result.fault else ""
            output.print(Text.assemble(f"{result.rule}: ", mark, said), soft_wrap=True)
        if not all(result.is_sound for result in results):
            raise typer.Exit(2)


@app.command()
def explain(proposal_id: str) -> None:
    """A proposal in plain words: what was found, in which reports, by which rule, what was missing, what people did."""
    from tasking import meeting

    with errors_in_one_sentence():
        for line in meeting.explain_proposal(open_services().meeting, proposal_id, getpass.getuser()):
            output.print(line, soft_wrap=True)


@app.command()
def approve(
    proposal_id: str,
    reason: ReasonOption = "",
    owner: Annotated[
        list[str] | None, typer.Option(help="an owner; may be repeated, the first one leads; default: as declared")
    ] = None,
    by: Annotated[
        date | None, typer.Option("--by", parser=day_of, metavar="YYYY-MM-DD", help="the day it is due, or reviewed")
    ] = None,
    objective: Annotated[str, typer.Option(help="of a group; default: by its rule")] = "",
) -> None:
    """Approve a proposal: its group starts, or its tasking is made, in the same step."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        taken = meeting.approve(
            services.meeting, proposal_id, getpass.getuser(), reason, owners=owner or (), due_on=by, objective=objective
        )
        errors.print(taken.words(services.meeting))
        for line in delivery.announce(services.delivery, [proposal_id]):
            errors.print(line)


@app.command()
def reject(proposal_id: str, reason: ReasonOption) -> None:
    """Reject a proposal, with a reason. It may come again after 14 days, or with half as many incidents again."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        meeting.proposal_of(services.meeting, proposal_id)
        taken = meeting.decide(services.meeting, proposal_id, Verb.REJECT, getpass.getuser(), reason)
        errors.print(taken.words(services.meeting))
        delivery.refresh_all(services.delivery, [proposal_id])


@app.command()
def merge(
    proposal_id: str,
    into: Annotated[str, typer.Option(help="the group to merge it into")],
    reason: ReasonOption = "",
) -> None:
    """Merge a proposal into a group: its place becomes one of the group's places."""
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        errors.print(
            meeting.merge(services.meeting, proposal_id, into, getpass.getuser(), reason).words(services.meeting)
        )
        delivery.refresh_all(services.delivery, [proposal_id, into])


@app.command()
def simulate(
    first: FromOption,
    last: ToOption,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="RULE.NUMBER=VALUE", help="another threshold; may be repeated")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="write a PNG chart here")] = None,
) -> None:
    """Replay history with other thresholds: what would be proposed, what is new, what is lost. Changes nothing."""
    from tasking.cli.simulated import print_simulated
    from tasking.triggers import simulation, simulation_picture

    with errors_in_one_sentence():
        if last < first:
            raise TaskingError(f"--to {last} is before --from {first}")
        services = open_services()
        simulated = simulation.simulate(services.triggers, first, last, _numbers(settings or []))
        print_simulated(simulated)
        if picture is not None:
            picture.write_bytes(simulation_picture.draw_simulation(simulated).png)
            errors.print(f"written: {picture}")


def _numbers(settings: list[str]) -> dict[str, float]:
    numbers = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        try:
            numbers[name] = float(value)
        except ValueError:
            raise typer.BadParameter(f"{setting}: write --set cluster.incidents=3") from None
        if not equals:
            raise typer.BadParameter(f"{setting}: write --set cluster.incidents=3")
    return numbers
