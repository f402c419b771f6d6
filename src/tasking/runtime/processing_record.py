"""The record of processing of one partnership, from its declarations alone: no database is opened."""

from collections.abc import Collection

from tasking.config.desk_feed import DESK, desk_feed
from tasking.config.feed import load_feeds
from tasking.config.partnership_file import check_feeds_are_declared, load_partnership
from tasking.model.errors import TaskingError
from tasking.privacy.record import ProcessingLine, notes_on, processing_record
from tasking.runtime.access import load_access
from tasking.runtime.local import open_privacy
from tasking.runtime.settings import Settings


def record_of(settings: Settings, names: Collection[str]) -> tuple[list[ProcessingLine], tuple[str, ...]]:
    """The record of these feeds, or of all that the partnership receives and of reports by hand, and what holds for
    every column. Raises DeclarationError; TaskingError for a feed that it does not receive."""
    partnership = load_partnership(settings.include)
    declared = load_feeds(settings.include.all("feeds", "*.yml"), partnership.partners)
    check_feeds_are_declared(settings.include, partnership, declared)
    feeds = {name: declared[name] for name in partnership.feeds}
    feeds[DESK] = desk_feed(partnership.name, partnership.timezone)
    for name in names:
        if name not in feeds:
            raise TaskingError(f"{partnership.name} receives no feed {name}; there are: {', '.join(feeds)}")
    privacy = open_privacy(settings.include, {name: declared[name] for name in partnership.feeds})
    wanted = {name: feed for name, feed in feeds.items() if not names or name in names}
    readers = load_access(settings.include).readers()
    return processing_record(wanted, privacy, partnership.retention, readers), notes_on(partnership.retention)
