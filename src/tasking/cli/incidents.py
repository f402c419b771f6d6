"""Commands on incidents: why their reports are linked, and people's decisions on them."""

import getpass
from datetime import date
from typing import Annotated, Any

import typer
from rich.text import Text

from tasking.cli.shell import FromOption, ToOption, errors, errors_in_one_sentence, open_services, output

app = typer.Typer(no_args_is_help=True, help="Which reports are one incident: see why, and put it right for good.")

NoteOption = Annotated[str, typer.Option("--note", help="why; kept in the log")]


@app.command()
def show(incident_id: str) -> None:
    """The reports of an incident, and why they are in it: what speaks for each, what against, and how much it
    weighs."""
    from tasking.linkage.explain import explain_incident

    with errors_in_one_sentence():
        services = open_services()
        reports = explain_incident(services.linkage, incident_id, getpass.getuser())
        conflicts = _place_conflicts(services, reports[0].reference)
        for report in reports:
            output.print(Text(report.reference, "bold"), report.words, soft_wrap=True)
            if report.reference in conflicts:
                output.print(f"    where it was is in doubt: {conflicts[report.reference]}", soft_wrap=True)
            for one in report.evidence:
                output.print(f"    {one.weight:+.2f}  {one.comparison}: {one.words}", soft_wrap=True)


def _place_conflicts(services: Any, reference: str) -> dict[str, str]:
    """Report id -> how what it says of where disagrees, of the reports that are in one incident with this one."""
    from tasking.linkage.report_facts import error_m_of
    from tasking.places.position_check import conflict_words
    from tasking.warehouse.visibility import FULL_VISIBILITY

    feed, _, source_ref = reference.partition(":")
    found = services.linkage.incidents_named(source_ref, [feed], FULL_VISIBILITY)
    rows = [row for one in found for row in services.linkage.reports_side_by_side(one, FULL_VISIBILITY)]
    return conflict_words(services.gazetteer, rows, lambda name: error_m_of(services.linkage, name))


@app.command()
def questions(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Incidents that may be one (merge), and reports that may not belong to theirs (part: the first of the two).

    Answer with `merge A B` or `never A B`, A and B as they are shown: one incident, or never one.
    """
    from tasking.linkage.explain import review_pairs

    with errors_in_one_sentence():
        for row in review_pairs(open_services().linkage, first, last):
            pair = f"{row['feed_a']}:{row['source_ref_a']} {row['feed_b']}:{row['source_ref_b']}"
            output.print(f"{pair}  ({row['kind']}, {row['score']:.2f})\n    {row['question']}", soft_wrap=True)


@app.command()
def split(
    incident_id: str,
    reports: Annotated[list[str], typer.Argument(metavar="FEED:REFERENCE...", help="the reports that go")],
    note: NoteOption = "",
) -> None:
    """Take reports out of an incident, for good."""
    from tasking.linkage import decisions

    with errors_in_one_sentence():
        decisions.split(open_services().linkage, incident_id, reports, getpass.getuser(), note)
        errors.print(f"{incident_id} no longer holds them, and no run will put them back")


@app.command()
def merge(one: str, other: str, note: NoteOption = "") -> None:
    """Make two incidents one, for good."""
    from tasking.linkage import decisions

    with errors_in_one_sentence():
        errors.print(
            f"one incident now: {decisions.merge(open_services().linkage, one, other, getpass.getuser(), note)}"
        )


@app.command()
def never(one: str, other: str, note: NoteOption = "") -> None:
    """Say that two incidents, or two reports, are never one."""
    from tasking.linkage import decisions

    with errors_in_one_sentence():
        decisions.keep_apart(open_services().linkage, one, other, getpass.getuser(), note)
        errors.print("kept apart, for good")
