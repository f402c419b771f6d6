"""Two reports, compared: when, where, what, who and which things. Agreement, silence and contradiction are told apart.

Every comparison is a number that is 0 where one of the two says nothing. `FEATURES` are what the weights weigh; they
are grouped into the five comparisons by `COMPARISON_OF`, which is how reasons are told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tasking.linkage.place_and_time import Kinds, place_ratio, places, times
from tasking.linkage.stack import Bools, Floats, Ints, People, Stack

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

_WORD_FOR_WORD: Final = 0.6  # of all three words in a row
_EVERY_WORD: Final = 0.9
_SHORT: Final = 5  # three words in a row, this often
_LONG: Final = 12
_AGAIN_WITHIN_DAYS: Final = 3
_PARTLY: Final = 0.3
_MOST_PHRASES: Final = 128
_MOST_CONCEPTS: Final = 10.0


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
        **places(stack, a, b, place_ratio(stack, a, b) if where is None else where),
        **times(stack, a, b, kind),
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
