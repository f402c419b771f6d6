"""Blocking: which pairs of reports are compared.

They are near in place, or share a name, a rare word, a person, a vehicle or a reference, and were received within days
of each other. A pair that blocking leaves out counts as unlike. Of a block with too many reports, the pairs furthest
apart in time are left out; on a day with very many, more of those of the wide blocks.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.number_sets import Bools, Floats, Ints, Sets

SPAN_H: Final = 96.0  # between the times received; an incident's own reports lie within 72
CONTINUING_H: Final = 28 * 24.0  # for a vehicle or a reference that is named
_VAGUE_SPAN_H: Final = 24.0
_CELL_M: Final = 800.0
_WIDE_CELL_M: Final = 4000.0
_VAGUE_M: Final = 450.0  # a spot with a larger error is a town, not a place
_MOST: Final = 60  # later reports with the same key that a report is paired with
_LEAST_WIDE: Final = 3  # ... in a wide block, on the largest day
_WIDE_PAIRS: Final = 200_000  # in one wide block, before that
_WIDE_SPAN_H: Final = 72.0
_RARE_SHARE: Final = 0.02  # of the reports that a rare word is in
_RARE_COUNT: Final = 6


def candidate_pairs(matrix: FeatureMatrix, is_new: Bools, span_h: float = SPAN_H) -> tuple[Ints, Ints]:
    """Pairs of reports with at least one new report in each: rows of the matrix, the lower first, each pair once. A
    report that could not be read is in none."""
    by_block = [
        _joined(matrix, keys, reports, span, is_new, vague) for keys, reports, span, vague in _blocks(matrix, span_h)
    ]
    most = min(_MOST, max(_LEAST_WIDE, _WIDE_PAIRS // max(matrix.size, 1)))
    by_block += [
        _joined(matrix, keys, reports, min(span_h, _WIDE_SPAN_H), is_new, None, most)
        for keys, reports in _wide_blocks(matrix)
    ]
    a, b = (np.concatenate([pairs[side] for pairs in by_block]) for side in (0, 1))
    low, high = np.minimum(a, b), np.maximum(a, b)
    pairs = np.unique(low * matrix.size + high)
    low, high = pairs // matrix.size, pairs % matrix.size
    is_read = ~(matrix.is_unread[low] | matrix.is_unread[high])
    return low[is_read], high[is_read]


Block = tuple[Ints, Any, float, Bools | None]


def _blocks(matrix: FeatureMatrix, span_h: float) -> Iterator[Block]:
    """Blocking keys, the rows that have them, the hours between two reports of a pair, and, where one report of a pair
    must have a vague place only, which rows have."""
    every = np.arange(matrix.size)
    spots = matrix.spots
    is_spot = (spots[:, :, 3] > 0) & (spots[:, :, 2] < _VAGUE_M)
    is_vague: Bools = np.asarray(~is_spot.any(axis=1), dtype=bool)
    row, column = np.nonzero(is_spot)
    east, north = spots[row, column, 0], spots[row, column, 1]
    for shift in range(4):
        yield _cells(east, north, _CELL_M, shift), row, span_h, None
    row, column = np.nonzero(spots[:, :, 3] > 0)
    yield _cells(spots[row, column, 0], spots[row, column, 1], _WIDE_CELL_M, 0), row, _VAGUE_SPAN_H, is_vague
    yield _cells(spots[row, column, 0], spots[row, column, 1], _WIDE_CELL_M, 3), row, _VAGUE_SPAN_H, is_vague
    for names in ((matrix.names, matrix.mentioned), (matrix.corner,)):
        yield *_of_sets(*names), span_h, None
    for who in (matrix.caller_key, matrix.subject.surname, matrix.subject.forename, matrix.caller.whole):
        rows = np.flatnonzero(who)
        yield who[rows], rows, span_h, None
    both = np.concatenate([matrix.subject.surname, matrix.caller.surname])
    rows = np.flatnonzero(both)
    yield both[rows], np.concatenate([every, every])[rows], span_h, None
    yield *_of_sets(matrix.near_plates, matrix.half_plates), CONTINUING_H, None
    keys, reports = _of_sets(matrix.references)
    yield np.concatenate([keys, matrix.own_reference]), np.concatenate([reports, every]), CONTINUING_H, None


def _wide_blocks(matrix: FeatureMatrix) -> Iterator[tuple[Ints, Ints]]:
    """Keys and rows of blocks that bring together what is near only roughly, or shares a rare word."""
    spots = np.concatenate([
        np.where(matrix.spots[:, :, 3:] > 0, matrix.spots[:, :, :2], np.nan), matrix.own_spot[:, None],
        matrix.postcode_spot[:, None], matrix.text_spots,
    ], axis=1)  # fmt: skip
    row, column = np.nonzero(np.isfinite(spots[:, :, 0]))
    for shift in (0, 3):
        yield _distinct(_cells(spots[row, column, 0], spots[row, column, 1], _WIDE_CELL_M, shift), row)
    sets = matrix.wordings.sets
    places = sets["sounds"].joined(sets["text_sounds"].only(sets["sounds"].counts > 0))
    for words in (sets["words"].joined(sets["kind"]), places):
        counts = words.counts
        rare = words.only((counts > 1) & (counts <= max(_RARE_COUNT, _RARE_SHARE * matrix.size))).matrix
        yield rare.indices.astype(np.int64), np.repeat(np.arange(matrix.size), np.diff(rare.indptr))


def _distinct(keys: Ints, reports: Ints) -> tuple[Ints, Ints]:
    """Each key of a report once."""
    both = np.unique(np.column_stack([keys, reports]), axis=0)
    return both[:, 0], both[:, 1]


def _cells(east: Floats, north: Floats, size_m: float, shift: int) -> Ints:
    """Cells of a grid. Four grids, shifted by half a cell, bring together what the lines of one would separate."""
    half = size_m / 2
    x = np.floor((east + half * (shift & 1)) / size_m).astype(np.int64)
    y = np.floor((north + half * (shift >> 1)) / size_m).astype(np.int64)
    return (x << 24) ^ y


def _of_sets(*several: Sets) -> tuple[Ints, Ints]:
    keys = np.concatenate([sets.values for sets in several])
    reports = np.concatenate([sets.reports for sets in several])
    return keys, reports


def _joined(
    matrix: FeatureMatrix,
    keys: Ints,
    reports: Ints,
    span_h: float,
    is_new: Bools,
    is_vague: Bools | None,
    most: int = _MOST,
) -> tuple[Ints, Ints]:
    """Pairs of reports that share a key and were received within `span_h`, those nearest in time first."""
    received = matrix.received_h[reports]
    order = np.lexsort((reports, received, keys))
    keys, reports, received = keys[order], reports[order], received[order]
    alive = np.arange(len(keys))
    left: list[Ints] = []
    right: list[Ints] = []
    for ahead in range(1, most + 1):
        alive = alive[alive + ahead < len(keys)]
        other = alive + ahead
        alive = alive[(keys[alive] == keys[other]) & (received[other] - received[alive] <= span_h)]
        if not len(alive):
            break
        one, two = reports[alive], reports[alive + ahead]
        wanted = (is_new[one] | is_new[two]) & (one != two)
        if is_vague is not None:
            wanted &= is_vague[one] | is_vague[two]
        left.append(one[wanted])
        right.append(two[wanted])
    nothing = np.zeros(0, dtype=np.int64)
    return np.concatenate([nothing, *left]), np.concatenate([nothing, *right])
