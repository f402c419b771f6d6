"""The timeline of an incident: everything that happened to it, from its reports to the tasking that was done."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from tasking.casefile.attachments import SOURCE_FEED, attachments_of
from tasking.casefile.notes import notes_of
from tasking.casefile.service import CasefileService
from tasking.casefile.statuses import history_of, outcome_words
from tasking.casefile.store import history as store
from tasking.meeting import SYSTEM, FollowUp, Tasking
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.casefile import Attachment, Note, StatusStep, TimelineEntry
from tasking.model.correction import CORRECTED
from tasking.model.follow_up import Act, State
from tasking.model.proposal import BACK, PAST, Step, Verb
from tasking.warehouse.visibility import Visibility

_REVISED: Final[Mapping[str, str]] = {
    "category": "the category", "place_name": "the place", "town": "the place", "postcode": "the postcode",
    "occurred_from": "the time", "occurred_to": "the time", "priority_text": "the priority",
    "is_vulnerable": "the mark of a vulnerable person", "text": "the description",
}  # fmt: skip
_PAST: Final[Mapping[Verb, str]] = PAST | {
    Verb.LAPSE: "Lapsed", Verb.ESCALATE: "Named to the chair", Verb.EXPIRE: "Expired", Verb.GROW: "More evidence added",
    Verb.REACH: "Threshold reached",
}  # fmt: skip


class Around(NamedTuple):
    """What else belongs to an incident, as far as the reader may see it."""

    decisions: Sequence[Mapping[str, Any]] = ()
    taskings: Sequence[Tasking] = ()
    proposals: Sequence[TrackedProposal] = ()
    follow_ups: Sequence[FollowUp] = ()
    briefed_on: Sequence[date] = ()  # the days whose briefing names it


def timeline_of(
    service: CasefileService, incident_id: str, reports: Sequence[Mapping[str, Any]], around: Around,
    visibility: Visibility,
) -> list[TimelineEntry]:  # fmt: skip
    """The timeline, the newest first. `reports`: those of the incident, as reports_side_by_side gives them."""
    ids = [str(row["report_id"]) for row in reports]
    entries = [
        *_of_reports(service, store.revisions(service.warehouse, ids, visibility)),
        *_of_corrections(service, reports, store.corrections(service.warehouse, ids, visibility)),
        *_of_links(incident_id, reports, store.links(service.warehouse, incident_id, ids)),
        *_of_decisions(service, incident_id, around.decisions),
        *_of_briefings(around.briefed_on),
        *(entry for one in notes_of(service, ids, visibility) for entry in _of_note(service, one)),
        *(entry for one in attachments_of(service, ids, visibility) for entry in _of_attachment(service, one)),
        *(_of_status(service, one) for one in history_of(service, ids, visibility)),
        *(entry for one in around.taskings for entry in _of_tasking(service, one)),
        *(entry for one in around.proposals for entry in _of_proposal(service, one, reports)),
        *(entry for one in around.follow_ups for entry in _of_follow_up(service, one)),
    ]  # fmt: skip

    return _newest_first(service, entries)


def timeline_of_person(
    service: CasefileService, reports: Sequence[Mapping[str, Any]], around: Around
) -> list[TimelineEntry]:
    """What happened with a person's reports, the newest first. `reports`: as reports_of_person gives them."""
    entries = [
        *(_of_report(service, row) for row in reports),
        *(entry for one in around.taskings for entry in _of_tasking(service, one)),
        *(entry for one in around.proposals for entry in _of_proposal(service, one, reports)),
        *(entry for one in around.follow_ups for entry in _of_follow_up(service, one)),
    ]
    return _newest_first(service, entries)


