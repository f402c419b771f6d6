"""What the warehouse holds, as CSV."""

from datetime import date
from typing import Any

import typer

from tasking.cli.shell import FromOption, ToOption, errors_in_one_sentence, open_services, write_csv

_OLD_FILE = "same_as_before"  # nothing new came, so the export counts the delivery as missing
_OLD_FILE_WORDS = "the file of an earlier day was sent again: nothing new"

app = typer.Typer(no_args_is_help=True, help="Data from the warehouse, as CSV on standard output.")


@app.command()
def links(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Each report with its incident and why: feed, source_ref, incident_id, link_score, reasons."""

    with errors_in_one_sentence():
        rows = open_services().linkage.links(first, last)
        write_csv(
            ("feed", "source_ref", "incident_id", "link_score", "reasons"),
            ({**row, "reasons": "; ".join(one.words for one in row["evidence"] if one.weight >= 0)} for row in rows),
        )


@app.command()
def review(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Incidents that may be one (kind: merge) and reports that may not belong to theirs (kind: part, the first of the
    two), best first on each day: feed_a, source_ref_a, feed_b, source_ref_b, score, question, kind."""

    from tasking.linkage.explain import review_pairs

    with errors_in_one_sentence():
        rows = review_pairs(open_services().linkage, first, last)
        write_csv(("feed_a", "source_ref_a", "feed_b", "source_ref_b", "score", "question", "kind"), rows)


@app.command()
def series(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Different incidents of one problem: series_id, incident_id, feed, source_ref, why."""
    with errors_in_one_sentence():
        rows = open_services().linkage.series(first, last)
        write_csv(("series_id", "incident_id", "feed", "source_ref", "why"), rows)


@app.command()
def ledger(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """What happened to every row: day, feed, rows_in, new, repeats, revisions, held, out_of_area, ignored."""
    with errors_in_one_sentence():
        rows = open_services().intake.ledger(first, last)
        named = ({**row, "new": row["new_reports"]} for row in rows)
        write_csv(("day", "feed", "rows_in", "new", "repeats", "revisions", "held", "out_of_area", "ignored"), named)


@app.command()
def feeds(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """How each feed ended on each day: day, feed, outcome, reason, files, rows_in, landed_at (UTC).

    Outcomes: landed, landed_in_part, refused, unreachable (we could not look), missing (nothing new was there).
    """
    with errors_in_one_sentence():
        rows = open_services().intake.outcomes(first, last)
        write_csv(("day", "feed", "outcome", "reason", "files", "rows_in", "landed_at"), map(_as_exported, rows))


@app.command()
def quality(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """How each delivery fared against its suites: day, feed, expectation, severity, checked, failed, result (met or
    not met), suite, file. One row for each expectation and delivery, without any value of the delivery."""
    with errors_in_one_sentence():
        rows = open_services().intake.quality(first, last)
        named = ({**row, "result": "met" if row["is_met"] else "not met", "file": row["file_name"]} for row in rows)
        columns = ("day", "feed", "expectation", "severity", "checked", "failed", "result", "suite", "file")
        write_csv(columns, named)


@app.command()
def held(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """The rows that are held: day, feed, source_ref, row_number, reason."""
    with errors_in_one_sentence():
        rows = open_services().intake.still_held(first, last)
        write_csv(("day", "feed", "source_ref", "row_number", "reason"), rows)


@app.command()
def triggers(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """What the rules proposed: day, rule, subject, status, first_seen, reports, evidence (feed:reference of each)."""
    from tasking.triggers import run

    with errors_in_one_sentence():
        rows = run.export_rows(open_services().triggers, first, last)
        write_csv(("day", "rule", "subject", "status", "first_seen", "reports", "evidence"), rows)


@app.command("follow-ups")
def follow_ups(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Which people who reported on these days were contacted: reports (how many), day, partner, how, on, result,
    hours_taken, is_within_72h (or the hours that partnership.yml allows), state.

    A row for each open, contacted or cancelled follow-up. It has no names, and nothing restricted.
    """
    from tasking import meeting

    with errors_in_one_sentence():
        rows = meeting.exported_follow_ups(open_services().meeting, first, last)
        columns = ("reports", "day", "partner", "how", "on", "result", "hours_taken", "is_within_72h", "state")
        write_csv(columns, rows)


@app.command()
def taskings(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Each public tasking proposed on these days: tasking_id, proposed_on, incident_id, proposal_id, what, place,
    owners (lead first), due_on, status, decided_by, decided_at, done_at (UTC), result, times_carried, lapsed_on."""
    from tasking.meeting.export import COLUMNS, tasking_rows
    from tasking.warehouse.visibility import PUBLIC_VISIBILITY

    with errors_in_one_sentence():
        services = open_services()
        rows = tasking_rows(services.meeting, first, last)
        named = sorted({row["incident_id"] for row in rows if row["incident_id"]})
        now = services.linkage.incidents_now(named, PUBLIC_VISIBILITY)  # as `tasking export incidents` names them
        write_csv(COLUMNS, [row | {"incident_id": now.get(row["incident_id"], "")} for row in rows])


@app.command()
def incidents(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Each public incident first reported on these days: incident_id, first_day, last_day, category, place, town, ward,
    occurred_from (UTC), reports, partners, tasking_status (of its newest tasking), tasking_ids, status, outcome."""
    from tasking import casefile
    from tasking.meeting.export import taskings_by_incident

    columns = (
        "incident_id", "first_day", "last_day", "category", "place", "town", "ward", "occurred_from", "reports",
        "partners", "tasking_status", "tasking_ids", "status", "outcome",
    )  # fmt: skip
    with errors_in_one_sentence():
        services = open_services()
        of_incidents = taskings_by_incident(services.meeting)
        rows, found_rows = [], services.linkage.public_incidents(first, last)
        statuses = casefile.statuses_of(services.casefile, [row["incident_id"] for row in found_rows])
        for row in found_rows:
            ids = [row["incident_id"], *row["former_ids"]]
            found = sorted((one for key in ids for one in of_incidents.get(key, ())), key=lambda one: one.proposed_on)
            rows.append(row | {
                "partners": "; ".join(services.partners_of(row["feeds"])),
                "tasking_status": found[-1].status if found else "",
                "tasking_ids": "; ".join(one.tasking_id for one in found),
                "status": statuses[row["incident_id"]].state.value,
                "outcome": statuses[row["incident_id"]].outcome,
            })  # fmt: skip
        write_csv(columns, rows)


def _as_exported(row: dict[str, Any]) -> dict[str, Any]:
    outcome, reason = row["outcome"], row["reason"]
    if outcome == _OLD_FILE:
        outcome, reason = "missing", reason or _OLD_FILE_WORDS
    landed_at = row["landed_at"].isoformat(timespec="seconds") if row["landed_at"] else ""
    return {**row, "outcome": outcome, "reason": reason, "landed_at": landed_at}
