"""What a request says about the person it means: telephone numbers, addresses, names, dates of birth, references."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import pandas as pd

from tasking.intake.contacts import addresses_in, normalised_phones
from tasking.model.errors import TaskingError
from tasking.privacy.erasure.contacts import parse_birth_date
from tasking.privacy.erasure.name_parsing import name_of
from tasking.privacy.erasure.names import Name
from tasking.privacy.erasure.report_names import caller_names, subject_names
from tasking.privacy.erasure.search_terms import SearchTerms, search_terms_of
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import people as store
from tasking.privacy.store.people import ReportRevision

_SIGNS: Final = re.compile(r"[\s()\-.·/]+")
_KEY: Final = re.compile(r"k\d+:[0-9a-f]{32}")


@dataclass
class PersonRequest:
    """The person that a request is about: what it says of them, and what their own reports add to that."""

    contacts: set[str] = field(default_factory=set)
    names: list[Name] = field(default_factory=list)
    birth_dates: set[date] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    reports: set[str] = field(default_factory=set)


def parse_request(service: PrivacyService, ref: str, revisions: Sequence[ReportRevision]) -> PersonRequest:
    """What `ref` says about a person; see person.find_person. Raises TaskingError for what identifies nobody."""
    parts = [part.strip() for part in re.split(r"[;\n]", ref) if part.strip()]
    if not parts:
        raise TaskingError(
            "Enter a telephone number, an email address, a whole name, or <feed>:<reference> of a report."
        )
    request = PersonRequest()
    for part in parts:
        _add(service, request, part, revisions)
    has_identifier = request.contacts or request.keys or request.reports
    if not has_identifier and not any(name.is_full for name in request.names):
        raise TaskingError("Give a forename and a surname. Too many people share one name.")
    return request


def search_terms_for(service: PrivacyService, ref: str) -> SearchTerms:
    """The search terms that `ref` gives by itself, for a search when nothing of the person is stored any more."""
    request = parse_request(service, ref, ())
    return search_terms_of([name.written for name in request.names if name.is_full], sorted(request.contacts))


def _add(service: PrivacyService, request: PersonRequest, part: str, revisions: Sequence[ReportRevision]) -> None:
    feed, colon, source_ref = part.partition(":")
    if _KEY.fullmatch(part):
        request.keys.add(part)
        _add_from_keys(request, revisions)
    elif colon and feed in service.feeds:
        _add_from_report(request, revisions, feed, source_ref.strip())
    elif "@" in part:
        found = addresses_in(part)
        if len(found) != 1:
            raise TaskingError("That is not an email address.")
        request.contacts.add(found[0])
    elif _SIGNS.sub("", part).lstrip("+").isdigit():
        _add_number(request, part)
    elif any(map(str.isdigit, part)):
        born = parse_birth_date(part)
        if born is None:
            raise TaskingError(f"{part!r} is not a telephone number, date of birth or name")
        request.birth_dates.add(born)
    else:
        name = name_of(part)
        if name is None:
            raise TaskingError("give one person's name: a forename and a surname")
        request.names.append(name)


def _add_number(request: PersonRequest, part: str) -> None:
    phone = normalised_phones(pd.Series([part], dtype="str")).iloc[0]
    if not pd.isna(phone):
        request.contacts.add(str(phone))
    elif (born := parse_birth_date(part)) is not None:
        request.birth_dates.add(born)
    else:
        raise TaskingError("That is not a telephone number.")


def _add_from_keys(request: PersonRequest, revisions: Sequence[ReportRevision]) -> None:
    """Adds the contacts and names of the reports under the pseudonyms of the request."""
    for row in revisions:
        if row.caller_key in request.keys:
            request.contacts |= row.contacts
        if row.subject_key in request.keys:
            request.names += subject_names(row)


def _add_from_report(request: PersonRequest, revisions: Sequence[ReportRevision], feed: str, source_ref: str) -> None:
    """Adds contacts and names of the person who made a report. Raises TaskingError where these do not identify them."""
    found = store.report_ids(revisions, feed, source_ref)
    if not found:
        raise TaskingError("there is no record of this person: there is no report of that reference")
    if len(found) > 1:
        raise TaskingError(f"{len(found)} reports have that reference; name one with its day: {found[0]}")
    rows = [row for row in revisions if row.report_id == found[0]]
    contacts = {one for row in rows for one in row.contacts}
    names = [name for row in rows for name in caller_names(row)]
    if not contacts and not any(name.is_full for name in names):
        raise TaskingError("The person who made that report left no number or address. Give the whole name.")
    request.contacts |= contacts
    request.names += names
    request.reports.add(found[0])
