"""What a report counts as for the trigger rules: where and when once, and people as keyed pseudonyms."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from tasking.intake.contacts import normalised_phones
from tasking.linkage import SIGNALS_VERSION, Signals, signals_of, unreadable
from tasking.linkage.service import LinkageService
from tasking.model.partnership import Callers
from tasking.model.text import WHOLE, fold, folded
from tasking.model.trigger import cell_of
from tasking.places import BestLocation

_HOUR_S = 3600.0
_LONGEST_NAME = 200
_YEARS = (10, 9990)  # between which a moment can be shown on any wall
ERROR_M: Final = 110.0  # of coordinates of a feed that declares nothing about its own


class ReadWith(NamedTuple):
    """What the signals and the facts of a feed's reports are read with, as the versions that are stored with them.

    Each names our way of reading, a hash of the declarations that it depends on, and the key of the pseudonyms. Where
    one of them is another, what was read is read again.
    """

    signals: str
    facts: str


def read_with(service: LinkageService, feed: str | None = None) -> ReadWith:
    """The versions for a feed; for one that is declared no more without `feed`."""
    reader, callers, categories = service.reader, service.partnership.callers, service.conventions.categories
    places = (service.gazetteer.digest, error_m_of(service, feed))
    of_signals = _hash(reader.lexicon.digest, reader.sensitive, service.partnership.timezone, places)
    counted = sorted(callers.nobody), sorted(callers.switchboards)
    of_facts = _hash(of_signals, counted, sorted(categories.concerns), categories.high_risk.pattern)
    key_id = service.conventions.pseudonyms.key_id
    return ReadWith(f"{SIGNALS_VERSION}/{of_signals}/{key_id}", f"{SIGNALS_VERSION}/{of_facts}/{key_id}")


def read_with_by_feed(service: LinkageService) -> dict[str, ReadWith]:
    """The versions by feed."""
    return {feed: read_with(service, feed) for feed in service.feeds}


def error_m_of(service: LinkageService, feed: str | None) -> float:
    """How far from the truth a feed's coordinates may be, in metres."""
    position = service.feeds[feed].fields.position if feed is not None and feed in service.feeds else None
    return position.error_m if position else ERROR_M


def _hash(*declared: Any) -> str:
    return hashlib.sha256(repr(declared).encode()).hexdigest()[:12]


def kept_of(reports: pd.DataFrame) -> dict[Any, tuple[Signals, BestLocation | None]]:
    """Row -> signals and spot of those reports whose signals are kept and need not be read again: columns `signals`
    (null where they must be), `east_m`, `north_m`, `slack_m`."""
    kept = {}
    columns: list[list[Any]] = [reports[name].tolist() for name in ("signals", "east_m", "north_m", "slack_m")]
    for label, text, east_m, north_m, slack_m in zip(reports.index, *columns, strict=True):
        if isinstance(text, str) and not (signals := signals_of(text)).is_unread:
            kept[label] = signals, None if pd.isna(east_m) else BestLocation(east_m, north_m, int(slack_m))
    return kept


def facts_of(
    service: LinkageService, reports: pd.DataFrame, signals: Sequence[Signals], spots: Sequence[BestLocation | None]
) -> tuple[pd.DataFrame, dict[int, Exception]]:
    """One row a report: the columns of `report_fact`; and the rows, by number, whose facts can't be read, with why.

    `reports` as for signals; its rows and the others go together. A report without facts counts for nobody and nowhere.
    """
    complainants = _Complainants.of(service.partnership.callers)
    versions = {feed: read_with(service, feed).facts for feed in reports["feed"].unique()}
    rows = reports.astype(object).where(reports.notna(), None).to_dict("records")
    facts, faults = [], {}
    for number, (row, read, spot) in enumerate(zip(rows, signals, spots, strict=True)):
        try:
            facts.append(_fact(service, row, read, spot, complainants) | {"version": versions[row["feed"]]})
        except Exception as error:  # the caller logs it and sets the report aside; the others go on
            faults[number] = error
            facts.append(_no_fact(service, row) | {"version": versions[row["feed"]]})
    # As objects, so that a column of whole numbers stays one where some are missing.
    return pd.DataFrame(facts, dtype=object), faults


def _no_fact(service: LinkageService, row: Mapping[Any, Any]) -> dict[str, Any]:
    """What is stored of a report whose facts can't be read: that it was told, and when."""
    told_h = wall_hours(unreadable(row["received_at"]).last_h, service.partnership.zone)
    known = {name: row[name] for name in ("report_id", "revision", "day")}
    unknown = dict.fromkeys(("east_m", "north_m", "slack_m", "cell", "complainant", "caller_surname", "person"), None)
    flags = {"is_concern": bool(row["is_vulnerable"] or row["sensitivity"]), "is_high_risk": False}
    return known | unknown | flags | {"happened_h": told_h, "told_h": told_h}


def _fact(
    service: LinkageService,
    row: Mapping[Any, Any],
    read: Signals,
    spot: BestLocation | None,
    complainants: "_Complainants",
) -> dict[str, Any]:
    categories = service.conventions.categories
    east, north = (round(spot.east_m), round(spot.north_m)) if spot else (None, None)
    return {
        "report_id": row["report_id"],
        "revision": row["revision"],
        "day": row["day"],
        "happened_h": wall_hours(read.first_h, service.partnership.zone),
        "told_h": wall_hours(row["received_at"].timestamp() / _HOUR_S, service.partnership.zone),
        "east_m": east,
        "north_m": north,
        "slack_m": spot.slack_m if spot else None,
        "cell": cell_of(east, north) if east is not None and north is not None else None,
        "complainant": row["caller_key"] if complainants.may_be(row) else None,
        "caller_surname": read.caller.surname or None,
        "person": read.subject.full_name,
        "is_concern": bool(row["is_vulnerable"] or row["sensitivity"] or row["category"] in categories.concerns),
        "is_high_risk": bool(categories.high_risk.search(folded(row["text"] or "", WHOLE))),
    }


@dataclass(frozen=True)
class _Complainants:
    """Who rings for themselves: not an office, a switchboard, "Anon", or somebody who stays anonymous."""

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
    """UTC hours since 1970 -> hours that the wall's clock has shown since then: a day has 24 of them, always."""
    first, last = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in _YEARS)
    seconds = min(max(hours * _HOUR_S, first), last)
    local = datetime.fromtimestamp(seconds, UTC).astimezone(zone).replace(tzinfo=UTC)
    return round(local.timestamp() / _HOUR_S, 3)
