"""Which columns are left out, by name or by pattern, and which of them hold personal data."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from tasking.intake.drafting.column import Column, is_like_a_name

_LEAST_ALIKE: Final = 3  # columns with the same beginning, for a pattern
_BEGINNING: Final = re.compile(r"^[^\W\d_](?:\w*\.|[^\W\d_]*[ _:/-])")
_PERSONAL: Final = re.compile(
    r"\b(?:name|forename|surname|dob|birth|phone|tel|mobile|e ?mail|address|age|gender|sex|ethnic\w*|religion|nhs|nino|"
    r"disab\w*|health|gp|officer|clerk|nationality|sexual\w*)\b"
)


def ignored_patterns(columns: Sequence[Column], read: Sequence[str]) -> list[str]:
    """The columns that are not read, those with one beginning as a pattern: `Internal *`, `attributes.*`.

    A beginning that a column has which is read makes no pattern.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for column in columns:
        if match := _BEGINNING.match(column.name):
            groups[match[0]].append(column.name)
    patterns = {
        start: names
        for start, names in groups.items()
        if len(names) >= _LEAST_ALIKE and not any(name.startswith(start) for name in read)
    }
    found: dict[str, None] = {}
    for start in [one for one in groups if one.endswith(".")]:  # a group of JSON, which may be empty or get a new key
        if not any(name.startswith(start) for name in read):
            patterns[start] = groups[start]
            found[start.removesuffix(".")] = None
    for column in columns:
        pattern = next((f"{start}*" for start in patterns if column.name.startswith(start)), column.name)
        found[pattern] = None
    return list(found)


def personal_columns(columns: Sequence[Column]) -> list[str]:
    """Columns that are not read and look as if they held personal data, by their names or their cells."""
    return [
        one.name
        for one in columns
        if _PERSONAL.search(one.words)
        or one.phones > 0.3
        or one.emails > 0.3
        or (one.unique_share > 0.3 and one.share(_is_a_full_name) > 0.5)
    ]


def _is_a_full_name(text: str) -> bool:
    return len(text.split()) > 1 and is_like_a_name(text)
