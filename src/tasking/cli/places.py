"""The gazetteer."""

from pathlib import Path
from typing import Annotated

import typer

from tasking.cli.shell import errors, errors_in_one_sentence
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, help="The gazetteer: what places are called and where they are.")


@app.command("build")
def build_places(
    postcodes: Annotated[Path, typer.Option(help="the folder of Code-Point Open's CSV files")],
    names: Annotated[Path, typer.Option(help="the folder of OS Open Names' CSV files")],
) -> None:
    """Make include/geo's postcodes, streets and towns from open data, for the district in its outline and wards."""
    from tasking.places import build
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        for folder in (postcodes, names):
            if not folder.is_dir():
                raise TaskingError(f"there is no folder {folder}")
        built = build(Settings().include / "geo", postcodes, names)
        errors.print(f"{built.postcodes:,} postcodes, {built.streets:,} streets, {built.towns:,} towns")
