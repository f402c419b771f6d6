"""The second step: reports become incidents, day by day, and a person's decision on them is permanent."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

import pandas as pd
import structlog

from tasking.context import in_context
from tasking.desk import Desk
from tasking.facts import error_m_of, facts_of, kept_of, read_with, read_with_by_feed
from tasking.incident_acts import Act
from tasking.incidents_told import Told, questions, told
from tasking.linkage import Signals, Trial, Where, refit, series, unreadable
from tasking.model.errors import TaskingError, traceback_without_values
from tasking.model.incident import Decision
from tasking.places import Likeliest, candidates
from tasking.warehouse import features
from tasking.warehouse import linking as store
from tasking.warehouse import questions as people
from tasking.warehouse.browsing import KEEPER, Sight

__all__ = [
    "OPEN_DAYS", "Told", "fit", "follow_decisions", "in_turn", "link", "merge", "never", "questions", "read_again",
    "read_signals", "relink", "series_of", "signal_columns", "signals_for", "split", "told", "unread_of",
    "with_sensitivity",
]  # fmt: skip

log = structlog.get_logger(__name__)

OPEN_DAYS: Final = 4  # deliveries whose reports may still find each other: an incident's lie within 72 hours
HISTORY_DAYS: Final = 200  # the rules look back for six months
CONTINUING_DAYS: Final = 28  # for what is still there: a heap, a car, a camp
_QUESTIONS_A_REPORT: Final = 0.2
_LINKING_WAITS_S: Final = 1800  # for another run of linking, which may read months of reports
_OF_THEM_RESTRICTED: Final = 0.5  # fixed: how many public questions there are must not tell how many restricted ones
_READ_AT_ONCE: Final = 20_000
_DAYS_AT_ONCE: Final = 20


@in_context
def link(desk: Desk, day: date) -> int:
    """Puts every report received up to `day` into an incident. Returns how many reports were new to linking.

    Days are linked one after the other, each from what was known on it, whenever and in whatever batches it is asked
    for: the outcome is the same. Where an earlier day comes out otherwise than before, the days after it are linked
    again. One run of linking at a time, in any process: another waits for it.
    """
    with in_turn(desk, _LINKING_WAITS_S):
        return _link(desk, day)


def _link(desk: Desk, day: date) -> int:
    _read_again(desk, day)
    _follow_older(desk)
    days = [*(one for one in store.unlinked_days(desk.warehouse, day) if one < day), day]
    later = [one.day for one in store.linked_days(desk.warehouse) if one.day > days[0] and one.day not in days]
    return _link_days(desk, sorted({*days, *later}), {*days})


def relink(desk: Desk, first: date) -> None:
    """Links the days from `first` on again, because a person's decision or the weights changed."""
    with in_turn(desk, _LINKING_WAITS_S):
        _relink(desk, first)


def follow_decisions(desk: Desk) -> None:
    """Links again what people decided and linking has not followed to its end: also what a run that died left."""
    waiting = people.to_follow(desk.warehouse)
    if waiting is not None:
        number, first = waiting
        _relink(desk, first)
        people.followed(desk.warehouse, number)


def _follow_older(desk: Desk) -> None:
    try:
        follow_decisions(desk)
    except (
        Exception
    ) as error:  # it keeps neither the new day out of its briefing nor anybody from deciding; tried again
        log.error("decisions could not be followed", where=traceback_without_values(error))


@contextmanager
def in_turn(desk: Desk, within_s: float = 60) -> Iterator[None]:
    """Keeps every other run of linking out until the block ends. Raises TaskingError where one takes too long."""
    with ExitStack() as stack:
        try:
            stack.enter_context(desk.warehouse.alone("linkage", within_s))
        except TimeoutError:
            raise TaskingError(
                "incidents are being linked at the moment, so nothing was changed; try again in a few minutes"
            ) from None
        yield


def _relink(desk: Desk, first: date) -> None:
    days = {one.day for one in store.linked_days(desk.warehouse) if one.day >= first} | {first}
    _link_days(desk, sorted(days), days)


