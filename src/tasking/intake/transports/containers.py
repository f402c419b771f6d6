"""What a file holds: itself, or the delivery inside a zip or a gzip. Bounded, and no path in one is trusted."""

import io
import zipfile
from collections.abc import Sequence

import structlog

from tasking.intake.transports.address import MOST_BYTES
from tasking.intake.transports.names import Fit, base_name, came_as, match, quoted_name
from tasking.intake.unpacking import (
    GZIP,
    UNSUPPORTED,
    UnpackedTooLarge,
    files_in,
    gunzip,
    is_locked,
    is_workbook,
    only_of_ending,
    unzip_member,
)
from tasking.model.delivery import FetchedFile, FetchResult, quoted
from tasking.model.errors import traceback_without_values
from tasking.model.text import clean

log = structlog.get_logger(__name__)

_MOST_DEPTH = 3


def open_container(
    name: str,
    content: bytes,
    wanted: Sequence[str],
    most_bytes: int = MOST_BYTES,
    lacking: str = "",
    depth: int = 0,
    in_all: int | None = None,
    *,
    feed: str,
) -> FetchResult:
    """The deliveries in a zip or gzip, with notes; what can't be opened, or holds none, is named in `others`.

    Never raises for what is in it. `most_bytes`: of each file; `in_all`: of all of them. `lacking` is known of the
    container already, such as a mail that broke off. `feed` is for the log.
    """
    try:
        if content.startswith(GZIP):
            found = _from_gzip(name, content, wanted, most_bytes if in_all is None else min(most_bytes, in_all))
        elif zipfile.is_zipfile(io.BytesIO(content)):
            found = _from_zip(name, content, wanted, most_bytes, depth, in_all, feed)
        else:
            found = _as_it_is(name, content, wanted)
    except UnpackedTooLarge:
        return FetchResult(not_taken=(quoted_name(name, _too_much(most_bytes)),))
    except Exception as error:  # zipfile and zlib raise a dozen kinds for damage
        # A partner's own name for a file may hold somebody's: the log has the name that we ask for.
        log.warning(
            "a zip or gzip can't be opened", feed=feed, asked_for=match(name, wanted).wanted or wanted[0],
            where=traceback_without_values(error),
        )  # fmt: skip
        return FetchResult(not_taken=(quoted_name(name, "can't be opened: damaged, or of a kind that we do not know"),))
    if lacking:
        files = [FetchedFile(one.name, one.content, one.note, one.lacking or lacking) for one in found.files]
        return FetchResult(tuple(files), found.not_taken)
    return found


def _too_much(most_bytes: int) -> str:
    return f"holds more than we open: over {most_bytes:,} bytes (file.max_bytes), or packed too tight"


def _as_it_is(name: str, content: bytes, wanted: Sequence[str]) -> FetchResult:
    """A zip by name only: a damaged one, or the bare file under a wrong ending."""
    found = match(name, wanted)
    if found.fit == Fit.WRAPPED and content and not content.startswith(b"PK") and _is_text(content):
        ending = found.wanted.rpartition(".")[2].casefold()
        if ending not in ("xlsx", "xls", "xlsm"):
            note = f"came as {quoted(clean(base_name(name)))}, which is not packed"
            return FetchResult((FetchedFile(found.wanted, content, note=note),))
    return FetchResult(not_taken=(quoted_name(name, "not a zip or gzip, or damaged"),))


def _is_text(content: bytes) -> bool:
    start = content[:4096]
    return b"\x00" not in start and sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in start) == 0


def _from_gzip(name: str, content: bytes, wanted: Sequence[str], most_bytes: int) -> FetchResult:
    found = match(name, wanted)
    if found.fit != Fit.WRAPPED:
        return FetchResult(not_taken=(quoted_name(name, "a gzip under a name that we do not know"),))
    inside = gunzip(content, most_bytes)
    if inside.fault and not inside.content:
        return FetchResult(not_taken=(quoted_name(name, "a gzip that is damaged"),))
    lacking = "the gzip breaks off, or is damaged towards its end" if inside.fault else ""
    note = f"inside {quoted(clean(base_name(name)))}"
    return FetchResult((FetchedFile(found.wanted, inside.content, note=note, lacking=lacking),))


def _from_zip(
    name: str, content: bytes, wanted: Sequence[str], most_bytes: int, depth: int, in_all: int | None, feed: str
) -> FetchResult:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = files_in(archive)
        chosen = [(member, match(member.filename, wanted)) for member in members]
        fitting = [one for one in chosen if one[1].fit in (Fit.SAME, Fit.NEAR)]
        fitting = fitting or [one for one in chosen if one[1].fit == Fit.SAME_STEM]
        packed = [one for one in chosen if one[1].fit == Fit.WRAPPED or one[0].filename.casefold().endswith(".zip")]
        outside = match(name, wanted)
        if outside.fit == Fit.WRAPPED and is_workbook(members):
            # A workbook is a zip, and some systems call it one.
            return FetchResult((FetchedFile(outside.wanted, content, note=came_as(name, outside.wanted)),))
        if not fitting and not packed and outside.fit == Fit.WRAPPED:
            # The zip is named for the day, what is in it need not be.
            alone = only_of_ending(members, "." + outside.wanted.rpartition(".")[2])
            fitting = [(alone, outside)] if alone else []
        files: list[FetchedFile] = []
        others: list[str] = []
        left = max(most_bytes, MOST_BYTES) if in_all is None else in_all
        for member, found in [*fitting, *packed]:
            if is_locked(member):
                others.append(quoted_name(name, "a zip that is protected with a password"))
                continue
            try:
                inside = unzip_member(archive, member, min(most_bytes, left), feed=feed)
            except UnpackedTooLarge:
                # What was unpacked before it stays; nothing after it is tried, as there may be a thousand of the kind.
                others.append(quoted_name(name, _too_much(most_bytes)))
                break
            left -= len(inside.content)
            lacking = "the zip is damaged: what came of the file may not be all of it" if inside.fault else ""
            if inside.fault == UNSUPPORTED or (inside.fault and not inside.content):
                others.append(quoted_name(name, f"a zip in which a file is {inside.fault}"))
            elif (member, found) in packed and depth == _MOST_DEPTH:
                others.append(quoted_name(name, "a zip within a zip, too deep"))
            elif (member, found) in packed:
                within = open_container(
                    member.filename, inside.content, wanted, most_bytes, lacking, depth + 1, left, feed=feed
                )
                left -= sum(len(file.content) for file in within.files)
                files += within.files
                others += within.not_taken
            else:
                notes = (f"inside {quoted(clean(base_name(name)))}", came_as(member.filename, found.wanted))
                files.append(FetchedFile(found.wanted, inside.content, "; ".join(filter(None, notes)), lacking))
    if not files and not others:
        is_closed = any(is_locked(member) for member in members)
        reason = "a zip that is protected with a password" if is_closed else _what_a_zip_holds(members)
        others.append(quoted_name(name, reason))
    return FetchResult(tuple(files), tuple(dict.fromkeys(others)))


def _what_a_zip_holds(members: Sequence[zipfile.ZipInfo]) -> str:
    if not members:
        return "a zip with no file in it"
    return "a zip without a file of the name that we ask for"
