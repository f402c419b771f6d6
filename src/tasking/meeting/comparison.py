"""Before and after for a group: over all its places together, and on days with data only."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from math import hypot
from typing import Any, Final

from tasking.config.desk_feed import DESK
from tasking.meeting.decisions import rule_of, today, tracked_proposals
from tasking.meeting.effect import LEAST_DAYS, Counts, Effect
from tasking.meeting.group_places import GroupPlace, merged_into, places_of
from tasking.meeting.service import MeetingService
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.proposal import Verb

_RADIUS_M: Final = 250
_LEAST_SHARE: Final = 0.05  # of the theme's reports: a feed that brings fewer is not needed for a day to have data
_ZONES: Final = ("place", "ring", "elsewhere")


def effect_of_group(
    service: MeetingService,
    tracked: TrackedProposal,
    day: date | None = None,
    everything: Sequence[TrackedProposal] | None = None,
) -> Effect | None:
    """Incidents before and after at the places of a group and in the ring around them, against the theme elsewhere.

    None where it has no place, or has not lasted for a week by `day` (today). The window before ends where the evidence
    begins: the days for which a place was chosen are above average, and would make any window after them look good.
    `everything`: every proposal, where the caller has them.
    """
    proposal = tracked.proposal
    began_on = began(tracked)
    if began_on is None or proposal.is_restricted:
        return None
    ended = tracked.standing.last(Verb.CLOSE)
    last = ended.day if ended else day or today(service)
    days = (last - began_on).days
    if days < LEAST_DAYS:
        return None
    known = tracked_proposals(service) if everything is None else everything
    spots = [place for place in places_of(proposal.proposal_id, known) if place.east_m is not None]
    if not spots:
        return None
    parts = [tracked, *merged_into(proposal.proposal_id, known)]
    chosen = min(began_on, *(date.fromisoformat(one.proposal.evidence["since"]) for one in parts))
    rule = rule_of(service, proposal)
    categories = rule.themes.get(proposal.theme) or sorted(service.labels)
    radius_m = int(rule.numbers.get("radius_m", _RADIUS_M))
    windows = ((chosen - timedelta(days=days), chosen), (began_on, last))
    return compare_around(service, categories, spots, radius_m, *windows, rule.means.get(proposal.theme))


def began(tracked: TrackedProposal) -> date | None:
    """The day on which a group began: as it was agreed, else when it was started first."""
    newest = tracked.standing.last(Verb.START)
    if newest is None:
        return None
    if agreed := newest.details.get("begins_on"):
        return date.fromisoformat(agreed)
    return next(step.day for step in tracked.standing.steps if step.verb == Verb.START)


def compare_around(
    service: MeetingService,
    categories: Sequence[str],
    spots: Sequence[GroupPlace],
    radius_m: int,
    before: tuple[date, date],
    after: tuple[date, date],
    concept: str | None = None,
) -> Effect:
    """Public incidents of some categories in two windows: within `radius_m` of any of the spots, in the ring of twice
    that radius around all of them, and elsewhere. `concept`: only those whose report names it.

    An incident counts once, on its first day, if that day has data.
    """
    span = {"since_day": before[0], "until_day": after[1], "categories": list(categories)}
    with_data = _days_with_data(service, span)
    counted: dict[tuple[str, bool], int] = {}
    for row in service.warehouse.query("groups/around", **span, concept=f"%|{concept}|%" if concept else "%"):
        is_before, is_after = before[0] <= row["on_day"] < before[1], after[0] <= row["on_day"] < after[1]
        if (is_before or is_after) and row["on_day"] in with_data:
            key = _zone(row, spots, radius_m), is_after
            counted[key] = counted.get(key, 0) + 1
    place, ring, elsewhere = (Counts(counted.get((zone, False), 0), counted.get((zone, True), 0)) for zone in _ZONES)
    days = Counts(*(sum(since <= day < until for day in with_data) for since, until in (before, after)))
    first = min(_landed_days(service, span, service.partnership.feeds, 1), default=None)
    data_from = first if first is not None and first >= before[1] else None
    return Effect((before[1] - before[0]).days, place, ring, elsewhere, days, data_from)


def _zone(row: dict[str, Any], spots: Sequence[GroupPlace], radius_m: int) -> str:
    nearest = min(hypot(row["east_m"] - (one.east_m or 0), row["north_m"] - (one.north_m or 0)) for one in spots)
    return "place" if nearest <= radius_m else "ring" if nearest <= 2 * radius_m else "elsewhere"


def _days_with_data(service: MeetingService, span: dict[str, Any]) -> Collection[date]:
    """The days on which every feed landed that brings a fair share of the reports of the categories."""
    rows = service.warehouse.query("groups/feeds_of", **span)
    reports = {row["feed"]: row["reports"] for row in rows if row["feed"] != DESK}  # which lands when somebody rings
    least = _LEAST_SHARE * sum(reports.values())
    feeds = [feed for feed, count in reports.items() if count >= least] or service.partnership.feeds
    return _landed_days(service, span, feeds, len(feeds))


def _landed_days(service: MeetingService, span: dict[str, Any], feeds: Sequence[str], at_least: int) -> set[date]:
    """The days on which so many of the feeds landed."""
    rows = service.warehouse.query(
        "groups/days_with_data", since_day=span["since_day"], until_day=span["until_day"], feeds=list(feeds),
        at_least=at_least,
    )  # fmt: skip
    return {row["on_day"] for row in rows}
