"""The editions of a day's briefing: which one stands when the day is run again, and what follows from it.

The stored edition stands where it says the same as what is composed now, as far as its schema goes; and where nothing
that it was composed from has changed, so that newer code which words things otherwise makes no new version of an old
day. Anything else is a new version: a changed input never leaves a stale briefing in force.
"""

from datetime import date
from typing import Any, Final

import structlog

from tasking import meeting
from tasking.briefing import Facts, Given, compose
from tasking.desk import Desk
from tasking.model.briefing import Briefing, briefing_or_none
from tasking.triggering import asking
from tasking.warehouse import reading

_OTHERS_S: Final = 120  # to wait for
log = structlog.get_logger(__name__)


def edition_of(desk: Desk, day: date) -> tuple[Briefing, int]:
    """The briefing of a day as it stands now, and its version; made and stored if need be, with the taskings in it.

    One run at a time for a day, in any process: what one has composed from may be out of date once another has stored.
    Raises TimeoutError where another is at it for too long.
    """
    with desk.warehouse.alone(f"briefing {day}", _OTHERS_S):
        return _edition_of(desk, day)


def _edition_of(desk: Desk, day: date) -> tuple[Briefing, int]:
    given = _given(desk, day)
    composed = compose(given.facts, day)
    inputs = {
        "linkage": desk.linker.version,
        "declarations": desk.declarations_hash,
        "deliveries": [row["delivery_id"] for row in desk.warehouse.query(
            "ledger/deliveries", first_day=composed.covers[0], last_day=day)],
        "given": given.recorded(),
    }  # fmt: skip
    version: int | None = None
    while version is None:  # another run may store one at the same moment
        briefing, version = _settled(desk, day, composed, given, inputs)
    meeting.store_proposed(desk, day, briefing.taskings)
    return briefing, version


def _given(desk: Desk, day: date) -> Given:
    asked = asking(desk, day)
    facts = Facts(
        ask=lambda name, **parameters: desk.warehouse.query(f"briefing/{name}", **parameters),
        partnership=desk.partnership,
        partners={name: feed.partner for name, feed in desk.feeds.items()},
        labels=desk.house.categories.labels,
        decisions=asked.decisions,
        restricted_decisions=asked.restricted,
        warnings=asked.warnings,
        open_taskings=asked.taskings,
        tasked=frozenset((one.owner, one.place) for one in meeting.taskings(desk, day)),
    )
    return Given(facts, asked.records)


def _settled(
    desk: Desk, day: date, composed: Briefing, given: Given, inputs: dict[str, Any]
) -> tuple[Briefing, int | None]:
    """The briefing that stands and its version; no version where another run stored one in the meantime."""
    before = reading.newest_edition(desk.warehouse, day)
    stored = briefing_or_none(before.content) if before is not None else None
    if before is not None and stored is not None:
        kept = before.inputs.get("given")
        if composed.says_the_same(stored):
            if kept != inputs["given"]:
                reading.store_inputs(desk.warehouse, day, before.version, before.inputs | {"given": inputs["given"]})
            return stored, before.version
        if given.is_as_recorded(kept):
            log.info("the stored briefing stands: its inputs are the same", day=str(day), version=before.version)
            return stored, before.version
    return composed, reading.store_briefing(
        desk.warehouse, day, composed.canonical(), composed.content_hash(), inputs, before.version if before else 0
    )
