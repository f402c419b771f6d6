"""Gives each field of a report its columns, and asks where the sample does not decide."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tasking.config.feed_columns import Fields, TimeColumns, columns_of
from tasking.intake.drafting.codes import sensitivity, yes_no
from tasking.intake.drafting.column import Column
from tasking.intake.drafting.interview import NONE, Choice, Interview
from tasking.intake.drafting.positions import find_position
from tasking.intake.drafting.roles import CERTAIN, WORDED, Role, ranked
from tasking.intake.drafting.time_choice import Times, choose_times
from tasking.intake.drafting.time_columns import declared_times, find_moments
from tasking.model.errors import TaskingError

_REQUIRED: Final = ("source_ref", "category", "text")
_QUESTIONS: Final = {
    "source_ref": "Which column is the reference of a report?",
    "category": "Which column says what kind of report it is?",
    "text": "Which column says in words what happened? Several are joined: A+B",
}
_MOST_CHOICES: Final = 8
_RIVAL: Final = 0.9  # of the best score: two columns with as good a claim
_OFTEN_EMPTY: Final = 0.8  # share of rows with a text, below which the category stands before it
_ALSO: Final = 0.5  # of the best text's score, for a further text that is joined to it
_ONE_VALUE: Final = re.compile(
    r"\b(?:name|phone|tel|telephone|mobile|e ?mail|date|time|datetime|post ?code|description|sensitiv\w*|handling|"
    r"restricted|flag|marker|vulnerab\w*|anon\w*)\b"
)
_SOME, _FEW = 0.3, 0.1  # shares of cells with a postcode, and with a mail address
_FIRST: Final = re.compile(r"\b(?:first|fore|given) ?names?\b|\bforename\b|\bfirstname\b")
_LAST: Final = re.compile(r"\b(?:last|sur|family) ?name\b|\bsurname\b|\blastname\b")
_LINE: Final = re.compile(r"\b(?:address|addr)(?: line)? ?\d\b")
_STREET: Final = re.compile(r"\b(?:street|road)(?: name)?\b|\b(?:address|addr)(?: line)? ?1\b")
_BEFORE: Final = re.compile(r"\b(?:house|building|property|premises) ?(?:no|number|name)?\b|\bflat\b")
_AFTER: Final = re.compile(r"\b(?:town|village|locality|area|district)\b")


@dataclass
class Assignment:
    """`fields`: the values of the declaration's `fields`. `unsure`: for a field what to check, in words."""

    fields: dict[str, Any] = field(default_factory=dict)
    unsure: dict[str, str] = field(default_factory=dict)

    @property
    def taken(self) -> set[str]:
        return {column for value in self.fields.values() for column in columns_of(value)}


def assign(
    columns: Sequence[Column], knows: Callable[[str], bool], interview: Interview, *, is_keyed: bool = False
) -> Assignment | None:
    """The fields of a report; None while a question blocks. `knows`: whether a word is a known kind of report.

    `is_keyed`: the columns are keys of JSON; one that is always null may be a group, so it is not read unless its name
    says what it is.
    """
    found = Assignment()
    by_name = {one.name: one for one in columns}
    columns = [one for one in columns if not (is_keyed and one.is_empty and not _ONE_VALUE.search(one.words))]
    given = _given(by_name, interview)
    moments = find_moments(columns)
    times = choose_times(columns, moments, interview)
    used = {name for names in given.values() for name in names} | {
        name for moment in [*moments, *times.empty] for name in moment.columns
    }
    if position := find_position([one for one in columns if one.name not in used]):
        found.fields["position"] = position
    for name, role in CERTAIN.items():
        _take(found, name, role, columns, used, given)
    for name, role in WORDED.items():
        own = role._replace(fit=_known_first(role.fit, knows)) if name == "category" else role
        _take(found, name, own, columns, used, given)
    _complete(found, columns, by_name, used)
    for name in _REQUIRED:
        _require(found, name, columns, used, given, interview)
    _add_times(found, times, interview)
    if interview.open_questions and any(one.is_blocking for one in interview.open_questions):
        return None
    _code(found, by_name)
    found.fields = {name: found.fields[name] for name in Fields.model_fields if name in found.fields}
    return found


def _given(by_name: dict[str, Column], interview: Interview) -> dict[str, list[str]]:
    """The columns that answers name for fields: `text=Details+Action`; empty for `none`. Raises TaskingError."""
    found = {}
    for name in Fields.model_fields:
        answer = None if name in ("position", "received_at") else interview.given(name)
        if answer is None or name.startswith(("occurred", "subject_born")):
            continue
        names = [] if answer == NONE else [answer] if answer in by_name else [one.strip() for one in answer.split("+")]
        if unknown := [one for one in names if one not in by_name]:
            near = ", ".join(list(by_name)[:10])
            words = f"--answer {name}={answer}: there is no column {unknown[0]!r}; there are: {near}"
            raise TaskingError(words, field=name)
        found[name] = names
    return found


def _take(
    found: Assignment, name: str, role: Role, columns: Sequence[Column], used: set[str], given: dict[str, list[str]]
) -> None:
    """Gives a field the column with the best score, or those that an answer names."""
    if name in given:
        if given[name]:
            found.fields[name] = given[name][0] if len(given[name]) == 1 else given[name]
        return
    free = [one for one in columns if one.name not in used | found.taken]
    best = ranked(role, free)
    if name == "source_ref" and len(best) > 1 and best[1][0] >= _RIVAL * best[0][0]:
        return  # _require asks
    if best:
        found.fields[name] = best[0][1].name
    if name == "sensitivity" and len(best) > 1:
        others = ", ".join(f'"{column.name}"' for _, column in best[1:4])
        found.unsure[name] = f"{others} may say that a report is sensitive too, and one column is read"


