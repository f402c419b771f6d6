"""Categories by the words that name them: their labels, and what partners call them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tasking.config.categories import UNKNOWN, Categories
from tasking.config.lexicon import stem
from tasking.search.words import words_in

_LONGEST: Final = 6  # words of a phrase
_SHORT: Final = 4  # letters up to which a word of a label alone does not stand for it


@dataclass(frozen=True)
class CategoryIndex:
    """Which categories some words name. A whole label or phrase counts, and a telling word of a label."""

    categories: Categories

    @property
    def phrases(self) -> Iterator[tuple[str, str]]:
        """(code, words) of every label and phrase."""
        for code, label in self.categories.labels.items():
            if code != UNKNOWN:
                yield code, label
        for code, phrases in self.categories.phrases.items():
            yield from ((code, phrase) for phrase in phrases)

    @cached_property
    def _codes(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        found: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for code, phrase in self.phrases:
            words = words_in(phrase)
            found[tuple(map(stem, words))].append(code)
            if len(words) > 1:
                found[stem("".join(words)),].append(code)  # flytipping
        for code, label in self.categories.labels.items():
            for word in words_in(label):
                if len(word) > _SHORT and code != UNKNOWN:
                    found[stem(word),].append(code)
        return {stems: tuple(dict.fromkeys(codes)) for stems, codes in found.items() if len(stems) <= _LONGEST}

    @cached_property
    def _labels(self) -> frozenset[tuple[str, ...]]:
        """The stems of labels, whole and as one word, and of their telling words."""
        labels = [words_in(label) for code, label in self.categories.labels.items() if code != UNKNOWN]
        whole = {tuple(map(stem, words)) for words in labels} | {(stem("".join(words)),) for words in labels}
        return frozenset(whole | {(stem(word),) for words in labels for word in words if len(word) > _SHORT})

    def is_label(self, words: Sequence[str]) -> bool:
        """True where the words are what a category is called here, and not one of the things that belong to it."""
        return tuple(map(stem, words)) in self._labels

    @cached_property
    def known_words(self) -> frozenset[str]:
        return frozenset(word for _, phrase in self.phrases for word in words_in(phrase))

    def named_at(self, words: Sequence[str], at: int) -> tuple[int, tuple[str, ...]]:
        """(how many words, categories) of the longest name that begins with the word at a place; (1, ()) for none."""
        stems = [stem(word) for word in words[at : at + _LONGEST]]
        for length in range(len(stems), 0, -1):
            if codes := self._codes.get(tuple(stems[:length])):
                return length, codes
        return 1, ()
