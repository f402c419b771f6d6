"""Deliveries as they came, under the SHA-256 of their content. A kept file never changes."""

import hashlib
import io
import os
import re
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MOST_BYTES: Final = 64 * 2**20  # of one part of a workbook
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True)
class Archive:
    folder: Path

    def keep(self, content: bytes) -> str:
        """Keeps the bytes and returns their SHA-256. Writing is atomic."""
        digest = self.digest_of(content)
        path = self._path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".half-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        return digest

    @staticmethod
    def digest_of(content: bytes) -> str:
        """The SHA-256 under which these bytes are kept, or would be."""
        return hashlib.sha256(content).hexdigest()

    def read(self, digest: str) -> bytes:
        return self._path(digest).read_bytes()

    def remove(self, digest: str) -> bool:
        """Removes a file; False if it was not there."""
        path = self._path(digest)
        is_there = path.exists()
        path.unlink(missing_ok=True)
        return is_there

    def digests(self) -> list[str]:
        """The hashes of all files that are kept."""
        return sorted(path.name for path in self.folder.glob("??/*") if not path.name.startswith("."))

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest


def texts_inside(content: bytes) -> list[str]:
    """The text of a kept file, decoded in every encoding that partners use; for a workbook, of each of its parts.

    For searching a file for a person: nothing is parsed, so nothing can be refused.
    """
    parts = [content]
    if content[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                parts = [book.read(one) for one in book.infolist() if one.file_size <= _MOST_BYTES]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
            pass  # not a workbook: its bytes are searched as they are
    texts = []
    for part in parts:
        texts += [part.decode(name, "replace") for name in ("utf-8", "cp1252", "utf-16")]
        texts.append(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), texts[-3]))
    return texts
