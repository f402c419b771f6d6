"""The history of a public place: what happened there over a year, what was done, and what came of it.

Restricted matters are in none of its counts, whoever asks: they are opened one at a time, with a reason.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tasking.casefile.service import CasefileService
from tasking.casefile.store import history as store
from tasking.linkage.incident_filter import IncidentFilter, IncidentRow
from tasking.meeting import Group, Tasking, effect_of_group
from tasking.meeting.decisions import today
from tasking.meeting.effect import Effect
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

_YEAR: Final = timedelta(days=365)
_LATELY: Final = 28  # days, today one of them
_LISTED: Final = 50
_KINDS: Final = 6  # of the table: the others are one column


@dataclass(frozen=True)
class Month:
    """A month's incidents: how many of each of the kinds of the table, and altogether. Only months with data."""

    first: date
    counts: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class PlaceHistory:
    """What happened at a place from `since` on. `kinds`: labels, the commonest first; `months`: the newest first.

    `this_year`: incidents since 1 January. `callers`: people who reported two or more of the incidents.
    """

    name: str
    since: date
    total: int
    this_year: int
    year: int
    kinds: tuple[str, ...]
    months: tuple[Month, ...]
    incidents: tuple[IncidentRow, ...]
    callers: int
    first_day: date | None  # of the data that there is, where it does not reach back to `since`
    incident_ids: frozenset[str] = frozenset()  # of all of them; `incidents` lists the newest


def busiest_places(service: CasefileService) -> list[tuple[str, int]]:
    """The public places with the most public incidents in the last 28 days, and how many, the most first."""
    day = today(service.meeting)
    rows = service.linkage.located(
        IncidentFilter(since=day - timedelta(days=_LATELY - 1), until=day), PUBLIC_VISIBILITY
    )
    counted = Counter(service.public_name(row["place_name"])[0] for row in rows if row["place_name"])
    named = [(name, count) for name, count in counted.items() if name]
    return sorted(named, key=lambda one: (-one[1], one[0]))[:_LISTED]


def names_of(service: CasefileService, name: str, is_same: Callable[[str, str], bool]) -> list[str]:
    """The names under which the warehouse has a place: earlier versions gave some places two."""
    bare = name.partition(", ")[0]
    found = [one for one in store.spellings(service.warehouse, bare) if one == name or is_same(one, name)]
    return list(dict.fromkeys([name, *found]))


def place_history(service: CasefileService, name: str, names: Sequence[str]) -> PlaceHistory:
    """The public incidents at a place in the last twelve months. `names`: see names_of."""
    day = today(service.meeting)
    since = day - _YEAR
    rows = [
        row
        for one in names
        for row in service.linkage.located(IncidentFilter(place=one, since=since, until=day), PUBLIC_VISIBILITY)
    ]
    listed = [
        row
        for one in names
        for row in service.linkage.incidents(IncidentFilter(place=one, since=since, until=day), PUBLIC_VISIBILITY, None,
                                             _LISTED)
    ]  # fmt: skip
    for row in rows:
        row["what"] = service.what(row["category"], row["signs"])
    often = Counter(row["what"] for row in rows)
    kinds = sorted(often, key=lambda one: (-often[one], one))[:_KINDS]  # the order of rows may tell of restricted ones
    first = service.linkage.first_day()
    return PlaceHistory(
        name=name,
        since=since,
        total=len(rows),
        this_year=sum(row["day"].year == day.year for row in rows),
        year=day.year,
        kinds=tuple(kinds),
        months=tuple(_months(rows, kinds, max(since, first or since), day)),
        incidents=tuple(sorted(listed, key=lambda one: (one.day, one.cursor.key), reverse=True)[:_LISTED]),
        callers=store.repeat_callers(service.warehouse, names, since),
        first_day=first if first is not None and first > since else None,
        incident_ids=frozenset(row["incident_id"] for row in rows),
    )


def _months(rows: Sequence[dict[str, Any]], kinds: Sequence[str], since: date, until: date) -> list[Month]:
    counted = Counter((row["day"].replace(day=1), row["what"]) for row in rows)
    months, first = [], until.replace(day=1)
    while first >= since.replace(day=1):
        own = {kind: count for (month, kind), count in counted.items() if month == first}
        months.append(Month(first, tuple(own.get(kind, 0) for kind in kinds), sum(own.values())))
        first = (first - timedelta(days=1)).replace(day=1)
    return months


def taskings_at(
    service: CasefileService, taskings: Sequence[Tasking], names: Sequence[str], incident_ids: Sequence[str]
) -> list[Tasking]:
    """The taskings at a place or of its incidents, the newest first."""
    wanted, there = set(incident_ids), _also_called(service, names, [one.place for one in taskings])
    found = [one for one in taskings if one.place in there or (one.incident_id and one.incident_id in wanted)]
    return sorted(found, key=lambda one: (one.proposed_on, one.tasking_id), reverse=True)


def _also_called(service: CasefileService, names: Sequence[str], others: Sequence[str]) -> set[str]:
    """The names of a place, with those of the others that are names of it too."""
    known = set(names)
    return known | {one for one in set(others) if one and service.public_name(one)[0] in known}


def groups_at(
    service: CasefileService,
    proposals: Sequence[TrackedProposal],
    groups: Sequence[Group],
    names: Sequence[str],
    problems: Collection[str] = (),
) -> list[tuple[TrackedProposal, Effect | None]]:
    """The proposals and groups at a place, the newest first, each with what came of it, where that can be said.
    `problems`: ids of others, whose evidence has incidents of the place."""
    there = _also_called(service, names, [one.proposal.subject for one in proposals])
    running = {one.proposal_id for one in groups if there & set(one.places)}
    here = running | set(problems)
    found = [one for one in proposals if one.proposal.subject in there or one.proposal.proposal_id in here]
    ordered = sorted(found, key=lambda one: (one.proposal.raised_on, one.proposal.proposal_id), reverse=True)
    known = {rule.rule for rule in service.meeting.rules}
    return [
        (one, effect_of_group(service.meeting, one, everything=proposals) if one.proposal.rule in known else None)
        for one in ordered
    ]
