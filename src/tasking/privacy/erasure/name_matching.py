"""Where a known name stands in the words of a text: whole, in any spelling and either order, or in part."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from rapidfuzz.distance import Levenshtein

from tasking.privacy.erasure.names import TITLES, Name, Part, is_between
from tasking.privacy.erasure.words import Word

_MOST_GAP: Final = 4  # characters between two words of one name
_MOST_MIDDLES: Final = 3  # words between a forename and a surname
_FEWEST_LETTERS_MISSPELT: Final = 6  # of a name that is still recognised with one wrong letter


class NameMatch(NamedTuple):
    """Words first..last (exclusive) that are a name. `is_tidy`: no full stop or unknown word stands between them."""

    first: int
    last: int
    is_tidy: bool


class PartialMatch(NamedTuple):
    """A stretch of a text that may be a name, and what makes it so."""

    start: int
    end: int
    kind: str


def whole_names(words: Sequence[Word], number: int, name: Name) -> Iterator[NameMatch]:
    """The full name where it begins at words[number], forename first or surname first."""
    yield from _forename_first(words, number, name)
    yield from _surname_first(words, number, name)


def partial_names(
    words: Sequence[Word], number: int, name: Name, short_forms: Collection[str]
) -> Iterator[PartialMatch]:
    """What may be the name at words[number]: a surname with less than the forename, or something like the name.

    `short_forms`: keys of the other forms of the forename.
    """
    for part in name.surnames:
        last = part.ends(words, number)
        if last is not None:
            yield _surname_with_neighbour(words, number, last, name, short_forms)
    yield from _inexact(words, number, name)


def _forename_first(words: Sequence[Word], number: int, name: Name) -> Iterator[NameMatch]:
    for part in name.forenames:
        start = part.ends(words, number)
        match = _surname_after(words, number, start, name) if start is not None else None
        if match is not None:
            yield match


def _surname_after(words: Sequence[Word], number: int, start: int, name: Name) -> NameMatch | None:
    """The match of a forename at words[number..start] with the next surname, whatever middle names are between."""
    for middle in range(start, min(start + _MOST_MIDDLES + 1, len(words))):
        last = _first_end(name.surnames, words, middle)
        if last is not None and len(words[middle].gap) <= _MOST_GAP:
            is_known = all(word.key in name.middles or len(word.key) == 1 for word in words[start:middle])
            if not is_known and middle - start != 1:
                return None
            is_tidy = all(_may_follow(words, one) for one in range(start, middle + 1))
            return NameMatch(number, last, is_tidy and is_known)
        if words[middle].is_number or len(words[middle].gap) > _MOST_GAP:
            return None
    return None


def _surname_first(words: Sequence[Word], number: int, name: Name) -> Iterator[NameMatch]:
    for part in name.surnames:
        start = part.ends(words, number)
        if start is None or start >= len(words) or not _may_precede_forename(words, number, start, name):
            continue
        last = _first_end(name.forenames, words, start)
        if last is not None:
            yield NameMatch(number, _end_of_middles(words, last, name), is_tidy=True)


def _may_precede_forename(words: Sequence[Word], number: int, start: int, name: Name) -> bool:
    """Whether a surname at words[number..start] can have its forename after it."""
    gap = words[start].gap
    if gap.strip() == ",":
        return not _is_after_forename(words, number, name)  # a list: "Zoe Quarrington, Zoe Smith"
    return is_between(gap) or gap == ""


def _end_of_middles(words: Sequence[Word], last: int, name: Name) -> int:
    """The index of the word after the middle names that follow a forename."""
    while last < len(words) and words[last].key in name.middles and is_between(words[last].gap):
        last += 1
    return last


def _surname_with_neighbour(
    words: Sequence[Word], number: int, last: int, name: Name, short_forms: Collection[str]
) -> PartialMatch:
    """A surname at words[number..last], with an initial, a title or something like the forename beside it."""
    start, end = words[number].start, words[last - 1].end
    before = words[number - 1] if number and len(words[number].gap) <= _MOST_GAP else None
    after = words[last] if last < len(words) and len(words[last].gap) <= _MOST_GAP else None
    kind = _kind_before_surname(before.key, name, short_forms) if before is not None else ""
    if before is not None and kind:
        return PartialMatch(before.start, end, kind)
    if after is not None and after.key == name.initial:
        return PartialMatch(start, after.end, "initial and surname")
    return PartialMatch(start, end, "surname")


def _kind_before_surname(key: str, name: Name, short_forms: Collection[str]) -> str:
    """What a word before the surname makes of the two; "" where it is no part of the name."""
    if key == name.initial:
        return "initial and surname"
    if key in short_forms:
        return "short forename and surname"
    if is_misspelt(key, [part.key for part in name.forenames]):
        return "name in another spelling"
    return "title and surname" if key in TITLES else ""


def _inexact(words: Sequence[Word], number: int, name: Name) -> Iterator[PartialMatch]:
    """The surname in the plural, a forename before a misspelt surname, and forenames that are written as one word."""
    word = words[number]
    surnames = [part.key for part in name.surnames]
    if word.key.endswith("s") and word.key[:-1] in surnames:
        yield PartialMatch(word.start, word.end, "surname in the plural")
    before = words[number - 1] if number else None
    if (
        before is not None
        and before.key in {part.key for part in name.forenames}
        and is_between(word.gap)
        and is_misspelt(word.key, surnames)
    ):
        yield PartialMatch(before.start, word.end, "name in another spelling")
    for count in (1, 2) if name.middles else ():
        if word.key == name.forenames[0].key + "".join(name.middles[:count]):
            last = _first_end(name.surnames, words, number + 1)
            if last is not None:
                yield PartialMatch(word.start, words[last - 1].end, "name in another spelling")


def is_misspelt(key: str, names: Sequence[str]) -> bool:
    """Whether a word differs from one of these longer names by one letter."""
    return len(key) >= _FEWEST_LETTERS_MISSPELT - 1 and any(
        len(one) >= _FEWEST_LETTERS_MISSPELT and Levenshtein.distance(key, one, score_cutoff=1) == 1 for one in names
    )


def _first_end(parts: Sequence[Part], words: Sequence[Word], start: int) -> int | None:
    """The index after the first of these parts that stands at words[start]."""
    return next((end for one in parts if (end := one.ends(words, start)) is not None), None)


def _is_after_forename(words: Sequence[Word], number: int, name: Name) -> bool:
    starts = range(max(0, number - 3), number)
    return any(part.ends(words, start) == number for part in name.forenames for start in starts)


def _may_follow(words: Sequence[Word], number: int) -> bool:
    """Whether words[number] can continue a name that the word before it began."""
    gap, before = words[number].gap, words[number - 1]
    if is_between(gap) or gap in ("", "."):
        return True
    return gap.startswith(".") and is_between(gap[1:]) and (len(before.key) == 1 or before.key in TITLES)
