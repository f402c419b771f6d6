"""Partners' words for categories that no declaration knows."""

import getpass
from typing import Annotated

import typer
from rich.table import Table

from tasking.cli.shell import errors, errors_in_one_sentence, open_services, output

app = typer.Typer(
    no_args_is_help=True, help="Partners' names for categories that include/categories.yml does not list."
)
Word = Annotated[str, typer.Argument(help="the partner's name for it, in quotation marks")]


@app.command("list")
def list_(days: Annotated[int, typer.Option(min=1, help="how many days to look back")] = 14) -> None:
    """Unknown category names of the last days: what each counts as, and its closest match."""
    from tasking.intake.category_words import unmapped_words
    from tasking.warehouse.visibility import FULL_VISIBILITY

    with errors_in_one_sentence():
        services = open_services()
        labels = services.conventions.categories.labels
        table = Table("word", "feeds", "reports", "counts as", "likest", "sure", "category")
        for one in unmapped_words(services.intake, FULL_VISIBILITY, days):
            best = one.suggestion
            likest = (labels[best.code], f"{best.confidence:.0%}", best.code) if best else ("", "", "")
            reads = labels[one.read_as] + (", restricted" if one.is_restricted else "")
            table.add_row(one.word, ", ".join(one.feeds), str(one.reports), reads, *likest)
        output.print(table)


@app.command()
def accept(word: Word, category: Annotated[str, typer.Argument(help="a code of categories.yml")]) -> None:
    """Choose the category of a name. It applies to new reports."""
    from tasking.intake.category_words import map_word

    with errors_in_one_sentence():
        services = open_services()
        map_word(services.intake, word, category, getpass.getuser(), has_restricted=True)
        label = services.conventions.categories.labels[category]
        errors.print(f"New reports with this category name count as {label}.")


@app.command()
def forget(word: Word) -> None:
    """Undo the choice for a name: it counts as its closest match again."""
    from tasking.intake.category_words import unmap_word

    with errors_in_one_sentence():
        unmap_word(open_services().intake, word, getpass.getuser())
        errors.print("The name counts as its closest match again.")
