"""The reporting day: on which days the meeting sits, and which period a briefing covers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from tasking.model.errors import TaskingError

_SATURDAY: Final = 5
_LAST_YEAR: Final = 9990  # a date that was typed may be any


@lru_cache(maxsize=64)
def _bank_holidays(area: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=area, years=year))


@dataclass(frozen=True)
class MeetingCalendar:
    """When the meeting sits. `weekdays` are 0 (Monday) to 6; bank holidays are never meeting days."""

    zone: ZoneInfo
    weekdays: frozenset[int]
    holiday_area: str
    day_starts_at: time

    def is_meeting_day(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in _bank_holidays(self.holiday_area, day.year)

    def previous_meeting(self, day: date) -> date:
        """The last meeting day before `day`; a week with none falls back to the day before."""
        for back in range(1, 15):
            if self.is_meeting_day(day - timedelta(days=back)):
                return day - timedelta(days=back)
        return day - timedelta(days=1)

    def meeting_days_after(self, day: date, number: int) -> date:
        """The meeting day that is `number` meetings after `day`; `day` itself at the end of the calendar."""
        found = day
        if day.year >= _LAST_YEAR:
            return day
        for ahead in range(1, number * 15 + 1):
            if self.is_meeting_day(day + timedelta(days=ahead)):
                found, number = day + timedelta(days=ahead), number - 1
            if number == 0:
                break
        return found

    def working_days_after(self, day: date, number: int) -> date:
        """The working day (Monday to Friday, no bank holiday) that is `number` working days after `day`."""
        found = day
        while number > 0:
            found += timedelta(days=1)
            number -= found.weekday() < _SATURDAY and found not in _bank_holidays(self.holiday_area, found.year)
        return found

    def days_covered(self, day: date) -> list[date]:
        """The delivery days that the briefing of `day` covers, oldest first: one, or a weekend's worth."""
        return list(days_between(self.previous_meeting(day) + timedelta(days=1), day))

    def starts_at(self, day: date) -> datetime:
        """06:00 local on `day`, as UTC."""
        return datetime.combine(day, self.day_starts_at, self.zone).astimezone(UTC)

    def reporting_window(self, day: date) -> tuple[datetime, datetime]:
        """The time a briefing covers: 06:00 after the previous meeting to 06:00 on the day, as UTC.

        23 or 25 hours long when the clocks change.
        """
        return self.starts_at(self.previous_meeting(day)), self.starts_at(day)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every calendar day from `first` to `last`, both counted."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def moment_of(day: date, at: time, zone: ZoneInfo, field: str = "") -> datetime:
    """A day and a time by the clock here, as UTC; the first, where it came twice because the clocks went back.

    Raises TaskingError, about the form field `field`, for an hour that was left out because the clocks went forward.
    """
    local = datetime.combine(day, at.replace(tzinfo=None, fold=0), zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise TaskingError(f"There was no {at:%H:%M} on {day.day} {day:%B %Y}: the clocks went forward", field=field)
    return moment


def local_time(at: datetime, zone: ZoneInfo) -> str:
    """`on Thu 22 Oct at 07:31`: a moment in local time, in words."""
    local = at.astimezone(zone)
    return f"on {local:%a} {local.day} {local:%b} at {local:%H:%M}"
