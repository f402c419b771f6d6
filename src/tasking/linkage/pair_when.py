"""Columns of a pair on when: as the fields have it, as the words have it, and when each was reported."""

import numpy as np
import numpy.typing as npt

from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.number_sets import Floats, Ints

_ASSUMED_H = 30.0  # an event without any time happened within this many hours before it was reported
_NEVER_H = 200.0
Columns = dict[str, npt.NDArray[np.float32] | Floats]


def near(distance: Floats, scale: float) -> Floats:
    """Nearness: 1 at no distance, falling to 0 on the given scale; 0 where the distance is not known."""
    return np.nan_to_num(np.exp(-distance / scale), nan=0.0)


def gap_between(one: Floats, other: Floats) -> Floats:
    """Hours between the nearest two windows of each pair, 0 where they overlap; NaN where either has none. Shape
    (pairs, windows, 2)."""
    best = np.full(len(one), np.inf)
    for i in range(one.shape[1]):
        for j in range(other.shape[1]):
            gap = np.maximum(one[:, i, 0] - other[:, j, 1], other[:, j, 0] - one[:, i, 1])
            best = np.fmin(best, gap)
    return np.where(np.isfinite(best), np.maximum(best, 0.0), np.nan)


def when_columns(matrix: FeatureMatrix, a: Ints, b: Ints) -> Columns:
    """Columns of each pair on when."""
    first, last, vague = matrix.occurred[:, 0], matrix.occurred[:, 1], matrix.is_vague
    gap = np.maximum(0.0, np.maximum(first[a] - last[b], first[b] - last[a]))
    is_known = np.isfinite(gap)
    is_sharp = is_known & ~vague[a] & ~vague[b]
    sharp = np.where(is_sharp, gap, np.nan)
    told = matrix.wordings.windows
    every = _all_windows(matrix)
    any_gap = np.minimum(gap_between(every[a], every[b]), _NEVER_H)
    text_gap = gap_between(told[a], told[b])
    apart = np.abs(matrix.received_h[a] - matrix.received_h[b])
    late = np.fmax(np.fmax(first[a] - matrix.local_h[b], first[b] - matrix.local_h[a]), -1.0)
    late = np.nan_to_num(np.where(vague[a] | vague[b], -1.0, late), nan=-1.0)
    other_night = np.floor((first[a] - 12) / 24) != np.floor((first[b] - 12) / 24)
    clock = _clock_gap(matrix.wordings.clocks, first, vague, a, b)
    return {
        "when_gap": sharp,
        "when_gap_any": any_gap,
        "when_gap_text": text_gap,
        "when_told_apart": apart,
        "when_starts_apart": np.abs(first[a] - first[b]),
        "when_near_1h": near(sharp, 1.0),
        "when_near_6h": near(sharp, 6.0),
        "when_near_24h": near(gap, 24.0),
        "when_any_1h": near(any_gap, 1.0),
        "when_any_8h": near(any_gap, 8.0),
        "when_any_30h": near(any_gap, 30.0),
        "when_told_3h": near(apart, 3.0),
        "when_told_30h": near(apart, 30.0),
        "when_log_gap_any": np.log1p(any_gap),
        "when_log_told": np.log1p(apart),
        "when_log_gap": np.where(is_sharp, np.log1p(np.nan_to_num(gap)), 1.5),
        "when_unknown": (~is_sharp).astype(float),
        "when_text_8h": near(text_gap, 8.0),
        "when_text_far": (np.nan_to_num(text_gap) > 20).astype(float),
        "when_after": np.log1p(np.clip(late, 0, _NEVER_H)),
        "when_over": (np.maximum(apart, any_gap) > 84).astype(float),
        "when_other_night": (other_night & is_sharp & (gap > 12) & (gap < 60)).astype(float),
        "when_clock": near(clock, 0.2),
        "when_clock_far": np.nan_to_num(np.clip(clock, 0, 6)),
    }


def _all_windows(matrix: FeatureMatrix) -> Floats:
    """The windows of the fields and of the words; without a time in the fields, the hours before it was reported."""
    assumed = np.column_stack([matrix.local_h - _ASSUMED_H, matrix.local_h])
    own = np.where(np.isfinite(matrix.occurred), matrix.occurred, assumed)
    return np.concatenate([own[:, None, :], matrix.wordings.windows], axis=1)


def _clock_gap(clocks: Floats, first: Floats, vague: npt.NDArray[np.bool_], a: Ints, b: Ints) -> Floats:
    """Hours between the nearest clock times of two reports, by the clock; NaN where either names none."""
    own = np.where(vague, np.nan, first % 24)
    every = np.column_stack([clocks, own])
    best = np.full(len(a), np.inf)
    one, other = every[a], every[b]
    for i in range(every.shape[1]):
        for j in range(every.shape[1]):
            gap = np.abs(one[:, i] - other[:, j])
            best = np.fmin(best, np.minimum(gap, 24 - gap))
    return np.where(np.isfinite(best), best, np.nan)
