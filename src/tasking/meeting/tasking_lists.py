"""The lists of taskings: open, mine, overdue, proposed, lapsed, done. Together they hold every tasking."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Final

from tasking.meeting.taskings import Tasking
from tasking.model.proposal import Status, Verb
from tasking.model.tasking_list import Listed

_STATUSES: Final = {
    Listed.OPEN: {Status.OPEN},
    Listed.OVERDUE: {Status.OPEN},
    Listed.MINE: {Status.OPEN},
    Listed.PROPOSED: {Status.PROPOSED},
    Listed.LAPSED: {Status.LAPSED, Status.WITHDRAWN},
    Listed.DONE: {Status.DONE, Status.DROPPED},
}


def listed(found: Iterable[Tasking], which: Listed, names: Collection[str] = (), owner: str = "") -> list[Tasking]:
    """The taskings of one list. `names`: what the reader is called, for `mine`; `owner`: only those of one owner.

    Earliest due first; what is over is listed newest first.
    """
    mine = {name.casefold() for name in names}
    tests: list[Callable[[Tasking], bool]] = [lambda one: one.status in _STATUSES[which]]
    if which == Listed.MINE:
        tests.append(lambda one: _is_theirs(one, mine))
    if which == Listed.OVERDUE:
        tests.append(lambda one: one.is_overdue)
    if owner:
        tests.append(lambda one: owner.casefold() in {name.casefold() for name in one.owners})
    kept = [one for one in found if all(test(one) for test in tests)]
    if which in (Listed.DONE, Listed.LAPSED):
        return sorted(kept, key=lambda one: (_over_on(one), one.tasking_id), reverse=True)
    return kept


def _is_theirs(one: Tasking, names: Collection[str]) -> bool:
    """True where they own it, alone or with others, or took it themselves."""
    taken = one.standing.last(Verb.TAKE, Verb.ASSIGN)
    is_taken = taken is not None and taken.verb == Verb.TAKE and taken.actor.casefold() in names
    return is_taken or any(owner.casefold() in names for owner in one.owners)


def ended_at(one: Tasking) -> datetime | None:
    """When a tasking was done, dropped or rejected, or lapsed; None where nobody did anything with it."""
    last = one.standing.last(Verb.DONE, Verb.DROP, Verb.REJECT, Verb.LAPSE)
    return last.at if last else None


def _over_on(one: Tasking) -> str:
    return str(ended_at(one) or one.withdrawn_on)
