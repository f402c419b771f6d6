"""A folder on this machine or a mounted share."""

import time
from dataclasses import dataclass
from pathlib import Path

from tasking.feeds.transports.address import Request
from tasking.model.delivery import Fetched
from tasking.model.errors import DeliveryNotComplete, TransportError

_SETTLED_S = 2.0  # a file that was touched more recently is looked at twice
_PAUSE_S = 1.0


@dataclass(frozen=True)
class FolderTransport:
    folder: Path

    def fetch(self, request: Request) -> list[Fetched]:
        path = self.folder / request.file_name
        try:
            before = path.stat()
            if time.time() - before.st_mtime < _SETTLED_S:
                time.sleep(_PAUSE_S)
                after = path.stat()
                if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                    raise DeliveryNotComplete(f"{request.feed}: {request.file_name} is still being written")
            return [Fetched(path.name, path.read_bytes())]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TransportError(f"{request.feed}: the folder can't be read ({error.strerror})") from error
