"""The partnerships that one deployment serves."""

from datetime import date

import typer

from tasking.cli.shell import DayOption, errors, errors_in_one_sentence, output
from tasking.model.errors import TaskingError

app = typer.Typer(no_args_is_help=True, help="The partnerships that are declared under include/partnerships.")


@app.command("list")
def list_() -> None:
    """Their names, one a line."""
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        for name in Settings().partnerships:
            output.print(name)


@app.command()
def check() -> None:
    """Is each declaration sound, and has each partnership channels that are nobody else's?"""
    from tasking.runtime.partnerships import declaration_faults
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        settings = Settings()
        if not settings.partnerships:
            raise TaskingError(
                "there is one partnership alone: include/partnerships has no folder with a partnership.yml"
            )
        found = declaration_faults(settings)
        for line in found:
            errors.print(line)
        if found:
            raise typer.Exit(2)
        output.print(f"{len(settings.partnerships)} partnerships: sound")


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
