"""The meeting of a day with its briefing: its items, its agenda, its minutes and the handover."""

from datetime import date

from tasking.briefing import store
from tasking.briefing.service import BriefingService
from tasking.meeting.agenda_sheet import agenda_sheet
from tasking.meeting.handover import handover, handover_sheet
from tasking.meeting.item import Item
from tasking.meeting.items import items_of
from tasking.meeting.minutes import correct_minutes, draft_minutes, finish_meeting
from tasking.meeting.minutes import readable_notes as readable
from tasking.meeting.sessions import last_attended, open_session
from tasking.meeting.sheet import Sheet
from tasking.model.briefing import Briefing, briefing_or_none
from tasking.model.clearance import Clearance
from tasking.model.errors import TaskingError
from tasking.model.meeting import Entry, Minutes, Session


def desk_briefing(service: BriefingService, day: date) -> Briefing | None:
    """The newest version of a day's briefing as the desk may read it; None where there is none."""
    stored = service.newest(day)
    briefing = briefing_or_none(stored[1]) if stored else None
    return briefing.cleared_for(Clearance.DESK) if briefing else None


def items_on(service: BriefingService, day: date) -> list[Item]:
    """The items of a day's meeting; none without a briefing."""
    briefing = desk_briefing(service, day)
    return items_of(service.meeting, briefing) if briefing else []


def agenda_of(service: BriefingService, day: date) -> Sheet:
    """The agenda of a day's meeting, of two pages at most. Raises TaskingError without a briefing."""
    briefing = desk_briefing(service, day)
    if briefing is None:
        raise TaskingError(f"There is no briefing of {day.day} {day:%B %Y}, and so no agenda")
    return agenda_sheet(service.meeting, briefing, items_of(service.meeting, briefing))


def drafted(service: BriefingService, day: date) -> Minutes:
    """The minutes of a meeting as they would be made now. Raises TaskingError where it was not started."""
    session = open_session(service.meeting, day, is_finished_too=True)
    return draft_minutes(service.meeting, session, items_on(service, day), _nights(service, day))


def finish(service: BriefingService, day: date, actor: str) -> Minutes:
    """Finishes a meeting and stores its minutes. Raises TaskingError as minutes.finish_meeting."""
    return finish_meeting(service.meeting, day, actor, items_on(service, day), _nights(service, day))


def correct(service: BriefingService, day: date, actor: str, reason: str) -> Minutes:
    """Stores the next version of a meeting's minutes. Raises TaskingError as minutes.correct_minutes."""
    return correct_minutes(service.meeting, day, actor, reason, items_on(service, day), _nights(service, day))


def readable_notes(service: BriefingService, session: Session) -> list[Entry]:
    """The notes of a meeting without those about what has become restricted since."""
    return readable(service.meeting, session, _nights(service, session.day))


def _nights(service: BriefingService, day: date) -> frozenset[str]:
    """The incidents of the night in any version of a day's briefing."""
    versions = [briefing_or_none(content) for _, content in store.briefings(service.warehouse, day)]
    return frozenset(one.incident_id for version in versions if version for one in version.night if one.incident_id)


def handover_since(service: BriefingService, since: date, day: date, *, has_details: bool) -> Sheet:
    """The handover from after the meeting of a day to another day. Raises TaskingError as handover.handover."""
    found = handover(service.meeting, since, day, items_on(service, day))
    return handover_sheet(service.meeting, found, has_details=has_details)


def missed_since(service: BriefingService, names: list[str], day: date) -> date:
    """After which meeting the handover of a day begins for somebody: the last one that they were at, by what they are
    called; else the one before that day."""
    return last_attended(service.meeting, names, day) or service.partnership.calendar.previous_meeting(day)
