"""The morning briefing of a Community Safety Unit, from a shell.

Try it: tasking run --day 2026-10-22 --drops demo/deliveries --out out
"""

import csv
import gc
import getpass
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tasking.model.errors import PromiseBroken, TaskingError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
feeds_app = typer.Typer(no_args_is_help=True, help="The partner feeds that are declared under include/feeds.")
export_app = typer.Typer(no_args_is_help=True, help="What the warehouse holds, as CSV on standard output.")
held_app = typer.Typer(no_args_is_help=True, help="Rows that wait for a person.")
incidents_app = typer.Typer(
    no_args_is_help=True, help="Which reports are one incident: see why, and put it right for good."
)
places_app = typer.Typer(no_args_is_help=True, help="The gazetteer: what places are called and where they are.")
linkage_app = typer.Typer(no_args_is_help=True, help="The weights by which reports are put together.")
app.add_typer(feeds_app, name="feeds")
app.add_typer(export_app, name="export")
app.add_typer(held_app, name="held")
app.add_typer(incidents_app, name="incidents")
app.add_typer(linkage_app, name="linkage")
app.add_typer(places_app, name="places")

errors = Console(stderr=True, highlight=False)

# The libraries make a million objects that stay; looking for garbage among them costs a second of every start.
gc.set_threshold(100_000, 50, 100)


def _day(text: str | date) -> date:
    if isinstance(text, date):
        return text
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        raise typer.BadParameter("a day is written YYYY-MM-DD") from None


DayOption = Annotated[date, typer.Option("--day", parser=_day, metavar="YYYY-MM-DD", help="the reporting day")]
FromOption = Annotated[date, typer.Option("--from", parser=_day, metavar="YYYY-MM-DD", help="the first day")]
ToOption = Annotated[date, typer.Option("--to", parser=_day, metavar="YYYY-MM-DD", help="the last day")]
DropsOption = Annotated[
    Path | None, typer.Option(help="a folder of deliveries, one folder a feed; else each feed's own transport")
]


