"""What a rule is evaluated with on a day: access to its query, the calendar, and which days are complete."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from tasking.intake.last_poll import landings_between
from tasking.triggers.service import TriggersService

_PAST_DAYS: Final = 120  # how far back the rules need to know which days are complete
QueryRows = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True)
class RuleInputs:
    """What a rule is evaluated with: the day, the first day that is new, and what the partnership declares.

    `query(name, **parameters)` returns the rows of include/sql/rules/<name>.sql. `partners`: feed -> partner.
    `complete_days` are those on which every feed landed. `hour_of` returns the wall-clock hour at which a day ends.
    `meetings_back` returns the meeting day a number of meetings before `day`. A telephone number under which more than
    `most_names` surnames ring is treated as a switchboard.
    """

    query: QueryRows
    day: date
    first_day: date
    partners: Mapping[str, str]
    complete_days: frozenset[date]
    hour_of: Callable[[date], float]
    meetings_back: Callable[[int], date]
    public_categories: Sequence[str]
    most_names: int


def rule_inputs(service: TriggersService, day: date) -> RuleInputs:
    """The inputs of every rule on a day."""
    calendar = service.partnership.calendar
    landed: dict[date, set[str]] = defaultdict(set)
    for feed, on, has_landed in landings_between(service.warehouse, day - timedelta(days=_PAST_DAYS), day):
        if has_landed:
            landed[on].add(feed)

    def hour_of(one: date) -> float:
        return datetime.combine(one, calendar.day_starts_at, UTC).timestamp() / 3600

    def meetings_back(number: int) -> date:
        back = day
        for _ in range(number):
            back = calendar.previous_meeting(back)
        return back

    return RuleInputs(
        query=lambda name, **offered: service.warehouse.query_of(f"rules/{name}", offered),
        day=day,
        first_day=calendar.days_covered(day)[0],
        partners=service.partners,
        complete_days=frozenset(on for on, feeds in landed.items() if feeds.issuperset(service.partnership.feeds)),
        hour_of=hour_of,
        meetings_back=meetings_back,
        public_categories=service.public_categories,
        most_names=service.partnership.callers.most_names,
    )
