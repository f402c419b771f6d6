"""The stored briefing reaches each of its channels once, and is edited afterwards; from 07:50 it finds another way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import structlog

from tasking.channels import Channel, Form, Note
from tasking.context import in_context
from tasking.desk import Desk, stored_briefing
from tasking.model.errors import NotPosted, traceback_without_values
from tasking.model.picture import Picture
from tasking.model.proposal import day_of_id
from tasking.posting import dead_man
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
from tasking.posting.notices import once_in, opened, tell_ops, tell_restricted_route, why_not
from tasking.posting.once import FOUND, NO_EDIT, UNCHANGED, Way, as_message, as_reply
from tasking.warehouse import outbox, reading
from tasking.warehouse.outbox import Key

BRIEFING: Final = "briefing"
log = structlog.get_logger(__name__)


@in_context
def post(desk: Desk, day: date, *, is_old_day_posted: bool = False) -> tuple[str, ...]:
    """Posts the stored briefing once to each channel, or edits what was posted. Returns what was done, in words.

    A day that is not today is edited where it was posted, and never posted anew where people would read it, unless
    `is_old_day_posted`: catching up must not ring anybody's telephone. Raises NotPosted, with the same words, where a
    channel did not take it; it is safe to call again, and worth it.
    """
    if not desk.partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day: nothing posted, the next briefing covers it",)
    stored_briefing(desk, day)  # or there is nothing to post
    local = desk.clock().astimezone(desk.partnership.zone)
    is_today = local.date() == day
    said: list[str] = []
    missed: list[str] = []
    channels, fault = opened(desk, BRIEFING)
    if fault:
        missed.append(f"not posted: {fault}")
    for channel in channels:
        try:
            if not (is_today or is_old_day_posted or not channel.traits.reaches_people or is_begun(desk, day, channel)):
                said.append(
                    f"{channel.name}: {day} is not today and was never posted: left alone (--post-old-day posts it)"
                )
                continue
            said.append(_post_to(desk, channel, day))
        except Exception as error:  # one channel's failure, ours included, stops no other and no fallback
            missed.append(f"{channel.name}: not posted: {why_not(channel, error)}")
            continue
        dead_man.withdraw(desk, day, channel)
    if missed and is_today and local.time() >= desk.partnership.meeting.fallback_at:
        said += _fall_back(desk, day, missed)
    if is_today or is_old_day_posted:
        said += _tell_restricted_route(desk, day)
    if missed:
        raise NotPosted("; ".join([*missed, *said]))
    return tuple(said)


def is_begun(desk: Desk, day: date, channel: Channel) -> bool:
    """True where the briefing of a day was posted in a channel, or somebody began to."""
    return outbox.find(desk.warehouse, Key(day, channel.name, BRIEFING)) is not None


def is_posted(desk: Desk, day: date) -> bool:
    """True where every channel of the briefing has it."""
    channels, fault = opened(desk, BRIEFING)
    if fault:
        return False
    found = [outbox.find(desk.warehouse, Key(day, channel.name, BRIEFING)) for channel in channels]
    return all(row is not None and row.sent_at is not None for row in found)


def refresh(desk: Desk, day: date) -> None:
    """Brings the briefing of a day up to date wherever it was posted and can be edited."""
    for channel in desk.open_channels(BRIEFING):
        found = outbox.find(desk.warehouse, Key(day, channel.name, BRIEFING))
        if found is not None and found.sent_at is not None and channel.traits.can_edit:
            _Posting(desk, channel, day, has_pictures=False).message()


def refresh_all(desk: Desk, ids: Sequence[str]) -> None:
    """Brings every briefing up to date that shows one of these proposals and taskings: of the day on which it was
    raised, and the newest."""
    days = {*map(day_of_id, ids), reading.newest_day(desk.warehouse)}
    for day in sorted(filter(None, days)):
        if reading.latest_briefing(desk.warehouse, day) is not None:
            refresh(desk, day)


def _post_to(desk: Desk, channel: Channel, day: date) -> str:
    """The message, then what belongs below it. Each part is sent once, edited where it differs. Says what was done."""
    posting = _Posting(desk, channel, day)
    return f"{channel.name}: {posting.message()}"


@dataclass
class _Posting:
    """One briefing in one channel."""

    desk: Desk
    channel: Channel
    day: date
    has_pictures: bool = True  # they take a second to draw, and no button changes them

    def __post_init__(self) -> None:
        self.once = once_in(self.desk, self.channel)
        self.version = stored_briefing(self.desk, self.day)[1]
        self._pictures: tuple[Picture, ...] | None = None

    def edited(self, first_sent_at: datetime | None = None) -> Edited:
        has_buttons = self.channel.traits.has_buttons
        return edited(self.desk, self.day, has_buttons=has_buttons, first_sent_at=first_sent_at)

    def message(self) -> str:
        traits = self.channel.traits

        def make(sent_at: datetime) -> Note:
            inside = self.pictures() if traits.form in (Form.MAIL, Form.PAGE) else ()
            return message(self.desk, self.edited(sent_at), traits, inside)

        key = Key(self.day, self.channel.name, BRIEFING)
        delivered = self.once.deliver(key, self.version, make, as_message(self.channel))
        if traits.has_threads:
            self.thread(delivered.reference)
        elif delivered.words == NO_EDIT:
            return self.answer(delivered.reference)
        return {
            UNCHANGED: f"{UNCHANGED} (v{self.version})",
            "edited": f"edited to v{self.version}",
            FOUND: f"posted v{self.version}, {FOUND}",
        }.get(delivered.words, f"{delivered.words} v{self.version}")

    def thread(self, reference: str) -> None:
        """Replies and pictures; a reply that the newest version has no more says so."""
        now = replies(self.edited())
        there = outbox.parts(self.desk.warehouse, self.day, self.channel.name, BRIEFING)
        for note in now:
            self.part(_part(note), note, reference)
        if self.has_pictures:
            for picture in self.pictures():
                self.picture(picture, reference)
        gone = there.keys() - {_part(note) for note in now}
        for part in sorted(part for part in gone if _is_section(part, there[part])):
            key, head = f"{BRIEFING}:{self.day}/{part}", f"Nothing more here since v{self.version}."
            note = plain(self.desk, key, "Briefing", head, (), self.channel.traits)
            self.part(part, note, reference)

    def part(self, part: str, note: Note, reference: str) -> None:
        key = Key(self.day, self.channel.name, BRIEFING, part)
        done = self.once.deliver(key, self.version, lambda _at: note, as_reply(self.channel, reference))
        if done.words == "posted":
            self.desk.patience.sleep(self.desk.patience.between_s)

    def picture(self, picture: Picture, reference: str) -> None:
        part = picture_part(picture)
        way = Way(
            send=lambda note: self.channel.attach(reference, note.run_key, picture),
            look_up=lambda run_key: self.channel.look_up(run_key, reference),
        )
        note = Note(f"{BRIEFING}:{self.day}/{part}", picture.title, picture.alt)
        self.once.deliver(Key(self.day, self.channel.name, BRIEFING, part), self.version, lambda _at: note, way)

    def pictures(self) -> tuple[Picture, ...]:
        if self._pictures is None:
            briefing = stored_briefing(self.desk, self.day)[0].cleared_for(CLEARANCE[BRIEFING])
            self._pictures, lost = pictures_of(self.desk, briefing)
            if lost:
                head = f"The briefing of {self.day} is without {' and '.join(lost)}"
                advice = "It could not be drawn; the words are complete. Tell the maintainers, with the log of posting."
                tell_ops(self.desk, self.day, "pictures", head, [advice])
        return self._pictures

    def answer(self, reference: str) -> str:
        """Where a message can't be edited but answered: what changed, in the same conversation."""
        traits = self.channel.traits
        note = what_changed(self.desk, self.edited(), traits)
        if note is None or not traits.can_answer:
            return f"{NO_EDIT}; v{self.version} is on the desk"
        done = self.once.deliver(
            Key(self.day, self.channel.name, BRIEFING, _part(note)),
            self.version,
            lambda _at: note,
            as_reply(self.channel, reference),
        )
        return (
            f"answered with what changed in v{self.version}"
            if done.words == "posted"
            else f"{UNCHANGED} (v{self.version})"
        )


