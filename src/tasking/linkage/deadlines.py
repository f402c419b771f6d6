"""The day that a report's text names for something still to come: a return visit, an appointment, a date to act by."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from tasking.linkage.time_pattern import DAYS, MONTHS, SHORT_DAYS

_MOST_DAYS: Final = 60
_DAY: Final = rf"""(?:
      (?P<tonight>tonight|this[ ]evening|later[ ]today|today)
    | (?P<tomorrow>tomorrow|tomoz|tmrw)
    | (?:next[ ]|this[ ]|on[ ])?(?P<weekday>{"|".join(DAYS)})
    | (?:next[ ]|this[ ]|on[ ])(?P<short>{"|".join(sorted(SHORT_DAYS, key=len, reverse=True))})
    | (?P<day>\d{{1,2}})
        (?:/(?P<month>\d{{1,2}})(?:/(?P<year>\d{{4}}|\d{{2}}))?
        |(?:st|nd|rd|th)?[ ](?:of[ ])?(?P<name>{"|".join(MONTHS)})[a-z]*(?:[ ](?P<of_year>20\d\d))?)
    )\b"""
# What is to come, then at most four words, then the day.
_TO_COME: Final = r"""(?:
      (?:be|come|comes|coming|call|calls|calling|go|goes|going)[ ]back
    | return(?:s|ing)?(?:[ ]visit)?(?![ ]home) | revisit\w*
    | (?:next|further|second)[ ]visit
    | appointments? | appt | hearing | in[ ]court | eviction | bailiffs? | due | booked | collect(?:ing|ion)?
    | (?:needs?|must|has|have|wants?)(?:[ ]\w+){0,4}[ ](?:by|before) | deadline | no[ ]later[ ]than
    | expires? | arriv(?:es|ing) | planned | arranged | expected | to[ ]be[ ]\w+
    )"""
_BETWEEN: Final = r"(?:[ ,:-]+(?!was\b|were\b)\w+){0,4}?[ ,:-]+"
_PATTERN: Final = re.compile(
    rf"(?<!not[ ])(?<!n't[ ])(?<!never[ ])\b{_TO_COME}\b{_BETWEEN}{_DAY}", re.IGNORECASE | re.VERBOSE
)
_WEEKDAYS: Final = {**{name: number for number, name in enumerate(DAYS)}, **SHORT_DAYS}


def date_to_act_by(text: str, received: datetime) -> date | None:
    """The first day, not before the report and within 60 days of it, on which a folded text says that something is to
    come; None where it names none. `received` is local time."""
    days = (_day_of(match, received.date()) for match in _PATTERN.finditer(text))
    last = received.date() + timedelta(days=_MOST_DAYS)
    return min((day for day in days if day is not None and received.date() <= day <= last), default=None)


def _day_of(match: re.Match[str], today: date) -> date | None:
    if match["tonight"]:
        return today
    if match["tomorrow"]:
        return today + timedelta(days=1)
    if word := match["weekday"] or match["short"]:
        return today + timedelta(days=(_WEEKDAYS[word.casefold()] - today.weekday()) % 7 or 7)
    month = int(match["month"]) if match["month"] else MONTHS[match["name"][:3].casefold()]
    written = match["year"] or match["of_year"]
    try:
        if written:
            return date(int(written) + (2000 if len(written) == 2 else 0), month, int(match["day"]))
        named = date(today.year, month, int(match["day"]))
        return named if named >= today else named.replace(year=today.year + 1)
    except ValueError:  # 31/02
        return None
