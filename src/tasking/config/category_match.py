"""Partners' words for categories, matched by meaning: which category's phrases a word is likest, and how surely.

A small matcher without a model file. Words of a phrase weigh by how few categories use them; endings do not matter, a
short form (`crim dam`, `veh`) counts for the words that begin with it, a slip of the pen for the word it is nearest.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from tasking.config.lexicon import stem, tokens
from tasking.model.text import folded

_MOST: Final = 300  # characters of a partner's word; the rest is not compared
_SHORT_FORM: Final = 0.85  # how much a short form counts of the word that it stands for
_SLIP: Final = 0.8
_LEAST_ALIKE: Final = 86  # per cent, for a slip of the pen
_LEAST_SHORT: Final = 3  # letters of a short form
_MOST_SHORT: Final = 4  # letters of a word that may be a short form although a phrase has it as it stands
_LEAST_SPELT: Final = 5  # letters of a word that may be misspelt
_UNSEEN: Final = 0.6  # what a word that no phrase has weighs, against the rarest that one has
_RIVAL: Final = 0.8  # how much a second category that is as like takes from the confidence
_SAYS_NOTHING: Final = frozenset(
    "a an and at by for from in is it of on or the to with report reported reports incident incidents type".split()
)


class CategoryMatch(NamedTuple):
    """A category that a word may mean. `confidence`: 0 to 1, about the share of such matches that are right; `like`:
    the phrase that the word is likest."""

    code: str
    confidence: float
    like: str


@dataclass(frozen=True)
class CategoryMatcher:
    """`phrases`: category -> what partners call it."""

    phrases: Mapping[str, Iterable[str]]

    def match(self, words: str) -> list[CategoryMatch]:
        """The categories that a partner's word may mean, the likeliest first; none where nothing is alike."""
        best: dict[str, tuple[float, str]] = {}
        found = self._soft_stems(words)
        norm = np.sqrt(sum(weight**2 for weight, _ in found)) or 1.0
        shared: dict[int, float] = defaultdict(float)
        for weight, alike in found:
            for one, share in alike.items():
                for row in self._rows_with[one]:
                    shared[row] += weight * share * self._weights[one]
        for row, product in shared.items():
            code, phrase, own_norm = self._compiled[row]
            score = min(float(product / (norm * own_norm)), 1.0)
            if (score, phrase) > best.get(code, (0.0, "")):
                best[code] = (score, phrase)
        ranked = sorted(best.items(), key=lambda one: (-one[1][0], one[0]))
        return [
            CategoryMatch(code, round(score * _margin(score, ranked, code), 3), like) for code, (score, like) in ranked
        ]

    def _soft_stems(self, words: str) -> list[tuple[float, dict[str, float]]]:
        """For each word its weight and the known stems that it may stand for, each with how much it counts."""
        found = []
        for token in _tokens(words):
            alike = self._alike(token)
            weight = max((self._weights[one] * share for one, share in alike.items()), default=self._rarest * _UNSEEN)
            found.append((weight, alike))
        return found

    def _alike(self, token: str) -> dict[str, float]:
        own = stem(token)
        found: dict[str, float] = {}
        is_short_form = len(token) <= _MOST_SHORT and self._weights.get(own) == self._rarest
        if own not in self._weights or is_short_form:  # a district's list may have the short form too
            begun = {stem(word) for word in self._spelt if word.startswith(token) and len(token) >= _LEAST_SHORT}
            found = dict.fromkeys(begun, _SHORT_FORM)
        if own in self._weights:
            found[own] = 1.0
        if found:
            return found
        if len(token) >= _LEAST_SPELT:
            near = process.extractOne(token, self._spelt, scorer=fuzz.ratio, score_cutoff=_LEAST_ALIKE)
            if near:
                return {stem(near[0]): _SLIP}
        return {}

    @cached_property
    def _stems(self) -> list[tuple[str, str, frozenset[str]]]:
        """Category, phrase and the stems of the phrase."""
        rows = [
            (code, phrase, frozenset(stem(token) for token in _tokens(phrase)))
            for code, phrases in self.phrases.items()
            for phrase in phrases
        ]
        return [row for row in rows if row[2]]

    @cached_property
    def _weights(self) -> dict[str, float]:
        """Stem -> weight: the fewer categories use it, the more it says."""
        users: dict[str, set[str]] = defaultdict(set)
        for code, _, stems in self._stems:
            for one in stems:
                users[one].add(code)
        return {one: float(np.log(1 + len(self.phrases) / len(codes))) for one, codes in users.items()}

    @cached_property
    def _rarest(self) -> float:
        return max(self._weights.values(), default=1.0)

    @cached_property
    def _compiled(self) -> list[tuple[str, str, float]]:
        """Category, phrase and the length of the phrase's vector of weights."""
        return [
            (code, phrase, float(np.sqrt(sum(self._weights[one] ** 2 for one in stems))))
            for code, phrase, stems in self._stems
        ]

    @cached_property
    def _rows_with(self) -> dict[str, list[int]]:
        """Stem -> the phrases that have it."""
        rows: dict[str, list[int]] = defaultdict(list)
        for row, (_, _, stems) in enumerate(self._stems):
            for one in sorted(stems):
                rows[one].append(row)
        return rows

    @cached_property
    def _spelt(self) -> list[str]:
        """Every word of the phrases, as it is spelt."""
        return sorted({token for phrases in self.phrases.values() for phrase in phrases for token in _tokens(phrase)})


def _tokens(words: str) -> list[str]:
    """The words of a heading that say something, each once."""
    parted = re.sub(r"[/_&+>\-]", " ", folded(words, _MOST))
    return list(dict.fromkeys(token for token in tokens(parted) if token not in _SAYS_NOTHING and not token.isdigit()))


def _margin(score: float, ranked: list[tuple[str, tuple[float, str]]], code: str) -> float:
    """What another category that is nearly as like leaves of the confidence."""
    rival = next((other for name, (other, _) in ranked if name != code), 0.0)
    return float(np.clip(1.4 - _RIVAL * rival / score, 0.0, 1.0))
