"""Where a text speaks of one person: what is surely theirs, and what may be.

Whole words only. Sure is a whole name, in either order and any spelling, a telephone number or an e-mail address. A
surname alone, an initial with it, a forename near it may be somebody else's: they are for a person to decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final, NamedTuple

from rapidfuzz.distance import Levenshtein

from tasking.places.gazetteer import STREET_WORDS
from tasking.privacy.erasure import contacts
from tasking.privacy.erasure.names import (
    TITLES,
    Name,
    is_between,
    is_of_ordinary_words,
    longest_pieces,
    nicknames,
)
from tasking.privacy.erasure.words import APOSTROPHES, Word, is_unspaced, key_of, words_in

_HYPHENS: Final = frozenset("-‐‑")
_FEWEST_DIGITS: Final = 7
_MISSPELT: Final = 6  # letters of a name from which on one wrong letter is still a likeness
_WHOLE_UNSPACED: Final = 3  # characters of a name in a script without spaces that are nobody else's
_NEAR_WORDS: Final = 2


class Mention(NamedTuple):
    """A stretch of a text, what it is, and whether it is surely the person's."""

    start: int
    end: int
    kind: str
    is_sure: bool


class _Match(NamedTuple):
    """Words first..last (exclusive) that are a name; `is_tidy`: nothing stands between them that parts sentences."""

    first: int
    last: int
    is_tidy: bool


