"""Evaluates expectations with Great Expectations itself. It takes seconds to import, so it is imported here alone.

Its results quote failing values: they stay in memory, and only row numbers and counts leave this module.
"""

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import pandas as pd

from tasking.config.suite import Expectation
from tasking.intake.quality.evaluation import OWN_TYPES, Evaluation
from tasking.model.errors import DeclarationError

_ROW: Final = "row_number"
# Great Expectations keeps state in a context, batch and expectations that the process shares: two threads that check at
# once get each other's results (seen 2026-11-27: a row was held for a fault in another feed's row).
_ONE_AT_A_TIME = threading.Lock()


def evaluate_with_library(frame: pd.DataFrame, expected: Sequence[Expectation]) -> list[Evaluation]:
    """The result of each expectation over a frame that is indexed by row number, in order.

    Raises DeclarationError for an expectation that Great Expectations does not know or can't check.
    """
    found: dict[int, Evaluation] = {}
    with _ONE_AT_A_TIME:
        built = [_built(one.model_dump_json(), position) for position, one in enumerate(expected)]
        numbered = frame.rename_axis(_ROW).reset_index()
        for part, some in (
            (numbered, [one for one in built if hasattr(one, "column")]),
            (
                frame,
                [one for one in built if not hasattr(one, "column")],
            ),  # what is about the table has no other column
        ):
            for result in _validated(part, some) if some else ():
                found[int(result.expectation_config.meta["position"])] = _evaluation(result)
    return [found[position] for position in range(len(built))]


def _validated(frame: pd.DataFrame, built: Sequence[Any]) -> list[Any]:
    import great_expectations as gx

    numbers = {"unexpected_index_column_names": [_ROW]} if _ROW in frame.columns else {}
    suite = gx.ExpectationSuite(name="delivery", expectations=list(built))
    batch = _in_memory().get_batch({"dataframe": frame})
    results = list(batch.validate(suite, result_format={"result_format": "COMPLETE", **numbers}).results)
    if len(results) != len(built):
        raise DeclarationError(f"{len(built)} expectations were given and {len(results)} were checked")
    for result in results:
        # One entry, or one a metric that failed.
        if result.exception_info.get("raised_exception", True):
            raise DeclarationError(f"{result.expectation_config.type} could not be checked")
    return results


def _evaluation(result: Any) -> Evaluation:
    is_met, found = bool(result.success), result.result
    if "unexpected_count" not in found:  # about the table, or about a column as a whole
        return Evaluation(is_met, 1, int(not is_met))
    rows = sorted(int(item[_ROW]) for item in found.get("unexpected_index_list") or [])
    checked = int(found["element_count"]) - int(found.get("missing_count") or 0)
    return Evaluation(is_met, checked, int(found["unexpected_count"]), tuple(rows))


@lru_cache(maxsize=256)
def _built(expected: str, position: int) -> Any:
    return library_expectation(Expectation.model_validate_json(expected), {"position": position})


def library_expectation(one: Expectation, meta: Mapping[str, Any] | None = None) -> Any:
    """An expectation as Great Expectations' object. The library's own suite class silently drops an unknown type.

    Raises DeclarationError for one that the library does not know, or that lacks an argument.
    """
    quieten()
    _declare_own_types()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    try:
        return ExpectationConfiguration(type=one.type, kwargs=one.kwargs, meta=dict(meta or {})).to_domain_obj()
    except Exception as error:  # the library raises several kinds, some of its own and some of pydantic's
        raise DeclarationError(
            f"{one.type}: not an expectation that can be checked ({type(error).__name__})"
        ) from error


@lru_cache(maxsize=1)
def _declare_own_types() -> None:
    """Makes our own types known to the library, by which it can check and describe every suite."""
    from great_expectations.expectations.core import ExpectColumnValuesToBeNull

    for name, words in OWN_TYPES.items():
        class_name = "".join(part.capitalize() for part in name.split("_"))
        type(class_name, (ExpectColumnValuesToBeNull,), {"__doc__": words, "__module__": __name__})


@lru_cache(maxsize=1)
def _in_memory() -> Any:
    """A batch definition for a frame in memory: Great Expectations writes no files and sends no telemetry."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    reports = context.data_sources.add_pandas("memory").add_dataframe_asset("reports")
    return reports.add_batch_definition_whole_dataframe("delivery")


def quieten() -> None:
    """Turns telemetry and chatter off."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    for name in ("great_expectations", "great_expectations._docs_decorators"):
        logging.getLogger(name).setLevel(logging.WARNING)
