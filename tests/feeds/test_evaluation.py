"""Our evaluation of expectations beside that of Great Expectations itself, on frames and suites that nobody chose."""

import datetime as dt
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasking.config.suite import Expectation, Meta, Suite
from tasking.intake.quality import great
from tasking.intake.quality.evaluation import OWN_TYPES, evaluate
from tasking.intake.quality.suites import check
from tasking.model.errors import DeclarationError

ROOT = Path(__file__).resolve().parents[2]
WORDS = st.one_of(st.none(), st.sampled_from(["a", "AB", "a1", " a", "", "é", "a\nb"]), st.text(max_size=4))
NUMBERS = st.one_of(st.none(), st.integers(-3, 3), st.floats(-2, 2), st.just(float("nan")))
MOSTLY = st.one_of(st.just({}), st.sampled_from([0.0, 0.2, 0.5, 0.95, 1.0]).map(lambda one: {"mostly": one}))
ABOUT_TEXT = st.one_of(
    st.sampled_from([
        ("expect_column_values_to_not_be_null", {}), ("expect_column_values_to_be_null", {}),
        ("expect_column_values_to_be_unique", {}), *((name, {}) for name in OWN_TYPES),
    ]),
    st.tuples(
        st.sampled_from(["expect_column_values_to_match_regex", "expect_column_values_to_not_match_regex"]),
        st.sampled_from(["^a", "[0-9]", "^$", "a$", "(a|é)", "."]).map(lambda one: {"regex": one}),
    ),
    st.tuples(
        st.sampled_from(["expect_column_values_to_be_in_set", "expect_column_values_to_not_be_in_set"]),
        st.lists(st.sampled_from(["a", "AB", "", "x"]), max_size=3).map(lambda some: {"value_set": some}),
    ),
)  # fmt: skip
LIMITS = st.fixed_dictionaries(
    {"min_value": st.integers(-1, 1)}, optional={"max_value": st.integers(1, 3), "strict_min": st.booleans()}
)
ABOUT_LENGTH = st.tuples(st.just("expect_column_value_lengths_to_be_between"), LIMITS)
ABOUT_NUMBERS = st.one_of(
    st.tuples(st.just("expect_column_values_to_be_between"), LIMITS),
    st.just(("expect_column_values_to_not_be_null", {})),
)


def expectation(kind: tuple[str, dict], column: str, mostly: dict) -> Expectation:
    name, kwargs = kind
    return Expectation(
        type=name, kwargs={"column": column, **kwargs, **mostly}, meta=Meta(severity="watch", reason="-")
    )


def compared(frame: pd.DataFrame, one: Expectation) -> None:
    ours, theirs = evaluate(frame, one), great.evaluate_with_library(frame, [one])[0]
    assert ours is not None
    assert ours == theirs


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(WORDS, min_size=1, max_size=6), st.one_of(ABOUT_TEXT, ABOUT_LENGTH), MOSTLY)
def test_of_texts_both_find_the_same(values, kind, mostly):
    frame = pd.DataFrame({"it": pd.Series(values, dtype="str")}, index=range(2, len(values) + 2))
    compared(frame, expectation(kind, "it", mostly))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NUMBERS, min_size=1, max_size=6), ABOUT_NUMBERS, MOSTLY)
def test_of_numbers_both_find_the_same(values, kind, mostly):
    frame = pd.DataFrame({"it": pd.Series(values, dtype="float")}, index=range(1, len(values) + 1))
    compared(frame, expectation(kind, "it", mostly))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True),
    st.booleans(),
    st.integers(0, 5),
)
def test_of_tables_both_find_the_same(there, expected, is_exact, rows):
    frame = pd.DataFrame(dict.fromkeys(there, "x"), index=range(1, rows + 1))
    for kind in (
        ("expect_table_columns_to_match_set", {"column_set": expected, "exact_match": is_exact}),
        ("expect_table_columns_to_match_ordered_list", {"column_list": expected}),
        ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 3}),
    ):
        one = Expectation(type=kind[0], kwargs=kind[1], meta=Meta(severity="watch", reason="-"))
        compared(frame.rename_axis("row_number"), one)


