"""Scores pairs of reports by the model, and says which of them no machine may merge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from tasking.linkage.comparisons import ConceptWeights
from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.identity import merge_rules
from tasking.linkage.number_sets import Bools, Floats, Ints
from tasking.linkage.pair_model import ModelPairs, PairModel
from tasking.linkage.pair_table import PairTable
from tasking.linkage.place_and_time import CategoryRelations, place_log_odds, time_log_odds

_COMPARED: Final = 120_000  # pairs, about, that are compared in full on a large day ...
_LEAST_EACH: Final = 6  # ... with so many for each report at least
_MOST_EACH: Final = 60
_IDENTITY: Final = 8.0  # log-odds for the first look
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


def joined(parts: Sequence[ScoredPairs]) -> ScoredPairs:
    """The pairs of all the parts, by their rows; at least one part."""
    order = np.lexsort([np.concatenate([getattr(part, side) for part in parts]) for side in ("b", "a")])

    def column(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])[order]

    def of_pairs(name: str) -> Any:
        return np.concatenate([getattr(part.pairs, name) for part in parts])[order]

    def rows(name: str) -> PairTable:
        tables: list[PairTable] = [getattr(part.pairs, name) for part in parts]
        return replace(tables[0], values=np.concatenate([table.values for table in tables])[order])

    pairs = ModelPairs(
        of_pairs("a"), of_pairs("b"), rows("table"), rows("rivals"), of_pairs("first"), of_pairs("log_odds"),
        of_pairs("firm"),
    )  # fmt: skip
    return ScoredPairs(
        pairs.a, pairs.b, pairs.log_odds, column("is_barred"), column("is_same_identity"), column("is_long_lasting"),
        pairs,
    )  # fmt: skip


def likelier_pairs(matrix: FeatureMatrix, a: Ints, b: Ints, relations: CategoryRelations) -> tuple[Ints, Ints]:
    """Of each report's pairs those that are likeliest by place, time and identity: all but on a large day."""
    most = int(np.clip(_COMPARED // max(matrix.size, 1), _LEAST_EACH, _MOST_EACH))
    if len(a) <= most * matrix.size // 4:
        return a, b
    first_look = place_log_odds(matrix, a, b) + time_log_odds(matrix, a, b, relations)
    first_look += _IDENTITY * share_an_identity(matrix, a, b)
    report, other = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.lexsort((other, -np.tile(first_look, 2), report))
    begins = np.searchsorted(report[order], np.arange(matrix.size))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - begins[report[order]]
    kept = (place[: len(a)] < most) | (place[len(a) :] < most)
    return a[kept], b[kept]


def share_an_identity(matrix: FeatureMatrix, a: Ints, b: Ints) -> Bools:
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