def _link_days(desk: Desk, days: Sequence[date], wanted: set[date]) -> int:
    new, is_changed = 0, False
    for day in days:
        if day in wanted or is_changed:
            count, changed = _link_day(desk, day)
            new += count
            is_changed |= changed
    store.no_more_doubt(desk.warehouse, days[-1])
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
    stored = store.incidents_since(desk.warehouse, since, day)
    decisions = people.decisions(desk.warehouse)
    in_stored = reports["report_id"].map(stored)
    is_kept = in_stored.isin(_with_erased(desk, since, day, stored, decisions))
    reports["incident_id"] = reports["incident_id"].where(~is_kept, in_stored)
    is_free = (reports["day"] >= since) & ~reports["incident_id"].isin(settled) & ~is_kept
    new = int(is_new.sum())
    lately = sum(one.reports for one in store.linked_days(desk.warehouse) if continuing_since <= one.day < day)
    asked = people.asked_before(desk.warehouse, day, continuing_since)
    asked_restricted = people.restricted_asked_before(desk.warehouse, day, continuing_since)
    most = _QUESTIONS_A_REPORT * (lately + new)
    known = dict(zip(reports["report_id"], reports["incident_id"], strict=True))
    reports["incident_id"] = reports["incident_id"].where(~is_free, None)
    linkage = desk.linker.link(
        with_sensitivity(desk, reports),
        decisions=decisions,
        stored=stored,
        known=known,
        asked=asked,
        most_questions=max(0, int(most * (1 - _OF_THEM_RESTRICTED)) - (len(asked) - asked_restricted)),
        most_restricted=max(0, int(most * _OF_THEM_RESTRICTED) - asked_restricted),
    )
    return new, store.store_linkage(desk.warehouse, day, linkage, new)


def _with_erased(
    desk: Desk, since: date, day: date, stored: Mapping[str, str], decisions: Sequence[Decision]
) -> set[str]:
    """The stored incidents with a report out of which a person was taken: nothing is left in it to link it again by,
    so they stay as they are, unless somebody decided that two of an incident's reports are apart."""
    found = {stored[one] for one in store.erased_reports(desk.warehouse, since, day) if one in stored}
    apart = {(stored.get(one.report_a), stored.get(one.report_b)) for one in decisions if not one.is_same}
    return {one for one in found if (one, one) not in apart}


def read_again(desk: Desk, day: date) -> int:
    """Reads again what the rules look back on and was read with other declarations, another key or an older version;
    and reads what nobody has read yet. Returns how many reports were read.

    Done each night before anybody waits for it, because a new lexicon makes 200 days of a county's reports new reading;
    linking does what is left.
    """
    with in_turn(desk, _LINKING_WAITS_S):
        return _read_again(desk, day)


def _read_again(desk: Desk, day: date) -> int:
    since = day - timedelta(days=HISTORY_DAYS)
    current = {one.facts for one in read_with_by_feed(desk).values()} | {read_with(desk).facts}
    reports, facts = features.first_days(desk.warehouse)
    is_lacking = reports is not None and (facts is None or facts > max(reports, since))
    if not (is_lacking or features.versions_between(desk.warehouse, since, day) - current):
        return 0
    newest_first = range(0, HISTORY_DAYS + 1, _DAYS_AT_ONCE)
    spans = ((day - timedelta(days=back + _DAYS_AT_ONCE - 1), day - timedelta(days=back)) for back in newest_first)
    return sum(read_signals(desk, first, last) for first, last in spans)


def read_signals(desk: Desk, since: date, until: date) -> int:
    """Reads signals and facts of every revision of the days that has none yet, or none that were read as we would read
    them now. Returns how many were read.

    A report that can't be read is stored as such, so that it is tried again when reading has changed and not before.
    """
    versions, otherwise = read_with_by_feed(desk), read_with(desk)
    reports = features.unread(desk.warehouse, since, until, versions, otherwise)
    for start in range(0, len(reports), _READ_AT_ONCE):
        some = reports.iloc[start : start + _READ_AT_ONCE].reset_index(drop=True)
        found = kept_of(some)
        rest = some.drop(index=list(found))
        found |= dict(zip(rest.index, _read(desk, rest), strict=True))
        read = [found[row] for row in some.index]
        facts, faults = facts_of(desk, some, [one for one, _ in read], [spot for _, spot in read])
        signals = [one for one, _ in read]
        for row, error in faults.items():
            signals[row] = _set_aside(some.iloc[row], "its facts", error)
        frame = some[["report_id", "revision"]].assign(
            **signal_columns(signals),
            version=[versions.get(feed, otherwise).signals for feed in some["feed"]],
        )
        features.store_signals(desk.warehouse, frame, facts)
    return len(reports)


def signals_for(desk: Desk, reports: pd.DataFrame) -> list[Signals]:
    """The signals of some reports, in their order; see warehouse.linking.unread for the columns."""
    return [signals for signals, _ in _read(desk, reports)]


def signal_columns(signals: Sequence[Signals]) -> dict[str, list[Any]]:
    """The columns in which signals are kept: as JSON, and beside it what is asked of many reports at once."""
    return {
        "signals": [one.to_json() for one in signals],
        "is_sensitive": [one.is_sensitive for one in signals],
        "is_marked": [one.is_marked for one in signals],
        "is_unread": [one.is_unread for one in signals],
    }


