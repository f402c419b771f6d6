"""Scores pairs of reports by the model, and says which of them no machine may merge."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tasking.linkage.blocking import SPAN_H
from tasking.linkage.comparisons import ConceptWeights, names_agree
from tasking.linkage.feature_matrix import SOURCES, FeatureMatrix
from tasking.linkage.number_sets import Bools, Floats, Ints
from tasking.linkage.pair_model import ModelPairs, PairModel
from tasking.linkage.pair_table import PairTable
from tasking.linkage.place_and_time import CategoryRelations, gap_hours, place_log_odds, time_log_odds

_COMPARED: Final = 120_000  # pairs, about, that are compared in full on a large day ...
_LEAST_EACH: Final = 6  # ... with so many for each report at least
_MOST_EACH: Final = 60
_IDENTITY: Final = 8.0  # log-odds for the first look
_OTHER_TIME_H: Final = 18.0  # hours between two times that fields give
_PLACE_AGREES: Final = 0.8
_NOT_ELSEWHERE: Final = -0.5
_NOT_ANOTHER_DAY: Final = -0.1
_SAME_HOURS: Final = 0.3
_ANOTHER_DAY: Final = -3.0
_LEAST: Final = -5.0  # log-odds below which a pair says nothing of a group


@dataclass(frozen=True)
class ScoredPairs:
    """Pairs of rows `a` and `b` of a feature matrix. `log_odds`: that they are one incident; `pairs`: what the model
    saw.

    `is_barred`: only a person may make them one incident (two people concerned, a sensitive matter).
    `is_same_identity`: the same person or the same report, by which alone a sensitive report is merged.
    `is_long_lasting`: the same vehicle or reference, which counts for weeks.
    """

    a: Ints
    b: Ints
    log_odds: Floats
    is_barred: Bools
    is_same_identity: Bools
    is_long_lasting: Bools
    pairs: ModelPairs


def score_pairs(
    matrix: FeatureMatrix,
    a: Ints,
    b: Ints,
    relations: CategoryRelations,
    concept_weights: ConceptWeights,
    model: PairModel,
    key: Callable[[str, str], int],
) -> ScoredPairs:
    """Scores pairs; those that say nothing of a group are dropped."""
    a, b = likelier_pairs(matrix, a, b, relations)
    pairs = model.score(matrix, a, b, relations, concept_weights, key)
    kept = np.flatnonzero(pairs.log_odds >= _LEAST)
    pairs = subset(pairs, kept)
    return ScoredPairs(
        pairs.a, pairs.b, pairs.log_odds, *merge_rules(matrix, pairs.table, pairs.a, pairs.b, relations), pairs
    )


def subset(pairs: ModelPairs, kept: Ints) -> ModelPairs:
    """Some of the pairs."""

    def rows(table: PairTable) -> PairTable:
        return replace(table, values=table.values[kept])

    return ModelPairs(
        pairs.a[kept], pairs.b[kept], rows(pairs.table), rows(pairs.rivals), pairs.first[kept], pairs.log_odds[kept],
        pairs.firm[kept],
    )  # fmt: skip


def likelier_pairs(matrix: FeatureMatrix, a: Ints, b: Ints, relations: CategoryRelations) -> tuple[Ints, Ints]:
    """Of each report's pairs those that are likeliest by place, time and identity: all but on a large day."""
    most = int(np.clip(_COMPARED // max(matrix.size, 1), _LEAST_EACH, _MOST_EACH))
    if len(a) <= most * matrix.size // 4:
        return a, b
    first_look = place_log_odds(matrix, a, b) + time_log_odds(matrix, a, b, relations)
    first_look += _IDENTITY * _share_an_identity(matrix, a, b)
    report, other = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.lexsort((other, -np.tile(first_look, 2), report))
    begins = np.searchsorted(report[order], np.arange(matrix.size))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - begins[report[order]]
    kept = (place[: len(a)] < most) | (place[len(a) :] < most)
    return a[kept], b[kept]


def _share_an_identity(matrix: FeatureMatrix, a: Ints, b: Ints) -> Bools:
    """True where both have the caller, the surname or first name of the person concerned, a plate or a reference."""
    shared = np.zeros(len(a), dtype=bool)
    for one, other in (
        (matrix.caller_key, matrix.caller_key),
        (matrix.subject.surname, matrix.subject.surname),
        (matrix.subject.forename, matrix.subject.forename),
        (matrix.subject.surname, matrix.caller.surname),
        (matrix.caller.surname, matrix.subject.surname),
        (matrix.caller.whole, matrix.caller.whole),
    ):
        shared |= (one[a] != 0) & (one[a] == other[b])
    marked = np.flatnonzero((matrix.half_plates.lengths[a] > 0) & (matrix.half_plates.lengths[b] > 0))
    shared[marked] |= matrix.near_plates.shared(a[marked], b[marked]) > 0
    refers = np.flatnonzero((matrix.references.lengths[a] > 0) | (matrix.references.lengths[b] > 0))
    shared[refers] |= matrix.references.has(a[refers], matrix.own_reference[b[refers]])
    shared[refers] |= matrix.references.has(b[refers], matrix.own_reference[a[refers]])
    return shared


def merge_rules(
    matrix: FeatureMatrix, table: PairTable, a: Ints, b: Ints, relations: CategoryRelations
) -> tuple[Bools, Bools, Bools]:
    """`is_barred`, `is_same_identity` and `is_long_lasting` of ScoredPairs.

    Relatives share a surname and a household a telephone: a sensitive report needs more than these.
    """

    def of(name: str) -> Floats:
        return np.asarray(table.of(f"term_{name}"), dtype=np.float64)

    near = (of("where") >= _PLACE_AGREES) | (of("same_name") > 0) | (of("corner") > 0)
    born = (matrix.subject.born[a] != 0) & (matrix.subject.born[a] == matrix.subject.born[b])
    by_date = (matrix.source[a] == SOURCES.index("day")) | (matrix.source[b] == SOURCES.index("day"))
    gap = gap_hours(matrix, a, b, relations)
    whole, initial = names_agree(matrix, a, b)
    same_day = (of("when") >= _NOT_ANOTHER_DAY) & (of("after") == 0) & ~(by_date & (gap > 0))
    certain = same_day & ((whole & (born | near | (of("where") > _NOT_ELSEWHERE))) | (initial & near))
    somebody = (of("subject_likely") > 0) & near
    likely = somebody & (of("when") >= _SAME_HOURS) & (of("after") == 0) & ~by_date
    told_again = (of("again") > 0) | (of("reference") > 0)
    told_again |= (of("caller") > 0) & (table.of("who_caller_key") > 0) & (table.of("who_caller_name") >= 1) & near
    # The score says whether it is one event; these, that it is one person, and not on another day.
    person = (table.of("who_about") >= 1) | (table.of("who_crossed") >= 1) | (table.of("who_about_named") >= 1) | born
    person &= (of("subject_apart") == 0) & (table.of("against_about") == 0)
    person &= (of("after") == 0) & (of("when") > _ANOTHER_DAY)
    restricted = matrix.is_restricted[a] | matrix.is_restricted[b]
    barred = (of("subject_apart") > 0) & restricted & (of("crossed") == 0)
    lasting = (of("plates") > 0.5) | (of("reference") > 0)
    far = np.abs(matrix.received_h[a] - matrix.received_h[b]) > SPAN_H
    barred |= far & ~lasting
    # One partner's own clock, most of a day apart: two events, whatever else agrees. Between two, a day may be wrong.
    of_one_partner = (table.of("who_same_feed") > 0) & (np.nan_to_num(table.of("when_gap")) > _OTHER_TIME_H)
    barred |= of_one_partner & ~told_again & ~lasting
    return barred, certain | likely | told_again | person, lasting
