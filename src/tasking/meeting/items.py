"""The items of a day's meeting, in the order in which they are taken. They stay the same while the meeting sits.

What is restricted now, or has become so since the briefing, is not among them. Each item has two wordings: `facts` for
the desk, and `paper` for what may leave it.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from tasking.meeting.case_reviews import case_reviews
from tasking.meeting.follow_ups import follow_up_counts
from tasking.meeting.groups import Group, groups
from tasking.meeting.item import Item, Part, night_key
from tasking.meeting.public_lists import public_among
from tasking.meeting.service import MeetingService
from tasking.meeting.store import decided as store
from tasking.meeting.taskings import Tasking, public_owner, public_place, taskings
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.meeting.words import agreed_words, long_day, public_what, short, upper_first
from tasking.model.briefing import Briefing, Decision, NightIncident, TaskingLine
from tasking.model.proposal import Status
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_incidents, withheld_proposals, withheld_taskings

NO_PLACE: Final = "place not named"
_LONGEST_WINDOW_DAYS: Final = 400  # of a rule: how long an expired case review may still be asked for


def items_of(service: MeetingService, briefing: Briefing) -> list[Item]:
    """The items of the meeting of a briefing's day. `briefing`: as the desk may read it, with its incidents' ids."""
    day = briefing.day
    open_ones = taskings(service, day, is_all=True, only=store.taskings_not_over(service.warehouse, day))
    earlier = public_among(service, [one for one in open_ones if one.status == Status.PROPOSED], day)
    overdue = public_among(service, [one for one in open_ones if one.is_overdue], day)
    proposals = _not_over(service, day)
    return [
        *_night(service, briefing),
        *_questions(service, briefing),
        *(_waiting(service, one) for one in earlier),
        *_reviews(service, day, proposals),
        *_contact(service, day),
        *(_overdue(service, one) for one in overdue),
        *_groups(service, day, proposals),
    ]


def _not_over(service: MeetingService, day: date) -> list[TrackedProposal]:
    """The proposals that can be a group or a case review on a day, as they stand now."""
    found = store.proposals_not_over(service.warehouse, day, day - timedelta(days=_LONGEST_WINDOW_DAYS))
    standing = service.standings([one.proposal_id for one in found])
    return [TrackedProposal(one, standing[one.proposal_id]) for one in found]


def _night(service: MeetingService, briefing: Briefing) -> list[Item]:
    hidden = withheld_incidents(service.warehouse, [one.incident_id for one in briefing.night], PUBLIC_VISIBILITY)
    shown = [one for one in briefing.night if one.incident_id not in hidden]
    return [_night_item(one, number) for number, one in enumerate(shown, 1)]


def _night_item(one: NightIncident, number: int) -> Item:
    reports = f"{one.reports} from {', '.join(one.partners)}" if one.partners else str(one.reports)
    risk = (("Risk", ", ".join(one.risk)),) if one.risk else ()
    words = [f"{one.when}, {'new' if one.is_new else 'updated'}", *([", ".join(one.risk[:3])] if one.risk else [])]
    if one.reports > 1:
        words.append(f"{one.reports} reports")
    return Item(
        key=night_key(one.incident_id or str(number)),
        part=Part.NIGHT,
        label=str(number),
        title=f"{one.label}, {one.place or NO_PLACE}",
        paper=(f"{one.label}, {one.place or NO_PLACE}", " · ".join(words)),
        facts=(("Where", one.place or NO_PLACE), ("When", one.when), ("Reports", reports),
               ("New or updated", "New" if one.is_new else "Updated: it was reported before"), *risk),
        harm=one.harm,
        incident_ids=tuple(filter(None, [one.incident_id])),
    )  # fmt: skip


def _questions(service: MeetingService, briefing: Briefing) -> list[Item]:
    """What is new, in the order in which the meeting is asked, then the proposals of earlier meetings."""
    earlier = [one for one in briefing.decisions if one.since and one.since < briefing.covers[0]]
    new = [one for one in briefing.decisions if one not in earlier]
    ids = [one.proposal_id for one in briefing.decisions] + [one.proposal_id for one in briefing.taskings]
    hidden = withheld_proposals(service.warehouse, PUBLIC_VISIBILITY, ids)
    hidden |= withheld_taskings(service.warehouse, PUBLIC_VISIBILITY, ids)
    ordered: list[Decision | TaskingLine] = sorted([*new, *briefing.taskings], key=lambda one: one.number)
    shown = [one for one in ordered if one.proposal_id not in hidden]
    lettered = [_question(one, letter(number), Part.DECIDE) for number, one in enumerate(shown, 1)]
    return [
        *lettered,
        *(_question(one, "", Part.EARLIER) for one in earlier if one.proposal_id not in hidden),
    ]


def letter(number: int) -> str:
    """1, 2 ... 26, 27 -> A, B ... Z, AA: how a question is called aloud, as in the briefing."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _question(one: Decision | TaskingLine, label: str, part: Part) -> Item:
    return _proposal(one, label, part) if isinstance(one, Decision) else _tasking_line(one, label, part)


