"""Partners' words for categories that no declaration knows."""

import getpass
from typing import Annotated

import typer
from rich.table import Table

from tasking.cli.shell import errors, errors_in_one_sentence, open_services, output

app = typer.Typer(
    no_args_is_help=True, help="Partners' words for categories that include/categories.yml does not know."
)
Word = Annotated[str, typer.Argument(help="the partner's word, in quotation marks")]


@app.command("list")
def list_(days: Annotated[int, typer.Option(min=1, help="of how many days")] = 14) -> None:
    """The words of the last days, how they are read, and what each is likest."""
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
    """Say which category a word means; reports that come from now on have it."""
    from tasking.intake.category_words import map_word

    with errors_in_one_sentence():
        services = open_services()
        map_word(services.intake, word, category, getpass.getuser(), has_restricted=True)
        label = services.conventions.categories.labels[category]
        errors.print(f"Reports with this word count as {label} from now on.")


@app.command()
def forget(word: Word) -> None:
    """Take back what somebody said of a word: it is read by what it is likest again."""
    from tasking.intake.category_words import unmap_word

    with errors_in_one_sentence():
        unmap_word(open_services().intake, word, getpass.getuser())
        errors.print("The word is read by what it is likest again.")
