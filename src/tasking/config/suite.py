"""The declaration include/expectations/<name>.json: a suite in Great Expectations' format, with a severity for each."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from tasking.config.faults import Source, validated
from tasking.config.json_file import parse_json
from tasking.config.strict_model import StrictModel
from tasking.config.yaml_file import declared_text, shown_name
from tasking.model.errors import DeclarationError, Fault

PARAMETER: Final = "$PARAMETER"  # Great Expectations' own word for a value that is given when a suite is run
CELLS_USABLE: Final = "expect_cells_to_be_usable"  # ours: whoever reads a cell says whether it is
Severity = Literal["row", "cell", "delivery", "watch"]


class Meta(StrictModel):
    """What follows where an expectation is not met."""

    severity: Severity = Field(
        description="row: the row is held; cell: the cell is left out or read with caution, with a note; delivery: the "
        "whole delivery is refused; watch: nothing is held, and the delivery has a note"
    )
    reason: str = Field(description="what the partner is told; {failed} and {checked}: how many rows")
    can_be_released: bool = Field(default=False, description="a person may accept the row as it is")


class Expectation(StrictModel):
    """One expectation, as Great Expectations writes it."""

    type: str = Field(description="the name of the expectation in Great Expectations, or one of ours")
    kwargs: dict[str, Any] = Field(description="what it is about, such as a column, and what is expected")
    meta: Meta = Field(description="what follows, and the reason that is given")

    def given(self, parameters: Mapping[str, float]) -> "Expectation | None":
        """With the values of its parameters (`{"$PARAMETER": name}`); None where one has none."""
        kwargs = {}
        for key, value in self.kwargs.items():
            if isinstance(value, dict) and value.keys() == {PARAMETER}:
                if value[PARAMETER] not in parameters:
                    return None
                value = parameters[value[PARAMETER]]
            kwargs[key] = value
        return self.model_copy(update={"kwargs": kwargs})

    @property
    def name(self) -> str:
        """What it is called in results: its type, and the column that it is about."""
        column = self.kwargs.get("column")
        return f"{self.type}({column})" if column is not None else self.type


class SuiteMeta(StrictModel):
    """What a suite is about."""

    over: Literal["sent", "report", "stored", "delivery"] = Field(
        default="report",
        description="sent: the partner's columns as they came; report: what was read from them; stored: the reports "
        "beside those that are stored under their references; delivery: a row for the delivery as a whole",
    )


class Suite(StrictModel):
    """A suite of expectations."""

    name: str = Field(description="the suite's name, as the file is named")
    meta: SuiteMeta = Field(default=SuiteMeta(), description="what the suite is about")
    expectations: list[Expectation] = Field(description="what must hold, in the order in which reasons are given")

    @model_validator(mode="after")
    def _is_sound(self) -> "Suite":
        names = [one.name for one in self.expectations]
        for expected in self.expectations:
            if expected.meta.severity == "row" and "column" not in expected.kwargs:
                raise ValueError(f"{expected.type} holds rows but names no column")
            if expected.meta.severity == "row" and "mostly" in expected.kwargs:
                raise ValueError(f"{expected.type} holds rows, so `mostly` means nothing")
            if expected.meta.severity == "cell" and expected.type != CELLS_USABLE:
                raise ValueError(f"{expected.type}: only {CELLS_USABLE} leaves cells out")
            if names.count(expected.name) > 1:
                raise ValueError(f"{expected.name} is there twice: results are kept under its name")
        return self


def load_suite(path: Path) -> Suite:
    """The suite in a file. Raises DeclarationError naming the file and what is wrong."""
    if not path.exists():
        words = "no such suite under include/expectations; every feed needs one"
        raise DeclarationError.of([Fault(shown_name(path), 0, 0, "", words)])
    return _suite(Source(shown_name(path), declared_text(path)))


@lru_cache(maxsize=1024)
def _suite(source: Source) -> Suite:
    return validated(Suite, parse_json(source.text, source.name), source)
