"""The usual range of each category: its incidents on comparable days of the last eight weeks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from tasking.model.briefing import Trend
from tasking.model.day import days_between

_WEEKS: Final = 8
_WEEKS_NEEDED: Final = 4
_DAYS_NEEDED: Final = 8
_MOST_TRENDS: Final = 5


@dataclass(frozen=True)
class History:
    """Public incidents by day and category over the last eight weeks and the covered days, and the complete days."""

    days: tuple[date, ...]
    covers: tuple[date, ...]
    complete: frozenset[date]  # days on which every feed landed
    counts: Mapping[date, Mapping[str, int]] = field(default_factory=dict)

    def usual(self, is_complete: bool) -> tuple[dict[str, tuple[int, int]], str]:
        """Category -> (lowest, highest) on the same weekdays, counting only days on which every feed had landed.

        Nothing is compared if today's feeds are not complete. The note says so, or how much history there is.
        """
        if not is_complete:
            return {}, "Not compared with usual: not every partner's news is here."
        weeks = [[day - timedelta(weeks=back) for day in self.covers] for back in range(1, _WEEKS + 1)]
        comparable = [days for days in weeks if self.complete.issuperset(days)]
        if len(comparable) < _WEEKS_NEEDED:
            return {}, (
                f"No usual range yet: {len(comparable)} of the last {_WEEKS} comparable days are complete, "
                f"{_WEEKS_NEEDED} are needed."
            )
        ranges = {}
        for category in {category for counts in self.counts.values() for category in counts}:
            totals = [sum(self.counts[day].get(category, 0) for day in days) for days in comparable]
            ranges[category] = (min(totals), max(totals))
        return ranges, f"Usual: the range on {len(comparable)} comparable days of the last {_WEEKS} weeks."

    def trends(self, labels: Mapping[str, str]) -> tuple[Trend, ...]:
        """The categories with the most incidents, day by day; none until there are eight complete earlier days.

        `usual` of a trend is the range of a single day: the middle eight of every ten complete days.
        """
        before = [day for day in self.days if day in self.complete and day < self.covers[0]]
        if len(before) < _DAYS_NEEDED:
            return ()
        totals = Counter({category: 0 for counts in self.counts.values() for category in counts})
        for counts in self.counts.values():
            totals.update(counts)
        main = sorted(totals, key=lambda category: (-totals[category], category))[:_MOST_TRENDS]
        return tuple(
            Trend(
                label=labels.get(category, category),
                days=tuple(self.counts[day].get(category, 0) if day in self.complete else None for day in self.days),
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
