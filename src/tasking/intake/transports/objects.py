"""Fetches files from object stores through fsspec: S3 and compatible stores with s3fs, and any other that fsspec
supports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog

from tasking.intake.transports.address import MOST_BYTES, Address, Request
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.extras import Extras
from tasking.intake.transports.limits import LOOK_S, TAKE_S, Limit, run_within
from tasking.intake.transports.listing import NOT_LISTED, fetch_from
from tasking.intake.transports.names import quoted_name
from tasking.intake.transports.near_misses import FileEntry
from tasking.intake.transports.s3 import KINDS, error_code_words, may_lack_list_right_only, s3_options
from tasking.intake.transports.transport_errors import unreachable
from tasking.model.delivery import FetchResult
from tasking.model.errors import TransportError, traceback_without_values

log = structlog.get_logger(__name__)

_MOST_FOLDERS = 5  # that are named if nothing is under the declared prefix


@dataclass(frozen=True)
class ObjectStore:
    """`url` is the folder of the deliveries, such as s3://bucket/prefix.

    The address's login and password are the access key; `extra` as in Airflow's form for AWS (s3.py).
    """

    url: str
    address: Address | None
    still_for_s: float = 0.0  # objects are written atomically
    clock: Clock = field(default_factory=Clock)
    most_bytes: int = MOST_BYTES

    def fetch(self, request: Request) -> FetchResult:
        limit = Limit(most_s=LOOK_S + TAKE_S + self.still_for_s)
        login = self.address.login if self.address else None
        opened: list[Any] = []
        try:
            return run_within(
                limit, request.feed, "the object store", f"objects {self.url} {login}",
                lambda: self._fetch_files(request, limit, opened), lambda: None,
            )  # fmt: skip
        finally:
            for file_system in opened:
                _close(file_system, request.feed)

    def _fetch_files(self, request: Request, limit: Limit, opened: list[Any]) -> FetchResult:
        try:
            import fsspec

            file_system, folder = fsspec.url_to_fs(self.url, **self._options(request.feed))
            opened.append(file_system)
        except TransportError:
            raise
        except Exception as error:  # an unsupported kind of store, or an invalid address
            raise unreachable(request.feed, "the object store's address can't be used", error) from error
        try:
            return fetch_from(
                _Folder(file_system, folder.rstrip("/"), self.url.startswith(KINDS), request.feed),
                request, self.still_for_s, self.clock, most_bytes=self.most_bytes, limit=limit,
            )  # fmt: skip
        except _NoFolder as error:
            raise TransportError(
                f"{request.feed}: there is no such {error}. Check the url in the feed's declaration."
            ) from error
        except TransportError:
            raise
        except PermissionError as error:
            what = "the object store refused our login: check the key and what it may read"
            raise unreachable(request.feed, what, error, error_code_words(error)) from error
        except Exception as error:  # each fsspec backend raises its own
            what = "the object store did not answer"
            raise unreachable(request.feed, what, error, error_code_words(error)) from error

    def _options(self, feed: str) -> dict[str, Any]:
        if self.url.startswith(KINDS):
            return s3_options(feed, self.address)
        # Other kinds of store use no options of the connection.
        Extras(feed, self.address.extra if self.address else {}, ("scheme",))
        return {}


def _close(file_system: Any, feed: str) -> None:
    """Closes S3 connections at once, and not when they are garbage-collected."""
    client = getattr(file_system, "_s3creator", None)
    if client is None:
        return
    try:
        file_system.close_session(file_system.loop, client)
    except Exception as error:  # the fetch has already succeeded or failed
        log.info("the object store's connections did not close", feed=feed, where=traceback_without_values(error))


class _NoFolder(Exception):
    """The bucket or folder does not exist: a fault in our configuration, not a missing delivery."""


@dataclass
class _Folder:
    file_system: Any
    path: str
    is_bucket: bool
    feed: str
    is_listed: bool = True

    def list(self, names: Sequence[str]) -> Iterable[FileEntry]:
        try:
            found = [_file_entry(one) for one in self.file_system.ls(self.path, detail=True)]
            return [one for one in found if one.name != self.path.rpartition("/")[2] or one.size or one.is_folder]
        except FileNotFoundError as error:
            self._ask_for_the_bucket(error)
            return []  # in a bucket, a folder exists only if something is in it
        except NotADirectoryError as error:
            raise _NoFolder("folder") from error
        except PermissionError as error:
            if not may_lack_list_right_only(error):
                raise
            # A key may have the right to read objects but not to list them.
            self.is_listed = False
            log.warning("the folder may not be listed", feed=self.feed, where=traceback_without_values(error))
            return [seen for name in names if (seen := self.stat(name))]

    def _ask_for_the_bucket(self, error: FileNotFoundError) -> None:
        if not self.is_bucket:
            raise _NoFolder("folder") from error
        bucket = self.path.partition("/")[0]
        try:
            self.file_system.ls(bucket, detail=False)
        except FileNotFoundError:
            # A listing does not distinguish an empty bucket from a missing one.
            if not self.file_system.exists(bucket):
                raise _NoFolder("bucket") from error

    def names_in(self, folder: str) -> Iterator[str]:
        return (str(one).rpartition("/")[2] for one in self.file_system.ls(f"{self.path}/{folder}", detail=False))

    def hint(self, is_empty: bool) -> str:
        if not self.is_listed:
            return NOT_LISTED
        if not is_empty:
            return ""
        bucket, _, prefix = self.path.partition("/")
        if not self.is_bucket:
            return "the folder is empty, without even an older file: is it the right one? Check `url`"
        if not prefix:
            return "the bucket is empty, without even an older file: is it the right one? Check `url`"
        return (
            f"there is nothing under the prefix {prefix}/, not even an older file: is it the right one? Check `url`"
            f"{self._sibling_folders(bucket)}"
        )

    def _sibling_folders(self, bucket: str) -> str:
        """The top-level folders of the bucket, in words."""
        try:
            found = [_file_entry(one) for one in self.file_system.ls(bucket, detail=True)]
        except (OSError, ValueError) as error:
            log.info("the bucket may not be listed", feed=self.feed, where=traceback_without_values(error))
            return ""
        names = sorted(one.name for one in found if one.is_folder)
        if not names:
            return ""
        more = "" if len(names) <= _MOST_FOLDERS else f" and {len(names) - _MOST_FOLDERS:,} more"
        return f"; the bucket has {', '.join(quoted_name(name) for name in names[:_MOST_FOLDERS])}{more}"

    def stat(self, name: str) -> FileEntry | None:
        try:
            return _file_entry(self.file_system.info(f"{self.path}/{name}"))
        except FileNotFoundError:
            return None

    def read(self, name: str, size: int) -> bytes:
        return bytes(self.file_system.cat_file(f"{self.path}/{name}", start=0, end=size + 1)) if size else b""


def _file_entry(info: dict[str, Any]) -> FileEntry:
    touched = next((info[key] for key in ("LastModified", "last_modified", "mtime", "updated") if info.get(key)), None)
    if isinstance(touched, datetime):
        touched = (touched if touched.tzinfo else touched.replace(tzinfo=UTC)).timestamp()
    return FileEntry(
        name=str(info.get("name", "")).rstrip("/").rpartition("/")[2],
        size=int(info.get("size") or 0),
        touched_at_s=float(touched) if isinstance(touched, int | float) else None,
        is_file=info.get("type") != "directory",
        is_folder=info.get("type") == "directory",
    )
