"""How a partner's files are named: which part of the name is the day."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from tasking.intake.drafting.interview import Choice, Interview
from tasking.model.errors import TaskingError

_MARKS: Final = "([-_. ]?)"
_MONTHS: Final = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_FORMS: Final = (
    (re.compile(rf"(?<!\d)\d{{4}}{_MARKS}\d{{2}}\1\d{{2}}(?!\d)"), ("%Y{0}%m{0}%d",)),
    (re.compile(rf"(?<!\d)\d{{2}}{_MARKS}\d{{2}}\1\d{{4}}(?!\d)"), ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y")),
    (re.compile(rf"(?<!\d)\d{{2}}{_MARKS}\d{{2}}\1\d{{2}}(?!\d)"), ("%d{0}%m{0}%y", "%y{0}%m{0}%d", "%m{0}%d{0}%y")),
    (re.compile(rf"(?<!\d)\d{{2}}{_MARKS}{_MONTHS}\1\d{{4}}(?!\d)", re.I), ("%d{0}%b{0}%Y",)),
    (re.compile(rf"(?<!\d)\d{{2}}{_MARKS}{_MONTHS}\1\d{{2}}(?!\d)", re.I), ("%d{0}%b{0}%y",)),
)  # fmt: skip
_NEAR: Final = timedelta(days=3)  # between the day in a name and the last report in the file


class NamedDay(NamedTuple):
    """`pattern`: the name with `{day:...}` in place of the day that it holds."""

    pattern: str
    day: date


def days_in(name: str) -> Iterator[NamedDay]:
    """Every reading of a name in which it holds a day."""
    for pattern, forms in _FORMS:
        for match in pattern.finditer(name):
            for form in forms:
                written = form.format(match[1])
                try:
                    day = datetime.strptime(match[0], written).date()  # noqa: DTZ007 - a calendar day
                except ValueError:
                    continue
                if f"{day:{written}}" == match[0] and 2000 <= day.year < 2100:
                    before, after = name[: match.start()], name[match.end() :]
                    yield NamedDay(f"{_braced(before)}{{day:{written}}}{_braced(after)}", day)


def delivery_name(
    names: Sequence[str], last_received: date | None, feed: str, ending: str, interview: Interview
) -> NamedDay:
    """How the files of a feed are named, and the day of the last of them.

    A name that can be read in several ways is read as the day nearest to its last report; where that does not decide,
    or the name has no day, it is asked. `last_received`: the reporting day of the last report.
    """
    if given := interview.given("file_name"):
        return _given(given, names[-1], last_received)
    readings = list(days_in(names[-1]))
    near = [one for one in readings if last_received and abs(one.day - last_received) <= _NEAR]
    near = [one for one in near if all(_fits(one.pattern, name) for name in names)] or near
    best = sorted(near, key=lambda one: abs(one.day - (last_received or one.day)))
    if best and (len(best) == 1 or abs(best[0].day - best[1].day).days):
        return best[0]
    day = last_received or (readings[0].day if readings else None)
    if day is None:
        raise TaskingError(
            f"{names[-1]}: neither its name nor its rows have a day; give --answer sample_day=YYYY-MM-DD"
        )
    default = f"{feed}-{{day:%Y-%m-%d}}.{ending}"
    choices = [Choice(one.pattern, f"the day is {one.day:%d %B %Y}") for one in best or readings]
    words = f'How are the files named? "{names[-1]}" does not say its day' if not readings else (
        f'Which part of "{names[-1]}" is the day?'
    )  # fmt: skip
    interview.ask("file_name", f"{words}; give a name with {{day:%Y%m%d}}", choices, default, is_open=True)
    return NamedDay(default, day)


def _given(pattern: str, name: str, last_received: date | None) -> NamedDay:
    day = next((one.day for one in days_in(name) if one.pattern == pattern), last_received)
    if "{day:" not in pattern or day is None:
        raise TaskingError(
            f"--answer file_name={pattern}: the name must hold the day, such as {{day:%Y%m%d}}", field="file_name"
        )
    return NamedDay(pattern, day)


def _fits(pattern: str, name: str) -> bool:
    return any(one.pattern == pattern for one in days_in(name))


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
