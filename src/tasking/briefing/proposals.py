"""Taskings that the briefing proposes: who does what by when."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from tasking.briefing.message import short_day
from tasking.briefing.phrases import NO_PLACE
from tasking.model.briefing import TaskingLine
from tasking.model.partnership import Partnership


@dataclass(frozen=True)
class Proposals:
    """The taskings proposed to the meeting of `day`. A proposal keeps its id when the day is run again.

    `already_tasked`: (owner, place) of open taskings, which are not proposed again.
    """

    partnership: Partnership
    labels: Mapping[str, str]
    day: date
    already_tasked: frozenset[tuple[str, str]] = frozenset()

    def taskings(
        self, incidents: Sequence[Mapping[str, Any]], feeds_by_incident: Mapping[str, list[str]], hot: Mapping[str, int]
    ) -> tuple[TaskingLine, ...]:
        """Taskings for incidents with several reports or at repeat locations: one for each place, the weightiest first.

        `hot`: incidents by place, for repeat locations.
        """
        weighed = []
        for row in incidents:
            partners, times = len(feeds_by_incident.get(row["incident_id"], ())), hot.get(row["place_name"], 0)
            if row["reports"] > 1 or times:
                weighed.append(((-times, -partners, -row["reports"]), row, partners, times))
        first_there: dict[str, TaskingLine] = {}
        for _, row, partners, times in sorted(weighed, key=lambda weighed_row: weighed_row[0]):
            first_there.setdefault(row["place_name"] or row["incident_id"], self._tasking(row, partners, times))
        fresh = [one for one in first_there.values() if (one.owner, one.place) not in self.already_tasked]
        return tuple(fresh)[: self.partnership.taskings.most]

    def _tasking(self, row: Mapping[str, Any], partners: int, times: int) -> TaskingLine:
        owner = self.partnership.taskings.owner_of(
            row["category"], [row[name] for name in ("place_name", "town", "ward") if row[name]]
        )
        label = self.labels.get(row["category"], row["category"])
        why = [f"{label}, {row['reports']} report{'s' if row['reports'] > 1 else ''} from {partners} "
               f"partner{'s' if partners != 1 else ''}"]  # fmt: skip
        if times:
            why.append(f"{times} incidents there in 14 days")
        return TaskingLine(
            proposal_id=_proposal_id(self.day, row["incident_id"]),
            what=owner.what,
            place=row["place_name"] or row["town"] or NO_PLACE,
            owner=owner.owner,
            due_on=self.partnership.calendar.meeting_days_after(self.day, owner.due_in),
            why="; ".join(why),
            incident_id=row["incident_id"],
        )


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
