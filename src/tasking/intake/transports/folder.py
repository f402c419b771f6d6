"""Fetches files from a folder on this machine, or on a mounted share."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tasking.intake.transports.address import MOST_BYTES, Request
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.limits import LOOK_S, TAKE_S, Limit, run_within
from tasking.intake.transports.listing import NOT_LISTED, fetch_from
from tasking.intake.transports.names import Fit, match
from tasking.intake.transports.near_misses import FileEntry
from tasking.intake.transports.transport_errors import unreachable
from tasking.model.delivery import FetchResult
from tasking.model.errors import TransportError

STILL_FOR_S = 5.0


@dataclass(frozen=True)
class FolderTransport:
    """`parent`: if it exists, a missing folder means that nothing came (a folder of deliveries with a folder for each
    feed).

    `is_mounted`: the folder must lie on a mounted file system. The mount point of a share that is not mounted is an
    empty folder, which would otherwise look as if the partner had sent nothing.
    """

    folder: Path
    still_for_s: float = STILL_FOR_S
    parent: Path | None = None
    clock: Clock = field(default_factory=Clock)
    most_bytes: int = MOST_BYTES
    is_mounted: bool = False

    def fetch(self, request: Request) -> FetchResult:
        limit = Limit(most_s=LOOK_S + TAKE_S + self.still_for_s)
        return run_within(
            limit,
            request.feed,
            "the folder",
            f"folder {self.folder}",
            lambda: self._fetch_files(request, limit),
            _nothing,
        )

    def _fetch_files(self, request: Request, limit: Limit) -> FetchResult:
        try:
            if not stat.S_ISDIR(self._mode()):
                if self.parent is not None and self.parent.is_dir() and not self.folder.exists():
                    return FetchResult()
                raise TransportError(
                    f"{request.feed}: there is no folder to look into. If it is a share, is it mounted? "
                    "The declaration's transport says which folder."
                )
            if self.is_mounted and not _is_on_a_mount(self.folder):
                raise TransportError(
                    f"{request.feed}: the folder is there and no share is mounted at it or above it, so that nothing "
                    "can be said of what is in the share. Mount it (the declaration says is_mounted)."
                )
            return fetch_from(
                _Folder(self.folder), request, self.still_for_s, self.clock, most_bytes=self.most_bytes, limit=limit
            )
        except OSError as error:
            raise unreachable(request.feed, "the folder can't be read", error) from error

    def _mode(self) -> int:
        """The folder's mode; 0 if there is nothing. Raises other faults, such as a missing permission."""
        try:
            return self.folder.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return 0


def _nothing() -> None:
    """A folder needs no closing."""


def _is_on_a_mount(folder: Path) -> bool:
    place = folder.resolve()
    return any(os.path.ismount(one) for one in (place, *place.parents) if one != Path(one.anchor))


@dataclass
class _Folder:
    path: Path
    is_listed: bool = True

    def list(self, names: Sequence[str]) -> Iterable[FileEntry]:
        try:
            with os.scandir(self.path) as entries:
                found = [_kind(entry) for entry in entries]
        except PermissionError:
            self.is_listed = False
            found = [FileEntry(name, 0) for name in names]  # files may be readable though the folder may not be listed
        for one in found:
            if match(one.name, names).fit == Fit.OTHER:
                yield one
            elif seen := self.stat(one.name):
                yield seen

    def stat(self, name: str) -> FileEntry | None:
        """The file. A link out of the folder, or to nothing, is not a file: people who can write here must not
        be able to read elsewhere."""
        path = self.path / name
        try:
            status = path.stat()
        except FileNotFoundError:
            return FileEntry(name, 0, is_file=False) if path.is_symlink() else None
        except OSError:
            if not path.is_symlink():
                raise
            return FileEntry(name, 0, is_file=False)  # a circular link, or one through something that is not a folder
        if path.is_symlink() and not path.resolve().is_relative_to(self.path.resolve()):
            return FileEntry(name, 0, is_file=False)
        is_file, is_folder = stat.S_ISREG(status.st_mode), stat.S_ISDIR(status.st_mode)
        return FileEntry(name, status.st_size, status.st_mtime_ns / 1e9, is_file, is_folder)

    def read(self, name: str, size: int) -> bytes:
        with (self.path / name).open("rb") as file:
            return file.read(size + 1)

    def names_in(self, folder: str) -> Iterator[str]:
        with os.scandir(self.path / folder) as entries:
            for entry in entries:
                yield entry.name

    def hint(self, is_empty: bool) -> str:
        if not self.is_listed:
            return NOT_LISTED
        if not is_empty:
            return ""
        return "the folder is empty, without even an older file: if it is a share, is it mounted?"


def _kind(entry: "os.DirEntry[str]") -> FileEntry:
    return FileEntry(
        entry.name, 0, None, entry.is_file(follow_symlinks=False), is_folder=entry.is_dir(follow_symlinks=False)
    )
