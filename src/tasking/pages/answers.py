"""The page behind a signed link: a recipient without a login answers for one tasking, and sees nothing else.

Opening it records nothing, since mail scanners open links; only the form does. The link itself is the permission.
"""

from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.background import BackgroundTask

from tasking import delivery
from tasking.meeting.answers import MOST_WORDS, Answer, LinkRefused, Question, question_of, record_answer
from tasking.model.errors import TaskingError
from tasking.pages.access import host_of
from tasking.pages.render import answer_page
from tasking.pages.request_checks import is_same_origin, reject_unusable_text, require_form
from tasking.services import Services

router = APIRouter()
log = structlog.get_logger(__name__)

_LABELS: Final = {
    Answer.ACCEPT: "We accept, and will do it by then",
    Answer.DONE: "It is done",
    Answer.CANT: "It can’t be done",
}
_TOO_MANY: Final = "There were too many requests. Try again in a few minutes."


async def _checked(request: Request) -> None:
    """Raises HTTPException for a form from another site, and for text that our pages can't send."""
    form: list[tuple[str, object]] = []
    if request.method == "POST":
        require_form(request)
        if not is_same_origin(request):
            raise HTTPException(403, "This form did not come from the page behind the link. Open the link again.")
        form = [*(await request.form()).multi_items()]
    reject_unusable_text([*request.query_params.multi_items(), *request.path_params.items(), *form])


@router.get("/answer/{token}", dependencies=[Depends(_checked)])
def show(request: Request, token: str, answer: str = "") -> Response:
    """Shows the tasking and the answers that are open. Records nothing."""
    return _page(request, host_of(request).open_services(), token, answer)


@router.post("/answer/{token}", dependencies=[Depends(_checked)])
def record(
    request: Request, token: str, answer: Annotated[str, Form()] = "", words: Annotated[str, Form()] = ""
) -> Response:
    """Records the answer, and shows the page again with what is recorded."""
    services = host_of(request).open_services()
    if answer not in set(Answer) or len(words) > MOST_WORDS:
        wrong = f"Enter {MOST_WORDS} characters or fewer." if answer in set(Answer) else "Choose an answer."
        return _page(request, services, token, answer, words, wrong)
    try:
        question_of(services.meeting, token)  # so that only our own links are counted one by one
        if not host_of(request).link_limits.allows(token):
            return _refusal_page(request, services, 429, _TOO_MANY)
        tasking_id = record_answer(services.meeting, token, Answer(answer), words)
    except LinkRefused as refusal:
        return _refused(request, services, token, refusal)
    except TaskingError as error:
        return _page(request, services, token, answer, words, str(error))
    return RedirectResponse(request.url.path, 303, background=BackgroundTask(_edit_messages, services, tasking_id))


def _page(request: Request, services: Services, token: str, answer: str, words: str = "", wrong: str = "") -> Response:
    try:
        question = question_of(services.meeting, token)
    except LinkRefused as refusal:
        return _refused(request, services, token, refusal)
    if not host_of(request).link_limits.allows(token):
        return _refusal_page(request, services, 429, _TOO_MANY)
    return answer_page(
        request, services.partnership.name, 400 if wrong else 200, question=question, chosen=answer, words=words,
        wrong=wrong, labels=_labels(question), most=MOST_WORDS,
    )  # fmt: skip


def _labels(question: Question) -> list[tuple[Answer, str]]:
    """The answers that are open, in words: an owner who does not lead answers for their own part."""
    own = _LABELS | ({Answer.DONE: "Our part is done"} if question.lead else {})
    return [(one, own[one]) for one in question.answers]


def _refused(request: Request, services: Services, token: str, refusal: LinkRefused) -> Response:
    """A sentence and nothing else. Forged links are counted together, so that trying many is slow."""
    if not host_of(request).link_limits.allows("forged" if refusal.is_forged else token):
        return _refusal_page(request, services, 429, _TOO_MANY)
    return _refusal_page(request, services, 404 if refusal.is_forged else 410, str(refusal))


def _refusal_page(request: Request, services: Services, status_code: int, words: str) -> Response:
    return answer_page(request, services.partnership.name, status_code, question=None, words=words)


def _edit_messages(services: Services, tasking_id: str) -> None:
    """Shows the answer in the briefing. Runs after the response: the recipient does not wait for chat."""
    try:
        delivery.refresh_all(services.delivery, [tasking_id])
    except TaskingError as error:
        log.warning("the briefing does not show an answer yet", tasking=tasking_id, said=str(error))
