"""One briefing in one channel: its headline first, then the replies and pictures, each sent once and then edited."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

import structlog

from tasking.briefing.versions import stored_briefing
from tasking.delivery.channels import Channel, Form, Note
from tasking.delivery.messages import (
    CLEARANCE,
    ShownBriefing,
    message,
    picture_part,
    pictures_of,
    replies,
    short_note,
    shown_briefing,
    what_changed,
)
from tasking.delivery.notices import failure_words, notify_ops, sender_for
from tasking.delivery.sender import (
    FOUND_THERE,
    NO_EDIT,
    UNCHANGED,
    Delivered,
    Endpoint,
    message_endpoint,
    reply_endpoint,
)
from tasking.delivery.service import DeliveryService
from tasking.delivery.store import outbox
from tasking.delivery.store.outbox import MessageKey
from tasking.model.errors import TaskingError, TransportError, traceback_without_values
from tasking.model.picture import Picture
from tasking.model.retry_policy import RetryPolicy

BRIEFING: Final = "briefing"
_WITH_BUTTONS: Final = ("taskings", "evidence")  # replies that show what people pressed
_IN_MESSAGE: Final = (Form.MAIL, Form.PAGE)  # forms whose message holds the pictures

log = structlog.get_logger(__name__)


@dataclass
class BriefingPost:
    """Posts one day's briefing in a channel: `headline()`, then `complete()`. `words` say what was done.

    Unless `is_current`, messages in the channel are edited but no follow-up mail is sent.
    """

    service: DeliveryService
    channel: Channel
    day: date
    is_current: bool = True
    words: str = ""
    _delivered: Delivered | None = None
    _pictures: tuple[Picture, ...] | None = None
    _failed_pictures: list[str] = field(default_factory=list)  # in words

    def __post_init__(self) -> None:
        self.sender = sender_for(self.service, self.channel)
        self.version = stored_briefing(self.service.briefings, self.day)[1]

    def headline(self, retry_policy: RetryPolicy | None = None) -> None:
        """Posts or edits the message itself, with this retry policy or the service's. Raises the channel's error."""
        traits = self.channel.traits

        def make(sent_at: datetime) -> Note:
            inside = self.pictures() if traits.form in _IN_MESSAGE else ()
            return message(self.service, self.shown_briefing(sent_at), traits, inside)

        key = MessageKey(self.day, self.channel.name, BRIEFING)
        sender = replace(self.sender, retry_policy=retry_policy) if retry_policy else self.sender
        delivered = self._delivered = sender.deliver(key, self.version, make, message_endpoint(self.channel))
        self.words = {
            UNCHANGED: f"{UNCHANGED} (v{self.version})",
            "edited": f"edited to v{self.version}",
            FOUND_THERE: f"posted v{self.version}, {FOUND_THERE}",
        }.get(delivered.words, f"{delivered.words} v{self.version}")

    def take_up(self, reference: str) -> None:
        """Continues below a headline that is in the channel but could not be edited."""
        self._delivered = Delivered(reference, UNCHANGED)
        self.words = f"posted, and not edited to v{self.version}"

    def complete(self, *, has_pictures: bool = True) -> list[str]:
        """Sends or edits the replies and pictures. Returns what is still missing and why, in words."""
        if self._delivered is None:
            raise AssertionError("the headline comes first")
        missing: list[str] = []
        if self.channel.traits.has_threads:
            missing = self._thread(self._delivered.reference)
            # Pictures come after the text, so they wait until no reply is missing.
            if has_pictures and not missing:
                missing = self._thread_pictures(self._delivered.reference)
        elif self._delivered.words == NO_EDIT and self.is_current:
            self.words = self._answer(self._delivered.reference)
        if self._failed_pictures:
            head = f"The briefing for {self.day} is without {' and '.join(self._failed_pictures)}"
            advice = (
                "It could not be drawn. The text is complete. Report it to the maintainers, with the log of posting."
            )
            notify_ops(self.service, self.day, "pictures", head, [advice])
        return missing

    def shown_briefing(self, first_sent_at: datetime | None = None) -> ShownBriefing:
        has_buttons = self.channel.traits.has_buttons
        return shown_briefing(self.service, self.day, has_buttons=has_buttons, first_sent_at=first_sent_at)

    def pictures(self) -> tuple[Picture, ...]:
        """The pictures of the briefing, drawn once. A picture that fails is left out and never stops the text."""
        if self._pictures is None:
            try:
                briefing = stored_briefing(self.service.briefings, self.day)[0].cleared_for(CLEARANCE[BRIEFING])
                self._pictures, self._failed_pictures = pictures_of(self.service, briefing)
            except Exception as error:
                log.error("the pictures could not be drawn", day=str(self.day), where=traceback_without_values(error))
                self._pictures, self._failed_pictures = (), ["its pictures"]
        return self._pictures

    def _thread(self, reference: str) -> list[str]:
        """Sends the replies; those that the newest version no longer has are edited to say so.

        A reply that the channel refuses does not stop the others.
        """
        notes = {_part(note): note for note in replies(self.shown_briefing())}
        sent = outbox.sent_parts(self.service.warehouse, self.day, self.channel.name, BRIEFING)
        for part in sorted(part for part in sent.keys() - notes.keys() if _is_section(part, sent[part])):
            key, head = f"{BRIEFING}:{self.day}/{part}", f"Nothing more here since v{self.version}."
            notes[part] = short_note(self.service, key, "Briefing", head, (), self.channel.traits)
        missing = []
        for part, note in notes.items():
            try:
                self._reply(note, reference)
            except Exception as error:
                missing.append(f"the reply {part}: {failure_words(self.channel, error)}")
                if not _is_refusal(error):
                    return missing  # stop here, so that the next try keeps the order of the thread
        return missing

    def _thread_pictures(self, reference: str) -> list[str]:
        missing = []
        for picture in self.pictures():
            try:
                self._picture(picture, reference)
            except Exception as error:
                missing.append(f"the picture {picture.key}: {failure_words(self.channel, error)}")
        return missing

    def _reply(self, note: Note, reference: str) -> Delivered:
        part = _part(note)

        def make(_at: datetime) -> Note:
            """The reply with the steps that people have taken by the time its row is claimed."""
            if part not in _WITH_BUTTONS:
                return note
            return next((one for one in replies(self.shown_briefing()) if _part(one) == part), note)

        key = MessageKey(self.day, self.channel.name, BRIEFING, part)
        done = self.sender.deliver(key, self.version, make, reply_endpoint(self.channel, reference))
        if done.words == "posted":
            self.service.retry_policy.sleep(self.service.retry_policy.pause_between_replies_s)
        return done

    def _picture(self, picture: Picture, reference: str) -> None:
        part = picture_part(picture)
        endpoint = Endpoint(
            send=lambda note: self.channel.attach(reference, note.idempotency_key, picture),
            look_up=lambda idempotency_key: self.channel.look_up(idempotency_key, reference),
        )
        note = Note(f"{BRIEFING}:{self.day}/{part}", picture.title, picture.alt)
        self.sender.deliver(
            MessageKey(self.day, self.channel.name, BRIEFING, part), self.version, lambda _at: note, endpoint
        )

    def _answer(self, reference: str) -> str:
        """Sends what changed as a reply in the same conversation, where a message can't be edited."""
        note = what_changed(self.service, self.shown_briefing(), self.channel.traits)
        if note is None or not self.channel.traits.can_answer:
            return f"{NO_EDIT}; v{self.version} is on the desk"
        if self._reply(note, reference).words == "posted":
            return f"answered with what changed in v{self.version}"
        return f"{UNCHANGED} (v{self.version})"


def _is_refusal(error: Exception) -> bool:
    """True if the channel refused this one message, or our own code failed to make it."""
    return isinstance(error, TransportError) or not isinstance(error, TaskingError)


def _part(note: Note) -> str:
    return note.idempotency_key.partition("/")[2]


def _is_section(part: str, reference: str) -> bool:
    """True for a reply that may be replaced: not a picture, nor what changed with a version."""
    return not reference.startswith("file:") and not re.fullmatch(r"v\d+", part)
