"""A suite of expectations learned from a sample, in Great Expectations' own form.

Only severities that suites have are used, so that one that they get later is used without a change here.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, get_args

import pandas as pd

from tasking.config.suite import Expectation, Meta, Suite
from tasking.intake.drafting.references import reference_pattern

SEVERITIES: Final = frozenset(get_args(Meta.model_fields["severity"].annotation))
WATCH: Final = "watch"  # told, and nothing is held
_ANOTHER_EXPORT: Final = "hardly a reference looks like this partner's own, so this may be another export"
_LEAST_OURS: Final = 0.2  # of the references: a delivery of one row with a wrong reference is rare
_LEAST_ROWS: Final = 10  # of a sample, to learn from it what is usual
_SLACK: Final = 0.3  # of a share that is usual, by which a delivery may fall short of it
_MOST_KINDS: Final = 40
_OPTIONAL: Final = ("place_text", "postcode", "latitude", "occurred_from", "caller_phone", "priority_text")


def learned_suite(feed: str, reports: pd.DataFrame) -> Suite:
    """What the deliveries of a feed must satisfy, from the reports of its sample."""
    expected = [one for one in _expectations(reports) if one["meta"]["severity"] in SEVERITIES]
    return Suite(name=feed, expectations=[Expectation.model_validate(one) for one in expected])


def suite_text(suite: Suite) -> str:
    """A suite as a file: an expectation in three lines, as the others are written."""
    parts = [
        f'    {{\n      "type": {json.dumps(one.type)},\n      "kwargs": {_flat(one.kwargs)},\n'
        f'      "meta": {_flat(one.meta.model_dump(exclude_defaults=True))}\n    }}'
        for one in suite.expectations
    ]
    inside = "[]" if not parts else "[\n" + ",\n".join(parts) + "\n  ]"
    return f'{{\n  "name": {json.dumps(suite.name)},\n  "expectations": {inside}\n}}\n'


def _flat(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _expectations(reports: pd.DataFrame) -> Iterator[dict[str, Any]]:
    usable = reports[reports["source_ref_problem"].isna() & reports["row_problem"].isna()]
    if pattern := reference_pattern(usable["source_ref"].dropna().tolist()):
        kwargs = {"column": "source_ref", "regex": pattern, "mostly": _LEAST_OURS}
        yield _one("expect_column_values_to_match_regex", kwargs, "delivery", _ANOTHER_EXPORT)
    if len(usable) < _LEAST_ROWS:
        return
    kinds = sorted(usable["category_text"].dropna().unique().tolist())
    if 0 < len(kinds) <= _MOST_KINDS:
        kwargs = {"column": "category_text", "value_set": kinds, "mostly": round(1 - _SLACK, 2)}
        yield _one(
            "expect_column_values_to_be_in_set", kwargs, WATCH, "many kinds of report that the sample did not have"
        )
    for column in _OPTIONAL:
        share = float(usable[column].notna().mean())
        if share > _SLACK:
            kwargs = {"column": column, "mostly": round(share - _SLACK, 2)}
            words = f"{column} is empty far more often than in the sample"
            yield _one("expect_column_values_to_not_be_null", kwargs, WATCH, words)


def _one(kind: str, kwargs: dict[str, Any], severity: str, reason: str) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "meta": {"severity": severity, "reason": reason}}
