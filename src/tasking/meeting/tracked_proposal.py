"""A proposal together with the steps that were taken with it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from tasking.model.proposal import Standing, Verb
from tasking.model.trigger import Proposal


class TrackedProposal(NamedTuple):
    """A proposal and its standing."""

    proposal: Proposal
    standing: Standing

    @property
    def incident_ids(self) -> frozenset[str]:
        """The incidents in its evidence, with those added as it grew."""
        return frozenset(one["incident_id"] for one in self._incidents())

    @property
    def report_ids(self) -> list[str]:
        """The reports in its evidence, with those added as it grew; each once, in the order in which they came."""
        return list(dict.fromkeys(report for one in self._incidents() for report in one["reports"]))

    @property
    def waiting_since(self) -> date:
        """The day on which it reached the rule's numbers, where it began as a warning; else the day it was raised."""
        reached = self.standing.last(Verb.REACH)
        return reached.day if reached else self.proposal.raised_on

    @property
    def decided_on(self) -> date:
        """The day on which it ended; for one that is live, the day on which it was raised."""
        ended = self.standing.last(Verb.REJECT, Verb.EXPIRE, Verb.CLOSE, Verb.MERGE)
        return ended.day if ended else self.proposal.raised_on

    def _incidents(self) -> Sequence[Mapping[str, Any]]:
        grown = [step.details for step in self.standing.steps if step.verb in (Verb.GROW, Verb.REACH)]
        return [incident for evidence in (self.proposal.evidence, *grown) for incident in evidence["incidents"]]
