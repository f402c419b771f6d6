"""Commands on incidents: why their reports are linked, and people's decisions on them."""

import getpass
from datetime import date
from typing import Annotated, Any

import typer
from rich.text import Text

from tasking.cli.shell import DayOption, FromOption, ToOption, errors, errors_in_one_sentence, open_services, output
from tasking.model.casefile import IncidentState
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, help="Which reports are one incident: see why, and correct it permanently.")

NoteOption = Annotated[str, typer.Option("--note", help="the reason; kept in the log")]


@app.command()
def show(incident_id: str) -> None:
    """The reports of an incident, and why they are in it: the evidence for and against each, and how strong it is."""
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
                output.print(f"    {one.strength}: {one.cited or one.words}", soft_wrap=True)


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
def status(
    incident_id: str,
    state: Annotated[IncidentState | None, typer.Option("--set", help="new, in hand or closed")] = None,
    outcome: Annotated[
        str, typer.Option(help="resolved, passed_on, no_further_action, not_founded, or what partnership.yml has")
    ] = "",
    passed_to: Annotated[str, typer.Option(help="the partner that it is passed to")] = "",
    reason: Annotated[str, typer.Option(help="why it is closed; kept with it")] = "",
) -> None:
    """Where an incident stands; with --set, changes it."""
    from tasking import casefile
    from tasking.warehouse.visibility import FULL_VISIBILITY

    with errors_in_one_sentence():
        services = open_services()
        reports = services.linkage.reports_side_by_side(incident_id, FULL_VISIBILITY)
        if not reports:
            raise TaskingError(f"There is no incident {incident_id}")
        if state is not None:
            casefile.set_status(
                services.casefile, incident_id, reports, getpass.getuser(), state, outcome, passed_to, reason
            )
        found = casefile.statuses_of(services.casefile, [incident_id], FULL_VISIBILITY)[incident_id]
        by = f" ({found.step.actor}, {found.step.day})" if found.step else ""
        output.print(f"{incident_id}: {found.words}{by}", soft_wrap=True)


@app.command("fetch-photos")
def fetch_photos(day: DayOption) -> None:
    """Fetch the photos that partners sent the addresses of; what cannot be had is tried again the next time."""
    from tasking import casefile

    with errors_in_one_sentence():
        for line in casefile.fetch_photos(open_services().casefile, day):
            output.print(line, soft_wrap=True)


@app.command()
def questions(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Incidents that may be one (merge), and reports that may not belong to theirs (part: the first of the two).

    Answer with `merge A B` or `never A B`, A and B as they are shown: the same incident, or different.
    """
    from tasking.linkage.explain import review_pairs

    with errors_in_one_sentence():
        for row in review_pairs(open_services().linkage, first, last):
            pair = f"{row['feed_a']}:{row['source_ref_a']} {row['feed_b']}:{row['source_ref_b']}"
            output.print(f"{pair}  ({row['kind']}, {row['score']:.2f})\n    {row['question']}", soft_wrap=True)


@app.command()
def split(
    incident_id: str,
    reports: Annotated[list[str], typer.Argument(metavar="FEED:REFERENCE...", help="the reports to split off")],
    note: NoteOption = "",
    may_join: Annotated[
        bool, typer.Option("--may-join", help="linking may put them into another incident; else only a person does")
    ] = False,
) -> None:
    """Split reports off an incident, permanently. They stay apart from every other incident."""
    from tasking.linkage import decisions

    with errors_in_one_sentence():
        decisions.split(open_services().linkage, incident_id, reports, getpass.getuser(), note, is_alone=not may_join)
        errors.print(f"{incident_id} no longer has these reports. Later runs will not put them back")


@app.command()
def merge(one: str, other: str, note: NoteOption = "") -> None:
    """Merge two incidents, permanently."""
    from tasking.linkage import decisions

    with errors_in_one_sentence():
        errors.print(
            f"merged into one incident: {decisions.merge(open_services().linkage, one, other, getpass.getuser(), note)}"
        )


@app.command()
def never(one: str, other: str, note: NoteOption = "") -> None:
    """Record that two incidents, or two reports, are different."""
    from tasking.linkage import decisions

    with errors_in_one_sentence():
        decisions.keep_apart(open_services().linkage, one, other, getpass.getuser(), note)
        errors.print("marked as different incidents, permanently")
