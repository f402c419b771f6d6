"""The facts of a report for the trigger rules: one place, one time, and people as keyed pseudonyms."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from tasking.config.lexicon import Lexicon
from tasking.intake.contacts import normalised_phones
from tasking.linkage.deadlines import date_to_act_by
from tasking.linkage.features import VERSION as FEATURES_VERSION
from tasking.linkage.features import ReportFeatures, features_from_json, unreadable_features
from tasking.linkage.service import LinkageService
from tasking.model.partnership import Callers
from tasking.model.text import WHOLE, fold, folded
from tasking.model.trigger import cell_of
from tasking.places import BestLocation

_HOUR_S = 3600.0
_LONGEST_NAME = 200
_CONCEPT_GROUPS: Final = ("act", "thing", "vehicle")  # of the lexicon: what was done, and with what
_YEARS = (10, 9990)  # between which a time has a local time in every zone
ERROR_M: Final = 110.0  # of coordinates, where the feed declares no error_m


class FeatureVersions(NamedTuple):
    """The versions stored with the features and the facts of a feed's reports.

    Each names the version of the code, a hash of the declarations that it depends on, and the key of the pseudonyms.
    Where any of these changes, features or facts are extracted again.
    """

    features: str
    facts: str


def feature_versions(service: LinkageService, feed: str | None = None) -> FeatureVersions:
    """The versions for a feed; without `feed`, for one that is no longer declared."""
    extractor, callers, categories = service.extractor, service.partnership.callers, service.conventions.categories
    places = (service.gazetteer.digest, error_m_of(service, feed))
    of_features = _hash(extractor.lexicon.digest, extractor.sensitive, service.partnership.timezone, places)
    counted = sorted(callers.nobody), sorted(callers.switchboards)
    judged = sorted(categories.concerns), categories.high_risk.pattern
    signs = sorted((name, sign.patterns, sign.near) for name, sign in service.harm.signs.items())
    of_facts = _hash(of_features, counted, *judged, signs, _CONCEPT_GROUPS)
    key_id = service.conventions.pseudonyms.key_id
    return FeatureVersions(f"{FEATURES_VERSION}/{of_features}/{key_id}", f"{FEATURES_VERSION}/{of_facts}/{key_id}")


def feature_versions_by_feed(service: LinkageService) -> dict[str, FeatureVersions]:
    """The versions by feed."""
    return {feed: feature_versions(service, feed) for feed in service.feeds}


def error_m_of(service: LinkageService, feed: str | None) -> float:
    """How far from the truth a feed's coordinates may be, in metres."""
    position = service.feeds[feed].fields.position if feed is not None and feed in service.feeds else None
    return position.error_m if position else ERROR_M


def _hash(*declared: Any) -> str:
    return hashlib.sha256(repr(declared).encode()).hexdigest()[:12]


def stored_features(reports: pd.DataFrame) -> dict[Any, tuple[ReportFeatures, BestLocation | None]]:
    """Row -> features and location of those reports whose stored features are up to date. Columns: `signals` (null
    where they are not), `east_m`, `north_m`, `slack_m`."""
    stored = {}
    columns: list[list[Any]] = [reports[name].tolist() for name in ("signals", "east_m", "north_m", "slack_m")]
    for label, text, east_m, north_m, slack_m in zip(reports.index, *columns, strict=True):
        if isinstance(text, str) and not (features := features_from_json(text)).is_unread:
            stored[label] = features, None if pd.isna(east_m) else BestLocation(east_m, north_m, int(slack_m))
    return stored


def facts_of(
    service: LinkageService,
    reports: pd.DataFrame,
    features: Sequence[ReportFeatures],
    spots: Sequence[BestLocation | None],
) -> tuple[pd.DataFrame, dict[int, Exception]]:
    """One row a report: the columns of `report_fact`; and the errors of rows whose facts can't be computed, by row
    number.

    `reports` as for features; `features` and `spots` have an item for each of its rows. A report without facts has no
    place and no people.
    """
    complainants = _Complainants.of(service.partnership.callers)
    versions = {feed: feature_versions(service, feed).facts for feed in reports["feed"].unique()}
    rows = reports.astype(object).where(reports.notna(), None).to_dict("records")
    facts, faults = [], {}
    for number, (row, of_row, spot) in enumerate(zip(rows, features, spots, strict=True)):
        try:
            facts.append(_fact(service, row, of_row, spot, complainants) | {"version": versions[row["feed"]]})
        except Exception as error:  # the caller logs it and sets the report aside; the others go on
            faults[number] = error
            facts.append(_no_fact(service, row) | {"version": versions[row["feed"]]})
    # As objects, so that a column of whole numbers stays one where some are missing.
    return pd.DataFrame(facts, dtype=object), faults


