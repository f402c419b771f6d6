"""The minutes of a meeting: made from what was decided on its day and what was recorded there, in versions."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Final

from tasking.meeting.decided import Decided, Outcome, decided_between
from tasking.meeting.decisions import today
from tasking.meeting.item import Item, night_key
from tasking.meeting.service import MeetingService
from tasking.meeting.sessions import open_session, session_of
from tasking.meeting.sheet import Line, Section, Sheet
from tasking.meeting.store import sessions as store
from tasking.meeting.words import long_day, weekday
from tasking.model.clearance import Clearance
from tasking.model.errors import TaskingError
from tasking.model.meeting import Entry, MinuteLine, MinuteNote, Minutes, Session, StoredMinutes
from tasking.model.proposal import Standing, Verb
from tasking.model.text import clean
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_incidents, withheld_proposals, withheld_taskings

_ON_THE_DESK: Final = "the reason is on the desk"
MOST_REASON: Final = 500


def draft_minutes(service: MeetingService, session: Session, items: Sequence[Item], nights: Collection[str]) -> Minutes:
    """The minutes as they would be made now: what was decided until the meeting was finished, and what was put right
    since. `nights`: the incidents of the night in any version of the day's briefing; see readable_notes."""
    day, until = session.day, session.finished_at or service.clock()
    decided = [one for one in decided_between(service, day, today(service)) if _belongs(service, one, day, until)]
    by_key = {one.key: one for one in items}

    def of(outcome: Outcome) -> tuple[MinuteLine, ...]:
        return tuple(one.line for one in decided if one.outcome == outcome)

    return Minutes(
        day=day,
        partnership=service.partnership.name,
        started_at=session.started_at,
        finished_at=until,
        present=tuple(_with_partner(service, name) for name in session.present),
        apologies=tuple(_with_partner(service, name) for name in session.apologies),
        decided=of(Outcome.DECIDED),
        rejected=of(Outcome.REJECTED),
        changed=of(Outcome.CHANGED),
        not_decided=tuple(_open_line(one) for one in _not_decided(service, items, day, until)),
        notes=tuple(_note(one, by_key.get(one.about), nights) for one in session.notes),
        next_meeting=service.partnership.calendar.meeting_days_after(day, 1),
    )


def _belongs(service: MeetingService, one: Decided, day: date, until: datetime) -> bool:
    """True for what was decided until the meeting ended, and for what replaces a decision that was undone since."""
    if one.at <= until:
        return one.day == day
    history = service.standings([one.subject_id])[one.subject_id].history
    at_the_meeting = {step.number for step in history if step.day == day and step.at <= until}
    return any(step.undoes in at_the_meeting and step.at > until for step in history)


def _not_decided(service: MeetingService, items: Sequence[Item], day: date, until: datetime) -> list[Item]:
    """The questions that were open when the meeting ended, or are open again. What was decided on a later day, before
    somebody finished the meeting, was open."""
    questions = [one for one in items if one.is_question]
    standing = service.standings([one.subject_id for one in questions])

    def is_open(now: Standing) -> bool:
        then = now._replace(history=tuple(step for step in now.history if step.at <= until and step.day <= day))
        return Verb.APPROVE in then.open_verbs or Verb.APPROVE in now.open_verbs

    return [one for one in questions if is_open(standing[one.subject_id])]


def finish_meeting(
    service: MeetingService, day: date, actor: str, items: Sequence[Item], nights: Collection[str]
) -> Minutes:
    """Finishes a meeting and stores its minutes, in one transaction. `nights`: as for draft_minutes.

    Raises TaskingError where it was not started, or is finished already.
    """
    with service.warehouse.writing():
        open_session(service, day)
        if not store.finish(service.warehouse, day, actor, service.clock()):
            open_session(service, day)  # says who finished it
        session = open_session(service, day, is_finished_too=True)
        written = draft_minutes(service, session, items, nights)
        if not store.store_minutes(service.warehouse, written, actor, service.clock()):
            raise TaskingError("Somebody else made the minutes at the same moment: look at them first")
    return written


def correct_minutes(
    service: MeetingService, day: date, actor: str, reason: str, items: Sequence[Item], nights: Collection[str]
) -> Minutes:
    """Stores the next version of the minutes, from what is recorded and decided now; the earlier versions stay.
    `nights`: as for draft_minutes.

    Raises TaskingError without a reason, where there are no minutes yet, and where nothing has changed since.
    """
    why = clean(reason).strip()[:MOST_REASON]
    if not why:
        raise TaskingError("Enter what is corrected")
    with service.warehouse.writing():
        versions = minutes_of(service, day)
        session = session_of(service, day)
        if not versions or session is None:
            raise TaskingError(f"There are no minutes of {long_day(day)} yet")
        newest = versions[-1].minutes
        drafted = draft_minutes(service, session, items, nights)
        written = drafted.model_copy(update={"version": newest.version + 1, "corrects": why})
        if not items:  # the briefing is gone: what was not decided stays as it was
            written = written.model_copy(update={"not_decided": newest.not_decided})
        if written.model_copy(update={"version": newest.version, "corrects": newest.corrects}) == newest:
            raise TaskingError(f"Nothing has changed since version {newest.version} of the minutes was made")
        if not store.store_minutes(service.warehouse, written, actor, service.clock()):
            raise TaskingError("Somebody else corrected the minutes at the same moment: look at them first")
    return written


