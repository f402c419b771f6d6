"""A folder on this machine or a mounted share."""

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tasking.feeds.transports.address import MOST_BYTES, Request
from tasking.feeds.transports.clock import Clock
from tasking.feeds.transports.listing import Seen, fetch_from
from tasking.feeds.transports.names import Fit, match
from tasking.feeds.transports.reach import out_of_reach
from tasking.model.delivery import Fetch
from tasking.model.errors import TransportError

STILL_FOR_S = 5.0


@dataclass(frozen=True)
class FolderTransport:
    """`parent`: where it is there, a missing folder only says that nothing came (a folder of deliveries by feed)."""

    folder: Path
    still_for_s: float = STILL_FOR_S
    parent: Path | None = None
    clock: Clock = field(default_factory=Clock)
    most_bytes: int = MOST_BYTES

    def fetch(self, request: Request) -> Fetch:
        try:
            if not self.folder.is_dir():
                if self.parent is not None and self.parent.is_dir() and not self.folder.exists():
                    return Fetch()
                raise TransportError(
                    f"{request.feed}: there is no folder to look into. If it is a share, is it mounted? "
                    "The declaration's transport says which folder."
                )
            return fetch_from(_Folder(self.folder), request, self.still_for_s, self.clock, most_bytes=self.most_bytes)
        except OSError as error:
            raise out_of_reach(request.feed, "the folder can't be read", error) from error


@dataclass(frozen=True)
class _Folder:
    path: Path

    def list(self, names: Sequence[str]) -> Iterable[Seen]:
        try:
            with os.scandir(self.path) as entries:
                found = [entry.name for entry in entries if match(entry.name, names).fit != Fit.OTHER]
        except PermissionError:
            found = list(names)  # a folder may be open to who knows a name only
        return [seen for name in found if (seen := self.look(name))]

    def look(self, name: str) -> Seen | None:
        """The file; a link that leads out of the folder, or nowhere, is none: who may write here may not read there."""
        path = self.path / name
        try:
            status = path.stat()
        except FileNotFoundError:
            return Seen(name, 0, is_file=False) if path.is_symlink() else None
        if path.is_symlink() and not path.resolve().is_relative_to(self.path.resolve()):
            return Seen(name, 0, is_file=False)
        return Seen(name, status.st_size, status.st_mtime_ns / 1e9, stat.S_ISREG(status.st_mode))

    def read(self, name: str, size: int) -> bytes:
        with (self.path / name).open("rb") as file:
            return file.read(size + 1)
