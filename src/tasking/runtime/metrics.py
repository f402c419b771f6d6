"""Metrics of a reporting day, computed from stored data, so that a step that ran twice counts once."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import NamedTuple

from tasking.model.delivery import Outcome
from tasking.services import Services

_OUTCOMES = {
    "new_reports": "new", "repeats": "repeat", "revisions": "revision", "held": "held", "out_of_area": "out of area",
    "ignored": "ignored",
}  # fmt: skip


class Metric(NamedTuple):
    """One measurement. `about`: its attributes, such as the feed; never personal data."""

    name: str
    value: float
    unit: str
    about: dict[str, str]


def day_metrics(services: Services, day: date) -> list[Metric]:
    """The metrics of a day.

    tasking.feed.landed        1 or 0, by feed
    tasking.feed.lateness      seconds after the cut-off at which it came; negative before it
    tasking.rows               by feed and outcome
    tasking.held.waiting       rows that need checking, of any day
    tasking.briefing.posted_after   seconds from the last delivery to the first post
    tasking.briefing.due_in    seconds from the post to the meeting; negative where it was late
    tasking.posts              messages of the briefing, by state: sent, sending, doubt, refused
    tasking.triggers           proposals raised on the day, by rule
    """
    found, landed_at = _feeds(services, day)
    posted = services.delivery.post_states(day)
    first = min((at for _, at in posted if at is not None), default=None)
    meeting = datetime.combine(day, services.partnership.meeting.starts_at, services.partnership.zone)
    if first is not None:
        found.append(Metric("tasking.briefing.due_in", (meeting - first).total_seconds(), "s", {}))
        if landed_at is not None:
            after = (first - landed_at).total_seconds()
            found.append(Metric("tasking.briefing.posted_after", after, "s", {}))
    for state, count in Counter(state for state, _ in posted).items():
        found.append(Metric("tasking.posts", count, "{message}", {"state": state}))
    raised = Counter(one.rule for one in services.meeting.raised_on(day))
    found += [Metric("tasking.triggers", count, "{proposal}", {"rule": rule}) for rule, count in raised.items()]
    waiting = services.intake.held_count()
    return [*found, Metric("tasking.held.waiting", waiting, "{row}", {})]


def _feeds(services: Services, day: date) -> tuple[list[Metric], datetime | None]:
    """The metrics of the feeds, and when the last of them landed."""
    cut_off = services.partnership.due_at(day)
    found: list[Metric] = []
    landed: list[datetime] = []
    for row in services.intake.deliveries(services.partnership.feeds, day, day):
        about = {"feed": row["feed"]}
        found.append(Metric("tasking.feed.landed", float(Outcome(row["outcome"]).has_landed), "1", about))
        if row["received_at"] is not None:
            landed.append(row["received_at"])
            late = (row["received_at"] - cut_off) / timedelta(seconds=1)
            found.append(Metric("tasking.feed.lateness", late, "s", about))
        for column, outcome in _OUTCOMES.items():
            found.append(Metric("tasking.rows", float(row[column]), "{row}", about | {"outcome": outcome}))
    return found, max(landed, default=None)
