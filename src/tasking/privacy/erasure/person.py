"""Who is meant: from a telephone number, an address, a name or a reference to one person's reports, or a refusal."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final

import pandas as pd

from tasking.intake.contacts import addresses_in, normalised_phones
from tasking.intake.pseudonyms import name_keys
from tasking.model.errors import TaskingError
from tasking.privacy.erasure.contacts import born_on, home_of
from tasking.privacy.erasure.mentions import Sought
from tasking.privacy.erasure.names import (
    Name,
    is_of_ordinary_words,
    is_same_name,
    is_same_person,
    name_of,
    names_in,
)
from tasking.privacy.erasure.remains import Statement, statement_of
from tasking.privacy.erasure.words import words_in
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import erasure as store
from tasking.privacy.store.erasure import Known, Told

_SIGNS: Final = re.compile(r"[\s()\-.·/]+")
_KEY: Final = re.compile(r"k\d+:[0-9a-f]{32}")
_FEWEST_LETTERS: Final = 6  # of a whole name that is looked for without a number or an address

_names = lru_cache(maxsize=200_000)(names_in)


@dataclass(frozen=True)
class Person:
    """Somebody by all that is known of them. `known`: reports that are theirs; `possible`: reports that may be."""

    keys: frozenset[str]
    sought: Sought
    known: tuple[Known, ...]
    possible: tuple[Known, ...] = ()
    unread: int = 0  # reports by them whose caller is written with letters that are no name to us
    is_ordinary: bool = False  # their name reads as ordinary words, or as a place

    @property
    def is_sure_by_name(self) -> bool:
        """Whether their whole name is nobody else's and nothing else."""
        return not self.sought.is_name_shared and not self.is_ordinary


@dataclass
class _Meant:
    """What a reference to a person is made of."""

    contacts: set[str] = field(default_factory=set)
    names: list[Name] = field(default_factory=list)
    born: set[date] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    reports: set[str] = field(default_factory=set)


def find_person(service: PrivacyService, ref: str, *, takes_all: bool = False) -> Person:
    """Who is meant by `ref`: a telephone number, an e-mail address, a whole name, a date of birth, a pseudonym, or
    `<feed>:<reference>` of a report that they made; or several of these with `;` or a new line between them.

    From each report that they made their name, number and address are taken on, and whatever else is under those.
    Raises TaskingError for what can't be meant, for a number that several people use, and for a name that several bear
    or that reads as ordinary words; with `takes_all`, for keeping somebody's data, everybody is taken who may be meant.
    """
    told = store.everybody(service.warehouse)
    meant = _meant(service, ref, told)
    if not meant.contacts:
        _take_contacts(service, meant, told, takes_all=takes_all)
    elif not meant.names:
        _take_names(meant, told, takes_all=takes_all)
    elif not takes_all:
        _refuse_a_stranger(meant, told)
    callers = _close(meant, told)
    return _person(service, meant, callers, told)


def _meant(service: PrivacyService, ref: str, told: Sequence[Told]) -> _Meant:
    parts = [part.strip() for part in re.split(r"[;\n]", ref) if part.strip()]
    if not parts:
        raise TaskingError(
            "whom? a telephone number, an e-mail address, a whole name, or <feed>:<reference> of a report"
        )
    meant = _Meant()
    for part in parts:
        _add(service, meant, part, told)
    if not (meant.contacts or meant.keys or meant.reports) and not any(name.is_full for name in meant.names):
        raise TaskingError("a name is a forename and a surname: one word alone is too many people's")
    return meant


