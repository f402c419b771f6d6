"""The features of many reports as arrays, for comparing thousands of pairs at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasking.linkage.features import features_from_json

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SOURCES: Final = ("field", "told", "day", "assumed")
_SPOTS: Final = 4
_PERSON: Final = ("surname", "forename", "initial", "surname_initial", "born")


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


@dataclass(frozen=True)
class People:
    """One person a report, in keyed parts; 0 is not known."""

    surname: Ints
    forename: Ints
    initial: Ints
    surname_initial: Ints
    born: Ints

    @cached_property
    def whole(self) -> Ints:
        """Forename and surname in one number; 0 where either is not known."""
        return np.where((self.surname != 0) & (self.forename != 0), self.surname * 31 ^ self.forename, 0)


@dataclass(frozen=True)
class FeatureMatrix:
    """`size` reports. Rows of every array are the reports, in one order."""

    report_id: npt.NDArray[np.object_]
    feed: Ints
    category: Ints
    received_h: Floats
    first_h: Floats
    last_h: Floats
    slack_h: Floats
    source: Ints
    shown: list[tuple[str, ...]]  # public names of the place
    spots: Floats  # (size, 4, 4): easting, northing, standard deviation, weight
    caller_key: Ints
    caller: People
    subject: People
    is_restricted: Bools
    tells_once: Bools
    on_street: Bools
    is_separate: Bools
    is_again: Bools
    is_unread: Bools
    low: Ints
    high: Ints
    own_reference: Ints
    names: Sets
    mentioned: Sets
    corner: Sets
    numbers: Sets
    concepts: "Bits"
    words: Sets
    phrases: Sets
    plates: Sets
    near_plates: Sets
    half_plates: Sets
    sums: Sets
    references: Sets

    @property
    def size(self) -> int:
        return len(self.report_id)


def feature_matrix(reports: pd.DataFrame, categories: Sequence[str], tells_once: frozenset[str]) -> FeatureMatrix:
    """The feature matrix of some reports. `reports`: report_id, feed, category, received_at, caller_key, is_restricted,
    signals (JSON); `categories` fixes the numbers of categories, `tells_once` names feeds that report an incident
    once."""
    size = len(reports)
    spots = np.zeros((size, _SPOTS, 4))
    plain: dict[str, list[Any]] = {name: [] for name in _PLAIN}
    people: dict[str, list[tuple[int, ...]]] = {name: [] for name in ("caller", "subject")}
    sets: dict[str, list[Sequence[int]]] = {name: [] for name in (*_SETS, "concepts")}
    shown: list[tuple[str, ...]] = []
    for row, text in enumerate(reports["signals"].tolist()):
        one = features_from_json(text)
        if one.spots:
            spots[row, : len(one.spots)] = one.spots
        for name, column in plain.items():
            column.append(getattr(one, name))
        for name, parts in people.items():
            who = getattr(one, name)
            parts.append((who.surname, who.forename, who.initial, who.surname_initial, who.born))
        for name, members in sets.items():
            members.append(getattr(one, name))
        shown.append(one.shown)
    numbers = {name: i for i, name in enumerate(categories)}
    more: dict[str, Any] = {name: np.array(column, dtype=_PLAIN[name]) for name, column in plain.items()}
    more["source"] = np.array([SOURCES.index(source) for source in plain["source"]], dtype=np.int64)
    more["concepts"] = Bits.of(sets.pop("concepts"))
    more |= {name: Sets.of(members) for name, members in sets.items()}
    return FeatureMatrix(
        report_id=reports["report_id"].to_numpy(dtype=object),
        feed=_numbered(reports["feed"]),
        category=np.asarray(reports["category"].map(numbers).fillna(-1), dtype=np.int64),
        received_h=_hours(reports["received_at"]),
        spots=spots,
        caller_key=_numbered(reports["caller_key"]),
        caller=_people(people["caller"]),
        subject=_people(people["subject"]),
        is_restricted=reports["is_restricted"].to_numpy(bool),
        tells_once=reports["feed"].isin(tells_once).to_numpy(bool),
        shown=shown,
        **more,
    )


_PLAIN: Final[dict[str, type]] = {
    "first_h": float, "last_h": float, "slack_h": float, "source": object, "on_street": bool, "is_separate": bool,
    "is_again": bool, "is_unread": bool, "low": np.int64, "high": np.int64, "own_reference": np.int64,
}  # fmt: skip
_SETS: Final = (
    "names", "mentioned", "corner", "numbers", "words", "phrases", "plates", "near_plates", "half_plates", "sums",
    "references",
)  # fmt: skip


def _people(parts: Sequence[tuple[int, ...]]) -> People:
    table = np.array(parts, dtype=np.int64).reshape(len(parts), len(_PERSON))
    return People(*table.T.copy())


def _numbered(values: pd.Series) -> Ints:
    """Each value as a number from 1 on; null is 0."""
    return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.int64) + 1


def _hours(moments: pd.Series) -> Floats:
    """Hours since 1970."""
    since = pd.to_datetime(moments, utc=True) - pd.Timestamp("1970-01-01", tz="UTC")
    return np.asarray(since.dt.total_seconds().to_numpy(float) / 3600)
