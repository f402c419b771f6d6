"""Back-up and restore."""

from pathlib import Path
from typing import Annotated

import typer

from tasking.cli.shell import errors, errors_in_one_sentence


def backup(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="such as backup-2026-10-22.tar.gz")],
    has_key: Annotated[
        bool, typer.Option("--with-key", help="include the pseudonym key; by default it is kept apart, as it should be")
    ] = False,
) -> None:
    """Write the warehouse, the kept deliveries and the declarations into one file. Others may go on meanwhile."""
    from tasking.runtime.backup import back_up
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        manifest = back_up(Settings(), path.resolve(), has_key=has_key)
        errors.print(f"written: {path} (tables at {manifest['revision']}, {'with' if has_key else 'without'} the key)")


def restore(
    path: Annotated[Path, typer.Argument(metavar="FILE", exists=True)],
    is_replacing: Annotated[bool, typer.Option("--replace", help="replace the reports that are there")] = False,
) -> None:
    """Restore a back-up in place of the present data. Stop Airflow first."""
    from tasking.runtime.backup import restore as put_back
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        manifest = put_back(Settings(), path.resolve(), is_replacing=is_replacing)
        errors.print(f"restored: as of {manifest['made_at']}. People erased since then must be erased again.")
        if manifest["erased_since"]:
            errors.print(f"Erased since: {', '.join(manifest['erased_since'])}. Find out who asked for these.")
