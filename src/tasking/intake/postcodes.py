"""Postcodes in one form, found anywhere in a cell."""

import re

import numpy as np
import pandas as pd

from tasking.intake.blank_cells import SEARCHED_LENGTH
from tasking.intake.extraction import Extracted, extract_values
from tasking.model.text import fold

_POSTCODE = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][ABD-HJLNP-UW-Z]{2})$")
_POSTCODE_IN_TEXT = re.compile(r"(?<![A-Z0-9])([A-Z]{1,2}[0-9][A-Z0-9]?)[ .-]?([0-9][ABD-HJLNP-UW-Z]{2})(?![A-Z0-9])")
_LONGEST_OUTWARD = 4


def read_postcodes(text: pd.Series) -> Extracted:
    """Postcodes as `TN13 1AB`, found in text too; letters typed for digits are corrected (`TN13 IAB`).

    The first half of a postcode alone does not count as unusable: the partner may know no more.
    """
    found = extract_values(text, pd.Series(np.nan, index=text.index, dtype="str"), text.notna(), postcodes_in)
    left = text.where(found.is_unusable).dropna().unique()
    halves = [cell for cell in left if len(fold(cell, SEARCHED_LENGTH)) <= _LONGEST_OUTWARD]
    return Extracted(found.first, found.has_others, found.is_unusable & ~text.isin(halves))


def postcodes_in(text: str) -> list[str]:
    """Every postcode in a cell, in order, without duplicates."""
    cell = fold(text, SEARCHED_LENGTH).upper()
    packed = re.sub(r"[^A-Z0-9]", "", cell)
    if 5 <= len(packed) <= 7:
        outward, inward = packed[:-3], packed[-3:]
        inward = inward[0].translate(str.maketrans("OIL", "011")) + inward[1:]
        outward = outward[:2] + outward[2:].translate(str.maketrans("OI", "01"))
        match = _POSTCODE.match(outward + inward)
        return [f"{match[1]} {match[2]}"] if match else []
    return list(dict.fromkeys(f"{match[1]} {match[2]}" for match in _POSTCODE_IN_TEXT.finditer(cell)))
