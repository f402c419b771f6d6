"""Extracts the features and facts of reports and stores them.

Once, when a report comes in; and again when the declarations, the key or the code that they were extracted with change.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import hypot
from typing import Any, Final

import numpy as np
import pandas as pd
import structlog

from tasking.linkage.features import ReportFeatures, ReportLocation, unreadable_features
from tasking.linkage.lock import linking_lock
from tasking.linkage.report_facts import (
    error_m_of,
    facts_of,
    feature_versions,
    feature_versions_by_feed,
    stored_features,
)
from tasking.linkage.service import LinkageService
from tasking.linkage.store import features
from tasking.model.errors import traceback_without_values
from tasking.places import BestLocation, Gazetteer, LocationCandidates, location_candidates
from tasking.places.names import words_of
from tasking.places.spots import to_grid

log = structlog.get_logger(__name__)

HISTORY_DAYS: Final = 200  # the rules look back for six months
_BATCH_REPORTS: Final = 20_000
_BATCH_DAYS: Final = 20
_LOCK_WAIT_S: Final = 1800
_MOST_TEXT_SPOTS: Final = 3
_TEXT_REACH_M: Final = 8_000.0


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
    current = {one.facts for one in feature_versions_by_feed(service).values()} | {feature_versions(service).facts}
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
    versions, otherwise = feature_versions_by_feed(service), feature_versions(service)
    reports = features.outdated_revisions(service.warehouse, since, until, versions, otherwise)
    for start in range(0, len(reports), _BATCH_REPORTS):
        batch = reports.iloc[start : start + _BATCH_REPORTS].reset_index(drop=True)
        by_row = stored_features(batch)
        rest = batch.drop(index=list(by_row))
        by_row |= dict(zip(rest.index, _extract(service, rest), strict=True))
        extracted = [by_row[row] for row in batch.index]
        of_batch = [one for one, _ in extracted]
        facts, faults = facts_of(service, batch, of_batch, [location for _, location in extracted])
        for row, error in faults.items():
            of_batch[row] = _unreadable(batch.iloc[row], "its facts", error)
        frame = batch[["report_id", "revision"]].assign(
            **feature_columns(of_batch),
            version=[versions.get(feed, otherwise).features for feed in batch["feed"]],
        )
        features.store_features(service.warehouse, frame, facts)
    return len(reports)


def features_for(service: LinkageService, reports: pd.DataFrame) -> list[ReportFeatures]:
    """The features of some reports, in their order. `reports`: the columns of `store.features.outdated_revisions`."""
    return [one for one, _ in _extract(service, reports)]


def feature_columns(features: Sequence[ReportFeatures]) -> dict[str, list[Any]]:
    """The columns that features are stored in: as JSON, and beside it what queries filter by."""
    return {
        "signals": [one.to_json() for one in features],
        "is_sensitive": [one.is_sensitive for one in features],
        "is_marked": [one.is_marked for one in features],
        "is_unread": [one.is_unread for one in features],
    }


def _extract(service: LinkageService, reports: pd.DataFrame) -> list[tuple[ReportFeatures, BestLocation | None]]:
    """The features of each report, and the one spot to count it at. A report that can't be read stops no other."""
    by_row: dict[Any, tuple[ReportFeatures, BestLocation | None]] = {}
    for feed, of_feed in reports.groupby("feed", sort=False):
        locations = _locations(service, of_feed, error_m_of(service, str(feed)))
        rows = of_feed.astype(object).where(of_feed.notna(), None).to_dict("records")
        for label, row, location in zip(of_feed.index, rows, locations, strict=True):
            if isinstance(location, Exception):
                by_row[label] = _unreadable(row, "its place", location), None
                continue
            candidates, best = location
            try:
                by_row[label] = service.extractor.extract({str(k): v for k, v in row.items()}, candidates), best
            except Exception as error:  # the text of one report must not stop the others
                by_row[label] = _unreadable(row, "its words", error), None
    return [by_row[label] for label in reports.index]


