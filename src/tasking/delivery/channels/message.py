"""What a channel is given, and what it can do."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from tasking.model.errors import TransportError
from tasking.model.picture import Picture

# The start of a reference of a message that a channel took for delivery without saying that it arrived.
HANDED_OVER: Final = "handed over:"


class Form(StrEnum):
    """How a message is set for a channel: what `Note.body` holds."""

    TEXT = "text"  # {}: the text is all
    PAGE = "page"  # {"html": a whole page}
    BLOCKS = "blocks"  # {"blocks": Slack's Block Kit}
    CARD = "card"  # the message that a Teams webhook takes
    MAIL = "mail"  # {"html": for mail clients, pictures by content id}


class InDoubt(StrEnum):
    """What is done where a channel may or may not have taken a message."""

    LOOK_UP = "look"  # it can be asked
    NEVER_RESEND = "leave"  # it can't: better no message than two
    RESEND = "again"  # it can't, and twice does no harm


class Traits(NamedTuple):
    """What kind of place a channel is."""

    form: Form
    in_doubt: InDoubt
    reaches_people: bool = True  # false for a terminal or a folder: there an old day may be shown
    has_threads: bool = False  # detail and pictures go into replies; else they stand in the message
    can_edit: bool = True
    can_answer: bool = False  # where it can't be edited: later news follows in the same conversation
    has_buttons: bool = False


@dataclass(frozen=True)
class Note:
    """One message or reply. `idempotency_key` never changes, so a channel can be asked whether it has the message."""

    idempotency_key: str
    title: str
    text: str
    body: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()  # only where the message itself holds them

    def content_hash(self) -> str:
        """SHA-256 of all that people would see; the key is not part of it."""
        digest = hashlib.sha256(json.dumps([self.title, self.text, self.body], sort_keys=True, default=dict).encode())
        for picture in self.pictures:
            digest.update(picture.png)
        return digest.hexdigest()


class Channel(Protocol):
    """One place where people read. References are the channel's own and are kept in the outbox.

    Every call raises ChannelBusy where it was told to wait, ChannelInDoubt where it may or may not have arrived, and
    TransportError for a clear no.
    """

    @property
    def name(self) -> str: ...

    @property
    def traits(self) -> Traits: ...

    def send(self, note: Note) -> str:
        """Posts a message and returns its reference."""

    def update(self, reference: str, note: Note) -> None:
        """Replaces a message or a reply that was posted."""

    def reply(self, reference: str, note: Note) -> str:
        """Answers a message in its thread and returns the reply's reference."""

    def attach(self, reference: str, idempotency_key: str, picture: Picture) -> str:
        """Puts a picture with its words into the thread of a message and returns its reference."""

    def look_up(self, idempotency_key: str, thread: str | None = None) -> str | None:
        """The reference of the message, reply or picture of this key, or None if the channel does not have it."""


class SendsOnly:
    """For a place that takes messages and nothing else."""

    name: str

    def update(self, _reference: str, _note: Note) -> None:
        raise TransportError(f"{self.name}: what was sent can't be edited")

    def reply(self, _reference: str, _note: Note) -> str:
        raise TransportError(f"{self.name}: what was sent can't be answered")

    def attach(self, _reference: str, _run_key: str, _picture: Picture) -> str:
        raise TransportError(f"{self.name}: pictures can't be added to what was sent")

    def look_up(self, _run_key: str, _thread: str | None = None) -> str | None:
        return None


@runtime_checkable
class Scheduler(Protocol):
    """A channel that can be left a message which it posts by itself."""

    def schedule(self, at: datetime, note: Note) -> str:
        """Leaves a message to be posted at a time, and returns its reference."""

    def withdraw(self, reference: str) -> bool:
        """Takes such a message back; False where it is too late for that."""

    def look_up_scheduled(self, at: datetime, text: str) -> str | None:
        """The reference of a message with this text that waits for this time."""

    def look_up_posted(self, at: datetime, text: str) -> str | None:
        """The reference of such a message once it was posted: of ours, with this text, about this time."""


@runtime_checkable
class Dated(Protocol):
    """A channel whose references tell when a message was posted."""

    def posted_at(self, reference: str) -> datetime | None:
        """By the channel's own clock, aware; None where the reference does not tell."""


@runtime_checkable
class Remover(Protocol):
    """A channel that lets us take away what we posted."""

    def remove(self, reference: str) -> None:
        """Takes away a message, a reply or a picture; one that is gone already is gone."""
