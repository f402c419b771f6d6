"""Which of the partner's columns holds what, as include/feeds/<feed>.yml declares it."""

from datetime import UTC, datetime
from typing import Any

from pydantic import Field, field_validator, model_validator

from tasking.config.strict_model import StrictModel
from tasking.model.report import SENSITIVITIES


class TimeColumns(StrictModel):
    """A time in one column, or a date and a time in two.

    `formats` are strptime patterns tried in order, or `iso8601`, or `excel` (a date cell or a serial number).
    """

    columns: list[str] = Field(min_length=1, max_length=2)
    formats: list[str] = Field(min_length=1)
    unknown_time: str | None = Field(default=None, description="a time that means: not known")

    @field_validator("formats")
    @classmethod
    def _can_be_read(cls, value: list[str]) -> list[str]:
        for form in value:
            if form not in ("iso8601", "excel"):
                try:
                    datetime.strptime(datetime(2026, 10, 21, 9, 30, tzinfo=UTC).strftime(form), form)  # noqa: DTZ007
                except ValueError:
                    raise ValueError(f"{form!r} is neither iso8601, excel nor a strptime pattern") from None
        return value


class Position(StrictModel):
    """The columns of a position: grid (easting, northing), degrees (latitude, longitude), or one column.

    In one column it is `lat,lon` (`pair`) or a grid reference with letters, `TQ 5312 5463` (`grid_reference`).
    """

    easting: str | None = None
    northing: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    pair: str | None = None
    grid_reference: str | None = None
    error_m: float = Field(
        default=110,
        gt=0,
        description="how far these positions usually are from where it happened, a standard deviation",
    )

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Position":
        alone = bool(self.pair), bool(self.grid_reference)
        given = (bool(self.easting and self.northing), bool(self.latitude and self.longitude), *alone)
        if sum(given) != 1 or len(self.columns) != (1 if any(alone) else 2):
            raise ValueError("a position is easting and northing, or latitude and longitude, pair or grid_reference")
        return self

    @property
    def columns(self) -> list[str]:
        named = (self.easting, self.northing, self.latitude, self.longitude, self.pair, self.grid_reference)
        return [column for column in named if column]


class YesNo(StrictModel):
    column: str
    yes: list[str]
    no: list[str]


class Codes(StrictModel):
    """A column of codes and what each means; a code that is not declared leads to a note."""

    column: str
    codes: dict[str, str]


class Fields(StrictModel):
    """Which column is what. A text field names one column, or several that are joined by a space."""

    source_ref: str
    received_at: TimeColumns
    occurred_from: TimeColumns | None = None
    occurred_to: TimeColumns | None = None
    category: str
    place: str | list[str] | None = None
    postcode: str | None = None
    position: Position | None = None
    priority: str | None = None
    caller_name: str | list[str] | None = None
    caller_phone: str | None = None
    caller_email: str | None = None
    is_anonymous: YesNo | None = None
    wants_feedback: YesNo | None = None
    subject_name: str | None = None
    subject_born_on: TimeColumns | None = None
    is_vulnerable: YesNo | None = None
    sensitivity: Codes | None = None
    text: str | list[str]

    @field_validator("sensitivity")
    @classmethod
    def _means_something(cls, value: Codes | None) -> Codes | None:
        unknown = set(value.codes.values()) - SENSITIVITIES if value else set()
        if unknown:
            raise ValueError(f"unknown sensitivity {sorted(unknown)}; use one of {sorted(SENSITIVITIES)}")
        return value

    @property
    def columns(self) -> list[str]:
        """Every column that is read, each once, in the order of the declaration."""
        found: dict[str, None] = {}
        for name in type(self).model_fields:
            for column in columns_of(getattr(self, name)):
                found[column] = None
        return list(found)

    @property
    def required_columns(self) -> list[str]:
        """The columns that every report needs: its reference, when it was received, its category and its text."""
        needed = (self.source_ref, self.received_at, self.category, self.text)
        return [column for value in needed for column in columns_of(value)]


def columns_of(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return value
    if isinstance(value, TimeColumns | Position):
        return value.columns
    return [value.column]
