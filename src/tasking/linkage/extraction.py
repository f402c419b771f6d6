"""Extracts the features and facts of reports and stores them: once a report comes in, and again when what they were
extracted with has changed."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
import structlog

from tasking.linkage.lock import linking_lock
from tasking.linkage.report_facts import error_m_of, facts_of, kept_of, read_with, read_with_by_feed
from tasking.linkage.service import LinkageService
from tasking.linkage.signals import Signals, Where, unreadable
from tasking.linkage.store import features
from tasking.model.errors import traceback_without_values
from tasking.places import BestLocation, LocationCandidates, location_candidates

log = structlog.get_logger(__name__)

HISTORY_DAYS: Final = 200  # the rules look back for six months
_BATCH_REPORTS: Final = 20_000
_BATCH_DAYS: Final = 20
_LOCK_WAIT_S: Final = 1800


def extract_outdated(service: LinkageService, day: date) -> int:
    """Extracts again what the rules look back on and was extracted with other declarations, another key or an older
    version, and what was never extracted. Returns how many reports were read.

    Run each night before anybody waits for it: a new lexicon outdates 200 days of a county's reports. Linking extracts
    what is left.
    """
    with linking_lock(service, _LOCK_WAIT_S):
        return extract_missing(service, day)


def extract_missing(service: LinkageService, day: date) -> int:
    """The same for a caller that holds the lock."""
    since = day - timedelta(days=HISTORY_DAYS)
    current = {one.facts for one in read_with_by_feed(service).values()} | {read_with(service).facts}
    first_report, first_fact = features.first_days(service.warehouse)
    is_incomplete = first_report is not None and (first_fact is None or first_fact > max(first_report, since))
    if not (is_incomplete or features.versions_between(service.warehouse, since, day) - current):
        return 0
    newest_first = range(0, HISTORY_DAYS + 1, _BATCH_DAYS)
    spans = ((day - timedelta(days=back + _BATCH_DAYS - 1), day - timedelta(days=back)) for back in newest_first)
    return sum(extract_features(service, first, last) for first, last in spans)


def extract_features(service: LinkageService, since: date, until: date) -> int:
    """Extracts and stores the features and facts of every revision delivered on the days that has none in the version
    in force. Returns how many were read.

    A report that can't be read is stored as such: it is tried again when the version changes, not before.
    """
    versions, otherwise = read_with_by_feed(service), read_with(service)
    reports = features.unread(service.warehouse, since, until, versions, otherwise)
    for start in range(0, len(reports), _BATCH_REPORTS):
        batch = reports.iloc[start : start + _BATCH_REPORTS].reset_index(drop=True)
        by_row = kept_of(batch)
        rest = batch.drop(index=list(by_row))
        by_row |= dict(zip(rest.index, _extract(service, rest), strict=True))
        extracted = [by_row[row] for row in batch.index]
        signals = [one for one, _ in extracted]
        facts, faults = facts_of(service, batch, signals, [location for _, location in extracted])
        for row, error in faults.items():
            signals[row] = _unreadable(batch.iloc[row], "its facts", error)
        frame = batch[["report_id", "revision"]].assign(
            **signal_columns(signals),
            version=[versions.get(feed, otherwise).signals for feed in batch["feed"]],
        )
        features.store_signals(service.warehouse, frame, facts)
    return len(reports)


def features_for(service: LinkageService, reports: pd.DataFrame) -> list[Signals]:
    """The features of some reports, in their order. `reports`: the columns of `store.features.unread`."""
    return [signals for signals, _ in _extract(service, reports)]


def signal_columns(signals: Sequence[Signals]) -> dict[str, list[Any]]:
    """The columns in which features are stored: as JSON, and beside it what is asked of many reports at once."""
    return {
        "signals": [one.to_json() for one in signals],
        "is_sensitive": [one.is_sensitive for one in signals],
        "is_marked": [one.is_marked for one in signals],
        "is_unread": [one.is_unread for one in signals],
    }


def _extract(service: LinkageService, reports: pd.DataFrame) -> list[tuple[Signals, BestLocation | None]]:
    """The features of each report, and the one spot to count it at. A report that can't be read stops no other."""
    by_row: dict[Any, tuple[Signals, BestLocation | None]] = {}
    for feed, of_feed in reports.groupby("feed", sort=False):
        locations = _locations(service, of_feed, error_m_of(service, str(feed)))
        rows = of_feed.astype(object).where(of_feed.notna(), None).to_dict("records")
        for label, row, location in zip(of_feed.index, rows, locations, strict=True):
            if isinstance(location, Exception):
                by_row[label] = _unreadable(row, "its place", location), None
                continue
            where, best = location
            try:
                by_row[label] = service.reader.read({str(k): v for k, v in row.items()}, where), best
            except Exception as error:  # the text of one report must not stop the others
                by_row[label] = _unreadable(row, "its words", error), None
    return [by_row[label] for label in reports.index]


def _locations(
    service: LinkageService, reports: pd.DataFrame, error_m: float
) -> list[tuple[Where, BestLocation | None] | Exception]:
    """Where each report may have happened, or the error that reading its place raised."""
    try:
        candidates = location_candidates(service.gazetteer, reports, error_m)
        return [(_location(candidates, row), candidates.best[row]) for row in range(len(reports))]
    except Exception as error:  # places are read in one batch; halving it finds the one that raises
        if len(reports) == 1:
            return [error]
        middle = len(reports) // 2
        halves = (reports.iloc[:middle], reports.iloc[middle:])
        return [one for half in halves for one in _locations(service, half, error_m)]


def _unreadable(report: Mapping[Any, Any] | pd.Series, part: str, error: Exception) -> Signals:
    """Logs that a report can't be read. Returns its features, which match no other report's."""
    log.error(
        "a report could not be read for linking: it is an incident of its own",
        report=report["report_id"], unread=part, where=traceback_without_values(error),
    )  # fmt: skip
    return unreadable(report["received_at"])


def _location(candidates: LocationCandidates, row: int) -> Where:
    arrays = (candidates.east_m[row], candidates.north_m[row], candidates.extent_m[row], candidates.weight[row])
    spots = tuple(
        (round(float(east)), round(float(north)), round(float(extent)), round(float(weight), 3))
        for east, north, extent, weight in zip(*arrays, strict=True)
        if weight > 0
    )
    return Where(
        spots=spots,
        names=candidates.names[row],
        public=candidates.public_names[row],
        mentioned=candidates.names_in_text[row],
        corner=candidates.other_words[row],
        numbers=candidates.house_numbers[row],
        town=candidates.towns[row],
        on_street=candidates.is_on_street[row],
    )
