"""Telephone numbers, e-mail addresses, dates of birth and home addresses, found in a text however they are written."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

import phonenumbers

from tasking.privacy.erasure.words import Word, words_in

_BETWEEN_NUMBERS: Final = frozenset("_;|")  # any other sign may stand inside a number
_MOST_GROUPS: Final = 18
_MOST_DIGITS: Final = 18
_OF_AN_ADDRESS: Final = frozenset("._%+&'-")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BORN_FORMATS: Final = (
    "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y", "%d/%m/%y", "%d.%m.%y", "%d %b %Y", "%d %B %Y",
    "%d-%b-%Y", "%d-%b-%y", "%Y%m%d", "%d%m%Y", "%Y/%m/%d",
)  # fmt: skip

Span = tuple[int, int]


@lru_cache(maxsize=10_000)
def dialled(phone: str) -> frozenset[str]:
    """Every run of digits that dials a number given as `+<country><number>`."""
    digits = "".join(char for char in phone if char.isdigit())
    if phone.startswith("+44"):
        own, country = digits[2:], "44"
    else:
        try:
            read = phonenumbers.parse(phone if phone.startswith("+") else f"+{digits}", None)
        except phonenumbers.NumberParseException:
            return frozenset({digits})
        own, country = str(read.national_number), str(read.country_code)
    ways = {f"0{own}", f"{country}{own}", f"{country}0{own}", f"00{country}{own}", f"00{country}0{own}"}
    return frozenset({*ways, f"0{country}{own}", own} if len(own) >= 9 else ways)


def phones_in(words: Sequence[Word], text: str, phones: Iterable[str]) -> list[Span]:
    """The spans of a text that are one of these numbers, with the brackets and the plus sign before it."""
    wanted = {digits for phone in phones for digits in dialled(phone)}
    found: list[Span] = []
    if not wanted:
        return found
    for number, first in enumerate(words):
        if not first.is_number or (found and first.start < found[-1][1]):
            continue
        digits = ""
        for last in words[number : number + _MOST_GROUPS]:
            is_apart = last is not first and (len(last.gap) > 4 or not _BETWEEN_NUMBERS.isdisjoint(last.gap))
            if not last.is_number or is_apart or len(digits) > _MOST_DIGITS:
                break
            digits += last.key
            if digits in wanted:
                start = first.start
                while start and text[start - 1] in "+(":
                    start -= 1
                found.append((start, last.end))
                break
    return found


def emails_in(text: str, emails: Iterable[str]) -> list[Span]:
    """The spans of a text that are one of these addresses (given in lower case), also as `name @ example.org`."""
    wanted = sorted(emails, key=len, reverse=True)
    if not wanted or not any(sign in text for sign in ("@", "%40", "\uff20", "\ufe6b")):
        return []
    flat, at = _flat(text)
    found = []
    for address in wanted:
        start = flat.find(address)
        while start >= 0:
            end = start + len(address)
            if not _goes_on(flat[max(0, start - 2) : start]) and not _ends_later(flat[end : end + 2]):
                found.append((at[start], at[end - 1] + 1))
            start = flat.find(address, end)
    return found


def _goes_on(before: str) -> bool:
    """Whether the address begins earlier: `'ann@example.org'` is in quotes, `o'ann@example.org` is another address."""
    if before.endswith("'"):
        return before[:-1].isalnum()
    return bool(before) and (before[-1].isalnum() or before[-1] in _OF_AN_ADDRESS)


def _ends_later(after: str) -> bool:
    """Whether the address ends later: `example.org` is not `example.org.uk`, but may end a sentence."""
    if not after or not (after[0].isalnum() or after[0] in ".-_"):
        return False
    return after[0] != "." or (len(after) == 2 and after[1].isalnum())


def _flat(text: str) -> tuple[str, list[int]]:
    """(the text in lower case, without invisible characters and without spaces beside the at sign, the position of
    each of its characters in the text as written)."""
    chars: list[str] = []
    at: list[int] = []
    position = 0
    while position < len(text):
        char, width = text[position], 1
        if text.startswith("%40", position):
            char, width = "@", 3
        if unicodedata.category(char) != "Cf":
            for one in unicodedata.normalize("NFKC", char).casefold():
                if one == "@" and chars and chars[-1] == " ":
                    chars.pop(), at.pop()
                if one == " " and chars and chars[-1] == "@":
                    continue
                chars.append(one)
                at.append(position)
        position += width
    return "".join(chars), at


def parse_birth_date(text: str) -> date | None:
    """A date of birth as a partner writes it; None for anything else."""
    written = " ".join(text.split())
    for form in _BORN_FORMATS:
        try:
            read = datetime.strptime(written, form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
        return read if read <= date.today() else read.replace(year=read.year - 100)  # noqa: DTZ011 - a century off
    return parse_birth_date(written[:10]) if len(written) > 10 else None


def dates_in(words: Sequence[Word], days: Collection[date]) -> list[Span]:
    """The spans of a text that are one of these days: `3/2/51`, `03.02.1951`, `1951-02-03`, `3rd of February 1951`."""
    found = []
    for number, first in enumerate(words):
        for day in days:
            last = _date_ends(words, number, day)
            if last is not None:
                found.append((first.start, words[last].end))
    return found


def _date_ends(words: Sequence[Word], start: int, day: date) -> int | None:
    """The index of the last word of the day, where it begins at words[start]; None where it does not."""
    if words[start].key in (f"{day:%Y%m%d}", f"{day:%d%m%Y}", f"{day:%d%m%y}"):
        return start
    seen: list[Word] = []
    last = start
    for last in range(start, min(start + 6, len(words))):
        word = words[last]
        if word.key in ("st", "nd", "rd", "th", "of") and seen:
            continue
        if seen and len(word.gap) > 3:
            return None
        seen.append(word)
        if len(seen) == 3:
            break
    if len(seen) < 3:
        return None
    kinds = [
        (_is(day.day, seen[a]) and _is_month(day.month, seen[b]) and _is_year(day.year, seen[c]))
        for a, b, c in ((0, 1, 2), (2, 1, 0), (1, 0, 2))
        if (a, b, c) != (1, 0, 2) or not seen[0].is_number
    ]
    return last if any(kinds) else None


def _is(number: int, word: Word) -> bool:
    return word.is_number and len(word.key) <= 2 and int(word.key) == number


def _is_month(month: int, word: Word) -> bool:
    return _is(month, word) if word.is_number else word.key[:3] == _MONTHS[month - 1] and len(word.key) <= 9


def _is_year(year: int, word: Word) -> bool:
    return word.key in (f"{year}", f"{year % 100:02d}")


def address_key(place: str | None) -> tuple[str, ...]:
    """The words that identify an address: `12 Manse Way, Swanley` -> 12, manse, way; () without a house number."""
    words = words_in(place.partition(",")[0]) if isinstance(place, str) else []
    keys = [word.key for word in words[:6]]
    for number, (one, other) in enumerate(pairwise(words)):
        if one.is_number and not other.is_number and len(other.key) > 2 and len(one.key) <= 4:
            return tuple(keys[number : number + 3])
    return ()


def homes_in(words: Sequence[Word], homes: Collection[tuple[str, ...]]) -> list[Span]:
    """The spans of a text that are one of these home addresses."""
    found = []
    for home in homes:
        size = len(home)
        for start in range(len(words) - size + 1):
            if all(words[start + offset].key == key for offset, key in enumerate(home)):
                found.append((words[start].start, words[start + size - 1].end))
    return found
