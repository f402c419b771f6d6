"""The forms that buttons open: why something is rejected; who does what by when once it is approved."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from tasking.delivery.buttons import NOT_KNOWN, NOT_LISTED, Answers, may_press, person_of, proposed_on, verb_and_id
from tasking.delivery.channels.form import Field, Form, Kind
from tasking.delivery.service import DeliveryService
from tasking.meeting import DecisionResult, Plan, owner_choices, plan_for, standing_of
from tasking.model.errors import TaskingError
from tasking.model.proposal import Verb
from tasking.model.text import sentence

WITH_FORM: Final = (Verb.APPROVE, Verb.REJECT)
_KEPT: Final = "Kept on the desk and in the log, not shown in chat. Do not include names."


def form_for(service: DeliveryService, slack_user: str, action: str) -> Form | str:
    """The form for a button, filled in with what follows by the declarations; in words, why it does not open."""
    verb, subject_id = verb_and_id(action)
    if verb is None or not may_press(service, person_of(service, slack_user), subject_id, verb):
        return NOT_LISTED
    if verb == Verb.REJECT:
        return Form("Reject", (Field("why", Kind.TEXT, "Why?", _KEPT),))
    if proposed_on(service, subject_id, verb) is None:
        return NOT_KNOWN
    standing = standing_of(service.meeting, subject_id)
    if Verb.APPROVE not in standing.open_verbs and standing.last_act:
        return DecisionResult(False, standing.last_act[0]).words(service.meeting)
    try:
        return approval_form(service, plan_for(service.meeting, subject_id))
    except TaskingError as error:
        return sentence(str(error))


def approval_form(service: DeliveryService, plan: Plan) -> Form:
    """Who, by when, for a group what for, and a note. Only owners that may be shown in public are offered."""
    who = Field("owners", Kind.CHOICES, "Who?", "The first one leads.", options=owner_choices(service.meeting),
                chosen=plan.owners)  # fmt: skip
    when = Field("due_on", Kind.DAY, "First review on" if plan.is_group else "By when?", day=plan.due_on)
    objective = Field("objective", Kind.TEXT, "Objective", value=plan.objective)
    note = Field("why", Kind.TEXT, "Note", _KEPT, is_optional=True)
    what = () if plan.is_group else (", ".join(filter(None, (plan.what, plan.place))),)
    return Form("Approve", (who, when, *((objective,) if plan.is_group else ()), note), what)


def answers_from(reason: str, filled_in: Mapping[str, Any]) -> Answers:
    """The answers as they are stored with a press. What is missing or can't be read stays as declared."""
    try:
        due_on = date.fromisoformat(filled_in["due_on"]) if filled_in.get("due_on") else None
    except ValueError:
        due_on = None
    owners = tuple(str(one) for one in filled_in.get("owners") or ())
    return Answers(reason, owners, due_on, str(filled_in.get("objective") or ""))
