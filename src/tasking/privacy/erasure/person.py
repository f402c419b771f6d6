"""The person that a request means, with their reports and everything they are known by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import pandas as pd

from tasking.intake.pseudonyms import name_keys
from tasking.privacy.erasure.contacts import address_key
from tasking.privacy.erasure.identification import identify, shared_contacts
from tasking.privacy.erasure.mentions import PersonIdentifiers
from tasking.privacy.erasure.names import Name, is_of_ordinary_words
from tasking.privacy.erasure.report_names import any_same_name, birth_date, caller_names, names_of, subject_names
from tasking.privacy.erasure.request import PersonRequest, parse_request
from tasking.privacy.erasure.words import words_in
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import people as store
from tasking.privacy.store.people import ReportRevision, ReportRole

_RevisionKey = tuple[str, int]  # of a report: its id and its revision


@dataclass(frozen=True)
class Person:
    """A person, with everything they are known by. `own_reports` are theirs; `possible_reports` may be."""

    keys: frozenset[str]
    identifiers: PersonIdentifiers
    own_reports: tuple[ReportRole, ...]
    possible_reports: tuple[ReportRole, ...] = ()
    unread_callers: int = 0  # reports by them whose caller's cell has letters and yet cannot be read as a name
    is_ordinary: bool = False  # their name reads as ordinary words, or as a place

    @property
    def is_sure_by_name(self) -> bool:
        """Whether their full name is nobody else's and nothing else."""
        return not self.identifiers.is_name_shared and not self.is_ordinary


@dataclass
class _Roles:
    """What the person is in revisions of reports: those that are surely theirs, and those that may be."""

    sure: dict[_RevisionKey, ReportRole] = field(default_factory=dict)
    possible: dict[_RevisionKey, ReportRole] = field(default_factory=dict)

    def add(self, row: ReportRevision, *, is_sure: bool, is_caller: bool = False, is_subject: bool = False) -> None:
        found = self.sure if is_sure else self.possible
        before = found.get(_key(row), ReportRole(row.report_id, row.revision, False, False))
        found[_key(row)] = before._replace(
            is_caller=before.is_caller or is_caller, is_subject=before.is_subject or is_subject
        )

    def __contains__(self, row: ReportRevision) -> bool:
        return _key(row) in self.sure or _key(row) in self.possible


def find_person(service: PrivacyService, ref: str, *, takes_all: bool = False) -> Person:
    """The person whom `ref` means: a telephone number, an e-mail address, a full name, a date of birth, a pseudonym, or
    `<feed>:<reference>` of a report that they made; or several of these, separated by `;` or a new line.

    The name, number and address in each report that they made are taken on, and so is whatever else is under those.
    Raises TaskingError for what identifies nobody, for a number that several people use, and for a name that several
    people have or that reads as ordinary words. With `takes_all`, for a legal hold, all who may be meant are taken.
    """
    revisions = store.report_revisions(service.warehouse)
    request = parse_request(service, ref, revisions)
    places = _place_pairs(service)
    callers = identify(request, revisions, places, takes_all=takes_all)
    return _person(service, request, callers, revisions, places)


def _person(
    service: PrivacyService,
    request: PersonRequest,
    callers: Sequence[ReportRevision],
    revisions: Sequence[ReportRevision],
    places: frozenset[tuple[str, str]],
) -> Person:
    names = tuple(dict.fromkeys(request.names))
    about = [row for row in revisions if any_same_name(subject_names(row), names)]
    is_name_shared = _is_name_shared(request, names, about, revisions)
    roles = _Roles()
    _add_calls(roles, request, names, callers, revisions, is_name_shared=is_name_shared)
    _add_subjects(roles, request, about, is_name_shared=is_name_shared)
    theirs = [row for row in revisions if _key(row) in roles.sure]
    identifiers = _identifiers(request, names, about, theirs, revisions, places, is_name_shared=is_name_shared)
    for row in revisions:
        if row not in roles and _is_surely_in(row.caller_name, identifiers):
            roles.add(row, is_sure=False, is_caller=True)  # the cell cannot be read as their name, and yet contains it
    unread = {row.report_id for row in theirs if roles.sure[_key(row)].is_caller and _is_unread(row)}
    return Person(
        keys=_pseudonyms(service, request, theirs, roles.sure, is_name_shared=is_name_shared),
        identifiers=identifiers,
        own_reports=tuple(roles.sure.values()),
        possible_reports=tuple(one for at, one in roles.possible.items() if at not in roles.sure),
        unread_callers=len(unread),
        is_ordinary=any(is_of_ordinary_words(name, places) for name in names),
    )


def _is_name_shared(
    request: PersonRequest,
    names: Sequence[Name],
    about: Sequence[ReportRevision],
    revisions: Sequence[ReportRevision],
) -> bool:
    """Whether somebody else has their name: reports about it have several dates of birth, or it has other contacts."""
    if len(_birth_dates(about) | request.birth_dates) > 1:
        return True
    return any(
        row.contacts and not row.contacts & request.contacts and any_same_name(caller_names(row), names)
        for row in revisions
    )


