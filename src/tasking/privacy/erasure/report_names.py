"""The names and dates of birth in revisions of reports, parsed once, and whether they can be one person's."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from tasking.privacy.erasure.contacts import parse_birth_date
from tasking.privacy.erasure.name_parsing import names_in
from tasking.privacy.erasure.names import Name, is_same_name, is_same_person
from tasking.privacy.store.people import ReportRevision

names_of = lru_cache(maxsize=200_000)(names_in)
_parse_birth_date = lru_cache(maxsize=100_000)(parse_birth_date)


def caller_names(row: ReportRevision) -> list[Name]:
    """The names in the caller's cell of a report."""
    return names_of(row.caller_name)


def subject_names(row: ReportRevision) -> list[Name]:
    """The names in the cell of the person whom a report is about."""
    return names_of(row.subject_name)


def birth_date(row: ReportRevision) -> date | None:
    """The date of birth of the person whom a report is about."""
    return _parse_birth_date(row.subject_born_on) if row.subject_born_on else None


def any_same_person(names: Iterable[Name], theirs: Sequence[Name]) -> bool:
    """Whether one of the names can be of a person with one of `theirs`."""
    return any(is_same_person(one, other) for one in names for other in theirs)


def any_same_name(names: Iterable[Name], theirs: Sequence[Name]) -> bool:
    """Whether one of the names is one of `theirs`, in any spelling."""
    return any(is_same_name(one, other) for one in names for other in theirs)
