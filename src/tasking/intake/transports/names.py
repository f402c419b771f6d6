"""Is a file the delivery that we ask for? One answer for mail, folders, SFTP and object stores.

Files are renamed on their way: a mail client adds “(1)”, a person copies, a system writes spaces for underscores.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import unquote

from tasking.intake.transports.name_spelling import (
    INTERCHANGEABLE_ENDINGS,
    LONGEST,
    UNFINISHED,
    WRAPPERS,
    digits_of,
    folded_name,
    has_letters_of,
    letters_of,
    nfc,
    spaced_out,
    stem_and_endings,
    upload_of,
    without_copy_marks,
)
from tasking.model.delivery import quoted
from tasking.model.text import clean

_MOST_OTHERS = 20  # names of what was not taken; of more nobody reads


class Fit(IntEnum):
    """How well a name fits the one that is asked for, best first."""

    SAME = 1
    NEAR = 2  # renamed on the way; the delivery all the same
    WRAPPED = 3  # a zip or gzip of that name
    SAME_STEM = (
        4  # the same stem under another ending that may hold the same (.txt for .csv); taken where nothing better is
    )
    UNFINISHED = 5  # an upload's own name for a file that is still being sent
    SIMILAR = 6  # looks as if it was meant; named, not taken
    OTHER = 7


@dataclass(frozen=True)
class Match:
    """Which of the names asked for a file goes by, and how well."""

    fit: Fit
    wanted: str = ""

    @property
    def is_taken(self) -> bool:
        return self.fit in (Fit.SAME, Fit.NEAR, Fit.SAME_STEM)


def base_name(name: str) -> str:
    """The last part of a name that a partner gives, without control characters: `../../etc/cron.d/x` is `x`."""
    last = re.split(r"[/\\]", name.rstrip("/\\ "))[-1] if name else ""
    return re.sub(r"[\x00-\x1f\x7f]", "", last).strip()


def quoted_name(name: str, why: str = "") -> str:
    """A partner's file name within our words, and why it was not taken."""
    named = quoted(clean(base_name(name)) or "a file without a name")
    return f"{named} ({why})" if why else named


def came_as(name: str, wanted: str) -> str:
    """A note, where a file did not come under the name that was asked for."""
    given = unicodedata.normalize("NFC", base_name(name))
    return "" if given == unicodedata.normalize("NFC", wanted) else f"came as {quoted(clean(given))}"


def too_large(size: int, most_bytes: int) -> str:
    """Why a file was not taken: its size, and what may be changed if that is right."""
    return f"{size:,} bytes; file.max_bytes is {most_bytes:,}"


def summarised(others: Iterable[str]) -> tuple[str, ...]:
    """What was not taken, in words, each once: 20 of them at most, and how many more there are."""
    found = list(dict.fromkeys(others))
    more = len(found) - _MOST_OTHERS
    return (*found[:_MOST_OTHERS], f"and {more:,} more") if more > 0 else tuple(found)


def match(name: str, wanted: Sequence[str]) -> Match:
    """The best fit of a name among those asked for."""
    names_wanted = _wanted_names(tuple(wanted))
    name = base_name(name)[:LONGEST]
    if not name or not names_wanted.names:
        return Match(Fit.OTHER)
    as_is = nfc(name)
    if as_is in names_wanted.as_is:
        return Match(Fit.SAME, names_wanted.as_is[as_is])
    if (sent := upload_of(name)) and (found := match(sent, wanted)).fit in (Fit.SAME, Fit.NEAR):
        return Match(Fit.UNFINISHED, found.wanted)
    if "%" in name:
        name = base_name(unquote(name)) or name
    folded = folded_name(name)
    whole = spaced_out(folded)
    if whole in names_wanted.whole:
        return Match(Fit.NEAR, names_wanted.whole[whole])
    stem, endings = stem_and_endings(folded)
    plain, spaced = without_copy_marks(stem), spaced_out(stem)
    same = (*names_wanted.by_stem.get((plain, False), ()), *names_wanted.by_stem.get((spaced, True), ()))
    if same:
        return min((Match(_by_endings(endings, one.ending), one.name) for one in same), key=lambda found: found.fit)
    meant = names_wanted.meant(plain, spaced)
    return Match(Fit.SIMILAR, meant.name) if meant else Match(Fit.OTHER, names_wanted.names[0].name)


def is_for_another_day(name: str, wanted: Sequence[str]) -> bool:
    """The name that is asked for but for its digits: the file of another day, and no riddle."""
    stem, *stems = (
        re.sub(r"\d", "0", without_copy_marks(stem_and_endings(folded_name(one))[0])) for one in (name, *wanted)
    )
    return stem in stems


