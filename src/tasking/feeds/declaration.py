"""What include/feeds/<feed>.yml may say. An unknown key is an error: a feed says what it is, or nothing runs."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from tasking.model.errors import DeclarationError
from tasking.model.report import SENSITIVITIES
from tasking.yaml_file import declared_text, parse_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalTransport(_Strict):
    kind: Literal["folder"]
    path: str = Field(description="Folder of the deliveries; relative to TASKING_HOME")
    is_mounted: bool = Field(
        default=False, description="the folder lies on a mounted share; where none is mounted, we could not look"
    )


class ObjectTransport(_Strict):
    kind: Literal["objects"]
    url: str = Field(description="fsspec URL of the folder, such as s3://bucket/prefix")


class SftpTransport(_Strict):
    kind: Literal["sftp"]
    folder: str = "."


class ImapTransport(_Strict):
    kind: Literal["imap"]
    mailbox: str = "INBOX"
    sender: str | None = Field(default=None, description="only mail from this address is looked at")


class HttpTransport(_Strict):
    kind: Literal["open311"]
    path: str = "requests.json"
    page_size: int = Field(default=200, ge=1, le=1000, description="how many records to ask for at a time")
    max_requests: int = Field(default=1000, ge=1, le=100_000, description="pages that are asked for, tries counted")
    max_seconds: float = Field(default=300, gt=0, le=3600, description="how long one delivery may take to fetch")


Transport = Annotated[
    LocalTransport | ObjectTransport | SftpTransport | ImapTransport | HttpTransport, Field(discriminator="kind")
]


def _days(value: Any) -> Any:
    """`3 days` as 3; anything else is left to the field's own check."""
    words = value.split() if isinstance(value, str) else []
    is_days = len(words) == 2 and words[0].isdecimal() and words[1] in ("day", "days")
    return int(words[0]) if is_days and len(words[0]) < 5 else value


class Delivery(_Strict):
    """How the deliveries of a feed are named and reach us."""

    name: str = Field(description="file name with {day:...} in strftime codes")
    transport: Transport
    look_back: Annotated[int, BeforeValidator(_days)] = Field(
        default=0, ge=0, le=31, description="`3 days`: ask for the three days before too"
    )
    still_for_s: float | None = Field(
        default=None, ge=0, le=600, description="seconds that a file must have stood still"
    )

    @model_validator(mode="after")
    def _has_files_to_wait_for(self) -> "Delivery":
        if self.still_for_s is not None and isinstance(self.transport, ImapTransport | HttpTransport):
            raise ValueError(
                "still_for_s is for files in a folder, on SFTP or in an object store; "
                f"{self.transport.kind} gives a delivery whole, so leave still_for_s out"
            )
        return self

    @field_validator("name")
    @classmethod
    def _names_a_day(cls, value: str) -> str:
        if not re.search(r"\{day:[^}]+\}", value):
            raise ValueError("the file name must hold the day, such as {day:%Y%m%d}")
        if "/" in value or "\\" in value:
            raise ValueError("the file name must not hold a folder")
        return value

    def file_name(self, day: date) -> str:
        return self.name.format(day=day)

    def earlier_names(self, day: date) -> tuple[str, ...]:
        """The files of the days that are looked back on, newest first."""
        names = (self.file_name(day - timedelta(days=back)) for back in range(1, self.look_back + 1))
        return tuple(dict.fromkeys(name for name in names if name != self.file_name(day)))


class File(_Strict):
    """The shape of the file."""

    format: Literal["csv", "json", "jsonl", "xlsx"]
    encoding: Literal["utf-8", "utf-8-sig", "cp1252"] = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    title_lines: int = Field(default=0, ge=0, description="lines before the header")
    sheet: str | None = None
    ignored_rows: list[str] = Field(
        default=[],
        description="rows that are no reports, such as totals: patterns (`Total*`) for the first cell of a row; "
        "counted as ignored",
    )
    max_bytes: int = 256 * 1024 * 1024


class Moment(_Strict):
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


class Position(_Strict):
    """Where a position stands: grid (easting, northing), degrees (latitude, longitude) or `lat,lon` in one column."""

    easting: str | None = None
    northing: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    pair: str | None = None
    error_m: float = Field(
        default=110,
        gt=0,
        description="how far these positions usually are from where it happened, a standard deviation",
    )

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Position":
        given = (bool(self.easting and self.northing), bool(self.latitude and self.longitude), bool(self.pair))
        if sum(given) != 1 or len(self.columns) != (1 if self.pair else 2):
            raise ValueError("a position is easting and northing, or latitude and longitude, or pair")
        return self

    @property
    def columns(self) -> list[str]:
        return [c for c in (self.easting, self.northing, self.latitude, self.longitude, self.pair) if c]


class YesNo(_Strict):
    column: str
    yes: list[str]
    no: list[str]


class Codes(_Strict):
    """A column of codes and what each means; a code that is not here is a signal."""

    column: str
    codes: dict[str, str]


