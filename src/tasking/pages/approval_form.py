"""The form that asks who does what by when: filled in with what is declared, and shown again with what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import FormData

from tasking import meeting
from tasking.meeting import DecisionResult, Plan, Tasking
from tasking.model.errors import TaskingError
from tasking.pages.day_fields import FIRST_DAY, LAST_DAY
from tasking.services import Services

_MOST_TEXT = 500


async def _fields(request: Request) -> FormData:
    return await request.form()


TypedFields = Annotated[FormData, Depends(_fields)]  # as they were typed: an empty field is there too


@dataclass(frozen=True)
class ApprovalForm:
    """A form on a page: `key` makes the ids of its fields unique there.

    `owner`, `others`, `due_on`, `objective` and `note` are what its fields show; `problems` is what is wrong, by field.
    """

    subject_id: str
    plan: Plan
    choices: Sequence[str]
    owner: str
    others: Sequence[str]
    due_on: str
    objective: str
    note: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where it is sent to, below the root of the desk."""
        return f"{'taskings' if self.subject_id.startswith('T-') else 'groups'}/{self.subject_id}/approve"

    @property
    def key(self) -> str:
        return self.subject_id.rpartition("-")[2]


def approval_form(services: Services, subject_id: str) -> ApprovalForm | None:
    """The form filled in with what follows by the declarations; None where the rule of a proposal is gone."""
    try:
        return _form_of(services, subject_id, meeting.plan_for(services.meeting, subject_id))
    except TaskingError:
        return None


def approval_form_of(services: Services, tasking: Tasking) -> ApprovalForm:
    """The form for a proposed tasking that was read already."""
    return _form_of(services, tasking.tasking_id, meeting.plan_of_tasking(services.meeting, tasking))


def _form_of(services: Services, subject_id: str, plan: Plan) -> ApprovalForm:
    return ApprovalForm(
        subject_id, plan, meeting.owner_choices(services.meeting), plan.owners[0], plan.owners[1:], str(plan.due_on),
        plan.objective,
    )  # fmt: skip


def approve_as_typed(services: Services, subject_id: str, actor: str, typed: FormData) -> DecisionResult | ApprovalForm:
    """Approves with what was typed. Where that can't be used, the form with what was typed and what is wrong with it.

    A form without these fields, a plain click, approves with what is declared. Raises TaskingError as meeting.approve.
    """
    form = approval_form(services, subject_id)
    if form is None:
        return meeting.approve(services.meeting, subject_id, actor, _text(typed, "reason", ""))
    form = _with_typed(form, typed, meeting.today(services.meeting))
    if form.problems:
        return form
    return meeting.approve(
        services.meeting, subject_id, actor, form.note, owners=[form.owner, *form.others],
        due_on=date.fromisoformat(form.due_on), objective=form.objective,
    )  # fmt: skip


def _with_typed(form: ApprovalForm, typed: FormData, today: date) -> ApprovalForm:
    others = [str(one) for one in typed.getlist("others")] if "owner" in typed else form.others
    form = replace(
        form, owner=_text(typed, "owner", form.owner), others=others, due_on=_text(typed, "due_on", form.due_on),
        objective=_text(typed, "objective", form.objective), note=_text(typed, "reason", ""),
    )  # fmt: skip
    problems = {
        "owner": "" if form.owner else "Enter who does it",
        "due_on": _wrong_day(form.due_on, today),
        "objective": "" if form.objective or not form.plan.is_group else "Enter the objective of the group",
    }
    return replace(form, problems={name: words for name, words in problems.items() if words})


def _wrong_day(text: str, today: date) -> str:
    if not text:
        return "Enter a date"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return f"Enter a date, such as {today.day} {today:%B %Y}"
    return "" if max(today, FIRST_DAY) <= day <= LAST_DAY else "The date must be today or later"


def _text(typed: Mapping[str, Any], name: str, usual: str) -> str:
    return str(typed[name]).strip()[:_MOST_TEXT] if name in typed else usual
