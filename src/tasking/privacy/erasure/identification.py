"""From what a request says to all the calls of one person; or a refusal, where it may mean several people."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from tasking.model.errors import TaskingError
from tasking.privacy.erasure.names import Name, is_of_ordinary_words, is_same_person
from tasking.privacy.erasure.report_names import (
    any_same_name,
    any_same_person,
    birth_date,
    caller_names,
    subject_names,
)
from tasking.privacy.erasure.request import PersonRequest
from tasking.privacy.store.people import ReportRevision

_FEWEST_LETTERS: Final = 6  # of a full name that is looked for without a number or an address


def identify(
    request: PersonRequest,
    revisions: Sequence[ReportRevision],
    places: Collection[tuple[str, str]],
    *,
    takes_all: bool,
) -> list[ReportRevision]:
    """Adds to a request what the person's reports say of them. Returns the revisions of reports that they made.

    `places`: every two words that stand side by side in the name of a place. Raises TaskingError where the request may
    mean several people or nobody; with `takes_all` everybody who may be meant is taken.
    """
    if not request.contacts:
        _add_contacts(request, revisions, places, takes_all=takes_all)
    elif not request.names:
        _add_names(request, revisions, takes_all=takes_all)
    elif not takes_all:
        _refuse_other_name(request, revisions)
    return _own_calls(request, revisions)


def shared_contacts(request: PersonRequest, revisions: Sequence[ReportRevision]) -> set[str]:
    """Those of the person's numbers and addresses that people of another name use too."""
    if not request.names:
        return set()
    return {
        one
        for row in revisions
        for one in row.contacts & request.contacts
        if caller_names(row) and not any_same_person(caller_names(row), request.names)
    }


def _add_contacts(
    request: PersonRequest,
    revisions: Sequence[ReportRevision],
    places: Collection[tuple[str, str]],
    *,
    takes_all: bool,
) -> None:
    """Adds the contacts of the person with the name. Raises TaskingError where several have, or it may be no name."""
    named = [row for row in revisions if any_same_name(caller_names(row), request.names)]
    about = [row for row in revisions if any_same_name(subject_names(row), request.names)]
    groups = _groups(row.contacts for row in named if row.contacts)
    if not takes_all:
        _refuse_weak_name(request, places)
        if len(groups) > 1:
            raise TaskingError(
                f"callers with {len(groups)} different numbers or addresses have that name. Give the number too, as in "
                "'NAME; NUMBER', or all the numbers if they are one person's"
            )
        born = {day for row in about if (day := birth_date(row))}
        if len(born) > 1 and not request.birth_dates:
            raise TaskingError(
                f"reports about that name have {len(born)} dates of birth: give one, as in 'NAME; 1951-02-03'"
            )
    for group in groups:
        request.contacts |= group


def _refuse_weak_name(request: PersonRequest, places: Collection[tuple[str, str]]) -> None:
    """Raises TaskingError for a name that does not identify anybody by itself."""
    if any(is_of_ordinary_words(name, places) for name in request.names) and not request.birth_dates:
        raise TaskingError(
            "that name is too common, or reads as ordinary words or as a place: give a telephone number, an e-mail "
            "address, a date of birth or the reference of a report beside it, as in 'NAME; NUMBER'"
        )
    if any(name.length < _FEWEST_LETTERS and name.key[0].isascii() for name in request.names):
        raise TaskingError("that name is too short to look for alone: give a number beside it, as in 'NAME; NUMBER'")


def _add_names(request: PersonRequest, revisions: Sequence[ReportRevision], *, takes_all: bool) -> None:
    """Adds the name of the person who uses the contact. Raises TaskingError where several people do."""
    found = [name for row in revisions if row.contacts & request.contacts for name in caller_names(row)]
    people: list[Name] = []
    for name in sorted(found, key=lambda name: (not name.is_full, not name.initial, name.written)):
        if not any(is_same_person(name, other) for other in people):
            people.append(name)
    if len(people) > 1 and not takes_all:
        raise TaskingError(
            f"{len(people)} people have used that number or address. Give the name too, as in 'NAME; NUMBER'"
        )
    request.names += people if takes_all else found


def _refuse_other_name(request: PersonRequest, revisions: Sequence[ReportRevision]) -> None:
    """Raises TaskingError where the contact is under another name than the one given."""
    names = [name for row in revisions if row.contacts & request.contacts for name in caller_names(row)]
    if names and not any_same_person(names, request.names):
        raise TaskingError("there is no record of this person: that number or address is under another name")


def _own_calls(request: PersonRequest, revisions: Sequence[ReportRevision]) -> list[ReportRevision]:
    """The reports that they made. Contacts and names found in them are added, until nothing new is found."""
    while True:
        shared = shared_contacts(request, revisions)
        callers = [row for row in revisions if _is_call(row, request, shared)]
        ids, before = {row.report_id for row in callers}, set(callers)
        callers += [
            row
            for row in revisions
            if row.report_id in ids and row not in before and any_same_person(caller_names(row), request.names)
        ]  # other revisions of their reports, under another number or none
        contacts = {one for row in callers for one in row.contacts} - request.contacts
        names = {name for row in callers for name in caller_names(row) if any_same_person([name], request.names)}
        if not contacts and names <= set(request.names):
            return callers
        request.contacts |= contacts
        request.names += sorted(names - set(request.names), key=lambda name: name.written)


def _is_call(row: ReportRevision, request: PersonRequest, shared: set[str]) -> bool:
    """Whether a report was made with a contact of theirs, under their name, or without one and not a shared contact."""
    if not row.contacts & request.contacts:
        return False
    names = caller_names(row)
    return any_same_person(names, request.names) if names else not row.contacts & shared


def _groups(contacts: Iterable[frozenset[str]]) -> list[set[str]]:
    """Contacts that were given together in a report, as disjoint groups."""
    groups: list[set[str]] = []
    for one in contacts:
        touching = [group for group in groups if group & one]
        groups = [group for group in groups if not group & one] + [set(one).union(*touching)]
    return groups
