"""Which rows of a delivery are held, and what else its suites say about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from tasking.config.suite import Expectation, Severity, Suite
from tasking.intake.quality.evaluation import Evaluation, evaluate_all
from tasking.intake.quality.great import evaluate_with_library
from tasking.model.errors import DeclarationError, DeliveryRefused

NO_PARAMETERS: Final[Mapping[str, float]] = {}


@dataclass(frozen=True)
class ExpectationResult:
    """How one expectation fared over one delivery, without any value of it."""

    suite: str
    name: str
    severity: Severity
    checked: int
    failed: int
    is_met: bool


class RefusedBySuite(DeliveryRefused):
    """A delivery that an expectation of severity `delivery` refuses, with the results so far."""

    def __init__(self, reason: str, results: Sequence[ExpectationResult]) -> None:
        super().__init__(reason)
        self.results = tuple(results)


@dataclass(frozen=True)
class CheckResult:
    """`reasons`: row number -> why it is held, for a partner to act on. `releasable`: the rows that a person may
    release. `columns`: row number -> the columns of a report that are at fault; `sent_columns`: the partner's own.
    `results`: one for each expectation. `notes`: what is to be watched, in words.
    """

    reasons: dict[int, str]
    releasable: frozenset[int]
    columns: dict[int, tuple[str, ...]] = field(default_factory=dict)
    sent_columns: dict[int, tuple[str, ...]] = field(default_factory=dict)
    results: tuple[ExpectationResult, ...] = ()
    notes: tuple[str, ...] = ()

    def followed_by(self, other: "CheckResult") -> "CheckResult":
        """Both: a row that both hold has both reasons, and can be released where both allow it."""
        twice = self.reasons.keys() & other.reasons.keys()
        reasons = self.reasons | other.reasons | {row: f"{self.reasons[row]}; {other.reasons[row]}" for row in twice}
        stuck = (self.reasons.keys() - self.releasable) | (other.reasons.keys() - other.releasable)
        return CheckResult(
            dict(sorted(reasons.items())), frozenset(reasons) - stuck, self.columns | other.columns,
            self.sent_columns | other.sent_columns, self.results + other.results, self.notes + other.notes,
        )  # fmt: skip


def check(
    frame: pd.DataFrame, suites: Sequence[Suite], feed: str, placeholders: Mapping[str, str],
    parameters: Mapping[str, float] = NO_PARAMETERS,
) -> CheckResult:  # fmt: skip
    """Which rows of a frame indexed by row number are held and why, and the result of each expectation.

    `suites`: all of them about this frame. `placeholders`: values for those in reasons. `parameters`: values for those
    in suites, which reasons may name too; an expectation with one that has no value is left out.

    Raises RefusedBySuite if an expectation of severity `delivery` is not met, DeclarationError for an expectation that
    Great Expectations or the frame does not know.
    """
    for suite in suites:
        _require_columns(suite, frame)
    declared = [(suite.name, one.given(parameters)) for suite in suites for one in suite.expectations]
    expected = [(suite, one) for suite, one in declared if one is not None]
    evaluations = evaluate_all(frame, [one for _, one in expected], evaluate_with_library)
    evaluated = [(suite, one, result) for (suite, one), result in zip(expected, evaluations, strict=True)]
    results = tuple(_result(*one) for one in evaluated)
    notes = []
    for _, one, result in evaluated:
        if result.is_met or one.meta.severity in ("row", "cell"):  # a cell has a note by whoever read it
            continue
        counts = {"failed": f"{result.failed:,}", "checked": f"{result.checked:,}"}
        limits = {name: f"{value:,}" for name, value in parameters.items()}
        words = _reason(one, {**placeholders, **limits, **counts})
        if one.meta.severity == "delivery":
            raise RefusedBySuite(f"{feed}: {words}.", results)
        notes.append(words)
    rows = [(one, result) for _, one, result in evaluated if one.meta.severity == "row"]
    reasons, stuck, columns = _held(frame, rows, placeholders)
    of_sent = any(suite.meta.over == "sent" for suite in suites)
    return CheckResult(
        reasons, frozenset(reasons) - stuck, {} if of_sent else columns, columns if of_sent else {}, results,
        tuple(notes),
    )  # fmt: skip


def _held(
    frame: pd.DataFrame, evaluated: Sequence[tuple[Expectation, Evaluation]], placeholders: Mapping[str, str]
) -> tuple[dict[int, str], set[int], dict[int, tuple[str, ...]]]:
    """Row number -> why it is held; the rows that nobody may release; row number -> the columns at fault."""
    reasons: dict[int, list[str]] = {}
    columns: dict[int, list[str]] = {}
    stuck: set[int] = set()
    for one, result in evaluated:
        column = str(one.kwargs["column"])
        for row in result.rows:
            # The reason may quote a `*_problem` column, which holds our words only.
            own = {column: frame.at[row, column]} if column.endswith("_problem") else {}
            reasons.setdefault(row, []).append(_reason(one, {**placeholders, **own}))
            columns.setdefault(row, []).append(column)
            if not one.meta.can_be_released:
                stuck.add(row)
    # For a row that could not be read as such, only that reason is given: all others follow from it.
    unread = frame["row_problem"].notna() if "row_problem" in frame else pd.Series(False, index=frame.index)
    reasons_by_row = {row: why[0] if unread.at[row] else "; ".join(why) for row, why in reasons.items()}
    at_fault = {row: tuple(dict.fromkeys(names)) for row, names in columns.items()}
    return dict(sorted(reasons_by_row.items())), stuck, at_fault


def _reason(one: Expectation, words: Mapping[str, object]) -> str:
    """The reason of an expectation. Raises DeclarationError for a placeholder that it can't have."""
    try:
        return one.meta.reason.format_map(words)
    except (LookupError, ValueError, AttributeError) as error:
        raise DeclarationError(f"{one.name}: its reason has a placeholder that there is not: {error}") from error


def _result(suite: str, one: Expectation, result: Evaluation) -> ExpectationResult:
    return ExpectationResult(suite, one.name, one.meta.severity, result.checked, result.failed, result.is_met)


def _require_columns(suite: Suite, frame: pd.DataFrame) -> None:
    whose = "the partner's file" if suite.meta.over == "sent" else "a report"
    for one in suite.expectations:
        column = one.kwargs.get("column")
        if column is not None and column not in frame.columns:
            raise DeclarationError(f"expectations/{suite.name}.json: {whose} has no column {column!r}")
