"""A paper of the meeting as a value: the agenda, the minutes and the handover are shown, printed and mailed from it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

MARKING: Final = "OFFICIAL"


@dataclass(frozen=True)
class Line:
    """`label`: A or 1; `lead` in bold; `room`: ruled lines to write on below it."""

    lead: str
    words: str = ""
    label: str = ""
    room: int = 0


@dataclass(frozen=True)
class Section:
    """Lines under a heading. `more`: how many others are on the desk alone; `empty`: what is said without any."""

    title: str
    lines: tuple[Line, ...] = ()
    more: int = 0
    empty: str = ""


@dataclass(frozen=True)
class Sheet:
    """One paper. `facts`: (what, words) below the title; `made_at`: the time that a file of it says it was made."""

    title: str
    subtitle: str
    day: date
    made_at: datetime
    facts: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    foot: str = ""
    marking: str = MARKING


def sheet_text(sheet: Sheet) -> str:
    """The paper as plain text."""
    lines = [sheet.marking, sheet.title, sheet.subtitle, ""]
    lines += [f"{name}: {words}" for name, words in sheet.facts]
    for section in sheet.sections:
        lines += ["", section.title.upper()]
        lines += [_text_of(one) for one in section.lines]
        if section.more:
            lines.append(more_words(section.more))
        if not section.lines and section.empty:
            lines.append(section.empty)
    return "\n".join([*lines, "", sheet.foot]).rstrip() + "\n"


def more_words(count: int) -> str:
    """`and 12 more on the desk`"""
    return f"and {count} more on the desk"


def _text_of(one: Line) -> str:
    label = f"{one.label}. " if one.label else "- "
    return label + (f"{one.lead}: {one.words}" if one.words else one.lead)
