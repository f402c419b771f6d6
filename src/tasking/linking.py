"""The second step: reports become incidents, day by day, and a person's word on them counts for good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import pandas as pd
import structlog

from tasking.context import in_context
from tasking.desk import Desk
from tasking.facts import facts_of, facts_version
from tasking.linkage import Signals, Trial, Where, refit, series, unreadable
from tasking.model.errors import TaskingError, traceback_without_values
from tasking.model.incident import Decision, Evidence
from tasking.places import Likeliest, candidates
from tasking.warehouse import linking as store
from tasking.warehouse import questions as people
from tasking.warehouse.log import Entry
from tasking.warehouse.log import log as log_entry

log = structlog.get_logger(__name__)

OPEN_DAYS: Final = 4  # deliveries whose reports may still find each other: an incident's lie within 72 hours
HISTORY_DAYS: Final = 200  # the rules look back for six months
CONTINUING_DAYS: Final = 28  # for what is still there: a heap, a car, a camp
_QUESTIONS_A_REPORT: Final = 0.2
_OF_THEM_RESTRICTED: Final = 0.5  # fixed: how many public questions there are must not tell how many restricted ones
_READ_AT_ONCE: Final = 20_000
_ERROR_M: Final = 110.0  # of coordinates of a feed that declares nothing about its own


@in_context
def link(desk: Desk, day: date) -> int:
    """Puts every report received up to `day` into an incident. Returns how many reports were new to linking.

    Days are linked one after the other, each from what was known on it, whenever and in whatever batches it is asked
    for: the outcome is the same. Where an earlier day comes out otherwise than before, the days after it are linked
    again.
    """
    _read_history(desk, day)
    days = [*(one for one in store.unlinked_days(desk.warehouse, day) if one < day), day]
    later = [one.day for one in store.linked_days(desk.warehouse) if one.day > days[0] and one.day not in days]
    return _link_days(desk, sorted({*days, *later}), {*days})


def relink(desk: Desk, first: date) -> None:
    """Links the days from `first` on again, because a person's word or the weights changed."""
    days = {one.day for one in store.linked_days(desk.warehouse) if one.day >= first} | {first}
    _link_days(desk, sorted(days), days)


def _link_days(desk: Desk, days: Sequence[date], wanted: set[date]) -> int:
    new, is_changed = 0, False
    for day in days:
        if day in wanted or is_changed:
            count, changed = _link_day(desk, day)
            new += count
            is_changed |= changed
    return new


def _link_day(desk: Desk, day: date) -> tuple[int, bool]:
    since, continuing_since = day - timedelta(days=OPEN_DAYS - 1), day - timedelta(days=CONTINUING_DAYS)
    read_signals(desk, since, day)
    continuing = desk.house.categories.continuing
    reports = store.reports_to_link(desk.warehouse, day, since, continuing_since, continuing)
    reports["incident_id"] = reports["incident_id"].astype(object)
    # An incident that reaches back further than the open days is settled: reports may join it and none leaves it.
    settled = store.incidents_from_before(desk.warehouse, day, since - timedelta(days=OPEN_DAYS), since)
    is_new = reports["incident_id"].isna()
    is_free = (reports["day"] >= since) & ~reports["incident_id"].isin(settled)
    stored = store.incidents_since(desk.warehouse, since, day)
    new = int(is_new.sum())
    lately = sum(one.reports for one in store.linked_days(desk.warehouse) if continuing_since <= one.day < day)
    asked = people.asked_before(desk.warehouse, day, continuing_since)
    asked_restricted = people.restricted_asked_before(desk.warehouse, day, continuing_since)
    most = _QUESTIONS_A_REPORT * (lately + new)
    known = dict(zip(reports["report_id"], reports["incident_id"], strict=True))
    reports["incident_id"] = reports["incident_id"].where(~is_free, None)
    linkage = desk.linker.link(
        with_sensitivity(desk, reports),
        decisions=people.decisions(desk.warehouse),
        stored=stored,
        known=known,
        asked=asked,
        most_questions=max(0, int(most * (1 - _OF_THEM_RESTRICTED)) - (len(asked) - asked_restricted)),
        most_restricted=max(0, int(most * _OF_THEM_RESTRICTED) - asked_restricted),
    )
    return new, store.store_linkage(desk.warehouse, day, linkage, new)


