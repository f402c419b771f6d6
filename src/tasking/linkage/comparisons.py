"""Two reports, compared: when, where, what, who and which things. Agreement, silence and contradiction are told apart.

Every comparison is a number that is 0 where one of the two says nothing. `FEATURES` are what the weights weigh; they
are grouped into the five comparisons by `COMPARISON_OF`, which is how reasons are told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tasking.linkage.stack import SOURCES, Bools, Floats, Ints, People, Stack

_FEATURES_OF: Final = {
    "where": "where same_name corner other_name other_street place_weak",
    "when": "when received_apart after",
    "what": "what_same what_kin what_apart concepts words nothing_shared",
    "who": "caller subject subject_likely subject_apart crossed mentioned",
    "things": (
        "things_apart heaps_apart makes_apart plates plates_apart sums count count_apart numbers numbers_apart "
        "reference"
    ),
    "told again": "again tells_once same_feed separate separate_first",
}
COMPARISON_OF: Final[Mapping[str, str]] = {
    feature: comparison for comparison, features in _FEATURES_OF.items() for feature in features.split()
}
FEATURES: Final = tuple(COMPARISON_OF)

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
_WORD_FOR_WORD: Final = 0.6  # of all three words in a row
_EVERY_WORD: Final = 0.9
_SHORT: Final = 5  # three words in a row, this often
_LONG: Final = 12
_AGAIN_WITHIN_DAYS: Final = 3
_PARTLY: Final = 0.3
_MOST_PHRASES: Final = 128
_MOST_CONCEPTS: Final = 10.0
_KM2: Final = 1e6


@dataclass(frozen=True)
class Kinds:
    """What categories mean to each other: square matrix of `same` / `kin`, and vectors, by number of category."""

    kin: Bools
    continuing: Bools
    found_later: Bools
    says_little: Bools


@dataclass(frozen=True)
class Groups:
    """The concepts of the lexicon, by number: how much sharing one says, and which are things and makes of vehicle."""

    rarity: Floats
    thing: Floats
    make: Floats


def kinds(
    categories: Sequence[str],
    kin: Sequence[Sequence[str]],
    continuing: Sequence[str],
    found_later: Sequence[str],
    says_little: Sequence[str],
) -> Kinds:
    """Kinds from the lists of include/categories.yml; `categories` gives each its number."""
    number = {code: i for i, code in enumerate(categories)}
    matrix = np.eye(len(categories), dtype=bool)
    for group in kin:
        members = [number[code] for code in group]
        matrix[np.ix_(members, members)] = True

    def vector(codes: Sequence[str]) -> Bools:
        return np.array([code in codes for code in categories], dtype=bool)

    return Kinds(matrix, vector(continuing), vector(found_later), vector(says_little))


def compare(stack: Stack, a: Ints, b: Ints, kind: Kinds, groups: Groups, where: Floats | None = None) -> Floats:
    """The features of each pair, shape (pairs, len(FEATURES))."""
    columns = {
        **_places(stack, a, b, place_ratio(stack, a, b) if where is None else where),
        **_when(stack, a, b, kind),
        **_what(stack, a, b, kind, groups),
        **_who(stack, a, b),
        **_things(stack, a, b),
    }
    columns |= _told_again(stack, a, b, columns)
    # What is added later may tell of another hour; it is the same report for all that.
    again = columns["again"] > 0
    columns["when"] = np.where(again, np.maximum(columns["when"], 0.0), columns["when"])
    columns["after"] = np.where(again, 0.0, columns["after"])
    return np.column_stack([columns[name] for name in FEATURES])


def time_ratio(stack: Stack, a: Ints, b: Ints, kind: Kinds) -> Floats:
    """How much likelier two times are for one event than for any two, as log-odds."""
    return _when(stack, a, b, kind)["when"]


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


def _places(stack: Stack, a: Ints, b: Ints, where: Floats) -> dict[str, Floats]:
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


def _when(stack: Stack, a: Ints, b: Ints, kind: Kinds) -> dict[str, Floats]:
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


def _what(stack: Stack, a: Ints, b: Ints, kind: Kinds, groups: Groups) -> dict[str, Floats]:
    one, other = stack.category[a], stack.category[b]
    is_silent = kind.says_little[one] | kind.says_little[other] | (one < 0) | (other < 0)
    same = (one == other) & ~is_silent
    kin = kind.kin[one, other] & ~same & ~is_silent
    weighed = np.column_stack([groups.rarity, groups.thing, groups.make])
    shared = stack.concepts.shared(a, b, weighed)
    told = np.column_stack([stack.concepts.any_of(group > 0) for group in (groups.thing, groups.make)])
    concepts = np.minimum(shared[:, 0], _MOST_CONCEPTS)
    # Both speak of some thing, or of some make of car, and of none together.
    apart = told[a] & told[b] & (shared[:, 1:] == 0)
    words = np.minimum(stack.words.shared(a, b), 6.0)
    return {
        "what_same": same.astype(float),
        "what_kin": kin.astype(float),
        "what_apart": (~same & ~kin & ~is_silent).astype(float),
        "concepts": concepts,
        "words": words,
        "nothing_shared": ((concepts == 0) & (words == 0) & ~same).astype(float),
        "things_apart": apart[:, 0].astype(float),
        "heaps_apart": (apart[:, 0] & same & kind.continuing[one] & kind.found_later[one]).astype(float),
        "makes_apart": apart[:, 1].astype(float),
    }


def _who(stack: Stack, a: Ints, b: Ints) -> dict[str, Floats]:
    same_caller = (stack.caller_key[a] != 0) & (stack.caller_key[a] == stack.caller_key[b])
    sure, likely, apart = _persons(stack.subject, a, stack.subject, b)
    named_caller, _, _ = _persons(stack.caller, a, stack.caller, b)
    crossed = np.zeros(len(a), dtype=bool)
    for role, other_role in ((stack.subject, stack.caller), (stack.caller, stack.subject)):
        crossed |= _persons(role, a, other_role, b)[0]
    mentioned = np.zeros(len(a), dtype=bool)
    for people in (stack.caller, stack.subject):
        for one, other in ((a, b), (b, a)):
            named = np.flatnonzero(people.surname[one])
            mentioned[named] |= stack.words.has(other[named], people.surname[one[named]])
    mentioned &= ~(sure | same_caller | named_caller)
    return {
        "caller": (same_caller | named_caller).astype(float),
        "subject": sure.astype(float),
        "subject_likely": (likely & ~sure).astype(float),
        "subject_apart": (apart & ~crossed).astype(float),
        "crossed": crossed.astype(float),
        "mentioned": mentioned.astype(float),
    }


def _persons(one: People, a: Ints, other: People, b: Ints) -> tuple[Bools, Bools, Bools]:
    """For each pair: one person by all that is told, likely one, surely two. Two unknown people are none of these."""
    same, other_ = _parts(one, a, other, b)
    clash = np.logical_or.reduce(list(other_.values()))
    whole = (same["surname"] & (same["forename"] | same["initial"] | same["born"])) | (same["forename"] & same["born"])
    sure = (whole | same["surname"]) & ~clash
    likely = (same["forename"] | (same["initial"] & same["surname_initial"])) & ~clash
    apart = other_["surname"] | other_["born"] | ((other_["forename"] | other_["initial"]) & ~same["surname"])
    return sure, likely, apart


def person_known(stack: Stack, a: Ints, b: Ints) -> tuple[Bools, Bools]:
    """For each pair, beyond what relatives share: both give the whole name, or a name and the birthday; or both give
    one of the names and the other's initial."""
    same, other = _parts(stack.subject, a, stack.subject, b)
    clash = np.logical_or.reduce(list(other.values()))
    whole = (same["surname"] & same["forename"]) | ((same["surname"] | same["forename"]) & same["born"])
    part = (same["surname"] & same["initial"]) | (same["forename"] & same["surname_initial"])
    return np.asarray(whole & ~clash), np.asarray(part & ~clash)


