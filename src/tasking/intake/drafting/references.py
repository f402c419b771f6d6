"""The shapes of a partner's references: as a pattern for its suite, and with other numbers for its sample."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

_PART: Final = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]+")
_MOST_SHAPES: Final = 4
_LEAST_SHARE: Final = 0.05
_FIXED: Final = 4  # digits of a part that is as long in every reference, such as a year


def reference_pattern(references: Sequence[str]) -> str | None:
    """A regular expression for the references of a sample, such as `^[0-9]{2}/[0-9]+/[0-9]{2}$`; None without any."""
    by_shape: dict[str, list[list[str]]] = defaultdict(list)
    for one in references:
        by_shape["".join(map(_kind, _PART.findall(one)))].append(_PART.findall(one))
    least = max(1, _LEAST_SHARE * len(references))
    shapes = sorted((one for one in by_shape.values() if len(one) >= least), key=len, reverse=True)[:_MOST_SHAPES]
    found = list(dict.fromkeys(_pattern_of(shape) for shape in shapes))
    if not found:
        return None
    return f"^{found[0]}$" if len(found) == 1 else f"^(?:{'|'.join(found)})$"


def _kind(part: str) -> str:
    return "A" if part[0].isalpha() else "0" if part[0].isdigit() else part


def _pattern_of(rows: Sequence[Sequence[str]]) -> str:
    columns = list(zip(*rows, strict=True))
    running = _running(columns)
    return "".join(_part_pattern(column, is_running=at == running) for at, column in enumerate(columns))


def _part_pattern(parts: Sequence[str], *, is_running: bool) -> str:
    kind, lengths = _kind(parts[0]), {len(one) for one in parts}
    if kind == "0":
        is_fixed = len(lengths) == 1 and len(parts[0]) <= _FIXED and not is_running
        return f"[0-9]{{{len(parts[0])}}}" if is_fixed else "[0-9]+"
    if len(set(parts)) == 1:
        return re.escape(parts[0]).replace(r"\-", "-").replace(r"\/", "/")
    letters = "A-Z" if all(map(str.isupper, parts)) else "a-z" if all(map(str.islower, parts)) else "A-Za-z"
    times = f"{min(lengths)},{max(lengths)}" if len(lengths) > 1 else str(min(lengths))
    return f"[{letters}]{{{times}}}" if kind == "A" else ".{1,3}"


def _running(columns: Sequence[Sequence[str]]) -> int | None:
    """Which part counts the references: the digits that differ most, the last of several."""
    counted = [(len(set(column)), at) for at, column in enumerate(columns) if column[0].isdigit()]
    return max(counted)[1] if counted else None


class Renumbered:
    """References with other running numbers, as long as theirs, so that nobody finds the case again.

    Letters that differ from one to the next, which may be somebody's initials, are others too.
    """

    def __init__(self, references: Iterable[str]) -> None:
        self._new: dict[str, str] = {}
        by_shape: dict[str, list[str]] = defaultdict(list)
        for one in dict.fromkeys(references):
            by_shape["".join(map(_kind, _PART.findall(one)))].append(one)
        taken: set[str] = set()
        for shape in by_shape.values():
            self._renumber(shape, taken)

    def of(self, reference: str) -> str | None:
        """The reference in place of another; None for one that was not among those given."""
        return self._new.get(reference)

    def _renumber(self, references: Sequence[str], taken: set[str]) -> None:
        columns = list(zip(*map(_PART.findall, references), strict=True))
        running = _running(columns)
        letters = [_other_letters(column) for column in columns]
        counts: Counter[tuple[str, ...]] = Counter()
        for one in references:
            parts = [letters[at].get(part, part) for at, part in enumerate(_PART.findall(one))]
            new = "".join(parts)
            while running is not None:
                counts[(*parts[:running], "#", *parts[running + 1 :])] += 1
                number = counts[(*parts[:running], "#", *parts[running + 1 :])]
                new = "".join([*parts[:running], _number(number, parts[running]), *parts[running + 1 :]])
                if new not in taken:
                    break
            taken.add(new)
            self._new[one] = new


def _other_letters(parts: Sequence[str]) -> dict[str, str]:
    """Other letters for those that differ between references; nothing for a part that all of them have."""
    different = [one for one in dict.fromkeys(parts) if one[0].isalpha()]
    return {one: _letters(at, one) for at, one in enumerate(different)} if len(different) > 1 else {}


def _letters(count: int, like: str) -> str:
    made = "".join(chr(ord("A") + count // 26**at % 26) for at in reversed(range(len(like))))
    return made.lower() if like.islower() else made


def _number(count: int, like: str) -> str:
    """A running number with as many digits as another, and without a leading zero where that has none."""
    if like.startswith("0") or len(like) == 1:
        return str(count).zfill(len(like))
    return str(10 ** (len(like) - 1) + count)
