"""Reads the bytes of a delivery into rows of text. A reader refuses a file that it can't trust, and marks unreadable
rows."""

from dataclasses import replace

import structlog

from tasking.config.feed import Feed
from tasking.intake.readers.delimited import read_csv
from tasking.intake.readers.documents import read_json, read_json_lines
from tasking.intake.readers.file_format import refuse_other_format, unpack
from tasking.intake.readers.rows import Rows, check_header
from tasking.intake.readers.workbook import read_workbook
from tasking.model.errors import DeliveryRefused, traceback_without_values

READERS = {"csv": read_csv, "json": read_json, "jsonl": read_json_lines, "xlsx": read_workbook}

log = structlog.get_logger(__name__)


def read_rows(feed: Feed, content: bytes) -> Rows:
    """The rows of a delivery, every cell as text, with the columns that the feed declares.

    Raises DeliveryRefused, and nothing else, saying what was found and what was expected.
    """
    if not content:
        raise DeliveryRefused(f"{feed.feed}: the file is empty (0 bytes). Ask {feed.partner} to send it again.")
    if len(content) > feed.file.max_bytes:
        raise DeliveryRefused(
            f"{feed.feed}: the file has {len(content):,} bytes; at most {feed.file.max_bytes:,} are taken.",
            f"if that is right, raise file.max_bytes in include/feeds/{feed.feed}.yml.",
        )
    try:
        content, notes, lacking = unpack(feed, content)
        refuse_other_format(feed, content)
        rows = check_header(feed, READERS[feed.file.format](feed, content))
    except DeliveryRefused:
        raise
    except Exception as error:  # one file must not stop the others
        log.error("a file could not be read", feed=feed.feed, where=traceback_without_values(error))
        raise DeliveryRefused(
            f"{feed.feed}: the file can't be read as {feed.file.format} ({type(error).__name__}); it may be damaged. "
            f"Ask {feed.partner} to send it again, and report it to the maintainers. The file is kept."
        ) from None
    return replace(rows, notes=(*notes, *rows.notes), lacking="; ".join(filter(None, (lacking, rows.lacking))))


__all__ = ["Rows", "read_rows"]