class Fields(_Strict):
    """Which column is what. A text field names one column, or several that are joined by a space."""

    source_ref: str
    received_at: Moment
    occurred_from: Moment | None = None
    occurred_to: Moment | None = None
    category: str
    place: str | None = None
    postcode: str | None = None
    position: Position | None = None
    priority: str | None = None
    caller_name: str | list[str] | None = None
    caller_phone: str | None = None
    caller_email: str | None = None
    is_anonymous: YesNo | None = None
    wants_feedback: YesNo | None = None
    subject_name: str | None = None
    subject_born_on: Moment | None = None
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
            for column in _columns_of(getattr(self, name)):
                found[column] = None
        return list(found)

    @property
    def needed(self) -> list[str]:
        """The columns without which a row is no report: its reference, when it was received, its kind, its words."""
        needed = (self.source_ref, self.received_at, self.category, self.text)
        return [column for value in needed for column in _columns_of(value)]


def _columns_of(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return value
    if isinstance(value, Moment | Position):
        return value.columns
    return [value.column]


class Feed(_Strict):
    """One partner feed."""

    feed: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")
    partner: str
    contact: str = Field(description="whom to ask when the delivery is missing or broken")
    timezone: str = "Europe/London"
    delivery: Delivery
    file: File
    fields: Fields
    ignored: list[str] = Field(default=[], description="columns that we know and leave")
    merge_headings: bool = Field(
        default=False, description="a case printed once for each heading is one report with several headings"
    )
    tells_once: bool = Field(
        default=False,
        description="the partner opens one report an incident, whoever rings: two of them are two incidents",
    )
    received_within_days: int = Field(
        default=21, ge=1, description="a report that was received longer before its delivery is held"
    )
    occurred_within_days: int = Field(
        default=366, ge=1, description="a report says when it happened within so many days before its delivery"
    )
    ref_unique: Literal["for_ever", "day"] = Field(
        default="for_ever",
        description="how long a reference is one report's; day: the partner uses its references again each day, so "
        "that a report is one by its reference and the day on which it was received",
    )
    ref_ignores_case: bool = Field(default=False, description="`asb1` and `ASB1` are one reference")
    sample: str = Field(description="a sample delivery beside this file, as the partner sends it")
    sample_day: date

    @model_validator(mode="after")
    def _reads_or_ignores(self) -> "Feed":
        both = set(self.fields.columns) & set(self.ignored)
        if both:
            raise ValueError(f"read and ignored at once: {sorted(both)}")
        return self

    @property
    def columns(self) -> list[str]:
        """Every column that the file is expected to have."""
        return self.fields.columns + self.ignored

    def columns_behind(self, report_column: str) -> list[str]:
        """The partner's columns from which a column of a report is read: where a fault in it can be mended."""
        name = _READ_FROM.get(report_column, report_column)
        if name == "occurred_from":
            return _columns_of(self.fields.occurred_from) + _columns_of(self.fields.occurred_to)
        return _columns_of(getattr(self.fields, name, None))

    @property
    def words(self) -> dict[str, str]:
        """What the reasons in a suite may name: the partner's own columns and formats, so that they can be mended."""
        words = {
            f"{name}_column": " and ".join(_columns_of(getattr(self.fields, name))) for name in Fields.model_fields
        }
        for name in ("received_at", "occurred_from"):
            moment: Moment | None = getattr(self.fields, name)
            words[f"{name}_formats"] = " or ".join(map(_shown_format, moment.formats)) if moment else ""
        words["received_within_days"] = str(self.received_within_days)
        return words


_READ_FROM = {
    "received_problem": "received_at", "hours_after_window": "received_at", "days_too_old": "received_at",
    "source_ref_problem": "source_ref",
}  # fmt: skip
_FORMAT_WORDS = {"%d": "dd", "%m": "mm", "%Y": "yyyy", "%y": "yy", "%H": "HH", "%M": "MM", "%S": "SS"}


def _shown_format(form: str) -> str:
    """A format as a partner would write it: `dd/mm/yyyy HH:MM`."""
    if form in ("iso8601", "excel"):
        return {"iso8601": "an ISO 8601 time", "excel": "an Excel date"}[form]
    for code, word in _FORMAT_WORDS.items():
        form = form.replace(code, word)
    return form


def load_feed(path: Path) -> Feed:
    """The feed that a YAML file declares. Raises DeclarationError naming the file, the key and what is wrong."""
    feed = _feed(declared_text(path), path.name)
    if feed.feed != path.stem:
        raise DeclarationError(f"{path.name}: says feed: {feed.feed}; the file must be named {feed.feed}.yml")
    return feed


@lru_cache(maxsize=1024)
def _feed(text: str, name: str) -> Feed:
    try:
        return Feed.model_validate(parse_yaml(text, name))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise DeclarationError(f"{name}: {faults}") from error


def load_feeds(paths: Iterable[Path]) -> dict[str, Feed]:
    """The feeds that these files declare, by name. Raises DeclarationError."""
    return {path.stem: load_feed(path) for path in paths}
