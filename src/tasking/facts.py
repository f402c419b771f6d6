"""What a report counts as for the trigger rules: where and when once, and people as keyed pseudonyms."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from tasking.desk import Desk
from tasking.feeds.people import normalised_phones
from tasking.linkage import SIGNALS_VERSION, Signals
from tasking.model.trigger import cell_of
from tasking.places import Likeliest

_HOUR_S = 3600.0


def facts_version(desk: Desk) -> str:
    """What facts and signals were read with: another way of reading, or another key, and they are read again."""
    return f"{SIGNALS_VERSION}/{desk.house.pseudonyms.key_id}"


def facts_of(
    desk: Desk, reports: pd.DataFrame, signals: Sequence[Signals], spots: Sequence[Likeliest | None]
) -> pd.DataFrame:
    """One row a report: the columns of `report_fact`. `reports` as for signals; its rows and the others go together."""
    complainants = _Complainants.of(desk)
    rows = reports.astype(object).where(reports.notna(), None).to_dict("records")
    facts = [_fact(desk, row, read, spot, complainants) for row, read, spot in zip(rows, signals, spots, strict=True)]
    return pd.DataFrame(facts, dtype=object)  # a column of whole numbers stays one where some are missing


def _fact(
    desk: Desk, row: Mapping[Any, Any], read: Signals, spot: Likeliest | None, complainants: "_Complainants"
) -> dict[str, Any]:
    categories = desk.house.categories
    east, north = (round(spot.east_m), round(spot.north_m)) if spot else (None, None)
    return {
        "report_id": row["report_id"],
        "revision": row["revision"],
        "version": facts_version(desk),
        "day": row["day"],
        "happened_h": wall_hours(read.first_h, desk.partnership.zone),
        "told_h": wall_hours(row["received_at"].timestamp() / _HOUR_S, desk.partnership.zone),
        "east_m": east,
        "north_m": north,
        "slack_m": spot.slack_m if spot else None,
        "cell": cell_of(east, north) if east is not None and north is not None else None,
        "complainant": row["caller_key"] if complainants.may_be(row) else None,
        "caller_surname": read.caller.surname or None,
        "person": read.subject.full_name,
        "is_concern": bool(row["is_vulnerable"] or row["sensitivity"] or row["category"] in categories.concerns),
        "is_high_risk": bool(categories.high_risk.search(row["text"] or "")),
    }


@dataclass(frozen=True)
class _Complainants:
    """Who rings for themselves: not an office, a switchboard, "Anon", or somebody who stays anonymous."""

    nobody: re.Pattern[str]
    switchboards: frozenset[str]

    @classmethod
    def of(cls, desk: Desk) -> "_Complainants":
        callers = desk.partnership.callers
        numbers = normalised_phones(pd.Series(callers.switchboards, dtype="str")).dropna()
        words = "|".join(map(re.escape, callers.nobody)) or "(?!)"
        return cls(re.compile(rf"\b(?:{words})\b", re.IGNORECASE), frozenset(numbers))

    def may_be(self, row: Mapping[Any, Any]) -> bool:
        if row["is_anonymous"] or row["caller_key"] is None:
            return False
        return row["caller_phone"] not in self.switchboards and not self.nobody.search(row["caller_name"] or "")


def wall_hours(hours: float, zone: ZoneInfo) -> float:
    """UTC hours since 1970 -> hours that the wall's clock has shown since then: a day has 24 of them, always."""
    local = datetime.fromtimestamp(hours * _HOUR_S, UTC).astimezone(zone).replace(tzinfo=UTC)
    return round(local.timestamp() / _HOUR_S, 3)
