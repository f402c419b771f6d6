"""The weekly alert: reviews due, what has stalled, proposals, groups before and after, missing feeds, precision."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final

from tasking.config.reserved_rule import BY_HAND
from tasking.intake.last_poll import first_polled, landings_between
from tasking.meeting import (
    Group,
    case_reviews,
    done_since,
    effect_of_group,
    follow_up_counts,
    groups,
    public_owner,
    public_taskings,
    tracked_proposals,
)
from tasking.meeting.stalled import stalled_words
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Verb
from tasking.model.weekly import Weekly
from tasking.triggers.service import TriggersService
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_proposals

RESTRICTED_LINE: Final = "Restricted groups are never in this message: check the restricted register."
_PRECISION_DAYS: Final = 365


def first_meeting(service: TriggersService, week: str) -> date:
    """The first meeting day of an ISO week such as `2026-W44`; its Monday where there is none. Raises TaskingError."""
    try:
        year, number = (int(part) for part in week.split("-W"))
        monday = date.fromisocalendar(year, number, 1)
    except (ValueError, OverflowError) as error:
        raise TaskingError(f"{week}: a week is written 2026-W44") from error
    days = [monday + timedelta(days=ahead) for ahead in range(7)]
    return next((day for day in days if service.partnership.calendar.is_meeting_day(day)), monday)


def build_weekly_alert(service: TriggersService, week: str) -> Weekly:
    """The alert of a week, as things stood on the morning of its first meeting. Raises TaskingError."""
    day = first_meeting(service, week)
    everything = [
        one._replace(standing=one.standing.as_of(day)) for one in tracked_proposals(service.meeting, until=day)
    ]
    withheld = withheld_proposals(service.warehouse, PUBLIC_VISIBILITY)
    public = [one for one in everything if not (one.proposal.is_restricted or one.proposal.proposal_id in withheld)]
    running = [group for group in groups(service.meeting, day, withheld) if not group.is_restricted]
    return Weekly(
        partnership=service.partnership.name,
        marking="OFFICIAL",
        week=week,
        day=day,
        reviews=_reviews(running, day),
        stalled=_stalled(service, running, day),
        waiting=_waiting(service, public, day),
        never_raised=_never_raised(service, day, withheld),
        groups=_before_and_after(service, running, public, day),
        feeds=_feeds(service, day),
        precision=_precision(public, day),
        taskings=_taskings_words(service, day),
        restricted=RESTRICTED_LINE,
    )


def _reviews(running: Sequence[Group], day: date) -> tuple[str, ...]:
    due = [group for group in running if group.review_on and group.review_on < day + timedelta(days=7)]
    return tuple(
        f"{_name(group)}: {'overdue since' if group.review_on < day else 'due'} {_on(group.review_on)}"
        for group in sorted(due, key=lambda group: (group.review_on or day, group.proposal_id))
        if group.review_on
    )


def _stalled(service: TriggersService, running: Sequence[Group], day: date) -> tuple[str, ...]:
    """Groups that were approved and never started, and taskings overdue by as many meetings as escalate them."""
    late = day
    for _ in range(service.partnership.taskings.escalate_after):
        late = service.partnership.calendar.previous_meeting(late)
    not_begun = [f"{_name(group)}: approved, no lead yet" for group in running if group.began_on is None]
    overdue = [one for one in public_taskings(service.meeting, day) if one.due_on <= late]
    return (*not_begun, *(stalled_words(service.meeting, one).line for one in overdue))


def _waiting(service: TriggersService, public: Sequence[TrackedProposal], day: date) -> tuple[str, ...]:
    titles = {rule.rule: rule.title for rule in service.rules}
    lines = []
    for one in public:
        if one.standing.status == Status.PROPOSED:
            days = (day - one.proposal.raised_on).days
            title = titles.get(one.proposal.rule, one.proposal.rule)
            lines.append(f"{one.proposal.subject}: {title.lower()}, open for {days} day{'s' if days != 1 else ''}")
    return tuple(lines)


def _never_raised(service: TriggersService, day: date, withheld: Collection[str]) -> tuple[str, ...]:
    """Case reviews whose threshold was met and that nobody raised, the newest first, while the right to one lasts."""
    waiting = [
        one for one in case_reviews(service.meeting, day, withheld)
        if one.status in (Status.PROPOSED, Status.EXPIRED) and not one.is_restricted
    ]  # fmt: skip
    waiting.sort(key=lambda one: (one.since, one.proposal_id), reverse=True)
    return tuple(
        f"Case {one.subject}: threshold met on {_on(one.since)}, "
        f"{'overdue since' if one.is_overdue else 'offer a review by'} {_on(one.due_on)}"
        for one in waiting
    )


def _before_and_after(
    service: TriggersService, running: Sequence[Group], public: Sequence[TrackedProposal], day: date
) -> tuple[str, ...]:
    by_id = {one.proposal.proposal_id: one for one in public}
    lines = []
    for group in running:
        if group.began_on is None:
            continue
        effect = effect_of_group(service.meeting, by_id[group.proposal_id], day, public)
        lead = f", {public_owner(service.meeting, group.lead)} leads" if group.lead else ""
        since = f"{_name(group)}: since {_on(group.began_on)}{lead}"
        lines.append(f"{since}. {effect.short_words}" if effect else f"{since}. Too early to compare.")
    return tuple(lines)


def _feeds(service: TriggersService, day: date) -> tuple[str, ...]:
    """Partners from whom nothing came on at least one day of the last week."""
    landed: dict[str, set[date]] = defaultdict(set)
    polled_days: set[date] = set()
    for feed, on, has_landed in landings_between(service.warehouse, day - timedelta(days=7), day - timedelta(days=1)):
        polled_days.add(on)
        if has_landed:
            landed[feed].add(on)
    first = first_polled(service.warehouse)
    lines = []
    for feed in service.partnership.feeds:
        expected = {on for on in polled_days if on >= first.get(feed, day)}
        missing = sorted(expected - landed[feed])
        if missing:
            count = f"{len(missing)} of {len(expected)} days"
            lines.append(f"{service.names[feed]}: nothing on {count}, last missing {_on(missing[-1])}")
    return tuple(lines)


def _precision(public: Sequence[TrackedProposal], day: date) -> tuple[str, ...]:
    """Of the proposals of each rule that were decided within a year, how many were approved."""
    approved: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    for one in public:
        if one.proposal.raised_on <= day - timedelta(days=_PRECISION_DAYS) or one.proposal.rule == BY_HAND.rule:
            continue
        if one.standing.last(Verb.APPROVE, Verb.MERGE):
            approved[one.proposal.rule] += 1
            answered[one.proposal.rule] += 1
        elif one.standing.status in (Status.REJECTED, Status.EXPIRED):
            answered[one.proposal.rule] += 1
    return tuple(f"{rule.replace('_', ' ')}: {approved[rule]} of {answered[rule]}" for rule in sorted(answered))


def _taskings_words(service: TriggersService, day: date) -> str:
    found = public_taskings(service.meeting, day)
    overdue = sum(one.is_overdue for one in found)
    done = done_since(service.meeting, day - timedelta(days=7), day)
    counts = f"{len(found)} open, {done} done within a week, {overdue} overdue"
    return f"{counts}; {follow_up_counts(service.meeting, day).words}"


def _name(group: Group) -> str:
    more = len(group.places) - 1
    return group.places[0] + (f" and {more} more place{'s' if more > 1 else ''}" if more else "")


def _on(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
