"""What a person who decided is told: what came of it, or who was first."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from tasking.meeting import DecisionResult
from tasking.model.errors import TaskingError
from tasking.pages.flash import redirect_with_flash, referring_page
from tasking.services import Services


def answer_decision(
    request: Request, services: Services, taken: DecisionResult, told: Sequence[str] = (), *, where: str = ""
) -> Response:
    """Goes to `where`, or back to the page that the form was sent from, and says what came of it. `told`: what else was
    done, in words.

    Raises TaskingError where somebody else decided first, so that what was typed is shown again.
    """
    words = " ".join([taken.words(services.meeting), *sentences(told)])
    if not taken.counted:
        raise TaskingError(words)
    return redirect_with_flash(where or referring_page(request), words)


def sentences(told: Sequence[str]) -> list[str]:
    return [f"{one.removesuffix('.')}." for one in told]
