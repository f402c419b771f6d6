"""`tasking feeds draft`: a partner's sample in, a declaration to review out."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from tasking.cli.shell import errors, errors_in_one_sentence, output
from tasking.model.errors import TaskingError

if TYPE_CHECKING:
    from tasking.intake.drafting.interview import Question
    from tasking.runtime.feed_draft import TriedDraft

_MOST_SHOWN = 12


def draft(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="sample deliveries, the newest last")],
    feed: Annotated[str, typer.Option(metavar="NAME", help="small letters, digits and _; the name of its files")],
    partner: Annotated[str, typer.Option(help="who sends it, as it is shown: 'West Kent Homes'")],
    contact: Annotated[str, typer.Option(help="who to ask if a delivery is missing or damaged")] = "",
    out: Annotated[Path | None, typer.Option(help="where to write; by default, include/ of TASKING_HOME")] = None,
    answer: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="the answer to a question that was asked; repeat it")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="overwrite files that are there")] = False,
) -> None:
    """Draft a feed from sample deliveries: its declaration, its suite, and a sample with invented people.

    Then it shows what became of every row, and what to ask the partner. What a sample does not decide is asked: at a
    terminal, or as a list to answer with --answer. Exit status 2 if a question blocks, as nothing is written then.
    """
    from tasking.runtime.feed_draft import draft as draft_and_try
    from tasking.runtime.feed_draft import write_draft
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        settings = Settings()
        answers = _answers(answer or [])
        request = _request(files, feed, partner, contact, answers)
        tried = draft_and_try(settings.include, request)
        while tried.draft.is_blocked and sys.stdin.isatty():
            answers |= {one.key: _prompt(one) for one in tried.draft.questions if one.is_blocking}
            tried = draft_and_try(settings.include, _request(files, feed, partner, contact, answers))
        for line in _report(tried):
            output.print(line, soft_wrap=True)
        if tried.draft.is_blocked:
            errors.print(
                f"Nothing was written, in {tried.took_s:.1f} s. Answer the questions marked with ?! and run it again."
            )
            raise typer.Exit(2)
        for path in write_draft(tried.draft, out or settings.include.folders[0], is_forced=force):
            output.print(f"written: {path}", soft_wrap=True)
        output.print(f"{'sound' if tried.is_sound else 'not sound'}, in {tried.took_s:.1f} s")
        if not tried.is_sound:
            raise typer.Exit(2)


def _answers(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        key, is_there, value = one.partition("=")
        if not (is_there and key.strip() and value):
            raise TaskingError(f"--answer {one}: give the key of a question, = and the answer: date_order=day_first")
        found[key.strip()] = value
    return found


def _request(files: list[Path], feed: str, partner: str, contact: str, answers: dict[str, str]) -> Any:
    from tasking.intake.drafting.draft import DraftRequest
    from tasking.intake.drafting.sample import SampleFile

    samples = []
    for path in files:
        try:
            samples.append(SampleFile(path.name, path.read_bytes()))
        except OSError as error:
            raise TaskingError(f"{path}: {error.strerror}") from error
    return DraftRequest(feed, partner, tuple(samples), contact, answers)


def _prompt(question: "Question") -> str:
    for number, choice in enumerate(question.choices, 1):
        errors.print(f"  {number}: {choice.value}" + (f" ({choice.words})" if choice.words else ""), soft_wrap=True)
    typed = str(typer.prompt(f"{question.words} [{question.key}]", err=True)).strip()
    is_number = typed.isdecimal() and 0 < int(typed) <= len(question.choices)
    return question.choices[int(typed) - 1].value if is_number else typed


def _report(tried: "TriedDraft") -> Iterator[str | Text]:
    """What was found, in lines: the rows, the categories, the questions."""
    if tried.dry_run is not None:
        yield from _rows(tried)
        yield from _categories(tried)
    for question in tried.draft.questions:
        mark = "?!" if question.is_blocking else "?"
        choices = [
            f"{choice.value}{f' ({choice.words})' if choice.words else ''}"
            + ("  <- as drafted" if choice.value == question.default else "")
            for choice in question.choices
        ]
        yield f"{mark} {question.key}: {question.words}"
        yield from (f"    {question.key}={choice}" for choice in choices)


def _rows(tried: "TriedDraft") -> Iterator[str | Text]:
    from tasking.runtime.feed_draft import HELD, READ, spans_of

    run, unit = tried.dry_run, tried.draft.unit
    if run is None:
        return
    if run.refused:
        yield Text.assemble(("The delivery would be refused: ", "bold red"), run.refused)
    counts = ", ".join(f"{count} {name}" for name, count in run.counts.items() if count or name in (READ, HELD))
    yield f"{len(run.rows) + run.ignored} rows: {counts}"
    for file in dict.fromkeys(one.file for one in run.rows):
        for outcome in dict.fromkeys(one.outcome for one in run.rows):
            lines = [one.line for one in run.rows if (one.file, one.outcome) == (file, outcome)]
            if lines and outcome != HELD:
                yield f"  {outcome}: {file}, {unit} {spans_of(lines)}"
    for one in run.rows:
        if one.outcome == HELD:
            yield f"  held: {one.file}, {unit} {one.line}: {one.why}"
    yield from (f"  {note}" for note in run.notes if "category word" not in note)  # _categories has them all


def _categories(tried: "TriedDraft") -> Iterator[str]:
    from tasking.intake.drafting.category_words import to_map
    from tasking.intake.row_notes import counted

    unknown = to_map(tried.draft.categories)
    known = Counter(one.label for one in tried.draft.categories if one not in unknown)
    if known:
        yield f"{counted(sum(known.values()), 'kind')} of report known to include/categories.yml"
    if unknown:
        yield f"{counted(len(unknown), 'kind')} not known; add the words to it, or accept them on the desk later:"
    for one in unknown[:_MOST_SHOWN]:
        sure = f"{one.confidence:.0%}" if one.confidence is not None else "0%"
        meant = f"{one.code} ({one.label}, {sure})" if one.code else "like no category"
        yield f'  "{one.word}": {meant}' + ("; restricted" if one.is_restricted else "")
    if len(unknown) > _MOST_SHOWN:
        yield f"  and {len(unknown) - _MOST_SHOWN} more"
