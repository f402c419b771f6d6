"""What include/partnership.yml may say of the district."""

from datetime import time
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from tasking.model.day import MeetingCalendar

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOLIDAY_AREAS = {"England": "ENG", "Wales": "WLS"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Meeting(_Strict):
    """When the meeting sits and what leads up to it; local times."""

    weekdays: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(min_length=1)
    holidays: Literal["England", "Wales"]
    day_starts_at: time
    feeds_asked_from: time
    cut_off_at: time
    starts_at: time


class Box(_Strict):
    """Degrees, WGS84."""

    south: float
    north: float
    west: float
    east: float


class DistrictArea(_Strict):
    outline: str
    margin_m: float = Field(ge=0)
    county: Box


class Channels(_Strict):
    briefing: list[Literal["console", "slack"]]
    slack_channel: str


class Partnership(_Strict):
    name: str
    area_name: str
    timezone: str
    meeting: Meeting
    area: DistrictArea
    channels: Channels
    feeds: list[str] = Field(min_length=1)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def calendar(self) -> MeetingCalendar:
        return MeetingCalendar(
            zone=self.zone,
            weekdays=frozenset(_WEEKDAYS.index(day) for day in self.meeting.weekdays),
            holiday_area=_HOLIDAY_AREAS[self.meeting.holidays],
            day_starts_at=self.meeting.day_starts_at,
        )
