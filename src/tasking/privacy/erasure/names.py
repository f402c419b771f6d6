"""A person's name taken apart into forename, middle names and surname, and when two of them can be one person's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from tasking.linkage.person_keys import forenames
from tasking.privacy.erasure.words import APOSTROPHES, Word

TITLES: Final = frozenset(
    "mr mrs ms miss mx dr doctor rev revd reverend fr father sr sister br brother sir dame lady lord cllr councillor "
    "pc wpc pcso sgt sergeant insp inspector prof professor master mme mlle herr frau senor senora".split()
)


@dataclass(frozen=True)
class Part:
    """A forename or a surname in one spelling: its letters, and where it may be divided (`annemarie`, after 4).

    `is_joined_too`: it is also written as one word (`Anne-Marie`, `O'Brien`, `van der Berg`). A forename of two words
    (`Wai Ting`) is not: `waiting` is another word.
    """

    key: str
    cuts: frozenset[int] = frozenset()
    is_joined_too: bool = True

    def ends(self, words: Sequence[Word], start: int) -> int | None:
        """The index of the word after this part, where the part begins at words[start]; None where it does not."""
        length = 0
        for number in range(start, min(start + 8, len(words))):
            word = words[number]
            if number > start and not self._may_part(word.gap, length):
                return None
            if not self.key.startswith(word.key, length):
                return None
            length += len(word.key)
            if length == len(self.key):
                is_joined = number == start and bool(self.cuts)
                return None if is_joined and not self.is_joined_too else number + 1
        return None

    def _may_part(self, gap: str, length: int) -> bool:
        if gap == "" or (len(gap) == 1 and gap in APOSTROPHES):
            return True  # an invisible mark, or an apostrophe that is often left out
        return length in self.cuts and (is_between(gap) or gap in (".", ":"))


@dataclass(frozen=True)
class Name:
    """One person's name. Without a forename it is a surname, or a name of one word."""

    written: str
    forenames: tuple[Part, ...]  # the same forename, in its spellings
    middles: tuple[str, ...]
    surnames: tuple[Part, ...]
    initial: str = ""
    has_title: bool = False

    @property
    def is_full(self) -> bool:
        """Whether a whole forename and a surname are known."""
        return bool(self.forenames and self.surnames)

    @property
    def key(self) -> tuple[str, str]:
        """(forename, surname): the same for every spelling of a name."""
        first = self.forenames[0].key if self.forenames else self.initial
        return first, self.surnames[0].key if self.surnames else ""

    @property
    def length(self) -> int:
        """How many letters forename and surname have together."""
        return sum(map(len, self.key))


def is_between(gap: str) -> bool:
    """Whether what stands between two words can stand inside one name: spaces, hyphens, an underscore; no full stop."""
    return 0 < len(gap) <= 4 and all(char.isspace() or char in '-‐‑_·•*/"“”' for char in gap)


def is_same_person(one: Name, other: Name) -> bool:
    """Whether two names can be one person's: the same surname, and forenames that agree or are not both known."""
    if _is_crossed(one, other):
        return True
    if not _share(one.surnames, other.surnames):
        # A name of one word may be a forename.
        lone, whole = (one, other) if not one.forenames else (other, one)
        return not lone.has_title and not lone.initial and _share(lone.surnames, whole.forenames)
    if one.forenames and other.forenames:
        return bool(forename_keys(one) & forename_keys(other)) or bool(nicknames(one) & nicknames(other))
    return not (one.initial and other.initial) or one.initial == other.initial


def is_same_name(one: Name, other: Name) -> bool:
    """Whether two full names are the same name in any spelling; for names of one word, whether the word is the same."""
    if one.is_full and other.is_full:
        is_same = _share(one.surnames, other.surnames) and bool(forename_keys(one) & forename_keys(other))
        return is_same or _is_crossed(one, other)
    return one.key == other.key and not one.has_title and not other.has_title


def _is_crossed(one: Name, other: Name) -> bool:
    """Whether one of them has the surname first, without a comma: `QUARRINGTON ZOE`."""
    if not (one.is_full and other.is_full) or one.middles or other.middles:
        return False
    return _share(one.forenames, other.surnames) and _share(one.surnames, other.forenames)


def _share(one: Sequence[Part], other: Sequence[Part]) -> bool:
    return not {part.key for part in one}.isdisjoint(part.key for part in other)


def forename_keys(name: Name) -> frozenset[str]:
    """The keys of a forename, alone and with the middle names: `Anne Marie` gives `anne` and `annemarie`."""
    keys = {part.key for part in name.forenames}
    return frozenset(keys | {key + "".join(name.middles[:count]) for key in keys for count in (1, 2)})


def nicknames(name: Name) -> frozenset[str]:
    """A forename's full form and all its short forms: `alf`, `alfie`, `alfred`."""
    full_forms = forenames()
    full = {full_forms.get(part.key, part.key) for part in name.forenames}
    return frozenset({*full, *(short for short, long in full_forms.items() if long in full)})


@cache
def _ordinary_words() -> frozenset[str]:
    beside = (Path(__file__).parent / "words_that_are_names.txt").read_text(encoding="utf-8").splitlines()
    common = (Path(__file__).parents[2] / "config" / "common_words.txt").read_text(encoding="utf-8").splitlines()
    own = {word for line in beside if not line.startswith("#") for word in line.split()}
    return frozenset(own | {line for line in common if line and not line.startswith("#")})


def is_of_ordinary_words(name: Name, places: Collection[tuple[str, str]] = ()) -> bool:
    """Whether a full name is too common to identify one person, or reads as something else.

    Both words are common in English (`Will Hope`, `John Smith`), or they stand side by side in the name of a place
    (`Rose Park`): one of the pairs in `places`.
    """
    if not name.is_full:
        return False
    return all(word in _ordinary_words() for word in name.key) or name.key in places


def longest_pieces(parts: Sequence[Part]) -> frozenset[str]:
    """The longest indivisible piece of each spelling: a text that contains none of them contains none of the parts."""
    found = set()
    for part in parts:
        cuts = [0, *sorted(part.cuts), len(part.key)]
        found.add(max((part.key[a:b] for a, b in pairwise(cuts)), key=len))
    return frozenset(found)
