"""Unpacks gzip and zip within bounds. Of a damaged file it returns what can be unpacked, and says what is wrong.

Transports and readers both use it, so that a file is treated alike whatever its name.
"""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from tasking.model.errors import traceback_without_values

log = structlog.get_logger(__name__)

GZIP: Final = b"\x1f\x8b"
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
DAMAGED: Final = "damaged"
UNSUPPORTED: Final = "packed in a way that we can't open"

_MOST_MEMBERS: Final = 1000
_MOST_RATIO: Final = 1000  # one repeated character reaches 1,000; deliveries have reached 40 at most
_SMALL: Final = 16 * 1024 * 1024  # smaller files may have any ratio
_STEP: Final = 512  # bytes that are unpacked at a time
_SYSTEM_FILES: Final = (".ds_store", "thumbs.db", "desktop.ini")
_EXCEL_PARTS: Final = ("xl/workbook.xml", "xl/workbook.bin")


class UnpackedTooLarge(Exception):
    """The unpacked size is over the limit, or so large for the packed size that the file looks like a zip bomb."""


@dataclass(frozen=True)
class Unpacked:
    """The bytes as far as they could be unpacked. `fault`: why that is not all of them, in words; otherwise empty."""

    content: bytes
    fault: str = ""


def gunzip(content: bytes, most_bytes: int) -> Unpacked:
    """The content of a gzip, all members joined. Raises UnpackedTooLarge; damage is reported in `fault`."""
    pieces: list[bytes] = []
    size = position = 0
    chunk = b""
    while True:
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        while not unpacker.eof:
            if not chunk:
                chunk = content[position : position + _STEP]
                position += len(chunk)
            try:
                # In small steps, so that what precedes the damage is kept.
                piece = unpacker.decompress(chunk, 1 << 20)
            except zlib.error:
                return Unpacked(b"".join(pieces), DAMAGED)
            if not chunk and not piece and not unpacker.eof:
                return Unpacked(b"".join(pieces), DAMAGED)
            chunk = unpacker.unconsumed_tail
            pieces.append(piece)
            size += len(piece)
            _bound(size, len(content), most_bytes)
        chunk = (unpacker.unused_data + content[position : position + _STEP]).lstrip(b"\x00")
        position += _STEP
        if not chunk.startswith(GZIP):
            return Unpacked(b"".join(pieces), DAMAGED if chunk else "")


def files_in(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in a zip, without those that macOS and Windows add. Raises UnpackedTooLarge if there are too many."""
    members = [one for one in archive.infolist() if not one.is_dir() and not _is_a_systems_own(one.filename)]
    if len(members) > _MOST_MEMBERS:
        raise UnpackedTooLarge
    return members


def only_of_ending(members: Sequence[zipfile.ZipInfo], ending: str) -> zipfile.ZipInfo | None:
    """The only file with this ending (`.csv`); None if there is none, or several."""
    alone = [one for one in members if one.filename.casefold().endswith(ending.casefold())]
    return alone[0] if len(alone) == 1 else None


def is_workbook(members: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether the zip is an Excel workbook."""
    return any(one.filename in _EXCEL_PARTS for one in members)


def is_locked(member: zipfile.ZipInfo) -> bool:
    """Whether the file is encrypted."""
    return bool(member.flag_bits & 0x1)


def unzip_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most_bytes: int, *, feed: str) -> Unpacked:
    """One file of a zip, whose declared size is not trusted. Raises UnpackedTooLarge; damage is reported in `fault`."""
    pieces: list[bytes] = []
    size = 0
    try:
        with archive.open(member) as file:
            while piece := file.read(4096):
                pieces.append(piece)
                size += len(piece)
                _bound(size, member.compress_size or 1, most_bytes)
    except UnpackedTooLarge:
        raise
    except NotImplementedError:  # an unsupported compression (Deflate64, PPMd); other files in the zip may have another
        return Unpacked(b"".join(pieces), UNSUPPORTED)
    except Exception as error:  # each compression has its own errors for damage
        log.warning("a file in a zip is damaged", feed=feed, where=traceback_without_values(error))
        return Unpacked(b"".join(pieces), DAMAGED)
    return Unpacked(b"".join(pieces))


def _bound(size: int, packed: int, most_bytes: int) -> None:
    if size > most_bytes or (size > _SMALL and size > packed * _MOST_RATIO):
        raise UnpackedTooLarge


def _is_a_systems_own(path: str) -> bool:
    """Whether macOS or Windows added this file to a zip by itself."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return path.startswith("__MACOSX/") or name.casefold() in _SYSTEM_FILES
