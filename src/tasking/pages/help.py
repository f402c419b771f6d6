"""Help: what each page is for and how to do the usual things, and who has which permission."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tasking.model.access import May
from tasking.pages.access import RIGHTS, Person, allowed, host_of
from tasking.pages.render import page

router = APIRouter()
_ASKED: Final = (May.DETAILS, May.DECIDE, May.RESTRICTED, May.LOG)


@router.get("/help")
def help_(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """Help for every page, each in a section named like the page's address."""
    host = host_of(request)
    access = [(RIGHTS[one], person.can(one), host.who_gives(frozenset({one}))) for one in _ASKED]
    return page(request, person, host.open_services(), "help", access=access)
