"""The status and outcome of incidents: new, in hand, closed. Every change is kept and can be undone.

A change is about the reports that the incident had then, so that it follows them: after a merge the newest change of
either counts, after a split both parts keep the history.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from tasking.casefile.service import CasefileService
from tasking.casefile.store import statuses as store
from tasking.meeting.approval import owner_choices
from tasking.meeting.decisions import today
from tasking.model.casefile import IncidentState, IncidentStatus, Outcome, StatusStep
from tasking.model.day import local_time
from tasking.model.errors import TaskingError
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY, Visibility

_LONGEST_REASON: Final = 2000
_UNTOUCHED: Final = IncidentStatus()


def statuses_of(
    service: CasefileService, incident_ids: Iterable[str], visibility: Visibility = PUBLIC_VISIBILITY
) -> dict[str, IncidentStatus]:
    """Incident -> where it stands, for those that `visibility` may see; any number at once."""
    wanted = list(incident_ids)
    reports, steps = store.steps_of_incidents(service.warehouse, wanted, visibility)
    return {one: _status(service, reports[one], steps[one]) if one in reports else _UNTOUCHED for one in wanted}


def history_of(service: CasefileService, report_ids: Sequence[str], visibility: Visibility) -> list[StatusStep]:
    """Every change of status of some reports, the earliest first, with those that were undone and the undos."""
    return store.steps_of_reports(service.warehouse, report_ids, visibility)


def status_of(service: CasefileService, report_ids: Sequence[str], visibility: Visibility) -> IncidentStatus:
    """Where an incident of these reports stands."""
    return _status(service, report_ids, history_of(service, report_ids, visibility))


def outcome_words(service: CasefileService, step: StatusStep) -> str:
    """`passed to West Kent Homes`: the outcome of a change in words; empty where it closes nothing."""
    if step.outcome is None:
        return ""
    declared = next((one for one in service.partnership.outcomes if one.code == step.outcome), None)
    label = declared.label if declared else step.outcome.replace("_", " ")
    return f"{label} {step.passed_to}" if step.passed_to else label


def partners_to_pass_to(service: CasefileService) -> list[str]:
    """The partners that an incident can be passed to."""
    recipients = (one.name for one in service.partnership.recipients)
    return list(dict.fromkeys([*owner_choices(service.meeting), *recipients]))


def set_status(
    service: CasefileService,
    incident_id: str,
    reports: Sequence[Any],
    actor: str,
    status: IncidentState,
    outcome: str = "",
    passed_to: str = "",
    reason: str = "",
    seen: str | None = None,
    visibility: Visibility = FULL_VISIBILITY,
) -> StatusStep:
    """Changes the status of an incident. `reports`: those it has, as reports_side_by_side gives them. `seen`: the id of
    the change that the actor saw last, "" for none; where there is a newer one, nothing is changed. `visibility`: what
    the actor may read.

    Raises TaskingError for an outcome that is not declared, without a partner to pass it to, or without a reason for
    closing it; and where it stands so already, or somebody else was first.
    """
    ended = _outcome(service, outcome) if status == IncidentState.CLOSED else None
    partner = _partner(service, passed_to) if ended and ended.is_passed_on else None
    words = reason.strip()[:_LONGEST_REASON]
    if ended and not words:
        raise TaskingError("Enter why you are closing the incident", field="reason")
    ids = [row["report_id"] for row in reports]
    step = _new_step(service, actor, reports)._replace(
        status=status, outcome=ended.code if ended else None, passed_to=partner, reason=words
    )

    def check(stored: Sequence[StatusStep]) -> None:
        _refuse_if_overtaken(service, stored, seen)
        now = _status(service, ids, stored)
        is_same = now.step is not None and (now.step.outcome, now.step.passed_to) == (step.outcome, step.passed_to)
        if now.state == status and not now.later_reports and (status != IncidentState.CLOSED or is_same):
            raise TaskingError(f"The incident is {now.words} already", field="status")

    said = f"{status.value}: {outcome_words(service, step)}" if ended else status.value
    action = "restricted incident: status changed" if step.is_restricted else "incident: status changed"
    return store.store_step(service.warehouse, step, check, (action, incident_id, said), visibility)


def undo_status(
    service: CasefileService,
    incident_id: str,
    reports: Sequence[Any],
    actor: str,
    step_id: str,
    reason: str = "",
    visibility: Visibility = FULL_VISIBILITY,
) -> StatusStep:
    """Takes back the newest change of status, which is the one that the actor saw. Returns what was taken back.

    Raises TaskingError where it is not the newest any more, and where it is of an earlier day and there is no reason.
    """
    ids, words = [row["report_id"] for row in reports], reason.strip()[:_LONGEST_REASON]
    newest = _newest(store.steps_of_reports(service.warehouse, ids, visibility))
    if newest is None or newest.step_id != step_id:
        raise TaskingError("The status has been changed since. Look at it again first")
    if newest.day != today(service.meeting) and not reason.strip():
        raise TaskingError("Enter why you are correcting a status of an earlier day", field="reason")
    back = _new_step(service, actor, reports)._replace(
        status=newest.status, undoes=newest.step_id, report_ids=tuple(sorted({*ids, *newest.report_ids})),
    )  # fmt: skip
    # Whoever sees the change has to see that it was undone; what was typed while the incident was restricted, not.
    is_typed_in_public = newest.is_restricted or not back.is_restricted
    kept = back._replace(is_restricted=newest.is_restricted, reason=words if is_typed_in_public else "")

    def check(stored: Sequence[StatusStep]) -> None:
        stands = _newest(stored)
        if stands is None or stands.step_id != newest.step_id:
            raise TaskingError("The status has been changed since. Look at it again first")

    action = "restricted incident: status undone" if back.is_restricted else "incident: status undone"
    store.store_step(service.warehouse, kept, check, (action, incident_id, newest.status.value), visibility)
    return newest


def _status(service: CasefileService, report_ids: Sequence[str], steps: Sequence[StatusStep]) -> IncidentStatus:
    step = _newest(steps)
    if step is None:
        return _UNTOUCHED
    later = len(set(report_ids) - set(step.report_ids))
    return IncidentStatus(step.status, outcome_words(service, step), step, later)


def _newest(steps: Sequence[StatusStep]) -> StatusStep | None:
    """The newest change that nobody took back."""
    undone = {step.undoes for step in steps}
    return next((one for one in reversed(steps) if one.undoes is None and one.step_id not in undone), None)


def _new_step(service: CasefileService, actor: str, reports: Sequence[Any]) -> StatusStep:
    return StatusStep(
        step_id="", number=0, day=today(service.meeting), at=service.clock(), actor=actor, status=IncidentState.NEW,
        outcome=None, passed_to=None, reason="", report_ids=tuple(row["report_id"] for row in reports),
        is_restricted=any(row["is_restricted"] for row in reports),
    )  # fmt: skip


def _refuse_if_overtaken(service: CasefileService, stored: Sequence[StatusStep], seen: str | None) -> None:
    newest = _newest(stored)
    if seen is None or (newest.step_id if newest else "") == seen:
        return
    by = f"{newest.actor} changed it {local_time(newest.at, service.partnership.zone)}" if newest else "it was undone"
    raise TaskingError(f"The status has been changed since you opened the page: {by}. Look at it again first")


def _outcome(service: CasefileService, code: str) -> Outcome:
    found = next((one for one in service.partnership.outcomes if one.code == code), None)
    if found is None:
        raise TaskingError("Choose an outcome", field="outcome")
    return found


def _partner(service: CasefileService, name: str) -> str:
    if name not in partners_to_pass_to(service):
        raise TaskingError("Choose the partner that you pass the incident to", field="passed_to")
    return name
