"""One briefing in one channel: its headline first, then what belongs below it, each part sent once and edited."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import structlog

from tasking.channels import Channel, Form, Note
from tasking.desk import Desk, stored_briefing
from tasking.model.errors import TaskingError, TransportError, traceback_without_values
from tasking.model.picture import Picture
from tasking.posting.messages import (
    CLEARANCE,
    Edited,
    edited,
    message,
    picture_part,
    pictures_of,
    plain,
    replies,
    what_changed,
)  # fmt: skip
from tasking.posting.notices import once_in, tell_ops, why_not
from tasking.posting.once import FOUND, NO_EDIT, UNCHANGED, Delivered, Way, as_message, as_reply
from tasking.warehouse import outbox
from tasking.warehouse.outbox import Key

BRIEFING: Final = "briefing"
_IN_MESSAGE: Final = (Form.MAIL, Form.PAGE)  # forms whose message holds the pictures

log = structlog.get_logger(__name__)


@dataclass
class InChannel:
    """Posts one day's briefing in a channel: `headline()`, then `complete()`. `words` say what was done."""

    desk: Desk
    channel: Channel
    day: date
    words: str = ""
    _delivered: Delivered | None = None
    _pictures: tuple[Picture, ...] | None = None
    _lost: list[str] = field(default_factory=list)  # pictures that could not be drawn

    def __post_init__(self) -> None:
        self.once = once_in(self.desk, self.channel)
        self.version = stored_briefing(self.desk, self.day)[1]

    def headline(self) -> None:
        """Posts or edits the message itself. Raises what kept the channel from taking it."""
        traits = self.channel.traits

        def make(sent_at: datetime) -> Note:
            inside = self.pictures() if traits.form in _IN_MESSAGE else ()
            return message(self.desk, self.edited(sent_at), traits, inside)

        key = Key(self.day, self.channel.name, BRIEFING)
        delivered = self._delivered = self.once.deliver(key, self.version, make, as_message(self.channel))
        self.words = {
            UNCHANGED: f"{UNCHANGED} (v{self.version})",
            "edited": f"edited to v{self.version}",
            FOUND: f"posted v{self.version}, {FOUND}",
        }.get(delivered.words, f"{delivered.words} v{self.version}")

    def complete(self, *, has_pictures: bool = True) -> list[str]:
        """Sends or edits what belongs below the headline. Returns what is still missing and why, in words."""
        if self._delivered is None:
            raise AssertionError("the headline comes first")
        missing: list[str] = []
        if self.channel.traits.has_threads:
            missing = self._thread(self._delivered.reference)
            # Pictures never stand before text: while a reply is missing, they wait.
            if has_pictures and not missing:
                missing = self._thread_pictures(self._delivered.reference)
        elif self._delivered.words == NO_EDIT:
            self.words = self._answer(self._delivered.reference)
        if self._lost:
            head = f"The briefing of {self.day} is without {' and '.join(self._lost)}"
            advice = "It could not be drawn; the words are complete. Tell the maintainers, with the log of posting."
            tell_ops(self.desk, self.day, "pictures", head, [advice])
        return missing

    def edited(self, first_sent_at: datetime | None = None) -> Edited:
        has_buttons = self.channel.traits.has_buttons
        return edited(self.desk, self.day, has_buttons=has_buttons, first_sent_at=first_sent_at)

    def pictures(self) -> tuple[Picture, ...]:
        """The pictures of the briefing, drawn once; none that fails keeps a word from going out."""
        if self._pictures is None:
            try:
                briefing = stored_briefing(self.desk, self.day)[0].cleared_for(CLEARANCE[BRIEFING])
                self._pictures, self._lost = pictures_of(self.desk, briefing)
            except Exception as error:
                log.error("the pictures could not be drawn", day=str(self.day), where=traceback_without_values(error))
                self._pictures, self._lost = (), ["its pictures"]
        return self._pictures

    def _thread(self, reference: str) -> list[str]:
        """The replies; one that the newest version has no more says so. A reply that is refused stops no other."""
        now = replies(self.edited())
        there = outbox.parts(self.desk.warehouse, self.day, self.channel.name, BRIEFING)
        gone = there.keys() - {_part(note) for note in now}
        for part in sorted(part for part in gone if _is_section(part, there[part])):
            key, head = f"{BRIEFING}:{self.day}/{part}", f"Nothing more here since v{self.version}."
            now.append(plain(self.desk, key, "Briefing", head, (), self.channel.traits))
        missing = []
        for note in now:
            try:
                self._reply(note, reference)
            except Exception as error:
                missing.append(f"the reply {_part(note)}: {why_not(self.channel, error)}")
                if not _is_refusal(error):
                    return missing  # the channel does not answer: the order of the thread is kept for the next try
        return missing

    def _thread_pictures(self, reference: str) -> list[str]:
        missing = []
        for picture in self.pictures():
            try:
                self._picture(picture, reference)
            except Exception as error:
                missing.append(f"the picture {picture.key}: {why_not(self.channel, error)}")
        return missing

    def _reply(self, note: Note, reference: str) -> Delivered:
        key = Key(self.day, self.channel.name, BRIEFING, _part(note))
        done = self.once.deliver(key, self.version, lambda _at: note, as_reply(self.channel, reference))
        if done.words == "posted":
            self.desk.patience.sleep(self.desk.patience.between_s)
        return done

    def _picture(self, picture: Picture, reference: str) -> None:
        part = picture_part(picture)
        way = Way(
            send=lambda note: self.channel.attach(reference, note.run_key, picture),
            look_up=lambda run_key: self.channel.look_up(run_key, reference),
        )
        note = Note(f"{BRIEFING}:{self.day}/{part}", picture.title, picture.alt)
        self.once.deliver(Key(self.day, self.channel.name, BRIEFING, part), self.version, lambda _at: note, way)

    def _answer(self, reference: str) -> str:
        """Where a message can't be edited but answered: what changed, in the same conversation."""
        note = what_changed(self.desk, self.edited(), self.channel.traits)
        if note is None or not self.channel.traits.can_answer:
            return f"{NO_EDIT}; v{self.version} is on the desk"
        if self._reply(note, reference).words == "posted":
            return f"answered with what changed in v{self.version}"
        return f"{UNCHANGED} (v{self.version})"


def _is_refusal(error: Exception) -> bool:
    """True where the channel answered with a clear no to this one message, or we could not make it."""
    return isinstance(error, TransportError) or not isinstance(error, TaskingError)


def _part(note: Note) -> str:
    return note.run_key.partition("/")[2]


def _is_section(part: str, reference: str) -> bool:
    """Not a picture, and not the word on what changed with a version, which stays."""
    return not reference.startswith("file:") and not re.fullmatch(r"v\d+", part)
