"""Bytes -> rows of text. Each reader refuses a file it can't trust and marks rows that it can't read."""

from tasking.feeds.declaration import Feed
from tasking.feeds.readers.delimited import read_csv
from tasking.feeds.readers.documents import read_json, read_json_lines
from tasking.feeds.readers.rows import Rows, check_header
from tasking.feeds.readers.workbook import read_workbook
from tasking.model.errors import DeliveryRefused

READERS = {"csv": read_csv, "json": read_json, "jsonl": read_json_lines, "xlsx": read_workbook}


def read(feed: Feed, content: bytes) -> Rows:
    """The rows of a delivery, every cell as text, with the columns that the feed declares.

    Raises DeliveryRefused, saying what was found and what was expected.
    """
    if not content:
        raise DeliveryRefused(f"{feed.feed}: the file is empty (0 bytes). Ask {feed.partner} to send it again.")
    if len(content) > feed.file.max_bytes:
        raise DeliveryRefused(
            f"{feed.feed}: the file has {len(content):,} bytes; at most {feed.file.max_bytes:,} are taken. "
            f"If that is right, raise file.max_bytes in include/feeds/{feed.feed}.yml."
        )
    return check_header(feed, READERS[feed.file.format](feed, content))


__all__ = ["Rows", "read"]
