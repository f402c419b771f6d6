"""Columns of yes and no, and codes by which a partner says that a report is sensitive."""

import re
from collections.abc import Sequence
from typing import Final

from tasking.config.feed_columns import Codes, YesNo
from tasking.intake.blank_cells import is_negative
from tasking.intake.drafting.column import NO, YES, Column

# The six kinds of sensitive report, with what partners' codes for them look like and how a code is usually spelt.
_MEANINGS: Final = (
    ("domestic_abuse", re.compile(r"domestic|\bd[av]\b|\bdv\b|dash|stalk|honour", re.IGNORECASE), "domestic abuse"),
    ("cse", re.compile(r"\bc[sc]e\b|exploitation|sexual", re.IGNORECASE), "cse"),
    ("modern_slavery", re.compile(r"slavery|traffick|\bmsht\b|\bms\b", re.IGNORECASE), "modern slavery"),
    ("prevent", re.compile(r"prevent|extremis|terror|radical", re.IGNORECASE), "prevent"),
    ("mental_health", re.compile(r"mental|\bmh\b|suicid|136", re.IGNORECASE), "mental health"),
    ("safeguarding", re.compile(r"safeguard|\bsg\b|vulnerab|adult at risk|child", re.IGNORECASE), "safeguarding"),
)
_ANSWERS: Final = {"y": "N", "yes": "No", "true": "false", "t": "F", "1": "0"}
_ANY: Final = "unspecified"


def yes_no(column: Column) -> YesNo:
    """The answers of a column as they are written; where only one was seen, the other is written alike."""
    answers = sorted({one.strip() for one in column.distinct})
    yes = [one for one in answers if one.casefold().rstrip(".") in YES]
    no = [one for one in answers if one.casefold().rstrip(".") in NO]
    if not no:
        no = [_ANSWERS[yes[0].casefold().rstrip(".")]] if yes else ["N"]
    if not yes:
        pairs = {other.casefold(): mark for mark, other in _ANSWERS.items()}
        word = pairs.get(no[0].casefold().rstrip("."), "y")
        yes = [word.upper() if len(word) == 1 else word if no[0].islower() else word.capitalize()]
    return YesNo(column=column.name, yes=yes, no=no)


def sensitivity(column: Column) -> tuple[Codes, list[str], list[str]]:
    """The codes of a column and what each means; those that were not in the sample; those whose meaning is not known.

    A code of unknown meaning restricts its report as `unspecified`. Kinds without a code in the sample get one as the
    partner spells the others.
    """
    codes: dict[str, str] = {}
    by_name = next((meaning for meaning, pattern, _ in _MEANINGS if pattern.search(column.words)), _ANY)
    unknown = []
    for value in sorted(column.distinct):
        if is_negative(value) or value.strip().casefold() in NO:
            continue
        if value.strip().casefold() in YES:
            codes[value] = by_name
            continue
        meaning = next((meaning for meaning, pattern, _ in _MEANINGS if pattern.search(value.replace("_", " "))), _ANY)
        codes[value] = meaning
        if meaning == _ANY:
            unknown.append(value)
    added = [] if column.is_yes_no else _in_their_style(codes)
    return Codes(column=column.name, codes=codes | dict(added)), [code for code, _ in added], unknown


def _in_their_style(codes: dict[str, str]) -> list[tuple[str, str]]:
    """Codes for the kinds that the sample lacks, in the letters of those that it has, and in each usual spelling.

    Capitals do not matter when codes are read; `_` for a space does, and so do abbreviations.
    """
    seen = list(codes)
    found: list[tuple[str, str]] = []
    for meaning, _, words in _MEANINGS:
        if meaning in codes.values():
            continue
        spelt = [words.replace(" ", "_")] if any("_" in one for one in seen) else [words]
        if not any("_" in one or " " in one for one in seen):
            spelt = list(dict.fromkeys([words, words.replace(" ", "_")]))
        if meaning == "domestic_abuse" and all(map(str.isupper, seen)):
            spelt.append("da")
        found += [(_in_letters_of(seen, one), meaning) for one in spelt]
    return found


def _in_letters_of(seen: Sequence[str], words: str) -> str:
    if (seen and all(map(str.isupper, seen))) or words == "da":
        return words.upper()
    if seen and all(map(str.islower, seen)):
        return words
    return words.title() if any(one.istitle() and " " in one for one in seen) else words.capitalize()