class Format(StrEnum):
    JSON = "json"
    TEXT = "text"
    HTML = "html"
    SLACK = "slack"


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Errors of ours in one sentence: exit 1 for a broken promise, 2 for anything else we say no to."""
    try:
        yield
    except PromiseBroken as error:
        errors.print(f"[bold red]A promise is broken:[/] {error}", soft_wrap=True)
        raise typer.Exit(1) from None
    except TaskingError as error:
        errors.print("[bold red]Error:[/]", end=" ")
        errors.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None


def _desk(drops: Path | None = None) -> Any:
    from tasking.runtime.local import open_desk
    from tasking.runtime.settings import Settings

    settings = Settings()
    if drops is not None:
        settings = settings.model_copy(update={"drops": drops.resolve()})
    if settings.drops is not None and not settings.drops.is_dir():
        raise TaskingError(f"there is no folder of deliveries at {settings.drops}")
    return open_desk(settings)


@app.command()
def run(
    day: DayOption,
    drops: DropsOption = None,
    out: Annotated[Path | None, typer.Option(help="write briefing.html, .txt, .json and slack.json here")] = None,
    post_old_day: Annotated[
        bool, typer.Option("--post-old-day", help="post to chat although the day is not today")
    ] = False,
) -> None:
    """Run one reporting day: receive every feed, link, brief, and post once.

    Exit status 0 also when a feed is missing (the briefing says so first), 1 when a promise is broken.
    """
    from tasking import flows

    with _one_sentence():
        desk = _desk(drops)
        done = flows.run_day(desk, day, is_old_day_posted=post_old_day)
        _print_receipts(done.receipts)
        for line in done.posted:
            errors.print(line)
        if out is not None:
            _write_all(desk, day, out)
            errors.print(f"written: {out / 'briefing.html'}")


@app.command()
def replay(first: FromOption, last: ToOption, drops: DropsOption = None) -> None:
    """Run each day in turn, oldest first. Nothing is posted. Running it again changes nothing."""
    from tasking import flows

    with _one_sentence():
        if last < first:
            raise TaskingError(f"--to {last} is before --from {first}")
        desk = _desk(drops)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=errors) as progress:
            task = progress.add_task("replaying", total=(last - first).days + 1)

            def each(done: flows.Day) -> None:
                progress.update(
                    task, advance=1, description=f"{done.day} v{done.version}: {done.briefing.ledger_words}"
                )

            flows.replay(desk, first, last, each)


@app.command()
def briefing(
    day: DayOption, form: Annotated[Format, typer.Option("--format", help="how to show it")] = Format.TEXT
) -> None:
    """Show the stored briefing of a day."""
    from tasking import flows

    with _one_sentence():
        desk = _desk()
        value, version = flows.stored_briefing(desk, day)
        sys.stdout.write(_rendered(desk, value, version, form))


@feeds_app.command()
def check(names: Annotated[list[str] | None, typer.Argument(metavar="[FEED]...")] = None) -> None:
    """Is each declaration sound, and does its sample read?"""
    from tasking.runtime.feed_check import check_feeds
    from tasking.runtime.settings import Settings

    with _one_sentence():
        results = check_feeds(Settings().include, names or [])
        for result in results:
            mark = "[green]sound[/]" if result.is_sound else "[bold red]not sound[/]"
            Console(highlight=False).print(f"{result.feed}: {mark}: {result.words}")
        if not all(result.is_sound for result in results):
            raise typer.Exit(2)


@held_app.command("list")
def held_list(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """The rows that are held, and why. The row itself stays in the warehouse."""
    with _one_sentence():
        rows = _desk().warehouse.query("ledger/held", first_day=first, last_day=last)
        table = Table("id", "feed", "day", "row", "reference", "reason")
        for row in rows:
            table.add_row(
                row["held_id"], row["feed"], str(row["day"]), str(row["row_number"]), row["source_ref"], row["reason"]
            )
        Console().print(table)


@held_app.command()
def release(held_id: str) -> None:
    """Take a held row as it is, where the check that held it allows a person to."""
    _amend(held_id, {})


@held_app.command()
def correct(
    held_id: str,
    changes: Annotated[
        list[str], typer.Option("--set", metavar="COLUMN=VALUE", help="a cell put right; may be repeated")
    ],
) -> None:
    """Take a held row with cells put right, by the partner's own column names."""
    pairs = [change.partition("=") for change in changes]
    if any(not equals for _, equals, _ in pairs):
        raise typer.BadParameter("write --set COLUMN=VALUE")
    _amend(held_id, {column: value for column, _, value in pairs})


def _amend(held_id: str, changes: Mapping[str, str]) -> None:
    from tasking import flows

    with _one_sentence():
        desk = _desk()
        ledger = flows.amend(desk, held_id, changes, getpass.getuser())
        day = held_id.split(":")[1]
        errors.print(
            f"taken: {ledger.held} rows of this delivery are still held. For a new briefing: tasking run --day {day}"
        )


NoteOption = Annotated[str, typer.Option("--note", help="why; kept in the log")]


@incidents_app.command("show")
def incident_show(incident_id: str) -> None:
    """The reports of an incident, and why they are in it: what speaks for each, what against, and how much it
    weighs."""
    from tasking import linking

    with _one_sentence():
        console = Console()
        for told in linking.told(_desk(), incident_id, getpass.getuser()):
            console.print(f"[bold]{told.reference}[/] {told.words}", highlight=False, soft_wrap=True)
            for one in told.evidence:
                console.print(f"    {one.weight:+.2f}  {one.comparison}: {one.words}", highlight=False, soft_wrap=True)


