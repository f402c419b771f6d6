"""Gzip and zip, opened within bounds: what can be unpacked of a damaged one is given, and said not to be all.

Transports and readers both open files by this, so that a file fares alike whatever its name says.
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
_MOST_RATIO: Final = 1000  # a file of one character gzips 1,000 times; the most that we ever saw of a delivery is 40
_SMALL: Final = 16 * 1024 * 1024  # below this a ratio is of no harm
_STEP: Final = 512  # bytes that are unpacked at a time
_SYSTEM_FILES: Final = (".ds_store", "thumbs.db", "desktop.ini")
_EXCEL_PARTS: Final = ("xl/workbook.xml", "xl/workbook.bin")


class UnpackedTooLarge(Exception):
    """More came out than is taken, or so much from so little that it was made to do harm."""


@dataclass(frozen=True)
class Unpacked:
    """The bytes as far as they could be unpacked; `fault` says in words why that is not all, or is empty."""

    content: bytes
    fault: str = ""


def gunzip(content: bytes, most_bytes: int) -> Unpacked:
    """What a gzip holds, all of its members joined. Raises UnpackedTooLarge, and nothing for damage."""
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
                # In small steps: what was read before the damage is kept.
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
    """The one file that ends as the declared name does (`.csv`); None where none does, or several."""
    alone = [one for one in members if one.filename.casefold().endswith(ending.casefold())]
    return alone[0] if len(alone) == 1 else None


def is_workbook(members: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether the zip is an Excel workbook."""
    return any(one.filename in _EXCEL_PARTS for one in members)


def is_locked(member: zipfile.ZipInfo) -> bool:
    """Whether it takes a password to open the file."""
    return bool(member.flag_bits & 0x1)


def unzip_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most_bytes: int, *, feed: str) -> Unpacked:
    """A file of a zip. The size that it claims is not trusted. Raises UnpackedTooLarge, and nothing for damage."""
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
    except NotImplementedError:  # a compression of its own (Deflate64, PPMd); the files beside it may be of another
        return Unpacked(b"".join(pieces), UNSUPPORTED)
    except Exception as error:  # each compression has its own errors for damage
        log.warning("a file in a zip is damaged", feed=feed, where=traceback_without_values(error))
        return Unpacked(b"".join(pieces), DAMAGED)
    return Unpacked(b"".join(pieces))


def _bound(size: int, packed: int, most_bytes: int) -> None:
    if size > most_bytes or (size > _SMALL and size > packed * _MOST_RATIO):
        raise UnpackedTooLarge


def _is_a_systems_own(path: str) -> bool:
    """What macOS and Windows add to a zip: not what anybody meant to send."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return path.startswith("__MACOSX/") or name.casefold() in _SYSTEM_FILES
