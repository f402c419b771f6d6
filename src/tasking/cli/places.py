"""The gazetteer."""

from pathlib import Path
from typing import Annotated

import typer

from tasking.cli.shell import errors, errors_in_one_sentence
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, help="The gazetteer: names and positions of places.")


@app.command("build")
def build_places(
    postcodes: Annotated[Path, typer.Option(help="Code-Point Open: the zip, its folder or a CSV of it")],
    names: Annotated[Path, typer.Option(help="OS Open Names: the zip, its folder or a CSV of it")],
    sites: Annotated[Path | None, typer.Option(help="CSV of parks and the like: name, lat, lon, other_names")] = None,
) -> None:
    """Make geo's postcodes, streets, towns and sites from newer open data, for the district in its outline and wards.

    `tasking partnerships new` sets up a district; this is for an existing one, and writes only into its own geo.
    """
    from tasking.places import build
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        geo = Settings().include.folders[0] / "geo"
        if lacking := [name for name in ("district.geojson", "wards.geojson") if not (geo / name).is_file()]:
            raise TaskingError(
                f"there is no {lacking[0]} in {geo}; the district's own outline and wards must be there first: "
                "tasking partnerships new"
            )
        built = build(geo, postcodes, names, sites)
        errors.print(
            f"{built.postcodes:,} postcodes, {built.streets:,} streets, {built.towns:,} towns, {built.sites:,} sites"
        )
        for note in built.notes:
            errors.print(note)
