"""What the rules propose, and people's decisions on it."""

import getpass
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Column, Table
from rich.text import Text

from tasking.cli.shell import FromOption, ToOption, errors, errors_in_one_sentence, open_services, output
from tasking.model.errors import TaskingError
from tasking.model.proposal import LIVE, Verb

app = typer.Typer(no_args_is_help=True, help="What the rules propose: see why, decide, and try other numbers.")

ReasonOption = Annotated[str, typer.Option("--reason", help="why; kept in the log")]


@app.command("list")
def list_(
    is_all: Annotated[bool, typer.Option("--all", help="those that were decided or expired too")] = False,
) -> None:
    """Proposals, the oldest first, with where they stand."""
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
    """Is each rule sound, and does its query run? Tried on an empty warehouse."""
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
def approve(proposal_id: str, reason: ReasonOption = "") -> None:
    """Approve a proposal. A group is then started with: tasking groups start."""
    _decide(proposal_id, Verb.APPROVE, reason)


@app.command()
def reject(proposal_id: str, reason: ReasonOption) -> None:
    """Reject a proposal, and say why. It may come again after 14 days, or with half as many incidents again."""
    _decide(proposal_id, Verb.REJECT, reason)


@app.command()
def merge(
    proposal_id: str,
    into: Annotated[str, typer.Option(help="the group that it becomes a place of")],
    reason: ReasonOption = "",
) -> None:
    """Make a proposal part of a group: the group is the parent, its place a child of it."""
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
        list[str] | None, typer.Option("--set", metavar="RULE.NUMBER=VALUE", help="another number; may be repeated")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="draw it as a PNG here")] = None,
) -> None:
    """Replay history under other numbers: what would have been proposed, what is new, what is lost. Changes nothing."""
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


def _decide(proposal_id: str, verb: Verb, reason: str) -> None:
    from tasking import delivery, meeting

    with errors_in_one_sentence():
        services = open_services()
        meeting.proposal_of(services.meeting, proposal_id)
        errors.print(
            meeting.decide(services.meeting, proposal_id, verb, getpass.getuser(), reason).words(services.meeting)
        )
        delivery.refresh_all(services.delivery, [proposal_id])
