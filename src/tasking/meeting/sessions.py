"""The meeting of a day as it is held: started, attended, noted, stepped through, finished.

Everything recorded is stored at once, so that another machine goes on where this one stopped.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final

from tasking.meeting.decisions import today
from tasking.meeting.service import MeetingService
from tasking.meeting.store import sessions as store
from tasking.model.day import local_time
from tasking.model.errors import TaskingError
from tasking.model.meeting import Entry, Kind, Session
from tasking.model.text import clean, fold

MOST_PEOPLE: Final = 100
MOST_NAME: Final = 120
MOST_NOTE: Final = 1000
_MOST_ENTRIES: Final = 2000  # of one meeting
_LOOKED_BACK_DAYS: Final = 400


def session_of(service: MeetingService, day: date) -> Session | None:
    """The meeting of a day; None where it was not started."""
    return store.session(service.warehouse, day)


def unfinished_before(service: MeetingService, day: date) -> list[date]:
    """The days before a day whose meeting was started and not finished, the newest first: they have no minutes."""
    return store.unfinished(service.warehouse, day - timedelta(days=_LOOKED_BACK_DAYS), day)


def start_meeting(service: MeetingService, actor: str, present: Sequence[str], apologies: Sequence[str]) -> Session:
    """Starts today's meeting, or joins it where somebody has started it: those who are there are then added.

    Raises TaskingError where it is finished already, or too many people are named.
    """
    day = today(service)
    entries = _attendance(service, actor, _names(present), _names(apologies), Session(day, service.clock(), actor))
    if not store.start(service.warehouse, day, actor, service.clock(), entries):
        there = open_session(service, day)
        store.record(service.warehouse, day, [one for one in entries if one.words not in there.present])
    return open_session(service, day)


def set_attendance(
    service: MeetingService, day: date, actor: str, present: Sequence[str], apologies: Sequence[str], seen: int
) -> None:
    """Records who is there and who sent apologies. `seen`: how many entries there were when the actor looked; what
    somebody else has entered since then stays.

    Raises TaskingError where there is no meeting to change.
    """
    session = open_session(service, day, is_finished_too=True)
    entries = _attendance(service, actor, _names(present), _names(apologies), session.as_of(seen))
    store.record(service.warehouse, session.day, entries)


def add_note(service: MeetingService, day: date, actor: str, about: str, words: str) -> None:
    """Records a note for the minutes, at an item or (`about` empty) for the meeting as a whole. The same words by the
    same person are recorded once: a form may be sent twice.

    Raises TaskingError without words, and where there is no meeting to change.
    """
    session = open_session(service, day, is_finished_too=True)
    note = clean(words).strip()
    if not fold(note):
        raise TaskingError("Enter the note")
    if len(note) > MOST_NOTE:
        raise TaskingError(f"A note has at most {MOST_NOTE} letters")
    if (about, note, actor) not in {(one.about, one.words, one.actor) for one in session.notes}:
        _record(service, session, Entry(Kind.NOTE, about, note, service.clock(), actor))


def remove_note(service: MeetingService, day: date, actor: str, number: int) -> None:
    """Takes a note out of the minutes. Raises TaskingError where there is none of this number."""
    session = open_session(service, day, is_finished_too=True)
    if number not in {one.number for one in session.notes}:
        raise TaskingError("There is no such note any more")
    _record(service, session, Entry(Kind.NOTE_REMOVED, str(number), "", service.clock(), actor))


def skip(service: MeetingService, day: date, actor: str, item: str) -> None:
    """Records that an item was passed over without a decision."""
    session = open_session(service, day)
    if item not in session.skipped:
        _record(service, session, Entry(Kind.SKIP, item, "", service.clock(), actor))


def go_to(service: MeetingService, day: date, item: str) -> None:
    """Stores which item is on the screen."""
    store.go_to(service.warehouse, open_session(service, day).day, item)


def open_session(service: MeetingService, day: date, *, is_finished_too: bool = False) -> Session:
    """The meeting of a day. Raises TaskingError where it was not started, or (unless `is_finished_too`) is finished."""
    session = session_of(service, day)
    if session is None:
        raise TaskingError(f"The meeting of {day.day} {day:%B %Y} has not been started")
    if session.finished_at and not is_finished_too:
        when = local_time(session.finished_at, service.partnership.zone)
        raise TaskingError(f"This meeting was finished by {session.finished_by} {when}")
    return session


def last_attended(service: MeetingService, names: Collection[str], before: date) -> date | None:
    """The last day before a day on which somebody was at the meeting, by what they are called; None where there is
    none."""
    wanted = {one.casefold() for one in names}
    tried: set[date] = set()
    for day, name in store.attendance(service.warehouse, before - timedelta(days=_LOOKED_BACK_DAYS), before):
        if name.casefold() in wanted and day not in tried:
            tried.add(day)
            session = session_of(service, day)  # the name may have been removed since
            if session and wanted & {one.casefold() for one in session.present}:
                return day
    return None


def _record(service: MeetingService, session: Session, entry: Entry) -> None:
    if len(session.entries) >= _MOST_ENTRIES:
        raise TaskingError(f"No more than {_MOST_ENTRIES} things can be recorded for one meeting")
    store.record(service.warehouse, session.day, [entry])


def _attendance(
    service: MeetingService, actor: str, present: Sequence[str], apologies: Sequence[str], before: Session
) -> list[Entry]:
    """The entries that make a list of names of another one. Who is there has sent no apologies."""
    apologies = [one for one in apologies if one not in present]
    gone = [one for one in (*before.present, *before.apologies) if one not in (*present, *apologies)]
    wanted = [
        *((Kind.PRESENT, one) for one in present if one not in before.present),
        *((Kind.APOLOGIES, one) for one in apologies if one not in before.apologies),
        *((Kind.REMOVED, one) for one in gone),
    ]
    return [Entry(kind, "", name, service.clock(), actor) for kind, name in wanted]


def _names(typed: Sequence[str]) -> list[str]:
    """The names, each once whatever its case. Raises TaskingError for too many or too long ones."""
    found: dict[str, str] = {}
    for one in typed:
        name = " ".join(clean(one).split())
        if fold(name):
            found.setdefault(name.casefold(), name)
    if len(found) > MOST_PEOPLE:
        raise TaskingError(f"No more than {MOST_PEOPLE} people can be named")
    if any(len(one) > MOST_NAME for one in found.values()):
        raise TaskingError(f"A name has at most {MOST_NAME} letters: one line for each person")
    return list(found.values())
