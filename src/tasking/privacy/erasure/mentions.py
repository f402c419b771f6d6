"""Mentions of one person in a text: those that are surely theirs, and those that may be somebody else's.

Only whole words count. A full name in either order and any spelling, a telephone number and an e-mail address are sure.
A surname alone or with an initial, or a forename, may be somebody else's, and is left for a person to decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final, NamedTuple

from tasking.places.gazetteer import STREET_WORDS
from tasking.privacy.erasure import contacts
from tasking.privacy.erasure.name_matching import NameMatch, partial_names, whole_names
from tasking.privacy.erasure.names import (
    TITLES,
    Name,
    is_between,
    is_of_ordinary_words,
    longest_pieces,
    nicknames,
)
from tasking.privacy.erasure.words import APOSTROPHES, Word, is_unspaced, words_in

_HYPHENS: Final = frozenset("-‐‑")
_FEWEST_DIGITS: Final = 7  # in a text that is searched for telephone numbers
_WHOLE_UNSPACED: Final = 3  # characters from which a name in a script without spaces is sure inside a longer word
_NEAR_WORDS: Final = 2  # on each side, in which the longer name of somebody else is looked for


class Mention(NamedTuple):
    """A stretch of a text, the kind of mention, and whether it is surely the person's."""

    start: int
    end: int
    kind: str
    is_sure: bool


@dataclass(frozen=True)
class PersonIdentifiers:
    """What one person is known by in texts.

    `phones` and `emails` are theirs alone; `shared_contacts` are numbers and addresses that others use too. `places`:
    every two words that stand side by side in the name of a place. `longer_names`: names of other people that contain
    theirs, as words. `is_name_shared`: somebody else has the same name.
    """

    names: tuple[Name, ...]
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    shared_contacts: frozenset[str] = frozenset()
    birth_dates: frozenset[date] = frozenset()
    homes: frozenset[tuple[str, ...]] = frozenset()
    places: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    longer_names: frozenset[tuple[str, ...]] = frozenset()
    is_name_shared: bool = False

    def mentions(self, text: str, *, is_same_incident: bool = False) -> list[Mention]:
        """The mentions in a text, in order and without overlaps.

        `is_same_incident`: the text is about an incident of theirs, so that a forename alone may be theirs too.
        """
        if not text or not self._may_have(text):
            return []
        words = words_in(text)
        found = [Mention(*span, "telephone number", True) for span in contacts.phones_in(words, text, self.phones)]
        found += [Mention(*span, "e-mail address", True) for span in contacts.emails_in(text, self.emails)]
        has_contact = bool(found)
        phones = [one for one in self.shared_contacts if "@" not in one]
        spans = [
            *contacts.phones_in(words, text, phones),
            *contacts.emails_in(text, self.shared_contacts - set(phones)),
        ]
        found += [Mention(*span, "number or address that others use too", False) for span in spans]
        for name in self.names:
            found += self._of_name(words, name, has_contact=has_contact)
        if is_same_incident or found:
            found += self._forenames(words, text)
        if any(one.is_sure for one in found):
            found += [Mention(*span, "date of birth", True) for span in contacts.dates_in(words, self.birth_dates)]
            found += [Mention(*span, "address", True) for span in contacts.homes_in(words, self.homes)]
        return _without_overlaps(found)

    def _may_have(self, text: str) -> bool:
        if not text.isascii():
            return True
        low = text.lower().replace("'", "").replace("`", "")
        if any(piece in low for piece in self._pieces):
            return True
        if (self.emails or self.shared_contacts) and ("@" in text or "%40" in text):
            return True
        return bool(self.phones or self.shared_contacts) and sum(map(str.isdigit, text)) >= _FEWEST_DIGITS

    @cached_property
    def _pieces(self) -> frozenset[str]:
        parts = [part for name in self.names for part in (*name.surnames, *name.forenames)]
        return longest_pieces(parts)

    @cached_property
    def _short_forms(self) -> dict[tuple[str, str], frozenset[str]]:
        return {name.key: nicknames(name) - {part.key for part in name.forenames} for name in self.names}

    def _of_name(self, words: Sequence[Word], name: Name, *, has_contact: bool) -> Iterator[Mention]:
        if not name.is_full:
            yield from self._one_word(words, name, has_contact=has_contact)
            return
        is_ordinary = is_of_ordinary_words(name, self.places)
        for number in range(len(words)):
            for match in whole_names(words, number, name):
                start, end = _span(words, match)
                why = self._doubt(words, match)
                if not why and not has_contact and self.is_name_shared:
                    why = "name that others have too"
                if not why and not has_contact and is_ordinary and not _has_title(words, match.first):
                    why = "name that is common, or ordinary words"
                yield Mention(start, end, why or "name", not why)
            for start, end, kind in partial_names(words, number, name, self._short_forms[name.key]):
                yield Mention(start, end, kind, False)
        if is_unspaced(name.key[0] + name.key[1]):
            yield from self._unspaced(words, name.key[0] + name.key[1], name.key[1] + name.key[0])

    def _doubt(self, words: Sequence[Word], match: NameMatch) -> str:
        """Why a full name may be somebody else's or no name at all, in words; "" where it is sure."""
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
        if any(_holds(around, other) for other in self.longer_names):
            return "part of another person's name"
        return ""

    def _one_word(self, words: Sequence[Word], name: Name, *, has_contact: bool) -> Iterator[Mention]:
        """Mentions of a name of one word: a surname, or all that is known."""
        kind = "surname" if name.has_title or name.initial else "name of one word"
        for number in range(len(words)):
            for part in name.surnames:
                last = part.ends(words, number)
                if last is not None:
                    yield Mention(words[number].start, words[last - 1].end, kind, has_contact and kind != "surname")
        for part in name.surnames:
            if is_unspaced(part.key):
                yield from self._unspaced(words, part.key)

    def _unspaced(self, words: Sequence[Word], *keys: str) -> Iterator[Mention]:
        for word in words:
            if word.end - word.start != len(word.key):
                continue  # folding changed its length, so positions in the key are not positions in the text
            for key in keys:
                at = word.key.find(key)
                while at >= 0:
                    is_whole = len(word.key) == len(key) or len(key) >= _WHOLE_UNSPACED
                    is_sure = is_whole and not self.is_name_shared
                    yield Mention(word.start + at, word.start + at + len(key), "name", is_sure)
                    at = word.key.find(key, at + 1)

    def _forenames(self, words: Sequence[Word], text: str) -> Iterator[Mention]:
        is_shouted = text.upper() == text
        for number, word in enumerate(words):
            for name in self.names:
                for part in name.forenames:
                    last = part.ends(words, number)
                    if last is not None and (text[word.start].isupper() and not is_shouted):
                        yield Mention(word.start, words[last - 1].end, "forename", False)


def _span(words: Sequence[Word], match: NameMatch) -> tuple[int, int]:
    return words[match.first].start, words[match.last - 1].end


def _is_joined(word: Word, gap: str) -> bool:
    return not word.is_number and (gap == "" or (len(gap) == 1 and (gap in _HYPHENS or gap in APOSTROPHES)))


def _has_title(words: Sequence[Word], first: int) -> bool:
    return first > 0 and words[first - 1].key in TITLES


def _holds(words: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return any(words[start : start + len(other)] == other for start in range(len(words) - len(other) + 1))


def _without_overlaps(found: Sequence[Mention]) -> list[Mention]:
    """The mentions in order: sure ones that overlap are merged; unsure ones give way to sure and to longer ones."""
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
