"""Fits match weights to labels and people's decisions, and measures them on held-out incidents.

Penalised maximum likelihood: a ridge holds the weights to `MatchWeights.prior`, because a few hundred labelled pairs
are too few for weights of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from tasking.linkage.blocking import candidate_pairs
from tasking.linkage.clustering import cluster
from tasking.linkage.comparisons import TERMS
from tasking.linkage.constraints import PairConstraints
from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.linker import Linker
from tasking.linkage.match_weights import MatchWeights
from tasking.linkage.number_sets import Bools, Floats
from tasking.linkage.scoring import ScoredPairs, score_pairs

FOLDS: Final = 5
RIDGE: Final = 100.0  # the penalty on distance from the prior
_FIRM: Final = 1e9  # weights fixed at the prior
_EVERYTHING: Final = -1e9
_SEED: Final = 20261024


@dataclass(frozen=True)
class PairMetrics:
    """Pairwise figures of final incidents, merged without a person; `wrong_sensitive`: wrong pairs with a sensitive
    report."""

    precision: float
    recall: float
    f1: float
    wrong: int
    wrong_sensitive: int

    @property
    def summary(self) -> str:
        return (
            f"precision {self.precision:.3f}, recall {self.recall:.3f}, F1 {self.f1:.3f}, {self.wrong} wrong pairs, "
            f"{self.wrong_sensitive} of them sensitive"
        )


@dataclass(frozen=True)
class FitResult:
    """`old` and `new`: metrics on held-out incidents. The weights in force may have been fitted on some of them."""

    weights: MatchWeights
    old: PairMetrics
    new: PairMetrics

    @property
    def is_better(self) -> bool:
        """True where the new weights find more and merge no sensitive report wrongly."""
        return self.new.f1 > self.old.f1 and self.new.wrong_sensitive == 0


def fit_weights(
    linker: Linker, reports: pd.DataFrame, decided_pairs: Sequence[tuple[str, str, bool]], version: str, labels: str
) -> FitResult:
    """Match weights from labelled reports, beside the old ones on held-out incidents.

    `reports`: as for linking, with `incident`, `series` (null or "" where none) and `is_sensitive`.
    `decided_pairs`: pairs of reports that people decided on, and whether they are one. The same labels give the same
    weights.
    """
    reports = reports.sort_values(["received_at", "report_id"], kind="stable").reset_index(drop=True)
    reports = reports.assign(incident_id=None)
    matrix = linker.feature_matrix(reports)
    a, b = candidate_pairs(matrix, np.ones(matrix.size, dtype=bool))
    everything = linker.weights.model_copy(update={"ask_above": _EVERYTHING})
    scored = score_pairs(matrix, a, b, linker.category_relations, everything, linker.lexicon.concepts)
    incident = reports["incident"].to_numpy(object)
    is_one = incident[scored.a] == incident[scored.b]
    rows = {report: i for i, report in enumerate(reports["report_id"])}
    decided = [
        (min(rows[x], rows[y]), max(rows[x], rows[y]), same) for x, y, same in decided_pairs if x in rows and y in rows
    ]
    where = {pair: i for i, pair in enumerate(zip(scored.a.tolist(), scored.b.tolist(), strict=True))}
    for x, y, same in decided:
        if (x, y) in where:
            is_one[where[x, y]] = same
    fold = _folds(reports)
    held_out = np.zeros(len(scored.a))
    for first in range(FOLDS):
        for second in range(first, FOLDS):
            both = np.isin(fold, (first, second))
            test = ((fold[scored.a] == first) & (fold[scored.b] == second)) | (
                (fold[scored.a] == second) & (fold[scored.b] == first)
            )
            train = ~both[scored.a] & ~both[scored.b]
            weights, bias = _fitted(scored.terms[train].astype(float), is_one[train], linker.weights)
            held_out[test] = scored.terms[test] @ weights + bias
    sensitive = reports["is_sensitive"].to_numpy(bool)
    old = _metrics_of(matrix, scored, scored.log_odds, linker.weights, incident, sensitive)
    new = _metrics_of(matrix, scored, held_out, linker.weights, incident, sensitive)
    weights, bias = _fitted(scored.terms.astype(float), is_one, linker.weights)
    fresh = linker.weights.model_copy(
        update={
            "version": version,
            "bias": round(float(bias), 3),
            "weights": {name: round(float(value), 3) for name, value in zip(TERMS, weights, strict=True)},
            "fitted_on": {
                "labels": labels,
                "reports": matrix.size,
                "true_pairs": int(is_one.sum()),
                "decisions": len(decided),
            },
            "figures": {"precision": round(new.precision, 3), "recall": round(new.recall, 3), "f1": round(new.f1, 3)},
        }
    )
    return FitResult(fresh, old, new)


def _folds(reports: pd.DataFrame) -> np.ndarray:
    """A fold for each report: reports of one incident, and of one series, are in the same."""
    series = reports["series"].fillna("").to_numpy(object)
    group = np.where(series != "", series, reports["incident"].to_numpy(object))
    names = sorted(set(group))
    drawn = np.random.default_rng(_SEED).permutation(len(names))
    of = {name: int(number) % FOLDS for name, number in zip(names, drawn, strict=True)}
    return np.array([of[name] for name in group])


def _fitted(terms: Floats, is_one: Bools, weights: MatchWeights) -> tuple[Floats, float]:
    """Logistic regression with a ridge towards the prior's weights; the bias is not penalised. Weights, and bias.

    Merging needs more than even odds: the prior's bias is lower than the maximum-likelihood bias of the prior's
    weights, and the new bias is as much lower than its own.
    """
    prior = np.concatenate([[weights.prior_bias], weights.prior_vector])
    bias_of_prior = _minimised(terms, is_one, prior, _FIRM)[0]
    fitted = _minimised(terms, is_one, prior, RIDGE)
    return fitted[1:], float(fitted[0] + weights.prior_bias - bias_of_prior)


def _minimised(terms: Floats, is_one: Bools, prior: Floats, ridge: float) -> Floats:
    """Bias and weights, in that order."""
    from scipy.optimize import minimize

    target = is_one.astype(float)

    def loss(at: Floats) -> tuple[float, Floats]:
        log_odds = terms @ at[1:] + at[0]
        off = at - prior
        off[0] = 0.0
        error = 1 / (1 + np.exp(-log_odds)) - target
        value = float(np.sum(np.logaddexp(0, log_odds) - target * log_odds) + ridge / 2 * np.sum(off**2))
        return value, np.concatenate([[error.sum()], terms.T @ error]) + ridge * off

    return np.asarray(minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": 1000}).x)


def _metrics_of(
    matrix: FeatureMatrix,
    scored: ScoredPairs,
    log_odds: Floats,
    weights: MatchWeights,
    incident: np.ndarray,
    sensitive: Bools,
) -> PairMetrics:
    kept = log_odds >= weights.ask_above
    parts = {name: getattr(scored, name)[kept] for name in scored.__dataclass_fields__}
    clusters = cluster(
        matrix, ScoredPairs(**{**parts, "log_odds": log_odds[kept]}), {}, PairConstraints(), weights.merge_above
    )
    return pair_metrics([list(group) for group in clusters], incident, sensitive)


def pair_metrics(clusters: Sequence[Sequence[int]], incident: np.ndarray, sensitive: Bools) -> PairMetrics:
    """How clusters of rows compare with the labelled incidents, by pairs."""
    made = {pair for group in clusters for pair in combinations(sorted(group), 2)}
    sizes = pd.Series(incident).value_counts()
    true = int((sizes * (sizes - 1) // 2).sum())
    right = sum(incident[a] == incident[b] for a, b in made)
    wrong = [pair for pair in made if incident[pair[0]] != incident[pair[1]]]
    precision = right / len(made) if made else 1.0
    recall = right / true if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return PairMetrics(precision, recall, f1, len(wrong), sum(bool(sensitive[a] or sensitive[b]) for a, b in wrong))
