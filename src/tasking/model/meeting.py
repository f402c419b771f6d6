"""A meeting as it is held: who is there, what was noted, which items were skipped, and its minutes."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, NamedTuple

from tasking.model.clearance import Classified, DeskOnly, Public
from tasking.model.document import Document


class Kind(StrEnum):
    """What an entry of a meeting records."""

    PRESENT = "present"
    APOLOGIES = "apologies"
    REMOVED = "removed"  # a name that was entered by mistake
    NOTE = "note"
    NOTE_REMOVED = "note removed"  # `about` is the number of the note
    SKIP = "skip"


class Entry(NamedTuple):
    """One thing recorded at a meeting. `about`: the key of an item; `words`: a name or a note."""

    kind: Kind
    about: str
    words: str
    at: datetime
    actor: str
    number: int = 0  # from 1; 0 for one that is not stored


class Session(NamedTuple):
    """A meeting that was started. `item`: the key of the item that is on the screen; empty for the first."""

    day: date
    started_at: datetime
    started_by: str
    item: str = ""
    finished_at: datetime | None = None
    finished_by: str | None = None
    entries: tuple[Entry, ...] = ()

    @property
    def present(self) -> tuple[str, ...]:
        """Who is there, in the order in which they were entered."""
        return self._with(Kind.PRESENT)

    @property
    def apologies(self) -> tuple[str, ...]:
        return self._with(Kind.APOLOGIES)

    @property
    def notes(self) -> tuple[Entry, ...]:
        """The notes that nobody has removed, the earliest first."""
        removed = {one.about for one in self.entries if one.kind == Kind.NOTE_REMOVED}
        return tuple(one for one in self.entries if one.kind == Kind.NOTE and str(one.number) not in removed)

    @property
    def skipped(self) -> frozenset[str]:
        """The keys of the items that were skipped."""
        return frozenset(one.about for one in self.entries if one.kind == Kind.SKIP)

    def as_of(self, number: int) -> "Session":
        """The meeting with its first `number` entries alone."""
        return self._replace(entries=tuple(one for one in self.entries if one.number <= number))

    def _with(self, wanted: Kind) -> tuple[str, ...]:
        newest: dict[str, Kind] = {}
        for one in self.entries:
            if one.kind in (Kind.PRESENT, Kind.APOLOGIES, Kind.REMOVED):
                newest.pop(one.words, None)
                newest[one.words] = one.kind
        return tuple(name for name, kind in newest.items() if kind == wanted)


class MinuteLine(Classified):
    """Something that was decided, or was not. `lead`: what it is about; `words`: what was decided, by whom, by when.

    `typed`: the reason or the text that somebody typed, which may name somebody. `subject_ids`: the proposals and
    taskings that it is about.
    """

    lead: Public[str]
    words: Public[str]
    owners: Public[tuple[str, ...]] = ()  # as they may be shown in public
    typed: DeskOnly[str] = ""
    subject_ids: DeskOnly[tuple[str, ...]] = ()


class MinuteNote(Classified):
    """A note for the minutes. `about`: the item that it was typed at; empty for the meeting as a whole."""

    about: Public[str]
    words: Public[str]
    subject_ids: DeskOnly[tuple[str, ...]] = ()


class Minutes(Document):
    """The minutes of a meeting, in one version. `corrects`: why there is another version; empty for the first."""

    SCHEMA: ClassVar[int] = 1

    day: Public[date]
    partnership: Public[str]
    started_at: Public[datetime]
    finished_at: Public[datetime]
    present: Public[tuple[str, ...]] = ()
    apologies: Public[tuple[str, ...]] = ()
    decided: Public[tuple[MinuteLine, ...]] = ()
    rejected: Public[tuple[MinuteLine, ...]] = ()
    changed: Public[tuple[MinuteLine, ...]] = ()
    not_decided: Public[tuple[MinuteLine, ...]] = ()
    notes: Public[tuple[MinuteNote, ...]] = ()
    next_meeting: Public[date]
    version: Public[int] = 1
    corrects: DeskOnly[str] = ""


class StoredMinutes(NamedTuple):
    """A version of the minutes as it is stored, and who made it when."""

    minutes: Minutes
    made_at: datetime
    made_by: str
