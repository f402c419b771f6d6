"""The declaration include/expectations/<feed>.json: a suite in Great Expectations' format, with a severity for each."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from tasking.config.faults import Source, validated
from tasking.config.json_file import parse_json
from tasking.config.strict_model import StrictModel
from tasking.config.yaml_file import declared_text, shown_name
from tasking.model.errors import DeclarationError, Fault


class Meta(StrictModel):
    """`row`: the row is held. `delivery`: the whole delivery is refused. `reason` is for the partner."""

    severity: Literal["row", "delivery"] = Field(
        description="what follows where it does not hold: the row is held, or the delivery is refused"
    )
    reason: str = Field(description="what the partner is told, with {placeholders} for its own columns")
    can_be_released: bool = Field(default=False, description="somebody may release a row that was held for it")


class Expectation(StrictModel):
    """One expectation of Great Expectations, with what follows where it is not met."""

    type: str = Field(description="the name of an expectation of Great Expectations")
    kwargs: dict[str, Any] = Field(description="its arguments, such as the column and the values")
    meta: Meta = Field(description="what follows, and the reason that is given")


class Suite(StrictModel):
    """A suite of expectations."""

    name: str = Field(description="the suite's name, as the file is named")
    expectations: list[Expectation] = Field(description="what must hold, in the order in which reasons are given")

    @model_validator(mode="after")
    def _holds_whole_rows_only(self) -> "Suite":
        for expected in self.expectations:
            if expected.meta.severity == "row" and "column" not in expected.kwargs:
                raise ValueError(f"{expected.type} holds rows but names no column")
            if expected.meta.severity == "row" and "mostly" in expected.kwargs:
                raise ValueError(f"{expected.type} holds rows, so `mostly` means nothing")
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
