"""Names of people as keyed parts, which can be compared and not read.

`Mr Alfred Tolhurst`, `TOLHURST, Alfred`, `A Tolhurst` and `Alf` may be one person; `Olive Fenwick` is another.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from tasking.linkage.sounds import sound_of
from tasking.linkage.written_names import written_name
from tasking.model.text import folded

Key = Callable[[str, str], int]  # (domain, value) -> a keyed pseudonym as a number, never 0


class PersonKeys(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Keyed parts of a name, and of a date of birth; 0 is not known. The sounds are the same for most spellings."""

    surname: int = 0
    forename: int = 0
    initial: int = 0  # of the forename
    surname_initial: int = 0
    born: int = 0
    surname_sound: int = 0
    forename_sound: int = 0

    @property
    def full_name(self) -> str | None:
        """One pseudonym of forename and surname; None where either is not known."""
        return f"{self.surname:x}.{self.forename:x}" if self.surname and self.forename else None


NOBODY: Final = PersonKeys()
_LONGEST_BORN: Final = 200


def person_keys(name: str | None, born_on: str | None, key: Key) -> PersonKeys:
    """The keyed parts of a name as a partner writes it, and of a date of birth (`1941-03-09`)."""
    keys = _keys_of_name(name, key) if isinstance(name, str) else NOBODY
    if not isinstance(born_on, str) or not born_on:
        return keys
    return msgspec.structs.replace(keys, born=key("born", folded(born_on, _LONGEST_BORN)))


def _keys_of_name(name: str, key: Key) -> PersonKeys:
    """`A` and `A T` are initials, `Mr Tolhurst` has no forename, `Alf` no surname, `Alfred T` its first letter."""
    written = written_name(name)
    if written is None:
        return NOBODY
    first, last = written.first, written.last
    whole = forenames().get(first, first) if len(first) > 1 else ""
    return PersonKeys(
        surname=key("word", stemmed_surname(last)) if len(last) > 1 else 0,
        forename=key("forename", whole) if whole else 0,
        initial=key("initial", (whole or first)[0].upper()) if first else 0,
        surname_initial=key("initial", last[0].upper()) if last else 0,
        surname_sound=key("name sound", sound_of(last)) if len(last) > 1 else 0,
        forename_sound=key("name sound", sound_of(whole)) if whole else 0,
    )


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
