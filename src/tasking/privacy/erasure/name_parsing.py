"""Parses the cell of a name, as somebody wrote it, into the names of the people in it."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tasking.privacy.erasure.names import TITLES, Name, Part
from tasking.privacy.erasure.words import is_unspaced, key_of, words_in

_POST_NOMINALS: Final = frozenset(
    "jr jnr junior snr senior esq esquire obe mbe cbe bem jp qc kc phd md bsc ba ii iii iv".split()
)
# Written before a surname, apart from it or joined to it.
_PARTICLES: Final = frozenset(
    "van von der den de del della di da do dos das du la le les lo los las ten ter te zu zum zur af av bin ibn ben "
    "bint binti binte abu al el ul ur ud o ni nic ui ua mac mc m d l st ste san santa ap ab fitz y e i".split()
)
# Words that stand in the place of a name.
_NOT_A_NAME: Final = frozenset(
    "anon anonymous unknown none na nil withheld refused caller resident residents neighbour neighbours member public "
    "not given nk tbc occupier tenant clerk office parish council school manager security staff reception desk team "
    "ltd plc services of the various multiple persons person adult male female youth youths".split()
)
# Those that are surnames too: `Ray Parish`, `Shay Given`.
_SURNAMES_TOO: Final = frozenset(
    "parish given clerk tenant person persons male manager na nil none not office desk school youth".split()
)
_ROLES = re.compile(r"[(\[{<][^()\[\]{}<>]*[)\]}>]")
_SEVERAL = re.compile(r"[&+/;|]|\band\b", re.IGNORECASE)
_MOST_CHARACTERS: Final = 200
_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}


def names_in(cell: str | None) -> list[Name]:
    """The names in a cell: `Mr and Mrs Smith` are two. Longer cells are cut at 200 characters."""
    if not isinstance(cell, str):
        return []
    whole = _ROLES.sub(" ", cell[:_MOST_CHARACTERS])
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
    keys = [key_of(word) for word in words]
    if not keys or TITLES.issuperset(keys) or _is_role(keys):
        return None
    if comma and len(words_in(before)) > 1 and not has_title:
        # "van der Berg, Jan": everything before the comma is the surname.
        count = len(_words(before)[0])
        return _made(text, words[:-count][:1], words[:-count][1:], words[-count:], has_title)
    if len(words) == 1:
        return None if _is_initial(words[0]) else _made(text, [], [], words, has_title)
    if all(len(word) == 1 and word.isascii() for word in words):
        return None  # initials alone may be anybody's
    if len(words[-1]) == 1 and len(words[0]) > 1:
        words = [words[-1], *words[:-1]]  # Quarrington Z
    start = _surname_start(words)
    return _made(text, words[:1], words[1:start], words[start:], has_title)


def _is_initial(word: str) -> bool:
    return len(word) == 1 and not is_unspaced(key_of(word))


def _surname_start(words: Sequence[str]) -> int:
    """The number of the word with which the surname begins, its particles included; at least one word is before it."""
    start = len(words) - 1
    while start > 1 and key_of(words[start - 1]) in _PARTICLES and len(words[start - 1]) > 1:
        start -= 1
    if start > 1 and key_of(words[start - 1]) in ("o", "d", "m"):
        start -= 1
    return start


def _is_role(keys: Sequence[str]) -> bool:
    """Whether the words of a cell are a role and not a name: the first is one, or any that is no surname too."""
    return keys[0] in _NOT_A_NAME or not (_NOT_A_NAME - _SURNAMES_TOO).isdisjoint(keys)


def _words(text: str) -> tuple[list[str], bool]:
    """The words of a name as written, without titles and post-nominal letters; and whether it had a title."""
    words = []
    for chunk in text.replace(".", ". ").split():
        word = chunk.strip('.,:;!?"“”()*_-–—')
        key = key_of(word)
        if key and not key.isdigit() and not any(one.is_number for one in words_in(word)):
            words.append(word)
    has_title = False
    while len(words) > 1 and key_of(words[0]) in TITLES:
        words, has_title = words[1:], True
    while len(words) > 2 and key_of(words[-1]) in _POST_NOMINALS:
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
    """A forename or surname in each of its spellings, the one as written first."""
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
    """Where a name written as one word may be divided: `McDonald`, `DeSouza`."""
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
