"""Fetches files by SFTP, with the server's key pinned."""

import contextlib
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import paramiko
import structlog

from tasking.intake.transports.address import MOST_BYTES, TIMEOUT_S, Address, Request
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.extras import Extras
from tasking.intake.transports.limits import LOOK_S, TAKE_S, Limit, run_within
from tasking.intake.transports.listing import NOT_LISTED, fetch_from
from tasking.intake.transports.names import Fit, match, quoted_name
from tasking.intake.transports.near_misses import FileEntry
from tasking.intake.transports.ssh_keys import PinnedHostKeyPolicy, client_key, pinned_keys, unpinned_key_types
from tasking.intake.transports.transport_errors import unreachable
from tasking.model.delivery import FetchResult
from tasking.model.errors import TransportError, traceback_without_values

log = structlog.get_logger(__name__)

STILL_FOR_S = 5.0
_LEAST_PAUSE_S = 1.0  # the server's clock may be an hour behind, so every file is checked twice
_MOST_LISTED = 100_000
_MOST_FOLDERS = 5  # that are named if the declared one does not exist

_PIN = (
    "is true, and we do not log in to a server that we can't recognise: leave it out and give host_key or known_hosts"
)
_TURNED_OFF = ("no_host_key_check", "ignore_hostkey_verification", "allow_host_key_change")
_NO_OTHER_KEYS = "is true, and only the key of the connection is tried: give key_file or private_key"
_SUPPORTED = (
    "host_key", "known_hosts", "key_file", "private_key", "private_key_passphrase", "passphrase", "conn_timeout",
    "disabled_algorithms", "look_for_keys", *_TURNED_OFF,
    # Without effect here.
    "scheme", "compress", "cmd_timeout",
)  # fmt: skip
_REFUSED = {
    "ciphers": "is not followed here: name what must not be used in disabled_algorithms",
    "host_proxy_cmd": "is not followed here: we run no command to reach a server; let the network lead there",
}


@dataclass(frozen=True)
class SftpServer:
    """`address.extra`: host_key or known_hosts, one of them required; key_file or private_key to log in with."""

    folder: str
    address: Address
    still_for_s: float = STILL_FOR_S
    clock: Clock = field(default_factory=Clock)
    most_bytes: int = MOST_BYTES

    def fetch(self, request: Request) -> FetchResult:
        limit = Limit(most_s=LOOK_S + TAKE_S + self.still_for_s)
        with contextlib.closing(paramiko.SSHClient()) as client:
            place = f"sftp {self.address.host} {self.address.port} {self.address.login} {self.folder}"
            return run_within(
                limit, request.feed, "the SFTP server", place,
                lambda: self._fetch_files(client, request, limit), client.close,
            )  # fmt: skip

    def _fetch_files(self, client: paramiko.SSHClient, request: Request, limit: Limit) -> FetchResult:
        try:
            self._connect(client, request.feed)
            with client.open_sftp() as sftp:
                channel = sftp.get_channel()
                if channel is not None:
                    channel.settimeout(TIMEOUT_S)
                return self._fetch_from_folder(sftp, request, limit)
        except TransportError:
            raise
        except Exception as error:  # paramiko raises many kinds of error for unusual answers
            raise unreachable(request.feed, "the SFTP server refused our login or broke off", error) from error

    def _connect(self, client: paramiko.SSHClient, feed: str) -> None:
        extras = Extras(feed, self.address.extra, _SUPPORTED, _REFUSED)
        for name in _TURNED_OFF:
            if extras.flag(name, False):
                raise extras.fault(name, _PIN)
        if extras.flag("look_for_keys", False):
            raise extras.fault("look_for_keys", _NO_OTHER_KEYS)
        host, port = self.address.host_name(feed), self.address.port or 22
        pinned = pinned_keys(feed, extras, host, port)
        own = client_key(feed, extras)
        if not self.address.login:
            raise TransportError(f"{feed}: the connection has no login: give the name to log in with")
        if own is None and not self.address.password:
            raise TransportError(f"{feed}: the connection has neither a password nor a key (key_file or private_key)")
        off = extras.mapping("disabled_algorithms", ("ciphers", "macs", "keys", "pubkeys", "kex", "compression"))
        off["keys"] = [*off.get("keys", ()), *unpinned_key_types(pinned)]
        # The client has no known hosts, so that the policy decides about every key.
        client.set_missing_host_key_policy(PinnedHostKeyPolicy(pinned))
        try:
            client.connect(
                host,
                port,
                username=self.address.login,
                password=self.address.password,
                pkey=own,
                timeout=extras.seconds("conn_timeout", TIMEOUT_S),
                banner_timeout=TIMEOUT_S,
                auth_timeout=TIMEOUT_S,
                channel_timeout=TIMEOUT_S,
                allow_agent=False,
                look_for_keys=False,
                disabled_algorithms=off,
            )
        except paramiko.BadHostKeyException as error:
            what = (
                "the SFTP server refused our login: its key is not the one that is pinned as host_key. Ask the partner "
                "whether the server has a new key, and pin it only when they give the same fingerprint"
            )
            raise unreachable(feed, what, error) from error
        except paramiko.BadAuthenticationType as error:
            what = (
                "the SFTP server refused our login: it does not take "
                f"{'a key' if own else 'a password'} but {' or '.join(error.allowed_types)}; check with the partner"
            )
            raise unreachable(feed, what, error) from error
        except paramiko.AuthenticationException as error:
            what = "the SFTP server refused our login: check the name, the password or the key"
            raise unreachable(feed, what, error) from error
        except paramiko.SSHException as error:
            if isinstance(error, paramiko.ssh_exception.IncompatiblePeer) and "host key" in str(error):
                kinds = ", ".join(sorted({key.get_name() for key in pinned}))
                what = f"the SFTP server refused our login: it shows no key of the kind that is pinned ({kinds})"
                raise unreachable(feed, what, error) from error
            raise

    def _fetch_from_folder(self, sftp: paramiko.SFTPClient, request: Request, limit: Limit) -> FetchResult:
        folder = self.folder.rstrip("/") or "/"
        try:
            mode = sftp.stat(folder).st_mode
        except FileNotFoundError:
            mode = 0
        except PermissionError as error:
            what = "the SFTP server does not let our login into the folder: ask for the right to read it"
            raise unreachable(request.feed, what, error) from error
        if mode is not None and not stat.S_ISDIR(mode):
            raise TransportError(
                f"{request.feed}: the SFTP server has no folder of that name. Check `folder` in the feed's "
                f"declaration{self._sibling_folders(sftp, folder, request.feed)}."
            )
        place = _Folder(sftp, folder, request.feed)
        return fetch_from(place, request, self.still_for_s, self.clock, _LEAST_PAUSE_S, self.most_bytes, limit)

    def _sibling_folders(self, sftp: paramiko.SFTPClient, folder: str, feed: str) -> str:
        """The folders beside the declared one, in words."""
        parent = folder.rpartition("/")[0] or ("/" if folder.startswith("/") else ".")
        try:
            found = [one for _, one in zip(range(_MOST_LISTED), sftp.listdir_iter(parent), strict=False)]
        except (OSError, UnicodeError, paramiko.SSHException, EOFError) as error:
            log.info("the folder above can't be listed", feed=feed, where=traceback_without_values(error))
            return ""
        names = sorted(one.filename for one in found if one.st_mode is not None and stat.S_ISDIR(one.st_mode))
        if not names:
            return "; there is no folder at all where it should be"
        more = "" if len(names) <= _MOST_FOLDERS else f" and {len(names) - _MOST_FOLDERS:,} more"
        return f"; there are {', '.join(quoted_name(name) for name in names[:_MOST_FOLDERS])}{more}"


