"""Decodes bytes in the encoding that the feed declares, and checks the result: Windows-1252 can decode almost
anything."""

import codecs
import re
from typing import Final

from tasking.config.feed import Feed
from tasking.model.errors import DeliveryRefused

_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
# UTF-8 that was decoded as Windows-1252: Â£, â€™, Ã©.
_MOJIBAKE = re.compile("[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0178\u2013-\u2122]|\u00e2\u20ac")
_WIDE_SHARE: Final = 0.1  # of NUL bytes at the start: more of them mean UTF-16
_MOST_BAD_LINES: Final = 0.5

UNREADABLE: Final = "\ufdd0"  # a Unicode noncharacter, in place of bytes that could not be decoded


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNREADABLE, error.end


codecs.register_error("tasking_mark", _mark)


def decode(feed: Feed, content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a delivery, with notes about it; bytes that can't be decoded become UNREADABLE.

    Raises DeliveryRefused if the encoding is plainly another one: refusing the file loses less than holding most of its
    rows.
    """
    declared = feed.file.encoding
    content = content.rstrip(b"\x1a")  # the end-of-file mark of DOS programs
    start = content[:4096]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or start.count(0) > _WIDE_SHARE * len(start):
        raise _wrong(feed, "UTF-16 or not text at all")
    if declared == "cp1252" and (content.startswith(codecs.BOM_UTF8) or (not content.isascii() and _is_utf8(content))):
        raise _wrong(feed, "UTF-8")
    text = content.decode("utf-8-sig" if declared.startswith("utf-8") else declared, errors="tasking_mark")
    if UNREADABLE in text:
        lines = [line for line in re.split(r"[\r\n]", text) if line.strip()]
        bad = sum(UNREADABLE in line for line in lines)
        if bad > max(1, _MOST_BAD_LINES * len(lines)):
            raise _wrong(feed, "something else, probably Windows-1252" if declared != "cp1252" else "something else")
    notes = (
        ("some text looks as if it had been through a wrong encoding at the partner",) if _MOJIBAKE.search(text) else ()
    )
    return text, notes


def encoding_name(feed: Feed) -> str:
    """The declared encoding as people call it: UTF-8, Windows-1252."""
    return _NAMES[feed.file.encoding]


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _wrong(feed: Feed, found: str) -> DeliveryRefused:
    return DeliveryRefused(
        f"{feed.feed}: the file should be {_NAMES[feed.file.encoding]} and looks like {found}. Ask {feed.partner} to "
        "export it as before.",
        f"if it stays so, change file.encoding in include/feeds/{feed.feed}.yml.",
    )