def _add(service: PrivacyService, meant: _Meant, part: str, told: Sequence[Told]) -> None:
    feed, colon, source_ref = part.partition(":")
    if _KEY.fullmatch(part):
        meant.keys.add(part)
        _take_keys(meant, told)
    elif colon and feed in service.feeds:
        _take_report(meant, told, feed, source_ref.strip())
    elif "@" in part:
        found = addresses_in(part)
        if len(found) != 1:
            raise TaskingError("that is no e-mail address")
        meant.contacts.add(found[0])
    elif _SIGNS.sub("", part).lstrip("+").isdigit():
        phone = normalised_phones(pd.Series([part], dtype="str")).iloc[0]
        if not pd.isna(phone):
            meant.contacts.add(str(phone))
        elif (born := born_on(part)) is not None:
            meant.born.add(born)
        else:
            raise TaskingError("that is no telephone number")
    elif any(map(str.isdigit, part)):
        born = born_on(part)
        if born is None:
            raise TaskingError(f"{part!r} is no telephone number, date of birth or name")
        meant.born.add(born)
    else:
        name = name_of(part)
        if name is None:
            raise TaskingError("give one person's name: a forename and a surname")
        meant.names.append(name)


def _take_keys(meant: _Meant, told: Sequence[Told]) -> None:
    for row in told:
        if row.caller_key in meant.keys:
            meant.contacts |= row.contacts
        if row.subject_key in meant.keys:
            meant.names += _names(row.subject_name)


def _take_report(meant: _Meant, told: Sequence[Told], feed: str, source_ref: str) -> None:
    found = store.report_ids(told, feed, source_ref)
    if not found:
        raise TaskingError("nobody is known by this: there is no report of that reference")
    if len(found) > 1:
        raise TaskingError(f"{len(found)} reports have that reference; name one with its day: {found[0]}")
    rows = [row for row in told if row.report_id == found[0]]
    contacts = {one for row in rows for one in row.contacts}
    names = [name for row in rows for name in _names(row.caller_name)]
    if not contacts and not any(name.is_full for name in names):
        raise TaskingError("whoever made that report left neither number nor address: give the whole name")
    meant.contacts |= contacts
    meant.names += names
    meant.reports.add(found[0])


def _take_contacts(service: PrivacyService, meant: _Meant, told: Sequence[Told], *, takes_all: bool) -> None:
    """The contacts of the one who bears the name. Raises TaskingError where several do, or where it may be no name."""
    bearers = [row for row in told if _bears(_names(row.caller_name), meant.names)]
    born = {day for row in told if _bears(_names(row.subject_name), meant.names) and (day := _born(row))}
    groups = _groups(row.contacts for row in bearers if row.contacts)
    if not takes_all:
        if any(is_of_ordinary_words(name, _in_places(service)) for name in meant.names) and not meant.born:
            raise TaskingError(
                "that name is too common, or reads as ordinary words or as a place: give a telephone number, an e-mail "
                "address, a date of birth or the reference of a report beside it, as in 'NAME; NUMBER'"
            )
        if any(name.length < _FEWEST_LETTERS and name.key[0].isascii() for name in meant.names):
            raise TaskingError(
                "that name is too short to look for alone: give a number beside it, as in 'NAME; NUMBER'"
            )
        if len(groups) > 1:
            raise TaskingError(
                f"callers under {len(groups)} different numbers or addresses bear that name: give the number too, as "
                "in 'NAME; NUMBER', or all of theirs where it is one person"
            )
        if len(born) > 1 and not meant.born:
            raise TaskingError(
                f"reports about that name have {len(born)} dates of birth: give one, as in 'NAME; 1951-02-03'"
            )
    for group in groups:
        meant.contacts |= group


def _take_names(meant: _Meant, told: Sequence[Told], *, takes_all: bool) -> None:
    """The name of the one who uses the contact. Raises TaskingError where several do."""
    found = [name for row in told if row.contacts & meant.contacts for name in _names(row.caller_name)]
    people: list[Name] = []
    for name in sorted(found, key=lambda name: (not name.is_full, not name.initial, name.written)):
        if not any(is_same_person(name, other) for other in people):
            people.append(name)
    if len(people) > 1 and not takes_all:
        raise TaskingError(
            f"{len(people)} people have rung from that number or written from that address: give the name too, as in "
            "'NAME; NUMBER'"
        )
    meant.names += people if takes_all else found


