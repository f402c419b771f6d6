"""A virus scanner: ClamAV's daemon, asked over its own protocol (INSTREAM). Nothing is written to disk for it."""

import socket
import struct
from typing import Final, Protocol
from urllib.parse import urlsplit

from tasking.model.errors import DeclarationError, TaskingError

_PIECE: Final = 64 * 1024
_TIMEOUT_S: Final = 60.0
_LONGEST_ANSWER: Final = 4_096
_PORT: Final = 3310


class ScannerDown(TaskingError):
    """The scanner did not answer, so nothing is accepted. Trying again may help."""


class Scanner(Protocol):
    """Says whether a file is clean."""

    def check(self, content: bytes) -> None:
        """Raises TaskingError where something was found, ScannerDown where the scanner does not answer."""


class Clamd:
    """ClamAV's daemon at `tcp://host:3310` or `unix:/run/clamav/clamd.ctl`."""

    def __init__(self, address: str, timeout_s: float = _TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._path = address.removeprefix("unix:") if address.startswith("unix:/") else ""
        parts = urlsplit(address)
        if not self._path and (parts.scheme != "tcp" or not parts.hostname):
            raise DeclarationError("TASKING_CLAMD: write tcp://host:3310 or unix:/path/of/the/socket")
        self._address = (parts.hostname or "", parts.port or _PORT)

    def check(self, content: bytes) -> None:
        """Raises TaskingError for a file in which something was found, ScannerDown where there is no clear answer."""
        try:
            answer = self._answer(content)
        except OSError as error:
            raise ScannerDown(
                f"The virus scanner does not answer ({type(error).__name__}), so the file was not kept. Try again in a "
                "few minutes; if it fails again, tell ops",
                field="file",
            ) from error
        if answer.endswith(" FOUND"):
            raise TaskingError("The virus scanner found something in the file. It was not kept", field="file")
        if answer != "stream: OK":
            raise ScannerDown("The virus scanner could not check the file, so it was not kept. Tell ops", field="file")

    def _answer(self, content: bytes) -> str:
        """What the daemon says of the content: `stream: OK`, `stream: NAME FOUND`, or `... ERROR`."""
        with self._connected() as connection:
            connection.sendall(b"zINSTREAM\x00")
            for start in range(0, len(content), _PIECE):
                piece = content[start : start + _PIECE]
                connection.sendall(struct.pack(">I", len(piece)) + piece)
            connection.sendall(struct.pack(">I", 0))
            answer = b""
            while not answer.endswith(b"\x00") and len(answer) < _LONGEST_ANSWER:
                piece = connection.recv(_LONGEST_ANSWER)
                if not piece:
                    break
                answer += piece
        return answer.rstrip(b"\x00").decode("ascii", "replace")

    def _connected(self) -> socket.socket:
        if not self._path:
            return socket.create_connection(self._address, self._timeout_s)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self._timeout_s)
        try:
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        return connection
