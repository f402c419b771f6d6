"""The sample's words for kinds of report, and which of the partnership's categories each is or may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tasking.config.categories import UNKNOWN, Categories, is_odd
from tasking.intake.drafting.column import Column

_LEAST_LIKE: Final = 0.4  # of a match by meaning, for a word to count as a kind of report


@dataclass(frozen=True)
class CategoryWord:
    """A partner's word. `code`: the category that a pattern declares, or the likeliest; empty where it is like none.

    `confidence`: of the match by meaning; None for a declared one.
    """

    word: str
    rows: int
    code: str
    label: str
    confidence: float | None
    is_restricted: bool


def knows(categories: Categories, word: str) -> bool:
    """Whether a word is a kind of report, by a declared pattern or by meaning."""
    if categories.code_of(word) != UNKNOWN:
        return True
    return any(one.confidence >= _LEAST_LIKE for one in categories.matches(word)[:1])


def category_words(categories: Categories, column: Column) -> list[CategoryWord]:
    """Every word of a column with its category, those of most rows first; not what may be no kind of report."""
    counts = column.cells.dropna().value_counts()
    return [_word(categories, str(word), int(count)) for word, count in counts.items() if not is_odd(str(word))]


def _word(categories: Categories, word: str, rows: int) -> CategoryWord:
    reading = categories.reading_of(word, {})
    declared = categories.code_of(word)
    if declared != UNKNOWN:
        return CategoryWord(word, rows, declared, categories.labels[declared], None, reading.is_restricted)
    best = next(iter(categories.matches(word)), None)
    if best is None:
        return CategoryWord(word, rows, "", "", None, reading.is_restricted)
    label = categories.labels[best.code]
    return CategoryWord(word, rows, best.code, label, best.confidence, reading.is_restricted)


def to_map(words: Sequence[CategoryWord]) -> list[CategoryWord]:
    """The words that include/categories.yml does not know."""
    return [one for one in words if one.confidence is not None or not one.code]