def _add_calls(
    roles: _Roles,
    request: PersonRequest,
    names: Sequence[Name],
    callers: Sequence[ReportRevision],
    revisions: Sequence[ReportRevision],
    *,
    is_name_shared: bool,
) -> None:
    """Adds the reports that they made or may have made."""
    own = {_key(row) for row in callers}
    ids = {row.report_id for row in callers}
    for row in revisions:
        named = caller_names(row)
        if _key(row) in own:
            roles.add(row, is_sure=True, is_caller=True)
        elif row.report_id in ids:  # another revision of their report: without a caller, or under another name
            roles.add(row, is_sure=not named, is_caller=True)
        elif any_same_name(named, names):
            roles.add(row, is_sure=not row.contacts and not is_name_shared, is_caller=True)
        elif row.contacts & request.contacts and not named:
            roles.add(row, is_sure=False, is_caller=True)


def _add_subjects(
    roles: _Roles, request: PersonRequest, about: Sequence[ReportRevision], *, is_name_shared: bool
) -> None:
    """Adds the reports about their name, without those about another date of birth than the one given."""
    for row in about:
        born = birth_date(row)
        if request.birth_dates and born:
            if born in request.birth_dates:
                roles.add(row, is_sure=True, is_subject=True)
        else:
            roles.add(row, is_sure=not is_name_shared, is_subject=True)


def _identifiers(
    request: PersonRequest,
    names: tuple[Name, ...],
    about: Sequence[ReportRevision],
    theirs: Sequence[ReportRevision],
    revisions: Sequence[ReportRevision],
    places: frozenset[tuple[str, str]],
    *,
    is_name_shared: bool,
) -> PersonIdentifiers:
    shared = shared_contacts(request, revisions)
    born = request.birth_dates or _birth_dates(about)
    return PersonIdentifiers(
        names=names,
        phones=frozenset(one for one in request.contacts - shared if "@" not in one),
        emails=frozenset(one for one in request.contacts - shared if "@" in one),
        shared_contacts=frozenset(shared),
        birth_dates=frozenset(born if request.birth_dates or len(born) == 1 else ()),
        homes=frozenset(home for row in theirs if (home := address_key(row.place_text))),
        places=places,
        longer_names=_longer_names(revisions, names),
        is_name_shared=is_name_shared,
    )


def _pseudonyms(
    service: PrivacyService,
    request: PersonRequest,
    theirs: Sequence[ReportRevision],
    roles: Mapping[_RevisionKey, ReportRole],
    *,
    is_name_shared: bool,
) -> frozenset[str]:
    """The pseudonyms that their reports have, or would have."""
    pseudonyms = service.conventions.pseudonyms
    keys = set(request.keys) | {pseudonyms.for_value("caller", one) for one in request.contacts}
    for row in theirs:
        role = roles[_key(row)]
        if role.is_caller and row.caller_key:
            keys.add(row.caller_key)
        if role.is_subject and row.subject_key:
            keys.add(row.subject_key)
    if not is_name_shared:
        written = name_keys(pd.Series([name.written for name in request.names], dtype="str")).dropna()
        keys |= {pseudonyms.for_value("person", name) for name in written}
    return frozenset(keys)


def _birth_dates(rows: Sequence[ReportRevision]) -> set[date]:
    return {day for row in rows if (day := birth_date(row))}


def _is_surely_in(cell: str | None, identifiers: PersonIdentifiers) -> bool:
    return cell is not None and any(one.is_sure for one in identifiers.mentions(cell))


def _is_unread(row: ReportRevision) -> bool:
    """Whether the caller's cell has letters that cannot be read as a name."""
    return any(map(str.isalpha, row.caller_name or "")) and not caller_names(row)


def _longer_names(revisions: Sequence[ReportRevision], names: Sequence[Name]) -> frozenset[tuple[str, ...]]:
    """The names of other people that contain all words of one of `names`, and more."""
    own = [tuple(word.key for word in words_in(name.written)) for name in names if name.is_full]
    cells = {cell for row in revisions for cell in (row.caller_name, row.subject_name) if cell}
    others = [name for cell in cells for name in names_of(cell) if not any_same_name([name], names)]
    found = {tuple(word.key for word in words_in(name.written)) for name in others}
    return frozenset(words for words in found if any(_is_within(one, words) for one in own))


def _is_within(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    size = len(one)
    return size < len(other) and any(other[start : start + size] == one for start in range(len(other) - size + 1))


def _place_pairs(service: PrivacyService) -> frozenset[tuple[str, str]]:
    """Every two words that stand side by side in the name of a street, a place or a town."""
    gazetteer = service.gazetteer
    return frozenset(pair for words in (*gazetteer.names, *gazetteer.towns) for pair in pairwise(words))


def _key(row: ReportRevision) -> _RevisionKey:
    return row.report_id, row.revision