def _known_first(fit: Callable[[Column], float], knows: Callable[[str], bool]) -> Callable[[Column], float]:
    """The fit of a column of categories: the more of its words are known, the better."""
    return lambda column: fit(column) * (0.4 + 0.6 * column.share(knows)) if fit(column) else 0.0


def _complete(found: Assignment, columns: Sequence[Column], by_name: dict[str, Column], used: set[str]) -> None:
    """What one column makes up together with another: names, lines of an address, texts, telephone and mail in one."""
    free = [one for one in columns if one.name not in used | found.taken]
    fields = found.fields
    if isinstance(name := fields.get("caller_name"), str):
        parts = [next((one.name for one in columns if part.search(one.words)), "") for part in (_FIRST, _LAST)]
        if name in parts and all(part and part not in used for part in parts):
            fields["caller_name"] = parts
    if isinstance(place := fields.get("place"), str) and _STREET.search(by_name[place].words):
        lines = [one.name for one in columns if one.name == place or (one in free and _is_part_of_address(one))]
        fields["place"] = lines if len(lines) > 1 else place
    if "postcode" not in fields and isinstance(place, str) and by_name[place].postcodes >= _SOME:
        fields["postcode"] = place
        found.unsure["postcode"] = "found in the place"
    phone = fields.get("caller_phone")
    if "caller_email" not in fields and isinstance(phone, str) and by_name[phone].emails >= _FEW:
        fields["caller_email"] = phone
    if isinstance(text := fields.get("text"), str):
        fields["text"] = _texts(found, text, free, by_name)


def _is_part_of_address(column: Column) -> bool:
    patterns = (_LINE, _BEFORE, _AFTER)
    return column.mean_words <= 6 and any(pattern.search(column.words) for pattern in patterns)


def _texts(found: Assignment, best: str, free: Sequence[Column], by_name: dict[str, Column]) -> str | list[str]:
    """The text with further texts; after the category's name where it is often empty."""
    role = WORDED["text"]
    least = _ALSO * role.score(by_name[best])
    names = [one.name for one in free if role.score(one) >= max(least, 1.2) and one.mean_words >= 4]
    ordered = [name for name in by_name if name == best or name in names]
    category = found.fields.get("category")
    if by_name[best].filled < _OFTEN_EMPTY and isinstance(category, str):
        share = 1 - by_name[best].filled
        found.unsure["text"] = (
            f"{best} is empty in {share:.0%} of the rows; the category's name keeps them from being held"
        )
        ordered = [category, *ordered]
    return ordered if len(ordered) > 1 else ordered[0]


def _require(
    found: Assignment,
    name: str,
    columns: Sequence[Column],
    used: set[str],
    given: dict[str, list[str]],
    interview: Interview,
) -> None:
    """Asks for a field that every report needs, where no column or more than one has a good claim."""
    if name in found.fields:
        return
    free = [one for one in columns if one.name not in used | found.taken]
    scored = sorted(free, key=lambda one: -WORDED[name].score(one))
    choices = [Choice(one.name) for one in scored[:_MOST_CHOICES]]
    answer = interview.ask(name, _QUESTIONS[name], choices, is_open=True)
    if answer is not None and not given.get(name):
        raise TaskingError(f"--answer {name}={answer}: every report needs it; name a column", field=name)


def _add_times(found: Assignment, times: Times, interview: Interview) -> None:
    """Adds the times to the fields, once the order of day and month is known."""
    if times.order is None or times.received is None:
        return
    order = times.order
    read = [times.received, *times.others.values()]
    received = declared_times(times.received, order, interview, "received_at", read)
    found.fields["received_at"] = received
    for name, moment in times.others.items():
        found.fields[name] = declared_times(moment, order, interview, name, read)
    for name, moment in times.unseen.items():
        formats = received.formats if len(moment.columns) == len(received.columns) else ["iso8601"]
        if name == "subject_born_on":
            formats = ["%d/%m/%Y", "%Y-%m-%d"]
        found.fields[name] = TimeColumns(columns=moment.columns, formats=formats)
        found.unsure[name] = "empty in the sample, so its format is not known"


def _code(found: Assignment, by_name: dict[str, Column]) -> None:
    """Turns the names of coded columns into their answers and codes."""
    for name in ("is_anonymous", "wants_feedback", "is_vulnerable"):
        if isinstance(column := found.fields.get(name), str):
            found.fields[name] = yes_no(by_name[column])
            if by_name[column].is_empty:
                del found.fields[name]
    if isinstance(column := found.fields.get("sensitivity"), str):
        codes, added, unknown = sensitivity(by_name[column])
        found.fields["sensitivity"] = codes
        if "sensitivity" in found.unsure:
            return
        if by_name[column].is_empty:
            found.unsure["sensitivity"] = "empty in the sample: these codes are a guess; ask the partner for the list"
        elif unknown:
            found.unsure["sensitivity"] = f"what {', '.join(unknown[:4])} means is not known; it restricts the report"
        elif added:
            found.unsure["sensitivity"] = f"not in the sample: {', '.join(added)}; ask the partner for the list"
