"""How well each partner's deliveries came, as far as somebody may see it; read once for all of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tasking.intake import category_words
from tasking.intake.category_words import UnmappedWord
from tasking.intake.expectation_words import expectation_words
from tasking.intake.feed_quality import FeedQuality, day_of_feed, feed_quality, weeks_until
from tasking.intake.service import IntakeService
from tasking.warehouse.visibility import Visibility


def known_feeds(service: IntakeService, until: date) -> list[str]:
    """The declared feeds, and those removed since that were polled within the twelve weeks up to a day."""
    first = weeks_until(until)[0][0]
    removed = [feed for feed, (_, last) in service.days_polled().items() if last >= first]
    return list(dict.fromkeys([*service.partnership.feeds, *sorted(removed)]))


def quality_between(
    service: IntakeService, feeds: Sequence[str], weeks: Sequence[tuple[date, date]], visibility: Visibility
) -> dict[str, FeedQuality]:
    """Feed -> how its deliveries came over some weeks, which follow each other without a gap."""
    first, last = weeks[0][0], weeks[-1][1]
    days = _by_feed(service.deliveries(feeds, first, last))
    held = _by_feed(service.held_by_day(feeds, first, last, visibility))
    results = _by_feed(service.expectations_by_day(feeds, first, last, visibility))
    return {
        feed: feed_quality(
            feed, weeks, [day_of_feed(service.partnership, row) for row in days.get(feed, ())], held.get(feed, ()),
            results.get(feed, ()),
        )
        for feed in feeds
    }  # fmt: skip


def words_of_expectation(service: IntakeService, feed: str, suite: str, name: str) -> str:
    """What an expectation is about, with the partner's own names of columns; also of a feed that is removed."""
    declared = service.feeds.get(feed)
    return expectation_words(suite, name, declared.placeholders if declared else {})


def unmapped_words_of(service: IntakeService, feed: str, visibility: Visibility, days: int) -> list[UnmappedWord]:
    """The names for categories that a feed sent in the last days and that nobody has mapped, most reports first."""
    return [one for one in category_words.unmapped_words(service, visibility, days) if feed in one.feeds]


def _by_feed(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["feed"], []).append(row)
    return found
