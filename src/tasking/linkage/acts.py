"""What somebody decides on incidents: stored with what has to be linked again for it, unless another was first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from tasking.linkage.explain import members_of, named
from tasking.linkage.service import LinkageService
from tasking.linkage.store import incidents as store
from tasking.linkage.store import review as people
from tasking.model.day import told_at
from tasking.model.errors import TaskingError, traceback_without_values
from tasking.model.incident import Decision
from tasking.warehouse.sight import Sight, readable_reports

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Act:
    """One person's act on incidents. `seen`: the newest decision that they can have seen the outcome of; `sight`: what
    they may read, and be told of.

    `follow` links again what was decided.
    """

    service: LinkageService
    seen: int
    follow: Callable[[LinkageService], None]
    sight: Sight

    def members_of(self, name: str) -> list[str]:
        """The reports of an incident, by its id or by one of them. Raises TaskingError where there is none that this
        person may read."""
        return self._if_readable(name, members_of(self.service, name, self.sight))

    def named(self, name: str) -> list[str]:
        """The reports that a name means, as `members_of`."""
        return self._if_readable(name, named(self.service, name, self.sight))

    def _if_readable(self, name: str, report_ids: list[str]) -> list[str]:
        if len(readable_reports(self.service.warehouse, report_ids, self.sight)) < len(set(report_ids)):
            raise TaskingError(f"there is no incident {name}")
        return report_ids

    def must_be_first(self, report_ids: Sequence[str]) -> None:
        """Raises TaskingError where somebody decided on these reports while this person was at it."""
        found = people.decided_since(self.service.warehouse, self.seen, report_ids, self.sight)
        if found is not None:
            actor, at = found
            raise TaskingError(
                f"{actor} decided on these reports {told_at(at, self.service.partnership.zone)}, and that counts; "
                "look at them again before you decide anything else"
            )

    def newest_on(self, report_ids: Sequence[str]) -> str:
        """Who decided on these reports last, to end a sentence with; empty where nobody did."""
        found = people.decided_since(self.service.warehouse, 0, report_ids, self.sight)
        return f" ({found[0]} decided on it {told_at(found[1], self.service.partnership.zone)})" if found else ""

    def store(self, decided: Sequence[Decision], action: str, subject: str, actor: str, note: str) -> None:
        """Stores the decision with what has to be linked again for it, and links it again.

        Raises TaskingError where a fault of ours stops the latter: the decision is kept, and the next run follows it.
        """
        reports = sorted({report for one in decided for report in (one.report_a, one.report_b)})
        first = store.first_linked(self.service.warehouse, reports)
        people.store_decisions(
            self.service.warehouse, decided, action, subject, actor, note, self.service.clock(), first
        )
        try:
            self.follow(self.service)
        except Exception as error:
            log.error("a decision is stored and not followed yet", where=traceback_without_values(error))
            raise TaskingError(
                "your decision is stored, and the incidents could not be linked again yet because of a fault of ours "
                f"({type(error).__name__}); the next run of linking does it"
            ) from error
