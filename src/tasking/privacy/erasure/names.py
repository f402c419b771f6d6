"""A person's name as somebody wrote it, taken apart: forename, what stands between, surname."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from tasking.linkage.person_keys import forenames
from tasking.privacy.erasure.words import APOSTROPHES, Word, is_unspaced, key_of, words_in

TITLES: Final = frozenset(
    "mr mrs ms miss mx dr doctor rev revd reverend fr father sr sister br brother sir dame lady lord cllr councillor "
    "pc wpc pcso sgt sergeant insp inspector prof professor master mme mlle herr frau senor senora".split()
)
_AFTER: Final = frozenset(
    "jr jnr junior snr senior esq esquire obe mbe cbe bem jp qc kc phd md bsc ba ii iii iv".split()
)
# Written before a surname, apart from it or joined to it.
_PARTICLES: Final = frozenset(
    "van von der den de del della di da do dos das du la le les lo los las ten ter te zu zum zur af av bin ibn ben "
    "bint binti binte abu al el ul ur ud o ni nic ui ua mac mc m d l st ste san santa ap ab fitz y e i".split()
)
# Who rings without being anybody.
_NOBODY: Final = frozenset(
    "anon anonymous unknown none na nil withheld refused caller resident residents neighbour neighbours member public "
    "not given nk tbc occupier tenant clerk office parish council school manager security staff reception desk team "
    "ltd plc services of the various multiple persons person adult male female youth youths".split()
)
# Of these, what people are called too: `Ray Parish`, `Shay Given`.
_SURNAMES_TOO: Final = frozenset(
    "parish given clerk tenant person persons male manager na nil none not office desk school youth".split()
)
_ROLES = re.compile(r"[(\[{<][^()\[\]{}<>]*[)\]}>]")
_SEVERAL = re.compile(r"[&+/;|]|\band\b", re.IGNORECASE)
_LONGEST: Final = 200
_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}


@dataclass(frozen=True)
class Part:
    """A forename or a surname in one spelling: its letters, and where it may be parted (`annemarie`, after 4).

    `is_joined_too`: it is written as one word as well (`Anne-Marie`, `O'Brien`, `van der Berg`); a forename of two
    words (`Wai Ting`) is not: `waiting` is another word.
    """

    key: str
    cuts: frozenset[int] = frozenset()
    is_joined_too: bool = True

    def ends(self, words: Sequence[Word], start: int) -> int | None:
        """The number of the word after this part, where it stands at words[start]; None where it does not."""
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
            return True  # an invisible mark, or an apostrophe that some leave out
        return length in self.cuts and (is_between(gap) or gap in (".", ":"))


@dataclass(frozen=True)
class Name:
    """One person's name. Without a forename it is a surname, or all the name that they have."""

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
    """Whether what parts two words can part the words of one name: spaces, hyphens, an underscore; no full stop."""
    return 0 < len(gap) <= 4 and all(char.isspace() or char in '-‐‑_·•*/"“”' for char in gap)


def names_in(cell: str | None) -> list[Name]:
    """The people whom a cell for a name names: `Mr and Mrs Smith` are two. Longer cells are cut at 200 characters."""
    if not isinstance(cell, str):
        return []
    whole = _ROLES.sub(" ", cell[:_LONGEST])
    return [name for part in _SEVERAL.split(whole) if (name := _name(part)) is not None]


def name_of(text: str) -> Name | None:
    """The one name in a text; None where there is none, or there are several."""
    found = names_in(text)
    return found[0] if len(found) == 1 else None


def _name(text: str) -> Name | None:
    before, comma, after = text.partition(",")
    if comma and words_in(after) and _words(after)[0]:
        text = f"{after} {before}"  # Surname, Forename
    words, has_title = _words(text)
    keys = {key_of(word) for word in words}
    if not keys or keys <= TITLES or _is_nobody([key_of(word) for word in words]):
        return None
    initials = [word for word in words if len(word) == 1 and word.isascii()]
    if comma and len(words_in(before)) > 1 and not has_title:
        # "van der Berg, Jan": all that stands before the comma is the surname.
        count = len(_words(before)[0])
        return _made(text, words[:-count][:1], words[:-count][1:], words[-count:], has_title)
    if len(words) == 1:
        word = words[0]
        if len(word) == 1 and not is_unspaced(key_of(word)):
            return None
        return _made(text, [], [], words, has_title)
    if len(words) == len(initials):
        return None  # initials alone are too many people's
    if len(words[-1]) == 1 and len(words[0]) > 1:
        words = [words[-1], *words[:-1]]  # Quarrington Z
    start = len(words) - 1
    while start > 1 and key_of(words[start - 1]) in _PARTICLES and len(words[start - 1]) > 1:
        start -= 1
    if start > 1 and key_of(words[start - 1]) in ("o", "d", "m"):
        start -= 1
    return _made(text, words[:1], words[1:start], words[start:], has_title)


def _is_nobody(keys: Sequence[str]) -> bool:
    """Whether the words of a cell are a role: all of them, the first, or one that nobody is called."""
    return keys[0] in _NOBODY or not (_NOBODY - _SURNAMES_TOO).isdisjoint(keys)


def _words(text: str) -> tuple[list[str], bool]:
    """The words of a name as written, hyphens and apostrophes kept inside; without titles and letters after it."""
    words = []
    for chunk in text.replace(".", ". ").split():
        word = chunk.strip('.,:;!?"“”()*_-–—')
        key = key_of(word)
        if key and not key.isdigit() and not any(one.is_number for one in words_in(word)):
            words.append(word)
    has_title = False
    while len(words) > 1 and key_of(words[0]) in TITLES:
        words, has_title = words[1:], True
    while len(words) > 2 and key_of(words[-1]) in _AFTER:
        words = words[:-1]
    return words, has_title


