"""Words that were mistyped: the nearest of the words that are known, if it is near enough."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from tasking.search.words import words_in

_SHORTEST: Final = 4  # letters of a word that is corrected
_LONG: Final = 8  # letters from which two slips are allowed
_FEWEST_INCIDENTS: Final = 3
_MOST: Final = 5


def may_be_mistyped(word: str) -> bool:
    """Whether a word is one that is corrected: no number, no reference, and not short."""
    return len(word) >= _SHORTEST and word.isalpha()


def candidates(word: str, known: Sequence[str]) -> Iterator[str]:
    """The known words that a word may be a slip of, the nearest first.

    A letter too many, too few, another one or two swapped is one slip.
    """
    if not may_be_mistyped(word):
        return
    slips = 2 if len(word) >= _LONG else 1
    near = process.extract(word, known, scorer=OSA.distance, score_cutoff=slips, limit=_MOST * 4)
    ranked = sorted(near, key=lambda one: (one[1], one[0][:1] != word[:1], abs(len(one[0]) - len(word)), one[0]))
    yield from (one for one, _, _ in ranked[:_MOST] if one != word)


def frequent_words(texts: Sequence[tuple[str, str]], names: Collection[str]) -> frozenset[str]:
    """The words that occur in several incidents, given (incident, text); without those that are somebody's name."""
    incidents: dict[str, set[str]] = defaultdict(set)
    for incident, text in texts:
        for word in words_in(text[:2_000]):
            if may_be_mistyped(word):
                incidents[word].add(incident)
    counted = Counter({word: len(some) for word, some in incidents.items()})
    return frozenset(word for word, count in counted.items() if count >= _FEWEST_INCIDENTS and word not in names)
