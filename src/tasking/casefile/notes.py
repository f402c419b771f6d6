"""Notes on an incident. A note may name people, so it is read by those who may see details; it is never changed, and
can be withdrawn with a reason."""

from collections.abc import Sequence
from typing import Final

from tasking.casefile.service import CasefileService
from tasking.casefile.store import attachments
from tasking.casefile.store import notes as store
from tasking.model.casefile import Note
from tasking.model.errors import TaskingError
from tasking.model.text import clean
from tasking.warehouse.visibility import Visibility

LONGEST: Final = 4000
_LONGEST_REASON: Final = 500


def add_note(service: CasefileService, report_id: str, text: str, actor: str, *, is_restricted: bool) -> Note:
    """Adds a note to a report. Raises TaskingError without a text, or for one that is too long."""
    words = clean(text).strip()
    if not words:
        raise TaskingError("Enter a note", field="text")
    if len(words) > LONGEST:
        raise TaskingError(f"The note must be {LONGEST:,} characters or fewer", field="text")
    made = Note("", report_id, service.clock(), actor, words, is_restricted)
    return store.store(service.warehouse, made, "restricted note added" if is_restricted else "note added")


def notes_of(service: CasefileService, report_ids: Sequence[str], visibility: Visibility) -> list[Note]:
    """The notes on some reports, the earliest first. They may name people."""
    return store.notes(service.warehouse, report_ids, visibility)


def note_of(service: CasefileService, note_id: str, visibility: Visibility) -> Note | None:
    """A note that was not withdrawn; None where there is none that somebody may see."""
    found = store.note(service.warehouse, note_id, visibility)
    return found if found is not None and found.withdrawn_at is None else None


def withdraw(service: CasefileService, one: Note, actor: str, reason: str) -> None:
    """Withdraws a note for good. Raises TaskingError without a reason, and where it was withdrawn already."""
    words = clean(reason).strip()[:_LONGEST_REASON]
    if not words:
        raise TaskingError("Enter why you are withdrawing the note", field="reason")
    is_restricted = one.is_restricted or attachments.is_restricted(service.warehouse, one.report_id)
    action = "restricted note withdrawn" if is_restricted else "note withdrawn"
    if not store.withdraw(service.warehouse, one, actor, words, service.clock(), action):
        raise TaskingError("It was withdrawn already")
