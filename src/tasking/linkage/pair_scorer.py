"""A scorer: the mean of a logistic regression and of boosted trees that keep to the sense of each column.

Both are additive over columns, so a score can be split into what each column gave to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from tasking.linkage.leaf_shares import LeafShares
from tasking.linkage.number_sets import Bools, Floats
from tasking.linkage.pair_table import SPARSE, Table

_FURTHEST: Final = 8.0  # standard deviations from the mean at which a column is cut
_AT_ONCE: Final = 200_000  # rows
_DIGITS: Final = 6
_END_OF_TREES: Final = "end of trees"  # a line of LightGBM's text


@dataclass(frozen=True)
class TreeShape:
    """How trees are grown: few leaves, many rows a leaf, drawn columns and cuts, because labels are few."""

    rounds: int = 500
    rate: float = 0.05
    leaves: int = 12
    rows_per_leaf: int = 25
    columns_share: float = 0.4
    ridge: float = 8.0


@dataclass(frozen=True)
class Scorer:
    """`means`, `scales` and `weights` of the regression by column, 0 for one of SPARSE; `trees`: LightGBM's text."""

    columns: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    trees: str

    def log_odds(self, values: Table) -> Floats:
        """The log-odds of each row; `values` has the scorer's columns in their order."""
        out = np.empty(len(values))
        for start in range(0, len(values), _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            # With threads of its own LightGBM hangs in a process that is forked later, as task processes are.
            trees = self._booster.predict(some, raw_score=True, num_threads=1) if len(some) else 0.0
            out[start : start + _AT_ONCE] = (self.linear(some) + trees) / 2
        return out

    def linear(self, values: Table) -> Floats:
        """The log-odds of the regression alone: a tenth of the time."""
        weights = np.array(self.weights) / np.array(self.scales)
        shift = self.bias - float(weights @ np.array(self.means))
        at = np.flatnonzero(weights)
        low, high = (np.array(self.means) + side * _FURTHEST * np.array(self.scales) for side in (-1, 1))
        used = np.clip(values[:, at], low[at].astype(np.float32), high[at].astype(np.float32))
        return np.asarray(used @ weights[at].astype(np.float32) + shift, dtype=np.float64)

    def contributions(self, values: Table) -> tuple[Floats, float]:
        """What each column gives to each row's log-odds, shape (rows, columns), and what is left for every row."""
        if not len(values):
            return np.zeros((0, len(self.columns))), 0.0
        linear = self._standardised(values) * np.array(self.weights)
        leaves = self._booster.predict(values, pred_leaf=True, num_threads=1)
        trees = self._leaf_shares.of_rows(np.asarray(leaves).reshape(len(values), -1))
        return (linear + trees) / 2, (self.bias + self._leaf_shares.base) / 2

    def _standardised(self, values: Table) -> Floats:
        filled = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0)
        return np.asarray(np.clip((filled - np.array(self.means)) / np.array(self.scales), -_FURTHEST, _FURTHEST))

    @cached_property
    def _booster(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.trees)

    @cached_property
    def _leaf_shares(self) -> LeafShares:
        return LeafShares.of(self.trees, len(self.columns))

    def to_dict(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns), "means": list(self.means), "scales": list(self.scales),
            "weights": list(self.weights), "bias": self.bias, "trees": self.trees.split("\n"),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "Scorer":
        """Raises ValueError where parts are missing: trees that are cut off would end the process in LightGBM."""
        if len({len(given[name]) for name in ("columns", "means", "scales", "weights")}) > 1:
            raise ValueError("means, scales and weights are not one for each column")
        if _END_OF_TREES not in given["trees"]:
            raise ValueError("its trees are cut off")
        return cls(
            columns=tuple(given["columns"]), means=tuple(given["means"]), scales=tuple(given["scales"]),
            weights=tuple(given["weights"]), bias=float(given["bias"]), trees="\n".join(given["trees"]),
        )  # fmt: skip


def fit_scorer(
    columns: Sequence[str],
    values: Table,
    is_one: Bools,
    directions: Sequence[int],
    *,
    ridge: float,
    shape: TreeShape,
    weights: Floats | None = None,
) -> Scorer:
    """A scorer of labelled rows. The same rows give the same scorer. `ridge`: of the regression; `weights`: of rows."""
    row_weights = np.ones(len(values)) if weights is None else weights
    filled = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0)
    means, scales = filled.mean(axis=0), filled.std(axis=0)
    is_used = np.array([column not in SPARSE for column in columns]) & (scales > 1e-9)
    scales = np.where(scales > 1e-9, scales, 1.0)
    inputs = np.clip((filled - means) / scales, -_FURTHEST, _FURTHEST) * is_used
    fitted = _regression(inputs, is_one, row_weights, ridge)
    return Scorer(
        columns=tuple(columns),
        means=_rounded(means),
        scales=_rounded(scales),
        weights=_rounded(fitted[1:] * is_used),
        bias=round(float(fitted[0]), _DIGITS),
        trees=_trees(values, is_one, row_weights, directions, shape),
    )


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)


def _regression(inputs: Floats, is_one: Bools, row_weights: Floats, ridge: float) -> Floats:
    """Bias and weights, in that order; the bias is not penalised."""
    from scipy.optimize import minimize

    target = is_one.astype(float)

    def loss(at: Floats) -> tuple[float, Floats]:
        log_odds = inputs @ at[1:] + at[0]
        error = row_weights * (1 / (1 + np.exp(-log_odds)) - target)
        off = np.concatenate([[0.0], at[1:]])
        value = np.sum(row_weights * (np.logaddexp(0, log_odds) - target * log_odds)) + ridge / 2 * np.sum(off**2)
        return float(value), np.concatenate([[error.sum()], inputs.T @ error]) + ridge * off

    start = np.zeros(inputs.shape[1] + 1)
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x)


def _trees(values: Table, is_one: Bools, row_weights: Floats, directions: Sequence[int], shape: TreeShape) -> str:
    import lightgbm

    settings = {
        "objective": "binary", "learning_rate": shape.rate, "num_leaves": shape.leaves, "lambda_l2": shape.ridge,
        "min_data_in_leaf": shape.rows_per_leaf, "feature_fraction": shape.columns_share, "bagging_fraction": 0.8,
        "bagging_freq": 1, "extra_trees": True, "monotone_constraints": list(directions), "seed": 1, "verbose": -1,
        "num_threads": 1, "deterministic": True, "force_row_wise": True,
    }  # fmt: skip
    data = lightgbm.Dataset(values, is_one.astype(float), weight=row_weights, params={"num_threads": 1, "verbose": -1})
    return str(lightgbm.train(settings, data, num_boost_round=shape.rounds).model_to_string(importance_type="split"))
