"""Object storage through fsspec: S3 and its kin with s3fs, and whatever else fsspec knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog

from tasking.feeds.transports.address import MOST_BYTES, TIMEOUT_S, Address, Request
from tasking.feeds.transports.clock import Clock
from tasking.feeds.transports.listing import Seen, fetch_from
from tasking.feeds.transports.reach import out_of_reach
from tasking.model.delivery import Fetch
from tasking.model.errors import TransportError, traceback_without_values

log = structlog.get_logger(__name__)

_S3 = ("s3://", "s3a://")


@dataclass(frozen=True)
class ObjectStore:
    """`url` is the folder of the deliveries, such as s3://bucket/prefix.

    The address's login and password are the access key; `extra` may hold endpoint_url and region_name.
    """

    url: str
    address: Address | None
    still_for_s: float = 0.0  # an object appears whole or not at all
    clock: Clock = field(default_factory=Clock)
    most_bytes: int = MOST_BYTES

    def fetch(self, request: Request) -> Fetch:
        try:
            import fsspec

            file_system, folder = fsspec.url_to_fs(self.url, **self._options())
        except Exception as error:  # a kind of store that is not installed, or an address that is none
            raise out_of_reach(request.feed, "the object store's address can't be used", error) from error
        try:
            return fetch_from(
                _Folder(file_system, folder.rstrip("/"), self.url.startswith(_S3), request.feed),
                request, self.still_for_s, self.clock, most_bytes=self.most_bytes,
            )  # fmt: skip
        except _NoFolder as error:
            raise TransportError(
                f"{request.feed}: there is no such {error}. Check the url in the feed's declaration."
            ) from error
        except TransportError:
            raise
        except PermissionError as error:
            what = "the object store did not let us in: check the key and what it may read"
            raise out_of_reach(request.feed, what, error) from error
        except Exception as error:  # each fsspec backend raises its own
            raise out_of_reach(request.feed, "the object store did not answer", error) from error

    def _options(self) -> dict[str, Any]:
        if not self.url.startswith(_S3):
            return {}
        client: dict[str, Any] = {}
        options: dict[str, Any] = {
            "use_listings_cache": False,
            "skip_instance_cache": True,
            "config_kwargs": {"connect_timeout": TIMEOUT_S, "read_timeout": TIMEOUT_S, "retries": {"max_attempts": 2}},
        }
        if self.address:
            client = {k: v for k, v in self.address.extra.items() if k in ("endpoint_url", "region_name")}
            if self.address.login:
                options |= {"key": self.address.login, "secret": self.address.password}
        return options | {"client_kwargs": client}


class _NoFolder(Exception):
    """The bucket or folder is not there: ours to mend, and not a delivery that is missing."""


@dataclass(frozen=True)
class _Folder:
    file_system: Any
    path: str
    is_bucket: bool
    feed: str

    def list(self, names: Sequence[str]) -> Iterable[Seen]:
        try:
            return [_seen(one) for one in self.file_system.ls(self.path, detail=True)]
        except FileNotFoundError as error:
            self._ask_for_the_bucket(error)
            return []  # in a bucket a folder is there once something is in it
        except NotADirectoryError as error:
            raise _NoFolder("folder") from error
        except PermissionError as error:
            # A key may be allowed to read what it knows the name of, and not to list.
            log.warning("the folder may not be listed", feed=self.feed, where=traceback_without_values(error))
            return [seen for name in names if (seen := self.look(name))]

    def _ask_for_the_bucket(self, error: FileNotFoundError) -> None:
        if not self.is_bucket:
            raise _NoFolder("folder") from error
        bucket = self.path.partition("/")[0]
        try:
            self.file_system.ls(bucket, detail=False)
        except FileNotFoundError:
            # An empty bucket may be listed as nothing, or not be there: only the bucket itself tells.
            if not self.file_system.exists(bucket):
                raise _NoFolder("bucket") from error

    def look(self, name: str) -> Seen | None:
        try:
            return _seen(self.file_system.info(f"{self.path}/{name}"))
        except FileNotFoundError:
            return None

    def read(self, name: str, size: int) -> bytes:
        return bytes(self.file_system.cat_file(f"{self.path}/{name}", start=0, end=size + 1)) if size else b""


def _seen(told: dict[str, Any]) -> Seen:
    touched = next((told[key] for key in ("LastModified", "last_modified", "mtime", "updated") if told.get(key)), None)
    if isinstance(touched, datetime):
        touched = (touched if touched.tzinfo else touched.replace(tzinfo=UTC)).timestamp()
    return Seen(
        name=str(told.get("name", "")).rstrip("/").rpartition("/")[2],
        size=int(told.get("size") or 0),
        touched_at_s=float(touched) if isinstance(touched, int | float) else None,
        is_file=told.get("type") != "directory",
    )
