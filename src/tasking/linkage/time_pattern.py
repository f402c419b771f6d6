"""The phrases that give a time in a report's text: one pattern, and the values of the words in it."""

import re
from typing import Final

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT_DAYS: Final = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4,
                      "sat": 5, "sun": 6}  # fmt: skip
MONTHS: Final = {name: number for number, name in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}  # fmt: skip
NUMBERS: Final = {word: number for number, word in enumerate(
    "one two three four five six seven eight nine ten eleven twelve".split(), start=1)}  # fmt: skip
PAST: Final = {
    "five": 5,
    "ten": 10,
    "quarter": 15,
    "a quarter": 15,
    "twenty": 20,
    "twenty five": 25,
    "twenty-five": 25,
}

# Parts of the day: from and to, in hours after the midnight that begins it.
_PARTS: Final = {
    "small hours": (0, 6), "early hours": (0, 6), "early morning": (4, 9), "morning": (3, 12), "a.m": (0, 12),
    "midday": (11.5, 13.5), "lunchtime": (11.5, 14.5), "lunch time": (11.5, 14.5), "lunch": (11.5, 14.5),
    "afternoon": (12, 18), "after school": (15, 17.5), "school run": (8, 9.5), "teatime": (15.5, 19),
    "tea time": (15.5, 19), "evening": (17, 23), "night": (19, 30), "overnight": (20, 32), "o/n": (20, 32),
    "p.m": (12, 24),
}  # fmt: skip
_WORDS_OF_PARTS = "|".join(sorted((re.escape(part) for part in _PARTS), key=len, reverse=True))
_WORDS_OF_DAYS = "|".join([*DAYS, *sorted(SHORT_DAYS, key=len, reverse=True)])
_WORDS_OF_NUMBERS = "|".join(NUMBERS)
# For folded text, in which no two spaces stand together.
PATTERN = re.compile(
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

# The alternatives of PATTERN, by their group. Groups inside one are read where the phrase is.
KINDS: Final = (
    "between half past clock oclock exact hhmm hhmm_hrs bare noon ago now today yesterday weekend weekday dated part"
).split()


def part_of_day(words: str) -> tuple[float, float] | None:
    """From and to, in hours after the midnight that begins the day; None where the words are no part of a day."""
    word = words.casefold()
    return _PARTS.get({"am": "a.m", "pm": "p.m", "a.m.": "a.m", "p.m.": "p.m"}.get(word, word))


def number(word: str) -> int:
    """The value of digits, or of a word of NUMBERS."""
    return int(word) if word.isdigit() else NUMBERS[word.casefold()]


def hour_of_day(words: str) -> float | None:
    """The hour of the day that `1800`, `9.30pm` or `7` gives; None where there is no such hour."""
    match = _HOUR.fullmatch(words.strip())
    if match is None:
        return None
    hour = int(match[1]) + int(match[2] or 0) / 60
    if match[3]:
        hour = hour % 12 + (12 if match[3].casefold() == "pm" else 0)
    return hour if hour <= 24 else None


def clock_time(match: re.Match[str], kind: str) -> tuple[float, bool] | None:
    """The hour of the day that a clock phrase gives, and whether it says which half of the day."""
    if kind == "half":
        return number(match["half_hour"]) % 24 + 0.5, False
    if kind == "past":
        words = match["minutes"].casefold()
        minutes = int(words) if words.isdigit() else PAST[words]
        if minutes > 59:
            return None
        hour = number(match["past_hour"])
        return (hour + minutes / 60 if match["way"].casefold() == "past" else hour - minutes / 60), False
    if kind == "clock":
        hour = int(match["hour"])
        if hour > 12:
            return None
        return hour % 12 + (12 if match["half_day"][0] in "pP" else 0) + int(match["minute"] or 0) / 60, True
    if kind == "oclock":
        return float(number(match["o_hour"])), False
    if kind == "bare":
        hour = number(match["bare_hour"] or match["loose_hour"])
        return (float(hour), False) if hour <= 12 else None
    if kind == "exact":
        hour = int(match["e_hour"])
        return hour + int(match["e_minute"]) / 60, hour > 12 or match["e_hour"][0] == "0"
    if kind == "hhmm":
        return int(match["h4"]) + int(match["m4"]) / 60, True
    if kind == "hhmm_hrs":
        return int(match["h4b"]) + int(match["m4b"]) / 60, True
    return (12.0 if match["noon"].casefold() == "noon" else 24.0), True
