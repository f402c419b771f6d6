"""The terminal, for a single machine, for trying things out and for tests."""

import sys
from dataclasses import dataclass, field
from typing import ClassVar, TextIO

from tasking.delivery.channels.message import Form, InDoubt, Note, Traits
from tasking.model.picture import Picture


@dataclass
class ConsoleChannel:
    """Prints messages. They can't be looked up, so in doubt a message is printed again rather than lost."""

    traits: ClassVar[Traits] = Traits(Form.TEXT, InDoubt.RESEND, reaches_people=False)
    name: str = "console"
    stream: TextIO = field(default_factory=lambda: sys.stdout)

    def send(self, note: Note) -> str:
        self.stream.write(note.text + "\n")
        self.stream.flush()
        return note.idempotency_key

    def update(self, reference: str, note: Note) -> None:  # noqa: ARG002 - the new text is printed below the old
        self.send(note)

    def reply(self, reference: str, note: Note) -> str:  # noqa: ARG002
        return self.send(note)

    def attach(self, reference: str, idempotency_key: str, picture: Picture) -> str:  # noqa: ARG002
        self.stream.write(f"[{picture.title}] {picture.alt}\n")
        return idempotency_key

    def look_up(self, idempotency_key: str, thread: str | None = None) -> str | None:  # noqa: ARG002
        return None