def _no_fact(service: LinkageService, row: Mapping[Any, Any]) -> dict[str, Any]:
    """The row of a report whose facts can't be computed: when it was received."""
    told_h = wall_hours(unreadable_features(row["received_at"]).last_h, service.partnership.zone)
    from_report = {name: row[name] for name in ("report_id", "revision", "day")}
    unknown = dict.fromkeys(
        (
            "east_m", "north_m", "slack_m", "cell", "complainant", "caller_surname", "person", "act_by", "copy_key",
            "concepts",
        )
    )  # fmt: skip
    flags = {"is_concern": bool(row["is_vulnerable"] or row["sensitivity"]), "is_high_risk": False, "harm": ""}
    return from_report | unknown | flags | {"happened_h": told_h, "told_h": told_h}


def _fact(
    service: LinkageService,
    row: Mapping[Any, Any],
    features: ReportFeatures,
    spot: BestLocation | None,
    complainants: "_Complainants",
) -> dict[str, Any]:
    categories = service.conventions.categories
    east, north = (round(spot.east_m), round(spot.north_m)) if spot else (None, None)
    text = folded(row["text"] or "", WHOLE)
    return {
        "report_id": row["report_id"],
        "revision": row["revision"],
        "day": row["day"],
        "happened_h": wall_hours(features.first_h, service.partnership.zone),
        "told_h": wall_hours(row["received_at"].timestamp() / _HOUR_S, service.partnership.zone),
        "east_m": east,
        "north_m": north,
        "slack_m": spot.slack_m if spot else None,
        "cell": cell_of(east, north) if east is not None and north is not None else None,
        "complainant": row["caller_key"] if complainants.may_be(row) else None,
        "caller_surname": features.caller.surname or None,
        "person": features.subject.full_name,
        "is_concern": bool(row["is_vulnerable"] or row["sensitivity"] or row["category"] in categories.concerns),
        "is_high_risk": bool(categories.high_risk.search(text)),
        "harm": " ".join(service.harm.signs_in(row["text"] or "")),
        "act_by": _act_by(row["received_at"], text, service.partnership.zone),
        "copy_key": _copy_key(service, row, text),
        "concepts": _concepts(service.extractor.lexicon, features),
    }


def _act_by(received_at: datetime, text: str, zone: ZoneInfo) -> date | None:
    """The day that a text names for something still to come; None for a report of a year without local times."""
    first, last = _YEARS
    return date_to_act_by(text, received_at.astimezone(zone)) if first <= received_at.year <= last else None


def _copy_key(service: LinkageService, row: Mapping[Any, Any], text: str) -> str:
    """A pseudonym that two rows share when one is a copy of the other under another reference."""
    told = (row["feed"], row["received_at"], row["occurred_from"], row["caller_key"], row.get("place_text"), text)
    return service.extractor.pseudonym("copy", "\x1f".join(map(str, told)))


def _concepts(lexicon: Lexicon, features: ReportFeatures) -> str | None:
    """What a report says was done, and with what, as the lexicon names it: `|act:catapulting|thing:bus|`."""
    names = [lexicon.concepts[number] for number in features.concepts]
    shown = [name for name in names if name.partition(":")[0] in _CONCEPT_GROUPS]
    return f"|{'|'.join(shown)}|" if shown else None


@dataclass(frozen=True)
class _Complainants:
    """Which callers count as complainants: not an office, a switchboard, "Anon", or somebody who stays anonymous."""

    nobody: re.Pattern[str]
    switchboards: frozenset[str]

    @classmethod
    def of(cls, callers: Callers) -> "_Complainants":
        numbers = normalised_phones(pd.Series(callers.switchboards, dtype="str")).dropna()
        words = "|".join(re.escape(fold(word)) for word in callers.nobody) or "(?!)"
        return cls(re.compile(rf"\b(?:{words})\b", re.IGNORECASE), frozenset(numbers))

    def may_be(self, row: Mapping[Any, Any]) -> bool:
        if row["is_anonymous"] or row["caller_key"] is None:
            return False
        name = folded(row["caller_name"] or "", _LONGEST_NAME)
        return row["caller_phone"] not in self.switchboards and not self.nobody.search(name)


def wall_hours(hours: float, zone: ZoneInfo) -> float:
    """UTC hours since 1970 -> hours of local time since then, in which every day has 24."""
    first, last = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in _YEARS)
    seconds = min(max(hours * _HOUR_S, first), last)
    local = datetime.fromtimestamp(seconds, UTC).astimezone(zone).replace(tzinfo=UTC)
    return round(local.timestamp() / _HOUR_S, 3)
