"""What a person decides on incidents: split, merged, confirmed, kept apart, and undone.

A decision is permanent until somebody takes it back.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
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
    *,
    is_alone: bool = True,
    shown: Sequence[str] | None = None,
) -> None:
    """Splits reports off an incident, permanently; they stay together, and so does the rest.

    `is_alone`: linking never joins any other report to those that are taken out; only a person does. Nothing that was
    delivered before the split joins the rest either: it is as the person saw it. `visibility`: what `actor` may read;
    `shown`: the reports that they were shown in the incident, in any order.

    Raises TaskingError; where somebody else has just decided on these reports, it says who, and where these are no
    longer the reports that were shown, it says what changed.
    """
    with _deciding(service, actor, visibility, note) as deciding:
        members = deciding.members_of(incident_id)
        deciding.refuse_if_overtaken(members)
        deciding.refuse_if_changed(shown, members)
        strangers = [report for report in report_ids if report not in members]
        if strangers:  # decisions on a report that is not in this incident may be restricted: none is mentioned
            raise TaskingError(
                f"{strangers[0]} is not in {incident_id}; it has: {', '.join(members)}{deciding.newest_on(members)}"
            )
        rest = [report for report in members if report not in set(report_ids)]
        if not rest:
            raise TaskingError(f"{incident_id}: at least one report must stay in it")
        together = [Decision(a, b, True) for group in (list(report_ids), rest) for a, b in pairwise(group)]
        apart = [Decision(a, b, False) for a in report_ids for b in rest]
        alone = [Decision(one, one, False, date.max) for one in report_ids if is_alone]
        alone += deciding.as_seen(rest, is_same=False)
        deciding.store([*together, *apart, *alone], "incident split", " ".join([incident_id, *members]))


def merge(
    service: LinkageService,
    one: str,
    other: str,
    actor: str,
    note: str = "",
    visibility: Visibility = FULL_VISIBILITY,
    *,
    shown: Sequence[str] | None = None,
) -> str:
    """Merges two incidents, permanently; either may be named by one of its reports. Two reports that are already one
    incident, without a decision, stay one permanently. Returns the incident's id.

    The merged incident has the reports of both and no others: linking joins only later ones to it. `shown`: the reports
    of both that `actor` was shown.

    Raises TaskingError where they can't be one, or not just these reports would be: nothing is changed then. It names
    who was first where somebody else has just decided on them, and says what changed since `shown`.
    """
    with _deciding(service, actor, visibility, note) as deciding:
        first, second = deciding.members_of(one), deciding.members_of(other)
        everyone = [*first, *second]
        deciding.refuse_if_overtaken(everyone)
        deciding.refuse_if_changed(shown, everyone)
        if set(first) != set(second):
            decided = [Decision(a, b, True) for a, b in pairwise(everyone)]
            decided += deciding.as_seen(everyone, is_same=True)
            action = "incidents merged"
        elif deciding.may_confirm(one, other):
            decided, action = [Decision(one, other, True)], "incident confirmed"
        else:
            raise TaskingError(f"{one} and {other} are already one incident{deciding.newest_on(everyone)}")
        deciding.store(decided, action, f"{one} {other}")
        incident_id = incidents.incidents_of(service.warehouse, first[:1])[first[0]]
        now = members_of(service, incident_id)
        if set(now) == set(everyone):
            return incident_id
        deciding.take_back(everyone)
        raise TaskingError(_why_not_one(everyone, now))


def keep_apart(
    service: LinkageService, one: str, other: str, actor: str, note: str = "", visibility: Visibility = FULL_VISIBILITY
) -> None:
    """Decides that two incidents, or two reports, are different; reports that are one incident now are separated.

    Raises TaskingError, and one that names who was first where somebody else has just decided on them.
    """
    with _deciding(service, actor, visibility, note) as deciding:
        first, second = deciding.reports_named(one), deciding.reports_named(other)
        deciding.refuse_if_overtaken([*first, *second])
        if set(first) & set(second):
            raise TaskingError(
                f"{one} and {other} are one incident. Choose which reports to split off: tasking incidents split"
            )
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
            raise TaskingError(
                f"{act.actor} decided on it {local_time(act.at, zone)}: enter a reason for the correction"
            )
        named = sorted({report for one in act.decisions for report in (one.report_a, one.report_b)})
        if len(readable_reports(service.warehouse, named, visibility)) < len(named):
            raise TaskingError(f"{name}: there is no decision to undo")  # nothing is said of reports they may not see
        deciding.store(act.decisions, review.UNDONE, " ".join(named), act.numbers)
        return (
            f"Undone: the decision of {act.actor}, {local_time(act.at, zone)}. These reports are linked as before it."
        )


def _why_not_one(wanted: Sequence[str], now: Sequence[str]) -> str:
    """Why a merge was taken back. `wanted`: the reports that it was to have; `now`: those that it had."""
    if strangers := [one for one in now if one not in wanted]:
        return (
            f"{', '.join(strangers)} would become part of this incident too. Nothing was changed. Look at them first."
        )
    return (
        "They can’t be one incident: they were reported too many days apart, or another decision keeps them apart. "
        "Nothing was changed."
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
            raise TaskingError(f"There is no incident {name}")
        return report_ids

    def refuse_if_overtaken(self, report_ids: Sequence[str]) -> None:
        """Raises TaskingError where somebody else decided on these reports after this person saw them."""
        newest = review.decided_since(self.service.warehouse, self.seen, report_ids, self.visibility)
        if newest is not None:
            actor, at = newest
            raise TaskingError(
                f"{actor} decided on these reports {local_time(at, self.service.partnership.zone)}. "
                "Check that decision before you make another."
            )

    def refuse_if_changed(self, shown: Sequence[str] | None, now: Sequence[str]) -> None:
        """Raises TaskingError where the reports are not those that this person was shown."""
        if shown is None or set(shown) == set(now):
            return
        changes = (
            ("joined", [one for one in now if one not in shown]),
            ("left", [one for one in dict.fromkeys(shown) if one not in now]),
        )
        what = " and ".join(f"{', '.join(some)} {verb}" for verb, some in changes if some)
        raise TaskingError(f"This has changed since you looked: {what}. Nothing was changed. Look at it again.")

    def as_seen(self, report_ids: Sequence[str], *, is_same: bool) -> list[Decision]:
        """Decisions that linking joins none of the reports that it knows today to these, unless it is told to."""
        newest = max((one.day for one in linked_days.linked_days(self.service.warehouse)), default=None)
        return [Decision(one, one, is_same, newest) for one in report_ids if newest is not None]

    def take_back(self, report_ids: Sequence[str]) -> None:
        """Takes back the decision on these reports that was stored last, and links again as before it."""
        act = review.newest_act(self.service.warehouse, report_ids, self.visibility)
        if act is not None:
            named = sorted({report for one in act.decisions for report in (one.report_a, one.report_b)})
            self.store(act.decisions, review.UNDONE, " ".join(named), act.numbers)

    def may_confirm(self, one: str, other: str) -> bool:
        """True for the names of two reports of which no decision says that they are one incident."""
        if one == other or ":" not in one or ":" not in other:
            return False
        decided = review.decisions(self.service.warehouse)
        return not constraints_from_decisions(decided, {one: 0, other: 1}, ()).must_link

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
            log.error("a decision is stored but not followed yet", where=traceback_without_values(error))
            raise TaskingError(
                "Your decision is saved, but the incidents could not be linked again yet because of a fault in Tasking "
                f"({type(error).__name__}). The next run of linking will do it"
            ) from error