@dataclass
class _Folder:
    sftp: paramiko.SFTPClient
    path: str
    feed: str
    is_listed: bool = False

    def list(self, names: Sequence[str]) -> Iterable[FileEntry]:
        found: dict[str, FileEntry] = {}
        links: list[str] = []
        try:
            for number, one in enumerate(self.sftp.listdir_iter(self.path)):
                if number >= _MOST_LISTED:
                    break
                found[one.filename] = _file_entry(one.filename, one)
                # A listing describes a link itself, not its target.
                if _is_link(one) and match(one.filename, names).fit != Fit.OTHER:
                    links.append(one.filename)
            self.is_listed = True
        except (OSError, UnicodeError) as error:
            if isinstance(error, TimeoutError | ConnectionError):
                raise
            # Listing is not allowed, or a name is not UTF-8: ask for the wanted names instead.
            log.warning("the folder can't be listed", feed=self.feed, where=traceback_without_values(error))
        for name in names:
            look = self._pointed_to if name in links else self.stat
            if (name not in found or not found[name].is_file) and (seen := look(name)):
                found[name] = seen
        for name in links:
            found[name] = self._pointed_to(name) or found[name]
        return list(found.values())

    def names_in(self, folder: str) -> Iterator[str]:
        return (one.filename for one in self.sftp.listdir_iter(f"{self.path}/{folder}"))

    def hint(self, is_empty: bool) -> str:
        if not self.is_listed:
            return NOT_LISTED
        if not is_empty:
            return ""
        return "the folder is empty, without even an older file: is it the right one? Check `folder`"

    def _pointed_to(self, name: str) -> FileEntry | None:
        """The target of a link; None if it does not exist, is circular, or may not be read."""
        try:
            return self.stat(name)
        except OSError as error:
            if isinstance(error, TimeoutError | ConnectionError):
                raise
            log.warning("a link can't be followed", feed=self.feed, where=traceback_without_values(error))
            return None

    def stat(self, name: str) -> FileEntry | None:
        try:
            return _file_entry(name, self.sftp.stat(f"{self.path}/{name}"))
        except FileNotFoundError:
            return None

    def read(self, name: str, size: int) -> bytes:
        with self.sftp.open(f"{self.path}/{name}", "rb") as file:
            if size:
                file.prefetch(size)
            return bytes(file.read(size + 1))


def _is_link(attributes: paramiko.SFTPAttributes) -> bool:
    return attributes.st_mode is not None and stat.S_ISLNK(attributes.st_mode)


def _file_entry(name: str, attributes: paramiko.SFTPAttributes) -> FileEntry:
    touched = float(attributes.st_mtime) if attributes.st_mtime is not None else None
    # Some servers send no mode: then it counts as a file, and reading it shows whether it is.
    is_file = attributes.st_mode is None or stat.S_ISREG(attributes.st_mode)
    return FileEntry(
        name,
        attributes.st_size or 0,
        touched,
        is_file,
        attributes.st_mode is not None and stat.S_ISDIR(attributes.st_mode),
    )