def _made(text: str, first: Sequence[str], middles: Sequence[str], last: Sequence[str], has_title: bool) -> Name:
    written, initial = " ".join(text.split()), ""
    forenames: tuple[Part, ...] = ()
    if first:
        key = key_of(first[0])
        if len(key) == 1 and not is_unspaced(key):
            initial = key
        else:
            forenames = _parts(first)
            initial = key[0]
    keys = tuple(word.key for middle in middles for word in words_in(middle))
    return Name(written, forenames, keys, _parts(last), initial, has_title)


def _parts(words: Sequence[str]) -> tuple[Part, ...]:
    """A part in each of its spellings, the usual one first."""
    found: dict[str, Part] = {}
    for spelling in _spellings(" ".join(words)):
        pieces = [word.key for word in words_in(spelling)]
        cuts, length = set(), 0
        for piece in pieces[:-1]:
            length += len(piece)
            cuts.add(length)
        cuts |= _inner_capitals(spelling)
        found.setdefault("".join(pieces), Part("".join(pieces), frozenset(cuts), _is_joined_too(words)))
    return tuple(found.values())


def _inner_capitals(word: str) -> set[int]:
    """Where a name written as one word may be two: `McDonald`, `DeSouza`."""
    if any(not char.isalpha() for char in word) or word.upper() == word:
        return {2} if len(word) > 4 and word.upper().startswith("MC") and word.isalpha() else set()
    return {len(key_of(word[:at])) for at in range(1, len(word) - 1) if word[at].isupper() and word[at - 1].islower()}


def _is_joined_too(words: Sequence[str]) -> bool:
    return all(key_of(word) in _PARTICLES for word in words[:-1])


def _spellings(text: str) -> Iterator[str]:
    """As written, and with umlauts spelt out."""
    yield text
    low = text.casefold()
    if any(letter in low for letter in _UMLAUTS):
        yield "".join(_UMLAUTS.get(letter, letter) for letter in low)


def is_same_person(one: Name, other: Name) -> bool:
    """Whether two names can be one person's: the same surname, and forenames that agree or are not both known."""
    if _is_crossed(one, other):
        return True
    if not _share(one.surnames, other.surnames):
        # A single word may be somebody's forename.
        lone, whole = (one, other) if not one.forenames else (other, one)
        return not lone.has_title and not lone.initial and _share(lone.surnames, whole.forenames)
    if one.forenames and other.forenames:
        return bool(given(one) & given(other)) or bool(nicknames(one) & nicknames(other))
    return not (one.initial and other.initial) or one.initial == other.initial


def is_same_name(one: Name, other: Name) -> bool:
    """Whether two whole names are one name, however each is written; for those of one word, whether it is the word."""
    if one.is_full and other.is_full:
        is_same = _share(one.surnames, other.surnames) and bool(given(one) & given(other))
        return is_same or _is_crossed(one, other)
    return one.key == other.key and not one.has_title and not other.has_title


def _is_crossed(one: Name, other: Name) -> bool:
    """Whether one has the surname first, without a comma: `QUARRINGTON ZOE`."""
    if not (one.is_full and other.is_full) or one.middles or other.middles:
        return False
    return _share(one.forenames, other.surnames) and _share(one.surnames, other.forenames)


def _share(one: Sequence[Part], other: Sequence[Part]) -> bool:
    return not {part.key for part in one}.isdisjoint(part.key for part in other)


def given(name: Name) -> frozenset[str]:
    """A forename's keys, also with the names after it: `Anne Marie` is `anne`, and the `annemarie` of `Anne-Marie`."""
    keys = {part.key for part in name.forenames}
    return frozenset(keys | {key + "".join(name.middles[:count]) for key in keys for count in (1, 2)})


def nicknames(name: Name) -> frozenset[str]:
    """A forename with the short forms and the whole form of it: `alf`, `alfie`, `alfred`."""
    known = forenames()
    whole = {known.get(part.key, part.key) for part in name.forenames}
    return frozenset({*whole, *(short for short, long in known.items() if long in whole)})


@cache
def _ordinary_words() -> frozenset[str]:
    beside = (Path(__file__).parent / "words_that_are_names.txt").read_text(encoding="utf-8").splitlines()
    common = (Path(__file__).parents[2] / "config" / "common_words.txt").read_text(encoding="utf-8").splitlines()
    own = {word for line in beside if not line.startswith("#") for word in line.split()}
    return frozenset(own | {line for line in common if line and not line.startswith("#")})


def is_of_ordinary_words(name: Name, places: Collection[tuple[str, str]] = ()) -> bool:
    """Whether a whole name is too common to be one person's, or reads as something else: both words are common in
    English (`Will Hope`, `John Smith`), or stand side by side in the name of a place (`Rose Park`), as in `places`."""
    if not name.is_full:
        return False
    return all(word in _ordinary_words() for word in name.key) or name.key in places


def longest_pieces(parts: Sequence[Part]) -> frozenset[str]:
    """For each spelling of a part its longest piece that is never parted: a text without any of them has none of it."""
    found = set()
    for part in parts:
        cuts = [0, *sorted(part.cuts), len(part.key)]
        found.add(max((part.key[a:b] for a, b in pairwise(cuts)), key=len))
    return frozenset(found)
