"""Which of the times is when a report was received, when the incident happened, and a date of birth."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tasking.intake.drafting.column import Column
from tasking.intake.drafting.interview import NONE, Choice, Interview
from tasking.intake.drafting.roles import BORN, ENDED, NEITHER, OCCURRED, RECEIVED, weight_of
from tasking.intake.drafting.time_columns import Moment, find_moments, order_of
from tasking.model.errors import TaskingError

_STRONG: Final = 3.0
_CLOSE: Final = 0.3  # of a score: two times with as good a claim
_LEAST_FILLED: Final = 0.5
_OF_A_TIME: Final = re.compile(r"\b(?:date|time|datetime|dt|occurred|from|to|when|at|dob|birth)\b")


@dataclass
class Times:
    """`order`: None while it is not known whether day or month comes first. `others`: field -> its column or columns.

    `unseen`: those without a value in the sample, known by their names only.
    """

    order: str | None = None
    received: Moment | None = None
    others: dict[str, Moment] = field(default_factory=dict)
    unseen: dict[str, Moment] = field(default_factory=dict)

    @property
    def empty(self) -> list[Moment]:
        return list(self.unseen.values())


def choose_times(columns: Sequence[Column], moments: Sequence[Moment], interview: Interview) -> Times:
    """The times of a report. Asks for the time received where two columns have as good a claim, or none has one."""
    times = Times()
    born = next((one for one in moments if weight_of(BORN, one.date.words)), None)
    if born:
        times.others["subject_born_on"] = born
    usable = [one for one in moments if one is not born and not NEITHER.search(one.date.words)]
    times.received = _received(usable, columns, interview)
    left = [one for one in usable if times.received is None or one.columns != times.received.columns]
    _add_occurred(times, left, columns, interview)
    _add_unseen(times, columns)
    read = [one for one in (times.received, *times.others.values()) if one is not None]
    times.order = order_of(read, interview)
    return times


def _received(moments: Sequence[Moment], columns: Sequence[Column], interview: Interview) -> Moment | None:
    if (answer := interview.given("received_at")) is not None:
        return _named("received_at", answer, columns)
    scored = sorted(((_received_score(one), one) for one in moments), key=lambda one: -one[0])
    scored = [one for one in scored if one[1].date.filled >= _LEAST_FILLED]
    if scored and (len(scored) == 1 or scored[0][0] - scored[1][0] > _CLOSE):
        return scored[0][1]
    choices = [Choice("+".join(one.columns)) for _, one in scored] or [Choice(one.name) for one in columns[:8]]
    interview.ask("received_at", "Which column says when the partner received a report? Date and time: A+B", choices,
                  is_open=True)  # fmt: skip
    return None


def _received_score(moment: Moment) -> float:
    """The more its name says so, and the less it says when something happened."""
    occurred = weight_of(OCCURRED, moment.name)
    has_clock = bool(moment.clock) or any(one.clock for one in moment.date.written.values())
    score = weight_of(RECEIVED, moment.name) + moment.date.filled + 0.5 * has_clock
    return score - (occurred if occurred >= _STRONG and not weight_of(RECEIVED, moment.name) >= _STRONG else 0.0)


def _add_occurred(times: Times, left: Sequence[Moment], columns: Sequence[Column], interview: Interview) -> None:
    """When the incident happened: its start and its end, by their names or as answers say."""
    answers = {name: interview.given(name) for name in ("occurred_from", "occurred_to", "subject_born_on")}
    for name, answer in answers.items():
        if answer is not None and answer != NONE:
            times.others[name] = _named(name, answer, columns)
        elif answer == NONE:
            times.others.pop(name, None)
    ended = [one for one in left if weight_of(ENDED, one.date.words)]
    starts = [one for one in left if weight_of(OCCURRED, one.name) >= _STRONG and one not in ended]
    if answers["occurred_from"] is None and starts:
        times.others["occurred_from"] = starts[0]
        if answers["occurred_to"] is None and ended:
            times.others["occurred_to"] = ended[0]


def _add_unseen(times: Times, columns: Sequence[Column]) -> None:
    """Columns without a value whose names alone say that they are times."""
    for column in columns:
        if not column.is_empty or not _OF_A_TIME.search(column.words) or NEITHER.search(column.words):
            continue
        is_end = bool(weight_of(ENDED, column.words))
        if weight_of(BORN, column.words):
            name = "subject_born_on"
        elif weight_of(OCCURRED, column.words) >= _STRONG:
            name = "occurred_to" if is_end and "occurred_from" in times.others | times.unseen else "occurred_from"
        else:
            continue
        if name not in times.others:
            times.unseen.setdefault(name, Moment(column))


def _named(field_name: str, answer: str, columns: Sequence[Column]) -> Moment:
    """The moment that an answer names, in one column or two. Raises TaskingError."""
    by_name = {one.name: one for one in columns}
    names = [answer] if answer in by_name else [one.strip() for one in answer.split("+")]
    if unknown := [one for one in names if one not in by_name]:
        there = ", ".join(list(by_name)[:10])
        raise TaskingError(
            f"--answer {field_name}={answer}: there is no column {unknown[0]!r}; there are: {there}", field=field_name
        )
    if len(names) > 2:
        raise TaskingError(
            f"--answer {field_name}={answer}: give one column, or a date and a time: A+B", field=field_name
        )
    if len(names) == 1:
        found = next((one for one in find_moments(columns) if one.date.name == names[0]), None)
        return found or Moment(by_name[names[0]])
    return Moment(by_name[names[0]], by_name[names[1]])
