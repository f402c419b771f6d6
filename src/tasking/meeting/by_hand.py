"""Groups and operations that people start by hand, stored as proposals of a reserved rule."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tasking.config.reserved_rule import BY_HAND
from tasking.config.rule import Rule
from tasking.meeting.decisions import decide, today
from tasking.meeting.group_places import found_place
from tasking.meeting.groups import REVIEW_DAYS
from tasking.meeting.service import MeetingService
from tasking.model.errors import TaskingError
from tasking.model.proposal import Verb
from tasking.model.trigger import EVIDENCE_SCHEMA, Proposal, Proposes

ANY_KIND: Final = "incidents of any kind"
_MOST_PLACES: Final = 20


@dataclass(frozen=True)
class NewGroup:
    """What somebody says who starts a group. `places` are as they typed them; `theme` is one of `themes_offered`.

    An operation is a group with dates: `begins_on` and `ends_on`.
    """

    name: str
    theme: str
    places: Sequence[str]
    lead: str
    objective: str
    partners: Sequence[str] = ()
    review_on: date | None = None
    begins_on: date | None = None
    ends_on: date | None = None


def themes_offered(rules: Sequence[Rule]) -> Mapping[str, Sequence[str]]:
    """What a group may be about -> the categories that its figures count; none for any kind."""
    themes: dict[str, Sequence[str]] = {ANY_KIND: ()}
    for rule in rules:
        if rule.proposes == Proposes.GROUP and not rule.means:
            for theme, categories in rule.themes.items():
                themes.setdefault(theme, tuple(categories))
    return themes


def start_by_hand(service: MeetingService, actor: str, new: NewGroup) -> str:
    """Starts a group that no rule proposed, in one transaction. Returns its id.

    Raises TaskingError without a name, lead, objective or place, for an unknown place or theme, and for dates out of
    order.
    """
    name, day = new.name.strip(), today(service)
    if not name or not new.lead.strip() or not new.objective.strip():
        raise TaskingError("Enter a name, a lead and an objective for the group.")
    if new.ends_on and new.ends_on < (new.begins_on or day):
        raise TaskingError("The last day must not be before the first day.", field="ends_on")
    themes = themes_offered(service.rules)
    if new.theme not in themes:
        raise TaskingError(f"There is no theme {new.theme!r}. Choose one of: {', '.join(themes)}", field="theme")
    typed = [one for one in new.places if one.strip()]
    if not 1 <= len(typed) <= _MOST_PLACES:
        raise TaskingError(f"Enter 1 to {_MOST_PLACES} places.", field="place")
    places = list(dict.fromkeys(found_place(service, one) for one in typed))
    named = f"{service.clock().isoformat()}|{actor}|{name}|{places}"
    proposal_id = f"D-{day:%Y%m%d}-{hashlib.sha256(named.encode()).hexdigest()[:8]}"
    proposal = Proposal(
        proposal_id=proposal_id,
        raised_on=day,
        rule=BY_HAND.rule,
        theme=new.theme,
        subject=places[0].name,
        subject_key=proposal_id,  # nothing that was typed
        east_m=places[0].east_m,
        north_m=places[0].north_m,
        is_restricted=False,
        evidence=_evidence(new, day, themes[new.theme]) | {"places": [list(place) for place in places]},
    )
    dates = {"begins_on": new.begins_on, "ends_on": new.ends_on}
    details = {
        "name": name, "lead": new.lead.strip(), "partners": list(new.partners), "objective": new.objective.strip(),
        "review_on": str(new.review_on or new.ends_on or day + timedelta(days=REVIEW_DAYS[BY_HAND.severity])),
        **{key: str(value) for key, value in dates.items() if value},
    }  # fmt: skip
    with service.warehouse.writing():
        service.store_proposals([(proposal, "started by hand")], actor)
        decide(service, proposal_id, Verb.APPROVE, actor)
        decide(service, proposal_id, Verb.START, actor, details=details)
    return proposal_id


def _evidence(new: NewGroup, day: date, categories: Sequence[str]) -> dict[str, Any]:
    """Takes the place of a rule's evidence. It counts nothing; the figures begin with the group."""
    return {
        "schema": EVIDENCE_SCHEMA, "rule": BY_HAND.rule, "version": BY_HAND.version, "title": BY_HAND.title,
        "why": BY_HAND.why, "theme": new.theme, "day": str(day), "since": str(min(day, new.begins_on or day)),
        "numbers": dict(BY_HAND.numbers), "categories": list(categories),
    }  # fmt: skip
