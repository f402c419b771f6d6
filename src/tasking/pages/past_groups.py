"""Groups and proposals that are closed or decided: all of them, the newest first, searched by place."""

from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.meeting.group_places import places_of
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.proposal import Status
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.render import page
from tasking.pages.visible import proposals_for, restricted_among

router = APIRouter()
PAST: Final = (Status.CLOSED, Status.REJECTED, Status.MERGED, Status.EXPIRED)
_PAGE: Final = 50


def newest_first(some: list[TrackedProposal]) -> list[TrackedProposal]:
    """Those that are closed or decided, the last decided first."""
    over = [one for one in some if one.standing.status in PAST]
    return sorted(over, key=lambda one: (one.standing.steps[-1].at, one.proposal.proposal_id), reverse=True)


@router.get("/groups/past")
def past_groups(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    place: Annotated[str, Query(max_length=200)] = "",
    status: Literal["", "closed", "rejected", "merged", "expired"] = "",
    start: Annotated[int, Query(ge=0, le=MAX_COUNT)] = 0,
) -> Response:
    """Closed groups, and proposals that were rejected, merged or never decided. `place`: part of a place's name."""
    services = host_of(request).open_services()
    hidden = restricted_among(services)
    public = [one for one in proposals_for(services, person) if one.proposal.proposal_id not in hidden]
    wanted = " ".join(place.split()).casefold()
    found = []
    for one in newest_first(public):
        names = [known.name for known in places_of(one.proposal.proposal_id, public)]
        is_at = not wanted or any(wanted in name.casefold() for name in [*names, one.proposal.subject])
        if is_at and status in ("", one.standing.status):
            found.append((one, names))

    def address(first: int) -> str:
        asked = {"place": place, "status": status, "start": str(first) if first else ""}
        return request.url.path + "?" + urlencode({name: value for name, value in asked.items() if value})

    return page(
        request, person, services, "groups_past", found=found[start : start + _PAGE], count=len(found), place=place,
        status=status, statuses=[one.value for one in PAST], titles={one.rule: one.title for one in services.rules},
        older=address(start + _PAGE) if len(found) > start + _PAGE else None, newest=address(0) if start else None,
        by_rules=meeting.SYSTEM,
    )  # fmt: skip
