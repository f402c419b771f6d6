"""The model of linkage."""

from pathlib import Path
from typing import Annotated

import typer

from tasking.cli.shell import errors, errors_in_one_sentence, open_services
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, help="The model by which reports are put together.")


@app.command()
def fit(
    labels: Annotated[
        list[Path], typer.Option(help="CSV: feed, source_ref, incident, series, sensitive; one for each set of labels")
    ],
    write: Annotated[bool, typer.Option("--write", help="put the new model in force, if it is better")] = False,
) -> None:
    """Fit the model again, from labels of reports in the warehouse and from people's decisions.

    Prints old beside new, the new on sets that are held out in turn (one set alone is cut into four). The new one is
    taken only with --write, if it is better and merges no sensitive report wrongly. Exit status 1 where it is not.
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
                "kept the old: the new is not better on what was held out, or merges a sensitive report wrongly"
            )
            raise typer.Exit(1)
        if not write:
            errors.print("the new is better; --write puts it in force")
            return
        path = Settings().include / "linkage_model.json"
        path.write_text(trial.model.to_json(), encoding="utf-8")
        errors.print(f"in force from the next run: {trial.model.version} in {path.name}")