def best_match(names: Iterable[str], wanted: Sequence[str]) -> tuple[str, Match]:
    """Of several names that a file goes by, the one that fits best, and how."""
    found = [(name, match(name, wanted)) for name in names if name]
    return min(found, key=lambda one: one[1].fit, default=("", Match(Fit.OTHER)))


@dataclass(frozen=True)
class _Name:
    """A name that is asked for, taken apart once: a folder may hold 100,000 to compare with it."""

    name: str
    stem: str
    ending: str
    has_marks: bool  # it looks like a copy's itself: “(1)” and “(2)” are two things there
    digits: str
    letters: str

    @staticmethod
    def of(name: str) -> "_Name":
        bare, endings = stem_and_endings(folded_name(name))
        stem = spaced_out(bare)
        ending = endings[-1] if endings else ""
        return _Name(name, stem, ending, without_copy_marks(bare) != stem, digits_of(stem), letters_of(stem))


@dataclass(frozen=True)
class _WantedNames:
    """All the names that are asked for, and by what spelling each is known."""

    names: tuple[_Name, ...]
    as_is: dict[str, str]
    whole: dict[str, str]
    by_stem: dict[tuple[str, bool], tuple[_Name, ...]]
    by_digits: "_Digits"

    def meant(self, plain: str, spaced: str) -> _Name | None:
        """The first name that a stem, with and without a copy's marks, looks as if it was meant for.

        That is: much the same letters, and no other day's digits. Digits go first: they cost less, and nearly all that
        lies in a folder is another day's.
        """
        digits = {stem: digits_of(stem) for stem in (plain, spaced)}
        possible = {one for found in digits.values() for one in self.by_digits.near(found)}
        for one in self.names if possible else ():
            stem = spaced if one.has_marks else plain
            is_the_days = one.digits in possible and _may_be_the_days(digits[stem], one.digits)
            if is_the_days and has_letters_of(letters_of(stem), one.letters):
                return one
        return None


class _Digits:
    """The digits of all names as a tree, so that what 32 days have in common is compared once."""

    def __init__(self, names: Sequence[_Name]) -> None:
        self.all = sorted({one.digits for one in names})
        self.tree: _Tree = {}
        for digits in self.all:
            branch = self.tree
            for digit in digits:
                branch = branch.setdefault(digit, {})
            branch[_END] = {}

    def near(self, digits: str) -> Iterator[str]:
        """Those that have these digits and others between, or these without some."""
        for one in self.all:
            if len(one) > len(digits) and _is_within(digits, one):
                yield one
        branches = [(self.tree, 0, "")]
        while branches:
            branch, at, so_far = branches.pop()
            for digit, onward in branch.items():
                if digit == _END:
                    yield so_far
                elif found := digits.find(digit, at) + 1:
                    branches.append((onward, found, so_far + digit))


_Tree: TypeAlias = "dict[str, _Tree]"
_END = ""


@lru_cache(maxsize=64)
def _wanted_names(wanted: tuple[str, ...]) -> _WantedNames:
    names = tuple(map(_Name.of, wanted))
    stems: dict[tuple[str, bool], tuple[_Name, ...]] = {}
    for one in names:
        key = (one.stem, one.has_marks)
        stems[key] = (*stems.get(key, ()), one)
    return _WantedNames(
        names,
        # Turned round, so that of two names with one spelling the first is kept.
        {nfc(name): name for name in reversed(wanted)},
        {spaced_out(folded_name(name)): name for name in reversed(wanted)},
        stems,
        _Digits(names),
    )


def _by_endings(endings: list[str], wanted: str) -> Fit:
    if set(endings) <= {wanted} and (endings or not wanted):
        return Fit.NEAR
    last = endings[-1] if endings else ""
    before = set(endings[:-1])
    if last in UNFINISHED:
        return Fit.UNFINISHED
    if last in WRAPPERS:
        return Fit.WRAPPED
    if last == "txt" and before == {wanted}:
        return Fit.NEAR  # gateways add .txt
    if any(wanted in kin and set(endings) <= kin for kin in INTERCHANGEABLE_ENDINGS):
        return Fit.SAME_STEM
    return Fit.SIMILAR


def _may_be_the_days(digits: str, wanted: str) -> bool:
    return _is_within(wanted, digits) or (bool(digits) and _is_within(digits, wanted))


def _is_within(few: str, many: str) -> bool:
    """The digits in this order, and few others: 221026 is within 22102026, and not within 211026."""
    if len(many) - len(few) > 4:
        return False
    at = 0
    for one in few:
        at = many.find(one, at) + 1
        if not at:
            return False
    return True
