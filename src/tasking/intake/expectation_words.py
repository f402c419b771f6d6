"""What an expectation is about, in words: a noun phrase without a verdict, such as `form of “Postcode”`."""

import re
from collections.abc import Mapping
from typing import Final

_NAME: Final = re.compile(r"(?P<type>\w+)(?:\((?P<column>.*)\))?", re.DOTALL)
_BY_TYPE: Final = {
    "expect_column_values_to_not_be_null": "{column} filled in",
    "expect_column_values_to_match_regex": "form of {column}",
    "expect_column_values_to_be_in_set": "values of {column}",
    "expect_column_values_to_be_between": "range of {column}",
    "expect_column_value_lengths_to_be_between": "length of {column}",
    "expect_column_values_to_be_unique": "{column} different in each row",
    "expect_rows_to_be_readable": "rows that can be read",
    "expect_references_to_be_readable": "references sent as text",
    "expect_times_to_be_readable": "times in the agreed form",
    "expect_references_to_stay_with_their_event": "a reference of its own for each event",
    "expect_restrictions_to_stay": "restrictions that stay",
}
_OF_DELIVERY: Final = {
    "rows": "number of rows in a day", "rows_of_week": "number of rows in 7 days", "held": "number of held rows",
    "chance_of_kinds": "categories, compared with the 12 weeks before",
}  # fmt: skip
_OF_CELL: Final = {
    "category": "a category", "postcode": "full postcodes", "position": "positions",
    "occurred": "times of the incident", "sensitivity": "flags of sensitive matters",
    "is_anonymous": "answers on staying anonymous", "wants_feedback": "answers on hearing back",
    "is_vulnerable": "answers on somebody vulnerable", "caller_phone": "telephone numbers",
    "caller_email": "email addresses", "subject_born_on": "dates of birth",
}  # fmt: skip
_OF_REPORT: Final = {
    "hours_after_window": "times that are not in the future",
    "days_too_old": "reports that are recent",
}


def expectation_words(suite: str, expectation: str, placeholders: Mapping[str, str]) -> str:
    """What an expectation is about. `expectation`: its name in results, its type with the column in brackets;
    `placeholders`: of the feed, for the partner's own names of columns."""
    found = _NAME.fullmatch(expectation)
    if found is None:
        return expectation
    kind, column = found["type"], found["column"] or ""
    if suite == "delivery" and column in _OF_DELIVERY:
        return _OF_DELIVERY[column]
    if suite == "report" and column in _OF_REPORT:
        return _OF_REPORT[column]
    read = column.removesuffix("_problem").removesuffix("_unusable")
    if column.endswith("_unusable") and read in _OF_CELL:
        return f"{_OF_CELL[read]} that can be used"
    own = (placeholders.get(f"{read}_column") if suite == "report" else "") or read.replace("_", " ")
    if kind in _BY_TYPE:
        return _BY_TYPE[kind].format_map({"column": f"“{own}”"})
    words = kind.removeprefix("expect_").replace("_", " ")
    return f"{words}: “{own}”" if own else words