def test_every_expectation_of_ours_is_one_that_the_library_knows():
    declared = [
        (path.name, Expectation.model_validate(one))
        for path in sorted((ROOT / "include" / "expectations").glob("*.json"))
        for one in json.loads(path.read_text())["expectations"]
    ]
    assert len(declared) > 10
    for name, one in declared:
        assert great._built(one.model_dump_json(), 0) is not None, (name, one.type)


def test_what_is_not_known_here_is_checked_by_the_library(desk_with_deliveries):
    desk = desk_with_deliveries
    path = desk.home / "include" / "expectations" / "police.json"
    suite = json.loads(path.read_text())
    suite["expectations"].append(
        {
            "type": "expect_column_most_common_value_to_be_in_set",
            "kwargs": {"column": "Grade", "value_set": ["no such grade"]},
            "meta": {"severity": "watch", "reason": "the grades are not as usual"},
        }
    )
    path.write_text(json.dumps(suite))
    desk.run("2026-10-22")
    rows = {row["expectation"]: row for row in desk.open().intake.quality(dt.date.min, dt.date.max)}
    found = rows["expect_column_most_common_value_to_be_in_set(Grade)"]
    assert (found["checked"], found["failed"], found["is_met"]) == (1, 1, False)


def test_an_expectation_that_nobody_knows_is_an_error():
    unknown = Expectation(type="expect_the_impossible", kwargs={"column": "it"}, meta=Meta(severity="row", reason="-"))
    frame = pd.DataFrame({"it": ["a"]})
    assert evaluate(frame, unknown) is None
    with pytest.raises(DeclarationError, match="expect_the_impossible: not an expectation"):
        great.evaluate_with_library(frame, [unknown])


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_column_values_to_match_regex", {"column": "it", "regex": "("}),
        ("expect_column_values_to_match_regex", {"column": "it"}),
        ("expect_column_values_to_be_in_set", {"column": "it", "value_set": 3}),
        ("expect_column_values_to_not_be_null", {"column": "it", "mostly": "lots"}),
        ("expect_column_values_to_not_be_null", {"column": "not there"}),
        ("expect_table_row_count_to_be_between", {"min_value": "x"}),
    ],
)
def test_an_argument_that_is_missing_or_wrong_is_an_error_of_the_declaration(kind, kwargs):
    one = Expectation(type=kind, kwargs=kwargs, meta=Meta(severity="watch", reason="-"))
    with pytest.raises(DeclarationError, match=f"{kind}.* could not be checked"):
        evaluate(pd.DataFrame({"it": ["a", None]}), one)


@pytest.mark.parametrize("severity", ["row", "watch"])
def test_a_placeholder_that_there_is_not_is_an_error_of_the_declaration(severity):
    one = Expectation(
        type="expect_column_values_to_not_be_null", kwargs={"column": "it"},
        meta=Meta(severity=severity, reason="{no_such_word} is wrong"),
    )  # fmt: skip
    with pytest.raises(DeclarationError, match="its reason has a placeholder that there is not: 'no_such_word'"):
        check(pd.DataFrame({"it": ["a", None]}), [Suite(name="x", expectations=[one])], "x", {})


def test_checks_at_once_share_one_context_of_the_library(monkeypatch):
    import great_expectations as gx

    get_context, made, both = gx.get_context, [], threading.Barrier(2)

    def slow(**how):
        made.append(how)
        with suppress(threading.BrokenBarrierError):
            both.wait(2)  # where the other is let in too, both go on at once; where it is not, this one goes on alone
        return get_context(**how)

    monkeypatch.setattr(gx, "get_context", slow)
    great._in_memory.cache_clear()
    one = expectation(("expect_column_values_to_not_be_null", {}), "it", {})
    frames = [pd.DataFrame({"it": values}) for values in (["a", None], ["a", "b"])]
    with ThreadPoolExecutor(2) as people:
        found = list(people.map(lambda frame: great.evaluate_with_library(frame, [one])[0], frames))
    assert [result.failed for result in found] == [1, 0]
    assert len(made) == 1