def _read_history(desk: Desk, day: date) -> None:
    """Reads what the rules look back on and nobody has read yet: once, after an upgrade."""
    since = day - timedelta(days=HISTORY_DAYS)
    reports, facts = store.first_days(desk.warehouse)
    if reports is not None and (facts is None or facts > max(reports, since)):
        read_signals(desk, since, day)


def read_signals(desk: Desk, since: date, until: date) -> int:
    """Reads signals and facts of every revision of the days that has none yet. Returns how many were read.

    A report that can't be read is stored as such, so that it is tried again when reading has changed and not before.
    """
    version = facts_version(desk)
    reports = store.unread(desk.warehouse, since, until, version)
    for start in range(0, len(reports), _READ_AT_ONCE):
        some = reports.iloc[start : start + _READ_AT_ONCE].reset_index(drop=True)
        read = _read(desk, some)
        facts, faults = facts_of(desk, some, [one for one, _ in read], [spot for _, spot in read])
        signals = [one for one, _ in read]
        for row, error in faults.items():
            signals[row] = _set_aside(some.iloc[row], "its facts", error)
        frame = some[["report_id", "revision"]].assign(signals=[one.to_json() for one in signals])
        store.store_signals(desk.warehouse, frame, facts, version)
    return len(reports)


def signals_for(desk: Desk, reports: pd.DataFrame) -> list[Signals]:
    """The signals of some reports, in their order; see warehouse.linking.unread for the columns."""
    return [signals for signals, _ in _read(desk, reports)]


def _read(desk: Desk, reports: pd.DataFrame) -> list[tuple[Signals, Likeliest | None]]:
    """The signals of each report, and the one spot to count it at. A report that can't be read stops no other."""
    found: dict[Any, tuple[Signals, Likeliest | None]] = {}
    for feed, some in reports.groupby("feed", sort=False):
        position = desk.feeds[str(feed)].fields.position if str(feed) in desk.feeds else None
        places = _places(desk, some, position.error_m if position else _ERROR_M)
        rows = some.astype(object).where(some.notna(), None).to_dict("records")
        for label, row, place in zip(some.index, rows, places, strict=True):
            if isinstance(place, Exception):
                found[label] = _set_aside(row, "its place", place), None
                continue
            where, spot = place
            try:
                found[label] = desk.reader.read({str(k): v for k, v in row.items()}, where), spot
            except Exception as error:  # whatever somebody wrote concerns their report alone
                found[label] = _set_aside(row, "its words", error), None
    return [found[label] for label in reports.index]


def _places(desk: Desk, reports: pd.DataFrame, error_m: float) -> list[tuple[Where, Likeliest | None] | Exception]:
    """Where each report may have happened, or what kept that from being read."""
    try:
        found = candidates(desk.gazetteer, reports, error_m)
        return [(_where(found, row), found.likeliest[row]) for row in range(len(reports))]
    except Exception as error:  # places are read all at once; halves find the one that can't be
        if len(reports) == 1:
            return [error]
        middle = len(reports) // 2
        halves = (reports.iloc[:middle], reports.iloc[middle:])
        return [one for half in halves for one in _places(desk, half, error_m)]


def _set_aside(report: Mapping[Any, Any] | pd.Series, what: str, error: Exception) -> Signals:
    """The signals of a report that can't be read, which the log is told of."""
    log.error(
        "a report could not be read for linking: it is an incident of its own",
        report=report["report_id"], unread=what, where=traceback_without_values(error),
    )  # fmt: skip
    return unreadable(report["received_at"])


def unread_of(desk: Desk, day: date) -> dict[str, int]:
    """Feed -> how many reports of the days that the briefing of `day` covers could not be read for linking."""
    return store.unreadable(desk.warehouse, desk.partnership.calendar.days_covered(day)[0], day)


