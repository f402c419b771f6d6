"""Roles and accounts of the desk, in Airflow."""

from typing import Annotated

import typer

from tasking.cli.shell import errors, errors_in_one_sentence, output

app = typer.Typer(no_args_is_help=True, help="Roles and accounts for the desk, in Airflow (FAB).")


@app.command()
def apply() -> None:
    """Create the roles in Airflow exactly as include/access.yml declares them."""
    from tasking.runtime.access import apply_roles, load_access
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        settings = Settings()
        for line in apply_roles(load_access(settings.include), settings.partnerships) or ["the roles are as declared"]:
            output.print(line)


@app.command()
def account(
    username: str, role: Annotated[str, typer.Option(help="a role of include/access.yml")] = "Tasking viewer"
) -> None:
    """Create an account. Its password is shown once."""
    from tasking.runtime.access import make_account

    with errors_in_one_sentence():
        password = make_account(username, role)
        if password is None:
            errors.print(f"{username} is there already; a new password: airflow users reset-password -u {username}")
        else:
            output.print(f"{username} {password}")
