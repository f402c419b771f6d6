"""The model of linkage."""

from pathlib import Path
from typing import Annotated

import typer

from tasking.cli.shell import errors, errors_in_one_sentence, open_services
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, help="The model that links reports into incidents.")


@app.command()
def fit(
    labels: Annotated[
        list[Path], typer.Option(help="CSV: feed, source_ref, incident, series, sensitive; one for each set of labels")
    ],
    write: Annotated[bool, typer.Option("--write", help="use the new model if it is better")] = False,
) -> None:
    """Fit the model again, from labels of reports in the warehouse and from people's decisions.

    Prints the old model beside the new, the new one on sets that are held out in turn (a single set is cut into four).
    The new one is used only with --write, if it is better and wrongly merges no sensitive report. Exit status 1 if
    it is not.
    """
    import pandas as pd

    from tasking.linkage.refit import refit_model
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        given = {}
        for path in labels:
            if not path.is_file():
                raise TaskingError(f"there is no file {path}")
            given[path.stem] = pd.read_csv(path, dtype="str", keep_default_na=False)
            lacking = sorted({"feed", "source_ref", "incident", "series", "sensitive"} - set(given[path.stem].columns))
            if lacking:
                raise TaskingError(f"{path.name}: column {lacking[0]!r} is missing")
        services = open_services()
        trial = refit_model(services.linkage, given)
        typer.echo(f"old  {services.linker.model.version}: {trial.old.summary}")
        typer.echo(f"new  {trial.model.version}: {trial.new.summary}")
        if not trial.is_better:
            errors.print(
                "The old model is kept. The new one is not better on the test set, or wrongly merges a sensitive report"
            )
            raise typer.Exit(1)
        if not write:
            errors.print("The new model is better. To use it: --write")
            return
        path = Settings().include / "linkage_model.json"
        path.write_text(trial.model.to_json(), encoding="utf-8")
        errors.print(f"in force from the next run: {trial.model.version} in {path.name}")