def _read(desk: Desk, reports: pd.DataFrame) -> list[tuple[Signals, Likeliest | None]]:
    """The signals of each report, and the one spot to count it at. A report that can't be read stops no other."""
    found: dict[Any, tuple[Signals, Likeliest | None]] = {}
    for feed, some in reports.groupby("feed", sort=False):
        places = _places(desk, some, error_m_of(desk, str(feed)))
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
    return features.unreadable(desk.warehouse, desk.partnership.calendar.days_covered(day)[0], day)


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
    alone, which the chat keeps back only because nobody has said yet what it is.

    A null `is_sensitive` counts as true."""
    codes = {one.code for one in desk.house.categories.categories if one.restricted}
    by_words = reports["is_sensitive"].ne(False)
    restricted = reports["sensitivity"].notna() | reports["category"].isin(codes) | by_words
    return reports.assign(is_restricted=restricted.astype(bool))


def split(
    desk: Desk, incident_id: str, report_ids: Sequence[str], actor: str, note: str = "", sight: Sight = KEEPER
) -> None:
    """Takes reports out of an incident, for good; they stay together, and so does the rest. `sight`: what `actor`
    may be told of.

    Raises TaskingError, and one that says who was first where somebody else has just decided on them.
    """
    with _deciding(desk, sight) as act:
        members = act.members_of(incident_id)
        act.must_be_first(members)
        strangers = [report for report in report_ids if report not in members]
        if strangers:  # of these nothing is told: what was decided on a report that is not here may be restricted
            raise TaskingError(
                f"{strangers[0]} is not in {incident_id}; it has: {', '.join(members)}{act.newest_on(members)}"
            )
        rest = [report for report in members if report not in set(report_ids)]
        if not rest:
            raise TaskingError(f"{incident_id}: no report would be left in it")
        chains = [Decision(a, b, True) for group in (list(report_ids), rest) for a, b in pairwise(group)]
        apart = [Decision(a, b, False) for a in report_ids for b in rest]
        act.store([*chains, *apart], "incident split", " ".join([incident_id, *members]), actor, note)


def merge(desk: Desk, one: str, other: str, actor: str, note: str = "", sight: Sight = KEEPER) -> str:
    """Makes two incidents one, for good; either may be named by one of its reports. Returns the incident's id.

    Raises TaskingError, also where the decision is stored and they are not one for all that; and one that says who was
    first where somebody else has just decided on them.
    """
    with _deciding(desk, sight) as act:
        first, second = act.members_of(one), act.members_of(other)
        everyone = [*first, *second]
        act.must_be_first(everyone)
        if set(first) == set(second):
            raise TaskingError(f"{one} and {other} are one incident already{act.newest_on(everyone)}")
        decided = [Decision(a, b, True) for a, b in pairwise(everyone)]
        act.store(decided, "incidents merged", f"{one} {other}", actor, note)
        made = store.incidents_of(desk.warehouse, everyone)
        if made[first[0]] != made[second[0]]:
            raise TaskingError(
                "your decision is stored, and the two are still not one incident: they lie too far apart in time, or "
                "another decision keeps them apart"
            )
        return made[first[0]]


def never(desk: Desk, one: str, other: str, actor: str, note: str = "", sight: Sight = KEEPER) -> None:
    """Says that two incidents, or two reports, are never one; reports that are one now part.

    Raises TaskingError, and one that says who was first where somebody else has just decided on them.
    """
    with _deciding(desk, sight) as act:
        first, second = act.named(one), act.named(other)
        act.must_be_first([*first, *second])
        if set(first) & set(second):
            raise TaskingError(f"{one} and {other} are one incident; say which reports go: tasking incidents split")
        decided = [Decision(a, b, False) for a in first for b in second]
        act.store(decided, "incidents kept apart", f"{one} {other}", actor, note)


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
    labelled = with_sensitivity(desk, labelled).assign(is_sensitive=labelled["sensitive"] != "none")
    said = [(one.report_a, one.report_b, one.is_same) for one in people.decisions(desk.warehouse)]
    number = int(desk.linker.weights.version.rpartition("-")[2]) + 1
    return refit(desk.linker, labelled, said, f"linkage-{number}", name)


@contextmanager
def _deciding(desk: Desk, sight: Sight) -> Iterator[Act]:
    """What somebody decides on incidents, one person after the other: each on what the one before left."""
    act = Act(desk, people.newest_shown(desk.warehouse), follow_decisions, sight)
    with in_turn(desk):
        _follow_older(desk)
        yield act
