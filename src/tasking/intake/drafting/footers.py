"""Rows below the header that are not reports: totals, footers, lines that a report writer prints."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tasking.config.feed import literal_but_stars
from tasking.intake.drafting.interview import Choice, Interview
from tasking.intake.drafting.sample import RawRow

_USUAL: Final = 0.75  # the quantile of filled cells: footers may be half of a small sample's rows
_SPARSE: Final = 0.6  # of the cells that a row usually has
_MOST_ASKED: Final = 5
# What report writers print under or between the rows, as patterns of a declaration.
_KNOWN: Final = (
    (re.compile(r"(?:grand |sub[- ]?|overall |report )?totals?\b", re.IGNORECASE), None),
    (re.compile(r"\(?\d* ?rows? (?:\(s\) )?affected\)?|\(\d+ rows?\)", re.IGNORECASE), "(* row*"),
    (re.compile(r"\d+ (?:rows?|records?|cases?|results?|incidents?)\b", re.IGNORECASE), "* {word}*"),
    (re.compile(r"(?:number|no|count) of\b|count\b|records?\b|rows?\b", re.IGNORECASE), None),
    (re.compile(r"end of\b|\*+ ?end\b|page \d|printed\b|generated\b|report (?:run|date|printed|produced|by)\b",
                re.IGNORECASE), None),
    (re.compile(r"official|confidential|restricted|protect|©|copyright|disclaimer|source\b|notes?:", re.IGNORECASE),
     None),
)  # fmt: skip
_SUBTOTAL: Final = re.compile(r"^[\w&' -]{1,40} (?:sub[- ]?)?totals?\b", re.IGNORECASE)


@dataclass(frozen=True)
class Footers:
    """`patterns`: for `ignored_rows`. `rows`: the numbers of the rows that they ignore, each with its pattern."""

    patterns: tuple[str, ...]
    rows: dict[int, str]


def find_footers(rows: Sequence[RawRow], interview: Interview, unit: str) -> Footers:
    """The rows after the header that are no reports: those that begin like a total, and others that somebody named.

    A row with few cells that begins with something else is asked about, and kept until then.
    """
    usual = float(np.quantile([len(row.filled) for row in rows], _USUAL)) if rows else 0.0
    patterns: dict[str, None] = {}
    found: dict[int, str] = {}
    asked: dict[str, RawRow] = {}
    for row in rows:
        cells = row.filled
        if not cells or len(cells) > max(1.0, _SPARSE * usual):
            continue
        if pattern := _known_pattern(cells[0]):
            patterns[pattern] = None
            found[row.number] = pattern
        elif len(cells) == 1 and not re.search(r"\d", cells[0]) and len(asked) < _MOST_ASKED:
            asked.setdefault(_beginning(cells[0]), row)
    for pattern, row in asked.items():
        words = (
            f"{unit.capitalize()} {row.number} has one cell only, of {len(row.filled[0])} characters. Is it a report?"
        )
        choices = (Choice("report", "held until somebody corrects it"), Choice("ignore", f"ignored by {pattern!r}"))
        if interview.ask(f"{unit}.{row.number}", words, choices, "report") == "ignore":
            patterns[pattern] = None
            found[row.number] = pattern
    return Footers(tuple(patterns), found)


def _known_pattern(cell: str) -> str | None:
    """The pattern by which a row is ignored that begins with this cell; None where it may be a report."""
    text = " ".join(cell.split())
    for known, pattern in _KNOWN:
        if match := known.match(text):
            if pattern is None:
                return literal_but_stars(re.sub(r"\d+", "*", match[0])) + "*"
            word = re.sub(r"^[\W\d]+", "", match[0]).rstrip("s)") or "row"
            return pattern.format(word=word)
    return "* total*" if _SUBTOTAL.match(text) else None


def _beginning(cell: str) -> str:
    """A pattern for rows that begin with the same word."""
    return literal_but_stars(cell.split()[0]) + " *" if " " in cell.strip() else literal_but_stars(cell.strip())
