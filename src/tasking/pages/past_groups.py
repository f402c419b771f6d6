"""Groups and proposals that are closed or decided: all of them, the newest first, by place and how they ended."""

from datetime import date
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.meeting.group_places import places_of
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.proposal import Status
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.list_view import show_list
from tasking.pages.lists import Asked, Column, DeskList, Filter, Kind, Reader, Sorts
from tasking.pages.render import page
from tasking.pages.visible import proposals_for, restricted_among
from tasking.services import Services

router = APIRouter()
PAST: Final = (Status.CLOSED, Status.REJECTED, Status.MERGED, Status.EXPIRED)


class PastGroup(NamedTuple):
    """A group or proposal that is over, with its places."""

    tracked: TrackedProposal
    places: list[str]

    @property
    def decided_on(self) -> date:
        return self.tracked.standing.steps[-1].day

    @property
    def where(self) -> str:
        return "; ".join(self.places) or self.tracked.proposal.subject

    @property
    def decided_by(self) -> str:
        """Who decided; empty where nobody did in time."""
        actor = self.tracked.standing.steps[-1].actor
        return "" if actor == meeting.SYSTEM else actor


def newest_first(some: list[TrackedProposal]) -> list[TrackedProposal]:
    """Those that are closed or decided, the last decided first."""
    over = [one for one in some if one.standing.status in PAST]
    return sorted(over, key=lambda one: (one.standing.steps[-1].at, one.proposal.proposal_id), reverse=True)


def _past(reader: Reader) -> list[PastGroup]:
    def read() -> list[PastGroup]:
        hidden = restricted_among(reader.services)
        public = [
            one for one in proposals_for(reader.services, reader.person) if one.proposal.proposal_id not in hidden
        ]
        return [
            PastGroup(one, [known.name for known in places_of(one.proposal.proposal_id, public)])
            for one in newest_first(public)
        ]

    return reader.once("past groups", read)


def _read(reader: Reader, asked: Asked) -> list[PastGroup]:
    first, last = asked.day("since") or date.min, asked.day("until") or date.max
    return [
        one for one in _past(reader)
        if (not asked["place"] or asked["place"] in (*one.places, one.tracked.proposal.subject))
        and asked["status"] in ("", one.tracked.standing.status) and first <= one.decided_on <= last
    ]  # fmt: skip


def what_of(services: Services, one: PastGroup) -> str:
    """The rule that raised it, with its theme."""
    titles = {rule.rule: rule.title for rule in services.rules}
    return f"{titles.get(one.tracked.proposal.rule, 'Started by hand')} ({one.tracked.proposal.theme})"


def _columns(reader: Reader) -> list[Column]:
    return [
        Column("decided", "Decided", lambda one: one.decided_on, Sorts.TIME),
        Column("places", "Places", lambda one: one.where),
        Column("what", "What", lambda one: what_of(reader.services, one)),
        Column("status", "Status", lambda one: str(one.tracked.standing.status)),
        Column("by", "Decided by", lambda one: one.decided_by or "no one in time"),
        Column("reference", "Reference", lambda one: one.tracked.proposal.proposal_id, Sorts.NOT,
               is_in_files_alone=True),
    ]  # fmt: skip


def _filters(reader: Reader) -> list[Filter]:
    places = sorted({place for one in _past(reader) for place in (one.places or [one.tracked.proposal.subject])})
    return [
        Filter("place", "Place", choices=[(name, name) for name in places]),
        Filter("status", "Status", choices=[(one.value, one.value) for one in PAST]),
        Filter("since", "Decided from", Kind.DAY),
        Filter("until", "Decided to", Kind.DAY),
    ]


LIST: Final = DeskList(
    name="past-groups", path="groups/past", title="Closed and decided groups", noun="result", nouns="results",
    columns=_columns, filters=_filters, read=_read, sort="-decided",
)  # fmt: skip
LISTS: Final = (LIST,)


@router.get("/groups/past")
def past_groups(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """Closed groups, and proposals that were rejected, merged or never decided."""
    services = host_of(request).open_services()
    return page(
        request, person, services, "groups_past", listed=show_list(request, LIST, Reader(services, person)),
        what_of=lambda one: what_of(services, one),
    )  # fmt: skip