def _refuse_a_stranger(meant: _Meant, told: Sequence[Told]) -> None:
    names = [name for row in told if row.contacts & meant.contacts for name in _names(row.caller_name)]
    if names and not any(is_same_person(one, other) for one in names for other in meant.names):
        raise TaskingError("nobody is known by this: that number or address is under another name")


def _close(meant: _Meant, told: Sequence[Told]) -> list[Told]:
    """Their own calls; what these tell of them is taken on until nothing is new."""
    while True:
        is_shared = _shared(meant, told)
        callers = [
            row
            for row in told
            if row.contacts & meant.contacts
            and (
                _same(_names(row.caller_name), meant.names) if _names(row.caller_name) else not row.contacts & is_shared
            )
        ]
        ids, before = {row.report_id for row in callers}, set(callers)
        callers += [
            row
            for row in told
            if row.report_id in ids and row not in before and _same(_names(row.caller_name), meant.names)
        ]  # other revisions of their reports, under another number or none
        contacts = {one for row in callers for one in row.contacts} - meant.contacts
        names = {name for row in callers for name in _names(row.caller_name) if _same([name], meant.names)}
        if not contacts and names <= set(meant.names):
            return callers
        meant.contacts |= contacts
        meant.names += sorted(names - set(meant.names), key=lambda name: name.written)


def _person(service: PrivacyService, meant: _Meant, callers: Sequence[Told], told: Sequence[Told]) -> Person:
    names = tuple(dict.fromkeys(meant.names))
    own = {(row.report_id, row.revision) for row in callers}
    ids = {row.report_id for row in callers}
    shared = _shared(meant, told)
    subjects = [row for row in told if _bears(_names(row.subject_name), names)]
    born = meant.born or {day for row in subjects if (day := _born(row))}
    is_name_shared = len({day for row in subjects if (day := _born(row))} | meant.born) > 1 or any(
        row.contacts and not row.contacts & meant.contacts and _bears(_names(row.caller_name), names) for row in told
    )
    known: dict[tuple[str, int], Known] = {}
    possible: dict[tuple[str, int], Known] = {}

    def add(row: Told, *, is_sure: bool, is_caller: bool = False, is_subject: bool = False) -> None:
        found = known if is_sure else possible
        before = found.get((row.report_id, row.revision), Known(row.report_id, row.revision, False, False))
        found[row.report_id, row.revision] = before._replace(
            is_caller=before.is_caller or is_caller, is_subject=before.is_subject or is_subject
        )

    for row in told:
        named = _names(row.caller_name)
        if (row.report_id, row.revision) in own:
            add(row, is_sure=True, is_caller=True)
        elif row.report_id in ids:  # another revision of their report: without a caller, or under another name
            add(row, is_sure=not named, is_caller=True)
        elif _bears(named, names):
            add(row, is_sure=not row.contacts and not is_name_shared, is_caller=True)
        elif row.contacts & meant.contacts and not named:
            add(row, is_sure=False, is_caller=True)
    for row in subjects:
        day = _born(row)
        is_sure = day in meant.born if meant.born and day else not is_name_shared
        if not (meant.born and day and not is_sure):
            add(row, is_sure=is_sure, is_subject=True)
    theirs = [row for row in told if (row.report_id, row.revision) in known]
    places = _in_places(service)
    sought = Sought(
        names=names,
        phones=frozenset(one for one in meant.contacts - shared if "@" not in one),
        emails=frozenset(one for one in meant.contacts - shared if "@" in one),
        shared=frozenset(shared),
        born=frozenset(born if meant.born or len(born) == 1 else ()),
        homes=frozenset(home for row in theirs if (home := home_of(row.place_text))),
        places=places,
        others=_longer_names(told, names),
        is_name_shared=is_name_shared,
    )
    for row in told:
        if (row.report_id, row.revision) not in known.keys() | possible.keys() and _is_sure_in(row.caller_name, sought):
            add(row, is_sure=False, is_caller=True)  # a cell that no rule reads as their name, and yet it has it
    keys = _keys(service, meant, theirs, known, is_name_shared=is_name_shared)
    possible = {at: one for at, one in possible.items() if at not in known}
    is_ordinary = any(is_of_ordinary_words(name, places) for name in names)
    unread = {
        row.report_id
        for row in theirs
        if known[row.report_id, row.revision].is_caller
        and any(map(str.isalpha, row.caller_name or ""))
        and not _names(row.caller_name)
    }
    return Person(keys, sought, tuple(known.values()), tuple(possible.values()), len(unread), is_ordinary)


