"""A person: every report by or about them, and what came of it. For those with May.DETAILS; every look is logged.

What is restricted of it is shown to those with May.RESTRICTED who give a reason, and to nobody else.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from tasking import casefile, meeting
from tasking.model.access import May
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.incident_detail import entry_link, tasking_link
from tasking.pages.render import page, place_label
from tasking.pages.visible import case_reviews_for, follow_ups_for, proposals_for, restricted_among, taskings_of
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

router = APIRouter()


@router.get("/people/{key}")
def person_page(request: Request, key: str, person: Annotated[Person, Depends(allowed(May.DETAILS))]) -> Response:
    """What is not restricted of a person; a form that asks for the reason where that is nothing."""
    services = host_of(request).open_services()
    reports = casefile.reports_of_person(services.casefile, key, person.visibility)
    public = [row for row in reports if not row["is_restricted"]]
    if not reports:
        raise HTTPException(404)
    if not public:
        return page(request, person, services, "why_look", what="This person", action=f"people/{key}/look",
                    back="incidents")  # fmt: skip
    casefile.log_look(services.casefile, person.name, public, "")
    return _shown(request, person, services, key, public, has_more=len(public) < len(reports))


@router.post("/people/{key}/look")
def look(
    request: Request,
    key: str,
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    person: Annotated[Person, Depends(allowed(May.DETAILS, May.RESTRICTED))],
) -> Response:
    """Everything of a person, with what is restricted; the reason given is logged."""
    services = host_of(request).open_services()
    reports = casefile.reports_of_person(services.casefile, key, person.visibility)
    if not reports:
        raise HTTPException(404)
    casefile.log_look(services.casefile, person.name, reports, reason)
    return _shown(request, person, services, key, reports, is_whole=True)


def _shown(
    request: Request,
    person: Person,
    services: Services,
    key: str,
    reports: list[dict[str, Any]],
    *,
    has_more: bool = False,
    is_whole: bool = False,
) -> Response:
    """`has_more`: there are restricted reports that this person may look at. `is_whole`: they are shown."""
    ids, incidents = {row["report_id"] for row in reports}, {row["incident_id"] for row in reports}
    hidden = frozenset[str]() if is_whole else restricted_among(services)
    proposals = [one for one in proposals_for(services, person) if one.proposal.proposal_id not in hidden]
    taskings = taskings_of(services, person, [one for one in incidents if one], has_restricted=is_whole)
    follow_ups = [one for one in follow_ups_for(services, person) if ids.issuperset(one.report_ids)]
    about = casefile.proposals_about(proposals, key)
    around = casefile.Around(taskings=taskings, proposals=about, follow_ups=follow_ups)
    return page(
        request, person, services, "person", key=key, reports=reports, has_more=has_more, is_whole=is_whole,
        names=casefile.names_as_reported(reports), place_label=place_label, tasking_link=tasking_link,
        partners=services.partners,
        statuses=casefile.statuses_of(services.casefile, [one for one in incidents if one],
                                      person.visibility if is_whole else PUBLIC_VISIBILITY),
        follow_ups=follow_ups, taskings=taskings, proposals=about,
        entries=casefile.timeline_of_person(services.casefile, reports, around),
        entry_link=lambda entry: entry_link(entry, taskings),
        reviews={one.proposal_id: one for one in case_reviews_for(services, person)},
        today=meeting.today(services.meeting),
    )  # fmt: skip
