"""The agenda as a paper of two pages: what may go to chat, numbered as there, with room to write."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tasking.meeting.item import Item, Part
from tasking.meeting.service import MeetingService
from tasking.meeting.sheet import Line, Section, Sheet
from tasking.meeting.sheet_fit import fitted
from tasking.meeting.words import weekday
from tasking.model.briefing import Briefing
from tasking.model.clearance import Clearance

MOST_PAGES: Final = 2
_ROOM: Final = {Part.DECIDE: 2, Part.GROUPS: 1}
_EMPTY: Final = {Part.NIGHT: "No incidents stand out.", Part.DECIDE: "No decisions needed today."}
_FOOT: Final = "What is restricted is not on this paper. Write no names on it."


def agenda_sheet(service: MeetingService, briefing: Briefing, items: Sequence[Item]) -> Sheet:
    """The agenda of a meeting, cut to two pages: what does not fit is counted, and is on the desk."""
    public = briefing.cleared_for(Clearance.PUBLIC)
    starts_at = datetime.combine(public.day, service.partnership.meeting.starts_at, service.partnership.zone)
    notices = (("Missing", "; ".join(public.notices)),) if public.notices else ()
    sections = [_section(part, [one for one in items if one.part == part]) for part in Part]
    present = Section("Present and apologies", (Line("Present", room=1), Line("Apologies")))
    other = Section("Any other business", (Line("Notes", room=2),))
    sheet = Sheet(
        title=f"Agenda, CSU meeting of {weekday(public.day)}",
        subtitle=f"{public.partnership} · {public.window_words}",
        day=public.day,
        made_at=starts_at,
        facts=notices,
        sections=(present, *(one for one in sections if one.lines or one.empty), other),
        foot=_FOOT,
        marking=public.marking,
    )
    return fitted(sheet, MOST_PAGES)


def _section(part: Part, items: Sequence[Item]) -> Section:
    lines = tuple(Line(*one.paper, label=one.label, room=_ROOM.get(part, 0)) for one in items)
    title = f"{part.value} ({len(items)})" if items and part not in (Part.NIGHT, Part.CONTACT) else part.value
    return Section(title, lines, empty=_EMPTY.get(part, ""))
