"""The pairs that are compared, in two parts: public reports by themselves, and pairs with a private one.

How rare a word is, where a place is and what a report's rivals are is learned from the reports at hand. Public ones
are compared as though there were no others: what becomes of them shows nothing of restricted reports.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from tasking.linkage.blocking import candidate_pairs
from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.number_sets import Bools, Ints
from tasking.linkage.scoring import ScoredPairs


class _Features(Protocol):
    def feature_matrix(self, reports: pd.DataFrame) -> FeatureMatrix: ...


@dataclass(frozen=True)
class CandidatePart:
    """Pairs of rows `a` and `b` of `matrix`, whose own rows are `rows` of all the reports."""

    matrix: FeatureMatrix
    rows: Ints
    a: Ints
    b: Ints

    def renumbered(self, scored: ScoredPairs) -> ScoredPairs:
        """The part's scored pairs by the rows of all the reports."""
        a, b = self.rows[scored.a], self.rows[scored.b]
        return replace(scored, a=a, b=b, pairs=replace(scored.pairs, a=a, b=b))


def candidate_parts(
    features: _Features, reports: pd.DataFrame, matrix: FeatureMatrix, is_new: Bools, is_private: Bools
) -> Iterator[CandidatePart]:
    """The parts of the reports, in the order of `matrix`. `is_private`: restricted, or in an incident with one that is.

    Each pair has a new report; each is in one part.
    """
    every, public = np.arange(matrix.size), np.flatnonzero(~is_private)
    if len(public) < matrix.size:
        a, b = candidate_pairs(matrix, is_new)
        among = is_private[a] | is_private[b]
        yield CandidatePart(matrix, every, a[among], b[among])
    if len(public) == matrix.size:
        yield CandidatePart(matrix, every, *candidate_pairs(matrix, is_new))
    elif len(public):
        alone = features.feature_matrix(reports.iloc[public].reset_index(drop=True))
        yield CandidatePart(alone, public, *candidate_pairs(alone, is_new[public]))