def _newest_first(service: CasefileService, entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """The entries in order; one of which only the day is known comes before the others of its day, or right after the
    moment that it comes after."""

    def when(entry: TimelineEntry) -> tuple[date, float, bool]:
        if entry.at is None:
            return entry.day, entry.after.timestamp() if entry.after else 0.0, True
        return entry.at.astimezone(service.partnership.zone).date(), entry.at.timestamp(), False

    return sorted(entries, key=when, reverse=True)


def former_names_of(service: CasefileService, report_ids: Sequence[str]) -> list[str]:
    """The ids of incidents that are no more and that had one of these reports."""
    return store.former_names(service.warehouse, report_ids)


def briefing_days_of(service: CasefileService, incident_id: str, reports: Sequence[Mapping[str, Any]]) -> list[date]:
    """The days whose briefing names an incident, the newest first."""
    first = min(row["day"] for row in reports)
    return service.briefings.days_naming(incident_id, first)


def _of_reports(service: CasefileService, revisions: Sequence[Mapping[str, Any]]) -> Iterator[TimelineEntry]:
    yield from (_of_report(service, row) for row in revisions if row["revision"] == 1)
    sent = [row for row in revisions if not str(row["content_hash"]).startswith(CORRECTED)]
    for before, after in pairwise(sent):
        if before["report_id"] == after["report_id"]:
            changed = list(dict.fromkeys(words for name, words in _REVISED.items() if before[name] != after[name]))
            what = ", ".join(changed) or "nothing that is shown here"
            words = f"{_partner(service, after['feed'])} changed report {after['source_ref']}: {what}"
            yield TimelineEntry(after["day"], None, "revision", words)


def _of_corrections(
    service: CasefileService, reports: Sequence[Mapping[str, Any]], corrections: Sequence[Mapping[str, Any]]
) -> Iterator[TimelineEntry]:
    refs = {row["report_id"]: row["source_ref"] for row in reports}
    for one in corrections:
        done = "Correction undone" if one["undoes"] is not None else "Corrected"
        words = f"{done}: the {one['field']} of report {refs[one['report_id']]}"
        yield _local(service, one["at"], "correction", words, one["actor"], one["reason"])


def _of_report(service: CasefileService, row: Mapping[str, Any]) -> TimelineEntry:
    what = service.what(row["category"], row["signs"])
    words = f"Report from {_partner(service, row['feed'])}: {what} ({row['source_ref']})"
    return _local(service, row["received_at"], "report", words)


def _of_links(
    incident_id: str, reports: Sequence[Mapping[str, Any]], links: Sequence[Mapping[str, Any]]
) -> Iterator[TimelineEntry]:
    refs = {row["report_id"]: row["source_ref"] for row in reports}
    for link in links:
        if link["linked_to"] in refs and link["report_id"] in refs:
            words = f"Report {refs[link['report_id']]} linked to report {refs[link['linked_to']]}"
            yield TimelineEntry(
                link["linked_on"],
                None,
                "link",
                words,
                link=f"incidents/{incident_id}#{quote(link['report_id'], safe='/:')}",
            )


def _of_decisions(
    service: CasefileService, incident_id: str, decisions: Iterable[Mapping[str, Any]]
) -> Iterator[TimelineEntry]:
    for one in decisions:
        words = "Merged into one incident" if one["is_same"] else "Kept apart"
        if one["is_undo"]:
            words = f"Undone: {words[0].lower()}{words[1:]}"
        link = f"incidents/{incident_id}#decisions"
        yield _local(service, one["decided_at"], "decision", words, one["actor"], one["note"], link)


def _of_briefings(days: Iterable[date]) -> Iterator[TimelineEntry]:
    for day in days:
        words = f"In the briefing of {day.day} {day:%B %Y}"
        yield TimelineEntry(day, None, "briefing", words, link=f"today?day={day}")


def _of_note(service: CasefileService, one: Note) -> Iterator[TimelineEntry]:
    words = "Note added, withdrawn since" if one.withdrawn_at else "Note added"
    yield _local(service, one.at, "note", words, one.actor, one.text)
    if one.withdrawn_at:
        yield _local(service, one.withdrawn_at, "note", "Note withdrawn", one.withdrawn_by or "",
                     one.withdrawn_reason or "")  # fmt: skip


def _of_attachment(service: CasefileService, one: Attachment) -> Iterator[TimelineEntry]:
    kind = "Photo" if one.is_photo else "Document"
    how = f"{kind} added" if one.source != SOURCE_FEED else f"{kind} fetched from the partner"
    actor = one.actor if one.source != SOURCE_FEED else ""
    yield _local(service, one.at, "attachment", how, actor, one.description)
    if one.removed_at:
        yield _local(service, one.removed_at, "attachment", f"{kind} removed", one.removed_by or "",
                     one.removed_reason or "")  # fmt: skip


def _of_status(service: CasefileService, one: StatusStep) -> TimelineEntry:
    outcome = outcome_words(service, one)
    words = f"Status: {one.status.value}" + (f", {outcome}" if outcome else "")
    if one.undoes:
        words = f"Status undone: {one.status.value}"
    return _local(service, one.at, "status", words, one.actor, one.reason)


def _of_tasking(service: CasefileService, one: Tasking) -> Iterator[TimelineEntry]:
    link = f"taskings/{one.tasking_id}"
    yield TimelineEntry(one.proposed_on, None, "tasking", f"Tasking proposed: {one.what}, {one.owner}", link=link)
    for step in one.standing.history:
        yield _step(service, step, "tasking", f"Tasking {_verb(step, one.standing.history)}: {one.what}", link)


def _of_proposal(
    service: CasefileService, one: TrackedProposal, reports: Sequence[Mapping[str, Any]]
) -> Iterator[TimelineEntry]:
    """Since when the reports are evidence for a proposal, and what was decided on it."""
    proposal = one.proposal
    link = f"groups/{proposal.proposal_id}"
    words = f"Evidence for a proposal: {proposal.subject}"
    day, rests_on = _evidence_since(one, {str(row["report_id"]): row["received_at"] for row in reports})
    if rests_on is not None:
        day = max(day, rests_on.astimezone(service.partnership.zone).date())
    yield TimelineEntry(day, None, "proposal", words, link=link, after=rests_on)
    for step in one.standing.history:
        if step.verb != Verb.GROW:
            words = f"{proposal.subject}: {_verb(step, one.standing.history)}"
            yield _step(service, step, "proposal", words, link)


def _evidence_since(one: TrackedProposal, received: Mapping[str, datetime]) -> tuple[date, datetime | None]:
    """The day on which any of some reports became evidence for a proposal, as it was raised or as it grew, and when the
    last of these was received. `received`: report -> when; None where its evidence names none of them."""
    grown = [(step.day, step.details or {}) for step in one.standing.history if step.verb in (Verb.GROW, Verb.REACH)]
    for day, evidence in [(one.proposal.raised_on, one.proposal.evidence), *grown]:
        named = {report for incident in evidence.get("incidents", ()) for report in incident.get("reports", ())}
        if named & received.keys():
            return day, max(received[report] for report in named & received.keys())
    return one.proposal.raised_on, None


def _verb(step: Step, history: Sequence[Step]) -> str:
    """`approved`; of an undo, what it undid: `approved, undone`."""
    if step.verb in BACK:
        undone = next((one for one in history if one.number == step.undoes), None)
        return f"{_PAST.get(undone.verb, 'changed').lower()}, undone" if undone else "undone"
    return _PAST.get(step.verb, "changed").lower()


def _step(service: CasefileService, step: Step, kind: str, words: str, link: str) -> TimelineEntry:
    agreed = f" ({step.agreed})" if step.agreed else ""
    actor = "" if step.actor == SYSTEM else step.actor
    return _local(service, step.at, kind, f"{words}{agreed}", actor, step.reason, link)


def _of_follow_up(service: CasefileService, one: FollowUp) -> Iterator[TimelineEntry]:
    acts = [*one.tries, *([one.settled_by] if one.settled_by else [])]
    for act in acts:
        words = f"Follow-up: {_act_words(act)}"
        yield _local(service, act.at, "follow-up", words, act.actor, act.note, f"follow-ups/{one.follow_up_id}")


def _act_words(act: Act) -> str:
    if act.state == State.CANCELLED:
        return "cancelled"
    return f"{act.how} by {act.partner}: {act.result}" if act.partner else f"{act.how}: {act.result}"


def _local(
    service: CasefileService, at: datetime, kind: str, words: str, actor: str = "", details: str = "", link: str = ""
) -> TimelineEntry:
    day = at.astimezone(service.partnership.zone).date()
    return TimelineEntry(day, at, kind, words, actor, details, link)


def _partner(service: CasefileService, feed: str) -> str:
    return service.feeds[feed].partner if feed in service.feeds else feed
