"""Evaluates expectations over a frame in memory as Great Expectations does, without the library.

Importing it takes 2 seconds and 140 MB, and it takes a tenth of a second for each delivery, however small. What is here
gives the same result for the types that partners' suites are made of (tests/feeds/test_evaluation.py compares them on
any frame); `great.py` evaluates any other type with the library itself.
"""

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from tasking.config.suite import Expectation
from tasking.model.errors import DeclarationError

# pandas warns of groups in a pattern, which a partner's contract may well have.
warnings.filterwarnings("ignore", message="This pattern is interpreted as a regular expression, and has match groups")


@dataclass(frozen=True)
class Evaluation:
    """The result of one expectation over one frame.

    `checked`: how many rows have a value to check, or 1 where the expectation is about the table. `failed`: how many of
    them are not as expected. `rows`: the numbers of those rows, in order; none for a table. `is_met`: whether the
    expectation as a whole is met, given `mostly`.
    """

    is_met: bool
    checked: int
    failed: int
    rows: tuple[int, ...] = ()


Kwargs = Mapping[str, Any]


def evaluate(frame: pd.DataFrame, expected: Expectation) -> Evaluation | None:
    """The result of an expectation over a frame that is indexed by row number; None where the library is needed.

    Raises DeclarationError for an argument that is missing or can't be used, such as a pattern that is none.
    """
    try:
        return _evaluated(frame, expected)
    except (LookupError, TypeError, ValueError, re.error) as error:
        raise DeclarationError(f"{expected.name} could not be checked: an argument is missing or wrong") from error


def _evaluated(frame: pd.DataFrame, expected: Expectation) -> Evaluation | None:
    if expected.type in _TABLES:
        kwargs, is_met = _TABLES[expected.type]
        if not kwargs.issuperset(expected.kwargs):
            return None
        met = is_met(frame, expected.kwargs)
        return Evaluation(met, 1, int(not met))
    if expected.type not in _VALUES or not expected.kwargs.keys() <= _VALUES[expected.type].kwargs:
        return None
    return _of_values(frame, _VALUES[expected.type], expected.kwargs)


def as_evaluated(failed: pd.Series, checked: int, mostly: float) -> Evaluation:
    """The result where `failed` says of each row whether it is not as expected, `checked` of which have a value."""
    rows = tuple(int(number) for number in failed.index[failed.to_numpy(dtype=bool)])
    is_met = checked == 0 or (checked - len(rows)) / checked >= mostly
    return Evaluation(is_met, checked, len(rows), rows)


@dataclass(frozen=True)
class _Values:
    """A type about the values of a column. `holds(values, kwargs)`: for each value whether it is as expected; None
    where the library has to say. `has_nulls`: nulls are values too."""

    kwargs: frozenset[str]
    holds: Callable[[pd.Series, Kwargs], Any]
    has_nulls: bool = False


def _of_values(frame: pd.DataFrame, kind: _Values, kwargs: Kwargs) -> Evaluation | None:
    column: Any = frame[kwargs["column"]]
    values = column if kind.has_nulls else column[column.notna()]
    holds = kind.holds(values, kwargs)
    if holds is None:
        return None
    failed = pd.Series(~np.asarray(holds, dtype=bool), index=values.index)
    return as_evaluated(failed, len(values), float(kwargs.get("mostly", 1)))


def _between(values: pd.Series, kwargs: Kwargs) -> Any:
    """Of numbers alone: how the library compares other types depends on the types."""
    least, most = kwargs.get("min_value"), kwargs.get("max_value")
    limits = [one for one in (least, most) if one is not None]
    if not limits or not all(isinstance(one, int | float) for one in limits) or values.dtype not in (int, float):
        return None
    holds = np.ones(len(values), dtype=bool)
    if least is not None:
        holds &= values.to_numpy() > least if kwargs.get("strict_min") else values.to_numpy() >= least
    if most is not None:
        holds &= values.to_numpy() < most if kwargs.get("strict_max") else values.to_numpy() <= most
    return holds


def _length_between(values: pd.Series, kwargs: Kwargs) -> Any:
    return _between(values.astype(str).str.len().astype(int), kwargs)


