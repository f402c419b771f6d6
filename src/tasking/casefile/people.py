"""The history of a person: every report by or about them, for those who may see details."""

from collections.abc import Sequence
from typing import Any

from tasking.casefile.service import CasefileService
from tasking.casefile.store import history as store
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.warehouse.audit_log import Entry, log
from tasking.warehouse.visibility import Visibility


def reports_of_person(service: CasefileService, key: str, visibility: Visibility) -> list[dict[str, Any]]:
    """The reports by or about a person, the newest first, with names and words. `key`: a keyed pseudonym."""
    return store.reports_of_person(service.warehouse, key, visibility)


def people_in(service: CasefileService, report_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Report -> the keys of the people it is by (`caller`) and about (`subject`), for links to their pages."""
    return store.people_in(service.warehouse, report_ids)


def log_look(service: CasefileService, actor: str, reports: Sequence[dict[str, Any]], reason: str) -> None:
    """Logs that somebody looked at a person, once for each report that was shown."""
    with service.warehouse.writing():
        for row in reports:
            action = "restricted person looked at" if row["is_restricted"] else "person looked at"
            log(service.warehouse, Entry(actor, action, str(row["report_id"]), reason), service.clock())


def names_as_reported(reports: Sequence[dict[str, Any]]) -> list[str]:
    """The names under which a person was reported or reported, each once, the newest first."""
    found = []
    for row in reports:
        found += [row["caller_name"]] if row["is_by"] else []
        found += [row["subject_name"]] if row["is_about"] else []
    return list(dict.fromkeys(name for name in found if name))


def proposals_about(proposals: Sequence[TrackedProposal], key: str) -> list[TrackedProposal]:
    """The proposals about a person, the newest first."""
    found = [one for one in proposals if one.proposal.subject_key == key]
    return sorted(found, key=lambda one: (one.proposal.raised_on, one.proposal.proposal_id), reverse=True)