def _parts(one: People, a: Ints, other: People, b: Ints) -> tuple[dict[str, Bools], dict[str, Bools]]:
    """Part of a name -> whether both know it and agree; and whether both know it and differ."""
    same: dict[str, Bools] = {}
    differ: dict[str, Bools] = {}
    for name in ("surname", "forename", "initial", "surname_initial", "born"):
        left, right = getattr(one, name)[a], getattr(other, name)[b]
        known = (left != 0) & (right != 0)
        same[name], differ[name] = known & (left == right), known & (left != right)
    return same, differ


def _things(stack: Stack, a: Ints, b: Ints) -> dict[str, Floats]:
    same_plate = stack.plates.shared(a, b) > 0
    near_plate = stack.near_plates.shared(a, b) > 0
    half_plate = stack.half_plates.shared(a, b) > 0
    has_plates = (stack.half_plates.lengths[a] > 0) & (stack.half_plates.lengths[b] > 0)
    low_a, high_a, low_b, high_b = stack.low[a], stack.high[a], stack.low[b], stack.high[b]
    counted = (high_a > 0) & (high_b > 0)
    fits = counted & (low_a <= high_b * 1.25 + 0.5) & (low_b <= high_a * 1.25 + 0.5)
    clash = counted & ((low_a > 1.7 * high_b) | (low_b > 1.7 * high_a))
    same_street = (stack.names.shared(a, b) > 0) | (stack.corner.shared(a, b) > 0)
    numbered = (stack.numbers.lengths[a] > 0) & (stack.numbers.lengths[b] > 0) & same_street
    same_number = stack.numbers.shared(a, b) > 0
    return {
        "plates": np.where(same_plate, 1.0, np.where(near_plate, 0.8, np.where(half_plate, 0.2, 0.0))),
        "plates_apart": (has_plates & ~near_plate & ~half_plate & ~same_plate).astype(float),
        "sums": np.minimum(stack.sums.shared(a, b), 1.0),
        "count": fits.astype(float),
        "count_apart": clash.astype(float),
        "numbers": (numbered & same_number).astype(float),
        "numbers_apart": (numbered & ~same_number).astype(float),
        "reference": (
            stack.references.has(a, stack.own_reference[b]) | stack.references.has(b, stack.own_reference[a])
        ).astype(float),
    }


