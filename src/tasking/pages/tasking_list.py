"""The lists of taskings: those that ask for something, and those that are over, each with tabs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from tasking import meeting
from tasking.meeting import Tasking
from tasking.meeting.tasking_lists import ended_at, listed
from tasking.model.access import May
from tasking.model.proposal import PAST, Verb
from tasking.model.tasking_list import Listed
from tasking.pages.lists import Asked, Column, DeskList, Filter, Kind, Reader, Sorts
from tasking.pages.visible import taskings_for, with_incidents_now
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

LIVE: Final = {
    Listed.OPEN: "Open", Listed.MINE: "Mine", Listed.OVERDUE: "Overdue", Listed.PROPOSED: "Proposed",
}  # fmt: skip
OVER: Final = {Listed.LAPSED: "Lapsed or withdrawn", Listed.DONE: "Done or dropped"}
STEPS: Final = PAST | {Verb.LAPSE: "Lapsed", Verb.ESCALATE: "Raised with the chair"}
_PAGE: Final = 50
OVER_DAYS: Final = 28  # of those that are over, the ones that ended in these days, unless another day is chosen


def live_taskings(reader: Reader) -> list[Tasking]:
    """The taskings that are proposed or open and that the person may see, earliest due first."""
    return reader.once("live taskings", lambda: _seen(reader, reader.services.meeting.live_taskings()))


def _over_since(reader: Reader, day: date) -> list[Tasking]:
    return reader.once(
        f"taskings over since {day}", lambda: _seen(reader, reader.services.meeting.taskings_over_since(day))
    )


def _seen(reader: Reader, ids: Sequence[str]) -> list[Tasking]:
    """Those of the taskings that the person may see, each with its incident now, and with whether others may not."""
    services = reader.services
    found = with_incidents_now(services, reader.person, taskings_for(services, reader.person, ids))
    if not reader.person.can(May.RESTRICTED):
        return found
    withheld = services.guard.withheld_taskings(PUBLIC_VISIBILITY, ids)
    return [replace(one, is_restricted=True) if one.tasking_id in withheld else one for one in found]


def in_tab(reader: Reader, tab: Listed) -> list[Tasking]:
    """The live taskings of a tab."""
    return listed(live_taskings(reader), tab, own_names(reader))


def own_names(reader: Reader) -> list[str]:
    """What the reader is called: their account, and their name where the partnership declares it."""
    people = reader.services.partnership.people
    return [reader.person.name, *(one.name for one in people if one.account == reader.person.name)]


def owner_choices(services: Services) -> list[str]:
    """Who is suggested as an owner: declared owners, partners that only receive work, and people with an account."""
    partnership = services.partnership
    named = {*partnership.taskings.declared_owners, *(recipient.name for recipient in partnership.recipients)}
    return sorted(named | {person.name for person in partnership.people})


def _read_live(reader: Reader, asked: Asked) -> list[Tasking]:
    return _fitting(reader, in_tab(reader, Listed(asked["show"])), asked)


def _read_over(reader: Reader, asked: Asked) -> list[Tasking]:
    since = asked.day("since") or _first_shown(reader)
    found = listed(_over_since(reader, since), Listed(asked["show"]))
    until = asked.day("until") or date.max
    zone = reader.services.partnership.zone
    return [one for one in _fitting(reader, found, asked) if since <= _day(_ended(one), zone) <= until]


def _first_shown(reader: Reader) -> date:
    return meeting.today(reader.services.meeting) - timedelta(days=OVER_DAYS)


def _fitting(reader: Reader, found: Sequence[Tasking], asked: Asked) -> list[Tasking]:
    """Those with the owner, place and ward asked for, due in the days asked for."""
    owner, place = asked["owner"].casefold(), asked["place"]
    first, last = asked.day("due_from") or date.min, asked.day("due_to") or date.max
    within = _in_ward(reader.services, found, asked["ward"]) if asked["ward"] else found
    return [
        one for one in within
        if (not owner or owner in {name.casefold() for name in one.owners})
        and (not place or one.place == place) and first <= one.due_on <= last
    ]  # fmt: skip


def _in_ward(services: Services, found: Sequence[Tasking], ward: str) -> list[Tasking]:
    """The taskings in a ward: that of their incident as it is now, or of their place where they have no incident."""
    wards = services.meeting.wards_of_incidents(one.incident_id for one in found if one.incident_id)

    def ward_of(one: Tasking) -> str | None:
        known = wards.get(one.incident_id or "")
        return known or (services.gazetteer.ward_of(one.place) if one.place else None)

    return [one for one in found if ward_of(one) == ward]


def _ended(one: Tasking) -> Any:
    return ended_at(one) or one.withdrawn_on or one.due_on


def _day(ended: Any, zone: Any) -> date:
    return ended.astimezone(zone).date() if isinstance(ended, datetime) else ended


def _columns(reader: Reader) -> list[Column]:
    del reader
    return [
        Column("what", "What", lambda one: one.what),
        Column("where", "Where", lambda one: one.place),
        Column("owner", "Owner", lambda one: "; ".join(one.owners)),
        Column("due", "Due", lambda one: one.due_on, Sorts.TIME),
        Column("status", "Status", lambda one: one.status_words),
        *_in_files(),
    ]


def _columns_over(reader: Reader) -> list[Column]:
    zone = reader.services.partnership.zone
    ended = Column("ended", "Ended", _ended, Sorts.TIME, lambda one: (_day(_ended(one), zone), str(_ended(one))))
    found = _columns(reader)
    return [*found[:4], ended, *found[4:]]


def _in_files() -> list[Column]:
    """What the page shows below a tasking."""
    return [
        Column("reference", "Reference", lambda one: one.tasking_id, Sorts.NOT, is_in_files_alone=True),
        Column("incident", "Incident", lambda one: one.incident_id or "", Sorts.NOT, is_in_files_alone=True),
        Column("proposed", "Proposed on", lambda one: one.proposed_on, Sorts.TIME, is_in_files_alone=True),
        Column("step", "Last step", _last_step, Sorts.NOT, is_in_files_alone=True),
        Column("reason", "Reason", _last_reason, Sorts.NOT, needs=frozenset({May.DETAILS}), is_in_files_alone=True),
    ]


def _last_step(one: Tasking) -> str:
    last = one.standing.steps[-1] if one.standing.steps else None
    return f"{STEPS.get(last.verb, 'Changed')} by {last.actor} on {last.day.isoformat()}" if last else ""


def _last_reason(one: Tasking) -> str:
    return one.standing.steps[-1].reason if one.standing.steps else ""


def _filters_live(reader: Reader) -> list[Filter]:
    return [_tab(LIVE | OVER, Listed.OPEN), *_common(reader, live_taskings(reader))]


def _filters_over(reader: Reader) -> list[Filter]:
    return [
        _tab(LIVE | OVER, Listed.DONE),
        *_common(reader, [*live_taskings(reader), *_over_since(reader, _first_shown(reader))]),
        Filter("since", "Ended from", Kind.DAY),
        Filter("until", "Ended to", Kind.DAY),
    ]


def _tab(tabs: dict[Listed, str], default: Listed) -> Filter:
    choices = [(key.value, words) for key, words in tabs.items()]
    return Filter("show", "Taskings", Kind.TAB, choices=choices, default=default.value)


def _common(reader: Reader, some: Sequence[Tasking]) -> list[Filter]:
    owners = {name for one in some for name in one.owners} | set(owner_choices(reader.services))
    places = {one.place for one in some if one.place}
    return [
        Filter("owner", "Owner", choices=[(name, name) for name in sorted(owners)], any_words="Anyone"),
        Filter("place", "Place", choices=[(name, name) for name in sorted(places)]),
        Filter("ward", "Ward", choices=[(name, name) for name in reader.services.gazetteer.ward_names]),
        Filter("due_from", "Due from", Kind.DAY),
        Filter("due_to", "Due to", Kind.DAY),
    ]


TASKINGS: Final = DeskList(
    name="taskings", path="taskings", title="Taskings", noun="tasking", nouns="taskings", columns=_columns,
    filters=_filters_live, read=_read_live, sort="due", is_hidden=lambda one: one.is_restricted, page_rows=_PAGE,
)  # fmt: skip
PAST_TASKINGS: Final = DeskList(
    name="past-taskings", path="taskings", title="Past taskings", noun="tasking", nouns="taskings",
    columns=_columns_over, filters=_filters_over, read=_read_over, sort="-ended",
    is_hidden=lambda one: one.is_restricted, page_rows=_PAGE,
)  # fmt: skip
