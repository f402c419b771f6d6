"""What is usual: the range on comparable days of the last eight weeks, or a word that history is too short for one."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final

_WEEKS: Final = 8
_WEEKS_NEEDED: Final = 4


def usual_ranges(
    ask: Callable[..., list[dict[str, Any]]], feeds: Sequence[str], covers: Sequence[date], is_complete: bool
) -> tuple[dict[str, tuple[int, int]], str]:
    """Category -> (lowest, highest) on the same weekdays, counting only days on which every feed had landed.

    Nothing is compared where today's feeds are not complete. The note says so, or how much history there is.
    """
    if not is_complete:
        return {}, "Not compared with usual: not every partner's news is here."
    first = covers[0] - timedelta(weeks=_WEEKS)
    span = {"history_day": first, "first_day": covers[0]}
    landed = {row["day"]: row["landed"] for row in ask("complete_days", **span, feeds=list(feeds))}
    weeks = [[day - timedelta(weeks=back) for day in covers] for back in range(1, _WEEKS + 1)]
    comparable = [days for days in weeks if all(landed.get(day) == len(feeds) for day in days)]
    if len(comparable) < _WEEKS_NEEDED:
        return {}, (
            f"No usual range yet: {len(comparable)} of the last {_WEEKS} comparable days are complete, "
            f"{_WEEKS_NEEDED} are needed."
        )
    on: dict[date, dict[str, int]] = defaultdict(dict)
    for row in ask("history", **span):
        on[row["first_day"]][row["category"]] = row["incidents"]
    categories = {category for counts in on.values() for category in counts}
    ranges = {}
    for category in categories:
        totals = [sum(on[day].get(category, 0) for day in days) for days in comparable]
        ranges[category] = (min(totals), max(totals))
    return ranges, f"Usual: the range on {len(comparable)} comparable days of the last {_WEEKS} weeks."
