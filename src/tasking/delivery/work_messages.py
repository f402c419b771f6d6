"""The message of a recipient: its taskings, each with links to answer by; and the chair's, of what stays overdue."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from tasking.briefing import plural, short_day
from tasking.briefing.message import Digest, Line, Part, Run, Tone, bold, cut, line
from tasking.delivery.channels import Form, Note, Traits
from tasking.delivery.messages import as_note
from tasking.delivery.service import DeliveryService
from tasking.meeting import Tasking, public_owner
from tasking.meeting.answers import LINK_DAYS, Answer, answer_token, words_for_mail
from tasking.meeting.recipients import Work
from tasking.meeting.taskings import public_place
from tasking.model.recipient import Recipient

MARKING: Final = "OFFICIAL"
_MOST: Final = 15  # taskings in a message, so that no channel refuses it
_LINKS: Final = {Answer.ACCEPT: "Accept", Answer.DONE: "Mark as done", Answer.CANT: "Say it can’t be done"}
_TYPED: Final = "A tasking from the meeting. Ask the Community Safety Unit for the details"
_TYPED_BEFORE: Final = "A tasking from the meeting"
_WITH_LINKS: Final = (
    "A link opens a page that shows one tasking and asks you to confirm. You need no login. Links can be used until "
    "{until}."
)
_KEEP: Final = "Do not forward this message. Anyone with a link can answer for you."
_WITHOUT_LINKS: Final = ("To answer, ring the Community Safety Unit and give the reference.",)
_NO_PLACE: Final = "place not in this message"


def work_note(service: DeliveryService, recipient: Recipient, work: Work, day: date, traits: Traits) -> Note:
    """The morning's message for a recipient: what is overdue, due and new, then the rest."""
    next_meeting = service.partnership.calendar.meeting_days_after(day, 1)
    heads = (
        ("OVERDUE", work.overdue, Tone.ALERT),
        (f"DUE BY {short_day(next_meeting).upper()}", work.due, Tone.PLAIN),
        ("NEW", work.new, Tone.PLAIN),
        ("NOT YOURS ANY MORE", work.undone, Tone.PLAIN),
        ("ALSO OPEN", work.others, Tone.PLAIN),
    )
    parts, room = [], _MOST
    for head, some, tone in heads:
        if some:
            shown = some[:room]
            room -= len(shown)
            parts.append(Part(head.lower(), (line(bold(f"{head} ({len(some)})")),), tone))
            for one in shown:
                is_undone = one in work.undone
                lines = undone_lines(service, one) if is_undone else tasking_lines(service, recipient, one, day)
                parts.append(Part(one.tasking_id, tuple(lines)))
            if len(some) > len(shown):
                parts.append(Part("more", (line(f"and {len(some) - len(shown)} more: ask for the list"),)))
    counts = [f"{len(some)} {head.lower()}" for head, some, _ in heads if some]
    title = f"Taskings for {recipient.name} · {short_day(day)}"
    return _note(service, f"taskings:{day}/{recipient.key}", title, f"{', '.join(counts)}.", parts, day, traits)


def assignment_note(
    service: DeliveryService, recipient: Recipient, tasking: Tasking, day: date, step: int, traits: Traits
) -> Note:
    """The message of one tasking that a recipient was given after the morning's."""
    title = f"New tasking for {recipient.name} · {short_day(day)}"
    parts = [Part("new", tuple(tasking_lines(service, recipient, tasking, day)))]
    key = f"assignment:{tasking.tasking_id}/{step}/{recipient.key}"
    return _note(service, key, title, f"Due {short_day(tasking.due_on)}.", parts, day, traits)


def person_note(service: DeliveryService, name: str, tasking: Tasking, step: int, traits: Traits) -> Note:
    """The direct message to an account that was given a tasking."""
    page = f"{service.desk_url.rstrip('/')}/taskings#{tasking.tasking_id}" if service.desk_url else None
    what = _what(tasking, "A tasking from the meeting: see it on the desk")
    lines = (
        line(bold(cut(f"{what}, {_place(service, tasking)}", 240))),
        line(*_facts(service, tasking, name)),
        *([line(Run("Open it on the desk", link=page))] if page else []),
    )
    title = "You have a new tasking"
    summary = cut(f"{title}: {what}, {_place(service, tasking)}, due {short_day(tasking.due_on)}.", 300)
    message = Digest(title, "", summary, (Part("new", lines),), (), ())
    return as_note(service, f"assignment:{tasking.tasking_id}/{step}/{name}", message, traits.form)