def _told_again(stack: Stack, a: Ints, b: Ints, columns: Mapping[str, Floats]) -> dict[str, Floats]:
    same_feed = stack.feed[a] == stack.feed[b]
    later = np.where(stack.received_h[a] > stack.received_h[b], a, b)
    earlier = np.where(later == a, b, a)
    whole = np.minimum(stack.phrases.lengths[a], stack.phrases.lengths[b])
    fits = (columns["where"] > -1) & (columns["numbers_apart"] == 0) & (columns["plates_apart"] == 0)
    fits &= (columns["subject_apart"] == 0) & same_feed & (columns["received_apart"] <= _AGAIN_WITHIN_DAYS)
    held = np.zeros(len(a))
    look = np.flatnonzero(fits)
    held[look] = stack.phrases.shared(a[look], b[look], most=_MOST_PHRASES) / np.maximum(whole[look], 1)
    is_told = stack.is_again[later] & ~stack.is_separate[later]
    is_known = (columns["caller"] > 0) | (columns["subject"] > 0)
    # Sensitive matters are written in set phrases: two of them alike are told again only if they are about one person.
    is_private = stack.is_restricted[a] | stack.is_restricted[b]
    enough = np.where(is_private, _EVERY_WORD, _WORD_FOR_WORD)
    is_long = whole >= np.where(is_private, _LONG, _SHORT)
    same_time = columns["when"] > -1
    again = fits & (
        ((held >= enough) & is_long & (same_time | is_told)) | (same_time & is_told & (is_known | (held >= _PARTLY)))
    )
    separate = stack.is_separate[later] & (columns["where"] > -1)
    return {
        "again": again.astype(float),
        "tells_once": (same_feed & stack.tells_once[a] & ~again).astype(float),
        "same_feed": (same_feed & ~stack.tells_once[a] & ~again).astype(float),
        "separate": separate.astype(float),
        "separate_first": (stack.is_separate[earlier] & ~separate & (columns["where"] > -1)).astype(float),
    }
