"""The service of search: what it is given, and a search from the text to the results."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from tasking import meeting
from tasking.config.categories import Categories
from tasking.linkage.service import LinkageService
from tasking.meeting.service import MeetingService
from tasking.places import Gazetteer
from tasking.search.categories import CategoryIndex
from tasking.search.correction import candidates, frequent_words, may_be_mistyped
from tasking.search.finding import Finding, matching
from tasking.search.place_index import PlaceIndex
from tasking.search.query import Asked, Part, Query, Reader, parse
from tasking.search.references import References
from tasking.search.results import Found, Kind
from tasking.search.store import reports as store
from tasking.search.store.index import Texts
from tasking.search.store.restricted import restricted_hits
from tasking.search.words import words_in
from tasking.warehouse import Warehouse
from tasking.warehouse.audit_log import Entry, append_entries
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_incidents

PAGE: Final = 20  # results of one kind
BRIEF: Final = 5  # of each other kind where all kinds are listed
MOST_PAGES: Final = 25
_TEXTS: Final = 3_000  # newest reports whose frequent words are known
_KNOWN_FOR_S: Final = 3_600.0
_MOST_TRIED: Final = 3  # known words, for a mistyped one


@dataclass
class _TextWords:
    """The known words, with those that occur in several incidents; and when they were read."""

    words: Sequence[str] = ()
    read_at: float | None = None


@dataclass(frozen=True)
class SearchService:
    """Finds incidents, places, people, taskings, groups and follow-ups. Logs searches for people."""

    categories: Categories
    gazetteer: Gazetteer
    linkage: LinkageService
    meeting: MeetingService
    warehouse: Warehouse
    clock: Callable[[], datetime]
    _text_words: _TextWords = field(default_factory=_TextWords, repr=False, compare=False)

    @cached_property
    def category_index(self) -> CategoryIndex:
        return CategoryIndex(self.categories)

    @cached_property
    def place_index(self) -> PlaceIndex:
        return PlaceIndex(self.gazetteer)

    def find(self, asked: Asked, reader: Reader) -> Found:
        """What `reader` may see of what they ask for. A mistyped word is corrected where nothing has it."""
        addresses = References(self.linkage, self.meeting, self.warehouse).addresses(asked.text, reader)
        if len(addresses) == 1:
            return Found(target=addresses[0])
        query = parse(asked, self.category_index, self.gazetteer.postcode_areas, meeting.today(self.meeting))
        ids = tuple(one.removeprefix("incidents/") for one in addresses if one.startswith("incidents/"))
        found = self._found(query, asked, reader, ids)
        if found.is_empty and (corrected := self._corrections(query, reader)):
            again = query.with_words(self.category_index, corrected, self.gazetteer.postcode_areas)
            words = tuple(query.words)
            found = replace(self._found(again, asked, reader, ()), corrected=corrected, words=words)
        self._log(query, found, reader)
        return found

    def restricted(self, words: str, reader: Reader, most: int) -> list[str]:
        """The incidents of the restricted register that a reference means, or of which a report has the words or words
        that begin so; the newest first. Not logged: the register says what it logs."""
        addresses = References(self.linkage, self.meeting, self.warehouse).addresses(words, reader)
        named = [one.removeprefix("incidents/") for one in addresses if one.startswith("incidents/")]
        hidden = withheld_incidents(self.warehouse, named, PUBLIC_VISIBILITY)
        if found := [one for one in named if one in hidden]:
            return found[:most]
        query = parse(Asked(words), self.category_index, self.gazetteer.postcode_areas, meeting.today(self.meeting))
        if not query.parts:
            return []
        texts = (Texts.ALL, Texts.PEOPLE) if reader.has_details else (Texts.PUBLIC,)
        matches = [matching(query, one, "report", has_starts=True) for one in texts]
        return restricted_hits(self.warehouse, matches, reader.visibility, most)

    def _found(self, query: Query, asked: Asked, reader: Reader, ids: tuple[str, ...]) -> Found:
        """The results, of all kinds or of the one that is asked for."""
        finding = Finding(self.linkage, self.meeting, self.warehouse, query, asked, reader)
        wanted = [kind for kind in Kind if asked.kind in ("", kind)]
        most = {kind: PAGE if asked.kind == kind or kind == Kind.INCIDENTS else BRIEF for kind in wanted}
        start = (min(max(asked.page, 1), MOST_PAGES) - 1) * PAGE if asked.kind else 0
        every: dict[Kind, Callable[[int], Sequence[Any]]] = {
            Kind.INCIDENTS: lambda end: finding.incidents(end, ids),
            Kind.PLACES: lambda end: finding.places(self.place_index, end),
            Kind.PEOPLE: finding.people,
            Kind.TASKINGS: finding.taskings,
            Kind.GROUPS: finding.groups,
            Kind.FOLLOW_UPS: finding.follow_ups,
        }
        lists = {kind: tuple(every[kind](start + most[kind] + 1))[start:] for kind in wanted}
        more = frozenset(kind for kind, some in lists.items() if len(some) > most[kind])
        shown: dict[str, Any] = {kind.name.lower(): some[: most[kind]] for kind, some in lists.items()}
        if "incidents" in shown:
            shown["incidents"] = finding.described(shown["incidents"], self.categories.labels)
        return Found(**shown, words=tuple(query.words), period=query.period, has_more=more)

    # Corrections.

    def _corrections(self, query: Query, reader: Reader) -> dict[str, str]:
        """Word that nothing has -> the nearest known word that something has."""
        corrigible = [one for one in query.terms if one.start and may_be_mistyped(one.word)]
        unknown = [one for one in corrigible if not self._has_hit(Query((Part((one,)),)), reader)]
        known = self._known_words(reader) if unknown else ()
        found = {}
        for term in unknown:
            for word in list(candidates(term.word, known))[:_MOST_TRIED]:
                better = query.with_words(self.category_index, {term.word: word}, frozenset())
                parts = [part for part in better.parts if any(one.word == word for one in part.terms)]
                if self._has_hit(Query(tuple(parts[:1])), reader):
                    found[term.word] = word
                    break
        return found

    def _has_hit(self, query: Query, reader: Reader) -> bool:
        """Whether anything that the reader may see has the words."""
        finding = Finding(self.linkage, self.meeting, self.warehouse, query, Asked(""), reader)
        return bool(
            any(self.place_index.named(query.terms))
            or self.place_index.wards_named(query.terms)
            or finding.incidents(1, ())
            or finding.taskings(1)
            or finding.groups(1)
            or finding.people(1)
        )

    def _known_words(self, reader: Reader) -> Sequence[str]:
        """Words of places and categories; for those who may read texts, words of several incidents too."""
        return self._words_with_texts() if reader.has_details else self._declared_words

    @cached_property
    def _declared_words(self) -> Sequence[str]:
        return sorted(self.place_index.known_words | self.category_index.known_words)

    def _words_with_texts(self) -> Sequence[str]:
        kept, now = self._text_words, time.monotonic()
        if kept.read_at is None or now - kept.read_at > _KNOWN_FOR_S:
            rows = store.recent_texts(self.warehouse, _TEXTS)
            names = {word for row in rows for name in (row.caller_name, row.subject_name) if name
                     for word in words_in(name)}  # fmt: skip
            frequent = frequent_words([(row.incident_id, row.text) for row in rows], names)
            kept.words = sorted(frequent.union(self._declared_words))
            kept.read_at = now
        return kept.words

    # The log.

    def _log(self, query: Query, found: Found, reader: Reader) -> None:
        """Logs which reports a search for a person showed, and whose words were shown; never what was searched for."""
        open_people = [report for one in found.people if not one.is_restricted for report in one.report_ids]
        hidden_people = [report for one in found.people if one.is_restricted for report in one.report_ids]
        read = [one.incident.incident_id for one in found.incidents if one.snippet and not one.incident.is_restricted]
        hidden = [one.incident.incident_id for one in found.incidents if one.incident.is_restricted]
        is_for_a_person = bool(query.contacts) and reader.has_details and not found.people
        listed = {
            "person searched for": open_people or (["search"] if is_for_a_person else []),
            "restricted person searched for": hidden_people,
            "reports found by their words": read if reader.has_details else [],
            "restricted incidents found": hidden,
        }
        entries = [Entry(reader.name, action, " ".join(ids), "") for action, ids in listed.items() if ids]
        if entries:
            with self.warehouse.writing() as connection:
                append_entries(connection, self.clock(), entries)
