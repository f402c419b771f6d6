"""The lexicon: maps the words of a text to concepts that a reason may name, and returns the rare words that remain."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal, get_args

import snowballstemmer
from pydantic import RootModel

from tasking.config.faults import Source, validated
from tasking.config.yaml_file import declared_text, parse_yaml, shown_name
from tasking.model.text import folded

Group = Literal["act", "thing", "vehicle", "make", "animal", "who", "spot"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
_TOKEN = re.compile(r"[a-z0-9£]+(?:[/-][a-z0-9]+)*")
_LONGEST_WORD: Final = 60  # characters; what is longer is not a word but a URL or a held key
_STEMMER = snowballstemmer.stemmer("english")


class DeclaredConcepts(RootModel[dict[Group, dict[str, list[str]]]]):
    """include/lexicon.yml: group -> concept -> forms."""


@dataclass(frozen=True)
class Lexicon:
    """`concepts`: names such as `thing:bench`, in a fixed order; `forms`: stems of a form -> numbers of concepts."""

    concepts: tuple[str, ...]
    forms: Mapping[tuple[str, ...], tuple[int, ...]]
    starts: Mapping[str, tuple[int, ...]]  # first stem of a form -> lengths of forms, longest first

    def find_concepts(self, text: str) -> tuple[frozenset[int], tuple[str, ...]]:
        """The numbers of the concepts in a text, and the stems of its other words without common ones."""
        stems = [stem(token) for token in tokens(text)]
        found: set[int] = set()
        used: set[int] = set()
        for at, word in enumerate(stems):
            for length in self.starts.get(word, ()):
                concepts = self.forms.get(tuple(stems[at : at + length]))
                if concepts:
                    found.update(concepts)
                    used.update(range(at, at + length))
                    break
        common = common_stems()
        rest = (word for at, word in enumerate(stems) if at not in used and word not in common and len(word) > 2)
        return frozenset(found), tuple(dict.fromkeys(word for word in rest if not word[0].isdigit()))

    def words_of_concepts(self, text: str) -> list[tuple[int, str]]:
        """(number of a concept, the words that stand for it in the text), in the order of the text."""
        words = tokens(text)
        stems = [stem(word) for word in words]
        found = []
        for at, first in enumerate(stems):
            for length in self.starts.get(first, ()):
                if concepts := self.forms.get(tuple(stems[at : at + length])):
                    found += [(number, " ".join(words[at : at + length])) for number in concepts]
                    break
        return found

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the declared concepts and forms: features read with another lexicon must be read again."""
        spelt = repr((self.concepts, sorted(self.forms.items())))
        return hashlib.sha256(spelt.encode()).hexdigest()

    def group(self, name: str) -> frozenset[int]:
        """Numbers of the concepts of one group."""
        return frozenset(i for i, concept in enumerate(self.concepts) if concept.startswith(f"{name}:"))


def tokens(text: str) -> list[str]:
    """Words of a text in lower case, apostrophes left out."""
    words = _TOKEN.findall(folded(text).casefold().replace("'", "").replace("’", ""))
    return [word for word in words if len(word) <= _LONGEST_WORD]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


@cache
def common_stems() -> frozenset[str]:
    """Stems of words that are common in English or in partners' logs, and so no evidence when two texts share them."""
    lines = (Path(__file__).parent / "common_words.txt").read_text(encoding="utf-8").splitlines()
    words = [line for line in lines if not line.startswith("#")]
    return frozenset(stem(word) for word in words) | frozenset(words)


def load_lexicon(path: Path) -> Lexicon:
    """The lexicon of include/lexicon.yml. Raises DeclarationError naming what is wrong."""
    return _lexicon(Source(shown_name(path), declared_text(path)))


@lru_cache(maxsize=64)
def _lexicon(source: Source) -> Lexicon:
    declared = validated(DeclaredConcepts, parse_yaml(source.text, source.name), source).root
    return _compiled((group, concept, forms) for group in GROUPS for concept, forms in declared.get(group, {}).items())


def _compiled(declared: Iterable[tuple[str, str, Sequence[str]]]) -> Lexicon:
    concepts: list[str] = []
    forms: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for group, concept, written in declared:
        concepts.append(f"{group}:{concept}")
        for form in written:
            forms[tuple(stem(token) for token in tokens(form))].add(len(concepts) - 1)
    starts: dict[str, set[int]] = defaultdict(set)
    for stems in forms:
        starts[stems[0]].add(len(stems))
    return Lexicon(
        tuple(concepts),
        {stems: tuple(sorted(numbers)) for stems, numbers in forms.items()},
        {word: tuple(sorted(lengths, reverse=True)) for word, lengths in starts.items()},
    )
