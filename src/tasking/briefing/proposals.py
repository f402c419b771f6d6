"""Taskings that the briefing proposes: who does what by when."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from tasking.briefing.harm import IncidentHarm
from tasking.briefing.message import plural, short_day
from tasking.briefing.phrases import NO_PLACE
from tasking.model.briefing import TaskingLine
from tasking.model.category import category_label
from tasking.model.partnership import Partnership

_IN_THE_REGISTER: Final = "see the restricted register"


@dataclass(frozen=True)
class Proposals:
    """The taskings proposed to the meeting of `day`. A proposal keeps its id when the day is run again.

    `line`: the points from which an incident is proposed by its harm alone. `tasked`: incidents that had a proposal
    before -> whether one of them is open or waits for its answer. `already_tasked`: (owner, place) of open taskings.
    """

    partnership: Partnership
    labels: Mapping[str, str]
    day: date
    line: int
    tasked: Mapping[str, bool] = field(default_factory=dict)
    already_tasked: frozenset[tuple[str, str]] = frozenset()

    def taskings(
        self,
        incidents: Sequence[Mapping[str, Any]],
        feeds_by_incident: Mapping[str, list[str]],
        hot: Mapping[str, int],
        harm: Mapping[str, IncidentHarm],
    ) -> tuple[TaskingLine, ...]:
        """A tasking for each incident above the line; then, up to the most that are proposed, for incidents that
        several partners reported or that lie at repeat locations, one for each place. The most harm first.

        `hot`: incidents by place, for repeat locations.
        """
        weighed = []
        for row in incidents:
            one = harm[row["incident_id"]]
            partners, times = len(feeds_by_incident.get(row["incident_id"], ())), hot.get(row["place_name"], 0)
            if self._may_be_asked(row["incident_id"], one) and (one.points >= self.line or partners > 1 or times):
                weighed.append((-one.points, -times, -partners, row["incident_id"], row, partners, times))
        above: list[TaskingLine] = []
        below: dict[str, TaskingLine] = {}
        for minus_points, *_, row, partners, times in sorted(weighed, key=lambda one: one[:4]):
            tasking = self._tasking(row, harm[row["incident_id"]], partners, times)
            if -minus_points >= self.line:
                above.append(tasking)
            elif row["place_name"] is None or (tasking.owner, tasking.place) not in self.already_tasked:
                below.setdefault(row["place_name"] or row["incident_id"], tasking)
        taken = {(one.owner, one.place) for one in above}
        others = [one for one in below.values() if (one.owner, one.place) not in taken]
        return (*above, *others[: max(0, self.partnership.taskings.most - len(above))])

    def restricted(self, harm: Mapping[str, IncidentHarm], day_of: Collection[str]) -> tuple[TaskingLine, ...]:
        """A tasking for each of the restricted incidents in `day_of` above the line, by reference alone: what and where
        is in the register."""
        found = []
        for incident in sorted(day_of, key=lambda one: (-harm[one].points, one)):
            one = harm[incident]
            if one.is_restricted and self._may_be_asked(incident, one) and one.points >= self.line:
                owner = self.partnership.taskings.owner_of(one.category)
                found.append(
                    TaskingLine(
                        proposal_id=_proposal_id(self.day, incident),
                        what=owner.what,
                        place=_IN_THE_REGISTER,
                        owner=owner.owner,
                        due_on=self._due(owner.due_in, one),
                        why="; ".join(part.words for part in one.parts),
                        incident_id=incident,
                    )
                )
        return tuple(found)

    def _may_be_asked(self, incident: str, harm: IncidentHarm) -> bool:
        """Once; and again where what came since has brought it above the line, and nobody is at it."""
        if incident not in self.tasked:
            return True
        return not self.tasked[incident] and harm.points_before < self.line <= harm.points

    def _tasking(self, row: Mapping[str, Any], harm: IncidentHarm, partners: int, times: int) -> TaskingLine:
        owner = self.partnership.taskings.owner_of(
            row["category"], [row[name] for name in ("place_name", "town", "ward") if row[name]]
        )
        why = [
            f"{label_of(row, harm, self.labels)}, {plural(harm.reports, 'report')} from {plural(partners, 'partner')}"
        ]
        if times:
            why.append(f"{times} incidents there in 14 days")
        return TaskingLine(
            proposal_id=_proposal_id(self.day, row["incident_id"]),
            what=owner.what,
            place=row["place_name"] or row["town"] or NO_PLACE,
            owner=owner.owner,
            due_on=self._due(owner.due_in, harm),
            why="; ".join(why),
            incident_id=row["incident_id"],
            risk=harm.risk,
            harm=harm.why,
            act_by=harm.act_by,
        )

    def _due(self, due_in: int, harm: IncidentHarm) -> date:
        """In so many meeting days, or by the day that a report names, whichever comes first."""
        due = self.partnership.calendar.meeting_days_after(self.day, due_in)
        return min(due, harm.act_by) if harm.act_by else due


def label_of(row: Mapping[str, Any], harm: IncidentHarm, labels: Mapping[str, str]) -> str:
    """What an incident is called: by its category, or by what its reports say where the category does not say it."""
    return harm.label or category_label(row["category"], labels)


def when_words(row: Mapping[str, Any], zone: ZoneInfo) -> str:
    """`Thu 22 Oct 20:15`, in local time; the day alone if the time is not known."""
    if row["occurred_from"] is None:
        return "time not known"
    local = row["occurred_from"].astimezone(zone)
    day = short_day(local)
    return f"{day} {local:%H:%M}" if row["is_occurred_time_known"] else day


def _proposal_id(day: date, incident_id: str) -> str:
    """`T-20261022-4f09a1c2`: the day and a hash, so that it reveals nothing when it is part of an address."""
    return f"T-{day:%Y%m%d}-{hashlib.sha256(f'{day}|incident|{incident_id}'.encode()).hexdigest()[:8]}"
