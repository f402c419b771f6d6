"""The wording of many reports as arrays: sets of words in one numbering, and how rare each word is among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from tasking.linkage.number_sets import Bools, Floats, Ints
from tasking.linkage.word_lists import word_lists
from tasking.linkage.wording import Wording

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_SETS: Final = (
    "words", "kind", "place", "sounds", "generic", "pairs", "text_sounds", "doors", "text_doors", "figures",
    "theme_words", "capitals", "colours", "makes",
)  # fmt: skip
_WINDOWS: Final = 6
_CLOCKS: Final = 8
_AGES: Final = 4
_FEW: Final = 200  # reports: among fewer a word counts as no more common than among these
_RAREST: Final = float(np.log(_FEW + 1))


@dataclass(frozen=True)
class WordSet:
    """For each report a set of words, as a sparse matrix of ones with a column for each word of all the sets."""

    matrix: "csr_array"

    def among(self, other: "WordSet", a: Ints, b: Ints) -> tuple[Ints, Ints]:
        """The words that a's set here and b's set in `other` share: the number of the pair, ascending, and the word."""
        both = self.matrix[a].multiply(other.matrix[b]).tocsr()
        return np.repeat(np.arange(len(a)), np.diff(both.indptr)), both.indices

    @cached_property
    def lengths(self) -> Ints:
        return np.diff(self.matrix.indptr).astype(np.int64)

    @cached_property
    def counts(self) -> Floats:
        """In how many reports each word is."""
        return np.bincount(self.matrix.indices, minlength=self.matrix.shape[1]).astype(float)

    def without(self, other: "WordSet") -> "WordSet":
        """The words that are not in the same report's set in `other`."""
        rest = (self.matrix - self.matrix.multiply(other.matrix)).tocsr()
        rest.eliminate_zeros()
        return WordSet(rest)

    def only(self, wanted: Bools) -> "WordSet":
        """The words that are marked."""
        kept = self.matrix.copy()
        kept.data = np.where(wanted[kept.indices], kept.data, 0.0)
        kept.eliminate_zeros()
        return WordSet(kept)

    def joined(self, other: "WordSet") -> "WordSet":
        both = (self.matrix + other.matrix).tocsr()
        both.data = np.ones_like(both.data)
        return WordSet(both)

    def of_each(self, weights: Floats) -> Floats:
        """The sum of the weights of each report's words."""
        return np.asarray(self.matrix @ weights)


@dataclass(frozen=True)
class Wordings:
    """The wording of `size` reports. `sets`: by the names of `Wording`; `words`: the columns' numbers as stored."""

    size: int
    numbers: Ints
    sets: dict[str, WordSet]
    themes: Floats  # (size, themes)
    kind_themes: Floats
    male: Ints
    ages: Floats  # (size, 4), NaN where fewer
    clocks: Floats
    windows: Floats  # (size, 6, 2): hours, local
    is_separate: Bools

    @classmethod
    def of(cls, wordings: Sequence[Wording]) -> "Wordings":
        size = len(wordings)
        lists = {name: [getattr(one, name) for one in wordings] for name in _SETS}
        flat = {name: _flat(several) for name, several in lists.items()}
        numbers = np.unique(np.concatenate([values for values, _ in flat.values()]))
        sets = {name: WordSet(_sparse(np.searchsorted(numbers, values), lengths, len(numbers)))
                for name, (values, lengths) in flat.items()}  # fmt: skip
        width = len(word_lists().theme_names)
        windows = np.full((size, _WINDOWS, 2), np.nan)
        for row, one in enumerate(wordings):
            if one.windows:
                windows[row, : len(one.windows)] = one.windows[:_WINDOWS]
        return cls(
            size=size,
            numbers=numbers,
            sets=sets,
            themes=_marked([one.themes for one in wordings], width),
            kind_themes=_marked([one.kind_themes for one in wordings], width),
            male=np.array([one.male for one in wordings], dtype=np.int64),
            ages=_padded([one.ages for one in wordings], _AGES),
            clocks=_padded([one.clocks for one in wordings], _CLOCKS),
            windows=windows,
            is_separate=np.array([one.is_separate for one in wordings], dtype=bool),
        )

    def rarity(self, counts: Floats) -> Floats:
        """How rare words are that are in so many of the reports: 0 for a word of every report, 5.3 at most."""
        return rarity(counts, self.size)

    def columns_of(self, values: Ints) -> Ints:
        """The columns of stored numbers; -1 where no report has the word."""
        at = np.minimum(np.searchsorted(self.numbers, values), max(len(self.numbers) - 1, 0))
        return np.where(self.numbers[at] == values, at, -1) if len(self.numbers) else np.full(len(values), -1)


def rarity(counts: Floats, size: int) -> Floats:
    """As `Wordings.rarity`, among `size` reports."""
    return np.clip(np.log((max(size, _FEW) + 1) / np.maximum(counts, 1.0)), 0.0, _RAREST)


def sums(pair: Ints, values: Floats, size: int) -> Floats:
    """The sum of the values of each pair."""
    return np.asarray(np.bincount(pair, values, minlength=size), dtype=np.float64)


def largest(pair: Ints, values: Floats, size: int) -> Floats:
    """The largest value of each pair; 0 where it has none. `pair` ascends."""
    out = np.zeros(size)
    if len(pair):
        begins = np.flatnonzero(np.diff(pair, prepend=-1))
        out[pair[begins]] = np.maximum.reduceat(values, begins)
    return out


def _flat(several: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    lengths = np.fromiter((len(one) for one in several), dtype=np.int64, count=len(several))
    return np.fromiter((value for one in several for value in one), dtype=np.int64, count=int(lengths.sum())), lengths


def _sparse(column: Ints, lengths: Ints, width: int) -> "csr_array":
    from scipy.sparse import csr_array

    start = np.concatenate([[0], np.cumsum(lengths)])
    matrix = csr_array((np.ones(len(column), dtype=np.float32), column, start), shape=(len(lengths), max(width, 1)))
    matrix.sort_indices()
    return matrix


def _marked(several: Sequence[Sequence[int]], width: int) -> Floats:
    values, lengths = _flat(several)
    marked = np.zeros((len(several), width))
    marked[np.repeat(np.arange(len(several)), lengths), values] = 1.0
    return marked


def _padded(several: Sequence[Sequence[float]], width: int) -> Floats:
    padded: npt.NDArray[Any] = np.full((len(several), width), np.nan)
    for row, one in enumerate(several):
        if one:
            padded[row, : len(one[:width])] = one[:width]
    return padded
