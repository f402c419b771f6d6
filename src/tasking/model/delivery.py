"""A delivery: what one partner sent for one day, and what became of its rows."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """The outcome of a delivery as a whole."""

    LANDED = "landed"
    LANDED_IN_PART = "landed_in_part"  # rows are stored, and we know that something is missing or was unreadable
    REFUSED = "refused"
    SAME_AS_BEFORE = "same_as_before"  # the bytes of an earlier day's file under today's name
    UNREACHABLE = "unreachable"  # we could not look
    MISSING = "missing"  # we looked, and nothing was there

    @property
    def has_landed(self) -> bool:
        return self in (Outcome.LANDED, Outcome.LANDED_IN_PART)


OUTCOME_WORDS: Final = {
    Outcome.LANDED: "landed",
    Outcome.LANDED_IN_PART: "in part",
    Outcome.REFUSED: "refused",
    Outcome.SAME_AS_BEFORE: "an old file",
    Outcome.UNREACHABLE: "could not be reached",
    Outcome.MISSING: "missing",
}
# The start of a reason for MISSING if files came; without it none came, and the reason is about the place.
NOT_TAKEN: Final = "what came and could not be taken"
BROUGHT_BY_HAND: Final = "brought by hand"  # the note of a file that was not fetched from the partner's system
# The start of a reason for MISSING if the file is still being sent; see without_not_whole.
NOT_WHOLE: Final = "not whole yet: "  # stored  # stored
LATE_FILE_TAKEN: Final = "a file of an earlier day came late and was taken"
INTERNAL_FAULT: Final = "a fault in Tasking"  # the start of a reason for UNREACHABLE
INTERNAL_FAULTS: Final = (INTERNAL_FAULT, "a fault of ours")  # the second in reasons that version 0.2 stored
_QUOTED = re.compile("“[^”]*”")
ROW_NUMBERS: Final = re.compile(r" \(\d[\d, …]*\)(?= with)")  # the numbers of rows in a note: `3 rows (3, 7, 9) with`
# The last is of how many rows are held (include/expectations/delivery.json): restricted ones are among them.
_OF_RESTRICTED: Final = ("treated as restricted", "treated as unspecified", " rows are held; ")


def without_not_whole(reason: str) -> tuple[str, bool]:
    """A reason for MISSING without NOT_WHOLE, and whether it began with it."""
    return reason.removeprefix(NOT_WHOLE), reason.startswith(NOT_WHOLE)


def quoted(words: str) -> str:
    """A partner's words in quotation marks, at most 60 characters."""
    return f"“{words[:60].replace('”', '')}”"


def without_quotes(text: str) -> str:
    """The text without its quotations of a partner, for logs."""
    return _QUOTED.sub("“…”", text)


def mentions_restricted(note: str) -> bool:
    """True for a note that says whether, or how much, of a delivery is restricted, which not everybody may know."""
    return any(words in note for words in _OF_RESTRICTED)


@dataclass(frozen=True)
class FetchedFile:
    """A file as the partner sent it. `name` is a base name, never a path.

    `note`: how it differed from the declaration (another name, in a zip). `lacking`: why it is incomplete, if we know
    that it is (a page that the server did not send).
    """

    name: str
    content: bytes
    note: str = ""
    lacking: str = ""


@dataclass(frozen=True)
class FetchResult:
    """The result of a fetch: the files, and in words those that came and could not be taken.

    `hints`: if nothing was found, what may be wrong with the place, or with our settings.
    """

    files: tuple[FetchedFile, ...] = ()
    not_taken: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ledger:
    """Rows in = new reports + repeats + revisions + held + out of area + ignored by declaration, for a feed and day."""

    rows_in: int = 0
    new: int = 0
    repeats: int = 0
    revisions: int = 0
    held: int = 0
    out_of_area: int = 0
    ignored: int = 0

    @property
    def accounted_for(self) -> int:
        return self.new + self.repeats + self.revisions + self.held + self.out_of_area + self.ignored

    @property
    def balances(self) -> bool:
        return self.rows_in == self.accounted_for

    def __add__(self, other: "Ledger") -> "Ledger":
        return Ledger(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Receipt:
    """The result of receiving a feed's delivery of a day.

    Text between “ and ” in `notes` and `reason` is the partner's and may hold a person's name: it is for the desk's
    pages, never for a log or a message.
    """

    feed: str
    day: date
    outcome: Outcome
    ledger: Ledger = Ledger()
    reason: str = ""
    notes: tuple[str, ...] = field(default=())
