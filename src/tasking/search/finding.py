"""One search: the results of each kind, in order, limited to what the reader may see."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tasking import meeting
from tasking.linkage.incident_filter import IncidentFilter
from tasking.linkage.service import LinkageService
from tasking.meeting import FollowUp, Tasking
from tasking.meeting.service import MeetingService
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.search.people import people_in
from tasking.search.place_index import PlaceIndex
from tasking.search.query import Asked, Query, Reader
from tasking.search.results import IncidentResult, PersonResult, Piece, PlaceResult
from tasking.search.snippets import Finder, match_in
from tasking.search.store import references
from tasking.search.store import reports as store
from tasking.search.store.index import Days, Match, Texts
from tasking.search.store.reports import ReportHit
from tasking.warehouse import Warehouse
from tasking.warehouse.withheld import Guard

_AT_ONCE: Final = 60  # documents: first, and then more
_WITH_WARD: Final = 1_000  # where most of them are of other wards
_MOST_READ: Final = 10_000  # documents, whatever came of them
_MOST_NOTES: Final = 60
_NOTES: Final = {"status": "Reason for the status", "photo": "Photo"}  # others are notes
_MOST_SUBJECTS: Final = 400
_MOST_PEOPLE: Final = 120
_MOST_PLACES: Final = 12
_FOR_FOLLOW_UPS: Final = 3  # incidents that are looked at for one follow-up


def matching(query: Query, texts: Texts, *kinds: str, has_starts: bool = False, category: str = "") -> Match:
    """Documents of these kinds that have all parts of the query."""
    return Match(query.parts, texts, kinds, has_starts, category)


@dataclass(frozen=True)
class Hit:
    """An incident that was found by a report, a note, or its reference (neither). `where`: what kind of note."""

    incident_id: str
    report: ReportHit | None = None
    note: str = ""
    where: str = ""
    is_start: bool = False  # only beginnings of words match


@dataclass(frozen=True)
class Finding:
    """A query, its filters and who asks."""

    linkage: LinkageService
    meeting: MeetingService
    warehouse: Warehouse
    query: Query
    asked: Asked
    reader: Reader

    @property
    def texts(self) -> Texts:
        return Texts.ALL if self.reader.has_details else Texts.PUBLIC

    @property
    def days(self) -> Days:
        period = self.query.period
        if period is not None:
            return Days(period.since, period.until)
        return Days(self.asked.since, self.asked.until)

    @property
    def has_incident_filter(self) -> bool:
        return bool(self.asked.category or self.asked.ward)

    @cached_property
    def guard(self) -> Guard:
        return Guard(self.warehouse)

    # Incidents.

    def incidents(self, most: int, ids: Iterable[str]) -> list[Hit]:
        """Incidents: those with a reference, those with the words, those of a wider category that the words name, those
        with words that begin so; of each the newest first."""
        if not self._all:
            found = {one: Hit(one) for one in ids}
            if self.query.parts:
                by_words = self.query.by_words
                first = [(by_words, False)] if by_words else []
                for query, has_starts in [*first, (self.query, False), (self.query, True)]:
                    if len(found) < most:
                        self._add_reports(found, most, query, has_starts=has_starts)
                if len(found) < most:
                    self._add_notes(found)
            if len(found) >= most:
                return list(found.values())[:most]
            self._all.append(list(found.values()))
        return self._all[0][:most]

    @cached_property
    def _all(self) -> list[list[Hit]]:
        """Every incident, once a search has come to the end of them."""
        return []

    def _add_reports(self, found: dict[str, Hit], most: int, query: Query, *, has_starts: bool) -> None:
        match = matching(query, self.texts, "report", has_starts=has_starts, category=self.asked.category)
        below, read, at_once = None, 0, _WITH_WARD if self.asked.ward else max(_AT_ONCE, 2 * most)
        while len(found) < most and read < _MOST_READ:
            hits, below = self._report_hits(match, below, at_once)
            for hit in hits:
                found.setdefault(hit.incident_id, Hit(hit.incident_id, hit, is_start=has_starts))
            if below is None:
                return
            read, at_once = read + at_once, min(at_once * 4, _WITH_WARD)

    def _report_hits(self, match: Match, below: int | None, at_once: int) -> tuple[list[ReportHit], int | None]:
        """Read once: follow-ups look for the same reports as incidents."""
        key = (match, below, at_once)
        if key not in self._hits:
            self._hits[key] = store.report_hits(
                self.warehouse, match, self.reader.visibility, self.days, self.asked.ward, below, at_once
            )
        return self._hits[key]

    @cached_property
    def _hits(self) -> dict[tuple[Match, int | None, int], tuple[list[ReportHit], int | None]]:
        return {}

    def _add_notes(self, found: dict[str, Hit]) -> None:
        if not self.reader.has_details or self.has_incident_filter:
            return
        match = matching(self.query, Texts.ALL, "followup", "decision", "note", "status", "photo", has_starts=True)
        notes = store.incidents_of_notes(self.warehouse, match, self.reader.visibility, self.days, _MOST_NOTES)
        for incident, (kind, note) in notes.items():
            found.setdefault(incident, Hit(incident, note=note, where=_NOTES.get(kind, "Note"), is_start=True))

    def described(self, hits: Sequence[Hit], labels: Mapping[str, str]) -> tuple[IncidentResult, ...]:
        """The incidents as they are listed, with where the match is; of a restricted one nothing is said."""
        wanted = IncidentFilter(ids=tuple(hit.incident_id for hit in hits))
        rows = self.linkage.incidents(wanted, self.reader.visibility, None, len(hits)) if hits else []
        by_id = {row.incident_id: row for row in rows}
        texts = store.report_texts(self.warehouse, [hit.report for hit in hits if hit.report])
        found = []
        for hit in hits:
            if (row := by_id.get(hit.incident_id)) is None:
                continue
            where, snippet = "", tuple[Piece, ...]()
            if not row.is_restricted:
                where, snippet = self._match_in(hit, texts, labels)
            found.append(IncidentResult(row, where, snippet))
        return tuple(found)

    def _match_in(
        self, hit: Hit, texts: Mapping[str, dict[str, str]], labels: Mapping[str, str]
    ) -> tuple[str, tuple[Piece, ...]]:
        finder = Finder(self.query, has_starts=hit.is_start)
        if hit.note:
            return hit.where, finder.snippet(hit.note)
        row = texts.get(hit.report.report_id) if hit.report else None
        if row is None:
            return "", ()
        where, snippet = match_in(finder, row, labels, has_details=self.reader.has_details)
        is_by_category = any(row["category"] in part.categories for part in self.query.parts if part.is_wider)
        return ("Category", ()) if not snippet and is_by_category else (where, snippet)

    # The other kinds.

    def places(self, index: PlaceIndex, most: int) -> list[PlaceResult]:
        """Wards, then places and streets: those where most happened first."""
        wards = [PlaceResult(name, is_ward=True) for name in index.wards_named(self.query.terms)]
        exact, begun = index.named(self.query.terms)
        names, first = [*exact, *begun][: max(_MOST_PLACES, most)], frozenset(exact)
        counts: Counter[str] = Counter()
        if names:
            for public, count in store.places_counted(self.warehouse, names).items():
                counts[public.partition(",")[0] if public not in names else public] += count
        ordered = sorted(names, key=lambda name: (name not in first, -counts[name], len(name), name))
        return [*wards, *(PlaceResult(name, counts[name]) for name in ordered)][:most]

    def people(self, most: int) -> list[PersonResult]:
        """Only for those who may read names."""
        if not self.reader.has_details or not (self.query.parts or self.query.contacts):
            return []
        found: list[PersonResult] = []
        for match in self._people_matches():
            rows = store.people_hits(self.warehouse, match, self.reader.visibility, _MOST_PEOPLE)
            known = {(one.key, one.name, one.incident_ids) for one in found}
            found += [one for one in people_in(rows, self.query)
                      if (one.key, one.name, one.incident_ids) not in known]  # fmt: skip
        return found[:most]

    def _people_matches(self) -> Iterator[Match]:
        if self.query.contacts:
            yield Match((), Texts.PEOPLE, phrases=self.query.contacts)
            return
        yield matching(self.query, Texts.PEOPLE, "report", has_starts=True)

    def taskings(self, most: int) -> list[Tasking]:
        def seen(ids: list[str]) -> list[str]:
            withheld = self.guard.withheld_taskings(self.reader.visibility, ids)
            return [one for one in ids if one not in withheld]

        wanted = self._subjects("tasking", "T-", seen, most)
        found = meeting.taskings(self.meeting, is_all=True, only=wanted) if wanted else []
        by_id = {one.tasking_id: one for one in found}
        return [by_id[one] for one in wanted if one in by_id]

    def groups(self, most: int) -> list[TrackedProposal]:
        def seen(ids: list[str]) -> list[str]:
            readable = self.guard.readable_proposals(ids, self.reader.visibility)
            return [one for one in ids if one in readable]

        wanted = self._subjects("proposal", "D-", seen, most)
        return [meeting.proposal_of(self.meeting, one) for one in wanted]

    def _subjects(self, kind: str, start: str, seen: Callable[[list[str]], list[str]], most: int) -> list[str]:
        """The ids of subjects with this start, by their words or those of a step, that the reader may see."""
        found: dict[str, None] = {}
        asked: set[str] = set()
        for has_starts in (False, True) if self.query.parts and not self.has_incident_filter else ():
            match = matching(self.query, self.texts, kind, "step", has_starts=has_starts)
            ids = store.subjects(self.warehouse, match, self.days, _MOST_SUBJECTS)
            ids = [one for one in ids if one.startswith(start) and one not in asked]
            for first in range(0, len(ids), 2 * most):
                if len(found) >= most:
                    break
                chunk = ids[first : first + 2 * most]
                asked.update(chunk)
                found.update(dict.fromkeys(seen(chunk)))
        return list(found)[:most]

    def follow_ups(self, most: int) -> list[FollowUp]:
        """Follow-ups of the reports that match."""
        ids = [hit.report.report_id for hit in self.incidents(most * _FOR_FOLLOW_UPS, ()) if hit.report]
        wanting = references.wanting_contact(self.warehouse, ids) if ids else []
        found: dict[str, FollowUp] = {}
        for one in meeting.follow_ups_with(self.meeting, self.reader.visibility, wanting) if wanting else ():
            found.update(dict.fromkeys(one.report_ids, one))
        ordered = (found[one] for one in ids if one in found)
        return list(dict.fromkeys(ordered))[:most]
