"""Comparisons of two reports: where, when, what, who, things, and told again.

Each comparison has several terms, numbers that are 0 where one of the two reports says nothing; agreement and
contradiction have terms of their own. A match weight is given to each of `TERMS`; `COMPARISON_OF` is the comparison of
each, by which evidence is grouped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tasking.linkage.feature_matrix import FeatureMatrix, People
from tasking.linkage.number_sets import Bools, Floats, Ints
from tasking.linkage.place_and_time import CategoryRelations, place_log_odds, place_terms, time_terms

_TERMS_OF: Final = {
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
    term: comparison for comparison, terms in _TERMS_OF.items() for term in terms.split()
}
TERMS: Final = tuple(COMPARISON_OF)

_PARTS: Final = ("surname", "forename", "initial", "surname_initial", "born")
_WORD_FOR_WORD: Final = 0.6  # of all three words in a row
_EVERY_WORD: Final = 0.9
_SHORT: Final = 5  # phrases of three words
_LONG: Final = 12
_AGAIN_WITHIN_DAYS: Final = 3
_PARTLY: Final = 0.3
_MOST_PHRASES: Final = 128
_MOST_CONCEPTS: Final = 10.0


@dataclass(frozen=True)
class ConceptWeights:
    """The concepts of the lexicon, by number: the weight of sharing one, and 1 for things and for makes of vehicle."""

    rarity: Floats
    thing: Floats
    make: Floats


def category_relations(
    categories: Sequence[str],
    kin: Sequence[Sequence[str]],
    continuing: Sequence[str],
    found_later: Sequence[str],
    says_little: Sequence[str],
) -> CategoryRelations:
    """The relations that include/categories.yml declares; `categories` gives each its number."""
    number = {code: i for i, code in enumerate(categories)}
    matrix = np.eye(len(categories), dtype=bool)
    for group in kin:
        members = [number[code] for code in group]
        matrix[np.ix_(members, members)] = True

    def vector(codes: Sequence[str]) -> Bools:
        return np.array([code in codes for code in categories], dtype=bool)

    return CategoryRelations(matrix, vector(continuing), vector(found_later), vector(says_little))


def compare(
    matrix: FeatureMatrix,
    a: Ints,
    b: Ints,
    relations: CategoryRelations,
    concept_weights: ConceptWeights,
    where: Floats | None = None,
) -> Floats:
    """The terms of each pair, shape (pairs, len(TERMS)). `where`: place_log_odds of the pairs, if known."""
    columns = {
        **place_terms(matrix, a, b, place_log_odds(matrix, a, b) if where is None else where),
        **time_terms(matrix, a, b, relations),
        **_kind_terms(matrix, a, b, relations, concept_weights),
        **_people_terms(matrix, a, b),
        **_thing_terms(matrix, a, b),
    }
    columns |= _resubmission_terms(matrix, a, b, columns)
    # A report sent again may name another hour; it is still the same report.
    again = columns["again"] > 0
    columns["when"] = np.where(again, np.maximum(columns["when"], 0.0), columns["when"])
    columns["after"] = np.where(again, 0.0, columns["after"])
    return np.column_stack([columns[name] for name in TERMS])


def _kind_terms(
    matrix: FeatureMatrix, a: Ints, b: Ints, relations: CategoryRelations, concept_weights: ConceptWeights
) -> dict[str, Floats]:
    one, other = matrix.category[a], matrix.category[b]
    is_silent = relations.says_little[one] | relations.says_little[other] | (one < 0) | (other < 0)
    same = (one == other) & ~is_silent
    kin = relations.kin[one, other] & ~same & ~is_silent
    weighed = np.column_stack([concept_weights.rarity, concept_weights.thing, concept_weights.make])
    shared = matrix.concepts.shared(a, b, weighed)
    named = np.column_stack(
        [matrix.concepts.any_of(group > 0) for group in (concept_weights.thing, concept_weights.make)]
    )
    concepts = np.minimum(shared[:, 0], _MOST_CONCEPTS)
    # Both name a thing, or a make of vehicle, and share none.
    apart = named[a] & named[b] & (shared[:, 1:] == 0)
    words = np.minimum(matrix.words.shared(a, b), 6.0)
    return {
        "what_same": same.astype(float),
        "what_kin": kin.astype(float),
        "what_apart": (~same & ~kin & ~is_silent).astype(float),
        "concepts": concepts,
        "words": words,
        "nothing_shared": ((concepts == 0) & (words == 0) & ~same).astype(float),
        "things_apart": apart[:, 0].astype(float),
        "heaps_apart": (apart[:, 0] & same & relations.continuing[one] & relations.found_later[one]).astype(float),
        "makes_apart": apart[:, 1].astype(float),
    }


def _people_terms(matrix: FeatureMatrix, a: Ints, b: Ints) -> dict[str, Floats]:
    same_caller = (matrix.caller_key[a] != 0) & (matrix.caller_key[a] == matrix.caller_key[b])
    sure, likely, apart = _persons(matrix.subject, a, matrix.subject, b)
    named_caller, _, _ = _persons(matrix.caller, a, matrix.caller, b)
    crossed = np.zeros(len(a), dtype=bool)
    for role, other_role in ((matrix.subject, matrix.caller), (matrix.caller, matrix.subject)):
        crossed |= _persons(role, a, other_role, b)[0]
    mentioned = np.zeros(len(a), dtype=bool)
    for people in (matrix.caller, matrix.subject):
        for one, other in ((a, b), (b, a)):
            named = np.flatnonzero(people.surname[one])
            mentioned[named] |= matrix.words.has(other[named], people.surname[one[named]])
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
    """For each pair, whether they are the same person, likely the same, and surely different people. None of these
    where one is unknown."""
    same, other_ = _parts(one, a, other, b)
    clash = np.logical_or.reduce([other_[name] for name in _PARTS])
    whole = (same["surname"] & (same["forename"] | same["initial"] | same["born"])) | (same["forename"] & same["born"])
    sure = (whole | same["surname"]) & ~clash
    likely = (same["forename"] | (same["initial"] & same["surname_initial"])) & ~clash
    # A name in another spelling is neither the same nor a different person's.
    surname_apart = other_["surname"] & ~same["surname_sound"]
    forename_apart = (other_["forename"] & ~same["forename_sound"]) | (other_["initial"] & ~same["forename_sound"])
    apart = surname_apart | other_["born"] | (forename_apart & ~same["surname"])
    return sure, likely, apart


def names_agree(matrix: FeatureMatrix, a: Ints, b: Ints) -> tuple[Bools, Bools]:
    """For each pair, more agreement than relatives have: both give the whole name, or a name and the date of birth; or
    both give one of the names and the initial or another spelling of the other."""
    same, other = _parts(matrix.subject, a, matrix.subject, b)
    clash = np.logical_or.reduce([other[name] for name in _PARTS])
    whole = (same["surname"] & same["forename"]) | ((same["surname"] | same["forename"]) & same["born"])
    part = (same["surname"] & same["initial"]) | (same["forename"] & same["surname_initial"])
    spelt = (same["surname"] & same["forename_sound"]) | (same["forename"] & same["surname_sound"])
    is_spelt = spelt & ~other["born"] & ~(other["initial"] & ~same["forename_sound"])
    return np.asarray(whole & ~clash), np.asarray((part & ~clash) | is_spelt)


def _parts(one: People, a: Ints, other: People, b: Ints) -> tuple[dict[str, Bools], dict[str, Bools]]:
    """Part of a name -> whether both have it and agree; and whether both have it and differ."""
    same: dict[str, Bools] = {}
    differ: dict[str, Bools] = {}
    for name in (*_PARTS, "surname_sound", "forename_sound"):
        left, right = getattr(one, name)[a], getattr(other, name)[b]
        known = (left != 0) & (right != 0)
        same[name], differ[name] = known & (left == right), known & (left != right)
    return same, differ


def _thing_terms(matrix: FeatureMatrix, a: Ints, b: Ints) -> dict[str, Floats]:
    same_plate = matrix.plates.shared(a, b) > 0
    near_plate = matrix.near_plates.shared(a, b) > 0
    half_plate = matrix.half_plates.shared(a, b) > 0
    has_plates = (matrix.half_plates.lengths[a] > 0) & (matrix.half_plates.lengths[b] > 0)
    low_a, high_a, low_b, high_b = matrix.low[a], matrix.high[a], matrix.low[b], matrix.high[b]
    counted = (high_a > 0) & (high_b > 0)
    fits = counted & (low_a <= high_b * 1.25 + 0.5) & (low_b <= high_a * 1.25 + 0.5)
    clash = counted & ((low_a > 1.7 * high_b) | (low_b > 1.7 * high_a))
    same_street = (matrix.names.shared(a, b) > 0) | (matrix.corner.shared(a, b) > 0)
    numbered = (matrix.numbers.lengths[a] > 0) & (matrix.numbers.lengths[b] > 0) & same_street
    same_number = matrix.numbers.shared(a, b) > 0
    return {
        "plates": np.where(same_plate, 1.0, np.where(near_plate, 0.8, np.where(half_plate, 0.2, 0.0))),
        "plates_apart": (has_plates & ~near_plate & ~half_plate & ~same_plate).astype(float),
        "sums": np.minimum(matrix.sums.shared(a, b), 1.0),
        "count": fits.astype(float),
        "count_apart": clash.astype(float),
        "numbers": (numbered & same_number).astype(float),
        "numbers_apart": (numbered & ~same_number).astype(float),
        "reference": (
            matrix.references.has(a, matrix.own_reference[b]) | matrix.references.has(b, matrix.own_reference[a])
        ).astype(float),
    }


def _resubmission_terms(matrix: FeatureMatrix, a: Ints, b: Ints, columns: Mapping[str, Floats]) -> dict[str, Floats]:
    same_feed = matrix.feed[a] == matrix.feed[b]
    later = np.where(matrix.received_h[a] > matrix.received_h[b], a, b)
    earlier = np.where(later == a, b, a)
    whole = np.minimum(matrix.phrases.lengths[a], matrix.phrases.lengths[b])
    fits = (columns["where"] > -1) & (columns["numbers_apart"] == 0) & (columns["plates_apart"] == 0)
    fits &= (columns["subject_apart"] == 0) & same_feed & (columns["received_apart"] <= _AGAIN_WITHIN_DAYS)
    share = np.zeros(len(a))  # of the shorter text's phrases, those that are in both
    at = np.flatnonzero(fits)
    share[at] = matrix.phrases.shared(a[at], b[at], most=_MOST_PHRASES) / np.maximum(whole[at], 1)
    says_again = matrix.is_again[later] & ~matrix.is_separate[later]
    same_person = (columns["caller"] > 0) | (columns["subject"] > 0)
    # Sensitive matters are written in set phrases, so that two reports are alike without being the same report.
    is_private = matrix.is_restricted[a] | matrix.is_restricted[b]
    enough = np.where(is_private, _EVERY_WORD, _WORD_FOR_WORD)
    is_long = whole >= np.where(is_private, _LONG, _SHORT)
    same_time = columns["when"] > -1
    again = fits & (
        ((share >= enough) & is_long & (same_time | says_again))
        | (same_time & says_again & (same_person | (share >= _PARTLY)))
    )
    separate = matrix.is_separate[later] & (columns["where"] > -1)
    return {
        "again": again.astype(float),
        "tells_once": (same_feed & matrix.tells_once[a] & ~again).astype(float),
        "same_feed": (same_feed & ~matrix.tells_once[a] & ~again).astype(float),
        "separate": separate.astype(float),
        "separate_first": (matrix.is_separate[earlier] & ~separate & (columns["where"] > -1)).astype(float),
    }
