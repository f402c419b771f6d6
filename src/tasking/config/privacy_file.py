"""The declaration of data protection, include/privacy.yml: what each field of a report is, why and how long it is kept.

Who may read a field is no choice of a partnership: the pages do what model.report says.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, model_validator

from tasking.config.faults import Source, fault_in, validated
from tasking.config.feed import Feed
from tasking.config.feed_columns import DataClass, Fields, columns_of
from tasking.config.strict_model import KeyFault, KeyFaults, StrictModel
from tasking.config.yaml_file import declared_text, parse_yaml, shown_name
from tasking.model.errors import DeclarationError, Fault
from tasking.model.report import PERSONAL_COLUMNS, REPORT_COLUMNS, REPORT_FIELDS
from tasking.model.retention import Retention

PHOTOS: Final = "photos"  # the addresses of photos, which are no column of a report
SOURCES: Final = (*Fields.model_fields, PHOTOS)
Kept = Literal["people_days", "reports_days"]
# What a report can't be stored without, or is counted by: it stays until the report goes.
_NEVER_EMPTIED: Final = frozenset({"source_ref", "received_at", "category"})


class Purpose(StrictModel):
    """Why data is kept, and what allows it."""

    what: str = Field(description="what it is needed for, as a notice to the public would say it")
    basis: str = Field(description="the lawful basis: UK GDPR article 6, and the law that it rests on")
    special: str = Field(default="", description="the condition for special category data: UK GDPR article 9")
    criminal: str = Field(default="", description="the condition for criminal offence data: UK GDPR article 10")

    def allows(self, data: DataClass) -> bool:
        """Whether a condition is named for this class of data, where it needs one."""
        return {"special": bool(self.special), "criminal": bool(self.criminal)}.get(data, True)


class FieldPrivacy(StrictModel):
    """What a field of a report is in data protection."""

    what: str = Field(description="what stands in it, in words")
    data: DataClass = Field(
        description="none, or personal data, special category data (article 9), data on criminal offences (article 10)"
    )
    purpose: str = Field(description="why it is kept: a name under purposes")
    kept: Kept = Field(description="for how long: the class of retention in partnership.yml")
    read_from: list[str] = Field(
        min_length=1, description="the fields of a feed's declaration that it is read or worked out from"
    )


class Privacy(StrictModel):
    """include/privacy.yml."""

    purposes: dict[str, Purpose] = Field(description="by name, why data is kept and what allows it")
    fields: dict[str, FieldPrivacy] = Field(
        description="by the name of a report's column, what it is; photos stands for the photos of a feed"
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        faults = [*self._faults_of_names(), *self._faults_of_fields()]
        if faults:
            raise KeyFaults(faults)
        return self

    def _faults_of_names(self) -> Iterator[KeyFault]:
        for name in (*REPORT_FIELDS, PHOTOS):
            if name not in self.fields:
                yield KeyFault("fields", f"{name} has no entry: say what it is, why and for how long it is kept")
        read = {source for one in self.fields.values() for source in one.read_from}
        for source in SOURCES:
            if source not in read:
                yield KeyFault("fields", f"no entry has {source} under read_from: say what becomes of it")

    def _faults_of_fields(self) -> Iterator[KeyFault]:
        for name, one in self.fields.items():
            key = f"fields.{name}"
            if name not in REPORT_FIELDS and name != PHOTOS:
                yield KeyFault(key, "a report has no such column")
            for source in one.read_from:
                if source not in SOURCES:
                    yield KeyFault(f"{key}.read_from", f"a feed has no field '{source}'", source)
            if words := self.fault_of_purpose(one.purpose, one.data):
                yield KeyFault(f"{key}.purpose", words)
            if name in (*PERSONAL_COLUMNS, PHOTOS) and one.kept != "people_days":
                yield KeyFault(f"{key}.kept", "it goes with the people of a report: kept: people_days")
            is_needed = name in _NEVER_EMPTIED or REPORT_COLUMNS.get(name) == "bool"
            if is_needed and one.kept != "reports_days":
                yield KeyFault(f"{key}.kept", "a report can't be kept without it: kept: reports_days")

    def fault_of_purpose(self, purpose: str, data: DataClass) -> str:
        """What is wrong with a purpose for a class of data, in words; empty where nothing is."""
        if purpose not in self.purposes:
            return f"there is no purpose '{purpose}'; there are: {', '.join(self.purposes)}"
        if not self.purposes[purpose].allows(data):
            return f"the data is {data}, and the purpose {purpose} names no condition for it: {data}"
        return ""

    @cached_property
    def emptied_with_people(self) -> tuple[str, ...]:
        """The columns of reports that are emptied when the people of a report go."""
        return tuple(name for name in REPORT_COLUMNS if self.fields[name].kept == "people_days")

    def of_column(self, feed: Feed, column: str) -> Mapping[str, FieldPrivacy]:
        """What is read from a column of a feed: by column of a report, as the feed refines it."""
        sources = {name for name in Fields.model_fields if column in columns_of(getattr(feed.fields, name))}
        if feed.photos is not None and column == feed.photos.column:
            sources.add(PHOTOS)
        refined = feed.privacy.get(column)
        changes: dict[str, Any] = refined.model_dump(exclude_none=True) if refined else {}
        found = {name: one for name, one in self.fields.items() if sources & set(one.read_from)}
        return {
            name: one.model_copy(update=changes) if _is_as_sent(name, sources) else one for name, one in found.items()
        }


def _is_as_sent(name: str, sources: set[str]) -> bool:
    """Whether a column of a report has a partner's words, which a feed may say more of; others are worked out here."""
    is_position = name in ("latitude", "longitude") and "position" in sources
    return is_position or name in sources or name.removesuffix("_text") in sources


def kept_days(retention: Retention, kept: Kept) -> int | None:
    """For how many days a class is kept; None for ever."""
    days: int | None = getattr(retention, kept)
    return days


def load_privacy(path: Path) -> Privacy:
    """The declaration of include/privacy.yml. Raises DeclarationError."""
    return _privacy(Source(shown_name(path), declared_text(path)))


@lru_cache(maxsize=64)
def _privacy(source: Source) -> Privacy:
    return validated(Privacy, parse_yaml(source.text, source.name), source)


def check_refinements(privacy: Privacy, feed: Feed, path: Path) -> None:
    """Raises DeclarationError for what a feed says under `privacy` of columns that it does not read, or of purposes
    that there are not. `path`: of its declaration."""
    source = Source(shown_name(path), declared_text(path))
    faults: list[Fault] = []
    for column in feed.privacy:
        if column not in feed.read_columns:
            words = f"{column}: the feed does not read such a column; it reads: {', '.join(feed.read_columns)}"
            faults.append(fault_in(source, "privacy", words, column))
            continue
        for one in privacy.of_column(feed, column).values():
            if words := privacy.fault_of_purpose(one.purpose, one.data):
                faults.append(fault_in(source, "privacy", f"{column}: {words}", column))
    if faults:
        raise DeclarationError.of(list(dict.fromkeys(faults)))
