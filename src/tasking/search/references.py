"""References: what somebody typed may be the id or reference of one thing, in any spelling."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tasking import meeting
from tasking.linkage.service import LinkageService
from tasking.meeting import Tasking
from tasking.meeting.service import MeetingService
from tasking.model.proposal import Status
from tasking.search.query import Reader
from tasking.search.store import references as store
from tasking.search.store.index import Days, Match, Texts
from tasking.search.store.reports import report_hits
from tasking.search.words import words_in
from tasking.warehouse import Warehouse
from tasking.warehouse.withheld import Guard

_MOST_WORDS: Final = 5
_MOST_REPORTS: Final = 50
_INCIDENT: Final = re.compile(r"i(\d{6})([0-9a-f]{8})")
_DATED: Final = re.compile(r"([td])(\d{8})([0-9a-f]{8})")  # a tasking, a proposal
_FOLLOW_UP: Final = re.compile(r"f([0-9a-f]{12})")
_CASE: Final = re.compile(r"([a-z]{1,4}?)([0-9a-f]{6})")  # CR-1a2b3c
_TABS: Final = {
    Status.OPEN: "open", Status.DONE: "done", Status.DROPPED: "done", Status.LAPSED: "lapsed",
    Status.WITHDRAWN: "lapsed",
}  # fmt: skip


@dataclass(frozen=True)
class References:
    """Finds what a reference means, of what the reader may see."""

    linkage: LinkageService
    meeting: MeetingService
    warehouse: Warehouse

    def addresses(self, text: str, reader: Reader) -> list[str]:
        """The pages of everything that the text is a reference of; none where it is none."""
        words = words_in(text)
        compact = "".join(words)
        if not 0 < len(words) <= _MOST_WORDS or not any(one.isdigit() for one in compact):
            return []
        found = [*self._incidents(text, compact, reader), *self._subjects(compact, reader)]
        found += self._follow_up(compact, reader)
        return list(dict.fromkeys(found))

    def _incidents(self, text: str, compact: str, reader: Reader) -> Iterator[str]:
        """By their own id, now or before they were merged, and by the reference of a report."""
        raw, found = text.strip(), list[str]()
        if match := _INCIDENT.fullmatch(compact):
            found = store.incidents_now(self.warehouse, [f"I{match[1]}-{match[2]}"], reader.visibility)
        if not found and ":" in raw:
            found = self.linkage.incidents_named(raw, (), reader.visibility)
        if not found:
            match_ = Match((), Texts.PUBLIC, reference=compact)
            hits, _ = report_hits(self.warehouse, match_, reader.visibility, Days(), "", None, _MOST_REPORTS)
            found = [one.incident_id for one in hits]
        yield from (f"incidents/{one}" for one in dict.fromkeys(found))

    def _subjects(self, compact: str, reader: Reader) -> Iterator[str]:
        """Taskings, proposals and groups, case reviews."""
        guard = Guard(self.warehouse)
        if match := _DATED.fullmatch(compact):
            subject_id = f"{match[1].upper()}-{match[2]}-{match[3]}"
            if match[1] == "t" and not guard.withheld_taskings(reader.visibility, [subject_id]):
                found = meeting.taskings(self.meeting, is_all=True, only=[subject_id])
                yield from (address_of_tasking(one) for one in found)
            elif match[1] == "d":
                yield from (f"groups/{one}" for one in guard.readable_proposals([subject_id], reader.visibility))
        elif match := _CASE.fullmatch(compact):
            about = store.proposals_about(self.warehouse, [f"{match[1].upper()}-{match[2]}"])
            readable = guard.readable_proposals(about, reader.visibility)
            yield from (f"groups/{one}" for one in about if one in readable)

    def _follow_up(self, compact: str, reader: Reader) -> Iterator[str]:
        """A follow-up: its id is made of the id of its first report."""
        if not (match := _FOLLOW_UP.fullmatch(compact)):
            return
        for row in store.followed_up(self.warehouse):
            if hashlib.sha256(row.report_id.encode()).hexdigest()[:12] == match[1]:
                found = meeting.follow_ups(self.meeting, reader.visibility, row.incident_id)
                yield from (f"follow-ups/{one.follow_up_id}" for one in found if one.follow_up_id == f"F-{match[1]}")


def address_of_tasking(one: Tasking) -> str:
    """Where a tasking is listed."""
    return f"taskings?show={_TABS.get(one.status, 'proposed')}#{one.tasking_id}"
