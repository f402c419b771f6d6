"""Renders a briefing for a channel: the message, its replies and its pictures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final

from tasking.briefing import (
    MOST_CHANGES,
    Edition,
    changes,
    digest,
    draw_pictures,
    later_steps,
    render_blocks,
    render_card,
    render_html,
    render_mail,
    render_text,
    short_digest,
)
from tasking.briefing.message import Digest
from tasking.delivery.channels import Form, Note, Traits
from tasking.delivery.service import DeliveryService
from tasking.delivery.undo_buttons import with_numbers
from tasking.meeting import public_owner
from tasking.model.briefing import Briefing
from tasking.model.clearance import Clearance
from tasking.model.errors import TaskingError
from tasking.model.partnership import Kind
from tasking.model.picture import Picture
from tasking.model.proposal import Standing, Step
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_proposals, withheld_taskings

# The clearance of each kind of message. Only values cleared for it are rendered.
CLEARANCE: Final[dict[Kind, Clearance]] = {
    "briefing": Clearance.PUBLIC,
    "fallback": Clearance.PUBLIC,
    "weekly": Clearance.PUBLIC,
    "ops": Clearance.PUBLIC,
    "restricted": Clearance.RESTRICTED,
}


@dataclass(frozen=True)
class ShownBriefing:
    """A stored briefing with its edition, cleared for a kind of message."""

    briefing: Briefing
    edition: Edition


def shown_briefing(
    service: DeliveryService,
    day: date,
    version: int | None = None,
    *,
    has_buttons: bool = False,
    first_sent_at: datetime | None = None,
) -> ShownBriefing:
    """A version of a day's briefing, by default the newest, for a channel that has had it since `first_sent_at`.

    An older version is shown as it was, with what people did afterwards listed separately.

    Raises TaskingError if there is no such version.
    """
    versions = [
        (number, Briefing.read(content).cleared_for(CLEARANCE["briefing"]))
        for number, content in service.briefings.last_versions(day, MOST_CHANGES + 1, version)
    ]
    if not versions or version not in (None, versions[-1][0]):
        raise TaskingError(f"There is no briefing for {day}" + (f" of version {version}" if version else ""))
    all_changes = tuple((number, changes(old, new)) for (_, old), (number, new) in pairwise(versions))
    number, briefing = versions[-1]
    ids = _proposal_ids(briefing)
    # Steps on something that has become restricted are only for those who may see it.
    hidden = withheld_proposals(service.warehouse, PUBLIC_VISIBILITY, ids) | withheld_taskings(
        service.warehouse, PUBLIC_VISIBILITY, ids
    )
    standing = {
        one: _public_standing(service, standing)
        for one, standing in service.meeting.standings([one for one in ids if one not in hidden]).items()
    }
    newest = service.briefings.newest(day) if version else None
    is_newest = newest is None or number == newest[0]
    edition = Edition(
        version=number,
        zone=service.partnership.zone,
        late_at=first_sent_at if _is_late(service, day, first_sent_at) else None,
        changes=all_changes,
        standing=standing if is_newest else {},
        desk_url=service.desk_url,
        has_buttons=has_buttons and is_newest,
        day=day,
        later=() if is_newest else later_steps(briefing, standing, service.partnership.zone),
    )
    return ShownBriefing(briefing, edition)


def _public_standing(service: DeliveryService, standing: Standing) -> Standing:
    """The status of something, without owners that were typed by hand: they may contain names."""
    history = tuple(
        step._replace(details={**step.details, "owners": _public_owners(service, step)}) if step.owners else step
        for step in standing.history
    )
    return standing._replace(history=history)


def _public_owners(service: DeliveryService, step: Step) -> list[str]:
    return list(dict.fromkeys(public_owner(service.meeting, owner) for owner in step.owners))


def _proposal_ids(briefing: Briefing) -> list[str]:
    return [*(one.proposal_id for one in briefing.decisions), *(one.proposal_id for one in briefing.taskings)]


def message(service: DeliveryService, shown: ShownBriefing, traits: Traits, pictures: Sequence[Picture]) -> Note:
    """The message itself, in the form that its channel takes."""
    note = as_note(
        service, f"briefing:{shown.briefing.day}", digest(shown.briefing, shown.edition), traits.form, pictures
    )
    if traits.form == Form.BLOCKS:
        note = replace(note, body={"blocks": with_numbers(note.body["blocks"], shown.edition.standing)})
    if traits.form in (Form.TEXT, Form.MAIL, Form.PAGE):
        note = replace(note, text=render_text(shown.briefing, shown.edition, service.templates))
    if traits.form == Form.MAIL and shown.briefing.is_partial:
        note = replace(note, title=f"{note.title} (partial)")
    if traits.form == Form.PAGE:
        note = replace(note, body={"html": render_html(shown.briefing, shown.edition, service.templates, pictures)})
    return note


def replies(shown: ShownBriefing) -> list[Note]:
    """The replies in the thread; only for channels with threads, which take blocks."""
    idempotency_key = f"briefing:{shown.briefing.day}"
    thread = render_blocks(digest(shown.briefing, shown.edition))["thread"]
    standing = shown.edition.standing
    return [
        Note(
            f"{idempotency_key}/{reply['key']}", "", reply["text"], {"blocks": with_numbers(reply["blocks"], standing)}
        )
        for reply in thread
    ]


def pictures_of(service: DeliveryService, briefing: Briefing) -> tuple[tuple[Picture, ...], list[str]]:
    """The map and the strip of a briefing, and the names of those that could not be drawn."""
    failed: list[str] = []
    return draw_pictures(briefing, service.geography, failed.append), failed


def picture_part(picture: Picture) -> str:
    """A name for a picture that changes with it: `map-1f09ab34`."""
    return f"{picture.key}-{hashlib.sha256(picture.png).hexdigest()[:8]}"


def what_changed(service: DeliveryService, shown: ShownBriefing, traits: Traits) -> Note | None:
    """A follow-up for channels whose messages can't be edited: what changed. None for the first version."""
    if not shown.edition.changes:
        return None
    version, sentences = shown.edition.changes[-1]
    title = f"Re: {digest(shown.briefing, shown.edition).title}"
    follow_up = short_digest(title, f"v{version}: what changed", sentences)
    return as_note(service, f"briefing:{shown.briefing.day}/v{version}", follow_up, traits.form)


