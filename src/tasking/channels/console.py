"""The terminal: for one machine, for trying things out, and for tests."""

import sys
from dataclasses import dataclass, field
from typing import TextIO

from tasking.channels.message import Message


@dataclass
class ConsoleChannel:
    """Prints. What was printed can't be looked up, so a doubtful message is printed again rather than lost."""

    stream: TextIO = field(default_factory=lambda: sys.stdout)
    name: str = "console"
    reaches_people: bool = False

    def send(self, message: Message) -> str:
        self.stream.write(message.text + "\n")
        self.stream.flush()
        return message.run_key

    def update(self, reference: str, message: Message) -> None:  # noqa: ARG002 - what was printed stays printed
        self.send(message)

    def look_up(self, message: Message) -> str | None:  # noqa: ARG002
        return None