def _proposal(one: Decision, label: str, part: Part) -> Item:
    by = (("First review" if one.is_group else "By", long_day(one.due_on)),) if one.due_on else ()
    owner = (("Lead" if one.is_group else "Who", one.owner),) if one.owner else ()
    since = (("First put to", f"the meeting of {long_day(one.since)}"),) if one.since and not label else ()
    agreed = agreed_words((one.owner,), one.due_on, is_group=one.is_group) if one.owner else ""
    return Item(
        key=one.proposal_id,
        part=part,
        label=label,
        title=one.headline,
        paper=(one.headline, " · ".join(filter(None, [one.detail, agreed]))),
        subject_id=one.proposal_id,
        facts=(("Found", one.detail), *owner, *by, *since),
        why=one.evidence,
        incident_ids=one.incident_ids,
        page=f"groups/{one.proposal_id}",
    )


def _tasking_line(one: TaskingLine, label: str, part: Part) -> Item:
    risk = (("Risk", ", ".join(one.risk)),) if one.risk else ()
    asked = f"{upper_first(one.what)}. {one.owner} by {short(one.due_on)}?"
    return Item(
        key=one.proposal_id,
        part=part,
        label=label,
        title=one.place,
        paper=(one.place, asked + (f" ({', '.join(one.risk[:3])})" if one.risk else "")),
        subject_id=one.proposal_id,
        facts=(("What", upper_first(one.what)), ("Who", one.owner), ("By", long_day(one.due_on)), *risk),
        why=(one.why,),
        harm=one.harm,
        incident_ids=tuple(filter(None, [one.incident_id])),
        page=f"taskings?show=proposed#{one.proposal_id}",
    )


def _waiting(service: MeetingService, one: Tasking) -> Item:
    place, owner = public_place(service, one.place) or NO_PLACE, public_owner(service, one.owner)
    asked = f"{upper_first(public_what(one))}. {owner} by {short(one.due_on)}? Proposed {short(one.proposed_on)}"
    return Item(
        key=one.tasking_id,
        part=Part.EARLIER,
        title=one.place or NO_PLACE,
        paper=(place, asked),
        subject_id=one.tasking_id,
        facts=(("What", upper_first(one.what)), ("Who", one.owner), ("By", long_day(one.due_on)),
               ("First put to", f"the meeting of {long_day(one.proposed_on)}")),
        why=(one.why,) if one.why else (),
        incident_ids=tuple(filter(None, [one.incident_id])),
        page=f"taskings?show=proposed#{one.tasking_id}",
    )  # fmt: skip


