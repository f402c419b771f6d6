"""Deliveries as they came, under the SHA-256 of their content. A kept file never changes."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


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
