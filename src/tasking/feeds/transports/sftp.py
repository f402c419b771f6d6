"""SFTP with the server's key pinned."""

import base64
import binascii
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import paramiko
import structlog

from tasking.feeds.transports.address import MOST_BYTES, TIMEOUT_S, Address, Request
from tasking.feeds.transports.clock import Clock
from tasking.feeds.transports.listing import Seen, fetch_from
from tasking.feeds.transports.names import Fit, match
from tasking.feeds.transports.reach import out_of_reach
from tasking.model.delivery import Fetch
from tasking.model.errors import TransportError, traceback_without_values

log = structlog.get_logger(__name__)

STILL_FOR_S = 5.0
_LEAST_PAUSE_S = 1.0  # the server's clock may be an hour behind: a file is looked at twice whatever its time says
_MOST_LISTED = 100_000
_KEYS: dict[str, Callable[..., paramiko.PKey]] = {
    "ssh-ed25519": paramiko.Ed25519Key,
    "ssh-rsa": paramiko.RSAKey,
    "ecdsa-sha2-nistp256": paramiko.ECDSAKey,
}


@dataclass(frozen=True)
class SftpServer:
    """`address.extra`: host_key (`ssh-ed25519 AAAA...`), required; key_file, a private key to log in with."""

    folder: str
    address: Address
    still_for_s: float = STILL_FOR_S
    clock: Clock = field(default_factory=Clock)
    most_bytes: int = MOST_BYTES

    def fetch(self, request: Request) -> Fetch:
        client = paramiko.SSHClient()
        try:
            self._connect(client, request.feed)
            with client.open_sftp() as sftp:
                channel = sftp.get_channel()
                if channel is not None:
                    channel.settimeout(TIMEOUT_S)
                return self._fetch(sftp, request)
        except TransportError:
            raise
        except Exception as error:  # paramiko raises what it meets in an odd server's answer
            raise out_of_reach(request.feed, "the SFTP server did not let us in or broke off", error) from error
        finally:
            client.close()

    def _connect(self, client: paramiko.SSHClient, feed: str) -> None:
        name, key = self._pinned(feed)
        port = self.address.port or 22
        client.get_host_keys().add(self.address.host if port == 22 else f"[{self.address.host}]:{port}", name, key)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            client.connect(
                self.address.host,
                port,
                username=self.address.login,
                password=self.address.password,
                pkey=self._own_key(feed),
                timeout=TIMEOUT_S,
                banner_timeout=TIMEOUT_S,
                auth_timeout=TIMEOUT_S,
                allow_agent=False,
                look_for_keys=False,
            )
        except paramiko.BadHostKeyException as error:
            what = "the SFTP server did not let us in: its key is not the one that is pinned as host_key"
            raise out_of_reach(feed, what, error) from error
        except paramiko.AuthenticationException as error:
            what = "the SFTP server refused our login: check the name, the password or the key"
            raise out_of_reach(feed, what, error) from error

    def _pinned(self, feed: str) -> tuple[str, paramiko.PKey]:
        pinned = str(self.address.extra.get("host_key", "")).split()
        if len(pinned) < 2 or pinned[0] not in _KEYS:
            raise TransportError(
                f"{feed}: the connection has no host_key to pin (extra: host_key, `ssh-ed25519 AAAA...`); "
                "we do not log in to a server that we can't recognise"
            )
        try:
            return pinned[0], _KEYS[pinned[0]](data=base64.b64decode(pinned[1]))
        except (paramiko.SSHException, binascii.Error, ValueError) as error:
            raise out_of_reach(feed, "the connection's host_key is not a key: was it copied whole?", error) from error

    def _own_key(self, feed: str) -> paramiko.PKey | None:
        path = self.address.extra.get("key_file")
        if not path:
            return None
        try:
            return paramiko.PKey.from_path(str(path))
        except Exception as error:  # cryptography's errors, paramiko's and the file's
            raise out_of_reach(feed, "our own key_file can't be read", error) from error

    def _fetch(self, sftp: paramiko.SFTPClient, request: Request) -> Fetch:
        folder = self.folder.rstrip("/") or "/"
        try:
            mode = sftp.stat(folder).st_mode
        except FileNotFoundError:
            mode = 0
        if mode is not None and not stat.S_ISDIR(mode):
            raise TransportError(
                f"{request.feed}: the SFTP server has no folder of that name. Check `folder` in the feed's declaration."
            )
        place = _Folder(sftp, folder, request.feed)
        return fetch_from(place, request, self.still_for_s, self.clock, _LEAST_PAUSE_S, self.most_bytes)


@dataclass(frozen=True)
class _Folder:
    sftp: paramiko.SFTPClient
    path: str
    feed: str

    def list(self, names: Sequence[str]) -> Iterable[Seen]:
        found: dict[str, Seen] = {}
        links: list[str] = []
        try:
            for number, one in enumerate(self.sftp.listdir_iter(self.path)):
                if number >= _MOST_LISTED:
                    break
                found[one.filename] = _seen(one.filename, one)
                # A listing tells of a link itself, and not of what it points to.
                if _is_link(one) and match(one.filename, names).fit != Fit.OTHER:
                    links.append(one.filename)
        except (OSError, UnicodeError) as error:
            if isinstance(error, TimeoutError | ConnectionError):
                raise
            # It may not be listed, or holds a name that is no UTF-8: what we know the name of can be asked for.
            log.warning("the folder can't be listed", feed=self.feed, where=traceback_without_values(error))
        for name in names:
            if (name not in found or not found[name].is_file) and (seen := self.look(name)):
                found[name] = seen
        for name in links:
            found[name] = self._pointed_to(name) or found[name]
        return list(found.values())

    def _pointed_to(self, name: str) -> Seen | None:
        """The file behind a link; None where it leads nowhere, in circles or to where we may not look."""
        try:
            return self.look(name)
        except OSError as error:
            if isinstance(error, TimeoutError | ConnectionError):
                raise
            log.warning("a link can't be followed", feed=self.feed, where=traceback_without_values(error))
            return None

    def look(self, name: str) -> Seen | None:
        try:
            return _seen(name, self.sftp.stat(f"{self.path}/{name}"))
        except FileNotFoundError:
            return None

    def read(self, name: str, size: int) -> bytes:
        with self.sftp.open(f"{self.path}/{name}", "rb") as file:
            if size:
                file.prefetch(size)
            return bytes(file.read(size + 1))


def _is_link(told: paramiko.SFTPAttributes) -> bool:
    return told.st_mode is not None and stat.S_ISLNK(told.st_mode)


def _seen(name: str, told: paramiko.SFTPAttributes) -> Seen:
    touched = float(told.st_mtime) if told.st_mtime is not None else None
    # Some servers tell no mode: then it is taken for a file, and reading tells.
    return Seen(name, told.st_size or 0, touched, told.st_mode is None or stat.S_ISREG(told.st_mode))
