"""The minutes by mail: each version once to those who were there, those who were given work, and the chair."""

from datetime import date
from functools import partial
from typing import Final, NamedTuple

from tasking.briefing.message import Digest, Line, Part, bold, cut, line, plural
from tasking.delivery.channels import Attachment, Form, Note, Traits
from tasking.delivery.messages import as_note
from tasking.delivery.service import DeliveryService
from tasking.delivery.store.outbox import MessageKey
from tasking.delivery.work import Message, send_all
from tasking.meeting.minutes import minutes_of, minutes_sheet, readable_minutes
from tasking.meeting.sheet import MARKING
from tasking.meeting.words import long_day
from tasking.model.clearance import Clearance
from tasking.model.errors import TaskingError
from tasking.model.log_context import in_context
from tasking.model.meeting import Minutes

_KIND: Final = "minutes"
_MOST_LINES: Final = 20
_FOOT: Final = ("The minutes are attached. What is not in them is on the desk.", "Write no names in a reply.")


class MinutesAddressee(NamedTuple):
    """Somebody who is sent the minutes. `why`: `was there`, `was given work` or `chairs`."""

    name: str
    route: str
    why: str


class MinutesSent(NamedTuple):
    """What became of the messages, in words: those that were not taken, and the others."""

    failures: tuple[str, ...] = ()
    done: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """A sentence each, the failures first."""
        return " ".join(f"{one.removesuffix('.')}." for one in (*self.failures, *self.done))


def minutes_addressees(service: DeliveryService, minutes: Minutes) -> list[MinutesAddressee]:
    """Who is sent some minutes: whoever has an address and was there or sent apologies, or owns what was decided; and
    the chair. Each address once."""
    partnership = service.partnership
    named = {one.partition(" (")[0].casefold(): why for why, some in (
        ("sent apologies", minutes.apologies), ("was there", minutes.present)) for one in some}  # fmt: skip
    owners = {owner.casefold() for one in (*minutes.decided, *minutes.changed) for owner in one.owners}
    found = [
        MinutesAddressee(one.name, one.route, named.get(one.name.casefold(), "was given work"))
        for one in partnership.attendees
        if one.route and (one.name.casefold() in named or {one.name.casefold(), one.partner.casefold()} & owners)
    ]
    found += [
        MinutesAddressee(one.name, one.route, "was given work")
        for one in partnership.recipients
        if one.name.casefold() in owners
    ]
    if partnership.chair:
        found.append(MinutesAddressee(partnership.chair.name, partnership.chair.route, "chairs"))
    return list({one.route: one for one in reversed(found)}.values())[::-1]


@in_context
def send_minutes(service: DeliveryService, day: date) -> MinutesSent:
    """Sends the newest minutes of a day to whoever has not had them. Safe to call again: nobody gets a version twice.

    Never raises for a channel that does not take a message: what is returned says so. Raises TaskingError where there
    are no minutes.
    """
    from tasking.meeting.sheet_pdf import sheet_pdf  # takes a while to import, and most starts print nothing

    versions = minutes_of(service.meeting, day)
    if not versions:
        raise TaskingError(f"There are no minutes of {long_day(day)} yet")
    minutes = readable_minutes(service.meeting, versions[-1].minutes).cleared_for(Clearance.PUBLIC)
    pdf = sheet_pdf(minutes_sheet(service.meeting, minutes, has_details=False))
    messages = [
        Message(one.name, one.route, MessageKey(day, one.route, _KIND, f"version {minutes.version}"),
                partial(_note, service, minutes, pdf))
        for one in minutes_addressees(service, minutes)
    ]  # fmt: skip
    done, failures = send_all(service, messages)
    return MinutesSent(tuple(failures), tuple(done))


def _note(service: DeliveryService, minutes: Minutes, pdf: bytes, traits: Traits) -> Note:
    """The message: what was decided, and the minutes attached where the channel is mail."""
    corrected = f" (corrected, version {minutes.version})" if minutes.version > 1 else ""
    title = f"Minutes of {long_day(minutes.day)}{corrected}"
    summary = f"{plural(len(minutes.decided), 'decision')}, {plural(len(minutes.not_decided), 'question')} not decided"
    lines = [line(bold(f"DECIDED ({len(minutes.decided)})")), *(_item(one.lead, one.words) for one in minutes.decided)]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], line(f"and {len(lines) - _MOST_LINES} more in the minutes")]
    parts = [Part("decided", tuple(lines)), Part("next", (line(f"Next meeting: {long_day(minutes.next_meeting)}"),))]
    is_mail = traits.form == Form.MAIL
    foot = _FOOT if is_mail else ("Ask the Community Safety Unit for the minutes.",)
    message = Digest(title, f"{MARKING} · {service.partnership.name}", f"{summary}.", tuple(parts), foot, ())
    note = as_note(service, f"minutes:{minutes.day}/v{minutes.version}", message, traits.form)
    if not is_mail:
        return note
    file = Attachment(f"minutes-{minutes.day}-v{minutes.version}.pdf", "application/pdf", pdf)
    return Note(note.idempotency_key, note.title, note.text, note.body, note.pictures, (file,))


def _item(lead: str, words: str) -> Line:
    return line(bold(cut(lead, 160)), f": {cut(words, 160)}", is_item=True)
