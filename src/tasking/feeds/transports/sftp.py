"""SFTP with the server's key pinned."""

import base64
import stat
import time
from dataclasses import dataclass

import paramiko

from tasking.feeds.transports.address import TIMEOUT_S, Address, Request
from tasking.model.delivery import Fetched
from tasking.model.errors import DeliveryNotComplete, TransportError

_PAUSE_S = 1.0
_KEYS = {"ssh-ed25519": paramiko.Ed25519Key, "ssh-rsa": paramiko.RSAKey}


@dataclass(frozen=True)
class SftpServer:
    """`address.extra`: host_key (`ssh-ed25519 AAAA...`), required; key_file, a private key to log in with."""

    folder: str
    address: Address

    def fetch(self, request: Request) -> list[Fetched]:
        client = paramiko.SSHClient()
        try:
            self._connect(client, request.feed)
            with client.open_sftp() as sftp:
                channel = sftp.get_channel()
                if channel is not None:
                    channel.settimeout(TIMEOUT_S)
                return self._fetch(sftp, request)
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise TransportError(
                f"{request.feed}: the SFTP server did not let us in or broke off ({type(error).__name__})"
            ) from error
        finally:
            client.close()

    def _connect(self, client: paramiko.SSHClient, feed: str) -> None:
        pinned = str(self.address.extra.get("host_key", "")).split()
        if len(pinned) < 2 or pinned[0] not in _KEYS:
            raise TransportError(
                f"{feed}: the connection has no host_key to pin (extra: host_key, `ssh-ed25519 AAAA...`); "
                "we do not log in to a server that we can't recognise"
            )
        key = _KEYS[pinned[0]](data=base64.b64decode(pinned[1]))
        port = self.address.port or 22
        name = self.address.host if port == 22 else f"[{self.address.host}]:{port}"
        client.get_host_keys().add(name, pinned[0], key)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.connect(
            self.address.host,
            port,
            username=self.address.login,
            password=self.address.password,
            key_filename=self.address.extra.get("key_file"),
            timeout=TIMEOUT_S,
            banner_timeout=TIMEOUT_S,
            auth_timeout=TIMEOUT_S,
            allow_agent=False,
            look_for_keys=False,
        )

    def _fetch(self, sftp: paramiko.SFTPClient, request: Request) -> list[Fetched]:
        path = f"{self.folder.rstrip('/')}/{request.file_name}"
        try:
            before = sftp.stat(path)
        except FileNotFoundError:
            return []
        if not stat.S_ISREG(before.st_mode or 0):
            return []
        time.sleep(_PAUSE_S)
        after = sftp.stat(path)
        if (after.st_size, after.st_mtime) != (before.st_size, before.st_mtime):
            raise DeliveryNotComplete(f"{request.feed}: {request.file_name} is still being sent")
        with sftp.open(path, "rb") as file:
            file.prefetch(after.st_size)
            return [Fetched(request.file_name, file.read())]
