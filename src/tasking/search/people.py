"""People among the results: reports whose caller or subject matches, one result for each person."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from tasking.search.query import Query
from tasking.search.results import PersonResult
from tasking.search.words import words_in

_MOST_REPORTS: Final = 5  # of one person that a result names


class _Role(NamedTuple):
    """What somebody is in a report. `key`: a pseudonym, empty where only the name is known."""

    key: str
    name: str
    contact: str
    is_caller: bool


def people_in(rows: Iterable[Mapping[str, Any]], query: Query) -> list[PersonResult]:
    """The people in some reports, the newest report first, whom the query means. Of a restricted report nothing is
    said but that there is one."""
    found: dict[tuple[str, ...], PersonResult] = {}
    for row in rows:
        if row["is_restricted"]:
            found["restricted", row["incident_id"]] = _person(row, _Role("", "", "", False), is_restricted=True)
            continue
        for role in _roles(row, query):
            of = ("key", role.key) if role.key else ("name", role.name, row["incident_id"])
            found[of] = _joined(found[of], row, role) if of in found else _person(row, role)
    return list(found.values())


def _roles(row: Mapping[str, Any], query: Query) -> Iterator[_Role]:
    contact = row["caller_phone"] or row["caller_email"] or ""
    caller = _Role(row["caller_key"] or "", row["caller_name"] or "", contact, True)
    subject = _Role(row["subject_key"] or "", row["subject_name"] or "", "", False)
    if not row["is_anonymous"] and _is_meant(query, caller.name, row["caller_phone"], row["caller_email"]):
        yield caller
    if _is_meant(query, subject.name):
        yield subject


def _is_meant(query: Query, *values: str | None) -> bool:
    """Whether the words of one person are all that the query has."""
    words = {word for value in values if value for word in words_in(value)}
    if query.contacts:
        return all(words.issuperset(words_in(contact)) for contact in query.contacts)
    return bool(query.terms) and all(
        not words.isdisjoint(term.forms) or (term.start and any(word.startswith(term.start) for word in words))
        for term in query.terms
    )


def _person(row: Mapping[str, Any], role: _Role, *, is_restricted: bool = False) -> PersonResult:
    return PersonResult(
        key=role.key,
        name=role.name,
        contact=role.contact,
        is_caller=role.is_caller,
        is_subject=not role.is_caller and not is_restricted,
        day=row["day"],
        incident_ids=(row["incident_id"],),
        report_ids=(row["report_id"],),
        is_restricted=is_restricted,
    )


def _joined(one: PersonResult, row: Mapping[str, Any], role: _Role) -> PersonResult:
    incidents = tuple(dict.fromkeys((*one.incident_ids, row["incident_id"])))[:_MOST_REPORTS]
    reports = tuple(dict.fromkeys((*one.report_ids, row["report_id"])))[:_MOST_REPORTS]
    return replace(
        one,
        name=one.name or role.name,
        contact=one.contact or role.contact,
        is_caller=one.is_caller or role.is_caller,
        is_subject=one.is_subject or not role.is_caller,
        incident_ids=incidents,
        report_ids=reports,
    )
