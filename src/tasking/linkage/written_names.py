"""A person's name as partners write it, taken apart: `Mr Alfred Tolhurst`, `TOLHURST, Alfred`, `My dad Alf`.

"Anon", an office, a switchboard or "n/k white male" is nobody.
"""

import re
from dataclasses import dataclass
from typing import Final
from unicodedata import combining, normalize

from tasking.model.text import folded

TITLES: Final = frozenset("mr mrs ms miss mx dr rev revd sir lady lord cllr pc pcso sgt prof".split())
_ROLES: Final = frozenset("officer off warden dc ds di con ps ho hsg eho cw".split())  # before a name
_NOBODY: Final = frozenset(
    "anon anonymous unknown none na nil withheld refused caller resident neighbour member public not given nk tbc "
    "occupier tenant clerk office parish council school manager security staff reception desk team ltd plc services"
    .split()
)  # fmt: skip
_WHOSE: Final = frozenset("my our his her their the".split())
_KIN: Final = frozenset(
    "mum mother mom dad father son daughter brother sister husband wife partner nan nana nanna gran grandma grandad "
    "grandfather grandmother grandson granddaughter uncle aunt auntie cousin niece nephew boyfriend girlfriend friend "
    "baby mate elderly old young little".split()
)
_PERSON: Final = frozenset("male female man woman boy girl youth youths lad lads juvenile teen teenager child".split())
_LOOKS: Final = frozenset("a an the white black asian mixed young old elderly tall short".split())
_ABOUT_THEM: Final = frozenset("social worker support housing neighbourhood duty".split())  # after a name
_AFTER: Final = frozenset("obe mbe cbe kc qc jp jnr jr snr sr esq phd bsc ba ma ii iii".split())
# Letters that no accent makes of a plain one.
_PLAIN: Final = str.maketrans({
    "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe",
    "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "ı": "i",
})  # fmt: skip
_NOT_KNOWN = re.compile(r"\b(?:n/k|n/a|unk)\b|\bsurname (?:n/?k|unknown)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
_PART = re.compile(r"[^\W\d_][\w'’-]*\.?")
_INITIALS = re.compile(r"([A-Z])\.? ?([A-Z])\.?")  # C.D., KB
_LONGEST: Final = 200
_SHORTEST_CAPITALS: Final = 4  # letters of a surname that stands first because it is in capitals; shorter are roles
_MOST_AFTER_COMMA: Final = 3


@dataclass(frozen=True)
class WrittenName:
    """In lower case; either may be a single letter. `first` is empty for `Mr Tolhurst`, `last` for `Alf`."""

    first: str
    last: str


def written_name(name: str) -> WrittenName | None:
    """The parts of a name, without accents; None for what is nobody's, and for an address."""
    written = _BRACKETS.sub(" ", _NOT_KNOWN.sub(" ", _without_accents(folded(name, _LONGEST)))).strip()
    if "@" in written or written.strip(".").casefold() in TITLES:
        return None
    if initials := _INITIALS.fullmatch(written):
        return WrittenName(initials[1].lower(), initials[2].lower())
    parts = _in_order(written)
    lowered = [part.strip(".").casefold().replace("’", "'") for part in parts]
    has_title = any(part in TITLES for part in lowered[:2])
    lowered = _without_description(lowered)
    if not lowered or not _NOBODY.isdisjoint(lowered):
        return None
    if len(lowered) == 1:
        return WrittenName("", lowered[0]) if has_title and len(lowered[0]) > 1 else WrittenName(lowered[0], "")
    return WrittenName(lowered[0], lowered[-1])


def _in_order(written: str) -> list[str]:
    """The words of a name, the surname last: it may stand first, before a comma or in capitals."""
    before, comma, after = written.partition(",")
    head, tail = _PART.findall(before), _PART.findall(after)
    if comma and tail and head:
        others = {part.strip(".").casefold() for part in tail} & (_NOBODY | _ROLES | _KIN | _ABOUT_THEM)
        return head if others or len(tail) > _MOST_AFTER_COMMA else [*tail, *head]
    parts = head or tail
    if len(parts) > 1 and parts[0].isupper() and len(parts[0]) >= _SHORTEST_CAPITALS and not parts[-1].isupper():
        return [*parts[1:], parts[0]]
    return parts


def _without_accents(text: str) -> str:
    return "".join(char for char in normalize("NFKD", text.translate(_PLAIN)) if not combining(char))


def _without_description(parts: list[str]) -> list[str]:
    """The words that are a name: without titles, `my dad` and `white male`."""
    parts = [part for part in parts if part not in TITLES and part != "and"]
    if parts and parts[0] in _WHOSE:
        parts = [part for part in parts[1:] if part not in _KIN]
    if not _PERSON.isdisjoint(parts):
        parts = [part for part in parts if part not in _PERSON | _LOOKS]
    while len(parts) > 1 and parts[0] in _ROLES:
        parts = parts[1:]
    while len(parts) > 1 and parts[-1] in _AFTER:
        parts = parts[:-1]
    return parts