def _where(places: Any, at: int) -> Where:
    arrays = (places.east_m[at], places.north_m[at], places.extent_m[at], places.weight[at])
    spots = tuple(
        (round(float(east)), round(float(north)), round(float(extent)), round(float(weight), 3))
        for east, north, extent, weight in zip(*arrays, strict=True)
        if weight > 0
    )
    return Where(
        spots=spots,
        names=places.names[at],
        public=places.public[at],
        mentioned=places.mentioned[at],
        corner=places.rest[at],
        numbers=places.numbers[at],
        town=places.towns[at],
        on_street=places.on_street[at],
    )


def with_sensitivity(desk: Desk, reports: pd.DataFrame) -> pd.DataFrame:
    """The reports with `is_restricted` as linking takes it: by flag, category or words, and not for an unknown category
    alone, which the chat keeps back only because nobody has said yet what it is."""
    codes = {one.code for one in desk.house.categories.categories if one.restricted}
    says_so = reports["signals"].str.contains('"is_sensitive":true', regex=False).eq(True)
    restricted = reports["sensitivity"].notna() | reports["category"].isin(codes) | says_so
    return reports.assign(is_restricted=restricted.astype(bool))


def split(desk: Desk, incident_id: str, report_ids: Sequence[str], actor: str, note: str = "") -> None:
    """Takes reports out of an incident, for good; they stay together, and so does the rest. Raises TaskingError."""
    members = _members(desk, incident_id)
    strangers = [report for report in report_ids if report not in members]
    if strangers:
        raise TaskingError(f"{strangers[0]} is not in {incident_id}; it has: {', '.join(members)}")
    rest = [report for report in members if report not in set(report_ids)]
    if not rest:
        raise TaskingError(f"{incident_id}: no report would be left in it")
    chains = [Decision(a, b, True) for group in (list(report_ids), rest) for a, b in pairwise(group)]
    apart = [Decision(a, b, False) for a in report_ids for b in rest]
    _decide(desk, [*chains, *apart], "incident split", incident_id, actor, note)


def merge(desk: Desk, one: str, other: str, actor: str, note: str = "") -> str:
    """Makes two incidents one, for good; either may be named by one of its reports. Returns the incident's id."""
    first, second = _members(desk, one), _members(desk, other)
    if set(first) == set(second):
        raise TaskingError(f"{one} and {other} are one incident already")
    everyone = [*first, *second]
    _decide(
        desk,
        [Decision(a, b, True) for a, b in pairwise(everyone)],
        "incidents merged",
        f"{one} {other}",
        actor,
        note,
    )
    return store.incidents_of(desk.warehouse, [first[0]])[first[0]]


def never(desk: Desk, one: str, other: str, actor: str, note: str = "") -> None:
    """Says that two incidents, or two reports, are never one; reports that are one now part. Raises TaskingError."""
    first, second = _named(desk, one), _named(desk, other)
    if set(first) & set(second):
        raise TaskingError(f"{one} and {other} are one incident; say which reports go: tasking incidents split")
    decided = [Decision(a, b, False) for a in first for b in second]
    _decide(desk, decided, "incidents kept apart", f"{one} {other}", actor, note)


@dataclass(frozen=True)
class Told:
    """A report of an incident as it may be shown: its reference, what it is in public words, and why it is in there."""

    reference: str
    words: str
    evidence: tuple[Evidence, ...]


def told(desk: Desk, name: str, actor: str) -> list[Told]:
    """The reports of an incident, the first one first, with what ties each to another. Looking at a restricted one is
    written into the log. Raises TaskingError where there is none."""
    incident = store.incidents_of(desk.warehouse, _named(desk, name))[name] if ":" in name else name
    rows = store.reports_of(desk.warehouse, incident)
    if not rows:
        raise TaskingError(f"there is no incident {name}")
    if any(row["is_restricted"] for row in rows):
        log_entry(desk.warehouse, Entry(actor, "restricted incident looked at", incident, ""), desk.clock())
    return [
        Told(
            row["report_id"],
            _in_public(desk, row["category"], row["place_name"], row["received_at"])
            + (f"; with {row['linked_to']} ({row['score']:.2f}, {row['version']})" if row["linked_to"] else ""),
            row["evidence"],
        )
        for row in rows
    ]