def _keys(
    service: PrivacyService,
    meant: _Meant,
    theirs: Sequence[Told],
    known: Mapping[tuple[str, int], Known],
    *,
    is_name_shared: bool,
) -> frozenset[str]:
    """The pseudonyms under which they are known, or would be."""
    pseudonyms = service.conventions.pseudonyms
    keys = set(meant.keys) | {pseudonyms.for_value("caller", one) for one in meant.contacts}
    for row in theirs:
        one = known.get((row.report_id, row.revision))
        if one is not None and one.is_caller and row.caller_key:
            keys.add(row.caller_key)
        if one is not None and one.is_subject and row.subject_key:
            keys.add(row.subject_key)
    if not is_name_shared:
        written = name_keys(pd.Series([name.written for name in meant.names], dtype="str")).dropna()
        keys |= {pseudonyms.for_value("person", name) for name in written}
    return frozenset(keys)


def _shared(meant: _Meant, told: Sequence[Told]) -> set[str]:
    """Those of their contacts that people of another name use too."""
    if not meant.names:
        return set()
    return {
        one
        for row in told
        for one in row.contacts & meant.contacts
        if _names(row.caller_name) and not _same(_names(row.caller_name), meant.names)
    }


def _same(names: Iterable[Name], theirs: Sequence[Name]) -> bool:
    return any(is_same_person(one, other) for one in names for other in theirs)


def _bears(names: Iterable[Name], theirs: Sequence[Name]) -> bool:
    return any(is_same_name(one, other) for one in names for other in theirs)


def _is_sure_in(cell: str | None, sought: Sought) -> bool:
    return cell is not None and any(one.is_sure for one in sought.mentions(cell))


def _born(row: Told) -> date | None:
    return _born_on(row.subject_born_on) if row.subject_born_on else None


_born_on = lru_cache(maxsize=100_000)(born_on)


def _groups(contacts: Iterable[frozenset[str]]) -> list[set[str]]:
    """Contacts that reports give together, as groups that share none."""
    groups: list[set[str]] = []
    for one in contacts:
        touching = [group for group in groups if group & one]
        groups = [group for group in groups if not group & one] + [set(one).union(*touching)]
    return groups


def _longer_names(told: Sequence[Told], names: Sequence[Name]) -> frozenset[tuple[str, ...]]:
    """The names of others that have all words of one of theirs, and more."""
    own = [tuple(word.key for word in words_in(name.written)) for name in names if name.is_full]
    found = set()
    for cell in {cell for row in told for cell in (row.caller_name, row.subject_name) if cell}:
        for name in _names(cell):
            words = tuple(word.key for word in words_in(name.written))
            if not any(is_same_name(name, one) for one in names) and any(_is_within(one, words) for one in own):
                found.add(words)
    return frozenset(found)


def _is_within(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    size = len(one)
    return size < len(other) and any(other[start : start + size] == one for start in range(len(other) - size + 1))


def _in_places(service: PrivacyService) -> frozenset[tuple[str, str]]:
    """Every two words that stand side by side in the name of a street, a place or a town."""
    gazetteer = service.gazetteer
    return frozenset(pair for words in (*gazetteer.names, *gazetteer.towns) for pair in pairwise(words))


def statement_for(service: PrivacyService, ref: str) -> Statement:
    """What a reference to a person says by itself, for a search after nothing of them is known any more."""
    meant = _meant(service, ref, ())
    return statement_of([name.written for name in meant.names if name.is_full], sorted(meant.contacts))