@dataclass(frozen=True)
class Sought:
    """What one person is known by in texts.

    `phones`, `emails`: theirs alone; `shared`: numbers and addresses that others use too. `places`: every two
    words that stand side by side in the name of a place. `others`: the names of other people that have theirs in
    them, as words.
    `is_name_shared`: somebody else bears the same name.
    """

    names: tuple[Name, ...]
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    born: frozenset[date] = frozenset()
    homes: frozenset[tuple[str, ...]] = frozenset()
    places: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    others: frozenset[tuple[str, ...]] = frozenset()
    is_name_shared: bool = False

    def mentions(self, text: str, *, is_near: bool = False) -> list[Mention]:
        """The mentions in a text, in its order, none over another. `is_near`: it tells of an incident of theirs, so
        that a forename alone may be theirs too."""
        if not text or not self._may_have(text):
            return []
        words = words_in(text)
        found = [Mention(*span, "telephone number", True) for span in contacts.phones_in(words, text, self.phones)]
        found += [Mention(*span, "e-mail address", True) for span in contacts.emails_in(text, self.emails)]
        is_told = bool(found)
        phones = [one for one in self.shared if "@" not in one]
        spans = [*contacts.phones_in(words, text, phones), *contacts.emails_in(text, self.shared - set(phones))]
        found += [Mention(*span, "number or address that others use too", False) for span in spans]
        for name in self.names:
            found += self._of_name(words, name, is_told=is_told)
        if is_near or found:
            found += self._forenames(words, text)
        if any(one.is_sure for one in found):
            found += [Mention(*span, "date of birth", True) for span in contacts.dates_in(words, self.born)]
            found += [Mention(*span, "address", True) for span in contacts.homes_in(words, self.homes)]
        return _apart(found)

    def _may_have(self, text: str) -> bool:
        if not text.isascii():
            return True
        low = text.lower().replace("'", "").replace("`", "")
        if any(piece in low for piece in self._pieces):
            return True
        if (self.emails or self.shared) and ("@" in text or "%40" in text):
            return True
        return bool(self.phones or self.shared) and sum(map(str.isdigit, text)) >= _FEWEST_DIGITS

    @cached_property
    def _pieces(self) -> frozenset[str]:
        parts = [part for name in self.names for part in (*name.surnames, *name.forenames)]
        return longest_pieces(parts)

    @cached_property
    def _short_forms(self) -> dict[tuple[str, str], frozenset[str]]:
        return {name.key: nicknames(name) - {part.key for part in name.forenames} for name in self.names}

    def _of_name(self, words: Sequence[Word], name: Name, *, is_told: bool) -> Iterator[Mention]:
        if not name.is_full:
            yield from self._lone(words, name, is_told=is_told)
            return
        is_ordinary = is_of_ordinary_words(name, self.places)
        for number in range(len(words)):
            for match in _whole(words, number, name):
                start, end = _span(words, match)
                why = self._doubt(words, match)
                if not why and not is_told and self.is_name_shared:
                    why = "name that others bear too"
                if not why and not is_told and is_ordinary and not _has_title(words, match.first):
                    why = "name that is common, or ordinary words"
                yield Mention(start, end, why or "name", not why)
            yield from self._partly(words, number, name)
        if is_unspaced(name.key[0] + name.key[1]):
            yield from self._unspaced(words, name.key[0] + name.key[1], name.key[1] + name.key[0])

    def _doubt(self, words: Sequence[Word], match: _Match) -> str:
        """Why a whole name may be somebody else's, or something else, in words; "" where there is no reason."""
        before, after = words[match.first].gap, words[match.last].gap if match.last < len(words) else " "
        nearest = words[match.last] if match.last < len(words) else None
        if not match.is_tidy:
            return "words of the name that may not belong together"
        if match.first and _is_joined(words[match.first - 1], before):
            return "part of a longer name"
        if nearest is not None:
            if _is_joined(nearest, after) and not (after in APOSTROPHES and nearest.key == "s"):
                return "part of a longer name"
            if is_between(after) and nearest.key in STREET_WORDS:
                return "name of a place"
        around = tuple(word.key for word in words[max(0, match.first - _NEAR_WORDS) : match.last + _NEAR_WORDS])
        if any(_holds(around, other) for other in self.others):
            return "part of another person's name"
        return ""

    def _lone(self, words: Sequence[Word], name: Name, *, is_told: bool) -> Iterator[Mention]:
        """Somebody of whom one word is known."""
        kind = "surname" if name.has_title or name.initial else "name of one word"
        for number in range(len(words)):
            for part in name.surnames:
                last = part.ends(words, number)
                if last is not None:
                    yield Mention(words[number].start, words[last - 1].end, kind, is_told and kind != "surname")
        for part in name.surnames:
            if is_unspaced(part.key):
                yield from self._unspaced(words, part.key)

    def _unspaced(self, words: Sequence[Word], *keys: str) -> Iterator[Mention]:
        for word in words:
            if word.end - word.start != len(word.key):
                continue  # what was taken apart in folding has no place of its own
            for key in keys:
                at = word.key.find(key)
                while at >= 0:
                    is_whole = len(word.key) == len(key) or len(key) >= _WHOLE_UNSPACED
                    is_sure = is_whole and not self.is_name_shared
                    yield Mention(word.start + at, word.start + at + len(key), "name", is_sure)
                    at = word.key.find(key, at + 1)

    def _partly(self, words: Sequence[Word], number: int, name: Name) -> Iterator[Mention]:
        """What may be them: a surname with less than the forename, or with something like it."""
        for part in name.surnames:
            last = part.ends(words, number)
            if last is None:
                continue
            start, end, kind = words[number].start, words[last - 1].end, "surname"
            before = words[number - 1] if number and len(words[number].gap) <= 4 else None
            after = words[last] if last < len(words) and len(words[last].gap) <= 4 else None
            if before is not None and before.key == name.initial:
                start, kind = before.start, "initial and surname"
            elif before is not None and before.key in self._short_forms[name.key]:
                start, kind = before.start, "short forename and surname"
            elif before is not None and self._is_like(before.key, [one.key for one in name.forenames]):
                start, kind = before.start, "name in another spelling"
            elif before is not None and before.key in TITLES:
                start, kind = before.start, "title and surname"
            elif after is not None and after.key == name.initial:
                end, kind = after.end, "initial and surname"
            yield Mention(start, end, kind, False)
        word = words[number]
        surnames = [part.key for part in name.surnames]
        if word.key.endswith("s") and word.key[:-1] in surnames:
            yield Mention(word.start, word.end, "surname in the plural", False)
        before = words[number - 1] if number else None
        forenames = {part.key for part in name.forenames}
        is_after_forename = before is not None and before.key in forenames and is_between(word.gap)
        if before is not None and is_after_forename and self._is_like(word.key, surnames):
            yield Mention(before.start, word.end, "name in another spelling", False)
        for count in (1, 2) if name.middles else ():
            if word.key == name.forenames[0].key + "".join(name.middles[:count]):
                found = [one for part in name.surnames if (one := part.ends(words, number + 1)) is not None]
                if found:
                    yield Mention(word.start, words[found[0] - 1].end, "name in another spelling", False)

    @staticmethod
    def _is_like(key: str, wanted: Sequence[str]) -> bool:
        return len(key) >= _MISSPELT - 1 and any(
            len(one) >= _MISSPELT and Levenshtein.distance(key, one, score_cutoff=1) == 1 for one in wanted
        )

    def _forenames(self, words: Sequence[Word], text: str) -> Iterator[Mention]:
        is_shouted = text.upper() == text
        for number, word in enumerate(words):
            for name in self.names:
                for part in name.forenames:
                    last = part.ends(words, number)
                    if last is not None and (text[word.start].isupper() and not is_shouted):
                        yield Mention(word.start, words[last - 1].end, "forename", False)


