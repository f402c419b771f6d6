"""What is usual of each category, by its incidents on the days of the last half year."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import numpy as np

from tasking.model.briefing import Trend
from tasking.model.category import category_label
from tasking.model.day import days_between
from tasking.model.usual_count import UsualCounts

_WEEKS: Final = 26
_DAYS_NEEDED: Final = 28
_INSIDE: Final = 0.9  # of comparable days
_BY_CHANCE: Final = 0.05  # of days on which any category may be called unusual by chance
_TREND_WEEKS: Final = 8
_TREND_DAYS_NEEDED: Final = 8
_MOST_TRENDS: Final = 5


class Usual(NamedTuple):
    """The usual range of a category on the covered days, and whether there are more now than chance brings."""

    range: tuple[int, int]
    is_exceeded: bool


@dataclass(frozen=True)
class History:
    """Public incidents by day and category over the last half year and the covered days, and the complete days."""

    days: tuple[date, ...]
    covers: tuple[date, ...]
    complete: frozenset[date]  # days on which every feed landed
    counts: Mapping[date, Mapping[str, int]] = field(default_factory=dict)

    def usual(self, is_complete: bool, shown: Mapping[str, int]) -> tuple[dict[str, Usual], str]:
        """Category -> what is usual of it on such days, from days on which every feed had landed; see usual_count.

        `shown`: the public incidents of the covered days by category, as the briefing counts them. Nothing is compared
        if today's feeds are not complete. The note says so, or how much history there is.
        """
        if not is_complete:
            return {}, "Not compared with usual: a partner's reports are missing."
        past = [day for day in self.days if day in self.complete and day < self.covers[0]]
        if len(past) < _DAYS_NEEDED:
            return {}, f"No usual range yet: {len(past)} complete days so far, {_DAYS_NEEDED} are needed."
        categories = sorted({category for counts in self.counts.values() for category in counts} | set(shown))
        if not categories:
            return {}, ""
        counts = np.array([[self.counts.get(day, {}).get(one, 0) for one in categories] for day in past], dtype=float)
        ages = np.array([(self.covers[0] - day).days for day in past], dtype=float)
        model = UsualCounts.of(counts, ages, np.array([day.weekday() for day in past]))
        predicted = model.predict([day.weekday() for day in self.covers])
        below = model.threshold(_BY_CHANCE)
        chances = predicted.chance_of(np.array([shown.get(one, 0) for one in categories], dtype=float))
        found = {}
        for column, one in enumerate(categories):
            usual = predicted.range_of(column, _INSIDE)
            found[one] = Usual(usual, bool(chances[column] <= below) and shown.get(one, 0) > usual[1])
        return found, f"Usual: the range on 9 days in 10, from the last {len(past)} complete days."

    def trends(self, labels: Mapping[str, str]) -> tuple[Trend, ...]:
        """The categories with the most incidents, day by day; none until there are eight complete earlier days.

        `usual` of a trend is the range of a single day: the middle eight of every ten complete days.
        """
        days = [day for day in self.days if day >= self.covers[0] - timedelta(weeks=_TREND_WEEKS)]
        before = [day for day in days if day in self.complete and day < self.covers[0]]
        if len(before) < _TREND_DAYS_NEEDED:
            return ()
        recent = [self.counts[day] for day in days if day in self.counts]
        totals = Counter({category: 0 for counts in recent for category in counts})
        for counts in recent:
            totals.update(counts)
        main = sorted(totals, key=lambda category: (-totals[category], category))[:_MOST_TRENDS]
        return tuple(
            Trend(
                label=category_label(category, labels),
                days=tuple(self.counts[day].get(category, 0) if day in self.complete else None for day in days),
                usual=_middle([self.counts[day].get(category, 0) for day in before]),
            )
            for category in main
        )


def history_of(query: Callable[..., list[dict[str, Any]]], feeds: Sequence[str], covers: Sequence[date]) -> History:
    """The history with which a briefing over `covers` is compared, as of its day."""
    first, end = covers[0] - timedelta(weeks=_WEEKS), covers[-1] + timedelta(days=1)
    span = {"history_day": first, "first_day": end}
    landed = {row["day"]: row["landed"] for row in query("complete_days", **span, feeds=list(feeds))}
    counts: dict[date, dict[str, int]] = defaultdict(dict)
    for row in query("history", **span):
        counts[row["first_day"]][row["category"]] = row["incidents"]
    complete = frozenset(day for day, count in landed.items() if count == len(feeds))
    return History(tuple(days_between(first, covers[-1])), tuple(covers), complete, counts)


def _middle(counts: list[int]) -> tuple[int, int]:
    ordered = sorted(counts)
    cut = len(ordered) // 10
    return ordered[cut], ordered[-1 - cut]
