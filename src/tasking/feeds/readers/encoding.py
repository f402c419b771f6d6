"""Bytes -> text in the encoding that the feed declares. latin-1 and its kin never fail, so we look twice."""

import codecs
import re

from tasking.feeds.declaration import Feed
from tasking.model.errors import DeliveryRefused

_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
# What UTF-8 looks like after somebody has read it as Windows-1252: Â£, â€™, Ã©.
_MOJIBAKE = re.compile("[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0178\u2013-\u2122]|\u00e2\u20ac")


def decode(feed: Feed, content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a delivery and signals about it. Raises DeliveryRefused where the encoding is another one."""
    declared = feed.file.encoding
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in content[:4096]:
        raise _wrong(feed, "UTF-16 or not text at all")
    if declared == "cp1252":
        if content.startswith(codecs.BOM_UTF8) or (not content.isascii() and _is_utf8(content)):
            raise _wrong(feed, "UTF-8")
    elif not _is_utf8(content):
        raise _wrong(feed, "something else, probably Windows-1252")
    try:
        text = content.decode("utf-8-sig" if declared.startswith("utf-8") else declared)
    except UnicodeDecodeError as error:
        raise _wrong(feed, f"something else (byte {error.start:,} does not exist in it)") from None
    notes = (
        ("some text looks as if it had been through a wrong encoding at the partner",) if _MOJIBAKE.search(text) else ()
    )
    return text, notes


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _wrong(feed: Feed, found: str) -> DeliveryRefused:
    return DeliveryRefused(
        f"{feed.feed}: the file should be {_NAMES[feed.file.encoding]} and looks like {found}. Ask {feed.partner} to "
        f"export it as before, or change file.encoding in include/feeds/{feed.feed}.yml."
    )
