"""What a file holds: itself, or the delivery inside a zip or a gzip. Bounded, and no path in one is trusted."""

import io
import logging
import zipfile
import zlib
from collections.abc import Sequence

from tasking.feeds.transports.address import MOST_BYTES
from tasking.feeds.transports.names import Fit, base_name, came_as, match, shown
from tasking.model.delivery import Fetch, Fetched, quoted
from tasking.model.errors import traceback_without_values
from tasking.model.text import clean

log = logging.getLogger(__name__)

_MOST_MEMBERS = 1000
_MOST_RATIO = 1000  # a file of one character gzips 1,000 times; the most that we ever saw of a delivery is 40 times
_SMALL = 16 * 1024 * 1024  # below this a ratio is of no harm
_MOST_DEPTH = 3
_STEP = 512  # bytes that are unpacked at a time


class _TooMuch(Exception):
    """More came out than we take."""


def opened(
    name: str, content: bytes, wanted: Sequence[str], most_bytes: int = MOST_BYTES, lacking: str = "", depth: int = 0
) -> Fetch:
    """The deliveries in a zip or gzip, with notes; what can't be opened, or holds none, is named in `others`.

    Never raises for what is in it. `lacking` is known of the container already, such as a mail that broke off.
    """
    try:
        if content.startswith(b"\x1f\x8b"):
            found = _from_gzip(name, content, wanted, most_bytes)
        elif zipfile.is_zipfile(io.BytesIO(content)):
            found = _from_zip(name, content, wanted, most_bytes, depth)
        else:
            found = _as_it_is(name, content, wanted)
    except _TooMuch:
        return Fetch(others=(shown(name, f"holds more than we open: over {most_bytes:,} bytes, or packed too tight"),))
    except Exception as error:  # zipfile and zlib raise a dozen kinds for damage
        log.warning("a container can't be opened\n%s", traceback_without_values(error))
        return Fetch(others=(shown(name, "can't be opened: damaged, or of a kind that we do not know"),))
    if lacking:
        files = [Fetched(one.name, one.content, one.note, one.lacking or lacking) for one in found.files]
        return Fetch(tuple(files), found.others)
    return found


def _as_it_is(name: str, content: bytes, wanted: Sequence[str]) -> Fetch:
    """A zip by name only: a damaged one, or the bare file under a wrong ending."""
    found = match(name, wanted)
    if found.fit == Fit.WRAPPED and content and not content.startswith(b"PK") and _is_text(content):
        ending = found.wanted.rpartition(".")[2].casefold()
        if ending not in ("xlsx", "xls", "xlsm"):
            note = f"came as {quoted(clean(base_name(name)))}, which is not packed"
            return Fetch((Fetched(found.wanted, content, note=note),))
    return Fetch(others=(shown(name, "not a zip or gzip, or damaged"),))


def _is_text(content: bytes) -> bool:
    start = content[:4096]
    return b"\x00" not in start and sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in start) == 0


def _from_gzip(name: str, content: bytes, wanted: Sequence[str], most_bytes: int) -> Fetch:
    found = match(name, wanted)
    if found.fit != Fit.WRAPPED:
        return Fetch(others=(shown(name, "a gzip under a name that we do not know"),))
    plain, is_whole = _gunzipped(content, most_bytes)
    if not plain and not is_whole:
        return Fetch(others=(shown(name, "a gzip that is damaged"),))
    lacking = "" if is_whole else "the gzip breaks off, or is damaged towards its end"
    return Fetch((Fetched(found.wanted, plain, note=f"inside {quoted(clean(base_name(name)))}", lacking=lacking),))


def _gunzipped(content: bytes, most_bytes: int) -> tuple[bytes, bool]:
    """What a gzip holds as far as it can be read, all of its members, and whether that is all."""
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
                return b"".join(pieces), False
            if not chunk and not piece and not unpacker.eof:
                return b"".join(pieces), False
            chunk = unpacker.unconsumed_tail
            pieces.append(piece)
            size += len(piece)
            _bound(size, len(content), most_bytes)
        chunk = (unpacker.unused_data + content[position : position + _STEP]).lstrip(b"\x00")
        position += _STEP
        if not chunk.startswith(b"\x1f\x8b"):
            return b"".join(pieces), not chunk