def chair_note(service: DeliveryService, found: Sequence[Tasking], day: date, traits: Traits) -> Note:
    """The message to the chair: taskings that stay overdue, each named once."""
    after = plural(service.partnership.taskings.escalate_after, "meeting")
    lines = [
        line(
            bold(cut(f"{public_owner(service.meeting, one.owner)}: {_what(one, _TYPED)}", 200)),
            f", {_place(service, one)}, was due {short_day(one.due_on)}"
            + (f", carried over {plural(one.times_carried, 'time')}" if one.times_carried else "")
            + (", sent back by its owner" if one.is_sent_back else "")
            + f" · {one.tasking_id}",
            is_item=True,
        )
        for one in found[:_MOST]
    ]
    if len(found) > _MOST:
        lines.append(line(f"and {len(found) - _MOST} more on the desk"))
    title = f"Overdue by {after} · {short_day(day)}"
    head = f"{plural(len(found), 'tasking')} overdue by {after} or more. You are told about each one once."
    part = Part("overdue", (line(bold(head)), *lines))
    message = Digest(title, f"{MARKING} · {service.partnership.name}", head, (part,), (), ())
    return as_note(service, f"escalation:{day}", message, traits.form)


def tasking_lines(service: DeliveryService, recipient: Recipient, tasking: Tasking, day: date) -> list[Line]:
    """What, where, by when, the reference and the links of one tasking."""
    links = _links(service, recipient, tasking, day)
    what = _what(tasking, _TYPED)
    lines = [
        line(bold(cut(what, 200)), f", {_place(service, tasking)}", is_item=True),
        line(*_facts(service, tasking, recipient.name)),
    ]
    if links:
        runs = [run for label, url in links for run in (Run(" · "), Run(label, link=url))]
        lines.append(Line(tuple(runs[1:])))
    return lines


def undone_lines(service: DeliveryService, tasking: Tasking) -> list[Line]:
    """What a recipient need not do any more, without links: the decision that gave it to them was taken back."""
    return [
        line(bold(cut(_what(tasking, _TYPED_BEFORE), 200)), f", {_place(service, tasking)}", is_item=True),
        line(f"the decision was undone. There is nothing to do · {tasking.tasking_id}"),
    ]


def _facts(service: DeliveryService, tasking: Tasking, name: str) -> list[str]:
    """`due Wed 25 Nov · with Kent Police · T-20261122-4f09a1c2`"""
    due = "was due" if tasking.is_overdue else "due"
    owners = [public_owner(service.meeting, one) for one in tasking.owners if one.casefold() != name.casefold()]
    others = f" · with {', '.join(dict.fromkeys(owners))}" if owners else ""
    lead = " · you lead" if owners and tasking.owner.casefold() == name.casefold() else ""
    return [f"{due} {short_day(tasking.due_on)}{lead}{others} · {tasking.tasking_id}"]


def _links(service: DeliveryService, recipient: Recipient, tasking: Tasking, day: date) -> list[tuple[str, str]]:
    if not service.desk_url:
        return []
    token = answer_token(service.meeting, tasking, recipient, day)
    page = f"{service.desk_url.rstrip('/')}/answer/{token}"
    return [(label, f"{page}?answer={answer}") for answer, label in _LINKS.items()]


def _what(tasking: Tasking, typed: str) -> str:
    what = words_for_mail(tasking) or typed
    return what[:1].upper() + what[1:]


def _place(service: DeliveryService, tasking: Tasking) -> str:
    return public_place(service.meeting, tasking.place) or _NO_PLACE


def _note(
    service: DeliveryService, key: str, title: str, summary: str, parts: Sequence[Part], day: date, traits: Traits
) -> Note:
    until = day + timedelta(days=LINK_DAYS)
    foot: tuple[str, ...] = _WITHOUT_LINKS
    if service.desk_url:
        foot = (_WITH_LINKS.format(until=f"{until.day} {until:%B %Y}"), _KEEP)
    strapline, summary = f"{MARKING} · {service.partnership.name}", cut(f"{title}. {summary}", 300)
    message = Digest(cut(title, 100), strapline, summary, tuple(parts), foot, ())
    note = as_note(service, key, message, traits.form)
    return replace(note, text=_with_addresses(message)) if traits.form in (Form.TEXT, Form.MAIL, Form.PAGE) else note


def _with_addresses(message: Digest) -> str:
    """The message as plain text, each link written out on a line of its own."""
    lines = [message.title, message.strapline]
    for part in message.parts:
        lines.append("")
        for number, one in enumerate(part.lines):
            links = [f"    {run.text}: {run.link}" for run in one.runs if run.link]
            indent = "• " if one.is_item else "  " * (number > 0)
            lines += links or [indent + "".join(run.text for run in one.runs)]
    return "\n".join([*lines, "", *message.foot])
