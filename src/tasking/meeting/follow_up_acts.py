"""What people record about follow-ups: a contact, a cancellation with its reason, and the undo of either that day."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from tasking.meeting.decisions import today
from tasking.meeting.follow_ups import FollowUp, follow_up_of
from tasking.meeting.service import MeetingService
from tasking.meeting.store import follow_ups as store
from tasking.model.day import local_time
from tasking.model.errors import TaskingError
from tasking.model.follow_up import RESULTS, Act, Contact, State, Verb, acts_in_force

_LONGEST_NOTE = 2000


def partners_of(service: MeetingService) -> list[str]:
    """The partners that can have contacted somebody: those that report, and those that are asked to act."""
    declared = service.partnership.taskings
    owners = [declared.otherwise.owner, *(one.owner for one in declared.owners)]
    return sorted({*owners, *(feed.partner for feed in service.feeds.values())})


def record_contact(
    service: MeetingService, one: FollowUp, actor: str, contact: Contact, report_ids: Collection[str] = ()
) -> Act:
    """Records a contact with the person of an open follow-up, about `report_ids` (all of its reports by default).

    After "no answer" or a wrong number it stays open. Raises TaskingError for a partner that is not declared, a result
    that does not go with the way, a time in the future or before the report, and where it was settled meanwhile.
    """
    about = _reports(one, report_ids)
    if contact.partner not in partners_of(service):
        raise TaskingError(
            f"There is no partner {contact.partner[:100]}. Choose one of: {_listed(service)}", field="partner"
        )
    results = RESULTS.get(contact.how, ())
    if contact.result not in results:
        raise TaskingError(f"Choose a result that goes with “{contact.how}”: {', '.join(results)}", field="result")
    if contact.contacted_at > service.clock():
        raise TaskingError("The contact is in the future. Enter when it took place.", field="on")
    first_at = min(report.received_at for report in one.reports if report.report_id in about)
    if contact.contacted_at < first_at:
        reported = local_time(first_at, service.partnership.zone)
        raise TaskingError(
            f"The contact is before the report, which was received {reported}. Enter when it took place.", field="on"
        )
    values = {**contact._asdict(), "note": contact.note.strip()[:_LONGEST_NOTE]}
    act = _act(service, Verb.CONTACT, actor, about)._replace(**values)
    words = f"{contact.how} by {contact.partner}: {contact.result}"
    return _stored(service, one, act, words)


def cancel_follow_up(
    service: MeetingService, one: FollowUp, actor: str, reason: str, report_ids: Collection[str] = ()
) -> Act:
    """Cancels an open follow-up. Raises TaskingError without a reason, and where it was settled meanwhile."""
    if not reason.strip():
        raise TaskingError("Enter why this person will not be contacted.", field="reason")
    words = reason.strip()[:_LONGEST_NOTE]
    act = _act(service, Verb.CANCEL, actor, _reports(one, report_ids))._replace(note=words)
    return _stored(service, one, act, words)


def cancel_follow_ups(service: MeetingService, follow_up_ids: Iterable[str], actor: str, reason: str) -> int:
    """Cancels several follow-ups for one reason, in one transaction. Returns how many.

    Raises TaskingError, and cancels none, where one is unknown or can't be cancelled.
    """
    ids = list(dict.fromkeys(follow_up_ids))
    with service.warehouse.writing():
        for one in ids:
            cancel_follow_up(service, follow_up_of(service, one), actor, reason)
    return len(ids)


def undo_follow_up(service: MeetingService, one: FollowUp, actor: str, number: int | None = None) -> Act:
    """Takes back what was recorded today for a follow-up: the act of this number, or the last one.

    Raises TaskingError where nothing was recorded today, or it was undone already.
    """
    known = [*one.tries, *([one.settled_by] if one.settled_by else [])]
    undone = next((act for act in reversed(known) if number is None or act.number == number), None)
    if undone is None:
        raise TaskingError("There is nothing to undo.")
    if undone.day != today(service):
        raise TaskingError("You can only undo what was recorded today.")
    act = _act(service, Verb.UNDO, actor, undone.report_ids)._replace(undoes=undone.number)

    def still_stands(stored: Sequence[Act]) -> None:
        if undone.number not in {other.number for other in acts_in_force(stored)}:
            raise TaskingError("This has already been undone.")

    action = "restricted follow-up: undone" if one.is_restricted else "follow-up: undone"
    return store.store_act(service.warehouse, act, still_stands, action, undone.verb)


def settled_words(service: MeetingService, act: Act) -> str:
    """`contacted already, by Sgt Hale on Thu 26 Nov at 10:15`."""
    done = "cancelled" if act.state == State.CANCELLED else "contacted"
    return f"{done} already, recorded by {act.actor} {local_time(act.at, service.partnership.zone)}"


def _stored(service: MeetingService, one: FollowUp, act: Act, words: str) -> Act:
    def none_is_settled(stored: Sequence[Act]) -> None:
        about = set(act.report_ids)
        for other in acts_in_force(stored):
            if other.settles and not about.isdisjoint(other.report_ids):
                raise TaskingError(settled_words(service, other))

    kind = "restricted follow-up" if one.is_restricted else "follow-up"
    return store.store_act(service.warehouse, act, none_is_settled, f"{kind}: {act.verb}", words)


def _act(service: MeetingService, verb: Verb, actor: str, report_ids: Collection[str]) -> Act:
    now: datetime = service.clock()
    return Act(0, verb, today(service), now, actor, tuple(sorted(report_ids)))


def _reports(one: FollowUp, chosen: Collection[str]) -> Collection[str]:
    """The chosen reports of a follow-up, all where none are. Raises TaskingError for one that is not its own."""
    if other := sorted(set(chosen) - set(one.report_ids)):
        raise TaskingError(f"{other[0][:100]} is no longer part of this follow-up. Open the page again.")
    return set(chosen) or set(one.report_ids)


def _listed(service: MeetingService) -> str:
    return "; ".join(partners_of(service))
