"""The model of include/partnership.yml."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from tasking.model.casefile import OUTCOMES, Outcome
from tasking.model.day import MeetingCalendar
from tasking.model.owners import CaseReviews, FollowUps, Taskings
from tasking.model.recipient import Addressee, Attendee, Recipient
from tasking.model.retention import Retention
from tasking.model.strict_part import StrictPart

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOLIDAY_AREAS = {"England": "ENG", "Wales": "WLS"}


class Meeting(StrictPart):
    """When the meeting sits and what leads up to it; local times."""

    weekdays: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(
        min_length=1, description="the days on which the meeting sits"
    )
    holidays: Literal["England", "Wales"] = Field(
        description="whose bank holidays have no meeting: the next meeting covers them"
    )
    day_starts_at: time = Field(description='when a reporting day begins and ends, such as "06:00"')
    feeds_asked_from: time = Field(description="from when in the morning deliveries are asked for")
    cut_off_at: time = Field(description="when the briefing is made with what has landed")
    fallback_at: time = Field(description="when a briefing that chat has not taken goes to the fallback channels")
    word_by: time = Field(description="by when there is a briefing, or the warning that there is none")
    starts_at: time = Field(description="when the meeting starts: a briefing after it is marked late")
    deadline_alarm_set_at: time = Field(
        serialization_alias="dead_man_set_at",
        description="when on the evening before the warning for the next morning is scheduled in chat",
    )
    weekly_at: time = Field(
        default=time(8, 30),
        description="when the weekly task-and-finish alert is posted, on the first meeting day of a week",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_number(cls, value: object) -> object:
        """Without quotes 7.30 is a number, which would be taken for seconds."""
        if isinstance(value, int | float):
            raise ValueError(f'{value} is a number; enter a time in quotes, such as "07:30"')
        return value

    def due_at(self, day: date, zone: ZoneInfo) -> datetime:
        """The cut-off for the deliveries of a day, in local time; the briefing is then made with what has landed."""
        return datetime.combine(day, self.cut_off_at, zone)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.cut_off_at < self.fallback_at < self.word_by <= self.starts_at:
            raise ValueError("meeting: cut_off_at, fallback_at, word_by and starts_at must follow each other")
        if not self.feeds_asked_from < self.cut_off_at:
            raise ValueError("meeting: feeds_asked_from must be before cut_off_at, on the same morning")
        return self


class Box(StrictPart):
    """Degrees, WGS84."""

    south: float = Field(description="the southern edge, degrees of latitude in WGS84")
    north: float = Field(description="the northern edge, degrees of latitude in WGS84")
    west: float = Field(description="the western edge, degrees of longitude in WGS84")
    east: float = Field(description="the eastern edge, degrees of longitude in WGS84")


class DistrictArea(StrictPart):
    """The district on the map, and how far from it a position counts."""

    outline: str = Field(description="the GeoJSON file of the district's outline, below include/")
    margin_m: float = Field(ge=0, description="how many metres outside the outline a report is still ours")
    county: Box = Field(description="the box in which a position can be: one outside it is a typing error and left out")


Kind = Literal["briefing", "fallback", "weekly", "ops", "restricted"]


class Channels(StrictPart):
    """Where each kind of message goes: names of channels, or `name:address`, such as `slack:#csu-ops`.

    `slack_channel` and `mail_to` are the addresses of `slack` and `email` if none is given.
    """

    briefing: list[str] = Field(
        min_length=1, description="channels of the morning briefing, such as slack or slack:#csu"
    )
    fallback: list[str] = Field(
        default=[], description="channels that get the briefing where chat has not answered by meeting.fallback_at"
    )
    weekly: list[str] = Field(default=[], description="channels of the weekly task-and-finish alert")
    ops: list[str] = Field(default=[], description="channels of messages to those who run Tasking")
    restricted: list[str] = Field(
        default=[], description="channels of references to restricted matters, which nobody else may read"
    )
    slack_channel: str = Field(
        default="#csu-briefing", description="the channel that slack means where it is named without an address"
    )
    mail_from: str = Field(default="tasking@localhost", description="the sender of mail")
    mail_to: list[str] = Field(
        default=[], description="the addresses that email means where it is named without an address"
    )
    folder: str = Field(
        default="out/posted", description='the folder that the channel "file" writes to, below TASKING_HOME'
    )

    @model_validator(mode="after")
    def _restricted_is_apart(self) -> Self:
        if shared := set(self.restricted) & {*self.briefing, *self.fallback, *self.weekly, *self.ops}:
            raise ValueError(
                f"channels.restricted: {sorted(shared)[0]} is read by others too; give it an address of its own"
            )
        return self

    def of(self, kind: Kind) -> list[str]:
        """The channels of a kind of message, in the order in which they are posted to."""
        return list(getattr(self, kind))


class Partner(StrictPart):
    """What a partner is called here, and whom to ask there, in place of what the declaration of its feed says."""

    name: str = Field(description="what the partner is called here")
    contact: str | None = Field(default=None, description="who to ask if the delivery is missing or damaged")


class Callers(StrictPart):
    """Callers who are not complainants: by words in the name given, or by the number of a switchboard."""

    nobody: list[str] = Field(
        default=[], description="words in a caller's name that show that nobody complains in person"
    )
    switchboards: list[str] = Field(default=[], description="telephone numbers of switchboards, as they are dialled")
    most_names: int = Field(
        default=2, ge=1, description="with more surnames than this, callers of one number are no one person"
    )


class Person(StrictPart):
    """Somebody who may act from chat: their display name and their Slack id.

    `account`: their login on the desk, under which they find there what was given to them.
    """

    name: str = Field(description="their name as messages show it")
    account: str | None = Field(
        default=None, description="their login on the desk, under which they find what was given to them"
    )
    slack: str = Field(pattern=r"^[UW][A-Z0-9]{2,}$", description="their member id in Slack, such as U0123456789")
    may: list[Literal["decide", "task"]] = Field(
        default=["decide", "task"], description="what they may do from chat: decide on proposals, take up taskings"
    )


class LinkageSettings(StrictPart):
    """How much is merged unasked. `precision`: the share of merged pairs that is to be right; 0.90 merges more."""

    precision: Literal["0.95", "0.90"] = Field(
        default="0.95",
        description="the share of merged pairs that is to be right: 0.90 merges more and asks less",
        json_schema_extra={"enum": ["0.95", "0.90", 0.95, 0.9]},
    )

    @field_validator("precision", mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        return f"{value:.2f}" if isinstance(value, float) else value


class Partnership(StrictPart):
    name: str = Field(description="the partnership as messages, letters and minutes call it")
    area_name: str = Field(description="the district as the briefing calls it")
    timezone: str = Field(description="the time zone of every time of day here, such as Europe/London")
    meeting: Meeting = Field(description="when the meeting sits and what leads up to it, in local time")
    area: DistrictArea = Field(description="the district on the map, within which a report is ours")
    channels: Channels = Field(description="where each kind of message goes")
    taskings: Taskings = Field(description="who is asked to act, and how many taskings a briefing proposes")
    follow_ups: FollowUps = Field(
        default=FollowUps(), description="within how long a person who asked is told what was done"
    )
    case_reviews: CaseReviews = Field(
        default=CaseReviews(), description="the time limits of an ASB case review, in working days"
    )
    callers: Callers = Field(default=Callers(), description="callers whose reports are no complaints of their own")
    retention: Retention = Field(
        default=Retention(), description="for how many days each class of data is kept, counted from the reporting day"
    )
    linkage: LinkageSettings = Field(
        default=LinkageSettings(),
        description="how sure it must be that reports are one incident before they are merged without a question",
    )
    outcomes: tuple[Outcome, ...] = Field(
        default=OUTCOMES, min_length=1, description="how an incident can be closed, in the order of the form"
    )
    people: list[Person] = Field(
        default=[], description="people who may press buttons in chat and are sent direct messages"
    )
    recipients: list[Recipient] = Field(default=[], description="partners that only receive work and have no login")
    chair: Addressee | None = Field(default=None, description="who is informed, once, of a tasking that stays overdue")
    attendees: list[Attendee] = Field(
        default=[], description="who usually comes to the meeting: ticked at its start, and sent the minutes"
    )
    partners: dict[str, Partner] = Field(
        default={},
        description="by feed, who sends it and whom to ask there, in place of what the declaration of the feed says",
    )
    feeds: list[str] = Field(min_length=1, description="the feeds that are received, in the order of the briefing")

    @model_validator(mode="after")
    def _recipients_differ(self) -> Self:
        keys = [one.key for one in self.recipients]
        if twice := [one.name for one in self.recipients if keys.count(one.key) > 1]:
            raise ValueError(f"recipients: {twice[0]} is there twice with one address: put its areas together")
        return self

    @model_validator(mode="after")
    def _attendees_differ(self) -> Self:
        names = [one.name.casefold() for one in self.attendees]
        if twice := [one.name for one in self.attendees if names.count(one.name.casefold()) > 1]:
            raise ValueError(f"attendees: {twice[0]} is there twice")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def due_at(self, day: date) -> datetime:
        """The cut-off for the deliveries of a day, in UTC."""
        return self.meeting.due_at(day, self.zone).astimezone(UTC)

    def follow_up_bounds(self, day: date) -> dict[str, datetime]:
        """The parameters `overdue_before` and `due_before` of include/sql/briefing/follow_ups.sql for a day, in UTC.

        A follow-up is overdue where the report was received before the first when the day's meeting starts, and due by
        the end of the day where it was received before the second.
        """
        allowed = timedelta(hours=self.follow_ups.hours)
        starts_at = datetime.combine(day, self.meeting.starts_at, self.zone).astimezone(UTC)
        ends_at = datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)
        return {"overdue_before": starts_at - allowed, "due_before": ends_at - allowed}

    @property
    def calendar(self) -> MeetingCalendar:
        return MeetingCalendar(
            zone=self.zone,
            weekdays=frozenset(_WEEKDAYS.index(day) for day in self.meeting.weekdays),
            holiday_area=_HOLIDAY_AREAS[self.meeting.holidays],
            day_starts_at=self.meeting.day_starts_at,
        )
