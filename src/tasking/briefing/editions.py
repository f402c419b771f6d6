"""The editions of a day's briefing: which one stands when the day is run again, and what follows from it.

The stored edition stands where it says the same as what is composed now, as far as its schema goes; and where nothing
that it was composed from has changed, so that newer code which words things otherwise makes no new version of an old
day. Anything else is a new version: a changed input never leaves a stale briefing in force.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import structlog

from tasking import meeting
from tasking.briefing import Facts, Given, compose, store
from tasking.briefing.service import BriefingService
from tasking.meeting.agenda import asking
from tasking.model.briefing import Briefing, TaskingLine, briefing_or_none
from tasking.model.errors import TaskingError

_OTHERS_S: Final = 120  # to wait for
log = structlog.get_logger(__name__)


def edition_of(service: BriefingService, day: date) -> tuple[Briefing, int]:
    """The briefing of a day as it stands now, and its version; made and stored if need be, with the taskings in it.

    One run at a time for a day, in any process: what one has composed from may be out of date once another has stored.
    Raises TimeoutError where another is at it for too long.
    """
    with service.warehouse.alone(f"briefing {day}", _OTHERS_S):
        return _edition_of(service, day)


def _edition_of(service: BriefingService, day: date) -> tuple[Briefing, int]:
    given = _given(service, day)
    composed = compose(given.facts, day)
    inputs = {
        "linkage": service.linkage_version,
        "declarations": service.declarations_hash,
        "deliveries": [row["delivery_id"] for row in service.warehouse.query(
            "ledger/deliveries", first_day=composed.covers[0], last_day=day)],
        "given": given.recorded(),
    }  # fmt: skip
    version: int | None = None
    while version is None:  # another run may store one at the same moment
        briefing, version = _settled(service, day, composed, given, inputs)
    propose_taskings(service, day, briefing.taskings)
    return briefing, version


def propose_taskings(service: BriefingService, day: date, proposed: Sequence[TaskingLine]) -> None:
    """Stores what the newest edition of a day proposes; what older ones proposed follows, see meeting.taskings."""
    versions = [briefing_or_none(content) for _, content in store.briefings(service.warehouse, day)]
    before = [one for version in versions if version for one in version.taskings]
    meeting.store_proposed(service.meeting, day, proposed, before)


def _given(service: BriefingService, day: date) -> Given:
    asked = asking(service.meeting, day)
    facts = Facts(
        ask=lambda name, **parameters: service.warehouse.query(f"briefing/{name}", **parameters),
        partnership=service.partnership,
        partners=service.partners,
        labels=service.labels,
        decisions=asked.decisions,
        restricted_decisions=asked.restricted,
        warnings=asked.warnings,
        open_taskings=asked.taskings,
        tasked=frozenset((one.owner, one.place) for one in meeting.taskings(service.meeting, day)),
    )
    return Given(facts, asked.records)


def _settled(
    service: BriefingService, day: date, composed: Briefing, given: Given, inputs: dict[str, Any]
) -> tuple[Briefing, int | None]:
    """The briefing that stands and its version; no version where another run stored one in the meantime."""
    before = store.newest_edition(service.warehouse, day)
    stored = briefing_or_none(before.content) if before is not None else None
    if before is not None and stored is not None:
        kept = before.inputs.get("given")
        if composed.says_the_same(stored):
            if kept != inputs["given"]:
                store.store_inputs(service.warehouse, day, before.version, before.inputs | {"given": inputs["given"]})
            return stored, before.version
        if given.is_as_recorded(kept):
            log.info("the stored briefing stands: its inputs are the same", day=str(day), version=before.version)
            return stored, before.version
    return composed, store.store_briefing(
        service.warehouse, day, composed.canonical(), composed.content_hash(), inputs, before.version if before else 0
    )


def stored_briefing(service: BriefingService, day: date) -> tuple[Briefing, int]:
    """The newest briefing of a day. Raises TaskingError where there is none."""
    found = store.latest_briefing(service.warehouse, day)
    if found is None:
        raise TaskingError(f"there is no briefing for {day}; make it with: tasking run --day {day}")
    return Briefing.read(found[1]), found[0]
