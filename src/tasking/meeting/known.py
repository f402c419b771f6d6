"""A proposal with the steps that people took with it."""

from datetime import date
from typing import NamedTuple

from tasking.model.proposal import Standing, Verb
from tasking.model.trigger import Proposal


class Known(NamedTuple):
    """A proposal, and where it stands."""

    proposal: Proposal
    standing: Standing

    @property
    def incident_ids(self) -> frozenset[str]:
        """The incidents that it rests on, those of what it grew by included."""
        grown = [step.details for step in self.standing.steps if step.verb in (Verb.GROW, Verb.REACH)]
        return frozenset(
            one["incident_id"] for evidence in (self.proposal.evidence, *grown) for one in evidence["incidents"]
        )

    @property
    def decided_on(self) -> date:
        """The day on which it ended; of one that is live, the day on which it was raised."""
        ended = self.standing.last(Verb.REJECT, Verb.EXPIRE, Verb.CLOSE, Verb.MERGE)
        return ended.day if ended else self.proposal.raised_on
