"""Words of English by what they are about, read once from word_lists.txt. No list names a partner or a place."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tasking.config.lexicon import stem


@dataclass(frozen=True)
class WordLists:
    """`themes`: word -> numbers of the themes that it belongs to, for the words as written and their stems; the other
    lists as their names say. `short_forms`: `rd` -> `road`."""

    theme_names: tuple[str, ...]
    themes: Mapping[str, tuple[int, ...]]
    colours: frozenset[str]
    makes: frozenset[str]
    male: frozenset[str]
    female: frozenset[str]
    generic_places: frozenset[str]
    little_words: frozenset[str]
    short_forms: Mapping[str, str]


@cache
def word_lists() -> WordLists:
    """The lists of word_lists.txt."""
    lists: dict[str, tuple[str, ...]] = {}
    for line in (Path(__file__).parent / "word_lists.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, words = line.partition(": ")
            lists[name] = tuple(words.split())
    names = tuple(name.removeprefix("theme ") for name in lists if name.startswith("theme "))
    themes: dict[str, set[int]] = {}
    for number, name in enumerate(names):
        for word in lists[f"theme {name}"]:
            themes.setdefault(word, set()).add(number)
            themes.setdefault(stem(word), set()).add(number)
    return WordLists(
        theme_names=names,
        themes={word: tuple(sorted(numbers)) for word, numbers in themes.items()},
        colours=frozenset(lists["colours"]),
        makes=frozenset(lists["makes"]),
        male=frozenset(lists["male"]),
        female=frozenset(lists["female"]),
        generic_places=frozenset(lists["generic places"]),
        little_words=frozenset(lists["little words"]),
        short_forms=dict(pair.split("=") for pair in lists["short forms"]),
    )