def _in_set(values: pd.Series, kwargs: Kwargs) -> Any:
    return values.isin(kwargs["value_set"])


def _matches(values: pd.Series, kwargs: Kwargs) -> Any:
    return values.astype(str).str.contains(kwargs["regex"])


# Our own types, for what only reading a row can say. A `*_problem` column holds why, in words, or nothing.
OWN_TYPES: Final[Mapping[str, str]] = {
    "expect_rows_to_be_readable": "Expect each row of the file to be one that can be read as a row.",
    "expect_references_to_be_readable": "Expect references to be sent as text, as the partner's system has them.",
    "expect_times_to_be_readable": "Expect times to be in one of the formats that the feed declares.",
    "expect_cells_to_be_usable": "Expect the cell that a value is read from to be blank, or to hold one.",
    "expect_references_to_stay_with_their_event": "Expect a reference not to be used again for another event.",
    "expect_restrictions_to_stay": "Expect a later version of a restricted report to be restricted too.",
}
_OF_COLUMN: Final = frozenset({"column", "mostly"})
_LIMITS: Final = _OF_COLUMN | {"min_value", "max_value", "strict_min", "strict_max"}
_VALUES: Final[Mapping[str, _Values]] = {
    "expect_column_values_to_not_be_null": _Values(_OF_COLUMN, lambda values, _: values.notna(), has_nulls=True),
    "expect_column_values_to_be_null": _Values(_OF_COLUMN, lambda values, _: values.isna(), has_nulls=True),
    "expect_column_values_to_match_regex": _Values(_OF_COLUMN | {"regex"}, _matches),
    "expect_column_values_to_not_match_regex": _Values(
        _OF_COLUMN | {"regex"}, lambda values, kwargs: ~_matches(values, kwargs)
    ),
    "expect_column_values_to_be_in_set": _Values(_OF_COLUMN | {"value_set"}, _in_set),
    "expect_column_values_to_not_be_in_set": _Values(
        _OF_COLUMN | {"value_set"}, lambda values, kwargs: ~_in_set(values, kwargs)
    ),
    "expect_column_values_to_be_between": _Values(_LIMITS, _between),
    "expect_column_value_lengths_to_be_between": _Values(_LIMITS, _length_between),
    "expect_column_values_to_be_unique": _Values(_OF_COLUMN, lambda values, _: ~values.duplicated(keep=False)),
    **dict.fromkeys(OWN_TYPES, _Values(_OF_COLUMN, lambda values, _: values.isna(), has_nulls=True)),
}


def _has_row_count(frame: pd.DataFrame, kwargs: Kwargs) -> bool:
    least, most = kwargs.get("min_value"), kwargs.get("max_value")
    return (least is None or len(frame) >= least) and (most is None or len(frame) <= most)


def _has_columns(frame: pd.DataFrame, kwargs: Kwargs) -> bool:
    expected, there = set(kwargs["column_set"]), set(frame.columns)
    return expected == there if kwargs.get("exact_match", True) else expected <= there


def _has_order(frame: pd.DataFrame, kwargs: Kwargs) -> bool:
    return list(frame.columns) == list(kwargs["column_list"])


_TABLES: Final[Mapping[str, tuple[frozenset[str], Callable[[pd.DataFrame, Kwargs], bool]]]] = {
    "expect_table_row_count_to_be_between": (frozenset({"min_value", "max_value"}), _has_row_count),
    "expect_table_columns_to_match_set": (frozenset({"column_set", "exact_match"}), _has_columns),
    "expect_table_columns_to_match_ordered_list": (frozenset({"column_list"}), _has_order),
}


def evaluate_all(
    frame: pd.DataFrame,
    expected: Sequence[Expectation],
    otherwise: Callable[[pd.DataFrame, Sequence[Expectation]], list[Evaluation]],
) -> list[Evaluation]:
    """The result of each expectation, in order; `otherwise` evaluates what is not known here."""
    results = [evaluate(frame, one) for one in expected]
    missing = [position for position, result in enumerate(results) if result is None]
    if missing:
        for position, result in zip(missing, otherwise(frame, [expected[one] for one in missing]), strict=True):
            results[position] = result
    return [result for result in results if result is not None]
