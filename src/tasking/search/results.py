"""What a search finds, as it is shown: by kind, the best first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from tasking.linkage.incident_filter import IncidentRow
from tasking.meeting import FollowUp, Tasking
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.search.periods import Period


class Kind(StrEnum):
    """The kinds of results, in the order in which they are listed."""

    INCIDENTS = "incidents"
    PLACES = "places"
    PEOPLE = "people"
    TASKINGS = "taskings"
    GROUPS = "groups"
    FOLLOW_UPS = "follow-ups"


class Piece(NamedTuple):
    """A piece of text, and whether it is what was searched for."""

    text: str
    is_match: bool


@dataclass(frozen=True)
class IncidentResult:
    """An incident. `where`: what matched, such as "Place"; `snippet`: the words, for those who may read them."""

    incident: IncidentRow
    where: str = ""
    snippet: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class PlaceResult:
    """A place, street or ward by its public name. `incidents`: how many public ones there; of a ward they are
    not counted."""

    name: str
    incidents: int = 0
    is_ward: bool = False


@dataclass(frozen=True)
class PersonResult:
    """Somebody who reported something or was reported about. `key`: of the page on them, empty where there is none;
    `incident_ids`: the newest first; `is_restricted`: nothing else is shown."""

    key: str
    name: str
    contact: str
    is_caller: bool
    is_subject: bool
    day: date
    incident_ids: tuple[str, ...]
    report_ids: tuple[str, ...]
    is_restricted: bool = False


@dataclass(frozen=True)
class Found:
    """The results of a search. `target`: where the one thing is that a reference means, such as `incidents/I26...`.

    `words`: as they were typed; `corrected`: those that nothing has -> words that were searched for instead.
    `has_more`: kinds of which there are more than are listed.
    """

    incidents: tuple[IncidentResult, ...] = ()
    places: tuple[PlaceResult, ...] = ()
    people: tuple[PersonResult, ...] = ()
    taskings: tuple[Tasking, ...] = ()
    groups: tuple[TrackedProposal, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    target: str = ""
    words: tuple[str, ...] = ()
    corrected: Mapping[str, str] = field(default_factory=dict)
    period: Period | None = None
    has_more: frozenset[Kind] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not any((self.incidents, self.places, self.people, self.taskings, self.groups, self.follow_ups))
