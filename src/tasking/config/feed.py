"""The declaration of a feed, include/feeds/<feed>.yml. An unknown key is an error."""

import fnmatch
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from tasking.config.faults import Source, fault_in, validated
from tasking.config.feed_columns import ColumnPrivacy, Fields, TimeColumns, columns_of
from tasking.config.feed_delivery import Delivery
from tasking.config.strict_model import KeyFault, KeyFaults, StrictModel
from tasking.config.yaml_file import declared_text, parse_yaml, shown_name
from tasking.model.errors import DeclarationError
from tasking.model.partnership import Partner


class File(StrictModel):
    """The shape of the file."""

    format: Literal["csv", "json", "jsonl", "xlsx"] = Field(description="how the file is written")
    encoding: Literal["utf-8", "utf-8-sig", "cp1252"] = Field(
        default="utf-8", description="the character set of a text file"
    )
    delimiter: str = Field(
        default=",",
        min_length=1,
        max_length=1,
        description="what stands between the cells of a CSV file, one character",
    )
    title_lines: int = Field(default=0, ge=0, description="lines before the header")
    header_rows: Literal[1, 2] = Field(
        default=1,
        description="2: groups of columns stand above their names, so `Date` below `Incident` is `Incident Date`",
    )
    sheet: str | None = Field(default=None, description="the sheet of a workbook: without it, the first")
    records: str | None = Field(
        default=None, description="JSON: the key that holds the records, if the file is an object and not an array"
    )
    ignored_rows: list[str] = Field(
        default=[],
        description="rows that are not reports, such as totals: patterns (`Total*`) for the first cell of a row, or "
        "for the first that is not blank if half the row is; counted as ignored",
    )
    max_bytes: int = Field(default=256 * 1024 * 1024, description="a file that is larger is refused")


class Photos(StrictModel):
    """Photos that the partner sends the addresses of. They are fetched after the briefing, from these hosts alone."""

    column: str = Field(description="holds one address, or several with spaces between them or in a JSON list")
    hosts: list[str] = Field(min_length=1, description="names, with a port where it is not the usual one")
    is_private: bool = Field(default=False, description="the hosts are inside our own network")
    max_bytes: int = Field(default=15 * 1024 * 1024, ge=1, description="a photo that is larger is not fetched")
    max_seconds: float = Field(default=30, gt=0, le=300, description="how long one photo may take to fetch")