def minutes_of(service: MeetingService, day: date) -> list[StoredMinutes]:
    """Every version of a meeting's minutes, the oldest first."""
    return store.minutes_of(service.warehouse, day)


def days_with_minutes(service: MeetingService, most: int = 60) -> list[date]:
    """The newest days that have minutes, the newest first."""
    return store.days_with_minutes(service.warehouse, most)


def readable_minutes(service: MeetingService, minutes: Minutes) -> Minutes:
    """The minutes without what has become restricted since."""
    parts = ("decided", "rejected", "changed", "not_decided", "notes")
    ids = {one for part in parts for line in getattr(minutes, part) for one in line.subject_ids}
    hidden = _withheld(service, ids)
    if not hidden:
        return minutes
    kept = {part: tuple(one for one in getattr(minutes, part) if hidden.isdisjoint(one.subject_ids)) for part in parts}
    return minutes.model_copy(update=kept)


def readable_notes(service: MeetingService, session: Session, nights: Collection[str]) -> list[Entry]:
    """The notes of a meeting without those about what has become restricted since. `nights`: the incidents of the night
    in any version of the day's briefing, of which a note knows the key of the item alone."""
    subjects = {one.about: _subjects_of(one.about, nights) for one in session.notes}
    hidden = _withheld(service, {subject for some in subjects.values() for subject in some})
    return [one for one in session.notes if hidden.isdisjoint(subjects[one.about])]


def minutes_sheet(service: MeetingService, minutes: Minutes, *, has_details: bool) -> Sheet:
    """The minutes as a paper. `has_details`: with the reasons that people typed, for those who may read them."""
    shown = readable_minutes(service, minutes)
    shown = shown if has_details else shown.cleared_for(Clearance.PUBLIC)
    zone = service.partnership.zone
    times = f"{shown.started_at.astimezone(zone):%H:%M} to {shown.finished_at.astimezone(zone):%H:%M}"
    version = (("Version", f"{shown.version}, corrected" + (f": {shown.corrects}" if shown.corrects else "")),)
    return Sheet(
        title=f"Minutes, CSU meeting of {weekday(shown.day)}",
        subtitle=f"{shown.partnership} · {times}",
        day=shown.day,
        made_at=shown.finished_at,
        facts=(
            ("Present", "; ".join(shown.present) or "nobody was entered"),
            ("Apologies", "; ".join(shown.apologies) or "none"),
            *(version if shown.version > 1 else ()),
            ("Next meeting", weekday(shown.next_meeting)),
        ),
        sections=(
            _section("Decided", shown.decided, "Nothing.", has_details=has_details),
            _section("Rejected", shown.rejected, "Nothing.", has_details=has_details, is_rejected=True),
            _section("Changed", shown.changed, "", has_details=has_details),
            _section("Not decided", shown.not_decided, "Everything was decided.", has_details=has_details),
            Section("Notes", tuple(Line(one.about or "The meeting", one.words) for one in shown.notes)),
        ),
    )


def _section(
    title: str, lines: Sequence[MinuteLine], empty: str, *, has_details: bool, is_rejected: bool = False
) -> Section:
    def words(one: MinuteLine) -> str:
        if has_details:
            return " · ".join(filter(None, [one.words, one.typed]))
        return " · ".join(filter(None, [one.words, _ON_THE_DESK if is_rejected else ""]))

    shown = tuple(Line(one.lead, words(one), label=str(number)) for number, one in enumerate(lines, 1))
    return Section(title, shown, empty=empty)


def _with_partner(service: MeetingService, name: str) -> str:
    """`Sgt Hale (Kent Police)`, by what is declared."""
    declared = next((one for one in service.partnership.attendees if one.name.casefold() == name.casefold()), None)
    return f"{name} ({declared.partner})" if declared and declared.partner else name


def _open_line(item: Item) -> MinuteLine:
    lead, words = item.paper
    return MinuteLine(lead=lead, words=words, subject_ids=(item.subject_id,))


def _note(entry: Entry, item: Item | None, nights: Collection[str]) -> MinuteNote:
    """A note with what it is about, also where that is no item any more: it may have become restricted."""
    about = item.public_name if item else ""
    return MinuteNote(about=about, words=entry.words, subject_ids=_subjects_of(entry.about, nights))


def _subjects_of(key: str, nights: Collection[str]) -> tuple[str, ...]:
    """The proposal, the tasking or the incident that the item of a key is about."""
    if key[:2] in ("T-", "D-"):
        return (key,)
    return tuple(sorted(one for one in nights if night_key(one) == key))


def _withheld(service: MeetingService, ids: Iterable[str]) -> frozenset[str]:
    """Those of some proposals, taskings and incidents that are not public now."""
    known, warehouse = sorted(ids), service.warehouse
    others = [one for one in known if one[:2] not in ("T-", "D-")]
    return (
        withheld_taskings(warehouse, PUBLIC_VISIBILITY, [one for one in known if one[:2] == "T-"])
        | withheld_proposals(warehouse, PUBLIC_VISIBILITY, [one for one in known if one[:2] == "D-"])
        | withheld_incidents(warehouse, others, PUBLIC_VISIBILITY)
    )
