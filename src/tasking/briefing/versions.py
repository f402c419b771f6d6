"""The versions of a day's briefing: which one is in force when the day is run again, and its proposed taskings.

The stored version stays in force if the briefing composed now says the same, as far as the stored schema goes, or if
none of its recorded inputs has changed (newer code may only word things differently). Anything else is stored as a new
version, so a changed input never leaves a stale briefing in force.
"""

from datetime import date
from typing import Any, Final

import structlog

from tasking import meeting
from tasking.briefing import BriefingInputs, InputRecorder, compose, store
from tasking.briefing.service import BriefingService
from tasking.meeting.agenda import agenda_for
from tasking.model.briefing import Briefing, TaskingLine, briefing_or_none
from tasking.model.errors import TaskingError

_LOCK_TIMEOUT_S: Final = 120
log = structlog.get_logger(__name__)


def current_briefing(service: BriefingService, day: date) -> tuple[Briefing, int]:
    """The briefing in force for a day, and its version. Composes and stores it, and its proposed taskings, if needed.

    A lock allows one run at a time for each day, across processes: otherwise a briefing could be composed from inputs
    that another run has since replaced. Raises TimeoutError if the lock is not free within two minutes.
    """
    with service.warehouse.lock(f"briefing {day}", _LOCK_TIMEOUT_S):
        return _current_briefing(service, day)


def _current_briefing(service: BriefingService, day: date) -> tuple[Briefing, int]:
    recorder = _input_recorder(service, day)
    composed = compose(recorder.inputs, day)
    stored_inputs = {
        "linkage": service.linkage_version,
        "declarations": service.declarations_hash,
        "deliveries": [row["delivery_id"] for row in service.warehouse.query(
            "ledger/deliveries", first_day=composed.covers[0], last_day=day)],
        "given": recorder.record(),
    }  # fmt: skip
    version: int | None = None
    while version is None:  # another run may store a version at the same moment
        briefing, version = _kept_or_stored(service, day, composed, recorder, stored_inputs)
    propose_taskings(service, day, briefing)
    return briefing, version


def propose_taskings(service: BriefingService, day: date, newest: Briefing) -> None:
    """Stores what the newest version of a day proposes and updates what older ones proposed: see meeting.taskings."""
    versions = [briefing_or_none(content) for _, content in store.briefings(service.warehouse, day)]
    proposed_before = [line for version in versions if version for line in _proposed(version)]
    restricted = {one.proposal_id for one in newest.restricted_taskings}
    meeting.store_proposed(service.meeting, day, _proposed(newest), proposed_before, restricted)


def _proposed(briefing: Briefing) -> list[TaskingLine]:
    return [*briefing.taskings, *briefing.restricted_taskings]


def _input_recorder(service: BriefingService, day: date) -> InputRecorder:
    agenda = agenda_for(service.meeting, day)
    inputs = BriefingInputs(
        query=lambda name, **parameters: service.warehouse.query(f"briefing/{name}", **parameters),
        partnership=service.partnership,
        partners=service.partners,
        labels=service.labels,
        harm=service.harm,
        decisions=agenda.decisions,
        restricted_decisions=agenda.restricted,
        warnings=agenda.warnings,
        open_taskings=agenda.taskings,
        already_tasked=frozenset(
            (one.owner, one.place) for one in meeting.taskings(service.meeting, day) if not one.is_restricted
        ),
        waiting_taskings=meeting.waiting_taskings(service.meeting, day),
        settled_taskings=meeting.settled_taskings(service.meeting, day),
        case_reviews=agenda.case_reviews,
    )
    return InputRecorder(inputs, agenda.records)


def _kept_or_stored(
    service: BriefingService,
    day: date,
    composed: Briefing,
    recorder: InputRecorder,
    stored_inputs: dict[str, Any],
) -> tuple[Briefing, int | None]:
    """The briefing in force and its version; None as the version if another run stored one in the meantime."""
    newest = store.newest_version(service.warehouse, day)
    stored = briefing_or_none(newest.content) if newest is not None else None
    if newest is not None and stored is not None:
        recorded = newest.inputs.get("given")
        # An older schema has other rules for what is proposed: only its recorded inputs show whether it is stale.
        is_of_other_rules = stored.schema_read < Briefing.SCHEMA and recorded is not None
        if not is_of_other_rules and composed.has_same_content(stored):
            if recorded != stored_inputs["given"]:
                updated = newest.inputs | {"given": stored_inputs["given"]}
                store.store_inputs(service.warehouse, day, newest.version, updated)
            return stored, newest.version
        if recorder.is_unchanged_since(recorded):
            log.info("the stored briefing is kept: its inputs are the same", day=str(day), version=newest.version)
            return stored, newest.version
    return composed, store.store_briefing(
        service.warehouse,
        day,
        composed.canonical(),
        composed.content_hash(),
        stored_inputs,
        newest.version if newest else 0,
    )


def stored_briefing(service: BriefingService, day: date) -> tuple[Briefing, int]:
    """The newest briefing of a day. Raises TaskingError if there is none."""
    newest = store.latest_briefing(service.warehouse, day)
    if newest is None:
        raise TaskingError(f"There is no briefing for {day}. To make it: tasking run --day {day}")
    return Briefing.read(newest[1]), newest[0]
