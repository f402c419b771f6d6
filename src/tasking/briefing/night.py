"""The incidents that matter most of a night, and the order in which the meeting is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tasking.briefing.harm import IncidentHarm, Surroundings, harm_by_incident
from tasking.briefing.proposals import label_of, when_words
from tasking.config.harm import Harm
from tasking.model.briefing import Decision, HotPlace, NightIncident, TaskingLine

_REPEAT_DAYS: Final = 365  # in which the same person counts as a repeat
_MOST: Final = 10


@dataclass(frozen=True)
class Night:
    """The public incidents of the covered days (rows of incidents.sql, each at the first place that a report of it
    names), and the harm of every incident of the last days, restricted ones too."""

    incidents: Sequence[Mapping[str, Any]]
    harm: Mapping[str, IncidentHarm]
    new_restricted: frozenset[str]

    def lines(
        self, labels: Mapping[str, str], partners: Mapping[str, Sequence[str]], zone: ZoneInfo
    ) -> tuple[NightIncident, ...]:
        """The incidents with the most harm. `partners`: by incident, each once."""
        ordered = sorted(self.incidents, key=lambda row: (-self.harm[row["incident_id"]].points, row["incident_id"]))
        return tuple(
            self._line(row, labels, tuple(partners.get(row["incident_id"], ())), zone) for row in ordered[:_MOST]
        )

    def _line(
        self, row: Mapping[str, Any], labels: Mapping[str, str], partners: tuple[str, ...], zone: ZoneInfo
    ) -> NightIncident:
        harm = self.harm[row["incident_id"]]
        return NightIncident(
            label=label_of(row, harm, labels),
            place=row["place_name"] or row["town"],
            when=when_words(row, zone),
            risk=harm.risk,
            is_new=harm.is_new,
            reports=harm.reports,
            partners=partners,
            incident_id=row["incident_id"],
            points=harm.points,
            harm=harm.why,
        )

    def in_order(
        self, decisions: Sequence[Decision], taskings: Sequence[TaskingLine], first_day: date
    ) -> tuple[tuple[Decision, ...], tuple[TaskingLine, ...]]:
        """Decisions and taskings with the numbers by which the meeting is asked: what is new of the most harm first.
        What was put to earlier meetings, before `first_day`, follows without a number."""
        new = [one for one in decisions if one.since is None or one.since >= first_day]
        old = [one for one in decisions if one.since is not None and one.since < first_day]
        questions: list[Decision | TaskingLine] = [*new, *taskings]
        numbered = [
            one.model_copy(update={"number": number})
            for number, one in enumerate(sorted(questions, key=lambda one: -self._points(one)), 1)
        ]
        return (
            (*(one for one in numbered if isinstance(one, Decision)), *old),
            tuple(one for one in numbered if isinstance(one, TaskingLine)),
        )

    def _points(self, one: Decision | TaskingLine) -> int:
        incidents = one.incident_ids if isinstance(one, Decision) else (one.incident_id,)
        return max((self.harm[incident].points for incident in incidents if incident in self.harm), default=0)


def night_of(
    query: Callable[..., list[dict[str, Any]]],
    declared: Harm,
    span: Mapping[str, Any],
    history_day: date,
    hot_places: Sequence[HotPlace],
) -> Night:
    """The night of a briefing. `span`: its `day` and `first_day`; `history_day`: since which reports are looked at."""
    day, first_day = span["day"], span["first_day"]
    rows = query("harm", day=day, history_day=history_day)
    at_place = {place.place: place.incidents - 1 for place in hot_places}
    year_day = day - timedelta(days=_REPEAT_DAYS)
    of_person = {
        row["incident_id"]: row["other_incidents"] for row in query("repeat_people", **span, year_day=year_day)
    }
    around = {
        row["incident_id"]: Surroundings(at_place.get(row["place_name"], 0), of_person.get(row["incident_id"], 0))
        for row in reversed(rows)  # the place of the first report is kept
    }
    harm = harm_by_incident(declared, rows, day, first_day, around)
    incidents = [
        row | {"place_name": row["place_name"] or harm[row["incident_id"]].place}
        for row in query("incidents", **span, history_day=history_day)
    ]
    new_restricted = frozenset(row["incident_id"] for row in query("restricted", **span, history_day=history_day))
    return Night(incidents, harm, new_restricted)
