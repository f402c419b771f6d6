"""What the cells of a column look like: how many are filled, and how many are dates, telephone numbers or names."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pandas as pd

from tasking.intake.blank_cells import is_blank
from tasking.intake.contacts import read_emails, read_phones
from tasking.intake.drafting.written_times import Written, read_written
from tasking.intake.postcodes import postcodes_in
from tasking.intake.typed_times import minutes_of_day

YES: Final = frozenset(("y", "yes", "true", "t", "1"))
NO: Final = frozenset(("n", "no", "false", "f", "0"))
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_PAIR: Final = re.compile(r"\(?-?\d{1,3}\.\d+ ?[,; ] ?-?\d{1,3}\.\d+\)?")
_GRID_REFERENCE: Final = re.compile(r"[A-HJ-Z]{2} ?\d{2,5} ?\d{2,5}", re.IGNORECASE)
_NAME_PART: Final = re.compile(r"[^\W\d_][^\W\d_'’.-]*(?:['’.-][^\W\d_]*)*\.?")
_MOST_SEEN: Final = 2000  # cells that are looked at, so that a long export is read in seconds
# Groups that say nothing of what is in them: `extended_attributes.zip` is a zip.
_GROUPS: Final = frozenset("extended attributes attribute properties fields field data record details".split())


def words_of(name: str) -> str:
    """The words of a column's name, in lower case: `CallerTel` and `caller.tel` as `caller tel`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    words = re.sub(r"[^\w]+|_", " ", apart).casefold().split()
    kept = [word for word in words if word not in _GROUPS]
    return " ".join(kept or words)


@dataclass(frozen=True)
class Column:
    """A column of the samples. `cells`: as text, null where blank."""

    name: str
    cells: pd.Series

    @cached_property
    def words(self) -> str:
        return words_of(self.name)

    @cached_property
    def values(self) -> pd.Series:
        """The cells that hold a value, at most _MOST_SEEN of them; not words for nothing, such as n/a."""
        filled = self.cells.dropna()
        known = {one: not is_blank(one) or one.strip().casefold() == "no" for one in filled.unique()}
        return filled[filled.map(known).astype(bool)].head(_MOST_SEEN)

    @cached_property
    def is_empty(self) -> bool:
        return self.values.empty

    @cached_property
    def filled(self) -> float:
        """The share of rows that hold a value."""
        return float(self.cells.notna().mean()) if len(self.cells) else 0.0

    @cached_property
    def distinct(self) -> list[str]:
        """The different values, the most frequent first."""
        return [str(one) for one in self.values.value_counts().index]

    @cached_property
    def unique_share(self) -> float:
        return len(self.distinct) / len(self.values) if len(self.values) else 0.0

    def share(self, holds: Callable[[str], object]) -> float:
        """The share of the values for which `holds` is true; each different value is tried once."""
        if self.is_empty:
            return 0.0
        known = {one: bool(holds(one)) for one in self.values.unique()}
        return float(self.values.map(known).mean())

    @cached_property
    def phones(self) -> float:
        return 0.0 if self.is_empty else float(read_phones(self.values).first.notna().mean())

    @cached_property
    def emails(self) -> float:
        return 0.0 if self.is_empty else float(read_emails(self.values).first.notna().mean())

    @cached_property
    def postcodes(self) -> float:
        return self.share(postcodes_in)

    @cached_property
    def nested(self) -> float:
        """The share of values that are lists or objects of JSON."""
        return self.share(lambda one: one[:1] in "[{" and one[-1:] in "]}")

    @cached_property
    def numbers(self) -> float:
        return self.share(_NUMBER.fullmatch)

    @cached_property
    def pairs(self) -> float:
        return self.share(_PAIR.fullmatch)

    @cached_property
    def grid_references(self) -> float:
        return self.share(_GRID_REFERENCE.fullmatch)

    @cached_property
    def is_yes_no(self) -> bool:
        answers = {one.strip().casefold().rstrip(".") for one in self.distinct}
        return bool(answers) and answers <= YES | NO and (answers <= NO | YES)

    @cached_property
    def written(self) -> dict[str, Written]:
        """The values that are dates, with or without a time of day, and how each is written."""
        read = {one: read_written(one) for one in self.distinct}
        return {one: written for one, written in read.items() if written is not None}

    @cached_property
    def dates(self) -> float:
        return self.share(lambda one: one in self.written)

    @cached_property
    def clocks(self) -> float:
        """The share of values that are a time of day alone."""
        return self.share(lambda one: len(one) <= 12 and minutes_of_day(one) is not None)

    @cached_property
    def mean_words(self) -> float:
        return 0.0 if self.is_empty else float(self.values.map(lambda one: len(str(one).split())).mean())

    @cached_property
    def names(self) -> float:
        """The share of values that may be the name of a person."""
        return self.share(is_like_a_name)

    def between(self, least: float, most: float) -> float:
        """The share of values that are numbers in a range."""
        return self.share(lambda one: _NUMBER.fullmatch(one) and least <= float(one) <= most)


def is_like_a_name(text: str) -> bool:
    """Whether a cell may hold a person's name: one to five words of letters, capitals first."""
    parts = text.replace(",", " ").split()
    if not 1 <= len(parts) <= 5 or len(text) > 60:
        return False
    return all(_NAME_PART.fullmatch(part) for part in parts) and parts[-1][:1].isupper()
