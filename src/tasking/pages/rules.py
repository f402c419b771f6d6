"""Rules: their numbers in force, and a simulation of the last twelve months under other numbers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import nan
from threading import Lock
from time import monotonic
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from tasking import meeting
from tasking.config.rule import Rule
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.trigger import Proposes
from tasking.pages.access import Host, Person, allowed, host_of
from tasking.pages.list_view import show_list
from tasking.pages.lists import Asked, Column, DeskList, Filter, Reader, Sorts
from tasking.pages.render import page
from tasking.services import Services
from tasking.triggers import simulation
from tasking.triggers.simulation import SimulatedProposal, Simulation
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

router = APIRouter()
_MONTHS: Final = 12
_MOST: Final = 60
_MOST_NUMBER: Final = 10_000
_one_at_a_time = Lock()


PROPOSES: Final = {
    Proposes.GROUP: "a group", Proposes.TASKING: "a tasking", Proposes.OWNER: "a message to the case’s owner",
    Proposes.RESTRICTED: "the restricted route", Proposes.NOTE: "a look by the analyst",
    Proposes.ESCALATE: "raising it with someone senior",
}  # fmt: skip
_SEVERITIES: Final = ("low", "medium", "high")


def _read(reader: Reader, asked: Asked) -> list[Rule]:
    return [
        one for one in reader.services.rules
        if asked["proposes"] in ("", one.proposes) and asked["severity"] in ("", one.severity)
    ]  # fmt: skip


def _columns(reader: Reader) -> list[Column]:
    del reader
    return [
        Column("title", "Rule", lambda one: one.title),
        Column("why", "Why", lambda one: one.why, Sorts.NOT),
        Column("proposes", "Proposes", lambda one: PROPOSES[one.proposes]),
        Column("severity", "Severity", lambda one: one.severity, Sorts.NUMBER,
               lambda one: _SEVERITIES.index(one.severity)),
        Column("numbers", "Numbers", _number_words, Sorts.NOT),
        Column("name", "Name", lambda one: one.rule),
        Column("version", "Version", lambda one: one.version, Sorts.NUMBER),
    ]  # fmt: skip


def _number_words(one: Rule) -> str:
    return "; ".join(f"{name.replace('_', ' ')}: {value:g}" for name, value in one.numbers.items())


def _filters(reader: Reader) -> list[Filter]:
    del reader
    return [
        Filter("proposes", "Proposes", choices=[(one.value, words) for one, words in PROPOSES.items()]),
        Filter("severity", "Severity", choices=[(one, one) for one in _SEVERITIES]),
    ]


LIST: Final = DeskList(
    name="rules", path="rules", title="Rules", noun="rule", nouns="rules", columns=_columns, filters=_filters,
    read=_read, sort="name", page_rows=200,
)  # fmt: skip
LISTS: Final = (LIST,)


@router.get("/rules")
def rules(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """Every rule with its numbers. They are changed in include/rules; this page only simulates."""
    services = host_of(request).open_services()
    return page(
        request, person, services, "rules", **_shown(request, services, person, {}), simulated=None, seconds=0.0,
        most=_MOST,
    )  # fmt: skip


@router.post("/rules")
async def simulate(request: Request, person: Annotated[Person, Depends(allowed(May.DECIDE))]) -> Response:
    """Simulates the last twelve months under the numbers in the form. Changes nothing."""
    form = await request.form()
    typed = {name.removeprefix("n:"): str(value) for name, value in form.items() if name.startswith("n:")}
    return await run_in_threadpool(_simulated, host_of(request), request, typed, person)


def _simulated(host: Host, request: Request, typed: dict[str, str], person: Person) -> Response:
    services = host.open_services()
    settings = _settings(services, typed)
    last = services.briefings.newest_day() or meeting.today(services.meeting)
    first = max(last - timedelta(days=365 - 1), _first_day(services, last))
    if not _one_at_a_time.acquire(blocking=False):
        raise HTTPException(409, "Someone else is trying numbers. Try again in a minute.")
    try:
        started = monotonic()
        simulated = simulation.simulate(services.triggers, first, last, settings)
        seconds = monotonic() - started
    finally:
        _one_at_a_time.release()
    return page(
        request, person, services, "rules", **_shown(request, services, person, settings),
        simulated=_public(services, simulated, person), seconds=seconds, most=_MOST,
    )  # fmt: skip


def _shown(request: Request, services: Services, person: Person, settings: dict[str, float]) -> dict[str, Any]:
    numbers = {
        rule.rule: [(name, value, settings.get(f"{rule.rule}.{name}", value)) for name, value in rule.numbers.items()]
        for rule in services.rules
    }
    return {"listed": show_list(request, LIST, Reader(services, person)), "numbers": numbers, "proposes": PROPOSES}


def _settings(services: Services, typed: dict[str, str]) -> dict[str, float]:
    """The numbers that differ from those in force. Raises TaskingError if one is not a number in range."""
    in_force = {f"{rule.rule}.{name}": value for rule in services.rules for name, value in rule.numbers.items()}
    settings = {}
    for name, text in typed.items():
        try:
            value = float(text)
        except ValueError:
            value = nan
        if not 0 <= value <= _MOST_NUMBER:  # nor is `nan`
            raise TaskingError(f"{name.replace('.', ': ')} must be a number from 0 to {_MOST_NUMBER:,}")
        if name in in_force and value != in_force[name]:
            settings[name] = value
    return settings


def _first_day(services: Services, last: date) -> date:
    return services.linkage.first_day() or last


def _public(services: Services, simulated: Simulation, person: Person) -> dict[str, Any]:
    """The simulation without restricted proposals; users with May.RESTRICTED also see how many those are."""
    everything = (*simulated.before, *simulated.after)
    named = {incident for one in everything for incident in one.incident_ids}
    withheld = services.guard.withheld_incidents(named, PUBLIC_VISIBILITY)
    restricted = {rule.rule for rule in services.rules if rule.route == "restricted"}

    def is_public(one: SimulatedProposal) -> bool:
        return one.rule not in restricted and not one.incident_ids & withheld

    if not person.can(May.RESTRICTED):
        before = tuple(one for one in simulated.before if is_public(one))
        simulated = replace(simulated, before=before, after=tuple(one for one in simulated.after if is_public(one)))
    table = []
    for rule in services.rules:
        if rule.rule in restricted and not person.can(May.RESTRICTED):
            continue
        months = simulated.by_month(simulated.before, rule.rule), simulated.by_month(simulated.after, rule.rule)
        table.append((rule.title, list(zip(*months, strict=True)), sum(months[0]), sum(months[1])))
    titles = {rule.rule: rule.title for rule in services.rules}
    lists = {
        name: [(one, titles[one.rule]) for one in some if is_public(one)]
        for name, some in (("new", simulated.new), ("lost", simulated.lost), ("all", simulated.after))
    }
    return {
        "first": simulated.first, "last": simulated.last, "settings": simulated.settings, "months": simulated.months,
        "table": table, **lists, "before_groups": _groups(simulated.before), "after_groups": _groups(simulated.after),
        "days": (simulated.last - simulated.first).days + 1, "target": simulation.GROUPS_A_YEAR,
    }  # fmt: skip


def _groups(some: Sequence[SimulatedProposal]) -> int:
    return sum(one.proposes == Proposes.GROUP for one in some)
