"""New weights from labels and from people's decisions, tried on incidents that they have not seen.

The weights are those that make the labels likeliest, held to what the trade says before any label (`Weights.prior`):
a few hundred labelled pairs are too few to be believed further than that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from tasking.linkage.comparisons import FEATURES
from tasking.linkage.incidents import Said, settle
from tasking.linkage.judgement import Judged, judge
from tasking.linkage.link import Linker
from tasking.linkage.pairs import candidate_pairs
from tasking.linkage.stack import Bools, Floats, Stack
from tasking.linkage.weights import Weights

FOLDS: Final = 5
RIDGE: Final = 100.0  # how firmly weights are held to the prior
_FIRM: Final = 1e9  # weights that do not move at all
_EVERYTHING: Final = -1e9
_SEED: Final = 20261024


@dataclass(frozen=True)
class Figures:
    """Pairwise figures of final incidents, merged without a person; `wrong_sensitive`: wrong pairs with a sensitive
    report."""

    precision: float
    recall: float
    f1: float
    wrong: int
    wrong_sensitive: int

    @property
    def words(self) -> str:
        return (
            f"precision {self.precision:.3f}, recall {self.recall:.3f}, F1 {self.f1:.3f}, {self.wrong} wrong pairs, "
            f"{self.wrong_sensitive} of them sensitive"
        )


@dataclass(frozen=True)
class Trial:
    """`old` and `new`: on incidents that neither was fitted on, as far as the old ones can say that."""

    weights: Weights
    old: Figures
    new: Figures

    @property
    def is_better(self) -> bool:
        """True where the new weights find more and merge no sensitive report wrongly."""
        return self.new.f1 > self.old.f1 and self.new.wrong_sensitive == 0


def refit(
    linker: Linker, reports: pd.DataFrame, said: Sequence[tuple[str, str, bool]], version: str, labels: str
) -> Trial:
    """Weights from labelled reports, beside the old ones on held-out incidents.

    `reports`: as for linking, with `incident`, `series` (null or "" where none) and `is_sensitive`. `said`: pairs of
    reports that people decided, whether they are one. Deterministic: the same labels give the same weights.
    """
    reports = reports.sort_values(["received_at", "report_id"], kind="stable").reset_index(drop=True)
    reports = reports.assign(incident_id=None)
    stack = linker.stack(reports)
    a, b = candidate_pairs(stack, np.ones(stack.size, dtype=bool))
    everything = linker.weights.model_copy(update={"ask_above": _EVERYTHING})
    judged = judge(stack, a, b, linker.kinds, everything, linker.lexicon.concepts)
    incident = reports["incident"].to_numpy(object)
    is_one = incident[judged.a] == incident[judged.b]
    rows = {report: i for i, report in enumerate(reports["report_id"])}
    decided = [(min(rows[x], rows[y]), max(rows[x], rows[y]), same) for x, y, same in said if x in rows and y in rows]
    where = {pair: i for i, pair in enumerate(zip(judged.a.tolist(), judged.b.tolist(), strict=True))}
    for x, y, same in decided:
        if (x, y) in where:
            is_one[where[x, y]] = same
    fold = _folds(reports)
    held_out = np.zeros(len(judged.a))
    for one in range(FOLDS):
        for two in range(one, FOLDS):
            both = np.isin(fold, (one, two))
            test = ((fold[judged.a] == one) & (fold[judged.b] == two)) | (
                (fold[judged.a] == two) & (fold[judged.b] == one)
            )
            train = ~both[judged.a] & ~both[judged.b]
            weights, bias = _fitted(judged.features[train].astype(float), is_one[train], linker.weights)
            held_out[test] = judged.features[test] @ weights + bias
    sensitive = reports["is_sensitive"].to_numpy(bool)
    old = _figures(stack, judged, judged.log_odds, linker.weights, incident, sensitive)
    new = _figures(stack, judged, held_out, linker.weights, incident, sensitive)
    weights, bias = _fitted(judged.features.astype(float), is_one, linker.weights)
    fresh = linker.weights.model_copy(
        update={
            "version": version,
            "bias": round(float(bias), 3),
            "weights": {name: round(float(value), 3) for name, value in zip(FEATURES, weights, strict=True)},
            "fitted_on": {
                "labels": labels,
                "reports": stack.size,
                "true_pairs": int(is_one.sum()),
                "decisions": len(decided),
            },
            "figures": {"precision": round(new.precision, 3), "recall": round(new.recall, 3), "f1": round(new.f1, 3)},
        }
    )
    return Trial(fresh, old, new)


def _folds(reports: pd.DataFrame) -> np.ndarray:
    """A fold for each report: those of one incident, and of one series, are in one."""
    series = reports["series"].fillna("").to_numpy(object)
    group = np.where(series != "", series, reports["incident"].to_numpy(object))
    names = sorted(set(group))
    drawn = np.random.default_rng(_SEED).permutation(len(names))
    of = {name: int(number) % FOLDS for name, number in zip(names, drawn, strict=True)}
    return np.array([of[name] for name in group])


def _fitted(features: Floats, is_one: Bools, weights: Weights) -> tuple[Floats, float]:
    """Logistic regression by its likelihood, each weight held to its prior by a ridge; the bias is free.

    Merging asks for more than what is likelier than not: the prior's bias lies that much below the one that likelihood
    would give the prior's weights, and the new bias lies as much below its own.
    """
    prior = np.concatenate([[weights.prior_bias], weights.prior_vector])
    likeliest = _minimised(features, is_one, prior, _FIRM)[0]
    found = _minimised(features, is_one, prior, RIDGE)
    return found[1:], float(found[0] + weights.prior_bias - likeliest)


def _minimised(features: Floats, is_one: Bools, prior: Floats, ridge: float) -> Floats:
    """Bias and weights, in that order."""
    from scipy.optimize import minimize

    target = is_one.astype(float)

    def loss(at: Floats) -> tuple[float, Floats]:
        log_odds = features @ at[1:] + at[0]
        off = at - prior
        off[0] = 0.0
        error = 1 / (1 + np.exp(-log_odds)) - target
        value = float(np.sum(np.logaddexp(0, log_odds) - target * log_odds) + ridge / 2 * np.sum(off**2))
        return value, np.concatenate([[error.sum()], features.T @ error]) + ridge * off

    return np.asarray(minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": 1000}).x)


def _figures(
    stack: Stack, judged: Judged, log_odds: Floats, weights: Weights, incident: np.ndarray, sensitive: Bools
) -> Figures:
    kept = log_odds >= weights.ask_above
    parts = {name: getattr(judged, name)[kept] for name in judged.__dataclass_fields__}
    groups = settle(stack, Judged(**{**parts, "log_odds": log_odds[kept]}), {}, Said(), weights.merge_above)
    return figures([list(group) for group in groups], incident, sensitive)


def figures(groups: Sequence[Sequence[int]], incident: np.ndarray, sensitive: Bools) -> Figures:
    """How groups of rows compare with the labelled incidents, by pairs."""
    made = {pair for group in groups for pair in combinations(sorted(group), 2)}
    sizes = pd.Series(incident).value_counts()
    true = int((sizes * (sizes - 1) // 2).sum())
    right = sum(incident[a] == incident[b] for a, b in made)
    wrong = [pair for pair in made if incident[pair[0]] != incident[pair[1]]]
    precision = right / len(made) if made else 1.0
    recall = right / true if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Figures(precision, recall, f1, len(wrong), sum(bool(sensitive[a] or sensitive[b]) for a, b in wrong))
