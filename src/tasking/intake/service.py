"""The service for receiving partners' deliveries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tasking.config.feed import Feed
from tasking.config.suite import Suite
from tasking.intake.archive import Archive
from tasking.intake.conventions import Conventions
from tasking.intake.held_filter import HeldFilter, HeldOrder
from tasking.intake.store import delivery_list, feed_days, held_list, quality_list, report_list
from tasking.intake.transports import Transport
from tasking.model.delivery import Outcome, Receipt
from tasking.model.partnership import Partnership
from tasking.places import Gazetteer
from tasking.warehouse import Warehouse
from tasking.warehouse.pagination import Cursor
from tasking.warehouse.visibility import Visibility


@dataclass(frozen=True)
class IntakeService:
    """What intake works with, and the reads that pages and commands need."""

    partnership: Partnership
    feeds: Mapping[str, Feed]
    suites: Mapping[str, Sequence[Suite]]
    conventions: Conventions
    gazetteer: Gazetteer
    warehouse: Warehouse
    archive: Archive
    open_transport: Callable[[Feed], Transport]
    clock: Callable[[], datetime]
    key: str = ""

    def deliveries(self, feeds: Sequence[str], since: date, until: date) -> list[dict[str, Any]]:
        """One row for each feed and day that was polled: its outcome, its ledger, and when its file came."""
        return delivery_list.deliveries(self.warehouse, feeds, since, until)

    def last_polled(self, until: date) -> datetime | None:
        """When any feed was last polled for a day up to `until`; None if none ever was."""
        return delivery_list.last_polled(self.warehouse, until)

    def last_landed(self) -> dict[str, date]:
        """The last day on which each feed landed."""
        return delivery_list.last_landed(self.warehouse)

    def outcome_of(self, feed: str, day: date) -> Outcome | None:
        """The outcome of a feed for a day; None if it was never polled."""
        return feed_days.outcome_of(self.warehouse, feed, day)

    def receipts_of(self, day: date) -> list[Receipt]:
        """The receipt of each feed that was polled for a day; of the ledger only `rows_in` is set."""
        return feed_days.receipts_of(self.warehouse, day)

    def days_polled(self) -> dict[str, tuple[date, date]]:
        """Feed -> the first and the last day for which it was polled."""
        first, last = feed_days.first_polled(self.warehouse), feed_days.last_polled(self.warehouse)
        return {feed: (first[feed], last[feed]) for feed in last}

    def polled_between(self, since: date, until: date) -> set[tuple[str, date]]:
        """(feed, day) of every feed and day that was polled."""
        return feed_days.polled_between(self.warehouse, since, until)

    def files(self, feed: str, day: date) -> list[dict[str, Any]]:
        """The files that came from a feed for a day, with what became of each."""
        return delivery_list.files(self.warehouse, feed, day)

    def reports_of_day(
        self, feed: str, day: date, visibility: Visibility, after: int, most: int
    ) -> list[dict[str, Any]]:
        """The reports that a feed's files of a day brought, by row number, as far as `visibility` may read them."""
        return delivery_list.reports_of_day(self.warehouse, feed, day, visibility, after, most)

    def report(self, report_id: str, visibility: Visibility) -> dict[str, Any] | None:
        """A report as it is now, with the words and people in it; None if there is none that may be read."""
        return report_list.report(self.warehouse, report_id, visibility)

    def ledger(self, first: date, last: date) -> list[dict[str, Any]]:
        """What became of every row: one row for each feed and day."""
        return self.warehouse.query("ledger/ledger", first_day=first, last_day=last)

    def outcomes(self, first: date, last: date) -> list[dict[str, Any]]:
        """How each feed ended on each day, with its reason and its files."""
        return self.warehouse.query("ledger/feeds", first_day=first, last_day=last)

    def quality(self, first: date, last: date) -> list[dict[str, Any]]:
        """How each delivery fared: one row for each expectation and delivery, without any value."""
        return self.warehouse.query("ledger/quality", first_day=first, last_day=last)

    def expectations_by_day(
        self, feeds: Sequence[str], first: date, last: date, visibility: Visibility
    ) -> list[dict[str, Any]]:
        """One row for each feed, day and expectation: whether it was met. Without `visibility` of what is restricted,
        none of those that hold rows."""
        return quality_list.expectations_by_day(self.warehouse, feeds, first, last, visibility)

    def held_by_day(
        self, feeds: Sequence[str], first: date, last: date, visibility: Visibility
    ) -> list[dict[str, Any]]:
        """One row for each feed, day and reason: rows that were held, and rows of them that still are."""
        return quality_list.held_by_day(self.warehouse, feeds, first, last, visibility)

    def held_rows_of(self, feed: str, first: date, last: date, visibility: Visibility) -> list[dict[str, Any]]:
        """The rows of a feed that are still held, by reason, without their cells."""
        return quality_list.held_rows_of(self.warehouse, feed, first, last, visibility)

    def notes(self, first: date, last: date) -> list[dict[str, Any]]:
        """The notes on each delivery, with the partners' own words."""
        return self.warehouse.query("ledger/notes", first_day=first, last_day=last)

    def still_held(self, first: date, last: date) -> list[dict[str, Any]]:
        """The rows that are held, with the reason of each and without its cells."""
        return self.warehouse.query("ledger/held", first_day=first, last_day=last)

    def held(
        self,
        wanted: HeldFilter,
        visibility: Visibility,
        after: Cursor | None,
        most: int,
        *,
        is_oldest_first: bool = False,
    ) -> list[dict[str, Any]]:
        """Held rows, a page at a time."""
        return held_list.held(self.warehouse, wanted, visibility, after, most, is_oldest_first=is_oldest_first)

    def sorted_held(
        self, wanted: HeldFilter, visibility: Visibility, order: HeldOrder, span: range, most_sorted: int
    ) -> tuple[list[dict[str, Any]], int] | None:
        """The held rows of a span of the list in another order, with how many there are; None for more than
        `most_sorted`."""
        return held_list.sorted_held(self.warehouse, wanted, visibility, order, span, most_sorted)

    def held_count_of(self, wanted: HeldFilter, visibility: Visibility, most: int) -> int:
        """How many held rows fit, counted up to `most`."""
        return held_list.held_count_of(self.warehouse, wanted, visibility, most)

    def held_count(self) -> int:
        """The number of held rows, restricted ones included: for monitoring, not for pages."""
        return held_list.held_count(self.warehouse)

    def held_reasons(self, visibility: Visibility) -> list[dict[str, Any]]:
        """Held rows counted by feed and reason."""
        return held_list.held_reasons(self.warehouse, visibility)

    def held_row(self, held_id: str, visibility: Visibility) -> dict[str, Any] | None:
        """A held row with the file it came in; None where there is none, or none for `visibility`."""
        return held_list.held_row(self.warehouse, held_id, visibility)

    def held_as_sent(self, wanted: HeldFilter, visibility: Visibility) -> list[dict[str, Any]]:
        """Held rows as the partner sent them."""
        return held_list.held_as_sent(self.warehouse, wanted, visibility)
