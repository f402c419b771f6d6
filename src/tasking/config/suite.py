"""The declaration include/expectations/<feed>.json: a suite in Great Expectations' format, with a severity for each."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import model_validator

from tasking.config.faults import Source, validated
from tasking.config.json_file import parse_json
from tasking.config.strict_model import StrictModel
from tasking.config.yaml_file import declared_text, shown_name
from tasking.model.errors import DeclarationError


class Meta(StrictModel):
    """`row`: the row is held. `delivery`: the whole delivery is refused. `reason` is for the partner."""

    severity: Literal["row", "delivery"]
    reason: str
    can_be_released: bool = False


class Expectation(StrictModel):
    type: str
    kwargs: dict[str, Any]
    meta: Meta


class Suite(StrictModel):
    """A suite of expectations."""

    name: str
    expectations: list[Expectation]

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
        raise DeclarationError(f"{path.name}: no such suite under include/expectations; every feed needs one")
    return _suite(Source(shown_name(path), declared_text(path)))


@lru_cache(maxsize=1024)
def _suite(source: Source) -> Suite:
    return validated(Suite, parse_json(source.text, source.name), source)
