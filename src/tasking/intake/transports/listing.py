"""Fetches a delivery from a place that lists files: finds the file, waits until it is complete, and reads it.

Shared by folders, SFTP servers and object stores, which each implement FileStore.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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

EMPTY_FOR_S = 600.0  # a younger empty file is a placeholder
NOT_LISTED = "we may not list the folder, so that only the names asked for were looked for: ask for that right"
_NO_FILE = "a folder, a link that leads to no file here, or nothing that can be read, where a file was expected"
_STEP_S = 1.0


class FileStore(Protocol):
    """A place with files. The transport handles the errors that these methods raise."""

    def list(self, names: Sequence[str]) -> Iterable[FileEntry]:
        """All entries; if listing is not allowed, at least those with these names.

        Of entries that `match` calls OTHER, only the name and the kind are needed.
        """

    def stat(self, name: str) -> FileEntry | None:
        """The current entry of a file; None if it is gone."""

    def read(self, name: str, size: int) -> bytes:
        """The first `size` bytes of a file, and one more if it has grown. Raises FileNotFoundError if it is gone."""

    def names_in(self, folder: str) -> Iterable[str]:
        """The names in a folder that was listed."""

    def hint(self, is_empty: bool) -> str:
        """If nothing of the day is there: what may be wrong with the place, in words, or nothing.

        `is_empty`: `list` returned nothing at all.
        """


@dataclass(frozen=True)
class _Candidate:
    entry: FileEntry
    match: Match


def fetch_from(
    store: FileStore,
    request: Request,
    still_for_s: float = 0.0,
    clock: Clock | None = None,
    least_pause_s: float = 0.0,
    most_bytes: int = MOST_BYTES,
    limit: Limit | None = None,
) -> FetchResult:
    """The wanted files that are complete, oldest first.

    Waits about `still_for_s` if a file was changed recently, and `least_pause_s` in any case. Raises
    DeliveryNotComplete if the day's own file is still being sent, or no other came; TransportError if a file may not be
    read.
    """
    clock = clock or Clock()
    listed = list(store.list(request.names))
    candidates, not_taken = _chosen(listed, request.names)
    if candidates and limit is not None:
        limit.allow(still_for_s + TAKE_S)
    reader = _CandidateReader(store, request, most_bytes, not_taken)
    complete = []
    for candidate, words in _stood_still(store, candidates, still_for_s, clock, least_pause_s):
        if words:
            reader.unfinished.append((candidate, words))
        else:
            complete.append(candidate)
    for candidate in complete:
        reader.take(candidate)
    reader.raise_if_nothing_can_be_taken()
    not_taken += [quoted_name(candidate.entry.name, words) for candidate, words in reader.unfinished]
    not_taken += [quoted_name(candidate.entry.name, "we have no right to read it") for candidate in reader.forbidden]
    if reader.files:
        return FetchResult(tuple(reader.files), summarised(not_taken))
    hint = store.hint(is_empty=not listed)
    not_taken += near_misses(store, listed, request)
    return FetchResult(not_taken=summarised(not_taken), hints=(hint,) if hint else ())


@dataclass
class _CandidateReader:
    """Reads the candidates of one request, and collects what became of each.

    `unfinished`: with the reason. `forbidden`: files that we may list but not read.
    """

    store: FileStore
    request: Request
    most_bytes: int
    not_taken: list[str]
    files: list[FetchedFile] = field(default_factory=list)
    unfinished: list[tuple[_Candidate, str]] = field(default_factory=list)
    forbidden: list[_Candidate] = field(default_factory=list)

    def take(self, candidate: _Candidate) -> None:
        """Reads one file, checks that it did not change, and opens it if it is a zip or gzip."""
        entry, wanted = candidate.entry, candidate.match.wanted
        if entry.size > self.most_bytes:
            self.not_taken.append(quoted_name(entry.name, too_large(entry.size, self.most_bytes)))
            return
        try:
            content = self.store.read(entry.name, entry.size)
        except FileNotFoundError:
            self.unfinished.append((candidate, "was taken away while we looked"))
            return
        except PermissionError as error:
            log.warning("a file may not be read", feed=self.request.feed, where=traceback_without_values(error))
            self.forbidden.append(candidate)
            return
        after = self.store.stat(entry.name)
        if len(content) != entry.size or after is None or not _is_the_same(entry, after):
            self.unfinished.append((candidate, "is still being written"))
        elif candidate.match.fit == Fit.WRAPPED:
            inside = open_container(entry.name, content, self.request.names, self.most_bytes, feed=self.request.feed)
            self.files += inside.files
            self.not_taken += inside.not_taken
        else:
            self.files.append(FetchedFile(wanted, content, note=came_as(entry.name, wanted)))

    def raise_if_nothing_can_be_taken(self) -> None:
        """Raises DeliveryNotComplete or TransportError; see fetch_from."""
        own = Match(Fit.SAME, self.request.file_name)
        if self.unfinished and (not self.files or any(one.match == own for one, _ in self.unfinished)):
            # The day's own name first: the message is about the file that is waited for.
            candidate, words = min(
                self.unfinished, key=lambda one: (one[0].match.wanted != self.request.file_name, one[0].match.fit)
            )
            raise DeliveryNotComplete(f"{self.request.feed}: {candidate.match.wanted} {words}")
        if self.forbidden and not self.files:
            raise TransportError(
                f"{self.request.feed}: {self.forbidden[0].match.wanted} is there, and we have no right to read it: ask "
                "the people who run it to give our login the right to read files, not only to list them"
            )


def _chosen(listed: Iterable[FileEntry], wanted: Sequence[str]) -> tuple[list[_Candidate], list[str]]:
    """The files to read, oldest first, and the names of similar ones, with why they are not taken."""
    found = [_Candidate(entry, match(entry.name, wanted)) for entry in listed]
    found = [one for one in found if one.match.fit != Fit.OTHER]
    have = {one.match.wanted for one in found if one.match.fit in (Fit.SAME, Fit.NEAR) and one.entry.is_file}
    candidates: list[_Candidate] = []
    others: list[str] = []
    for one in found:
        if not one.entry.is_file:
            others.append(quoted_name(one.entry.name, _NO_FILE))
        elif one.match.fit in (Fit.SAME, Fit.NEAR, Fit.WRAPPED, Fit.UNFINISHED) or (
            one.match.fit == Fit.SAME_STEM and one.match.wanted not in have
        ):
            candidates.append(one)
        else:
            others.append(quoted_name(one.entry.name, "not the name that we ask for"))
    order = {name: number for number, name in enumerate(wanted)}
    candidates.sort(
        key=lambda one: (
            order[one.match.wanted], one.entry.touched_at_s or 0.0, one.match.fit, one.entry.name,
        )
    )  # fmt: skip
    return candidates, others


def _stood_still(
    store: FileStore, candidates: Sequence[_Candidate], still_for_s: float, clock: Clock, least_pause_s: float
) -> list[tuple[_Candidate, str]]:
    """Each candidate's current entry, and why it can't be taken yet, or an empty text."""
    first = {one.entry.name: one.entry for one in candidates}
    pause_s = max((_pause_s(one.entry, still_for_s, clock.now_s()) for one in candidates), default=0.0)
    pause_s = max(pause_s, least_pause_s if candidates else 0.0)
    waited_s = 0.0
    moving: set[str] = set()
    now = dict(first)
    # In short steps, to stop as soon as a file has changed.
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
    # If one changed, files that were not watched long enough may be changing too.
    unsure = {
        name
        for name, entry in first.items()
        if moving and _pause_s(entry, still_for_s, clock.now_s() - waited_s) > waited_s
    }
    result = []
    for one in candidates:
        entry = now[one.entry.name]
        words = ""
        if one.entry.name in moving | unsure:
            words = "is still being written"
        elif one.match.fit == Fit.UNFINISHED:
            words = "is still being sent: what is there has the name of an upload that goes on"
        elif entry.size == 0 and _is_young(entry, clock.now_s()):
            words = "is empty so far"
        result.append((_Candidate(entry, one.match), words))
    return result


def _pause_s(entry: FileEntry, still_for_s: float, now_s: float) -> float:
    """How much longer a file must be watched; the whole time if its time is in the future, as a clock is wrong."""
    if not still_for_s or entry.touched_at_s is None:
        return 0.0
    age_s = now_s - entry.touched_at_s
    return still_for_s if age_s < 0 else max(0.0, still_for_s - age_s)


def _is_young(entry: FileEntry, now_s: float) -> bool:
    # A time more than ten minutes in the future means that a clock is wrong: do not wait for hours.
    return entry.touched_at_s is not None and abs(now_s - entry.touched_at_s) < EMPTY_FOR_S


def _is_the_same(before: FileEntry, after: FileEntry) -> bool:
    return (before.size, before.touched_at_s) == (after.size, after.touched_at_s)