def _whole(words: Sequence[Word], number: int, name: Name) -> Iterator[_Match]:
    """The whole name, where it begins at words[number]: forename first, with what may stand between, or surname."""
    for part in name.forenames:
        start = part.ends(words, number)
        if start is None:
            continue
        middle = start
        while middle < len(words) and middle - start <= 3:
            last = next((end for one in name.surnames if (end := one.ends(words, middle)) is not None), None)
            if last is not None and len(words[middle].gap) <= 4:
                is_known = all(word.key in name.middles or len(word.key) == 1 for word in words[start:middle])
                is_tidy = all(_may_follow(words, one) for one in range(start, middle + 1))
                if is_known or middle - start == 1:
                    yield _Match(number, last, is_tidy and is_known)
                break
            if words[middle].is_number or len(words[middle].gap) > 4:
                break
            middle += 1
    for part in name.surnames:
        start = part.ends(words, number)
        if start is None or start >= len(words):
            continue
        gap = words[start].gap
        is_listed = gap.strip() == "," and _is_after_forename(words, number, name)  # Zoe Quarrington, Zoe Smith
        if is_listed or not (is_between(gap) or gap == "" or gap.strip() == ","):
            continue
        last = next((end for one in name.forenames if (end := one.ends(words, start)) is not None), None)
        if last is not None:
            while last < len(words) and words[last].key in name.middles and is_between(words[last].gap):
                last += 1
            yield _Match(number, last, is_tidy=True)


def _is_after_forename(words: Sequence[Word], number: int, name: Name) -> bool:
    starts = range(max(0, number - 3), number)
    return any(part.ends(words, start) == number for part in name.forenames for start in starts)


def _may_follow(words: Sequence[Word], number: int) -> bool:
    """Whether a word goes on with the name that the one before it began."""
    gap, before = words[number].gap, words[number - 1]
    if is_between(gap) or gap in ("", "."):
        return True
    return gap.startswith(".") and is_between(gap[1:]) and (len(before.key) == 1 or before.key in TITLES)


def _span(words: Sequence[Word], match: _Match) -> tuple[int, int]:
    return words[match.first].start, words[match.last - 1].end


def _is_joined(word: Word, gap: str) -> bool:
    return not word.is_number and (gap == "" or (len(gap) == 1 and (gap in _HYPHENS or gap in APOSTROPHES)))


def _has_title(words: Sequence[Word], first: int) -> bool:
    return first > 0 and words[first - 1].key in TITLES


def _holds(words: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return any(words[start : start + len(other)] == other for start in range(len(words) - len(other) + 1))


def _apart(found: Sequence[Mention]) -> list[Mention]:
    """Those that do not stand over a surer or longer one, in the order of the text; sure ones that meet are one."""
    kept: list[Mention] = []
    for one in sorted(one for one in set(found) if one.is_sure):
        if kept and one.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(one.end, kept[-1].end))
        else:
            kept.append(one)
    taken = bytearray(max((one.end for one in found), default=0))
    for one in kept:
        taken[one.start : one.end] = b"x" * (one.end - one.start)
    unsure = [one for one in set(found) if not one.is_sure]
    for one in sorted(unsure, key=lambda one: (one.start - one.end, one.start, one.kind)):
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"x" * (one.end - one.start)
            kept.append(one)
    return sorted(kept)


def holds_person(reference: str, sought: Sought, *, is_theirs: bool) -> str:
    """Why a partner's reference tells who somebody is, in words; "" where it does not.

    `is_theirs`: it is the reference of a report by or about them, in which a surname alone says as much.
    """
    words = words_in(reference)
    figures = "".join(word.key for word in words if word.is_number)
    own = {digits for phone in sought.phones for digits in contacts.dialled(phone) if len(digits) >= 9}
    if any(digits in word.key for digits in own for word in words if word.is_number):
        return "telephone number in a reference"
    if is_theirs and any(digits in figures for digits in own):
        return "telephone number in a reference"
    if any(address in reference.casefold() for address in sought.emails):
        return "e-mail address in a reference"
    keys = [word.key for word in words if not word.is_number]
    for name in sought.names:
        first, last = name.key
        if name.is_full and last in keys and first in keys and not sought.is_name_shared:
            return "name in a reference"
        joined = {last, first + last, last + first, name.initial + last, last + name.initial}
        if is_theirs and last and joined & {*keys, key_of("".join(keys))}:
            return "name in a reference"
    return ""
