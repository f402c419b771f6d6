"""The model of include/partnership.yml."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tasking.model.casefile import OUTCOMES, Outcome
from tasking.model.day import MeetingCalendar
from tasking.model.recipient import Addressee, Attendee, Recipient

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
    fallback_at: time
    word_by: time
    starts_at: time
    deadline_alarm_set_at: time = Field(serialization_alias="dead_man_set_at")  # on the day before
    weekly_at: time = time(8, 30)

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


Kind = Literal["briefing", "fallback", "weekly", "ops", "restricted"]


class Channels(_Strict):
    """Where each kind of message goes: names of channels, or `name:address`, such as `slack:#csu-ops`.

    `slack_channel` and `mail_to` are the addresses of `slack` and `email` if none is given.
    """

    briefing: list[str] = Field(min_length=1)
    fallback: list[str] = []
    weekly: list[str] = []
    ops: list[str] = []
    restricted: list[str] = []
    slack_channel: str = "#csu-briefing"
    mail_from: str = "tasking@localhost"
    mail_to: list[str] = []
    folder: str = "out/posted"

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


class Partner(_Strict):
    """What a partner is called here, and whom to ask there, in place of what the declaration of its feed says."""

    name: str
    contact: str | None = None


class Owner(_Strict):
    """Who is asked to act on some categories, what they are asked, and in how many meeting days."""

    owner: str
    what: str
    categories: list[str] = []
    places: list[str] = []  # public names, towns or wards; without any, everywhere
    due_in: int = Field(default=1, ge=1)


class Role(_Strict):
    """Who does what once a proposal is approved, and in how many meeting days."""

    owner: str
    what: str
    due_in: int = Field(default=1, ge=1)


class CaseReviewOwner(_Strict):
    """Who acknowledges a case review and arranges it; by when is in `case_reviews`."""

    owner: str
    what: str = "acknowledge and arrange the case review"


class Taskings(_Strict):
    """How the briefing proposes taskings: at most `most` of them, to the first owner whose categories fit.

    One that nobody answers for `lapse_after` meetings lapses; one overdue by `escalate_after` is named to the chair.
    The other fields say who answers for what the meeting approves; where one is left out, `otherwise` does.
    """

    most: int = Field(ge=0, le=20)
    lapse_after: int = Field(default=5, ge=1)
    escalate_after: int = Field(default=3, ge=1)
    owners: list[Owner] = []
    otherwise: Owner
    lead: str | None = None  # of groups; without one, the owner whose categories and places fit
    case_reviews: CaseReviewOwner | None = None
    analyst: Role | None = None
    senior: Role | None = None
    restricted: Role | None = None

    def owner_of(self, category: str, places: Collection[str] = ()) -> Owner:
        """The first owner of the category whose places include one of `places`; else `otherwise`."""
        fitting = (owner for owner in self.owners if category in owner.categories)
        return next((one for one in fitting if not one.places or set(one.places) & set(places)), self.otherwise)

    @property
    def declared_owners(self) -> list[str]:
        """Everybody whom a field here names, each once, in the order of the declaration."""
        roles = (self.case_reviews, self.analyst, self.senior, self.restricted)
        named = [*(one.owner for one in self.owners), *(role.owner for role in roles if role), self.otherwise.owner]
        return list(dict.fromkeys([*named, *([self.lead] if self.lead else [])]))


class FollowUps(_Strict):
    """Within how many hours of their report a person who asked for it is contacted, and where they can reach a partner:
    `contacts` has, by partner, what a letter says."""

    hours: int = Field(default=72, ge=1, le=24 * 28)
    contacts: dict[str, str] = {}


class CaseReviews(_Strict):
    """The clock of a case review, in working days: from the day on which a step became due to its last day."""

    acknowledge_in: int = Field(default=5, ge=1)  # to offer a review, or to acknowledge that it was asked for
    decide_in: int = Field(default=10, ge=1)  # from when it was asked for


class Callers(_Strict):
    """Callers who are not complainants: by words in the name given, or by the number of a switchboard."""

    nobody: list[str] = []
    switchboards: list[str] = []  # as they are dialled
    most_names: int = Field(default=2, ge=1)  # a number with more surnames than this is no one person's


class Person(_Strict):
    """Somebody who may act from chat: their display name and their Slack id.

    `account`: their login on the desk, under which they find there what was given to them.
    """

    name: str
    account: str | None = None
    slack: str = Field(pattern=r"^[UW][A-Z0-9]{2,}$")
    may: list[Literal["decide", "task"]] = ["decide", "task"]


class Retention(_Strict):
    """For how many days each class of data is kept, counted from the reporting day; null: for ever."""

    deliveries_days: int | None = Field(default=90, ge=1)  # the files as they came
    held_days: int | None = Field(default=90, ge=1)  # the cells of held rows
    people_days: int | None = Field(default=730, ge=30)  # names, telephones, e-mails, words
    reports_days: int | None = Field(default=2555, ge=365)  # with incidents, proposals and taskings; no name is in them
    briefings_days: int | None = Field(default=2555, ge=30)
    log_days: int | None = Field(default=2555, ge=365)  # who did what
    airflow_days: int | None = Field(default=90, ge=7)  # runs, task logs
    chat_days: int | None = Field(default=None, ge=7)  # what was posted, where the channel lets us take it away

    @model_validator(mode="after")
    def _people_go_first(self) -> Self:
        if self.reports_days is not None and (self.people_days is None or self.people_days > self.reports_days):
            raise ValueError("retention: people_days must not be longer than reports_days")
        return self


class LinkageSettings(_Strict):
    """How much is merged unasked. `precision`: the share of merged pairs that is to be right; 0.90 merges more."""

    precision: Literal["0.95", "0.90"] = "0.95"

    @field_validator("precision", mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        return f"{value:.2f}" if isinstance(value, float) else value


class Partnership(_Strict):
    name: str
    area_name: str
    timezone: str
    meeting: Meeting
    area: DistrictArea
    channels: Channels
    taskings: Taskings
    follow_ups: FollowUps = FollowUps()
    case_reviews: CaseReviews = CaseReviews()
    callers: Callers = Callers()
    retention: Retention = Retention()
    linkage: LinkageSettings = LinkageSettings()
    outcomes: tuple[Outcome, ...] = Field(default=OUTCOMES, min_length=1)  # how an incident can be closed
    people: list[Person] = []
    recipients: list[Recipient] = []  # partners that only receive work
    chair: Addressee | None = None  # who is informed of taskings that stay overdue
    attendees: list[Attendee] = []  # who usually comes to the meeting, and is sent its minutes
    partners: dict[str, Partner] = {}  # feed -> who sends it, where the feed's declaration is shared with others
    feeds: list[str] = Field(min_length=1)

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
