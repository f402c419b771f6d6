"""The weights of linkage."""

from pathlib import Path
from typing import Annotated

import typer

from tasking.cli.shell import errors, errors_in_one_sentence, open_services
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, help="The weights by which reports are put together.")


@app.command()
def fit(
    labels: Annotated[Path, typer.Option(help="CSV: feed, source_ref, incident, series, sensitive")],
    write: Annotated[bool, typer.Option("--write", help="put the new weights in force, if they are better")] = False,
) -> None:
    """Fit the weights again, from labels of reports in the warehouse and from people's decisions.

    Prints old beside new on held-out incidents. The new are taken only with --write, if they are better and merge no
    sensitive report wrongly. Exit status 1 where they are not.
    """
    import pandas as pd

    from tasking.linkage.refit import refit_weights
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        if not labels.is_file():
            raise TaskingError(f"there is no file {labels}")
        given = pd.read_csv(labels, dtype="str", keep_default_na=False)
        lacking = sorted({"feed", "source_ref", "incident", "series", "sensitive"} - set(given.columns))
        if lacking:
            raise TaskingError(f"{labels.name}: column {lacking[0]!r} is missing")
        services = open_services()
        trial = refit_weights(services.linkage, given, labels.name)
        typer.echo(f"old  {services.linker.weights.version}: {trial.old.summary}")
        typer.echo(f"new  {trial.weights.version}: {trial.new.summary}")
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
