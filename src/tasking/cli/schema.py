"""JSON Schemas of the declarations."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from tasking.cli.shell import errors, errors_in_one_sentence, output


def schema(
    name: Annotated[str, typer.Argument(help="one kind of declaration, such as feeds", metavar="[NAME]")] = "",
    out: Annotated[Path | None, typer.Option(help="write them into this folder, such as include/schemas")] = None,
) -> None:
    """JSON Schemas by which an editor completes and checks the files under include/. Without NAME, lists or writes all.

    Each file names its schema in its first line (YAML) or under `$schema` (JSON).
    """
    from tasking.runtime.declarations import DECLARED, declared_named, write_schemas

    with errors_in_one_sentence():
        kinds = (declared_named(name),) if name else DECLARED
        if out is not None:
            for path in write_schemas(out, kinds):
                errors.print(f"written: {path}", soft_wrap=True)
        elif name:
            sys.stdout.write(kinds[0].schema_text())
        else:
            table = Table("name", "files", "what they say", box=box.SIMPLE_HEAD)
            for one in kinds:
                table.add_row(one.name, f"include/{one.pattern}", one.words)
            output.print(table)