def questions(desk: Desk, first: date, last: date) -> list[dict[str, Any]]:
    """What a person is asked: two reports of incidents that may be one, and why it may be so.

    Where either side is restricted the question says how near, how far apart in time and whether somebody is the
    same: not what it is about, and not where.
    """
    asked = []
    for row in people.open_questions(desk.warehouse, first, last):
        evidence = [one for one in row["evidence"] if not row["is_restricted"] or _tells_nothing(one)]
        tied = ", ".join(one.words for one in evidence if one.weight > 0) or "see both"
        against = ", ".join(one.words for one in evidence if one.weight < 0)
        told = f"{tied}{f'; but {against}' if against else ''}"
        if row["is_restricted"]:
            words = f"Restricted, for those who may see both: one incident? {told}"
        else:
            one, other = (
                _in_public(desk, row[f"category_{side}"], row[f"place_name_{side}"], row[f"received_at_{side}"])
                for side in "ab"
            )
            words = f"{one}, and {other}: one incident? {told}"
        asked.append({**row, "question": words})
    return asked


def _tells_nothing(one: Evidence) -> bool:
    """True for evidence that says neither what a report is about nor where it was."""
    return one.comparison in ("when", "who", "told again") or one.words.startswith(("same spot", "near, "))


def series_of(desk: Desk, first: date, last: date) -> list[dict[str, Any]]:
    """One row a report of an incident that is one of several of one problem."""
    reports = store.reports_in_incidents(desk.warehouse, first, last)
    if reports.empty:
        return []
    found = series(desk.linker, with_sensitivity(desk, reports))
    by_incident = reports.groupby("incident_id", sort=False)
    return [
        {"series_id": one.series_id, "incident_id": one.incident_id, "feed": row.feed, "source_ref": row.source_ref,
         "why": one.why}
        for one in found
        for row in by_incident.get_group(one.incident_id).itertuples()
    ]  # fmt: skip


def fit(desk: Desk, labels: pd.DataFrame, name: str) -> Trial:
    """New weights from labelled reports and people's decisions, beside those in force; nothing is changed by it.

    `labels`: feed, source_ref, incident, series, sensitive ("none" or what it is). Raises TaskingError where the
    warehouse has none of the reports.
    """
    since, until = date.min, date.max
    read_signals(desk, since, until)
    reports = store.reports_in_incidents(desk.warehouse, since, until)
    labelled = reports.merge(labels, on=["feed", "source_ref"], how="inner")
    if labelled.empty:
        raise TaskingError("the warehouse has none of the labelled reports; run their days first: tasking replay")
    labelled["is_sensitive"] = labelled["sensitive"] != "none"
    said = [(one.report_a, one.report_b, one.is_same) for one in people.decisions(desk.warehouse)]
    number = int(desk.linker.weights.version.rpartition("-")[2]) + 1
    return refit(desk.linker, with_sensitivity(desk, labelled), said, f"linkage-{number}", name)


def _in_public(desk: Desk, category: str, place: str | None, received_at: datetime) -> str:
    local = received_at.astimezone(desk.partnership.zone)
    label = desk.house.categories.labels.get(category, category)
    return f"{label}, {place or 'place not named'}, told {local:%a} {local.day} {local:%b} {local:%H:%M}"


def _decide(desk: Desk, decided: Sequence[Decision], action: str, subject: str, actor: str, note: str) -> None:
    people.store_decisions(desk.warehouse, decided, action, subject, actor, note, desk.clock())
    reports = sorted({report for one in decided for report in (one.report_a, one.report_b)})
    first = store.first_linked(desk.warehouse, reports)
    if first is not None:
        relink(desk, first)


def _named(desk: Desk, name: str) -> list[str]:
    """The reports that a name means: an incident's, or the one report itself."""
    if ":" in name:
        if not store.incidents_of(desk.warehouse, [name]):
            raise TaskingError(f"there is no report {name}; a report is written feed:reference")
        return [name]
    return _members(desk, name)


def _members(desk: Desk, name: str) -> list[str]:
    if ":" in name:
        incident = store.incidents_of(desk.warehouse, _named(desk, name))[name]
        return _members(desk, incident)
    members = [row["report_id"] for row in store.reports_of(desk.warehouse, name)]
    if not members:
        raise TaskingError(f"there is no incident {name}")
    return members
