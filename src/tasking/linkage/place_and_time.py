"""The comparisons of where and when: how much likelier two mixtures of spots, or two intervals, are for one event."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tasking.linkage.stack import SOURCES, Bools, Floats, Ints, Stack

_WHERE_FLOOR: Final = 0.02  # the chance that all that is said of a place is wrong
_DENSITY: Final = 0.12  # other reports a square kilometre that a day's report is compared with, in a town
_SAME_TOWN: Final = -1.0
_WEAK: Final = 0.8
_WHEN_SPAN_H: Final = 72.0
_WHEN_FLOOR: Final = 0.01
_CONTINUING_H: Final = 48.0  # a heap or a camp is told of for this long, a standard deviation
_LAG_H: Final = 1.5  # a clock may be off, or not yet set back
_FOUND_LATER_H: Final = 14.0
_WAIT_H: Final = 20.0
_SLOW_WAIT_H: Final = 36.0
_KM2: Final = 1e6


@dataclass(frozen=True)
class Kinds:
    """What categories mean to each other: square matrix of `same` / `kin`, and vectors, by number of category."""

    kin: Bools
    continuing: Bools
    found_later: Bools
    says_little: Bools


def time_ratio(stack: Stack, a: Ints, b: Ints, kind: Kinds) -> Floats:
    """How much likelier two times are for one event than for any two, as log-odds."""
    return times(stack, a, b, kind)["when"]


def place_ratio(stack: Stack, a: Ints, b: Ints) -> Floats:
    """How much likelier two mixtures of spots are for one place than for any two, as log-odds; 0 where one is
    silent."""
    likelihood = np.zeros(len(a))
    for i in range(stack.spots.shape[1]):
        for j in range(stack.spots.shape[1]):
            both = np.flatnonzero((stack.spots[a, i, 3] > 0) & (stack.spots[b, j, 3] > 0))
            if not len(both):
                continue
            one, other = stack.spots[a[both], i], stack.spots[b[both], j]
            variance = one[:, 2] ** 2 + other[:, 2] ** 2
            squared = (one[:, 0] - other[:, 0]) ** 2 + (one[:, 1] - other[:, 1]) ** 2
            density = np.exp(-0.5 * squared / variance) / (2 * np.pi * variance) * _KM2
            likelihood[both] += one[:, 3] * other[:, 3] * density
    is_said = (stack.spots[a, 0, 3] > 0) & (stack.spots[b, 0, 3] > 0)
    return np.where(is_said, np.log((1 - _WHERE_FLOOR) * likelihood / _DENSITY + _WHERE_FLOOR), 0.0)


def places(stack: Stack, a: Ints, b: Ints, where: Floats) -> dict[str, Floats]:
    same_name = np.minimum(stack.names.shared(a, b), 1.0)
    has_a, has_b = stack.names.lengths[a] > 0, stack.names.lengths[b] > 0
    # A place in the text is where it happened only if the place itself names none.
    crossed = np.maximum(
        np.where(has_b, 0.0, stack.names.shared_with(stack.mentioned, a, b)),
        np.where(has_a, 0.0, stack.mentioned.shared_with(stack.names, a, b)),
    )
    crossed = np.minimum(crossed, 1.0)
    # The same street name far apart is a name that two towns have.
    same_name = np.where(where < _SAME_TOWN, 0.0, np.maximum(same_name, 0.5 * crossed))
    corner = np.minimum(stack.corner.shared(a, b), 2.0)
    same_name = np.where((corner >= 2) & (where >= _SAME_TOWN), 1.0, same_name)
    other = has_a & has_b & (same_name == 0)
    streets = stack.on_street[a] & stack.on_street[b]
    return {
        "where": where,
        "same_name": same_name,
        "corner": np.where((where < _SAME_TOWN) | (corner >= 2), 0.0, corner),
        "other_name": (other & ~streets).astype(float),
        "other_street": (other & streets).astype(float),
        "place_weak": ((where < _WEAK) & (same_name == 0) & (corner == 0)).astype(float),
    }


def times(stack: Stack, a: Ints, b: Ints, kind: Kinds) -> dict[str, Floats]:
    first_a, first_b, last_a, last_b = _first(stack, a, kind), _first(stack, b, kind), stack.last_h[a], stack.last_h[b]
    slack = np.sqrt(stack.slack_h[a] ** 2 + stack.slack_h[b] ** 2)
    overlap = np.minimum(last_a, last_b) - np.maximum(first_a, first_b)
    gap = np.maximum(-overlap, 0.0)
    width = [last - first + 2 * stack.slack_h[at] for first, last, at in ((first_a, last_a, a), (first_b, last_b, b))]
    inside = np.minimum(1.0, (np.maximum(overlap, 0.0) + 2 * slack) / np.minimum(*width))
    likelihood = np.where(gap > 0, np.exp(-gap / slack), inside) / np.maximum(*width)

    # Where nothing is said of the time, a report comes some hours after what it is about.
    assumed_a, assumed_b = _is_assumed(stack, a), _is_assumed(stack, b)
    for at, is_assumed, middle in ((a, assumed_a, (first_b + last_b) / 2), (b, assumed_b, (first_a + last_a) / 2)):
        wait = _wait_h(stack, at, kind)
        lag = stack.received_h[at] - middle
        likelihood = np.where(
            is_assumed, np.where(lag > -_LAG_H, np.exp(-np.maximum(lag, 0) / wait) / wait, 0.0), likelihood
        )
    apart = np.abs(stack.received_h[a] - stack.received_h[b])
    wait = np.maximum(_wait_h(stack, a, kind), _wait_h(stack, b, kind))
    likelihood = np.where(assumed_a & assumed_b, np.exp(-apart / wait) / (2 * wait), likelihood)

    goes_on = _goes_on(stack, a, b, kind)
    between = np.where(assumed_a | assumed_b, apart, gap)
    likelihood = np.where(goes_on, np.maximum(likelihood, np.exp(-between / _CONTINUING_H) / _CONTINUING_H), likelihood)
    late = np.maximum(
        np.where(assumed_a, -np.inf, first_a - stack.received_h[b]),
        np.where(assumed_b, -np.inf, first_b - stack.received_h[a]),
    )
    return {
        "when": np.log(likelihood * _WHEN_SPAN_H + _WHEN_FLOOR),
        "received_apart": np.minimum(apart / 24, 4.0),
        "after": ((late > _LAG_H) & ~goes_on).astype(float),
    }


def gap_hours(stack: Stack, a: Ints, b: Ints, kind: Kinds) -> Floats:
    """Hours between two events that both say when, or 0: for what goes on, or where one of them does not say."""
    gap = np.maximum(_first(stack, a, kind) - stack.last_h[b], _first(stack, b, kind) - stack.last_h[a])
    is_open = _is_assumed(stack, a) | _is_assumed(stack, b) | _goes_on(stack, a, b, kind)
    return np.where(is_open, 0.0, np.maximum(gap, 0.0))


def _is_assumed(stack: Stack, at: Ints) -> Bools:
    return np.asarray(stack.source[at] == SOURCES.index("assumed"))


def _first(stack: Stack, at: Ints, kind: Kinds) -> Floats:
    """The earliest that it can have happened: what is found in the morning was done by night."""
    is_found = kind.found_later[stack.category[at]] & (stack.source[at] == SOURCES.index("told"))
    return np.where(is_found, stack.first_h[at] - _FOUND_LATER_H, stack.first_h[at])


def _wait_h(stack: Stack, at: Ints, kind: Kinds) -> Floats:
    """Mean hours between what happened and a report that does not say when."""
    is_slow = kind.found_later[stack.category[at]] | kind.continuing[stack.category[at]]
    return np.where(is_slow, _SLOW_WAIT_H, _WAIT_H)


def _goes_on(stack: Stack, a: Ints, b: Ints, kind: Kinds) -> Bools:
    """True where the two can be about one thing that goes on: a heap, a car, a camp."""
    one, other = stack.category[a], stack.category[b]
    fits = kind.kin[one, other] | kind.says_little[one] | kind.says_little[other]
    is_dated = (stack.source[a] == SOURCES.index("field")) & (stack.source[b] == SOURCES.index("field"))
    return np.asarray((kind.continuing[one] | kind.continuing[other]) & fits & ~is_dated)
