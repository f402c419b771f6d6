"""When it happened: an interval, from the partner's fields and from what the text says.

A report is about something that happened before it was received. Fields are believed before words; a wall time of 00:00
is nobody's knowledge of midnight but a system's way to leave the time out.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tasking.model.text import folded

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_DAYS: Final = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4,
                      "sat": 5, "sun": 6}  # fmt: skip
_MONTHS: Final = {name: number for number, name in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}  # fmt: skip
_NUMBERS: Final = {word: number for number, word in enumerate(
    "one two three four five six seven eight nine ten eleven twelve".split(), start=1)}  # fmt: skip
_PAST: Final = {
    "five": 5,
    "ten": 10,
    "quarter": 15,
    "a quarter": 15,
    "twenty": 20,
    "twenty five": 25,
    "twenty-five": 25,
}

# A part of the day, in hours from the midnight that begins it.
_PARTS: Final = {
    "small hours": (0, 6), "early hours": (0, 6), "early morning": (4, 9), "morning": (3, 12), "a.m": (0, 12),
    "midday": (11.5, 13.5), "lunchtime": (11.5, 14.5), "lunch time": (11.5, 14.5), "lunch": (11.5, 14.5),
    "afternoon": (12, 18), "after school": (15, 17.5), "school run": (8, 9.5), "teatime": (15.5, 19),
    "tea time": (15.5, 19), "evening": (17, 23), "night": (19, 30), "overnight": (20, 32), "o/n": (20, 32),
    "p.m": (12, 24),
}  # fmt: skip
_CLOCK_SLACK_H: Final = 0.5
_ABOUT_SLACK_H: Final = 0.75
_LOOKBACK_H: Final = 24.0
_WEEKDAY_BACK: Final = 3  # a weekday longer ago is the coming one, unless "last" or "since" stands before it
_LAG_H: Final = 1.5  # a call can be logged before the time it gives: the clock change, a slow watch
# Times are counted back and on from here, also by pandas, whose calendar ends in 1677 and 2262.
_EARLIEST: Final = datetime(1700, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2250, 1, 1, tzinfo=UTC)

_WORDS_OF_PARTS = "|".join(sorted((re.escape(part) for part in _PARTS), key=len, reverse=True))
_WORDS_OF_DAYS = "|".join([*_DAYS, *sorted(_SHORT_DAYS, key=len, reverse=True)])
_WORDS_OF_NUMBERS = "|".join(_NUMBERS)
# For folded text, in which one space is the most that stands anywhere.
_PATTERN = re.compile(
    rf"""\b(?:
      (?P<between>between[ ](?P<b1>\d{{1,2}}[:.]?\d{{0,2}}[ ]?(?:am|pm)?)[ ]?(?:hrs[ ]?)?(?:and|-|to)
        [ ]?(?P<b2>\d{{1,2}}[:.]?\d{{0,2}}[ ]?(?:am|pm)?))
    | (?P<half>half[ ](?:past[ ])?(?P<half_hour>{_WORDS_OF_NUMBERS}|\d{{1,2}}))
    | (?P<past>(?P<minutes>a[ ]quarter|quarter|five|ten|twenty[ -]five|twenty|\d{{1,2}})[ ](?P<way>past|to)
        [ ](?P<past_hour>{_WORDS_OF_NUMBERS}|\d{{1,2}}))\b
    | (?P<clock>(?P<hour>\d{{1,2}})(?:[:.](?P<minute>\d{{2}}))?\s?(?P<half_day>am|pm|a\.m|p\.m)(?!\w))
    | (?P<oclock>(?P<o_hour>{_WORDS_OF_NUMBERS}|\d{{1,2}})[ ]?o[ '’]?[ ]?clock)
    | (?P<exact>(?P<e_hour>[01]?\d|2[0-3])[:.](?P<e_minute>[0-5]\d)(?![\d.%]))
    | (?P<hhmm>(?:at|since|approx|about|from|until|by|@)[ ](?P<h4>[01]\d|2[0-3])(?P<m4>[0-5]\d)(?:[ ]?(?:hrs|h))?(?!\w))
    | (?P<hhmm_hrs>(?P<h4b>[01]\d|2[0-3])(?P<m4b>[0-5]\d)[ ]?(?:hrs|hours))
    | (?P<bare>(?:at|since|by|until|gone)[ ](?P<bare_hour>{_WORDS_OF_NUMBERS}|\d{{1,2}})
        (?=[ ](?:this|in[ ]the|on|yesterday|last|tonight)\b|[.,;!?)](?!\d)|$)
        |(?:about|around|from)[ ](?P<loose_hour>{_WORDS_OF_NUMBERS})(?=[ ](?:this|in[ ]the|yesterday|last|tonight)\b))
    | (?P<noon>noon|midnight)
    | (?P<ago>(?P<ago_n>an|a|one|two|three|four|five|ten|twenty|\d{{1,3}})[ ](?:couple[ ]of[ ])?
        (?P<ago_unit>minute|min|hour|hr|day|night)s?[ ]ago)
    | (?P<now>right[ ]now|just[ ]now|at[ ]this[ ]moment|as[ ]i[ ](?:type|write)|just[ ]had)
    | (?P<today>tonight|this[ ](?:morning|afternoon|evening|lunchtime|teatime|a\.?m\.?|p\.?m\.?)|today)
    | (?P<yesterday>yesterday(?:[ ](?P<y_part>{_WORDS_OF_PARTS}))?|last[ ]night|the[ ]night[ ]before)
    | (?P<weekend>weekend|w/e(?![ ]ending))
    | (?:(?P<firmly>last|since)[ ])?(?P<weekday>{_WORDS_OF_DAYS})\b
        (?:[ ](?:late[ ]|early[ ])?(?P<w_part>{_WORDS_OF_PARTS}))?(?:[ ](?P<w_date>\d{{1,2}})(?:st|nd|rd|th))?
    | (?P<dated>(?P<d_day>\d{{1,2}})(?:/(?P<d_month>\d{{2}})(?:/\d{{2,4}})?(?![\d/])
        |(?:st|nd|rd|th)?[ ](?P<d_name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))
    | (?P<part>{_WORDS_OF_PARTS})
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_HOUR = re.compile(r"(\d{1,2})[:.]?(\d{2})?[ ]?(am|pm)?", re.IGNORECASE)


@dataclass(frozen=True)
class Happened:
    """`first` and `last` bound it, UTC. `slack_h` is how far the teller may be off at either end, a standard deviation.

    `source`: `field` (a time the partner gave), `told` (read from the text), `day` (only the day is known), `assumed`
    (nothing said: before it was received).
    """

    first: datetime
    last: datetime
    slack_h: float
    source: str


def happened(
    received_at: datetime,
    occurred_from: datetime | None,
    occurred_to: datetime | None,
    is_time_known: bool,
    text: str | None,
    zone: ZoneInfo,
    slack_h: float = _CLOCK_SLACK_H,
) -> Happened:
    """When a report's event happened. All times are aware; any text and any time has an answer.

    What lies outside the years 1700 to 2250 counts as their beginning or end.
    """
    received_at = _bounded(received_at)
    occurred_from = _bounded(occurred_from) if occurred_from else None
    occurred_to = _bounded(occurred_to) if occurred_to else None
    local = occurred_from.astimezone(zone) if occurred_from else None
    if occurred_from is not None and local is not None and is_time_known and (local.hour, local.minute) != (0, 0):
        last = occurred_to if occurred_to is not None and occurred_to > occurred_from else occurred_from
        return Happened(occurred_from, last, slack_h, "field")
    day = local.date() if local else None
    told = _told(folded(text), received_at.astimezone(zone), day, zone) if text else None
    if told is not None:
        return Happened(*told, "told")
    if local is not None:
        first = _at(local.date(), 0, zone)
        last = min(first + timedelta(hours=24), max(received_at, first + timedelta(hours=1)))
        return Happened(first, last, 1.0, "day")
    return Happened(received_at - timedelta(hours=_LOOKBACK_H), received_at, 3.0, "assumed")


Bounds = tuple[datetime, datetime, float]  # first, last, slack in hours
Span = tuple[float, float]
Clock = tuple[float, bool]  # hour of the day, whether morning or afternoon is certain


def _bounded(moment: datetime) -> datetime:
    if _EARLIEST.year <= moment.year < _LATEST.year:
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return _EARLIEST if moment.year < _EARLIEST.year else _LATEST


def _told(text: str, received: datetime, day: date | None, zone: ZoneInfo) -> Bounds | None:
    """What the text says, as bounds and slack; the first day and the first time of day that it names are meant.

    `day` is the date that the partner gave, if any: words about another day are then about something else, unless
    they are the night before it.
    """
    phrases = _Phrases(received, is_log=text.isupper())
    for match in _PATTERN.finditer(text):
        kind = _kind(match)
        if kind == "now":
            return received - timedelta(hours=1), received, _CLOCK_SLACK_H
        if kind == "ago":
            return _ago(match, received)
        if kind != "weekend":
            phrases.add(match, kind)
        elif phrases.on is None:
            return _weekend(received)
    return _settled(phrases.on, phrases.span, phrases.clock, received, day, zone)


def _weekend(received: datetime) -> Bounds:
    """The last weekend that had begun, from Friday evening to Monday morning."""
    saturday = received.date() - timedelta(days=(received.weekday() - 5) % 7)
    friday = datetime.combine(saturday - timedelta(days=1), time(18), received.tzinfo)
    return friday, min(received, datetime.combine(saturday + timedelta(days=2), time(6), received.tzinfo)), 3.0


@dataclass
class _Phrases:
    """The day and the time of day that the phrases of a text give, as far as it has been read; the first of each."""

    received: datetime
    is_log: bool  # the whole text is in capitals
    on: date | None = None
    span: Span | None = None  # hours from the midnight that begins `on`
    clock: Clock | None = None

    def add(self, match: re.Match[str], kind: str) -> None:
        """Takes what a phrase says into account."""
        if kind == "between":
            self._add_between(match)
        elif kind == "today":
            self._add_today(match["today"].casefold())
        elif kind == "yesterday":
            self._add_yesterday(match["yesterday"].casefold(), match["y_part"])
        elif kind == "weekday":
            self._add_weekday(match["weekday"], match)
        elif kind == "dated":
            self.on = self.on or _dated(match, self.received)
        elif kind == "part":
            self._add_part(match["part"].casefold())
        elif self.clock is None:
            self.clock = _clock(match, kind)

    def _add_between(self, match: re.Match[str]) -> None:
        first, last = _hour_of(match["b1"]), _hour_of(match["b2"])
        if first is not None and last is not None and self.span is None:
            self.span = (first, last if last > first else last + 24)

    def _add_today(self, words: str) -> None:
        self.on = self.on or self.received.date()
        if self.span is None and words != "today":
            self.span = (17, 30) if words == "tonight" else _part(words.removeprefix("this "))

    def _add_yesterday(self, words: str, part: str) -> None:
        self.on = self.on or self.received.date() - timedelta(days=1)
        if self.span is None and words != "yesterday":
            self.span = (18, 30) if "night" in words and not part else _part(part)
        if "night" in words and self.received.hour < 5:
            self.on = self.received.date() - timedelta(days=1)

    def _add_weekday(self, word: str, match: re.Match[str]) -> None:
        if self.on is not None or not _is_day_word(word, self.is_log):
            return
        index = _DAYS.index(word.casefold()) if word.casefold() in _DAYS else _SHORT_DAYS[word.casefold()]
        back = (self.received.weekday() - index) % 7
        if back > _WEEKDAY_BACK and not match["firmly"]:
            return  # "the contractor comes on Friday"
        self.on = self.received.date() - timedelta(days=back)
        if self.span is None and match["w_part"]:
            self.span = _part(match["w_part"])

    def _add_part(self, word: str) -> None:
        is_a_night = word in ("overnight", "o/n", "small hours", "early hours")
        if self.span is None and (self.on is not None or is_a_night):
            self.span = _part(word)


_KINDS = (
    "between half past clock oclock exact hhmm hhmm_hrs bare noon ago now today yesterday weekend weekday dated part"
).split()


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in _KINDS if match[kind] is not None)


def _is_day_word(word: str, is_log: bool) -> bool:
    """`sat`, `sun` and `wed` in lower case are other words; `is_log` where the whole text is in capitals."""
    if word.casefold() in _DAYS or is_log:
        return word.casefold() not in ("sat", "sun", "wed") or not is_log
    return word[0].isupper() and word != "Sat"


def _settled(
    on: date | None, span: Span | None, clock: Clock | None, received: datetime, day: date | None, zone: ZoneInfo
) -> Bounds | None:
    if on is None and span is None and clock is None:
        return None
    if on is None:
        on = day
    elif day is not None and not (timedelta(days=-1) <= on - day <= timedelta(0)):
        return None
    if span is not None and span[0] < 6 and span[1] <= 6 and on is None:
        on = received.date()
    if clock is not None:
        at = _clock_time(clock, span, on, received, zone)
        if at is not None:
            return at, at, _ABOUT_SLACK_H
    if on is None and span is not None and span[0] >= 18:  # overnight
        on = received.date() - timedelta(days=0 if received.hour >= 20 else 1)
    return _within_day(on, span, received, zone) if on is not None else None


def _within_day(on: date, span: Span | None, received: datetime, zone: ZoneInfo) -> Bounds:
    """A part of a day, or the whole of it, as far as it was over when the report came."""
    first, last = (_at(on, span[0], zone), _at(on, span[1], zone)) if span else (_at(on, 0, zone), _at(on, 24, zone))
    if first > received + timedelta(hours=_LAG_H):
        first, last = first - timedelta(days=7 if (received.date() - on).days > 1 else 1), last - timedelta(days=1)
    return first, max(first, min(last, received)), 1.0 if span else 3.0


def _clock_time(
    clock: Clock,
    span: Span | None,
    on: date | None,
    received: datetime,
    zone: ZoneInfo,
) -> datetime | None:
    """The moment that a clock time means: the one inside the part of day that is told, else the last before the
    report."""
    hour, is_certain = clock
    options = [hour] if is_certain or hour > 12 else [hour % 12, hour % 12 + 12]
    days = [on] if on is not None else [received.date(), received.date() - timedelta(days=1)]
    moments = []
    for one in days:
        for option in options:
            for later in (0, 24):  # ten past two of a Sunday night is Monday's
                inside = span is not None and span[0] - 1 <= option + later <= span[1] + 1
                if (later and not inside) or (span is not None and not inside):
                    continue
                moments.append(_at(one, option + later, zone))
    latest = received + timedelta(hours=_LAG_H)
    past = [moment for moment in moments if moment <= latest]
    return max(past) if past else None


def _clock(match: re.Match[str], kind: str) -> tuple[float, bool] | None:
    """The hour of the day that a clock phrase gives, and whether it says which half of the day."""
    if kind == "half":
        return _number(match["half_hour"]) % 24 + 0.5, False
    if kind == "past":
        words = match["minutes"].casefold()
        minutes = int(words) if words.isdigit() else _PAST[words]
        if minutes > 59:
            return None
        hour = _number(match["past_hour"])
        return (hour + minutes / 60 if match["way"].casefold() == "past" else hour - minutes / 60), False
    if kind == "clock":
        hour = int(match["hour"])
        if hour > 12:
            return None
        return hour % 12 + (12 if match["half_day"][0] in "pP" else 0) + int(match["minute"] or 0) / 60, True
    if kind == "oclock":
        return float(_number(match["o_hour"])), False
    if kind == "bare":
        hour = _number(match["bare_hour"] or match["loose_hour"])
        return (float(hour), False) if hour <= 12 else None
    if kind == "exact":
        hour = int(match["e_hour"])
        return hour + int(match["e_minute"]) / 60, hour > 12 or match["e_hour"][0] == "0"
    if kind == "hhmm":
        return int(match["h4"]) + int(match["m4"]) / 60, True
    if kind == "hhmm_hrs":
        return int(match["h4b"]) + int(match["m4b"]) / 60, True
    return (12.0 if match["noon"].casefold() == "noon" else 24.0), True


def _ago(match: re.Match[str], received: datetime) -> tuple[datetime, datetime, float]:
    words = match["ago_n"].casefold()
    number = (
        int(words) if words.isdigit() else {"an": 1, "a": 1, "ten": 10, "twenty": 20}.get(words, _NUMBERS.get(words, 1))
    )
    unit = match["ago_unit"].casefold()
    if unit.startswith("min"):
        back = timedelta(minutes=number)
    elif unit.startswith("h"):
        back = timedelta(hours=number)
    else:
        first = datetime.combine(received.date() - timedelta(days=number), time(0), received.tzinfo)
        return first, first + timedelta(hours=30 if unit == "night" else 24), 3.0
    return received - back, received - back, max(_CLOCK_SLACK_H, back.total_seconds() / 3600 / 4)


def _dated(match: re.Match[str], received: datetime) -> date | None:
    month = int(match["d_month"]) if match["d_month"] else _MONTHS[match["d_name"].casefold()[:3]]
    for year in (received.year, received.year - 1):
        try:
            found = date(year, month, int(match["d_day"]))
        except ValueError:
            return None
        if timedelta(0) <= received.date() - found <= timedelta(days=60):
            return found
    return None


def _part(word: str) -> tuple[float, float] | None:
    return _PARTS.get({"am": "a.m", "pm": "p.m", "a.m.": "a.m", "p.m.": "p.m"}.get(word.casefold(), word.casefold()))


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word.casefold()]


def _hour_of(words: str) -> float | None:
    match = _HOUR.fullmatch(words.strip())
    if match is None:
        return None
    hour = int(match[1]) + int(match[2] or 0) / 60
    if match[3]:
        hour = hour % 12 + (12 if match[3].casefold() == "pm" else 0)
    return hour if hour <= 24 else None


def _at(day: date, hours: float, zone: ZoneInfo) -> datetime:
    """`hours` of wall time after the midnight that begins `day`."""
    whole, part = divmod(hours, 24)
    minutes = round(part * 60)
    return datetime.combine(day + timedelta(days=int(whole), minutes=0), time(0), zone) + timedelta(minutes=minutes)
