"""Detects what a file is, whatever its name: compressed, an old workbook, a web page."""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Final

import structlog

from tasking.config.feed import Feed
from tasking.intake.unpacking import (
    GZIP,
    UNSUPPORTED,
    ZIP,
    UnpackedTooLarge,
    files_in,
    gunzip,
    is_locked,
    is_workbook,
    only_of_ending,
    unzip_member,
)
from tasking.model.errors import DeliveryRefused, traceback_without_values

log = structlog.get_logger(__name__)

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PAGE: Final = re.compile(rb"^\s{0,64}(?:<!doctype html|<html|<head|<body|<table|<meta)", re.IGNORECASE)


def unpack(feed: Feed, content: bytes) -> tuple[bytes, tuple[str, ...], str]:
    """The content of a gzip, or of a zip with one file; a note about it; and why the file is incomplete, if it is.

    Of a damaged archive, what can be unpacked is returned. Raises DeliveryRefused if that is nothing, and for an
    archive that is encrypted, has several files, or is too large unpacked.
    """
    if content.startswith(GZIP):
        return _gunzipped(feed, content)
    if feed.file.format != "xlsx" and content.startswith(ZIP):
        return _unzipped(feed, content)
    return content, (), ""


def refuse_other_format(feed: Feed, content: bytes) -> None:
    """Raises DeliveryRefused, naming the actual format, if the file is plainly not in the declared one."""
    found = other_kind(content, feed.file.format)
    if found:
        wanted = {"csv": "a CSV file", "json": "JSON", "jsonl": "JSON lines", "xlsx": "an Excel workbook (.xlsx)"}
        raise DeliveryRefused(
            f"{feed.feed}: {wanted[feed.file.format]} was expected, and the file is {found}. "
            f"Ask {feed.partner} to send it as before."
        )


def other_kind(content: bytes, declared: str) -> str | None:
    """What a file plainly is that is not in the declared format, with its article; None if it may be."""
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
    if declared == "xlsx" and not content.startswith(ZIP) and content[:512].decode("latin-1").isprintable():
        return "plain text"
    return None


def _gunzipped(feed: Feed, content: bytes) -> tuple[bytes, tuple[str, ...], str]:
    try:
        found = gunzip(content, feed.file.max_bytes)
    except UnpackedTooLarge:
        raise _too_much(feed, "gzip file") from None
    if found.fault and not found.content:
        raise _damaged(feed, "gzip")
    lacking = "the gzip breaks off, or is damaged towards its end" if found.fault else ""
    return found.content, ("the file came compressed (gzip)",), lacking


def _unzipped(feed: Feed, content: bytes) -> tuple[bytes, tuple[str, ...], str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = _the_delivery(feed, files_in(archive))
            found = unzip_member(archive, member, feed.file.max_bytes, feed=feed.feed)
    except DeliveryRefused:
        raise
    except UnpackedTooLarge:
        raise _too_much(feed, "zip archive") from None
    except Exception as error:  # zipfile raises many kinds of error for a damaged directory
        log.warning("a zip can't be opened", feed=feed.feed, where=traceback_without_values(error))
        raise _damaged(feed, "zip") from None
    if found.fault == UNSUPPORTED:
        raise DeliveryRefused(
            f"{feed.feed}: the file in the zip archive is {UNSUPPORTED}. Ask {feed.partner} to send it unpacked, or in "
            "an ordinary zip."
        )
    if found.fault and not found.content:
        raise _damaged(feed, "zip")
    lacking = "the zip is damaged: what came of the file may not be all of it" if found.fault else ""
    return found.content, ("the file came in a zip archive",), lacking


def _the_delivery(feed: Feed, members: Sequence[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    """The file of a zip that is the delivery: the only file, or the only one with the declared name's ending."""
    if is_workbook(members):
        raise DeliveryRefused(
            f"{feed.feed}: a {feed.file.format} file was expected, and the file is an Excel workbook. "
            f"Ask {feed.partner} to send it as before."
        )
    ending = "." + feed.delivery.name.rpartition(".")[2]
    member = members[0] if len(members) == 1 else only_of_ending(members, ending)
    if member is None:
        raise DeliveryRefused(f"{feed.feed}: the zip archive holds {len(members)} files, and one was expected.")
    if is_locked(member):
        raise DeliveryRefused(
            f"{feed.feed}: the zip archive is password-protected. Ask {feed.partner} to send it open, "
            "or by a channel that needs no password."
        )
    return member


def _too_much(feed: Feed, what: str) -> DeliveryRefused:
    return DeliveryRefused(
        f"{feed.feed}: the {what} unpacks to more than {feed.file.max_bytes:,} bytes, or holds more than a delivery "
        f"ever does. Ask {feed.partner}.",
        f"if that is right, raise file.max_bytes in include/feeds/{feed.feed}.yml.",
    )


def _damaged(feed: Feed, kind: str) -> DeliveryRefused:
    return DeliveryRefused(
        f"{feed.feed}: the {kind} file is damaged, or cut short on the way. Ask {feed.partner} to send it again."
    )
