"""A public place: what happened there in a year, what was done, and what came of it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from tasking import casefile
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.incident_detail import tasking_link
from tasking.pages.render import page
from tasking.pages.visible import (
    groups_for,
    proposals_for,
    proposals_with,
    restricted_among,
    taskings_for,
    with_incidents_now,
)
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

router = APIRouter()


@router.get("/places")
def place(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    name: Annotated[str | None, Query(min_length=2, max_length=200)] = None,
) -> Response:
    """The history of a public place or street, or the places with the most incidents. Nothing restricted is in it,
    whoever asks."""
    services = host_of(request).open_services()
    if not name:
        found = casefile.busiest_places(services.casefile)
        return page(request, person, services, "places", found=found)
    known, _ = services.gazetteer.public_name(name)
    if known is None:
        raise HTTPException(404, "There is no public place of that name.")
    if known != name:
        return RedirectResponse(f"{request.url.path}?{urlencode({'name': known})}", 303)
    names = casefile.names_of(services.casefile, name, services.gazetteer.is_same_place)
    history = casefile.place_history(services.casefile, name, names)
    ids = [one.incident_id for one in history.incidents]
    hidden = restricted_among(services)
    proposals = [one for one in proposals_for(services, person) if one.proposal.proposal_id not in hidden]
    groups = [one for one in groups_for(services, person) if one.proposal_id not in hidden]
    withheld = services.guard.withheld_taskings(PUBLIC_VISIBILITY)
    taskings = with_incidents_now(
        services, person, [one for one in taskings_for(services, person) if one.tasking_id not in withheld]
    )
    return page(
        request, person, services, "place", history=history, tasking_link=tasking_link,
        statuses=casefile.statuses_of(services.casefile, ids),
        taskings=casefile.taskings_at(services.casefile, taskings, names, sorted(history.incident_ids)),
        groups=casefile.groups_at(
            services.casefile, proposals, groups, names,
            [one.proposal.proposal_id for one in proposals_with(services, person, proposals, history.incident_ids)],
        ),
        titles={rule.rule: rule.title for rule in services.rules},
        names={group.proposal_id: group.name for group in groups},
    )  # fmt: skip
