"""The partnerships that one deployment serves."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tasking.cli.shell import DayOption, errors, errors_in_one_sentence, output
from tasking.model.errors import TaskingError

if TYPE_CHECKING:
    from tasking.runtime.new_partnership import NewPartnership

app = typer.Typer(no_args_is_help=True, help="Partnerships declared under include/partnerships.")


@app.command("list")
def list_() -> None:
    """List the names of partnerships, one on each line."""
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        for name in Settings().partnerships:
            output.print(name)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="small letters, digits and _; used for its folder, schema and addresses")],
    outline: Annotated[Path, typer.Option(help="GeoJSON of the district's outline")],
    wards: Annotated[Path, typer.Option(help="GeoJSON of its wards; it may include others")],
    postcodes: Annotated[Path, typer.Option(help="Code-Point Open: the zip, its folder or a CSV of it")],
    names: Annotated[Path, typer.Option(help="OS Open Names: the zip, its folder or a CSV of it")],
    sites: Annotated[Path | None, typer.Option(help="CSV of parks and the like: name, lat, lon, other_names")] = None,
    area_name: Annotated[str, typer.Option(help="such as 'Mid Devon'; without it, from NAME")] = "",
    partner: Annotated[
        list[str] | None, typer.Option(help="who sends a feed, such as 'police=Devon and Cornwall Police'")
    ] = None,
) -> None:
    """Set up a district from open data as it is published: outline, wards, postcodes, streets, settlements, sites.

    It makes include/partnerships/NAME and touches nothing else. If the data can't be used, nothing is made.
    """
    from tasking.runtime.new_partnership import OpenData, new_partnership
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        data = OpenData(outline, wards, postcodes, names, sites)
        started = time.monotonic()
        made = new_partnership(Settings().home / "include", name, data, area_name, _named_partners(partner or []))
        took_s = time.monotonic() - started
        for line in _about_new(made, took_s):
            errors.print(line, soft_wrap=True)


def _named_partners(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        feed, is_there, words = one.partition("=")
        if not (is_there and words.strip()):
            raise TaskingError(f"--partner {one}: give the feed, = and who sends it, such as 'police=Kent Police'")
        found[feed.strip()] = words.strip()
    return found


def _about_new(made: "NewPartnership", took_s: float) -> Iterator[str]:
    counts, county = made.counts, made.county
    yield f"{made.area_name}: {made.folder} was made in {took_s:.0f} s"
    yield (
        f"  {made.wards:,} wards, {counts.postcodes:,} postcodes ({', '.join(counts.areas)}), "
        f"{counts.streets:,} points of streets, {counts.towns:,} settlements, {counts.sites:,} sites"
    )
    yield f"  positions count within {county.south} to {county.north} north, {county.west} to {county.east} east"
    yield from (f"  {note}" for note in counts.notes)
    yield "Partners are called " + ", ".join(f"{who} ({feed})" for feed, who in made.partners.items())
    if made.is_first:
        yield (
            "This deployment served one partnership until now. From now on Airflow serves those under "
            "include/partnerships. If the first one is to continue, give it a folder there too."
        )
    yield f"Next: put partners and channels right in {made.folder / 'partnership.yml'}, then tasking partnerships check"


@app.command()
def check() -> None:
    """Check each declaration: that it is valid, fits its district, and shares no channel with another partnership."""
    from tasking.runtime.partnerships import declaration_faults, points_to_settle
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        settings = Settings()
        found = declaration_faults(settings)
        for line in found:
            errors.print(line, soft_wrap=True)
        for line in points_to_settle(settings):
            errors.print(f"to check: {line}", soft_wrap=True)
        if found:
            raise typer.Exit(2)
        count = len(settings.partnerships) or 1
        output.print(f"{count} partnership{'s' * (count > 1)}: sound")


@app.command()
def run(day: DayOption, jobs: int = 2) -> None:
    """Run one reporting day of every partnership, some at a time; posting as `tasking run` does."""
    from tasking.runtime.partnerships import run_all
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        failed = _print_each(Settings().partnerships, day, run_all(Settings(), day, jobs))
        if failed:
            raise typer.Exit(1)


def _print_each(names: list[str], day: date, done: dict[str, str]) -> int:
    for name in names:
        errors.print(f"{name} {day}: {done[name] or 'done'}")
    return sum(bool(words) for words in done.values())
