"""Who is meant, without saying who: names as keyed parts that can be compared and not read.

`Mr Alfred Tolhurst`, `A Tolhurst` and `Alf` may be one person; `Olive Fenwick` is not. What is never anybody: "Anon",
an office, a switchboard.
"""

import re
from collections.abc import Callable, Sequence
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


class Person(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Keyed parts of a name; 0 is not known. `is_full` where a whole forename and a surname are known."""

    surname: int = 0
    forename: int = 0
    initial: int = 0  # of the forename
    surname_initial: int = 0
    born: int = 0

    @property
    def is_known(self) -> bool:
        return bool(self.surname or self.forename or self.initial)

    @property
    def full_name(self) -> str | None:
        """One pseudonym of forename and surname; None where either is not known."""
        return f"{self.surname:x}.{self.forename:x}" if self.surname and self.forename else None


NOBODY: Final = Person()


def person(name: str | None, born_on: str | None, key: Key) -> Person:
    """The keyed parts of a name as a partner writes it, and of a date of birth (`1941-03-09`)."""
    born = key("born", folded(born_on, _LONGEST_NAME)) if isinstance(born_on, str) and born_on else 0
    if not isinstance(name, str):
        return Person(born=born) if born else NOBODY
    written = _BRACKETS.sub(" ", folded(name, _LONGEST_NAME)).strip()
    if _INITIALS.fullmatch(written):
        first, last = (letter for letter in written if letter.isalpha())
        return Person(initial=key("initial", first), surname_initial=key("initial", last), born=born)
    parts = [part.strip(".").casefold().replace("’", "'") for part in _PART.findall(written)]
    has_title = bool(parts) and parts[0] in _TITLES
    parts = [part for part in parts if part not in _TITLES and part != "and"]
    if not parts or any(part in _NOBODY for part in parts):
        return Person(born=born) if born else NOBODY
    return _named_once(parts[0], has_title, born, key) if len(parts) == 1 else _named_in_full(parts, born, key)


def _named_once(part: str, has_title: bool, born: int, key: Key) -> Person:
    """A person of whom one part of the name is given: an initial, a surname after a title, or a forename."""
    if len(part) == 1:
        return Person(initial=key("initial", part.upper()), born=born)
    if has_title:
        return Person(surname=_surname(part, key), surname_initial=key("initial", part[0].upper()), born=born)
    return _with_forename(part, key, born=born)


def _named_in_full(parts: Sequence[str], born: int, key: Key) -> Person:
    """A person by the first and the last part of the name, each of which may be an initial."""
    first, last = parts[0], parts[-1]
    if len(last) == 1:
        return _with_forename(first, key, surname_initial=key("initial", last.upper()), born=born)
    surname, surname_initial = _surname(last, key), key("initial", last[0].upper())
    if len(first) == 1:
        initial = key("initial", first.upper())
        return Person(surname=surname, surname_initial=surname_initial, initial=initial, born=born)
    return _with_forename(first, key, surname=surname, surname_initial=surname_initial, born=born)


def _with_forename(forename: str, key: Key, *, surname: int = 0, surname_initial: int = 0, born: int = 0) -> Person:
    whole = forenames().get(forename, forename)
    return Person(
        surname=surname,
        forename=key("forename", whole),
        initial=key("initial", whole[0].upper()),
        surname_initial=surname_initial,
        born=born,
    )


def _surname(name: str, key: Key) -> int:
    return key("word", stemmed_surname(name))


def stemmed_surname(name: str) -> str:
    """A surname as a word of a text would be stemmed, so that `Hentys` in a text is the `Henty` who rang."""
    from tasking.linkage.lexicon import stem

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
