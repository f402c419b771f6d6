"""Indexes the wanted file names, so that they can be compared with a folder of 100,000 files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from tasking.intake.transports.name_spelling import (
    digits_of,
    folded_name,
    has_letters_of,
    letters_of,
    nfc,
    spaced_out,
    stem_and_endings,
    without_copy_marks,
)


@dataclass(frozen=True)
class WantedName:
    """A wanted file name in its parts, each without case, copy marks and separators."""

    name: str
    stem: str
    ending: str
    has_marks: bool  # the wanted name has copy marks itself, so “(1)” and “(2)” are different files
    digits: str
    letters: str

    @staticmethod
    def of(name: str) -> "WantedName":
        bare, endings = stem_and_endings(folded_name(name))
        stem = spaced_out(bare)
        ending = endings[-1] if endings else ""
        return WantedName(name, stem, ending, without_copy_marks(bare) != stem, digits_of(stem), letters_of(stem))


@dataclass(frozen=True)
class WantedNames:
    """All wanted names, indexed by each spelling under which `match` looks them up."""

    names: tuple[WantedName, ...]
    as_is: dict[str, str]
    whole: dict[str, str]
    by_stem: dict[tuple[str, bool], tuple[WantedName, ...]]
    by_digits: "_Digits"

    def similar(self, plain: str, spaced: str) -> WantedName | None:
        """The first wanted name that a stem, with or without its copy marks, may be meant for.

        Its letters must be nearly the same, and its digits not those of another day. Digits are compared first: that is
        faster, and rules out nearly all files of a folder.
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
    """The digits of all wanted names as a trie, so that a prefix that many days share is compared once."""

    def __init__(self, names: Sequence[WantedName]) -> None:
        self.all = sorted({one.digits for one in names})
        self.tree: _Tree = {}
        for digits in self.all:
            branch = self.tree
            for digit in digits:
                branch = branch.setdefault(digit, {})
            branch[_END] = {}

    def near(self, digits: str) -> Iterator[str]:
        """The wanted digits that contain these in order, or are contained in them."""
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
def wanted_names(wanted: tuple[str, ...]) -> WantedNames:
    """The index of these names; cached, as each file of a folder is compared with the same ones."""
    names = tuple(map(WantedName.of, wanted))
    stems: dict[tuple[str, bool], tuple[WantedName, ...]] = {}
    for one in names:
        key = (one.stem, one.has_marks)
        stems[key] = (*stems.get(key, ()), one)
    return WantedNames(
        names,
        # Reversed, so that of two names with one spelling the first is kept.
        {nfc(name): name for name in reversed(wanted)},
        {spaced_out(folded_name(name)): name for name in reversed(wanted)},
        stems,
        _Digits(names),
    )


def _may_be_the_days(digits: str, wanted: str) -> bool:
    return _is_within(wanted, digits) or (bool(digits) and _is_within(digits, wanted))


def _is_within(few: str, many: str) -> bool:
    """Whether `many` has the digits of `few` in their order, and at most four more: 221026 is in 22102026."""
    if len(many) - len(few) > 4:
        return False
    at = 0
    for one in few:
        at = many.find(one, at) + 1
        if not at:
            return False
    return True
