"""Papers of the meeting as PDF, A4. Any text can be shown: a letter that the font lacks is drawn as a box."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from tasking.meeting.sheet import Line, Section, Sheet, more_words
from tasking.model.text import clean

_MARGIN_MM: Final = 15.0
_LABEL_MM: Final = 8.0
_RULE_MM: Final = 7.0  # between lines to write on
_SIZE_PT: Final = 9.5
_LINE_MM: Final = 4.4
_FAMILY: Final = "text"
_MOST_KEPT_MM: Final = 120.0  # a line that is higher may be broken across pages
_BOX: Final = "\u25a1"  # in place of a letter that the font lacks
# Hebrew, Arabic and its neighbours, the scripts of South Asia: letters that join, or that run from right to left.
_SHAPED: Final = re.compile("[\u0590-\u08ff\u0900-\u0dff\ufb1d-\ufdff\ufe70-\ufeff]")
_MARKUP: Final = re.compile(r"\*\*|__|--|~~|\\|\[")
_INK: Final = (20, 33, 61)
_SOFT: Final = (77, 88, 113)


def sheet_pdf(sheet: Sheet) -> bytes:
    """The paper as a PDF: with its title, its language and an outline. The same paper gives the same bytes."""
    paper = _Paper(sheet)
    _draw(paper, sheet)
    return bytes(paper.output())


class _Paper(FPDF):
    """An A4 page with the marking at its head, and the title and the number of the page at its foot."""

    def __init__(self, sheet: Sheet) -> None:
        for name in ("fpdf", "fontTools"):  # they warn of every letter that a font lacks
            logging.getLogger(name).setLevel(logging.ERROR)
        super().__init__(format="A4")
        self.sheet = sheet
        self.is_measured = False  # lines are not drawn, only their height counts
        self.rows: dict[str, int] = {}  # text of a line -> how many rows it takes at most
        self.set_margins(_MARGIN_MM, 14, _MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=14)
        self.set_title(_printable(sheet.title))
        self.set_lang("en-GB")
        self.set_creation_date(sheet.made_at)
        self.set_producer("tasking")
        for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font(_FAMILY, style, _fonts() / name)
        self.set_display_mode("fullpage")

    def header(self) -> None:
        self.set_x(_MARGIN_MM)  # also where a page breaks within an indented line
        self.set_font(_FAMILY, "B", 8)
        self.set_text_color(*_SOFT)
        self.cell(0, 4, self.drawable(self.sheet.marking), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def footer(self) -> None:
        self.set_y(-11)
        self.set_x(_MARGIN_MM)
        self.set_font(_FAMILY, "", 7.5)
        self.set_text_color(*_SOFT)
        self.cell(0, 4, f"{self.drawable(self.sheet.title)} · page {self.page_no()} of {{nb}}", align="L")

    def drawable(self, words: str, *, keeps_end: bool = False) -> str:
        """The words on one line as the font can show them; letters are joined where their script needs it."""
        text = _printable(words, keeps_end=keeps_end)
        if not text.isascii():
            known = self.current_font.cmap  # type: ignore[union-attr]
            text = "".join(one if ord(one) in known else _BOX for one in text)
        self.set_text_shaping(bool(_SHAPED.search(text)))
        return text


def _fonts() -> Path:
    """The folder of the fonts that come with matplotlib."""
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


class Ruler:
    """Counts the pages of papers. Reading the fonts and breaking lines take most of the time: each is done once."""

    def __init__(self, sheet: Sheet) -> None:
        self._paper = _Paper(sheet)

    def pages(self, sheet: Sheet, *, is_exact: bool = False) -> int:
        """How many pages a paper takes. `is_exact`: by drawing it, which takes longer."""
        before = self._paper.page_no()
        self._paper.is_measured = not is_exact
        _draw(self._paper, sheet)
        return self._paper.page_no() - before


def _draw(paper: _Paper, sheet: Sheet) -> None:
    paper.add_page()
    paper.set_font(_FAMILY, "B", 15)
    paper.set_text_color(*_INK)
    _write(paper, sheet.title, 6.5)
    paper.set_font(_FAMILY, "", 9)
    paper.set_text_color(*_SOFT)
    _write(paper, sheet.subtitle, 4.5)
    paper.ln(1)
    for name, words in sheet.facts:
        _fact(paper, name, words)
    for section in sheet.sections:
        _section(paper, section)
    if sheet.foot:
        paper.ln(2)
        paper.set_font(_FAMILY, "", 8)
        paper.set_text_color(*_SOFT)
        _write(paper, sheet.foot, 4)


def _section(paper: _Paper, section: Section) -> None:
    if not section.lines and not section.more and not section.empty:
        return
    if paper.will_page_break(16):  # a heading stays with its first line
        paper.add_page()
    paper.ln(2.2)
    paper.start_section(_printable(section.title), strict=False)
    paper.set_font(_FAMILY, "B", 10.5)
    paper.set_text_color(*_INK)
    _write(paper, section.title, 5.2)
    paper.set_draw_color(*_SOFT)
    paper.line(_MARGIN_MM, paper.get_y(), paper.w - _MARGIN_MM, paper.get_y())
    paper.ln(0.8)
    for one in section.lines:
        _line(paper, one)
    rest = more_words(section.more) if section.more else "" if section.lines else section.empty
    if rest:
        paper.set_font(_FAMILY, "", _SIZE_PT)
        paper.set_text_color(*_SOFT)
        _write(paper, rest, _LINE_MM)


def _fact(paper: _Paper, name: str, words: str) -> None:
    paper.set_text_color(*_INK)
    _runs(paper, [("B", f"{name}: "), ("", words)], 0)


def _line(paper: _Paper, one: Line) -> None:
    needed = _LINE_MM * _rows(paper, one) + _RULE_MM * one.room
    if needed < _MOST_KEPT_MM and paper.will_page_break(needed):
        paper.add_page()
    if paper.is_measured:
        _leave_room(paper, needed + 1)
        return
    paper.set_text_color(*_INK)
    top = paper.get_y()
    paper.set_font(_FAMILY, "B", _SIZE_PT)
    paper.cell(_LABEL_MM, _LINE_MM, paper.drawable(one.label or "•"))
    paper.set_xy(_MARGIN_MM + _LABEL_MM, top)
    _runs(paper, [("B", f"{one.lead}{': ' if one.words else ''}"), ("", one.words)], _LABEL_MM)
    paper.set_draw_color(170, 178, 194)
    for _ in range(one.room):
        if paper.will_page_break(_RULE_MM):
            paper.add_page()
        paper.ln(_RULE_MM)
        paper.line(_MARGIN_MM + _LABEL_MM, paper.get_y(), paper.w - _MARGIN_MM, paper.get_y())
    paper.ln(1)


def _rows(paper: _Paper, one: Line) -> int:
    """How many rows a line takes: with its lead in bold; measured in bold alone where the text has signs of markup."""
    text = f"{one.lead}: {one.words}"
    if text not in paper.rows:
        has_markup = bool(_MARKUP.search(text))
        paper.set_font(_FAMILY, "B" if has_markup else "", _SIZE_PT)
        width = paper.w - 2 * _MARGIN_MM - _LABEL_MM
        lead, words = paper.drawable(one.lead), paper.drawable(one.words)
        drawable = f"{lead}: {words}" if has_markup else f"**{lead}:** {words}"
        rows = paper.multi_cell(
            width, _LINE_MM, drawable, align="L", dry_run=True, output=MethodReturnValue.LINES, markdown=not has_markup
        )
        paper.rows[text] = len(rows) if isinstance(rows, list) else 1
    return paper.rows[text]


def _leave_room(paper: _Paper, height_mm: float) -> None:
    """Moves down, over as many pages as it takes."""
    while height_mm > 0:
        left = max(paper.page_break_trigger - paper.get_y(), 0)
        if height_mm <= left:
            paper.set_y(paper.get_y() + height_mm)
            return
        height_mm -= left
        paper.add_page()


def _runs(paper: _Paper, runs: Sequence[tuple[str, str]], indent_mm: float) -> None:
    """Runs of text one after the other, wrapped, from an indent on."""
    paper.set_left_margin(_MARGIN_MM + indent_mm)
    paper.set_x(_MARGIN_MM + indent_mm)
    for style, words in runs:
        paper.set_font(_FAMILY, style, _SIZE_PT)
        if text := paper.drawable(words, keeps_end=True):
            paper.write(_LINE_MM, text)
    paper.set_left_margin(_MARGIN_MM)
    paper.ln(_LINE_MM)


def _write(paper: _Paper, words: str, height_mm: float) -> None:
    paper.multi_cell(0, height_mm, paper.drawable(words), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _printable(words: str, *, keeps_end: bool = False) -> str:
    """The words on one line, without what can't be drawn."""
    text = " ".join(clean(words).split())
    return text + " " if keeps_end and words.endswith(" ") else text