class Feed(StrictModel):
    """One partner feed."""

    feed: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$", description="the feed's own name, as the file is named")
    partner: str = Field(description="who sends it, as the briefing names them")
    contact: str = Field(description="who to ask if the delivery is missing or damaged")
    timezone: str = Field(
        default="Europe/London", description="the time zone of times without an offset, such as Europe/London"
    )
    delivery: Delivery = Field(description="how the deliveries are named and reach us")
    file: File = Field(description="the shape of the file")
    fields: Fields = Field(description="which of the partner's columns holds what")
    ignored: list[str] = Field(
        default=[], description="columns that we know and ignore; `*` stands for any text (`Internal *`)"
    )
    privacy: dict[str, ColumnPrivacy] = Field(
        default={}, description="by column of the partner's, what privacy.yml says otherwise of its field"
    )
    photos: Photos | None = Field(default=None, description="addresses of photos that the partner sends")
    merge_headings: bool = Field(
        default=False, description="a case printed once for each heading is one report with several headings"
    )
    tells_once: bool = Field(
        default=False,
        description="the partner opens one report for each incident, so two of its reports are two incidents",
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
    sample_day: date = Field(description="the reporting day of the sample")

    @model_validator(mode="after")
    def _reads_or_ignores(self) -> "Feed":
        both = sorted(set(self.read_columns) & set(self.ignored))
        if both:
            raise KeyFaults([KeyFault("ignored", f"read and ignored at once: {one}", one) for one in both])
        if broad := [one for one in self.ignored if "*" in one and not re.search(r"\w", one)]:
            words = f"{broad[0]!r} would ignore every new column; give a part of the name too"
            raise KeyFaults([KeyFault("ignored", words, broad[0])])
        return self

    @property
    def columns(self) -> list[str]:
        """Every column that the declaration names: those that are read, and those that are ignored by name."""
        return self.read_columns + [name for name in self.ignored if "*" not in name]

    def declares(self, column: str) -> bool:
        """Whether a column is read or ignored, by its name or by a pattern."""
        return column in self._declared or self._ignored_pattern.fullmatch(column) is not None

    @cached_property
    def _declared(self) -> frozenset[str]:
        return frozenset([*self.read_columns, *self.ignored])

    @cached_property
    def _ignored_pattern(self) -> re.Pattern[str]:
        """A pattern for the columns that are ignored by pattern; of the special characters only `*` is one."""
        parts = [fnmatch.translate(literal_but_stars(one)) for one in self.ignored if "*" in one]
        return re.compile("|".join(parts) or r"(?!)")

    @property
    def read_columns(self) -> list[str]:
        """Every column that is read: those of reports, and that of the addresses of photos."""
        own = self.fields.columns
        return own if self.photos is None or self.photos.column in own else [*own, self.photos.column]

    def source_columns(self, report_column: str) -> list[str]:
        """The partner's columns from which a column of a report is read, so that the partner knows which to correct."""
        name = _READ_FROM.get(report_column, report_column)
        if name == "occurred_from":
            return columns_of(self.fields.occurred_from) + columns_of(self.fields.occurred_to)
        if name == "restriction_problem":
            return columns_of(self.fields.sensitivity) + columns_of(self.fields.category)
        return columns_of(getattr(self.fields, name, None))

    @property
    def placeholders(self) -> dict[str, str]:
        """Values for the placeholders in a suite's reasons: the partner's own columns and formats."""
        words = {f"{name}_column": " and ".join(columns_of(getattr(self.fields, name))) for name in Fields.model_fields}
        for name in ("received_at", "occurred_from"):
            moment: TimeColumns | None = getattr(self.fields, name)
            words[f"{name}_formats"] = " or ".join(map(_shown_format, moment.formats)) if moment else ""
        words["received_within_days"] = str(self.received_within_days)
        return words


_READ_FROM = {
    "received_problem": "received_at", "hours_after_window": "received_at", "days_too_old": "received_at",
    "source_ref_problem": "source_ref", "reference_problem": "source_ref",
}  # fmt: skip
_FORMAT_WORDS = {"%d": "dd", "%m": "mm", "%Y": "yyyy", "%y": "yy", "%H": "HH", "%M": "MM", "%S": "SS"}


def _shown_format(form: str) -> str:
    """A format as a partner would write it: `dd/mm/yyyy HH:MM`."""
    if form in ("iso8601", "excel"):
        return {"iso8601": "an ISO 8601 time", "excel": "an Excel date"}[form]
    for code, word in _FORMAT_WORDS.items():
        form = form.replace(code, word)
    return form


def literal_but_stars(text: str) -> str:
    """A text as fnmatch reads it letter by letter, its asterisks left."""
    return re.sub(r"([?[])", r"[\1]", text)


def load_feed(path: Path) -> Feed:
    """The feed that a YAML file declares. Raises DeclarationError naming the file, the key and what is wrong."""
    source = Source(shown_name(path), declared_text(path))
    feed = _feed(source)
    if feed.feed != path.stem:
        words = f"says {feed.feed}; the file must be named {feed.feed}.yml"
        raise DeclarationError.of([fault_in(source, "feed", words, feed.feed)])
    return feed


@lru_cache(maxsize=1024)
def _feed(source: Source) -> Feed:
    return validated(Feed, parse_yaml(source.text, source.name), source)


def load_feeds(paths: Iterable[Path], partners: Mapping[str, Partner] | None = None) -> dict[str, Feed]:
    """The feeds that these files declare, by name; `partners` says who sends some of them. Raises DeclarationError."""
    return {path.stem: _sent_by(load_feed(path), (partners or {}).get(path.stem)) for path in paths}


def _sent_by(feed: Feed, partner: Partner | None) -> Feed:
    if partner is None:
        return feed
    return feed.model_copy(update={"partner": partner.name, "contact": partner.contact or feed.contact})
