"""Partners' words for categories that nobody has declared: each with the likeliest category, to accept or change."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking.config.categories import UNKNOWN
from tasking.intake import category_words
from tasking.model.access import May
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.flash import redirect_with_flash
from tasking.pages.render import page

router = APIRouter()


@router.get("/words")
def words(request: Request, person: Annotated[Person, Depends(allowed(May.DETAILS))]) -> Response:
    """The words of the last fortnight that no declaration knows, those of most reports first."""
    services = host_of(request).open_services()
    labels = services.conventions.categories.labels
    return page(
        request, person, services, "words", names=services.names, labels=labels, unknown=UNKNOWN,
        words=category_words.unmapped_words(services.intake, person.visibility),
        choices=services.conventions.categories.choices(has_restricted=True),
    )  # fmt: skip


@router.post("/words")
def map_word(
    request: Request,
    word: Annotated[str, Form(min_length=1, max_length=300)],
    category: Annotated[str, Form(max_length=100)],
    person: Annotated[Person, Depends(allowed(May.DETAILS, May.DECIDE))],
) -> Response:
    """Gives a word a category; reports that come from now on have it."""
    services = host_of(request).open_services()
    can_all = person.can(May.RESTRICTED)
    category_words.map_word(services.intake, word, category, person.name, has_restricted=can_all)
    label = services.conventions.categories.labels[category]
    root = request.scope.get("root_path", "")
    return redirect_with_flash(f"{root}/words", f"New reports with this category name count as {label}.")
