"""Which pairs are worth comparing: near in place or sharing a name, a person, a vehicle or a reference, within days.

Every pair that is left out counts as unlike. What is left out for being crowded are the pairs furthest apart in time.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from tasking.linkage.stack import Bools, Floats, Ints, Sets, Stack

SPAN_H: Final = 96.0  # between the times received; an incident's own reports lie within 72
CONTINUING_H: Final = 28 * 24.0  # for a vehicle or a reference that is named
_VAGUE_SPAN_H: Final = 24.0
_CELL_M: Final = 800.0
_WIDE_CELL_M: Final = 4000.0
_VAGUE_M: Final = 450.0  # a spot with a larger error is a town, not a place
_MOST: Final = 60  # neighbours in time of one report under one key


def candidate_pairs(stack: Stack, is_new: Bools, span_h: float = SPAN_H) -> tuple[Ints, Ints]:
    """Pairs of reports, each once, with at least one new report in each; rows of the stack, lower first. A report that
    could not be read is in none, whatever its caller or place."""
    found = [
        _joined(stack, keys, reports, span, is_new, vague) for keys, reports, span, vague in _blocks(stack, span_h)
    ]
    a, b = (np.concatenate([pairs[side] for pairs in found]) for side in (0, 1))
    low, high = np.minimum(a, b), np.maximum(a, b)
    pairs = np.unique(low * stack.size + high)
    low, high = pairs // stack.size, pairs % stack.size
    is_read = ~(stack.is_unread[low] | stack.is_unread[high])
    return low[is_read], high[is_read]


Block = tuple[Ints, Any, float, Bools | None]


def _blocks(stack: Stack, span_h: float) -> Iterator[Block]:
    """Keys, the reports that have them, the hours within which they are joined, and whether one of two must be
    vague."""
    every = np.arange(stack.size)
    spots = stack.spots
    is_spot = (spots[:, :, 3] > 0) & (spots[:, :, 2] < _VAGUE_M)
    is_vague: Bools = np.asarray(~is_spot.any(axis=1), dtype=bool)
    row, column = np.nonzero(is_spot)
    east, north = spots[row, column, 0], spots[row, column, 1]
    for shift in range(4):
        yield _cells(east, north, _CELL_M, shift), row, span_h, None
    row, column = np.nonzero(spots[:, :, 3] > 0)
    yield _cells(spots[row, column, 0], spots[row, column, 1], _WIDE_CELL_M, 0), row, _VAGUE_SPAN_H, is_vague
    yield _cells(spots[row, column, 0], spots[row, column, 1], _WIDE_CELL_M, 3), row, _VAGUE_SPAN_H, is_vague
    for names in ((stack.names, stack.mentioned), (stack.corner,)):
        yield *_of_sets(*names), span_h, None
    for who in (stack.caller_key, stack.subject.surname, stack.subject.forename, stack.caller.whole):
        known = np.flatnonzero(who)
        yield who[known], known, span_h, None
    both = np.concatenate([stack.subject.surname, stack.caller.surname])
    known = np.flatnonzero(both)
    yield both[known], np.concatenate([every, every])[known], span_h, None
    yield *_of_sets(stack.near_plates, stack.half_plates), CONTINUING_H, None
    keys, reports = _of_sets(stack.references)
    yield np.concatenate([keys, stack.own_reference]), np.concatenate([reports, every]), CONTINUING_H, None


def _cells(east: Floats, north: Floats, size_m: float, shift: int) -> Ints:
    """Cells of a grid; the four shifts of half a cell bring together what a single grid's lines keep apart."""
    half = size_m / 2
    x = np.floor((east + half * (shift & 1)) / size_m).astype(np.int64)
    y = np.floor((north + half * (shift >> 1)) / size_m).astype(np.int64)
    return (x << 24) ^ y


def _of_sets(*several: Sets) -> tuple[Ints, Ints]:
    keys = np.concatenate([sets.values for sets in several])
    reports = np.concatenate([sets.reports for sets in several])
    return keys, reports


def _joined(
    stack: Stack, keys: Ints, reports: Ints, span_h: float, is_new: Bools, is_vague: Bools | None
) -> tuple[Ints, Ints]:
    """Reports under one key, each with those received within `span_h` after it, the nearest in time first."""
    received = stack.received_h[reports]
    order = np.lexsort((reports, received, keys))
    keys, reports, received = keys[order], reports[order], received[order]
    alive = np.arange(len(keys))
    left: list[Ints] = []
    right: list[Ints] = []
    for ahead in range(1, _MOST + 1):
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
