"""The interface of a channel: the messages that it is given and the calls that it supports."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from tasking.model.errors import TransportError
from tasking.model.picture import Picture

# Starts the reference of a message that a channel accepted without confirming that it arrived.
HANDED_OVER: Final = "handed over:"


class Form(StrEnum):
    """The format of a message for a channel: what `Note.body` holds."""

    TEXT = "text"  # {}: the text is all
    PAGE = "page"  # {"html": a whole page}
    BLOCKS = "blocks"  # {"blocks": Slack's Block Kit}
    CARD = "card"  # the message that a Teams webhook takes
    MAIL = "mail"  # {"html": for mail clients, pictures by content id}


class InDoubt(StrEnum):
    """What to do when it is unclear whether a channel has a message."""

    LOOK_UP = "look"  # ask the channel
    NEVER_RESEND = "leave"  # it can't be asked, and no message is better than two
    RESEND = "again"  # it can't be asked, and two messages do no harm


class Traits(NamedTuple):
    """What a channel supports."""

    form: Form
    in_doubt: InDoubt
    reaches_people: bool = True  # False for a terminal or a folder, where an old day may be shown
    has_threads: bool = False  # detail and pictures go into replies; otherwise they are in the message
    can_edit: bool = True
    can_answer: bool = False  # if it can't edit: later changes are sent as replies
    has_buttons: bool = False


class Attachment(NamedTuple):
    """A file that goes with a message, by mail alone. `kind`: its media type, such as `application/pdf`."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Note:
    """One message or reply. `idempotency_key` never changes, so a channel can be asked whether it has the message."""

    idempotency_key: str
    title: str
    text: str
    body: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()  # only for forms whose message contains them
    attachments: tuple[Attachment, ...] = ()  # only for mail

    def content_hash(self) -> str:
        """SHA-256 of everything that people would see, without the key."""
        digest = hashlib.sha256(json.dumps([self.title, self.text, self.body], sort_keys=True, default=dict).encode())
        for picture in self.pictures:
            digest.update(picture.png)
        for attachment in self.attachments:
            digest.update(attachment.content)
        return digest.hexdigest()


class Channel(Protocol):
    """A place where people read messages. References are the channel's own and are stored in the outbox.

    Every call raises ChannelBusy if the channel asks us to wait, ChannelInDoubt if the message may or may not have
    arrived, and TransportError for a clear no.
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
        """Adds a picture with its text to the thread of a message and returns its reference."""

    def look_up(self, idempotency_key: str, thread: str | None = None) -> str | None:
        """The reference of the message, reply or picture of this key, or None if the channel does not have it."""


class SendsOnly:
    """Base of a channel that can only send."""

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
    """A channel that can schedule a message and posts it by itself."""

    def schedule(self, at: datetime, note: Note) -> str:
        """Schedules a message for a time, and returns its reference."""

    def withdraw(self, reference: str) -> bool:
        """Cancels a scheduled message; False if it is too late."""

    def look_up_scheduled(self, at: datetime, text: str) -> str | None:
        """The reference of a message with this text that is scheduled for this time."""

    def look_up_posted(self, at: datetime, text: str) -> str | None:
        """The reference of our message with this text that was posted at about this time."""


@runtime_checkable
class Dated(Protocol):
    """A channel whose references contain the time of posting."""

    def posted_at(self, reference: str) -> datetime | None:
        """The time of posting by the channel's clock, aware; None if the reference does not contain it."""


@runtime_checkable
class Remover(Protocol):
    """A channel that lets us delete what we posted."""

    def remove(self, reference: str) -> None:
        """Deletes a message, a reply or a picture. Does nothing if it no longer exists."""
