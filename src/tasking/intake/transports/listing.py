"""Files that lie somewhere: which of them are the delivery, are they whole, and what is in them.

One way for a folder, an SFTP server and an object store; each says only how to list, look and read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from tasking.intake.transports.address import MOST_BYTES, Request
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.containers import open_container
from tasking.intake.transports.limits import TAKE_S, Limit
from tasking.intake.transports.names import Fit, Match, came_as, match, quoted_name, summarised, too_large
from tasking.intake.transports.near_misses import FileEntry, near_misses
from tasking.model.delivery import FetchedFile, FetchResult
from tasking.model.errors import DeliveryNotComplete, TransportError, traceback_without_values

log = structlog.get_logger(__name__)

EMPTY_FOR_S = 600.0  # an empty file that is younger is a placeholder
NOT_LISTED = "we may not list the folder, so that only the names asked for were looked for: ask for that right"
_NO_FILE = "a folder, a link that leads to no file here, or nothing that can be read, where a file was expected"
_STEP_S = 1.0


class Store(Protocol):
    """A place where files lie. What its methods raise is the transport's own, which turns it into words."""

    def list(self, names: Sequence[str]) -> Iterable[FileEntry]:
        """All that is there; where it may not be listed, at least what has these names.

        Of what `match` calls OTHER only the name and the kind need be told.
        """

    def stat(self, name: str) -> FileEntry | None:
        """One file as it is now; None where it is gone."""

    def read(self, name: str, size: int) -> bytes:
        """The bytes of a file: `size`, and one more where it has grown. Raises FileNotFoundError where it is gone."""

    def names_in(self, folder: str) -> Iterable[str]:
        """The names in a folder that was listed."""

    def hint(self, is_empty: bool) -> str:
        """Where nothing of the day is: what may be wrong with the place, in words; empty where nothing is odd.

        `is_empty`: `list` gave nothing at all.
        """


@dataclass(frozen=True)
class _Candidate:
    seen: FileEntry
    match: Match


def fetch_from(
    store: Store,
    request: Request,
    still_for_s: float = 0.0,
    clock: Clock | None = None,
    least_pause_s: float = 0.0,
    most_bytes: int = MOST_BYTES,
    limit: Limit | None = None,
) -> FetchResult:
    """The files of a request that stand still, in the order in which they were put there.

    Waits for about `still_for_s` where one was touched lately, and for `least_pause_s` in any case. Raises
    DeliveryNotComplete where the day's own file is still being sent, or nothing else came; TransportError where a file
    is there and may not be read.
    """
    clock = clock or Clock()
    listed = list(store.list(request.names))
    candidates, others = _chosen(listed, request.names)
    if candidates and limit is not None:
        limit.allow(still_for_s + TAKE_S)
    unfinished: list[tuple[_Candidate, str]] = []
    standing = []
    for candidate, words in _stood_still(store, candidates, still_for_s, clock, least_pause_s):
        if words:
            unfinished.append((candidate, words))
        else:
            standing.append(candidate)
    files: list[FetchedFile] = []
    closed: list[_Candidate] = []
    for candidate in standing:
        if candidate.seen.size > most_bytes:
            others.append(quoted_name(candidate.seen.name, too_large(candidate.seen.size, most_bytes)))
            continue
        try:
            content = store.read(candidate.seen.name, candidate.seen.size)
        except FileNotFoundError:
            unfinished.append((candidate, "was taken away while we looked"))
            continue
        except PermissionError as error:
            log.warning("a file may not be read", feed=request.feed, where=traceback_without_values(error))
            closed.append(candidate)
            continue
        after = store.stat(candidate.seen.name)
        if len(content) != candidate.seen.size or after is None or not _is_the_same(candidate.seen, after):
            unfinished.append((candidate, "is still being written"))
            continue
        if candidate.match.fit == Fit.WRAPPED:
            inside = open_container(candidate.seen.name, content, request.names, most_bytes, feed=request.feed)
            files += inside.files
            others += inside.not_taken
        else:
            wanted = candidate.match.wanted
            files.append(FetchedFile(wanted, content, note=came_as(candidate.seen.name, wanted)))
    if unfinished and (not files or any(one.match == Match(Fit.SAME, request.file_name) for one, _ in unfinished)):
        # An own name first: what is said is of the file that is waited for.
        candidate, words = min(unfinished, key=lambda one: (one[0].match.wanted != request.file_name, one[0].match.fit))
        raise DeliveryNotComplete(f"{request.feed}: {candidate.match.wanted} {words}")
    if closed and not files:
        raise TransportError(
            f"{request.feed}: {closed[0].match.wanted} is there, and we have no right to read it: ask who runs the "
            "place to give our login the right to read files, not only to list them"
        )
    others += [quoted_name(candidate.seen.name, words) for candidate, words in unfinished]
    others += [quoted_name(candidate.seen.name, "we have no right to read it") for candidate in closed]
    if files:
        return FetchResult(tuple(files), summarised(others))
    hint = store.hint(is_empty=not listed)
    others += near_misses(store, listed, request)
    return FetchResult(not_taken=summarised(others), hints=(hint,) if hint else ())


