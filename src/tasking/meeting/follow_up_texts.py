"""What is written or said to somebody who is followed up, from the templates in include/templates/follow_up.

A text has categories, public places, dates, what a declared partner was asked to do, and the caller's own name: nothing
that anybody typed, and nothing about another person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasking.meeting.decisions import today
from tasking.meeting.follow_ups import FollowUp, OwedReport
from tasking.meeting.service import MeetingService
from tasking.meeting.taskings import Tasking, public_owner
from tasking.model.category import category_label
from tasking.model.follow_up import How
from tasking.model.proposal import Status, Verb

TEMPLATES: Final = {How.CALL: "call.txt.j2", How.LETTER: "letter.txt.j2", How.EMAIL: "email.txt.j2"}


class Reported(NamedTuple):
    """A report as its caller made it: `Fly-tip`, `The Vine`, and the local date."""

    what: str
    where: str
    on: date


class Done(NamedTuple):
    """What was done about it. `partner` and `what` are empty where partnership.yml does not declare them."""

    partner: str
    what: str
    on: date


@dataclass(frozen=True)
class FollowUpTexts:
    """The folders of templates, the nearest first: a partnership's own file overrides the shared one of its name."""

    folders: tuple[Path, ...]

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self.folders),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 # nosec B701 - plain text; the page that shows it escapes it
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["date"] = _long_date
        return environment

    def render(self, how: How, values: dict[str, Any]) -> str:
        """The text of a letter, an e-mail or a call. Parts that a person has to complete are in square brackets."""
        return self._environment.get_template(TEMPLATES[how]).render(values).strip()


def text_values(
    service: MeetingService, one: FollowUp, done: Sequence[Tasking], callers: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What the templates are filled with. `done`: the taskings of its incidents; only those that are done are used.

    For a restricted follow-up neither what was reported nor where nor what was done is among them. Where the callers
    gave more than one name, as at one telephone number of several people, there is a gap for it.
    """
    names = {caller["caller_name"] for caller in callers if caller["caller_name"]}
    contacts = service.partnership.follow_ups.contacts
    partners = [service.feeds[feed].partner for feed in one.feeds if feed in service.feeds]
    partner = next((name for name in partners if name in contacts), "")
    finished = [each for each in done if each.status == Status.DONE]
    return {
        "name": names.pop() if len(names) == 1 else "",
        "today": today(service),
        "reports": list(dict.fromkeys(_reported(service, report) for report in one.reports)),
        "done": [] if one.is_restricted else list(dict.fromkeys(_done(service, each) for each in finished)),
        "partner": partner,
        "contact": contacts.get(partner, ""),
        "partnership": service.partnership.name,
    }


def _reported(service: MeetingService, report: OwedReport) -> Reported:
    on = report.received_at.astimezone(service.partnership.zone).date()
    if report.is_restricted:
        return Reported("", "", on)
    return Reported(category_label(report.category, service.labels), report.place, on)


def _done(service: MeetingService, tasking: Tasking) -> Done:
    declared = service.partnership.taskings
    asked = {declared.otherwise.what, *(owner.what for owner in declared.owners)}
    owner = tasking.owner if public_owner(service, tasking.owner) == tasking.owner else ""
    step = tasking.standing.last(Verb.DONE)
    return Done(owner, tasking.what if tasking.what in asked else "", step.day if step else tasking.due_on)


def _long_date(day: date) -> str:
    """`26 November 2026`"""
    return f"{day.day} {day:%B %Y}"
