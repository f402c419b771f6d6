"""All declarations under include/ together."""

import typer

from tasking.cli.shell import errors, errors_in_one_sentence, output

app = typer.Typer(no_args_is_help=True, help="Everything that is declared under include/, of every partnership.")


@app.command()
def check() -> None:
    """Check every declaration, and what each says of others: each fault with its file, line and column.

    Then the sample of each feed is read and the query of each rule is run on an empty warehouse. Exit status 2 for a
    fault.
    """
    from tasking.runtime.config_check import check_config
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        checked = check_config(Settings())
        for line in checked.faults:
            output.print(line, soft_wrap=True)
        for line in checked.notes:
            errors.print(line, soft_wrap=True)
        if checked.faults:
            raise typer.Exit(2)
        output.print(f"{checked.files} declarations: sound")
