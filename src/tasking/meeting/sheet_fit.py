"""Cuts a paper to a number of pages, and says on it what was left out."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tasking.meeting.sheet import Section, Sheet

if TYPE_CHECKING:
    from tasking.meeting.sheet_pdf import Ruler

_LEAST_LINES: Final = 3  # of a section, before long lines are shortened instead
_MOST_LETTERS: Final = 240  # of a line that is shortened


def pages_of(sheet: Sheet) -> int:
    """How many pages the paper takes."""
    from tasking.meeting.sheet_pdf import Ruler  # takes a while to import, and most starts print nothing

    return Ruler(sheet).pages(sheet, is_exact=True)


def fitted(sheet: Sheet, most_pages: int) -> Sheet:
    """The paper cut to at most `most_pages`: first room to write goes, from the last section on, then lines at the end
    of the longest sections, which then say how many more there are; last, the ends of very long lines."""
    from tasking.meeting.sheet_pdf import Ruler

    ruler = Ruler(sheet)
    for narrower in (sheet, *_with_less_room(sheet)):
        sheet = narrower
        if ruler.pages(sheet) <= most_pages and ruler.pages(sheet, is_exact=True) <= most_pages:
            return sheet
    return _shortest_cut(ruler, sheet, most_pages)


def _with_less_room(sheet: Sheet) -> Iterator[Sheet]:
    for room in (1, 0):
        for number in reversed(range(len(sheet.sections))):
            sections = list(sheet.sections)
            if any(line.room > room for line in sections[number].lines):
                sections[number] = _with_room(sections[number], room)
                sheet = replace(sheet, sections=tuple(sections))
                yield sheet


def _shortest_cut(ruler: "Ruler", sheet: Sheet, most_pages: int) -> Sheet:
    """The paper with the largest number of lines a section that fits, found by halving."""
    low, high = 0, max((len(one.lines) for one in sheet.sections), default=0)
    while low < high:
        middle = (low + high + 1) // 2
        if ruler.pages(_cut(sheet, middle)) <= most_pages:
            low = middle
        else:
            high = middle - 1
    shorter = _with_short_lines(sheet)
    if low < _LEAST_LINES and shorter != sheet:
        return _shortest_cut(ruler, shorter, most_pages)
    while low and ruler.pages(_cut(sheet, low), is_exact=True) > most_pages:
        low -= 1
    return _cut(sheet, low)


def _cut(sheet: Sheet, most: int) -> Sheet:
    return replace(sheet, sections=tuple(_cut_section(one, most) for one in sheet.sections))


def _cut_section(section: Section, most: int) -> Section:
    left_out = max(0, len(section.lines) - most)
    return replace(section, lines=section.lines[: len(section.lines) - left_out], more=section.more + left_out)


def _with_room(section: Section, room: int) -> Section:
    return replace(section, lines=tuple(replace(one, room=min(one.room, room)) for one in section.lines))


def _with_short_lines(sheet: Sheet, most: int = _MOST_LETTERS) -> Sheet:
    def short(words: str) -> str:
        return words if len(words) <= most else words[: most - 1] + "…"

    sections = tuple(
        replace(one, lines=tuple(replace(line, lead=short(line.lead), words=short(line.words)) for line in one.lines))
        for one in sheet.sections
    )
    facts = tuple((name, short(words)) for name, words in sheet.facts)
    return replace(sheet, sections=sections, facts=facts)
