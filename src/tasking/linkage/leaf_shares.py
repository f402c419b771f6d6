"""What each column gives to the output of boosted trees: along the path of a row, what each split changed.

A tree's value at a row is its root's value and the changes on the way to the leaf, so the shares add up to the output
exactly, and depend on nothing but the leaf that a row comes to. Read from LightGBM's own text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tasking.linkage.number_sets import Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class LeafShares:
    """`first`: the number of each tree's first leaf among all leaves; `shares`: sparse, shape (leaves, columns);
    `base`: the sum of the roots' values."""

    first: Ints
    shares: "csr_array"
    base: float

    @classmethod
    def of(cls, text: str, columns: int) -> "LeafShares":
        """`text`: LightGBM's; `columns`: how many the model has."""
        from scipy.sparse import csr_array

        trees = list(_trees(text))
        rows = [_changes(tree) for tree in trees]
        first = np.concatenate([[0], np.cumsum([len(leaves) for leaves in rows])]).astype(np.int64)
        entries = [
            (int(first[tree]) + leaf, column, change)
            for tree, leaves in enumerate(rows)
            for leaf, changes in enumerate(leaves)
            for column, change in changes
        ]
        leaf, column, change = np.array(entries, dtype=np.float64).reshape(-1, 3).T
        # Several splits of a path by one column are added up.
        shares = csr_array((change, (leaf.astype(int), column.astype(int))), shape=(int(first[-1]), columns))
        return cls(first[:-1], shares, sum(float(tree.values[0]) for tree in trees))

    def of_rows(self, leaves: npt.NDArray[Any]) -> Floats:
        """What each column gives to each row's output, shape (rows, columns).

        `leaves`: the number of the leaf that each row comes to in each tree, shape (rows, trees).
        """
        from scipy.sparse import csr_array

        rows, trees = leaves.shape
        number = (leaves.astype(np.int64) + self.first).ravel()
        begins = np.arange(rows + 1) * trees
        reached = csr_array((np.ones(len(number)), number, begins), shape=(rows, self.shares.shape[0]))
        return np.asarray((reached @ self.shares).toarray())


@dataclass(frozen=True)
class _Tree:
    """Splits by number; a child below 0 is leaf -1 - child. `values`: of each split and, after them, of each leaf."""

    column: Ints
    left: Ints
    right: Ints
    values: Floats


def _changes(tree: _Tree) -> list[list[tuple[int, float]]]:
    """For each leaf the column of every split on the way to it, and what that changed."""
    splits = len(tree.column)
    found: list[list[tuple[int, float]]] = [[] for _ in range(len(tree.values) - splits)]
    on_the_way: list[tuple[int, list[tuple[int, float]]]] = [(0, [])] if splits else []
    while on_the_way:
        split, changes = on_the_way.pop()
        for child in (int(tree.left[split]), int(tree.right[split])):
            value = tree.values[child if child >= 0 else splits - 1 - child]
            so_far = [*changes, (int(tree.column[split]), float(value - tree.values[split]))]
            if child >= 0:
                on_the_way.append((child, so_far))
            else:
                found[-1 - child] = so_far
    return found


def _trees(text: str) -> Iterator[_Tree]:
    for block in text.split("\nTree=")[1:]:
        lines = block.split("\n\n")[0].splitlines()
        given = dict(line.split("=", 1) for line in lines[1:] if "=" in line)

        def numbers(name: str, kind: type, given: dict[str, str] = given) -> npt.NDArray[Any]:
            return np.array(given.get(name, "").split(), dtype=kind)

        values = np.concatenate([numbers("internal_value", float), numbers("leaf_value", float)])
        yield _Tree(numbers("split_feature", int), numbers("left_child", int), numbers("right_child", int), values)
