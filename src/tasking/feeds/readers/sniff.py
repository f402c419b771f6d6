"""What a file really is, whatever its name says: packed, a workbook of another age, a web page."""

import io
import re
import zipfile
import zlib
from typing import Final

from tasking.feeds.declaration import Feed
from tasking.model.errors import DeliveryRefused

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_MOST_RATIO: Final = 1_000
_PAGE: Final = re.compile(rb"^\s{0,64}(?:<!doctype html|<html|<head|<body|<table|<meta)", re.IGNORECASE)
_EXCEL_PARTS: Final = ("xl/workbook.xml", "xl/workbook.bin")


def unpacked(feed: Feed, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The file itself where it came as gzip, or alone in a zip; and a note that says so.

    Raises DeliveryRefused for an archive that is damaged, locked, of several files, or too large unpacked.
    """
    if content.startswith(b"\x1f\x8b"):
        return _gunzipped(feed, content), ("the file came compressed (gzip)",)
    if feed.file.format != "xlsx" and content.startswith(_ZIP):
        return _unzipped(feed, content), ("the file came in a zip archive",)
    return content, ()


def refuse_another_kind(feed: Feed, content: bytes) -> None:
    """Raises DeliveryRefused naming what the file is, where that is plainly not what the feed declares."""
    found = _kind_of(content, feed.file.format)
    if found:
        wanted = {"csv": "a CSV file", "json": "JSON", "jsonl": "JSON lines", "xlsx": "an Excel workbook (.xlsx)"}
        raise DeliveryRefused(
            f"{feed.feed}: {wanted[feed.file.format]} was expected, and the file is {found}. "
            f"Ask {feed.partner} to send it as before."
        )


def _kind_of(content: bytes, declared: str) -> str | None:
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            return "password-protected"
        if "Workbook".encode("utf-16-le") in content:
            return "an old .xls workbook (Excel 97 to 2003)"
        return "an old Office document"
    if _PAGE.match(content[:256].removeprefix(b"\xef\xbb\xbf")):
        return "a web page, perhaps the log-in page of a portal"
    if content.startswith(b"%PDF"):
        return "a PDF"
    if content.startswith((b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff")):
        return "a document or picture"
    if declared == "xlsx" and not content.startswith(_ZIP) and content[:512].decode("latin-1").isprintable():
        return "plain text"
    return None


def _gunzipped(feed: Feed, content: bytes) -> bytes:
    most = min(feed.file.max_bytes, _MOST_RATIO * len(content)) + 1
    reader = zlib.decompressobj(wbits=31)
    try:
        out = reader.decompress(content, most)
    except zlib.error:
        raise _damaged(feed, "gzip") from None
    if len(out) >= most or (reader.eof and reader.unused_data.strip(b"\x00")):
        raise DeliveryRefused(f"{feed.feed}: the gzip file holds more than one file, or more than may be unpacked.")
    if not reader.eof:
        raise _damaged(feed, "gzip")
    return out


def _unzipped(feed: Feed, content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
            if any(one.filename in _EXCEL_PARTS for one in names):
                raise DeliveryRefused(
                    f"{feed.feed}: a {feed.file.format} file was expected, and the file is an Excel workbook. "
                    f"Ask {feed.partner} to send it as before."
                )
            if len(names) != 1:
                raise DeliveryRefused(f"{feed.feed}: the zip archive holds {len(names)} files, and one was expected.")
            if names[0].flag_bits & 0x1:
                raise DeliveryRefused(
                    f"{feed.feed}: the zip archive is password-protected. Ask {feed.partner} to send it open, "
                    "or by a channel that needs no password."
                )
            if names[0].file_size > min(feed.file.max_bytes, _MOST_RATIO * len(content)):
                raise DeliveryRefused(f"{feed.feed}: the zip archive unpacks to {names[0].file_size:,} bytes.")
            return archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise _damaged(feed, "zip") from None


def _damaged(feed: Feed, kind: str) -> DeliveryRefused:
    return DeliveryRefused(
        f"{feed.feed}: the {kind} file is damaged, or cut short on the way. Ask {feed.partner} to send it again."
    )
