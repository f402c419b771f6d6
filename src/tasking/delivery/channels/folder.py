"""A folder with one file for each message, replaced when the message is edited. For a shared drive or a screen."""

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tasking.delivery.channels.message import Form, InDoubt, Note, Traits
from tasking.model.errors import TransportError
from tasking.model.picture import Picture


@dataclass
class FolderChannel:
    """Writes files such as `briefing-2026-10-22.html`: to a temporary file that is then moved, so never half a page."""

    traits: ClassVar[Traits] = Traits(Form.PAGE, InDoubt.RESEND, reaches_people=False)
    folder: Path
    name: str = "file"

    def send(self, note: Note) -> str:
        html = note.body.get("html")
        return self._write(note.idempotency_key, ".html" if html else ".txt", (html or note.text).encode())

    def update(self, reference: str, note: Note) -> None:  # noqa: ARG002 - the key gives the file name
        self.send(note)

    def reply(self, reference: str, note: Note) -> str:  # noqa: ARG002
        return self.send(note)

    def attach(self, reference: str, idempotency_key: str, picture: Picture) -> str:  # noqa: ARG002
        return self._write(idempotency_key, ".png", picture.png)

    def remove(self, reference: str) -> None:
        Path(reference).unlink(missing_ok=True)

    def look_up(self, idempotency_key: str, thread: str | None = None) -> str | None:  # noqa: ARG002
        return next((str(path) for path in sorted(self.folder.glob(f"{_file_name(idempotency_key)}.*"))), None)

    def _write(self, idempotency_key: str, ending: str, content: bytes) -> str:
        path = self.folder / f"{_file_name(idempotency_key)}{ending}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=ending)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(beside).chmod(0o640)
            Path(beside).replace(path)
        except OSError as error:
            raise TransportError(f"file: nothing can be written to {self.folder} ({error.strerror})") from error
        return str(path)


def _file_name(idempotency_key: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", idempotency_key).strip("-")
