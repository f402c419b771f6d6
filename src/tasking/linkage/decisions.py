"""What a person decides on incidents: split, merged, confirmed, kept apart, and undone.

A decision is permanent until somebody takes it back.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import structlog

from tasking.linkage import linking
from tasking.linkage.constraints import constraints_from_decisions
from tasking.linkage.explain import members_of, reports_named
from tasking.linkage.lock import linking_lock
from tasking.linkage.service import LinkageService
from tasking.linkage.store import incidents, linked_days, review
from tasking.model.day import local_time
from tasking.model.errors import TaskingError, traceback_without_values
from tasking.model.incident import Decision
from tasking.warehouse.visibility import FULL_VISIBILITY, Visibility
from tasking.warehouse.withheld import readable_reports

log = structlog.get_logger(__name__)


def split(
    service: LinkageService,
    incident_id: str,
    report_ids: Sequence[str],
    actor: str,
    note: str = "",
    visibility: Visibility = FULL_VISIBILITY,
) -> None:
    """Takes reports out of an incident, for good; they stay together, and so does the rest.

    `visibility`: what `actor` may read. Raises TaskingError; where somebody else has just decided on these reports, it
    says who.
    """
    with _deciding(service, actor, visibility, note) as deciding:
        members = deciding.members_of(incident_id)
        deciding.refuse_if_overtaken(members)
        strangers = [report for report in report_ids if report not in members]
        if strangers:  # decisions on a report that is not in this incident may be restricted: none is mentioned
            raise TaskingError(
                f"{strangers[0]} is not in {incident_id}; it has: {', '.join(members)}{deciding.newest_on(members)}"
            )
        rest = [report for report in members if report not in set(report_ids)]
        if not rest:
            raise TaskingError(f"{incident_id}: no report would be left in it")
        together = [Decision(a, b, True) for group in (list(report_ids), rest) for a, b in pairwise(group)]
        apart = [Decision(a, b, False) for a in report_ids for b in rest]
        deciding.store([*together, *apart], "incident split", " ".join([incident_id, *members]))


def merge(
    service: LinkageService, one: str, other: str, actor: str, note: str = "", visibility: Visibility = FULL_VISIBILITY
) -> str:
    """Makes two incidents one, for good; either may be named by one of its reports. Two reports that are one incident
    already, and of which nobody has said so, stay one for good. Returns the incident's id.

    Raises TaskingError, also where the decision is stored and they are still not one; and one that names who was first
    where somebody else has just decided on them.
    """
    with _deciding(service, actor, visibility, note) as deciding:
        first, second = deciding.members_of(one), deciding.members_of(other)
        everyone = [*first, *second]
        deciding.refuse_if_overtaken(everyone)
        if set(first) != set(second):
            decided, action = [Decision(a, b, True) for a, b in pairwise(everyone)], "incidents merged"
        elif deciding.may_confirm(one, other):
            decided, action = [Decision(one, other, True)], "incident confirmed"
        else:
            raise TaskingError(f"{one} and {other} are one incident already{deciding.newest_on(everyone)}")
        deciding.store(decided, action, f"{one} {other}")
        incident_of = incidents.incidents_of(service.warehouse, everyone)
        if incident_of[first[0]] != incident_of[second[0]]:
            raise TaskingError(
                "your decision is stored, and the two are still not one incident: they lie too far apart in time, or "
                "another decision keeps them apart"
            )
        return incident_of[first[0]]


def keep_apart(
    service: LinkageService, one: str, other: str, actor: str, note: str = "", visibility: Visibility = FULL_VISIBILITY
) -> None:
    """Decides that two incidents, or two reports, are never one; reports that are one now are parted.

    Raises TaskingError, and one that names who was first where somebody else has just decided on them.
    """
    with _deciding(service, actor, visibility, note) as deciding:
        first, second = deciding.reports_named(one), deciding.reports_named(other)
        deciding.refuse_if_overtaken([*first, *second])
        if set(first) & set(second):
            raise TaskingError(f"{one} and {other} are one incident; say which reports go: tasking incidents split")
        decided = [Decision(a, b, False) for a in first for b in second]
        deciding.store(decided, "incidents kept apart", f"{one} {other}")


def undo(
    service: LinkageService, name: str, actor: str, reason: str = "", visibility: Visibility = FULL_VISIBILITY
) -> str:
    """Takes back the newest decision on the reports of an incident, or on one report: linking is then as without it.

    Returns what was taken back, in words. Raises TaskingError where there is no decision, where it is of an earlier day
    and `reason` is empty, where the decision is also on reports that `visibility` does not allow (as though there were
    none), and where linking again fails.
    """
    with _deciding(service, actor, visibility, reason.strip()) as deciding:
        reports = deciding.reports_named(name)
        act = review.newest_act(service.warehouse, reports, visibility)
        if act is None:
            raise TaskingError(f"{name}: there is no decision to undo")
        zone = service.partnership.zone
        is_same_day = act.at.astimezone(zone).date() == service.clock().astimezone(zone).date()
        if not is_same_day and not reason.strip():
            raise TaskingError(f"{act.actor} decided on it {local_time(act.at, zone)}: say why it is corrected")
        named = sorted({report for one in act.decisions for report in (one.report_a, one.report_b)})
        if len(readable_reports(service.warehouse, named, visibility)) < len(named):
            raise TaskingError(f"{name}: there is no decision to undo")  # nothing is said of reports they may not see
        deciding.store(act.decisions, review.UNDONE, " ".join(named), act.numbers)
        return (
            f"Undone: the decision of {act.actor}, {local_time(act.at, zone)}. These reports are linked as before it."
        )


@contextmanager
def _deciding(service: LinkageService, actor: str, visibility: Visibility, note: str) -> Iterator["Deciding"]:
    """One decision at a time, each made on the outcome of the one before."""
    deciding = Deciding(service, review.newest_shown(service.warehouse), actor, visibility, note)
    with linking_lock(service):
        linking.try_to_apply_decisions(service)
        yield deciding


@dataclass(frozen=True)
class Deciding:
    """A person about to decide on incidents. `seen`: the number of the newest decision whose outcome they can have
    seen; `visibility`: what they may read."""

    service: LinkageService
    seen: int
    actor: str
    visibility: Visibility
    note: str = ""

    def members_of(self, name: str) -> list[str]:
        """The reports of an incident, by its id or by one of them. Raises TaskingError where there is none that this
        person may read."""
        return self._if_readable(name, members_of(self.service, name, self.visibility))

    def reports_named(self, name: str) -> list[str]:
        """The reports that a name means: an incident's, or one report. Raises TaskingError as `members_of`."""
        return self._if_readable(name, reports_named(self.service, name, self.visibility))

    def _if_readable(self, name: str, report_ids: list[str]) -> list[str]:
        if len(readable_reports(self.service.warehouse, report_ids, self.visibility)) < len(set(report_ids)):
            raise TaskingError(f"there is no incident {name}")
        return report_ids

    def refuse_if_overtaken(self, report_ids: Sequence[str]) -> None:
        """Raises TaskingError where somebody else decided on these reports after this person saw them."""
        newest = review.decided_since(self.service.warehouse, self.seen, report_ids, self.visibility)
        if newest is not None:
            actor, at = newest
            raise TaskingError(
                f"{actor} decided on these reports {local_time(at, self.service.partnership.zone)}, and that counts; "
                "look at them again before you decide anything else"
            )

    def may_confirm(self, one: str, other: str) -> bool:
        """True for the names of two reports of which no decision says that they are one incident."""
        if one == other or ":" not in one or ":" not in other:
            return False
        decided = [(a, b, is_same) for a, b, is_same in review.decisions(self.service.warehouse)]
        return not constraints_from_decisions(decided, {one: 0, other: 1}).must_link

    def newest_on(self, report_ids: Sequence[str]) -> str:
        """Who decided on these reports last, to end a sentence with; empty where nobody did."""
        newest = review.decided_since(self.service.warehouse, 0, report_ids, self.visibility)
        return f" ({newest[0]} decided on it {local_time(newest[1], self.service.partnership.zone)})" if newest else ""

    def store(self, decisions: Sequence[Decision], action: str, subject: str, undoes: Sequence[int] = ()) -> None:
        """Stores decisions, and links again what they change. `undoes`: the numbers of those that they take back.

        Raises TaskingError where linking again fails: the decisions are kept, and the next run links for them.
        """
        reports = sorted({report for one in decisions for report in (one.report_a, one.report_b)})
        first_day = linked_days.first_linked(self.service.warehouse, reports)
        review.store_decisions(
            self.service.warehouse, decisions, action, subject, self.actor, self.note, self.service.clock(), first_day,
            undoes,
        )  # fmt: skip
        try:
            linking.apply_decisions(self.service)
        except Exception as error:
            log.error("a decision is stored and not followed yet", where=traceback_without_values(error))
            raise TaskingError(
                "your decision is stored, and the incidents could not be linked again yet because of a fault of ours "
                f"({type(error).__name__}); the next run of linking does it"
            ) from error