def short_note(
    service: DeliveryService, idempotency_key: str, title: str, head: str, lines: Sequence[str], traits: Traits
) -> Note:
    """A short message beside the briefing, in the form that its channel takes."""
    return as_note(service, idempotency_key, short_digest(title, head, lines), traits.form)


def as_note(
    service: DeliveryService, idempotency_key: str, message: Digest, form: Form, pictures: Sequence[Picture] = ()
) -> Note:
    """A digest in the form that a channel takes."""
    match form:
        case Form.BLOCKS:
            blocks = render_blocks(message)
            return Note(idempotency_key, message.title, blocks["text"], {"blocks": blocks["blocks"]})
        case Form.CARD:
            return Note(idempotency_key, message.title, message.summary, render_card(message, service.desk_url))
        case Form.MAIL:
            inside = tuple(pictures)
            return Note(
                idempotency_key,
                message.title,
                message.text,
                {"html": render_mail(message, service.templates, inside)},
                inside,
            )
        case _:
            return Note(idempotency_key, message.title, message.text)


def _is_late(service: DeliveryService, day: date, sent_at: datetime | None) -> bool:
    if sent_at is None:
        return False
    starts = datetime.combine(day, service.partnership.meeting.starts_at, service.partnership.zone)
    is_same_day = sent_at.astimezone(service.partnership.zone).date() == day
    return is_same_day and sent_at > starts.astimezone(UTC)
