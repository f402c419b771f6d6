"""How long data is kept, what must be kept longer, and one person's end in it."""

import getpass
import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table

from tasking.cli.shell import day_of, errors, one_sentence, open_desk

holds = typer.Typer(no_args_is_help=True, help="Legal holds: what is kept whatever its age and whoever asks.")

SubjectOption = Annotated[
    str,
    typer.Option(
        "--subject",
        help="a telephone number, an e-mail address, a whole name, a pseudonym, or FEED:REFERENCE of a report they "
        "made; - reads it from standard input",
    ),
]
ReasonOption = Annotated[str, typer.Option("--reason", help="kept in the log")]


def erase(
    subject: SubjectOption,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="say what is theirs, and erase nothing")] = False,
    out: Annotated[Path | None, typer.Option(help="write the certificate here too")] = None,
) -> None:
    """Take one person out of everything, and print a certificate of what was found and removed."""
    from tasking import flows
    from tasking.runtime.elsewhere import elsewhere
    from tasking.runtime.settings import Settings

    with one_sentence():
        desk = open_desk()
        ref = sys.stdin.readline().strip() if subject == "-" else subject
        if is_dry:
            person = flows.find_person(desk, ref)
            told = len({one.report_id for one in person.known if one.is_caller})
            about = len({one.report_id for one in person.known if one.is_subject})
            errors.print(f"{told} report(s) that they made, {about} about them; nothing was erased")
            return
        certificate = flows.erase(desk, ref, getpass.getuser(), elsewhere(desk, Settings()))
        text = json.dumps(certificate, ensure_ascii=False, indent=2)
        sys.stdout.write(text + "\n")
        if out is not None:
            out.write_text(text + "\n", encoding="utf-8")


def purge(
    day: Annotated[
        date | None,
        typer.Option("--day", parser=day_of, metavar="YYYY-MM-DD", help="else today"),
    ] = None,
) -> None:
    """Remove what is older than partnership.yml lets it be. The DAG housekeeping does so every night."""
    from tasking import flows

    with one_sentence():
        desk = open_desk()
        today = day or desk.clock().astimezone(desk.partnership.zone).date()
        for name, count in flows.purge(desk, today).items():
            Console(highlight=False).print(f"{name}: {count}")


@holds.command()
def place(subject: SubjectOption, reason: ReasonOption) -> None:
    """Keep a person, or a report by FEED:REFERENCE, from retention and erasure."""
    from tasking import flows

    with one_sentence():
        ref = sys.stdin.readline().strip() if subject == "-" else subject
        Console(highlight=False).print(flows.place_hold(open_desk(), ref, reason, getpass.getuser()))


@holds.command()
def lift(hold_id: str, reason: ReasonOption) -> None:
    """End a legal hold."""
    from tasking import flows

    with one_sentence():
        flows.lift_hold(open_desk(), hold_id, reason, getpass.getuser())
        errors.print(f"{hold_id} is lifted")


@holds.command("list")
def list_() -> None:
    """The legal holds in force."""
    from tasking.warehouse.legal_holds import in_force

    with one_sentence():
        table = Table(Column("id", no_wrap=True), "since", "by", "people", "reports", "why", box=box.SIMPLE_HEAD)
        for one in in_force(open_desk().warehouse):
            people, reports = str(len(one.people)), str(len(one.reports))
            table.add_row(one.hold_id, f"{one.placed_at:%Y-%m-%d}", one.actor, people, reports, one.reason)
        Console().print(table)
