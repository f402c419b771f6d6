"""Drafts a feed from samples and tries it: for `tasking feeds draft`, and for an upload on the desk.

`draft` takes bytes and returns a value; only `write_draft` writes.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import pandas as pd

from tasking.config.feed import load_feed
from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.config.suite import Suite, load_suite
from tasking.intake.conventions import Conventions
from tasking.intake.drafting.draft import DraftRequest, FeedDraft, SampleDelivery, draft_feed
from tasking.intake.headings import merge_headings
from tasking.intake.normalise import normalise
from tasking.intake.pseudonyms import Pseudonyms
from tasking.intake.readers import read_rows
from tasking.intake.report_checks import check_rows
from tasking.model.errors import DeliveryRefused, TaskingError
from tasking.places import Gazetteer, load_gazetteer
from tasking.runtime.local import open_conventions

READ: Final = "read"
HELD: Final = "held"
REPEAT: Final = "repeat"
OUT_OF_AREA: Final = "out of area"


@dataclass(frozen=True)
class RowFate:
    """What became of a row of a sample. `line`: where it stands in its file. `why`: for a held row, for the partner."""

    file: str
    line: int
    outcome: str
    why: str = ""


@dataclass(frozen=True)
class DryRun:
    """`rows`: every row below the header but those ignored by declaration, which are counted. `notes`: cells that were
    left out, and what else was noticed. `refused`: why the whole delivery would be refused; empty where it would not.
    """

    rows: tuple[RowFate, ...]
    ignored: int
    notes: tuple[str, ...]
    refused: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each outcome has, those ignored by declaration too."""
        counted = Counter(one.outcome for one in self.rows)
        return {name: counted[name] for name in (READ, REPEAT, HELD, OUT_OF_AREA)} | {"ignored": self.ignored}

    @property
    def is_sound(self) -> bool:
        return not self.refused and self.counts[READ] > 0


@dataclass(frozen=True)
class TriedDraft:
    """A draft, and what its declaration made of the samples; `dry_run` is None while a question blocks."""

    draft: FeedDraft
    dry_run: DryRun | None
    took_s: float

    @property
    def is_sound(self) -> bool:
        return self.dry_run is not None and self.dry_run.is_sound and not self.draft.is_blocked


def draft(include: Include, request: DraftRequest) -> TriedDraft:
    """Drafts a feed and tries it on the samples. Writes nothing.

    Raises TaskingError for samples that can't be read and for a wrong answer, DeclarationError for a fault in include/.
    """
    started = time.monotonic()
    partnership = load_partnership(include)
    conventions = open_conventions(include, partnership, Pseudonyms("draft", bytes(32)))
    gazetteer = load_gazetteer(include)
    drafted = draft_feed(request, conventions, place_words(gazetteer))
    tried = None
    if drafted.feed is not None and drafted.suite is not None:
        suites = [load_suite(include / "expectations/report.json"), drafted.suite]
        tried = dry_run(drafted, suites, conventions, gazetteer)
    return TriedDraft(drafted, tried, time.monotonic() - started)


def dry_run(drafted: FeedDraft, suites: Sequence[Suite], conventions: Conventions, gazetteer: Gazetteer) -> DryRun:
    """What becomes of each row of the samples, by the steps of a delivery up to its storing."""
    feed = drafted.feed
    if feed is None:
        raise TaskingError("There is no declaration to try while questions are open")
    fates: list[RowFate] = []
    notes: list[str] = []
    ignored = 0
    for one in drafted.deliveries:
        try:
            rows = read_rows(feed, one.content)
            taken = normalise(feed, rows, one.day, conventions)
            reports = gazetteer.located(taken.reports)
            checked = check_rows(feed, reports, taken.raw, suites)
        except DeliveryRefused as error:
            return DryRun(tuple(fates), ignored, tuple(notes), f"{one.name}: {error}")
        ignored += rows.ignored
        notes += [f"{one.name}: {note}" if len(drafted.deliveries) > 1 else note for note in taken.notes]
        merged = merge_headings(feed, reports.drop(index=list(checked.reasons)), taken.raw)
        fates += _fates(one, reports, merged, checked.reasons)
    return DryRun(tuple(fates), ignored, tuple(notes))


def _fates(
    delivery: SampleDelivery, reports: pd.DataFrame, merged: pd.DataFrame, reasons: Mapping[int, str]
) -> Iterator[RowFate]:
    """What became of each row of a sample; a row that is merged into another, or is there before, is a repeat."""
    first = merged[~merged["content_hash"].duplicated()]
    lines = dict(zip(reports.index, delivery.lines, strict=False))
    for number in reports.index:
        line = lines.get(number, int(number))
        if number in reasons:
            yield RowFate(delivery.name, line, HELD, reasons[number])
        elif number not in first.index:
            yield RowFate(delivery.name, line, REPEAT)
        else:
            yield RowFate(delivery.name, line, OUT_OF_AREA if first.at[number, "is_out_of_area"] else READ)


def spans_of(lines: Sequence[int]) -> str:
    """Line numbers as `2 to 9, 11`."""
    spans = [list(group) for _, group in groupby(enumerate(sorted(lines)), key=lambda one: one[1] - one[0])]
    return ", ".join(f"{span[0][1]} to {span[-1][1]}" if len(span) > 1 else str(span[0][1]) for span in spans)


def place_words(gazetteer: Gazetteer) -> frozenset[str]:
    """The words of public names of places, in lower case."""
    return frozenset(
        word.casefold() for words in (*gazetteer.names, *gazetteer.towns) for word in words if len(word) > 2
    )


def write_draft(drafted: FeedDraft, folder: Path, *, is_forced: bool = False) -> list[Path]:
    """Writes the files of a draft under a folder as include/ is laid out, all of them or none.

    Raises TaskingError if one is there already, unless `is_forced`, or can't be written.
    """
    paths = {folder / name: content for name, content in drafted.files.items()}
    if not is_forced and (there := [path for path in paths if path.exists()]):
        raise TaskingError(f"{there[0]} is there already, so nothing was written. To overwrite it: --force")
    try:
        for path, content in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.draft")
            beside.write_bytes(content)
            beside.replace(path)
    except OSError as error:
        raise TaskingError(f"{error.filename}: {error.strerror}; not all of the draft was written") from error
    load_feed(next(path for path in paths if path.suffix == ".yml"))
    return list(paths)
