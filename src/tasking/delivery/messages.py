"""The notes that make up a briefing in a channel: the message, its replies, its pictures."""

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
    store,
)
from tasking.briefing.message import Digest
from tasking.delivery.channels import Form, Note, Traits
from tasking.delivery.service import DeliveryService
from tasking.meeting.store import proposals
from tasking.model.briefing import Briefing
from tasking.model.clearance import Clearance
from tasking.model.errors import TaskingError
from tasking.model.partnership import Kind
from tasking.model.picture import Picture
from tasking.warehouse.sight import EVERYBODY, withheld_proposals, withheld_taskings

# What may leave by each kind of message. Nothing is rendered from a value that was not cleared for it.
CLEARANCE: Final[dict[Kind, Clearance]] = {
    "briefing": Clearance.PUBLIC,
    "fallback": Clearance.PUBLIC,
    "weekly": Clearance.PUBLIC,
    "ops": Clearance.PUBLIC,
    "restricted": Clearance.RESTRICTED,
}


@dataclass(frozen=True)
class ShownBriefing:
    """A stored briefing with what surrounds it, cleared for a kind of message."""

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
    """A version of a day's briefing (the newest, unless one is named), as it stands there since `first_sent_at`.

    An older version is as it was, with what people did afterwards in a part of its own.

    Raises TaskingError where there is no such version.
    """
    versions = [
        (number, Briefing.read(content).cleared_for(CLEARANCE["briefing"]))
        for number, content in store.last_briefings(service.warehouse, day, MOST_CHANGES + 1, version)
    ]
    if not versions or version not in (None, versions[-1][0]):
        raise TaskingError(f"there is no briefing for {day}" + (f" of version {version}" if version else ""))
    told = tuple((number, changes(old, new)) for (_, old), (number, new) in pairwise(versions))
    number, briefing = versions[-1]
    ids = _proposal_ids(briefing)
    # What was done with something since it became restricted is for those who may see it.
    hidden = withheld_proposals(service.warehouse, EVERYBODY, ids) | withheld_taskings(
        service.warehouse, EVERYBODY, ids
    )
    standing = proposals.standings(service.warehouse, [one for one in ids if one not in hidden])
    newest = store.latest_briefing(service.warehouse, day) if version else None
    is_newest = newest is None or number == newest[0]
    edition = Edition(
        version=number,
        zone=service.partnership.zone,
        late_at=first_sent_at if _is_late(service, day, first_sent_at) else None,
        changes=told,
        standing=standing if is_newest else {},
        desk_url=service.desk_url,
        has_buttons=has_buttons and is_newest,
        day=day,
        later=() if is_newest else later_steps(briefing, standing, service.partnership.zone),
    )
    return ShownBriefing(briefing, edition)


def _proposal_ids(briefing: Briefing) -> list[str]:
    return [*(one.proposal_id for one in briefing.decisions), *(one.proposal_id for one in briefing.taskings)]


def message(service: DeliveryService, one: ShownBriefing, traits: Traits, pictures: Sequence[Picture]) -> Note:
    """The message itself, in the form of its channel."""
    note = as_note(service, f"briefing:{one.briefing.day}", digest(one.briefing, one.edition), traits.form, pictures)
    if traits.form in (Form.TEXT, Form.MAIL, Form.PAGE):
        note = replace(note, text=render_text(one.briefing, one.edition, service.wording))
    if traits.form == Form.MAIL and one.briefing.is_partial:
        note = replace(note, title=f"{note.title} (partial)")
    if traits.form == Form.PAGE:
        note = replace(note, body={"html": render_html(one.briefing, one.edition, service.wording, pictures)})
    return note


def replies(one: ShownBriefing) -> list[Note]:
    """The thread below the message; only for channels that have threads, which take blocks."""
    idempotency_key = f"briefing:{one.briefing.day}"
    thread = render_blocks(digest(one.briefing, one.edition))["thread"]
    return [Note(f"{idempotency_key}/{said['key']}", "", said["text"], {"blocks": said["blocks"]}) for said in thread]


def pictures_of(service: DeliveryService, briefing: Briefing) -> tuple[tuple[Picture, ...], list[str]]:
    """The map and the strip of a briefing, and those that could not be drawn, in words."""
    lost: list[str] = []
    return draw_pictures(briefing, service.geography, lost.append), lost


def picture_part(picture: Picture) -> str:
    """A name for a picture that changes with it: `map-1f09ab34`."""
    return f"{picture.key}-{hashlib.sha256(picture.png).hexdigest()[:8]}"


def what_changed(service: DeliveryService, one: ShownBriefing, traits: Traits) -> Note | None:
    """An answer for those who have the message where it can't be edited; None for the first version."""
    if not one.edition.changes:
        return None
    version, told = one.edition.changes[-1]
    title = f"Re: {digest(one.briefing, one.edition).title}"
    said = short_digest(title, f"v{version}: what changed", told)
    return as_note(service, f"briefing:{one.briefing.day}/v{version}", said, traits.form)


def short_note(
    service: DeliveryService, idempotency_key: str, title: str, head: str, lines: Sequence[str], traits: Traits
) -> Note:
    """A short message of our own words, in the form of its channel."""
    return as_note(service, idempotency_key, short_digest(title, head, lines), traits.form)


def as_note(
    service: DeliveryService, idempotency_key: str, said: Digest, form: Form, pictures: Sequence[Picture] = ()
) -> Note:
    """A digest in the form of a channel."""
    match form:
        case Form.BLOCKS:
            shown = render_blocks(said)
            return Note(idempotency_key, said.title, shown["text"], {"blocks": shown["blocks"]})
        case Form.CARD:
            return Note(idempotency_key, said.title, said.summary, render_card(said, service.desk_url))
        case Form.MAIL:
            inside = tuple(pictures)
            return Note(
                idempotency_key, said.title, said.text, {"html": render_mail(said, service.wording, inside)}, inside
            )
        case _:
            return Note(idempotency_key, said.title, said.text)


def _is_late(service: DeliveryService, day: date, sent_at: datetime | None) -> bool:
    if sent_at is None:
        return False
    starts = datetime.combine(day, service.partnership.meeting.starts_at, service.partnership.zone)
    is_same_day = sent_at.astimezone(service.partnership.zone).date() == day
    return is_same_day and sent_at > starts.astimezone(UTC)
