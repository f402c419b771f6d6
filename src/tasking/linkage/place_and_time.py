"""The comparisons of where and when: the log-odds of two mixtures of spots, or of two intervals, for one event."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tasking.linkage.feature_matrix import SOURCES, FeatureMatrix
from tasking.linkage.number_sets import Bools, Floats, Ints

_WHERE_FLOOR: Final = 0.02  # the probability that everything a report says of its place is wrong
_DENSITY: Final = 0.12  # in a town, reports a square kilometre that a report is compared with
_SAME_TOWN: Final = -1.0
_WEAK: Final = 0.8
_WHEN_SPAN_H: Final = 72.0
_WHEN_FLOOR: Final = 0.01
_CONTINUING_H: Final = 48.0  # the scale on which a heap or a camp goes on being reported
_LAG_H: Final = 1.5  # clocks that are wrong, or not yet set back
_FOUND_LATER_H: Final = 14.0
_WAIT_H: Final = 20.0
_SLOW_WAIT_H: Final = 36.0
_KM2: Final = 1e6


@dataclass(frozen=True)
class CategoryRelations:
    """How categories relate, by their numbers. `kin`: square matrix, which two can be one event; vectors: which go on
    for days, which are found later, which say little."""

    kin: Bools
    continuing: Bools
    found_later: Bools
    says_little: Bools


def time_log_odds(matrix: FeatureMatrix, a: Ints, b: Ints, relations: CategoryRelations) -> Floats:
    """How much likelier two times are for one event than for any two events, as log-odds."""
    return time_terms(matrix, a, b, relations)["when"]


def place_log_odds(matrix: FeatureMatrix, a: Ints, b: Ints) -> Floats:
    """How much likelier two mixtures of spots are for one place than for any two places, as log-odds; 0 where one has
    none."""
    likelihood = np.zeros(len(a))
    for i in range(matrix.spots.shape[1]):
        for j in range(matrix.spots.shape[1]):
            both = np.flatnonzero((matrix.spots[a, i, 3] > 0) & (matrix.spots[b, j, 3] > 0))
            if not len(both):
                continue
            one, other = matrix.spots[a[both], i], matrix.spots[b[both], j]
            variance = one[:, 2] ** 2 + other[:, 2] ** 2
            squared = (one[:, 0] - other[:, 0]) ** 2 + (one[:, 1] - other[:, 1]) ** 2
            density = np.exp(-0.5 * squared / variance) / (2 * np.pi * variance) * _KM2
            likelihood[both] += one[:, 3] * other[:, 3] * density
    have_spots = (matrix.spots[a, 0, 3] > 0) & (matrix.spots[b, 0, 3] > 0)
    return np.where(have_spots, np.log((1 - _WHERE_FLOOR) * likelihood / _DENSITY + _WHERE_FLOOR), 0.0)


def place_terms(matrix: FeatureMatrix, a: Ints, b: Ints, where: Floats) -> dict[str, Floats]:
    """The terms of the comparison where; `where`: place_log_odds of the pairs."""
    same_name = np.minimum(matrix.names.shared(a, b), 1.0)
    has_a, has_b = matrix.names.lengths[a] > 0, matrix.names.lengths[b] > 0
    # A name in the text counts only where the report's place has none.
    crossed = np.maximum(
        np.where(has_b, 0.0, matrix.names.shared_with(matrix.mentioned, a, b)),
        np.where(has_a, 0.0, matrix.mentioned.shared_with(matrix.names, a, b)),
    )
    crossed = np.minimum(crossed, 1.0)
    # The same street name far apart belongs to two towns.
    same_name = np.where(where < _SAME_TOWN, 0.0, np.maximum(same_name, 0.5 * crossed))
    corner = np.minimum(matrix.corner.shared(a, b), 2.0)
    same_name = np.where((corner >= 2) & (where >= _SAME_TOWN), 1.0, same_name)
    other = has_a & has_b & (same_name == 0)
    streets = matrix.on_street[a] & matrix.on_street[b]
    return {
        "where": where,
        "same_name": same_name,
        "corner": np.where((where < _SAME_TOWN) | (corner >= 2), 0.0, corner),
        "other_name": (other & ~streets).astype(float),
        "other_street": (other & streets).astype(float),
        "place_weak": ((where < _WEAK) & (same_name == 0) & (corner == 0)).astype(float),
    }


def time_terms(matrix: FeatureMatrix, a: Ints, b: Ints, relations: CategoryRelations) -> dict[str, Floats]:
    """The terms of the comparison when."""
    first_a, first_b, last_a, last_b = (
        _first(matrix, a, relations),
        _first(matrix, b, relations),
        matrix.last_h[a],
        matrix.last_h[b],
    )
    slack = np.sqrt(matrix.slack_h[a] ** 2 + matrix.slack_h[b] ** 2)
    overlap = np.minimum(last_a, last_b) - np.maximum(first_a, first_b)
    gap = np.maximum(-overlap, 0.0)
    width = [last - first + 2 * matrix.slack_h[at] for first, last, at in ((first_a, last_a, a), (first_b, last_b, b))]
    inside = np.minimum(1.0, (np.maximum(overlap, 0.0) + 2 * slack) / np.minimum(*width))
    likelihood = np.where(gap > 0, np.exp(-gap / slack), inside) / np.maximum(*width)

    # Without a time, a report is assumed to come some hours after the event.
    assumed_a, assumed_b = _is_assumed(matrix, a), _is_assumed(matrix, b)
    for at, is_assumed, middle in ((a, assumed_a, (first_b + last_b) / 2), (b, assumed_b, (first_a + last_a) / 2)):
        wait = _wait_h(matrix, at, relations)
        lag = matrix.received_h[at] - middle
        likelihood = np.where(
            is_assumed, np.where(lag > -_LAG_H, np.exp(-np.maximum(lag, 0) / wait) / wait, 0.0), likelihood
        )
    apart = np.abs(matrix.received_h[a] - matrix.received_h[b])
    wait = np.maximum(_wait_h(matrix, a, relations), _wait_h(matrix, b, relations))
    likelihood = np.where(assumed_a & assumed_b, np.exp(-apart / wait) / (2 * wait), likelihood)

    goes_on = _goes_on(matrix, a, b, relations)
    between = np.where(assumed_a | assumed_b, apart, gap)
    likelihood = np.where(goes_on, np.maximum(likelihood, np.exp(-between / _CONTINUING_H) / _CONTINUING_H), likelihood)
    late = np.maximum(
        np.where(assumed_a, -np.inf, first_a - matrix.received_h[b]),
        np.where(assumed_b, -np.inf, first_b - matrix.received_h[a]),
    )
    return {
        "when": np.log(likelihood * _WHEN_SPAN_H + _WHEN_FLOOR),
        "received_apart": np.minimum(apart / 24, 4.0),
        "after": ((late > _LAG_H) & ~goes_on).astype(float),
    }


def gap_hours(matrix: FeatureMatrix, a: Ints, b: Ints, relations: CategoryRelations) -> Floats:
    """Hours between two events that both have a time; 0 where one has none, and for what goes on."""
    gap = np.maximum(_first(matrix, a, relations) - matrix.last_h[b], _first(matrix, b, relations) - matrix.last_h[a])
    is_open = _is_assumed(matrix, a) | _is_assumed(matrix, b) | _goes_on(matrix, a, b, relations)
    return np.where(is_open, 0.0, np.maximum(gap, 0.0))


def _is_assumed(matrix: FeatureMatrix, at: Ints) -> Bools:
    return np.asarray(matrix.source[at] == SOURCES.index("assumed"))


def _first(matrix: FeatureMatrix, at: Ints, relations: CategoryRelations) -> Floats:
    """The earliest time that it can have happened: what is found in the morning was done in the night."""
    is_found = relations.found_later[matrix.category[at]] & (matrix.source[at] == SOURCES.index("told"))
    return np.where(is_found, matrix.first_h[at] - _FOUND_LATER_H, matrix.first_h[at])


def _wait_h(matrix: FeatureMatrix, at: Ints, relations: CategoryRelations) -> Floats:
    """Mean hours from an event to a report without a time."""
    is_slow = relations.found_later[matrix.category[at]] | relations.continuing[matrix.category[at]]
    return np.where(is_slow, _SLOW_WAIT_H, _WAIT_H)


def _goes_on(matrix: FeatureMatrix, a: Ints, b: Ints, relations: CategoryRelations) -> Bools:
    """True where both can be about one thing that goes on: a heap, a car, a camp."""
    one, other = matrix.category[a], matrix.category[b]
    fits = relations.kin[one, other] | relations.says_little[one] | relations.says_little[other]
    is_dated = (matrix.source[a] == SOURCES.index("field")) & (matrix.source[b] == SOURCES.index("field"))
    return np.asarray((relations.continuing[one] | relations.continuing[other]) & fits & ~is_dated)
