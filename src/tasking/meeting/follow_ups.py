"""Follow-ups: the people who asked to hear what was done, by when they are to be contacted, and what came of it.

One caller's reports are one follow-up until somebody contacts them or cancels it; what they report afterwards is
another one. Their restricted reports are a follow-up apart, for those who may see restricted matters.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from tasking.meeting.service import MeetingService
from tasking.meeting.store import follow_up_list
from tasking.meeting.store import follow_ups as store
from tasking.model.errors import TaskingError
from tasking.model.follow_up import Act, Counts, State, acts_in_force
from tasking.warehouse.audit_log import Entry, log
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY, Visibility


class Due(StrEnum):
    """The state of an open follow-up against its deadline."""

    OVERDUE = "overdue"
    TODAY = "due today"
    LATER = "due later"


@dataclass(frozen=True)
class OwedReport:
    """A report whose caller asked to hear what was done. `place`: in public words, empty where it has none."""

    report_id: str
    feed: str
    source_ref: str
    person: str  # a keyed pseudonym; the report's id where the caller is not known
    received_at: datetime
    occurred_from: datetime | None
    category: str
    place: str
    incident_id: str | None
    is_restricted: bool
    signs: str | None = None  # of harm, in its text


@dataclass(frozen=True)
class FollowUp:
    """The reports of one person that are followed up together, the earliest received first, and their state.

    `tries`: contacts that reached nobody. `settled_by`: the contact or cancellation; None while it is open.
    """

    follow_up_id: str
    reports: tuple[OwedReport, ...]
    due_at: datetime
    tries: tuple[Act, ...] = ()
    settled_by: Act | None = None

    @property
    def state(self) -> State:
        return self.settled_by.state if self.settled_by else State.OPEN

    @property
    def person(self) -> str:
        return self.reports[0].person

    @property
    def is_restricted(self) -> bool:
        return self.reports[0].is_restricted

    @property
    def reported_at(self) -> datetime:
        """When the first of its reports was received; its hours are counted from then."""
        return self.reports[0].received_at

    @property
    def feeds(self) -> tuple[str, ...]:
        """The feeds that its reports came by, each once."""
        return tuple(dict.fromkeys(report.feed for report in self.reports))

    @property
    def report_ids(self) -> tuple[str, ...]:
        return tuple(report.report_id for report in self.reports)

    @property
    def hours_taken(self) -> float | None:
        """From the first report to the contact; None where there was none."""
        if self.settled_by is None or self.settled_by.contacted_at is None:
            return None
        return (self.settled_by.contacted_at - self.reported_at) / timedelta(hours=1)

    @property
    def is_in_time(self) -> bool:
        """True for a contact before the deadline."""
        contacted_at = self.settled_by.contacted_at if self.settled_by else None
        return contacted_at is not None and contacted_at <= self.due_at

    def due(self, service: MeetingService) -> Due:
        """Its state now, if it is open."""
        now, zone = service.clock(), service.partnership.zone
        if self.due_at < now:
            return Due.OVERDUE
        is_today = self.due_at.astimezone(zone).date() == now.astimezone(zone).date()
        return Due.TODAY if is_today else Due.LATER


def follow_ups(service: MeetingService, visibility: Visibility, incident_id: str | None = None) -> list[FollowUp]:
    """Every follow-up that somebody may see (of one incident), open and settled, the earliest due first."""
    rows = follow_up_list.owed_reports(service.warehouse, visibility, incident_id)
    reports = [_report(row) for row in rows]
    acts = acts_in_force(store.acts(service.warehouse))
    found = grouped(reports, acts, timedelta(hours=service.partnership.follow_ups.hours))
    if incident_id is None:
        return found
    return [one for one in found if any(report.incident_id == incident_id for report in one.reports)]


def follow_ups_with(service: MeetingService, visibility: Visibility, report_ids: Sequence[str]) -> list[FollowUp]:
    """The follow-ups of these reports, at most a few hundred, of those somebody may see; the earliest due first."""
    rows = follow_up_list.owed_with(service.warehouse, visibility, report_ids)
    acts = acts_in_force(store.acts_on(service.warehouse, [row["report_id"] for row in rows]))
    found = grouped(map(_report, rows), acts, timedelta(hours=service.partnership.follow_ups.hours))
    return [one for one in found if not set(report_ids).isdisjoint(one.report_ids)]


def grouped(reports: Iterable[OwedReport], acts: Sequence[Act], allowed: timedelta) -> list[FollowUp]:
    """The follow-ups of some reports, given the acts in force: each report is in exactly one, and each person has at
    most one open one among their public reports and one among their restricted ones."""
    settled_by = {report: act for act in reversed(acts) if act.settles for report in act.report_ids}
    together: dict[tuple[str, bool, int], list[OwedReport]] = defaultdict(list)
    for report in reports:
        act = settled_by.get(report.report_id)
        together[report.person, report.is_restricted, act.number if act else 0].append(report)
    tries = _tries(acts)
    found = [_follow_up(some, settled_by, tries, allowed) for some in together.values()]
    return sorted(found, key=lambda one: (one.due_at, one.follow_up_id))


def _follow_up(
    some: Sequence[OwedReport], settled_by: Mapping[str, Act], tries: Mapping[str, Sequence[Act]], allowed: timedelta
) -> FollowUp:
    ordered = tuple(sorted(some, key=lambda report: (report.received_at, report.report_id)))
    numbered = {act.number: act for report in ordered for act in tries.get(report.report_id, ())}
    return FollowUp(
        follow_up_id=f"F-{hashlib.sha256(ordered[0].report_id.encode()).hexdigest()[:12]}",
        reports=ordered,
        due_at=ordered[0].received_at + allowed,
        tries=tuple(numbered[number] for number in sorted(numbered)),
        settled_by=settled_by.get(ordered[0].report_id),
    )


def _tries(acts: Sequence[Act]) -> dict[str, list[Act]]:
    """Report -> the contacts about it that reached nobody."""
    found: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        if not act.settles:
            for report in act.report_ids:
                found[report].append(act)
    return found


def _report(row: Mapping[str, Any]) -> OwedReport:
    kept = {name: row[name] for name in OwedReport.__dataclass_fields__ if name in row}
    place = row["place_name"] or row["town"] or row["ward"] or ""
    return OwedReport(**kept, person=row["caller_key"] or row["report_id"], place=place)


def follow_up_of(service: MeetingService, follow_up_id: str, visibility: Visibility = FULL_VISIBILITY) -> FollowUp:
    """A follow-up by its id. Raises TaskingError where there is none that somebody may see."""
    found = next((one for one in follow_ups(service, visibility) if one.follow_up_id == follow_up_id), None)
    if found is None:
        raise TaskingError(f"There is no follow-up {follow_up_id}. To list them: tasking follow-ups list")
    return found


def follow_up_counts(service: MeetingService, day: date) -> Counts:
    """The people to contact as of the briefing of a day, without restricted reports."""
    bounds = service.partnership.follow_up_bounds(day)
    row = service.warehouse.query("briefing/follow_ups", day=day, **bounds)[0]
    return counts_from(row, service.partnership.zone)


def counts_from(row: Mapping[str, Any], zone: ZoneInfo) -> Counts:
    """The counts in the row of include/sql/briefing/follow_ups.sql. `zone`: of the date of the oldest report."""
    oldest_at = row["oldest_received_at"]
    return Counts(
        people=int(row["people"]),
        reports=int(row["reports"]),
        overdue=int(row["overdue"]),
        due_today=int(row["due_today"]),
        oldest_on=oldest_at.astimezone(zone).date() if oldest_at else None,
    )


def counts_of(service: MeetingService, some: Collection[FollowUp]) -> Counts:
    """The counts of some follow-ups that are open now."""
    still = [one for one in some if one.state == State.OPEN]
    due = [one.due(service) for one in still]
    oldest_at = min((one.reported_at for one in still), default=None)
    return Counts(
        people=len({one.person for one in still}),
        reports=sum(len(one.reports) for one in still),
        overdue=due.count(Due.OVERDUE),
        due_today=due.count(Due.TODAY),
        oldest_on=oldest_at.astimezone(service.partnership.zone).date() if oldest_at else None,
    )


def exported_follow_ups(service: MeetingService, first: date, last: date) -> list[dict[str, Any]]:
    """The public follow-ups of people who first reported on these local days, as `tasking export follow-ups` has
    them."""
    zone, now = service.partnership.zone, service.clock()
    rows = []
    for one in follow_ups(service, PUBLIC_VISIBILITY):
        day = one.reported_at.astimezone(zone).date()
        if not first <= day <= last:
            continue
        act, is_decided = one.settled_by, one.state == State.CONTACTED or one.due_at < now
        last_act = act or (one.tries[-1] if one.tries else None)
        on = last_act.contacted_at.astimezone(zone).date() if last_act and last_act.contacted_at else ""
        hours = one.hours_taken
        rows.append({
            "reports": len(one.reports), "day": day, "partner": last_act.partner if last_act else "",
            "how": (last_act.how or "") if last_act else "", "on": on,
            "result": (last_act.result or "") if last_act else "",
            "hours_taken": "" if hours is None else f"{hours:.1f}",
            "is_within_72h": str(one.is_in_time).lower() if is_decided and one.state != State.CANCELLED else "",
            "state": one.state,
        })  # fmt: skip
    return rows


def callers_of(
    service: MeetingService, one: FollowUp, actor: str, visibility: Visibility, reason: str = ""
) -> list[dict[str, Any]]:
    """Who is to be contacted and how to reach them: caller_name, caller_phone, caller_email. That somebody looked is
    logged for each report, with the reason given."""
    action = "restricted follow-up looked at" if one.is_restricted else "follow-up looked at"
    with service.warehouse.writing():
        for report in one.report_ids:
            log(service.warehouse, Entry(actor, action, report, reason), service.clock())
        return follow_up_list.callers(service.warehouse, one.report_ids, visibility)
