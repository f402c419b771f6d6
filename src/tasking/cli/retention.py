"""Commands for retention, legal holds, and the erasure of one person."""

import csv
import getpass
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Column, Table
from rich.text import Text

from tasking.cli.shell import day_of, errors, errors_in_one_sentence, open_services, output
from tasking.model.cells import escape_formula
from tasking.model.errors import TaskingError

if TYPE_CHECKING:
    from tasking.privacy.erasure import Plan

holds = typer.Typer(
    no_args_is_help=True, help="Legal holds: records that must be kept, whatever their age and whoever asks."
)

SubjectOption = Annotated[
    str,
    typer.Option(
        "--subject",
        help="a telephone number, an email address, a whole name, a pseudonym, or FEED:REFERENCE of a report they "
        "made; - reads it from standard input",
    ),
]
ReasonOption = Annotated[str, typer.Option("--reason", help="kept in the log")]


def erase(
    subject: Annotated[
        str,
        typer.Option(
            "--subject",
            help="a telephone number, an email address, a whole name, a date of birth, a pseudonym, or "
            "FEED:REFERENCE of a report they made; several with ; between them, as in 'NAME; NUMBER'; - reads "
            "standard input, one a line",
        ),
    ] = "",
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="list every change in its context, without changing anything")
    ] = False,
    ticked: Annotated[
        Path | None,
        typer.Option(
            help="the list that --dry-run --out wrote, with an x under tick for each change to make; the rest stays",
            exists=True,
        ),
    ] = None,
    tick: Annotated[list[str] | None, typer.Option(help="the id of a possible match that is theirs")] = None,
    keep: Annotated[list[str] | None, typer.Option(help="the id of a listed match that is not theirs")] = None,
    look_in: Annotated[
        list[Path] | None, typer.Option(help="a back-up, or a folder of them, to look through as well", exists=True)
    ] = None,
    unfinished: Annotated[
        str, typer.Option("--finish", metavar="E-…", help="finish an erasure whose certificate says not yet")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="write the certificate, or with --dry-run the list, here too")
    ] = None,
) -> None:
    """Erase one person everywhere, and print a certificate of what was found and removed."""
    from tasking.privacy import erasure
    from tasking.runtime.outside_stores import outside_stores
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        services = open_services()
        ref = sys.stdin.read().strip() if subject == "-" else subject
        places, actor = outside_stores(services, Settings(), look_in or ()), getpass.getuser()
        if is_dry:
            person = erasure.find_person(services.privacy, ref)
            _list_changes(erasure.plan(services.privacy, person, places), out)
            return
        if unfinished:
            certificate = erasure.finish(services.privacy, unfinished, actor, places, ref)
        else:
            decided = {**_ticks(ticked), **dict.fromkeys(tick or (), True), **dict.fromkeys(keep or (), False)}
            certificate = erasure.erase(services.privacy, ref, actor, places, decided, is_whole_list=ticked is not None)
        text = json.dumps(certificate, ensure_ascii=False, indent=2)
        sys.stdout.write(text + "\n")
        if out is not None:
            out.write_text(text + "\n", encoding="utf-8")
        for line in certificate["still_to_do"]:
            errors.print(line, soft_wrap=True)
        if not certificate["is_complete"]:
            raise typer.Exit(1)


_LIST_COLUMNS = ("tick", "id", "sure", "what", "where", "row", "before", "words", "after")


def _list_changes(planned: "Plan", out: Path | None) -> None:
    """Prints the certain changes and, separately, the possible ones; writes both to `out` as a list to tick."""
    person = planned.person
    told = len({one.report_id for one in person.own_reports if one.is_caller})
    about = len({one.report_id for one in person.own_reports if one.is_subject})
    for is_sure, heading in ((True, "Would be changed"), (False, "Possible matches: not changed unless ticked")):
        found = [one for one in planned.changes if one.is_sure == is_sure]
        table = Table(
            Column("id", no_wrap=True), "what", "where", "in its context",
            title=f"{heading} ({len(found)})", title_justify="left", box=box.SIMPLE_HEAD,
        )  # fmt: skip
        for one in found:
            words = f"{one.before}»{one.match}«{one.after}" if one.match else ""
            table.add_row(one.change_id, one.kind, f"{one.where}: {one.row}", Text(words))
        output.print(table)
    if planned.blocked:
        errors.print(f"{len(planned.blocked)} more would stay, because of a legal hold")
    if out is not None:
        with out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_LIST_COLUMNS)
            for one in planned.changes:
                cells = (one.kind, one.where, one.row, one.before, one.match, one.after)
                sure = "yes" if one.is_sure else "possibly"
                writer.writerow(["x" if one.is_sure else "", one.change_id, sure, *map(escape_formula, cells)])
        out.chmod(0o600)
    errors.print(f"{told} report(s) that they made, {about} about them; nothing was erased")


def _ticks(path: Path | None) -> dict[str, bool]:
    """Change id -> whether it is ticked. Raises TaskingError if the file is not such a list."""
    if path is None:
        return {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if rows and not {"tick", "id"} <= rows[0].keys():
        raise TaskingError(f"{path.name} is no list of changes: it has no columns tick and id")
    return {row["id"]: bool((row["tick"] or "").strip()) for row in rows}


def purge(
    day: Annotated[
        date | None,
        typer.Option("--day", parser=day_of, metavar="YYYY-MM-DD", help="else today"),
    ] = None,
) -> None:
    """Remove data older than partnership.yml allows. The DAG housekeeping does this every night."""
    from tasking.privacy import retention

    with errors_in_one_sentence():
        services = open_services()
        today = day or services.clock().astimezone(services.partnership.zone).date()
        for name, count in retention.purge(services.privacy, today).items():
            output.print(f"{name}: {count}")


@holds.command()
def place(subject: SubjectOption, reason: ReasonOption) -> None:
    """Keep a person, or a report by FEED:REFERENCE, from retention and erasure."""
    from tasking.privacy import erasure

    with errors_in_one_sentence():
        ref = sys.stdin.readline().strip() if subject == "-" else subject
        output.print(erasure.place_hold(open_services().privacy, ref, reason, getpass.getuser()))


@holds.command()
def lift(hold_id: str, reason: ReasonOption) -> None:
    """End a legal hold."""
    from tasking.privacy import erasure

    with errors_in_one_sentence():
        erasure.lift_hold(open_services().privacy, hold_id, reason, getpass.getuser())
        errors.print(f"{hold_id} is lifted")


@holds.command("list")
def list_() -> None:
    """The legal holds in force."""

    with errors_in_one_sentence():
        table = Table(Column("id", no_wrap=True), "since", "by", "people", "reports", "why", box=box.SIMPLE_HEAD)
        for one in open_services().privacy.legal_holds():
            people, reports = str(len(one.people)), str(len(one.reports))
            table.add_row(one.hold_id, f"{one.placed_at:%Y-%m-%d}", one.actor, people, reports, one.reason)
        output.print(table)
