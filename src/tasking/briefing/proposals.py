"""What the meeting is asked: decisions where incidents gather, and taskings: who does what by when."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tasking.model.briefing import Decision, TaskingLine
from tasking.model.partnership import Partnership

_GATHERING_DAYS: Final = 7
_GATHERING_INCIDENTS: Final = 4
_GATHERING_PARTNERS: Final = 2


@dataclass(frozen=True)
class Proposals:
    """What is proposed to the meeting of `day`. An id names the same proposal whenever the day is made again."""

    ask: Callable[..., list[dict[str, Any]]]
    partnership: Partnership
    labels: Mapping[str, str]
    day: date

    def decisions(self, first_day: date) -> tuple[Decision, ...]:
        """Places where incidents gather: the meeting decides whether a group is set up."""
        since = self.day - timedelta(days=_GATHERING_DAYS - 1)
        found = self.ask("places", day=self.day, first_day=first_day, history_day=since, at_least=_GATHERING_INCIDENTS)
        gathering = [row for row in found if row["partners"] >= _GATHERING_PARTNERS]
        return tuple(
            Decision(
                proposal_id=_named("D", self.day, "gathering", row["place_name"]),
                headline=row["place_name"],
                detail=f"{row['incidents']} incidents in {_GATHERING_DAYS} days, {row['partners']} partners: "
                "task-and-finish group?",
                evidence=self._evidence(row["place_name"], since),
            )
            for row in gathering
        )

    def _evidence(self, place: str, since: date) -> tuple[str, ...]:
        """The incidents there, the oldest first: `Noise, Thu 22 Oct 20:15, 2 reports`."""
        told = []
        for row in self.ask("place_incidents", day=self.day, history_day=since, place=place):
            reports = f", {row['reports']} reports" if row["reports"] > 1 else ""
            label = self.labels.get(row["category"], row["category"])
            told.append(f"{label}, {when_words(row, self.partnership.zone)}{reports}")
        return tuple(told)

    def taskings(
        self, incidents: Sequence[Mapping[str, Any]], told_by: Mapping[str, list[str]], hot: Mapping[str, int]
    ) -> tuple[TaskingLine, ...]:
        """For what most speak of: told of by several, or at a place where it happens again. One a place."""
        weighed = []
        for row in incidents:
            partners, times = len(told_by.get(row["incident_id"], ())), hot.get(row["place_name"], 0)
            if row["reports"] > 1 or times:
                weighed.append(((-times, -partners, -row["reports"]), row, partners, times))
        first_there: dict[str, TaskingLine] = {}
        for _, row, partners, times in sorted(weighed, key=lambda one: one[0]):
            first_there.setdefault(row["place_name"] or row["incident_id"], self._tasking(row, partners, times))
        return tuple(first_there.values())[: self.partnership.taskings.most]

    def _tasking(self, row: Mapping[str, Any], partners: int, times: int) -> TaskingLine:
        owner = self.partnership.taskings.owner_of(row["category"])
        label = self.labels.get(row["category"], row["category"])
        why = [f"{label}, {row['reports']} report{'s' if row['reports'] > 1 else ''} from {partners} "
               f"partner{'s' if partners != 1 else ''}"]  # fmt: skip
        if times:
            why.append(f"{times} incidents there in 14 days")
        return TaskingLine(
            proposal_id=_named("T", self.day, "incident", row["incident_id"]),
            what=owner.what,
            place=row["place_name"] or row["town"] or "place not named",
            owner=owner.owner,
            due_on=self.partnership.calendar.meeting_days_after(self.day, owner.due_in),
            why="; ".join(why),
        )


def when_words(row: Mapping[str, Any], zone: ZoneInfo) -> str:
    """`Thu 22 Oct 20:15`, in local time; the day alone where the time is not known."""
    if row["occurred_from"] is None:
        return "time not known"
    local = row["occurred_from"].astimezone(zone)
    day = f"{local:%a} {local.day} {local:%b}"
    return f"{day} {local:%H:%M}" if row["is_occurred_time_known"] else day


def _named(kind: str, day: date, about: str, subject: str) -> str:
    """`T-20261022-4f09a1c2`: the day, and nothing of what it names, so that it may stand in an address."""
    return f"{kind}-{day:%Y%m%d}-{hashlib.sha256(f'{day}|{about}|{subject}'.encode()).hexdigest()[:8]}"