def _reviews(service: MeetingService, day: date, proposals: Sequence[TrackedProposal]) -> list[Item]:
    found = case_reviews(service, day, among=proposals)
    hidden = withheld_proposals(service.warehouse, PUBLIC_VISIBILITY, [one.proposal_id for one in found])
    return [
        Item(
            key=one.proposal_id,
            part=Part.REVIEWS,
            title=f"Case review {one.subject}",
            paper=(one.subject, f"{one.next_step} by {short(one.due_on)}"
                   + (", overdue" if one.is_overdue else "")),
            facts=(("Next step", one.next_step), ("By", long_day(one.due_on) + (", overdue" if one.is_overdue else "")),
                   ("Complaints", str(one.complaints)), ("Threshold met", long_day(one.since))),
            page="case-reviews",
        )
        for one in found
        if one.proposal_id not in hidden and not one.is_restricted
    ]  # fmt: skip


def _contact(service: MeetingService, day: date) -> list[Item]:
    counts = follow_up_counts(service, day)
    if not counts.overdue and not counts.due_today:
        return []
    return [
        Item(
            key="follow-ups",
            part=Part.CONTACT,
            title="People to contact about what was done",
            paper=(upper_first(counts.words), ""),
            facts=(("To contact", f"{counts.people} ({counts.reports} reports)"), ("Overdue", str(counts.overdue)),
                   ("Due today", str(counts.due_today))),
            page="follow-ups?show=overdue" if counts.overdue else "follow-ups",
        )
    ]  # fmt: skip


def _overdue(service: MeetingService, one: Tasking) -> Item:
    owners = ", ".join(dict.fromkeys(public_owner(service, owner) for owner in one.owners))
    times = f"{one.times_carried} time{'s' if one.times_carried > 1 else ''}"
    put_back = f", carried over {times}" if one.times_carried else ""
    place = public_place(service, one.place)
    about = ", ".join(filter(None, [upper_first(public_what(one)), place]))
    return Item(
        key=one.tasking_id,
        part=Part.OVERDUE,
        title=upper_first(one.what),
        paper=(owners, f"{about}, was due {short(one.due_on)}{put_back} · {one.tasking_id}"),
        subject_id=one.tasking_id,
        facts=(("Where", one.place or NO_PLACE), ("Who", "; ".join(one.owners)),
               ("Due", long_day(one.due_on) + put_back), ("Reference", one.tasking_id)),
        why=(one.why,) if one.why else (),
        incident_ids=tuple(filter(None, [one.incident_id])),
        page=f"taskings?show=overdue#{one.tasking_id}",
    )  # fmt: skip


def _groups(service: MeetingService, day: date, proposals: Sequence[TrackedProposal]) -> list[Item]:
    """The groups that nobody leads yet or whose review is due by the next meeting; the earliest review first."""
    ids = [one.proposal.proposal_id for one in proposals]
    hidden = withheld_proposals(service.warehouse, PUBLIC_VISIBILITY, ids)
    until = service.partnership.calendar.meeting_days_after(day, 1)
    due = [one for one in groups(service, day, hidden, proposals) if one.review_on is None or one.review_on <= until]
    return [_group(one, day) for one in sorted(due, key=lambda one: (one.review_on or date.min, one.proposal_id))]


def _group(one: Group, day: date) -> Item:
    places: Sequence[str] = one.places or (NO_PLACE,)
    review, partners = "nobody leads it yet", ", ".join(one.partners) or "none"
    if one.review_on is not None:
        review = f"review {'was ' if one.review_on < day else ''}due {short(one.review_on)}"
    return Item(
        key=one.proposal_id,
        part=Part.GROUPS,
        title="; ".join(places),
        paper=("; ".join(places), f"{one.theme}, {review}"),
        facts=(("About", one.theme), ("Lead", one.lead or "nobody yet"), ("Partners", partners),
               ("Objective", one.objective or "none yet"), ("Review", upper_first(review))),
        page=f"groups/{one.proposal_id}",
    )  # fmt: skip