def _tell_restricted_route(desk: Desk, day: date) -> list[str]:
    try:
        return tell_restricted_route(desk, day)
    except Exception as error:  # the briefing is out: what is left to do is to say which channels lack it
        log.error("the restricted route could not be told", day=str(day), where=traceback_without_values(error))
        return [f"restricted route not reached: a fault of ours ({type(error).__name__})"]


def _part(note: Note) -> str:
    return note.run_key.partition("/")[2]


def _is_section(part: str, reference: str) -> bool:
    """Not a picture, and not the word on what changed with a version, which stays."""
    return not reference.startswith("file:") and not re.fullmatch(r"v\d+", part)


def _fall_back(desk: Desk, day: date, missed: list[str]) -> list[str]:
    """Chat has not answered: the same briefing by the fallback channels, and a word to ops."""
    channels, fault = opened(desk, "fallback")
    said = [f"not posted (fallback): {fault}"] if fault else []
    for channel in channels:
        try:
            said.append(f"{_post_to(desk, channel, day)} (fallback)")
        except Exception as error:  # the next one, and the word to ops, must go all the same
            said.append(f"{channel.name}: not posted: {why_not(channel, error)}")
    return said + tell_ops(desk, day, "not-posted", f"The briefing of {day} is not in every channel", [*missed, *said])