@incidents_app.command("questions")
def incident_questions(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Incidents that may be one. Answer with `merge A B` or `never A B`; either may be a report's feed:reference."""
    from tasking import linking

    with _one_sentence():
        for row in linking.questions(_desk(), first, last):
            pair = f"{row['feed_a']}:{row['source_ref_a']} {row['feed_b']}:{row['source_ref_b']}"
            Console().print(
                f"{pair}  ({row['score']:.2f})\n    {row['question']}", markup=False, highlight=False, soft_wrap=True
            )


@incidents_app.command("split")
def incident_split(
    incident_id: str,
    reports: Annotated[list[str], typer.Argument(metavar="FEED:REFERENCE...", help="the reports that go")],
    note: NoteOption = "",
) -> None:
    """Take reports out of an incident, for good."""
    from tasking import linking

    with _one_sentence():
        linking.split(_desk(), incident_id, reports, getpass.getuser(), note)
        errors.print(f"{incident_id} no longer holds them, and no run will put them back")


@incidents_app.command("merge")
def incident_merge(one: str, other: str, note: NoteOption = "") -> None:
    """Make two incidents one, for good."""
    from tasking import linking

    with _one_sentence():
        errors.print(f"one incident now: {linking.merge(_desk(), one, other, getpass.getuser(), note)}")


@incidents_app.command("never")
def incident_never(one: str, other: str, note: NoteOption = "") -> None:
    """Say that two incidents, or two reports, are never one."""
    from tasking import linking

    with _one_sentence():
        linking.never(_desk(), one, other, getpass.getuser(), note)
        errors.print("kept apart, for good")


@places_app.command("build")
def places_build(
    postcodes: Annotated[Path, typer.Option(help="the folder of Code-Point Open's CSV files")],
    names: Annotated[Path, typer.Option(help="the folder of OS Open Names' CSV files")],
) -> None:
    """Make include/geo's postcodes, streets and towns from open data, for the district in its outline and wards."""
    from tasking.places import build
    from tasking.runtime.settings import Settings

    with _one_sentence():
        for folder in (postcodes, names):
            if not folder.is_dir():
                raise TaskingError(f"there is no folder {folder}")
        built = build(Settings().include / "geo", postcodes, names)
        errors.print(f"{built.postcodes:,} postcodes, {built.streets:,} streets, {built.towns:,} towns")


@linkage_app.command("fit")
def linkage_fit(
    labels: Annotated[Path, typer.Option(help="CSV: feed, source_ref, incident, series, sensitive")],
    write: Annotated[bool, typer.Option("--write", help="put the new weights in force, if they are better")] = False,
) -> None:
    """Fit the weights again, from labels of reports in the warehouse and from people's decisions.

    Prints old beside new on held-out incidents. The new are taken only with --write, if they are better and merge no
    sensitive report wrongly. Exit status 1 where they are not.
    """
    import pandas as pd

    from tasking import linking
    from tasking.runtime.settings import Settings

    with _one_sentence():
        if not labels.is_file():
            raise TaskingError(f"there is no file {labels}")
        given = pd.read_csv(labels, dtype="str", keep_default_na=False)
        lacking = sorted({"feed", "source_ref", "incident", "series", "sensitive"} - set(given.columns))
        if lacking:
            raise TaskingError(f"{labels.name}: column {lacking[0]!r} is missing")
        desk = _desk()
        trial = linking.fit(desk, given, labels.name)
        typer.echo(f"old  {desk.linker.weights.version}: {trial.old.words}")
        typer.echo(f"new  {trial.weights.version}: {trial.new.words}")
        if not trial.is_better:
            errors.print(
                "kept the old: the new are not better on held-out incidents, or merge a sensitive report wrongly"
            )
            raise typer.Exit(1)
        if not write:
            errors.print("the new are better; --write puts them in force")
            return
        path = Settings().include / "linkage.json"
        path.write_text(trial.weights.to_json(), encoding="utf-8")
        errors.print(f"in force from the next run: {trial.weights.version} in {path.name}")


@export_app.command("links")
def export_links(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Each report with its incident and why: feed, source_ref, incident_id, link_score, reasons."""
    from tasking.warehouse import linking

    with _one_sentence():
        rows = linking.links(_desk().warehouse, first, last)
        _write_csv(
            ("feed", "source_ref", "incident_id", "link_score", "reasons"),
            ({**row, "reasons": "; ".join(one.words for one in row["evidence"] if one.weight >= 0)} for row in rows),
        )


@export_app.command("review")
def export_review(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Incidents that may be one, best first on each day: feed_a, source_ref_a, feed_b, source_ref_b, score,
    question."""
    from tasking import linking

    with _one_sentence():
        rows = linking.questions(_desk(), first, last)
        _write_csv(("feed_a", "source_ref_a", "feed_b", "source_ref_b", "score", "question"), rows)


@export_app.command("series")
def export_series(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """Different incidents of one problem: series_id, incident_id, feed, source_ref, why."""
    from tasking import linking

    with _one_sentence():
        rows = linking.series_of(_desk(), first, last)
        _write_csv(("series_id", "incident_id", "feed", "source_ref", "why"), rows)


@export_app.command("ledger")
def export_ledger(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """What became of every row: day, feed, rows_in, new, repeats, revisions, held, out_of_area."""
    with _one_sentence():
        rows = _desk().warehouse.query("ledger/ledger", first_day=first, last_day=last)
        named = ({**row, "new": row["new_reports"]} for row in rows)
        _write_csv(("day", "feed", "rows_in", "new", "repeats", "revisions", "held", "out_of_area"), named)


@export_app.command("held")
def export_held(first: FromOption = date.min, last: ToOption = date.max) -> None:
    """The rows that are held: day, feed, source_ref, row_number, reason."""
    with _one_sentence():
        rows = _desk().warehouse.query("ledger/held", first_day=first, last_day=last)
        _write_csv(("day", "feed", "source_ref", "row_number", "reason"), rows)


def _write_csv(columns: Sequence[str], rows: Any) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_inert(row[name]) for name in columns])


def _inert(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value


def _rendered(desk: Any, value: Any, version: int, form: Format) -> str:
    import json

    from tasking.briefing import render_html, render_slack, render_text

    match form:
        case Format.JSON:
            return str(value.canonical()) + "\n"
        case Format.HTML:
            return render_html(value, version, desk.wording)
        case Format.SLACK:
            return json.dumps(render_slack(value, version), ensure_ascii=False, indent=2) + "\n"
        case _:
            return render_text(value, version, desk.wording)


def _write_all(desk: Any, day: date, out: Path) -> None:
    from tasking import flows

    value, version = flows.stored_briefing(desk, day)
    out.mkdir(parents=True, exist_ok=True)
    names = {
        Format.HTML: "briefing.html",
        Format.TEXT: "briefing.txt",
        Format.JSON: "briefing.json",
        Format.SLACK: "slack.json",
    }
    for form, name in names.items():
        (out / name).write_text(_rendered(desk, value, version, form), encoding="utf-8")


def _print_receipts(receipts: Sequence[Any]) -> None:
    table = Table("feed", "state", "rows", "new", "repeats", "revisions", "held", "out of area", box=box.SIMPLE_HEAD)
    for receipt in receipts:
        ledger = receipt.ledger
        figures = (ledger.rows_in, ledger.new, ledger.repeats, ledger.revisions, ledger.held, ledger.out_of_area)
        table.add_row(receipt.feed, receipt.outcome.replace("_", " "), *map(str, figures))
    errors.print(table)
    for receipt in receipts:
        for words in filter(None, (receipt.reason, *receipt.notes)):
            errors.print(f"{receipt.feed}: {words.removeprefix(f'{receipt.feed}: ')}", markup=False)


if __name__ == "__main__":
    app()
