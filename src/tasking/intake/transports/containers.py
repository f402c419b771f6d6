"""Finds the delivery inside a zip or gzip, within bounds. Paths in an archive are never used."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from tasking.intake.transports.address import MOST_BYTES
from tasking.intake.transports.names import Fit, Match, base_name, came_as, match, quoted_name
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
    """The deliveries in a zip or gzip, with notes; one that can't be opened, or holds none, is named in `not_taken`.

    Never raises for its content. `most_bytes`: of each file; `in_all`: of all of them. `lacking`: why the container
    itself is incomplete, such as a truncated mail. `feed` is for the log.
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
    except Exception as error:  # zipfile and zlib raise many kinds of error for damage
        # A partner's file name may hold a person's name: log the wanted name instead.
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
    """A zip by name only: a damaged one, or the delivery itself with a wrong ending."""
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
    left = max(most_bytes, MOST_BYTES) if in_all is None else in_all
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = files_in(archive)
        outside = match(name, wanted)
        if outside.fit == Fit.WRAPPED and is_workbook(members):
            # A workbook is a zip, and some systems give it that ending.
            return FetchResult((FetchedFile(outside.wanted, content, note=came_as(name, outside.wanted)),))
        fitting, packed = _members_to_unpack(members, outside, wanted)
        unpacking = _ZipUnpacking(archive, name, wanted, most_bytes, depth, feed, left)
        for member, found in [*fitting, *packed]:
            try:
                unpacking.take(member, found, is_packed=(member, found) in packed)
            except UnpackedTooLarge:
                # Files unpacked before it are kept; the rest are not tried, as there may be a thousand like it.
                unpacking.not_taken.append(quoted_name(name, _too_much(most_bytes)))
                break
    files, not_taken = unpacking.files, unpacking.not_taken
    if not files and not not_taken:
        is_closed = any(is_locked(member) for member in members)
        not_taken = [quoted_name(name, _LOCKED if is_closed else _what_a_zip_holds(members))]
    return FetchResult(tuple(files), tuple(dict.fromkeys(not_taken)))


_Member = tuple[zipfile.ZipInfo, Match]
_LOCKED = "a zip that is protected with a password"


def _members_to_unpack(
    members: Sequence[zipfile.ZipInfo], outside: Match, wanted: Sequence[str]
) -> tuple[list[_Member], list[_Member]]:
    """The files of a zip that fit a wanted name, and those that are zips or gzips themselves. `outside`: the zip's."""
    chosen = [(member, match(member.filename, wanted)) for member in members]
    fitting = [one for one in chosen if one[1].fit in (Fit.SAME, Fit.NEAR)]
    fitting = fitting or [one for one in chosen if one[1].fit == Fit.SAME_STEM]
    packed = [one for one in chosen if one[1].fit == Fit.WRAPPED or one[0].filename.casefold().endswith(".zip")]
    if not fitting and not packed and outside.fit == Fit.WRAPPED:
        # If the zip has the wanted name, the file in it need not.
        alone = only_of_ending(members, "." + outside.wanted.rpartition(".")[2])
        fitting = [(alone, outside)] if alone else []
    return fitting, packed


@dataclass
class _ZipUnpacking:
    """A zip that is being unpacked: its limits, and the deliveries found so far."""

    archive: zipfile.ZipFile
    name: str
    wanted: Sequence[str]
    most_bytes: int
    depth: int
    feed: str
    bytes_left: int
    files: list[FetchedFile] = field(default_factory=list)
    not_taken: list[str] = field(default_factory=list)

    def take(self, member: zipfile.ZipInfo, found: Match, *, is_packed: bool) -> None:
        """Unpacks one file, and opens it if it is a zip or gzip itself. Raises UnpackedTooLarge."""
        if is_locked(member):
            self.not_taken.append(quoted_name(self.name, _LOCKED))
            return
        inside = unzip_member(self.archive, member, min(self.most_bytes, self.bytes_left), feed=self.feed)
        self.bytes_left -= len(inside.content)
        lacking = "the zip is damaged: what came of the file may not be all of it" if inside.fault else ""
        if inside.fault == UNSUPPORTED or (inside.fault and not inside.content):
            self.not_taken.append(quoted_name(self.name, f"a zip in which a file is {inside.fault}"))
        elif is_packed and self.depth == _MOST_DEPTH:
            self.not_taken.append(quoted_name(self.name, "a zip within a zip, too deep"))
        elif is_packed:
            within = open_container(
                member.filename, inside.content, self.wanted, self.most_bytes, lacking, self.depth + 1,
                self.bytes_left, feed=self.feed,
            )  # fmt: skip
            self.bytes_left -= sum(len(file.content) for file in within.files)
            self.files += within.files
            self.not_taken += within.not_taken
        else:
            notes = (f"inside {quoted(clean(base_name(self.name)))}", came_as(member.filename, found.wanted))
            self.files.append(FetchedFile(found.wanted, inside.content, "; ".join(filter(None, notes)), lacking))


def _what_a_zip_holds(members: Sequence[zipfile.ZipInfo]) -> str:
    if not members:
        return "a zip with no file in it"
    return "a zip without a file of the name that we ask for"
