"""Taskings that the briefing proposes: who does what by when, for what most speak of."""

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
    """What is proposed to the meeting of `day`. An id names the same proposal whenever the day is made again.

    `tasked`: (owner, place) of taskings that are open already, which are not proposed again.
    """

    partnership: Partnership
    labels: Mapping[str, str]
    day: date
    already_tasked: frozenset[tuple[str, str]] = frozenset()

    def taskings(
        self, incidents: Sequence[Mapping[str, Any]], feeds_by_incident: Mapping[str, list[str]], hot: Mapping[str, int]
    ) -> tuple[TaskingLine, ...]:
        """For what most speak of: told of by several, or at a place where it happens again. One a place."""
        weighed = []
        for row in incidents:
            partners, times = len(feeds_by_incident.get(row["incident_id"], ())), hot.get(row["place_name"], 0)
            if row["reports"] > 1 or times:
                weighed.append(((-times, -partners, -row["reports"]), row, partners, times))
        first_there: dict[str, TaskingLine] = {}
        for _, row, partners, times in sorted(weighed, key=lambda one: one[0]):
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
            proposal_id=_named(self.day, row["incident_id"]),
            what=owner.what,
            place=row["place_name"] or row["town"] or NO_PLACE,
            owner=owner.owner,
            due_on=self.partnership.calendar.meeting_days_after(self.day, owner.due_in),
            why="; ".join(why),
            incident_id=row["incident_id"],
        )


def when_words(row: Mapping[str, Any], zone: ZoneInfo) -> str:
    """`Thu 22 Oct 20:15`, in local time; the day alone where the time is not known."""
    if row["occurred_from"] is None:
        return "time not known"
    local = row["occurred_from"].astimezone(zone)
    day = short_day(local)
    return f"{day} {local:%H:%M}" if row["is_occurred_time_known"] else day


def _named(day: date, incident_id: str) -> str:
    """`T-20261022-4f09a1c2`: the day, and nothing of what it names, so that it may stand in an address."""
    return f"T-{day:%Y%m%d}-{hashlib.sha256(f'{day}|incident|{incident_id}'.encode()).hexdigest()[:8]}"
