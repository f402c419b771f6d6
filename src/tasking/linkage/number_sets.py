"""A set of numbers for each report, and how many two reports share: as sparse matrices, and as bits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sets:
    """For each report a set of numbers: a sparse matrix of ones, a row a report and a column a number that occurs."""

    values: Ints  # one report's after another's, in the order given
    lengths: Ints
    _numbers: Ints  # of the columns
    _matrix: "csr_array"

    @classmethod
    def of(cls, sets: Iterable[Sequence[int]]) -> "Sets":
        rows = list(sets)
        lengths = np.fromiter((len(row) for row in rows), dtype=np.int64, count=len(rows))
        values = np.fromiter((value for row in rows for value in row), dtype=np.int64, count=int(lengths.sum()))
        numbers, column = np.unique(values, return_inverse=True)
        return cls(values, lengths, numbers, _matrix_of(column, lengths, len(numbers)))

    @property
    def reports(self) -> Ints:
        """The report of each of the values."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def has(self, report: Ints, value: Ints) -> Bools:
        """For each (report, value): is the value in the report's set."""
        column, is_there = _columns(self._numbers, value)
        found = np.zeros(len(report), dtype=bool)
        if is_there.any():
            found[is_there] = self._matrix[report[is_there], column[is_there]] > 0
        return found

    def shared(self, a: Ints, b: Ints, most: int = 64) -> Floats:
        """For each pair of reports the number of values in both."""
        return self.shared_with(self, a, b, most)

    def shared_with(self, other: "Sets", a: Ints, b: Ints, most: int = 64) -> Floats:
        """The same between a's set here and b's set in `other`. Of each set in a the first `most` values are looked
        at."""
        total = np.zeros(len(a))
        pairs = np.flatnonzero((self.lengths[a] > 0) & (other.lengths[b] > 0))
        mine, others = self._first(other._numbers, most), other._matrix
        for start in range(0, len(pairs), _ROWS_AT_ONCE):
            some = pairs[start : start + _ROWS_AT_ONCE]
            total[some] = mine[a[some]].multiply(others[b[some]]).sum(axis=1)
        return total

    def _first(self, numbers: Ints, most: int) -> "csr_array":
        """The first values of each set as a matrix with columns for these numbers; other values are left out."""
        if numbers is self._numbers and (self.lengths <= most).all():
            return self._matrix
        column, is_kept = _columns(numbers, self.values)
        begins = np.cumsum(self.lengths) - self.lengths
        is_kept &= np.arange(len(self.values)) - begins[self.reports] < most
        lengths = np.bincount(self.reports[is_kept], minlength=len(self.lengths))
        return _matrix_of(column[is_kept], lengths, len(numbers))


_ROWS_AT_ONCE: Final = 50_000


def _matrix_of(column: Ints, lengths: Ints, width: int) -> "csr_array":
    """Ones in `lengths` columns of each row. `column` has a row's after another's."""
    from scipy.sparse import csr_array  # takes a while to import; most starts link nothing

    start = np.concatenate([[0], np.cumsum(lengths)])
    matrix = csr_array((np.ones(len(column)), column, start), shape=(len(lengths), max(width, 1)))
    matrix.sort_indices()
    return matrix


def _columns(numbers: Ints, value: Ints) -> tuple[Ints, Bools]:
    """The place of each value among sorted numbers, and whether it is one of them."""
    if not len(numbers):
        return np.zeros(len(value), dtype=np.int64), np.zeros(len(value), dtype=bool)
    column = np.minimum(np.searchsorted(numbers, value), len(numbers) - 1)
    return column, np.asarray(numbers[column] == value)


@dataclass(frozen=True)
class Bits:
    """For each report a set of small numbers, a bit each."""

    packed: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, sets: Sequence[Sequence[int]]) -> "Bits":
        row = np.repeat(np.arange(len(sets)), [len(one) for one in sets])
        number = np.fromiter((value for one in sets for value in one), dtype=np.int64, count=len(row))
        bits = np.zeros((len(sets), int(number.max()) + 1 if len(number) else 1), dtype=np.uint8)
        bits[row, number] = 1
        return cls(np.packbits(bits, axis=1))

    def both(self, a: int, b: int) -> list[int]:
        """The numbers that are in the sets of both reports."""
        return np.flatnonzero(np.unpackbits(self.packed[a] & self.packed[b])).tolist()

    def any_of(self, numbers: Bools) -> Bools:
        """For each report whether it has one of the numbers that are marked."""
        width = self.packed.shape[1] * 8
        mask = np.packbits(np.concatenate([numbers, np.zeros(max(0, width - len(numbers)), dtype=bool)])[:width])
        return np.asarray((self.packed & mask).any(axis=1))

    def shared(self, a: Ints, b: Ints, weights: Floats) -> Floats:
        """For each pair of reports the sums of the weights of the numbers in both; `weights`: a column a sum."""
        return _sums(self.packed[a] & self.packed[b], weights)


def _sums(packed: npt.NDArray[np.uint8], weights: Floats) -> Floats:
    width = packed.shape[1] * 8
    weights = np.vstack([weights, np.zeros((max(0, width - len(weights)), weights.shape[1]))])[:width].astype(
        np.float32
    )
    parts: list[Any] = [np.zeros((0, weights.shape[1]), dtype=np.float32)]
    for start in range(0, len(packed), _ROWS_AT_ONCE):
        bits = np.unpackbits(packed[start : start + _ROWS_AT_ONCE], axis=1)
        parts.append(bits.astype(np.float32) @ weights)
    return np.concatenate(parts).astype(float)
