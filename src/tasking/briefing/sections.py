"""The sections of a briefing that consist of a heading and lines, written once for all forms.

To add one, write a function that returns it and name it in `MORE`: the thread, the mail, the card, the text and the
page then show it. What the meeting must see in the short message itself goes into digest.py as well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tasking.briefing import phrases
from tasking.briefing.edition import Edition
from tasking.briefing.message import Line, bold, line, plural
from tasking.briefing.phrases import Shorten, whole
from tasking.model.briefing import Briefing


class Item(NamedTuple):
    """One line; `lead` is set in bold where the form has bold."""

    words: str
    lead: str = ""

    @property
    def text(self) -> str:
        return self.lead + self.words

    @property
    def line(self) -> Line:
        """The item as a line of a chat message."""
        return line(*([bold(self.lead)] if self.lead else []), self.words, is_item=True)


DeskPage = Literal["today", "groups", "held", "case-reviews"]


@dataclass(frozen=True)
class Section:
    """A heading and its lines; a section without lines is not shown."""

    key: str  # of its reply in the thread; it never changes
    title: str  # in the text, and in the thread unless it has a title of its own there
    page_title: str
    items: tuple[Item, ...]
    thread_title: str = ""
    page: DeskPage = "today"  # of the desk, where the lines are that a chat message has no room for
    is_in_thread: bool = True  # False if the message itself shows the lines


@dataclass(frozen=True)
class Sections:
    """The sections by what they hold. Each form has its own order."""

    repeats: Section
    watch: Section
    later: Section
    changes: tuple[Section, ...]
    held: Section
    more: tuple[Section, ...]


def sections(briefing: Briefing, edition: Edition, shorten: Shorten = whole) -> Sections:
    """The sections of a briefing, their lines shortened for chat with `shorten`."""
    return Sections(
        repeats=_repeats(briefing),
        watch=_watch(briefing, shorten),
        later=_later(edition, shorten),
        changes=tuple(_changes_of(version, words, shorten) for version, words in edition.changes),
        held=_held(briefing, shorten),
        more=tuple(section_of(briefing, edition, shorten) for section_of in MORE),
    )


def _repeats(briefing: Briefing) -> Section:
    items = tuple(Item(phrases.repeats(place), place.place) for place in briefing.hot_places)
    return Section("repeats", "REPEATS", "Repeats", items, is_in_thread=False)


def _watch(briefing: Briefing, shorten: Shorten) -> Section:
    items = tuple(Item(shorten(warning, 200)) for warning in briefing.warnings)
    return Section("watch", "TO WATCH", "To watch", items, page="groups")


def _later(edition: Edition, shorten: Shorten) -> Section:
    items = tuple(Item(shorten(words, 300)) for words in edition.later)
    return Section("later", "SINCE THIS VERSION", "Since this version", items)


def _changes_of(version: int, changes: tuple[str, ...], shorten: Shorten) -> Section:
    items = tuple(Item(shorten(words, 300)) for words in changes)
    title, page_title = f"V{version} CHANGED", f"Changed in version {version}"
    return Section(f"v{version}", title, page_title, items, thread_title=f"v{version}: what changed")


def _held(briefing: Briefing, shorten: Shorten) -> Section:
    total = phrases.held_total(briefing)
    items = tuple(Item(phrases.held(line, shorten)) for line in briefing.held)
    page_title = f"Held: {plural(total, 'row')} to check"
    return Section("held", f"HELD {total} to check", page_title, items, page="held")


def _changed(briefing: Briefing, _edition: Edition, shorten: Shorten) -> Section:
    items = tuple(Item(shorten(words, 300)) for words in briefing.changed)
    return Section("changed", "CHANGED", "Changed", items, is_in_thread=False)


def _case_reviews(briefing: Briefing, _edition: Edition, shorten: Shorten) -> Section:
    items = tuple(Item(shorten(phrases.case_review(one), 200)) for one in briefing.case_reviews)
    title = phrases.case_reviews(briefing)
    return Section("case-reviews", title, title.capitalize(), items, page="case-reviews")


MORE: Final[tuple[Callable[[Briefing, Edition, Shorten], Section], ...]] = (_case_reviews, _changed)
