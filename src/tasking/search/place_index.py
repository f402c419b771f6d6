"""Places and streets of the gazetteer by the words of their names."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from typing import Final

from tasking.places import Gazetteer
from tasking.search.query import Term
from tasking.search.words import words_in

_MOST: Final = 500  # names of each sort
_MOST_WORDS: Final = 2_000  # that begin alike


@dataclass(frozen=True)
class PlaceIndex:
    """Public names by their words."""

    gazetteer: Gazetteer

    @cached_property
    def _names(self) -> dict[str, frozenset[str]]:
        """Word -> the public names that have it, in any of the spellings that the gazetteer knows."""
        found: dict[str, set[str]] = defaultdict(set)
        for words, named in self.gazetteer.names.items():
            for word in {*words, *words_in(named.name)}:
                found[word].add(named.name)
        return {word: frozenset(names) for word, names in found.items()}

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._names)

    @cached_property
    def known_words(self) -> frozenset[str]:
        """The words of all names, of towns too."""
        towns = {word for town in self.gazetteer.towns.values() for word in words_in(town.name)}
        wards = {word for name in self.gazetteer.ward_names for word in words_in(name)}
        return frozenset(self._names) | towns | wards

    def named(self, terms: Sequence[Term]) -> tuple[list[str], list[str]]:
        """The public names that have all of the terms; and those that have words beginning with them. The shortest
        first."""
        if not terms:
            return [], []
        exact = frozenset.intersection(*(self._with(term, has_start=False) for term in terms))
        if len(exact) >= _MOST:
            return nsmallest(_MOST, exact, key=_shortest), []
        begun = frozenset.intersection(*(self._with(term, has_start=True) for term in terms))
        return nsmallest(_MOST, exact, key=_shortest), nsmallest(_MOST, begun - exact, key=_shortest)

    def wards_named(self, terms: Sequence[Term]) -> list[str]:
        """The wards whose names have all of the terms, or words that begin with them."""
        wards = {name: words_in(name) for name in self.gazetteer.ward_names} if terms else {}
        return sorted(name for name, words in wards.items() if all(_is_in(term, words) for term in terms))

    def _with(self, term: Term, *, has_start: bool) -> frozenset[str]:
        names = [self._names.get(form, frozenset()) for form in term.forms]
        if has_start and term.start:
            at = bisect_left(self._sorted, term.start)
            for word in self._sorted[at : at + _MOST_WORDS]:
                if not word.startswith(term.start):
                    break
                names.append(self._names[word])
        return frozenset().union(*names)


def _shortest(name: str) -> tuple[int, str]:
    return len(name), name


def _is_in(term: Term, words: Sequence[str]) -> bool:
    return any(word in term.forms or (term.start and word.startswith(term.start)) for word in words)
