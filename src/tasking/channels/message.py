"""What a channel is given, and what it can do."""

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Message:
    """`run_key` names the message for ever, so that a channel can be asked whether it has it. Nothing personal."""

    run_key: str
    text: str
    slack: dict[str, Any] = field(default_factory=dict)


class Channel(Protocol):
    """One place where people read. References are the channel's own and are kept in the outbox."""

    name: str
    reaches_people: bool  # false for a terminal: there an old day may be shown

    def send(self, message: Message) -> str:
        """Posts the message and returns its reference. Raises ChannelInDoubt where it may or may not have arrived."""

    def update(self, reference: str, message: Message) -> None:
        """Replaces a message that was posted."""

    def look_up(self, message: Message) -> str | None:
        """The reference of the message with this run key, or None if the channel does not have it."""
