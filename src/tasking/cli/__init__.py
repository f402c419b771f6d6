"""The morning briefing of a Community Safety Unit, from a shell.

Try it: tasking run --day 2026-10-22 --drops demo/deliveries --out out
"""

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from tasking.cli import (
    access,
    backup,
    briefing,
    categories,
    config,
    export,
    feeds,
    find,
    follow_ups,
    groups,
    held,
    incidents,
    init,
    keys,
    linkage,
    meeting,
    partnerships,
    places,
    privacy,
    quality,
    reports,
    retention,
    reviews,
    schema,
    taskings,
    triggers,
    undo,
)
from tasking.cli.shell import (
    DayOption,
    DropsOption,
    FromOption,
    ToOption,
    errors,
    errors_in_one_sentence,
    open_services,
    output,
)
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(feeds.app, name="feeds")
app.add_typer(export.app, name="export")
app.add_typer(held.app, name="held")
app.add_typer(incidents.app, name="incidents")
app.add_typer(reports.app, name="reports")
app.add_typer(triggers.app, name="triggers")
app.add_typer(groups.app, name="groups")
app.add_typer(reviews.app, name="reviews")
app.add_typer(taskings.app, name="taskings")
app.add_typer(follow_ups.app, name="follow-ups")
app.add_typer(meeting.app, name="meeting")
app.add_typer(keys.app, name="keys")
app.add_typer(access.app, name="access")
app.add_typer(linkage.app, name="linkage")
app.add_typer(categories.app, name="categories")
app.add_typer(places.app, name="places")
app.add_typer(partnerships.app, name="partnerships")
app.add_typer(config.app, name="config")
app.add_typer(privacy.app, name="privacy")
app.add_typer(quality.app, name="quality")
app.add_typer(retention.holds, name="legal-hold")
app.command()(init.init)
app.command()(find.find)
app.command()(undo.undo)
app.command()(schema.schema)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(retention.erase)
app.command()(retention.purge)

# Imports create about a million long-lived objects; collecting among them would add a second to every start.
gc.set_threshold(100_000, 50, 100)


@app.callback()
def main(
    partnership: Annotated[
        str | None, typer.Option(help="one of include/partnerships; also TASKING_PARTNERSHIP", metavar="NAME")
    ] = None,
) -> None:
    from tasking.runtime.logs import set_up_logs

    set_up_logs()
    if partnership:
        os.environ["TASKING_PARTNERSHIP"] = partnership


@app.command()
def run(
    day: DayOption,
    drops: DropsOption = None,
    out: Annotated[Path | None, typer.Option(help="write briefing.html, .txt, .json and slack.json here")] = None,
    post_old_day: Annotated[
        bool, typer.Option("--post-old-day", help="post to chat even if the day is not today")
    ] = False,
) -> None:
    """Run one reporting day: receive every feed, link, brief, and post once.

    Exit status 0 also when a feed is missing (the briefing says so first), 1 when a check fails.
    """
    from tasking import flows
    from tasking.runtime.telemetry import send_day_metrics

    with errors_in_one_sentence():
        services = open_services(drops)
        done = flows.run_day(services, day, is_old_day_posted=post_old_day)
        send_day_metrics(services, day)
        _print_receipts(done.receipts)
        for line in done.posted:
            errors.print(line)
        if out is not None:
            briefing.write_briefing(services, day, out)
            errors.print(f"written: {out / 'briefing.html'}")


@app.command()
def replay(first: FromOption, last: ToOption, drops: DropsOption = None) -> None:
    """Run each day in turn, oldest first. Nothing is posted. Running it again changes nothing."""
    from tasking import flows

    with errors_in_one_sentence():
        if last < first:
            raise TaskingError(f"--to {last} is before --from {first}")
        services = open_services(drops)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=errors) as progress:
            task = progress.add_task("replaying", total=(last - first).days + 1)

            def each(done: flows.Day) -> None:
                progress.update(
                    task, advance=1, description=f"{done.day} v{done.version}: {done.briefing.ledger_words}"
                )

            flows.replay(services, first, last, each)


app.command()(briefing.briefing)
app.command()(briefing.weekly)


@app.command()
def doctor(is_json: Annotated[bool, typer.Option("--json", help="for a monitor")] = False) -> None:
    """Check databases, connections, clock, disk, keys, migrations, the last briefing. Exit status 1 if one is wrong."""
    import json
    from dataclasses import asdict

    from tasking.runtime.doctor import examine
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        checks = examine(Settings(), *_with_connections())
        if is_json:
            sys.stdout.write(json.dumps([asdict(one) for one in checks], ensure_ascii=False) + "\n")
        else:
            table = Table("", "what", "how it is", "what to do", box=box.SIMPLE_HEAD)
            for one in checks:
                table.add_row("well" if one.is_well else Text("ill", "bold red"), one.name, one.words, one.advice)
            output.print(table)
        if not all(one.is_well for one in checks):
            raise typer.Exit(1)


def _with_connections() -> tuple[Any, ...]:
    """Arguments that make `examine` use Airflow's connections, if Airflow is configured here."""
    if "AIRFLOW_HOME" not in os.environ:
        return ()
    from tasking.runtime import airflow

    return (lambda settings: airflow.services(settings.partnership),)


@app.command()
def listen() -> None:
    """Listen for buttons pressed in Slack, over Socket Mode: no port is opened. Ends with Ctrl-C."""
    from tasking.runtime.listen import listen_to_slack

    with errors_in_one_sentence():
        listen_to_slack(open_services(), say=errors.print)


def _print_receipts(receipts: Sequence[Any]) -> None:
    table = Table("feed", "state", "rows", "new", "repeats", "revisions", "held", "out of area", box=box.SIMPLE_HEAD)
    for receipt in receipts:
        ledger = receipt.ledger
        figures = (ledger.rows_in, ledger.new, ledger.repeats, ledger.revisions, ledger.held, ledger.out_of_area)
        table.add_row(receipt.feed, receipt.outcome.replace("_", " "), *map(str, figures))
    errors.print(table)
    for receipt in receipts:
        for words in filter(None, (receipt.reason, *receipt.notes)):
            errors.print(f"{receipt.feed}: {words.removeprefix(f'{receipt.feed}: ')}")
