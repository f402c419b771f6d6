"""A suite of expectations learned from a sample, in Great Expectations' own form, over the columns as they are sent."""

import json
from collections.abc import Iterator
from typing import Any, Final

from tasking.config.feed import Feed
from tasking.config.feed_columns import columns_of
from tasking.config.suite import Expectation, Severity, Suite, SuiteMeta
from tasking.intake.drafting.references import reference_pattern
from tasking.intake.normalise import Normalised

_SCHEMA: Final = "../schemas/expectations.schema.json"
_ANOTHER_EXPORT: Final = "hardly a reference looks like this partner's own, so this may be another export"
_LEAST_OURS: Final = 0.2  # of the references: a delivery of one row with a wrong reference is rare
_LEAST_ROWS: Final = 10  # of a sample, to learn from it what is usual
_SLACK: Final = 0.3  # of a share that is usual, by which a delivery may fall short of it
_MOST_KINDS: Final = 40
_OPTIONAL: Final = ("place", "postcode", "position", "occurred_from", "caller_phone", "priority")


def learned_suite(feed: Feed, sample: Normalised) -> Suite:
    """What the deliveries of a feed must satisfy, from a sample of it."""
    return Suite(name=feed.feed, meta=SuiteMeta(over="sent"), expectations=list(_expectations(feed, sample)))


def suite_text(suite: Suite) -> str:
    """A suite as a file: an expectation in three lines, as the others are written."""
    parts = [
        f'    {{\n      "type": {json.dumps(one.type)},\n      "kwargs": {_flat(one.kwargs)},\n'
        f'      "meta": {_flat(one.meta.model_dump(exclude_defaults=True))}\n    }}'
        for one in suite.expectations
    ]
    inside = "[]" if not parts else "[\n" + ",\n".join(parts) + "\n  ]"
    head = f'  "$schema": {json.dumps(_SCHEMA)},\n  "name": {json.dumps(suite.name)},\n'
    return f'{{\n{head}  "meta": {_flat(suite.meta.model_dump())},\n  "expectations": {inside}\n}}\n'


def _flat(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _expectations(feed: Feed, sample: Normalised) -> Iterator[Expectation]:
    is_usable = sample.reports["source_ref_problem"].isna() & sample.reports["row_problem"].isna()
    reference, category = feed.fields.source_ref, feed.fields.category
    usable = sample.raw[is_usable]
    if pattern := reference_pattern(usable[reference].dropna().tolist()):
        kwargs = {"column": reference, "regex": pattern, "mostly": _LEAST_OURS}
        yield _one("expect_column_values_to_match_regex", kwargs, "delivery", _ANOTHER_EXPORT)
    if len(usable) < _LEAST_ROWS:
        return
    kinds = sorted(usable[category].dropna().unique().tolist())
    if 0 < len(kinds) <= _MOST_KINDS:
        kwargs = {"column": category, "value_set": kinds, "mostly": round(1 - _SLACK, 2)}
        words = f'"{_words(category)}" has kinds that the sample did not have in {{failed}} of {{checked}} rows'
        yield _one("expect_column_values_to_be_in_set", kwargs, "watch", words)
    for name in _OPTIONAL:
        for column in columns_of(getattr(feed.fields, name))[:1]:
            share = float(usable[column].notna().mean())
            if share > _SLACK and column not in (reference, category):
                kwargs = {"column": column, "mostly": round(share - _SLACK, 2)}
                words = f'"{_words(column)}" is empty in {{failed}} of {{checked}} rows, far more than in the sample'
                yield _one("expect_column_values_to_not_be_null", kwargs, "watch", words)


def _words(column: str) -> str:
    """A column's name in a reason, whose braces are placeholders."""
    return column.replace("{", "{{").replace("}", "}}")


def _one(kind: str, kwargs: dict[str, Any], severity: Severity, reason: str) -> Expectation:
    return Expectation.model_validate(
        {"type": kind, "kwargs": kwargs, "meta": {"severity": severity, "reason": reason}}
    )
