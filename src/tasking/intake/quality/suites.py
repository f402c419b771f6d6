"""Runs suites over a frame of reports with Great Expectations.

The library takes seconds to import, so it is imported where it is used. Its results quote failing values: they stay in
memory, and only row numbers and our own words leave this module.
"""

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pandas as pd

from tasking.config.suite import Expectation, Suite
from tasking.model.errors import DeclarationError, DeliveryRefused

_ROW = "row_number"
# Great Expectations keeps state in a context, batch and expectations that the process shares: two threads that check at
# once get each other's results (seen 2026-11-27: a row was held for a fault in another feed's row).
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class CheckResult:
    """`reasons`: row number -> why it is held, for a partner to act on. `releasable`: the rows that a person may
    release.
    `columns`: row number -> the columns of a report that are at fault."""

    reasons: dict[int, str]
    releasable: frozenset[int]
    columns: dict[int, tuple[str, ...]] = field(default_factory=dict)


def check(reports: pd.DataFrame, suites: Sequence[Suite], feed: str, placeholders: Mapping[str, str]) -> CheckResult:
    """Which rows of a frame indexed by row number are held, and why.

    `placeholders`: values for those in reasons. Raises DeliveryRefused if an expectation of severity `delivery` fails,
    DeclarationError for an expectation that Great Expectations or the frame does not know.
    """
    expected = [one for suite in suites for one in suite.expectations]
    for suite in suites:
        _require_columns(suite, reports)
    columns = sorted({one.kwargs["column"] for one in expected if "column" in one.kwargs})
    frame = reports[columns].rename_axis(_ROW).reset_index()
    reasons: dict[int, list[str]] = {}
    columns_at_fault: dict[int, list[str]] = {}
    stuck: set[int] = set()
    for position, rows in _failures(frame, expected):
        one = expected[position]
        if one.meta.severity == "delivery":
            raise DeliveryRefused(f"{feed}: {one.meta.reason.format_map(placeholders)}.")
        for row in rows:
            # The reason may quote a `*_problem` column, which holds our words only.
            column = str(one.kwargs["column"])
            own = {column: reports.at[row, column]} if column.endswith("_problem") else {}
            reasons.setdefault(row, []).append(one.meta.reason.format_map({**placeholders, **own}))
            columns_at_fault.setdefault(row, []).append(column)
            if not one.meta.can_be_released:
                stuck.add(row)
    # For a row that could not be read as such, only that reason is given: all others follow from it.
    reasons_by_row = {
        row: why[0] if reports["row_problem"].notna().at[row] else "; ".join(why) for row, why in reasons.items()
    }
    at_fault = {row: tuple(dict.fromkeys(names)) for row, names in columns_at_fault.items()}
    return CheckResult(dict(sorted(reasons_by_row.items())), frozenset(reasons) - stuck, at_fault)


def _require_columns(suite: Suite, reports: pd.DataFrame) -> None:
    for one in suite.expectations:
        column = one.kwargs.get("column")
        if column is not None and column not in reports.columns:
            raise DeclarationError(f"expectations/{suite.name}.json: a report has no column {column!r}")


@lru_cache(maxsize=256)
def _built(expected: str, position: int) -> Any:
    """The expectation as Great Expectations' object. The library's own suite class silently drops an unknown type."""
    one = Expectation.model_validate_json(expected)
    _quieten()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    try:
        return ExpectationConfiguration(type=one.type, kwargs=one.kwargs, meta={"position": position}).to_domain_obj()
    except Exception as error:  # the library raises several kinds, some of its own and some of pydantic's
        raise DeclarationError(
            f"{one.type}: not an expectation that can be checked ({type(error).__name__})"
        ) from error


def _failures(frame: pd.DataFrame, expected: Sequence[Expectation]) -> list[tuple[int, list[int]]]:
    """For each expectation that failed, its position and the row numbers it failed for."""
    with _ONE_AT_A_TIME:
        built = [_built(one.model_dump_json(), position) for position, one in enumerate(expected)]
        if frame.empty:
            return []
        import great_expectations as gx

        outcome = (
            _in_memory()
            .get_batch({"dataframe": frame})
            .validate(
                gx.ExpectationSuite(name="delivery", expectations=list(built)),
                result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [_ROW]},
            )
        )
    if len(outcome.results) != len(built):
        raise DeclarationError(f"{len(built)} expectations were given and {len(outcome.results)} were checked")
    failures = []
    for result in outcome.results:
        # One entry, or one a metric that failed.
        if result.exception_info.get("raised_exception", True):
            raise DeclarationError(f"{result.expectation_config.type} could not be checked")
        if not result.success:
            rows = [int(item[_ROW]) for item in result.result.get("unexpected_index_list") or []]
            failures.append((int(result.expectation_config.meta["position"]), rows))
    return sorted(failures)


@lru_cache(maxsize=1)
def _in_memory() -> Any:
    """A batch definition for a frame in memory: Great Expectations writes no files and sends no telemetry."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    reports = context.data_sources.add_pandas("memory").add_dataframe_asset("reports")
    return reports.add_batch_definition_whole_dataframe("delivery")


def _quieten() -> None:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    for name in ("great_expectations", "great_expectations._docs_decorators"):
        logging.getLogger(name).setLevel(logging.WARNING)