def _locations(
    service: LinkageService, reports: pd.DataFrame, error_m: float
) -> list[tuple[ReportLocation, BestLocation | None] | Exception]:
    """Where each report may have happened, or the error that reading its place raised."""
    try:
        candidates = location_candidates(service.gazetteer, reports, error_m)
        own, postcode = _own_spots(reports), _postcode_spots(service.gazetteer, reports)
        return [
            (_location(service.gazetteer, candidates, row, own[row], postcode[row]), candidates.best[row])
            for row in range(len(reports))
        ]
    except Exception as error:  # places are read in one batch; halving it finds the one that raises
        if len(reports) == 1:
            return [error]
        middle = len(reports) // 2
        halves = (reports.iloc[:middle], reports.iloc[middle:])
        return [one for half in halves for one in _locations(service, half, error_m)]


def _unreadable(report: Mapping[Any, Any] | pd.Series, part: str, error: Exception) -> ReportFeatures:
    """Logs that a report can't be read. Returns its features, which match no other report's."""
    log.error(
        "a report could not be read for linking: it is an incident of its own",
        report=report["report_id"], unread=part, where=traceback_without_values(error),
    )  # fmt: skip
    return unreadable_features(report["received_at"])


def _own_spots(reports: pd.DataFrame) -> list[tuple[float, ...]]:
    """Easting and northing of each report's own position."""
    degrees = (pd.to_numeric(reports[side], errors="coerce").to_numpy(float) for side in ("latitude", "longitude"))
    return [(round(e), round(n)) if np.isfinite(e) else () for e, n in zip(*to_grid(*degrees), strict=True)]


def _postcode_spots(gazetteer: Gazetteer, reports: pd.DataFrame) -> list[tuple[float, ...]]:
    """Easting and northing of each report's postcode."""
    known = (
        reports["postcode"].map(gazetteer.postcodes["east_m"]),
        reports["postcode"].map(gazetteer.postcodes["north_m"]),
    )
    return [
        (round(e), round(n)) if np.isfinite(e) else ()
        for e, n in zip(*(one.astype(float) for one in known), strict=True)
    ]


def _text_spots(gazetteer: Gazetteer, names: Sequence[str], near: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    """The spots of places that a text names, each the one nearest to `near`; without it, of names with one spot."""
    spots = []
    for name in names[:_MOST_TEXT_SPOTS]:
        named = gazetteer.names.get(tuple(words_of(name)))
        if named is None or (not near and len(named.spots) > 1):
            continue
        at = min(named.spots, key=lambda one: hypot(one.east_m - near[0], one.north_m - near[1]) if near else 0.0)
        if not near or hypot(at.east_m - near[0], at.north_m - near[1]) < _TEXT_REACH_M:
            spots.append((round(at.east_m), round(at.north_m)))
    return tuple(spots)


def _location(
    gazetteer: Gazetteer,
    candidates: LocationCandidates,
    row: int,
    own: tuple[float, ...],
    postcode: tuple[float, ...],
) -> ReportLocation:
    arrays = (candidates.east_m[row], candidates.north_m[row], candidates.extent_m[row], candidates.weight[row])
    spots = tuple(
        (round(float(east)), round(float(north)), round(float(extent)), round(float(weight), 3))
        for east, north, extent, weight in zip(*arrays, strict=True)
        if weight > 0
    )
    return ReportLocation(
        spots=spots,
        names=candidates.names[row],
        public_names=candidates.public_names[row],
        names_in_text=candidates.names_in_text[row],
        other_words=candidates.other_words[row],
        house_numbers=candidates.house_numbers[row],
        town=candidates.towns[row],
        is_on_street=candidates.is_on_street[row],
        own_spot=own,
        postcode_spot=postcode,
        text_spots=_text_spots(gazetteer, candidates.names_in_text[row], own or postcode),
    )
