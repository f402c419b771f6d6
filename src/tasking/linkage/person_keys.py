"""Names of people as keyed parts, which can be compared and not read.

`Mr Alfred Tolhurst`, `A Tolhurst` and `Alf` may be one person; `Olive Fenwick` is another. "Anon", an office or a
switchboard is nobody.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from tasking.model.text import folded

Key = Callable[[str, str], int]  # (domain, value) -> a keyed pseudonym as a number, never 0

_TITLES: Final = frozenset("mr mrs ms miss mx dr rev revd sir lady lord cllr pc pcso sgt prof".split())
_NOBODY: Final = frozenset(
    "anon anonymous unknown none na n/a nil withheld refused caller resident neighbour member public not given nk tbc "
    "occupier tenant clerk office parish council school manager security staff reception desk team ltd plc services"
    .split()
)  # fmt: skip
_PART = re.compile(r"[A-Za-z][A-Za-z'’-]*\.?")
_BRACKETS = re.compile(r"\([^()]*\)")
_INITIALS = re.compile(r"[A-Z]\.? ?[A-Z]\.?")  # C.D., KB
_LONGEST_NAME: Final = 200


class PersonKeys(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Keyed parts of a name, and of a date of birth; 0 is not known."""

    surname: int = 0
    forename: int = 0
    initial: int = 0  # of the forename
    surname_initial: int = 0
    born: int = 0

    @property
    def full_name(self) -> str | None:
        """One pseudonym of forename and surname; None where either is not known."""
        return f"{self.surname:x}.{self.forename:x}" if self.surname and self.forename else None


NOBODY: Final = PersonKeys()


def person_keys(name: str | None, born_on: str | None, key: Key) -> PersonKeys:
    """The keyed parts of a name as a partner writes it, and of a date of birth (`1941-03-09`)."""
    keys = _keys_of_name(name, key) if isinstance(name, str) else NOBODY
    if not isinstance(born_on, str) or not born_on:
        return keys
    return msgspec.structs.replace(keys, born=key("born", folded(born_on, _LONGEST_NAME)))


def _keys_of_name(name: str, key: Key) -> PersonKeys:
    written = _BRACKETS.sub(" ", folded(name, _LONGEST_NAME)).strip()
    if _INITIALS.fullmatch(written):
        first, last = (letter for letter in written if letter.isalpha())
        return PersonKeys(initial=key("initial", first), surname_initial=key("initial", last))
    parts = [part.strip(".").casefold().replace("’", "'") for part in _PART.findall(written)]
    has_title = bool(parts) and parts[0] in _TITLES
    parts = [part for part in parts if part not in _TITLES and part != "and"]
    if not parts or any(part in _NOBODY for part in parts):
        return NOBODY
    if len(parts) == 1:
        return _keys_of_one_word(parts[0], key, has_title=has_title)
    return _keys_of_full_name(parts[0], parts[-1], key)


def _keys_of_one_word(word: str, key: Key, *, has_title: bool) -> PersonKeys:
    """`A` is an initial, `Mr Tolhurst` a surname, `Alf` a forename."""
    if len(word) == 1:
        return PersonKeys(initial=key("initial", word.upper()))
    if has_title:
        return PersonKeys(surname=_surname(word, key), surname_initial=key("initial", word[0].upper()))
    return _keys_of_forename(word, key)


def _keys_of_full_name(first: str, last: str, key: Key) -> PersonKeys:
    """`alfred tolhurst`, `a tolhurst` or `alfred t`."""
    surname_initial = key("initial", last[0].upper())
    if len(last) == 1:
        return _keys_of_forename(first, key, surname_initial=surname_initial)
    surname = _surname(last, key)
    if len(first) == 1:
        return PersonKeys(surname=surname, surname_initial=surname_initial, initial=key("initial", first.upper()))
    return _keys_of_forename(first, key, surname=surname, surname_initial=surname_initial)


def _keys_of_forename(forename: str, key: Key, *, surname: int = 0, surname_initial: int = 0) -> PersonKeys:
    whole = forenames().get(forename, forename)
    return PersonKeys(
        surname=surname,
        forename=key("forename", whole),
        initial=key("initial", whole[0].upper()),
        surname_initial=surname_initial,
    )


def _surname(name: str, key: Key) -> int:
    return key("word", stemmed_surname(name))


def stemmed_surname(name: str) -> str:
    """A surname stemmed as the words of a text are, so that `Hentys` in a text matches a caller named `Henty`."""
    from tasking.config.lexicon import stem

    return stem(name.replace("'", "").replace("-", ""))


@cache
def forenames() -> dict[str, str]:
    """Short forms of forenames -> the whole name."""
    lines = (Path(__file__).parent / "forenames.txt").read_text(encoding="utf-8").splitlines()
    return {
        short: whole
        for line in lines
        if not line.startswith("#")
        for whole, *shorts in [line.split()]
        for short in shorts
    }