def _bound(size: int, packed: int, most_bytes: int) -> None:
    if size > most_bytes or (size > _SMALL and size > packed * _MOST_RATIO):
        raise _TooMuch


def _from_zip(name: str, content: bytes, wanted: Sequence[str], most_bytes: int, depth: int) -> Fetch:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [one for one in archive.infolist() if not one.is_dir() and not _is_a_systems_own(one.filename)]
        if len(members) > _MOST_MEMBERS:
            raise _TooMuch
        chosen = [(member, match(member.filename, wanted)) for member in members]
        fitting = [one for one in chosen if one[1].fit in (Fit.SAME, Fit.NEAR)]
        fitting = fitting or [one for one in chosen if one[1].fit == Fit.KIN]
        packed = [one for one in chosen if one[1].fit == Fit.WRAPPED or one[0].filename.casefold().endswith(".zip")]
        outside = match(name, wanted)
        if outside.fit == Fit.WRAPPED and any(one.filename == "xl/workbook.xml" for one in members):
            # A workbook is a zip, and some systems call it one.
            return Fetch((Fetched(outside.wanted, content, note=came_as(name, outside.wanted)),))
        if not fitting and not packed and outside.fit == Fit.WRAPPED:
            # The zip is named for the day, what is in it need not be.
            ending = "." + outside.wanted.rpartition(".")[2].casefold()
            alone = [one for one in members if one.filename.casefold().endswith(ending)]
            fitting = [(alone[0], outside)] if len(alone) == 1 else []
        files: list[Fetched] = []
        others: list[str] = []
        budget = most_bytes
        for member, found in [*fitting, *packed]:
            if member.flag_bits & 0x1:
                others.append(shown(name, "a zip that is protected with a password"))
                continue
            plain, is_whole = _unzipped(archive, member, budget)
            budget -= len(plain)
            if (member, found) in packed:
                if depth < _MOST_DEPTH:
                    inside = opened(member.filename, plain, wanted, budget, depth=depth + 1)
                    files += inside.files
                    others += inside.others
                else:
                    others.append(shown(name, "a zip within a zip, too deep"))
                continue
            if not plain and not is_whole:
                others.append(shown(name, "a zip that is damaged"))
                continue
            note = "; ".join(
                filter(None, (f"inside {quoted(clean(base_name(name)))}", came_as(member.filename, found.wanted)))
            )
            lacking = "" if is_whole else "the zip is damaged: what came of the file may not be all of it"
            files.append(Fetched(found.wanted, plain, note=note, lacking=lacking))
    if not files and not others:
        is_locked = any(member.flag_bits & 0x1 for member in members)
        reason = "a zip that is protected with a password" if is_locked else _what_a_zip_holds(members)
        others.append(shown(name, reason))
    return Fetch(tuple(files), tuple(dict.fromkeys(others)))


def _what_a_zip_holds(members: Sequence[zipfile.ZipInfo]) -> str:
    if not members:
        return "a zip with no file in it"
    return "a zip without a file of the name that we ask for"


def _is_a_systems_own(path: str) -> bool:
    """What macOS and Windows add to a zip: not what anybody meant to send."""
    return path.startswith("__MACOSX/") or base_name(path).casefold() in (".ds_store", "thumbs.db", "desktop.ini")


def _unzipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most_bytes: int) -> tuple[bytes, bool]:
    """A member's bytes as far as they can be read, and whether that is all. The size that it claims is not trusted."""
    pieces: list[bytes] = []
    size = 0
    try:
        with archive.open(member) as file:
            while piece := file.read(4096):
                pieces.append(piece)
                size += len(piece)
                _bound(size, member.compress_size or 1, most_bytes)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        log.warning("a zip's member is damaged\n%s", traceback_without_values(error))
        return b"".join(pieces), False
    return b"".join(pieces), True
