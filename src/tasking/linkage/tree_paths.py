"""What each column gives to the output of boosted trees: along the path of a row, what each split changed.

A tree's value at a row is its root's value and the changes on the way to the leaf, so the shares add up to the output
exactly. Read from LightGBM's own text, for many rows at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasking.linkage.number_sets import Floats, Ints

_DEFAULT_LEFT: Final = 2  # bits of a split's decision type
_MISSING_IS_NAN: Final = 8


@dataclass(frozen=True)
class _Tree:
    """Splits by number; a child below 0 is leaf -1 - child. `values`: of each split and, after them, of each leaf."""

    column: Ints
    threshold: Floats
    decision: Ints
    left: Ints
    right: Ints
    values: Floats

    def add_to(self, shares: Floats, rows: npt.NDArray[Any]) -> float:
        """Adds each row's changes by column. Returns the root's value."""
        splits = len(self.column)
        if not splits:
            return float(self.values[0])
        at = np.zeros(len(rows), dtype=np.int64)
        active = np.arange(len(rows))
        while len(active):
            split = at[active]
            column = self.column[split]
            value = rows[active, column]
            is_missing = np.isnan(value)
            by_default = is_missing & ((self.decision[split] & _MISSING_IS_NAN) != 0)
            goes_left = np.where(is_missing, 0.0, value) <= self.threshold[split]
            goes_left = np.where(by_default, (self.decision[split] & _DEFAULT_LEFT) != 0, goes_left)
            child = np.where(goes_left, self.left[split], self.right[split])
            node = np.where(child < 0, splits - 1 - child, child)
            shares[active, column] += self.values[node] - self.values[split]
            at[active] = child
            active = active[child >= 0]
        return float(self.values[0])


@dataclass(frozen=True)
class TreePaths:
    """The trees of a model, for explaining rows."""

    trees: tuple[_Tree, ...]
    columns: int

    @classmethod
    def of(cls, text: str, columns: int) -> "TreePaths":
        """`text`: LightGBM's; `columns`: how many the model has."""
        return cls(tuple(_trees(text)), columns)

    def shares(self, rows: npt.NDArray[Any]) -> tuple[Floats, float]:
        """What each column gives to each row's output, shape (rows, columns), and what every row has."""
        shares = np.zeros((len(rows), self.columns))
        values = np.asarray(rows, dtype=np.float64)
        return shares, sum(tree.add_to(shares, values) for tree in self.trees)


def _trees(text: str) -> Iterator[_Tree]:
    for block in text.split("\nTree=")[1:]:
        lines = block.split("\n\n")[0].splitlines()
        given = dict(line.split("=", 1) for line in lines[1:] if "=" in line)

        def numbers(name: str, kind: type, given: dict[str, str] = given) -> npt.NDArray[Any]:
            return np.array(given.get(name, "").split(), dtype=kind)

        values = np.concatenate([numbers("internal_value", float), numbers("leaf_value", float)])
        yield _Tree(
            numbers("split_feature", int), numbers("threshold", float), numbers("decision_type", int),
            numbers("left_child", int), numbers("right_child", int), values,
        )  # fmt: skip
