"""Extracts values from cells that may hold other text, or several values, beside the one that their column is for."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from tasking.intake.blank_cells import has_value


@dataclass(frozen=True)
class Extracted:
    """The values extracted from a column of cells.

    `first`: the first usable value of each cell, or null. `has_others`: there is another usable value, which is not
    kept. `is_unusable`: the cell is not blank, and has no usable value.
    """

    first: pd.Series
    has_others: pd.Series
    is_unusable: pd.Series


def extract_values(
    text: pd.Series, whole: pd.Series, is_unclear: pd.Series, values_in: Callable[[str], list[str]]
) -> Extracted:
    """The values in a column. `whole` has the values of cells that hold nothing else, from a fast read of the whole
    column.

    The cells where `is_unclear` is true are searched one by one with `values_in`, each distinct cell once.
    """
    cells = text.where(is_unclear)
    known = {cell: values_in(cell) for cell in cells.dropna().unique()}
    first = whole.fillna(cells.map({cell: next(iter(values), None) for cell, values in known.items()}).astype("str"))
    has_others = cells.map({cell: len(values) > 1 for cell, values in known.items()}).eq(True)
    is_left = first.isna() & text.notna()
    return Extracted(first, has_others, is_left & has_value(text.where(is_left)))
