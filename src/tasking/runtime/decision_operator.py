"""A proposal as a Required Action of Airflow: approve, reject with a reason, or skip."""

from datetime import timedelta
from typing import Any, Final

from airflow.providers.standard.operators.hitl import HITLOperator

from tasking.model.proposal import Verb

# Fixed reasons: text typed into Airflow stays in its database, where every viewer can read it.
ANSWERS: Final = {
    "Approve": (Verb.APPROVE, ""),
    "Reject: it is in hand already": (Verb.REJECT, "it is in hand already"),
    "Reject: not one problem": (Verb.REJECT, "not one problem"),
    "Reject: not for this partnership": (Verb.REJECT, "not for this partnership"),
}
LEFT: Final = "Skip"
_LEFT_BEFORE: Final = "Leave it"  # in version 0.2: questions that it asked may be answered after an update
_OPEN_FOR: Final = timedelta(hours=22)  # then the next briefing asks again


class DecisionOperator(HITLOperator):  # type: ignore[misc]
    """Asks for a decision on one proposal. Its text, that of the briefing, is read when the task runs."""

    template_fields = ()

    def __init__(self, *, proposal_id: str, **kwargs: Any) -> None:
        super().__init__(
            subject="A proposal needs a decision",
            options=[*ANSWERS, LEFT],
            defaults=LEFT,
            response_timeout=_OPEN_FOR,
            **kwargs,
        )
        self.proposal_id = proposal_id

    def execute(self, context: Any) -> Any:
        """Asks, unless the proposal has been decided elsewhere."""
        from airflow.sdk.exceptions import AirflowSkipException

        from tasking import delivery
        from tasking.runtime.airflow import services

        words = delivery.words_of_proposal(services().delivery, self.proposal_id)
        if words is None:
            raise AirflowSkipException(f"{self.proposal_id} has already been decided.")
        self.subject, self.body = words
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> None:
        """Stores the answer as that user's decision, and logs who decided first if somebody else did.

        An answer from a user without May.DECIDE is not accepted, and the question is asked again.
        """
        from tasking import delivery
        from tasking.runtime.airflow import log, services

        options = [LEFT if one == _LEFT_BEFORE else one for one in event.get("chosen_options", ())]
        answer = super().execute_complete(context, event | {"chosen_options": options})
        chosen = answer["chosen_options"][0]
        user = (answer["responded_by_user"] or {}).get("name")
        if chosen == LEFT and user is None:  # nobody answered in time
            log.info("%s is skipped: there was no answer.", self.proposal_id)
            return
        refusal = delivery.why_refused(services().delivery, self.proposal_id, user, context["run_id"])
        if user is None or refusal is not None:
            log.warning("%s.", refusal)
            self.execute(context)
            return
        if chosen == LEFT:
            log.info("%s is skipped.", self.proposal_id)
            return
        verb, reason = ANSWERS[chosen]
        log.info(delivery.decide_in_airflow(services().delivery, self.proposal_id, verb, user, reason))