def _chosen(listed: Iterable[FileEntry], wanted: Sequence[str]) -> tuple[list[_Candidate], list[str]]:
    """The files to take, oldest first, and the names of those that look as if they were meant."""
    found = [_Candidate(seen, match(seen.name, wanted)) for seen in listed]
    found = [one for one in found if one.match.fit != Fit.OTHER]
    have = {one.match.wanted for one in found if one.match.fit in (Fit.SAME, Fit.NEAR) and one.seen.is_file}
    candidates: list[_Candidate] = []
    others: list[str] = []
    for one in found:
        if not one.seen.is_file:
            others.append(quoted_name(one.seen.name, _NO_FILE))
        elif one.match.fit in (Fit.SAME, Fit.NEAR, Fit.WRAPPED, Fit.UNFINISHED) or (
            one.match.fit == Fit.SAME_STEM and one.match.wanted not in have
        ):
            candidates.append(one)
        else:
            others.append(quoted_name(one.seen.name, "not the name that we ask for"))
    order = {name: number for number, name in enumerate(wanted)}
    candidates.sort(
        key=lambda one: (
            order[one.match.wanted], one.seen.touched_at_s or 0.0, one.match.fit, one.seen.name,
        )
    )  # fmt: skip
    return candidates, others


def _stood_still(
    store: Store, candidates: Sequence[_Candidate], still_for_s: float, clock: Clock, least_pause_s: float
) -> list[tuple[_Candidate, str]]:
    """Each candidate as it is now, and in words why it can't be taken yet."""
    first = {one.seen.name: one.seen for one in candidates}
    pause_s = max((_pause_s(one.seen, still_for_s, clock.now_s()) for one in candidates), default=0.0)
    pause_s = max(pause_s, least_pause_s if candidates else 0.0)
    waited_s = 0.0
    moving: set[str] = set()
    now = dict(first)
    # Short steps, so that a file that is plainly growing is left at once.
    while waited_s < pause_s and not moving:
        step_s = min(_STEP_S, pause_s - waited_s)
        clock.sleep(step_s)
        waited_s += step_s
        for name, before in first.items():
            after = store.stat(name)
            if after is None or not _is_the_same(before, after):
                moving.add(name)
            else:
                now[name] = after
    # Where one moved, those that had not stood still long enough are not known to.
    unsure = {
        name
        for name, seen in first.items()
        if moving and _pause_s(seen, still_for_s, clock.now_s() - waited_s) > waited_s
    }
    result = []
    for one in candidates:
        seen = now[one.seen.name]
        words = ""
        if one.seen.name in moving | unsure:
            words = "is still being written"
        elif one.match.fit == Fit.UNFINISHED:
            words = "is still being sent: what is there has the name of an upload that goes on"
        elif seen.size == 0 and _is_young(seen, clock.now_s()):
            words = "is empty so far"
        result.append((_Candidate(seen, one.match), words))
    return result


def _pause_s(seen: FileEntry, still_for_s: float, now_s: float) -> float:
    """How much longer a file must be watched. One from the future is watched for the whole time: a clock is off."""
    if not still_for_s or seen.touched_at_s is None:
        return 0.0
    age_s = now_s - seen.touched_at_s
    return still_for_s if age_s < 0 else max(0.0, still_for_s - age_s)


def _is_young(seen: FileEntry, now_s: float) -> bool:
    # More than ten minutes in the future is a clock that is off, and no reason to wait for hours.
    return seen.touched_at_s is not None and abs(now_s - seen.touched_at_s) < EMPTY_FOR_S


def _is_the_same(before: FileEntry, after: FileEntry) -> bool:
    return (before.size, before.touched_at_s) == (after.size, after.touched_at_s)
