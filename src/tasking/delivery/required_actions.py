"""Decisions as Required Actions in Airflow, worded and stored as everywhere else."""

from datetime import date

from tasking import meeting
from tasking.briefing.versions import stored_briefing
from tasking.delivery.service import DeliveryService
from tasking.delivery.store.answers import is_allowed
from tasking.delivery.work import announce
from tasking.model.proposal import Verb
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import readable_proposals


def waiting_for_decision(service: DeliveryService, day: date) -> list[str]:
    """The ids of the public proposals in the briefing of a day that nobody has decided since."""
    proposal_ids = [one.proposal_id for one in stored_briefing(service.briefings, day)[0].decisions]
    public = readable_proposals(service.warehouse, proposal_ids, PUBLIC_VISIBILITY)
    return [
        one
        for one in proposal_ids
        if one in public and Verb.APPROVE in meeting.standing_of(service.meeting, one).open_verbs
    ]


def words_of_proposal(service: DeliveryService, proposal_id: str) -> tuple[str, str] | None:
    """A public proposal's headline and evidence, as in the newest briefing; None if it is no longer to be decided."""
    if not readable_proposals(service.warehouse, [proposal_id], PUBLIC_VISIBILITY):
        return None
    newest = service.briefings.newest_day()
    if newest is None or Verb.APPROVE not in meeting.standing_of(service.meeting, proposal_id).open_verbs:
        return None
    for one in stored_briefing(service.briefings, newest)[0].decisions:
        if one.proposal_id == proposal_id:
            return f"{one.headline}: {one.detail}", "\n".join(f"- {line}" for line in one.evidence)
    return None


def why_refused(service: DeliveryService, proposal_id: str, user: str | None, run_id: str) -> str | None:
    """Why an answer given in Airflow does not count, in words; None if it counts.

    People who may answer there need not have the desk's right to decide. The plugin in Airflow's API server checks that
    right and writes the result to the audit log; an answer without such an entry does not count.
    """
    if user is not None and is_allowed(service.warehouse, user, proposal_id, run_id):
        return None
    who = user or "someone whom Airflow does not name"
    return (
        f"{proposal_id}: the answer was given by {who}, whose right to decide on the Tasking desk was not confirmed: "
        "it is not taken, and the question stays open"
    )


def decide_in_airflow(service: DeliveryService, proposal_id: str, verb: Verb, user: str, reason: str) -> str:
    """Stores a decision that was taken in Airflow and edits the briefings that show it. Returns the result in words.

    An approval is carried out as the declarations say: who does it by when can't be typed there.
    If the proposal has become restricted meanwhile, the words say nothing of it, nor of who decided.
    """
    if not readable_proposals(service.warehouse, [proposal_id], PUBLIC_VISIBILITY):
        return f"{proposal_id}: this no longer needs a decision"
    by = f"airflow:{user}"
    if verb == Verb.APPROVE:
        taken = meeting.approve(service.meeting, proposal_id, user, reason, by=by)
    else:
        taken = meeting.decide(service.meeting, proposal_id, verb, user, reason, by=by)
    announce(service, [proposal_id])
    return f"{proposal_id}: {taken.words(service.meeting)}"
