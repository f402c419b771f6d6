"""Clerical review: two incidents that may be one, or a report that may not belong to its incident, one question at a
time, and the decision on it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from tasking.linkage import decisions, explain
from tasking.linkage.strength import match_strength, shown_evidence
from tasking.model.access import May
from tasking.model.incident import QuestionKind
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.flash import redirect_with_flash
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.render import page, place_label
from tasking.pages.visible import incident_named, incident_reports
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

router = APIRouter()
_REVIEW_DAYS: Final = 28
_SAID: Final[Mapping[tuple[QuestionKind, bool], str]] = {
    ("merge", True): "Merged.",
    ("merge", False): "Kept apart.",
    ("part", True): "They stay one incident.",
    ("part", False): "Split.",
}


@router.get("/incidents/confirm")
def confirm(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    skip: Annotated[int, Query(ge=0, le=MAX_COUNT)] = 0,
) -> Response:
    """One question at a time, newest day first and within a day what is worth most first."""
    services = host_of(request).open_services()
    questions = open_questions(services)
    one = questions[skip] if skip < len(questions) else None
    reports: dict[str, list[dict[str, Any]]] = {}
    if one is not None:
        for incident in (one["incident_a"], one["incident_b"]):
            reports.setdefault(incident, incident_reports(services, incident, PUBLIC_VISIBILITY))
        if person.can(May.DETAILS):
            for incident in reports:
                services.audit_log.write(person.name, "incident looked at", incident)
    return page(
        request, person, services, "confirm",
        last=services.linkage.newest_decision_by(person.name, PUBLIC_VISIBILITY) if person.can(May.DECIDE) else None,
        one=one, reports=reports, number=skip + 1, total=len(questions), skip=skip,
        place_label=place_label,
        evidence=_evidence(services, one, reports), strength=match_strength(one["score"]) if one else "",
        partners=services.partners,
    )  # fmt: skip


def _evidence(services: Services, one: dict[str, Any] | None, reports: dict[str, list[dict[str, Any]]]) -> Any:
    """The evidence of a question as people are shown it."""
    if one is None:
        return ()
    rows = {row["report_id"]: row for some in reports.values() for row in some}
    pair = rows[one["report_a"]], rows[one["report_b"]]
    return shown_evidence(one["evidence"], *pair, services.linkage.linker.lexicon)


def open_questions(services: Services) -> list[dict[str, Any]]:
    """The questions of the last four weeks whose incidents are not restricted now: newest day first, then what is worth
    most first."""
    newest = services.briefings.newest_day() or date.min
    since = max(newest, date.min + timedelta(days=_REVIEW_DAYS)) - timedelta(days=_REVIEW_DAYS)
    asked = [one for one in explain.review_pairs(services.linkage, since, date.max) if not one["is_restricted"]]
    ids = {one[f"incident_{side}"] for one in asked for side in ("a", "b")}
    withheld = services.guard.withheld_incidents(ids, PUBLIC_VISIBILITY)
    public = [one for one in asked if not withheld & {one["incident_a"], one["incident_b"]}]
    return sorted(public, key=lambda one: one["asked_on"], reverse=True)


@router.post("/incidents/confirm/undo")
def undo(
    request: Request,
    report: Annotated[str, Form(max_length=300)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
) -> Response:
    """Takes the newest answer back; the question is asked again."""
    services = host_of(request).open_services()
    incident_named(services, report, person)
    words = decisions.undo(services.linkage, report, person.name, visibility=person.visibility)
    return redirect_with_flash(request.url.path.removesuffix("/undo"), words)


@router.post("/incidents/confirm")
def answer(
    request: Request,
    report_a: Annotated[str, Form(max_length=300)],
    report_b: Annotated[str, Form(max_length=300)],
    is_same: Annotated[bool, Form()],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    kind: Annotated[QuestionKind, Form()] = "merge",
    skip: Annotated[int, Form(ge=0, le=MAX_COUNT)] = 0,
    shown: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Decides on two incidents, or on two reports of one (`kind` is part); then shows the next question."""
    services = host_of(request).open_services()
    pair = incident_named(services, report_a, person), incident_named(services, report_b, person)
    if kind == "part":
        pair = report_a, report_b
    if is_same:
        decisions.merge(services.linkage, *pair, person.name, visibility=person.visibility, shown=shown)
    else:
        decisions.keep_apart(services.linkage, *pair, person.name, visibility=person.visibility)
    words = _SAID[kind, is_same]
    return redirect_with_flash(f"{request.url.path}?skip={skip}" if skip else request.url.path, words)
