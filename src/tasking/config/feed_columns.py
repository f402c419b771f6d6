"""Which of the partner's columns holds what, as include/feeds/<feed>.yml declares it."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from tasking.config.strict_model import StrictModel
from tasking.model.report import SENSITIVITIES


class TimeColumns(StrictModel):
    """A time in one column, or a date and a time in two.

    `formats` are strptime patterns tried in order, or `iso8601`, or `excel` (a date cell or a serial number).
    """

    columns: list[str] = Field(
        min_length=1, max_length=2, description="the column of a time, or those of a date and a time"
    )
    formats: list[str] = Field(
        min_length=1, description="how the partner writes it, tried in order: strptime patterns, iso8601 or excel"
    )
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

    easting: str | None = Field(
        default=None, description="the column of the easting, metres on the British National Grid"
    )
    northing: str | None = Field(
        default=None, description="the column of the northing, metres on the British National Grid"
    )
    latitude: str | None = Field(default=None, description="the column of the latitude, degrees in WGS84")
    longitude: str | None = Field(default=None, description="the column of the longitude, degrees in WGS84")
    pair: str | None = Field(
        default=None, description="the column that has latitude and longitude with a comma between them"
    )
    grid_reference: str | None = Field(
        default=None, description="the column that has a grid reference with letters, such as TQ 5312 5463"
    )
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
    """A column of answers; another value than these leads to a note."""

    column: str = Field(description="the column that has the answer")
    yes: list[str] = Field(description="what the partner writes for yes")
    no: list[str] = Field(description="what the partner writes for no")


class Codes(StrictModel):
    """A column of codes and what each means; a code that is not declared leads to a note."""

    column: str = Field(description="the column that has the code")
    codes: dict[str, str] = Field(description="what each code of the partner means here")


DataClass = Literal["none", "personal", "special", "criminal"]


class ColumnPrivacy(StrictModel):
    """What a column of the partner's is in data protection, where that is not what privacy.yml says of its field."""

    what: str | None = Field(default=None, description="what stands in the column, in words")
    data: DataClass | None = Field(
        default=None,
        description="none, or personal data, special category data (article 9), data on criminal offences (article 10)",
    )
    purpose: str | None = Field(default=None, description="why it is kept: a name under purposes in privacy.yml")


class Fields(StrictModel):
    """Which column is what. A text field names one column, or several that are joined by a space."""

    source_ref: str = Field(description="the column of the partner's own reference")
    received_at: TimeColumns = Field(description="when the partner received the report")
    occurred_from: TimeColumns | None = Field(default=None, description="when it happened, or when that began")
    occurred_to: TimeColumns | None = Field(default=None, description="when it ended, where the partner gives a span")
    category: str = Field(description="the column of the partner's category, read by categories.yml")
    place: str | list[str] | None = Field(
        default=None, description="the column that says where it happened, or several that are joined"
    )
    postcode: str | None = Field(default=None, description="the column of the postcode where it happened")
    position: Position | None = Field(default=None, description="the columns of the position where it happened")
    priority: str | None = Field(default=None, description="the column of the partner's own grade, read by harm.yml")
    caller_name: str | list[str] | None = Field(
        default=None, description="the column of the name of the person who reported, or several that are joined"
    )
    caller_phone: str | None = Field(
        default=None, description="the column of the telephone number of the person who reported"
    )
    caller_email: str | None = Field(
        default=None, description="the column of the e-mail address of the person who reported"
    )
    is_anonymous: YesNo | None = Field(
        default=None, description="whether the person who reported wants to stay anonymous"
    )
    wants_feedback: YesNo | None = Field(
        default=None, description="whether the person who reported asked to be told what was done"
    )
    subject_name: str | None = Field(default=None, description="the column of the name of the person reported about")
    subject_born_on: TimeColumns | None = Field(default=None, description="when the person reported about was born")
    is_vulnerable: YesNo | None = Field(
        default=None, description="whether the partner says that somebody is vulnerable"
    )
    sensitivity: Codes | None = Field(
        default=None, description="the partner's flag of a sensitive matter, which restricts the report"
    )
    text: str | list[str] = Field(description="the column of what was said, or several that are joined by a space")

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
