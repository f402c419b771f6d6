"""Possible duplicates as a list: every pair that nobody has decided on yet."""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tasking.model.category import category_label
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.incident_review import open_questions
from tasking.pages.list_view import show_list
from tasking.pages.lists import Asked, Column, DeskList, Filter, Kind, Reader, Sorts, feed_choices
from tasking.pages.render import page
from tasking.services import Services

router = APIRouter()
_KINDS: Final = {"merge": "Are these one incident?", "part": "Does this report belong to this incident?"}


def _questions(reader: Reader) -> list[dict[str, Any]]:
    """The open questions, in the order in which they are asked; `number`: the place of each in that order, from 0."""

    def read() -> list[dict[str, Any]]:
        return [one | {"number": number} for number, one in enumerate(open_questions(reader.services))]

    return reader.once("questions", read)


def _read(reader: Reader, asked: Asked) -> list[dict[str, Any]]:
    first, last = asked.day("since") or date.min, asked.day("until") or date.max
    return [
        one for one in _questions(reader)
        if asked["kind"] in ("", one["kind"]) and first <= one["asked_on"] <= last
        and asked["category"] in ("", one["category_a"], one["category_b"])
        and asked["feed"] in ("", one["feed_a"], one["feed_b"])
    ]  # fmt: skip


def side_words(services: Services, one: dict[str, Any], side: str) -> str:
    """`Fly-tip, Manse Way`: one of the two reports in public words."""
    what = services.what(one[f"category_{side}"], one[f"signs_{side}"])
    return f"{what}, {one[f'place_name_{side}'] or 'place not named'}"


def hours_apart(one: dict[str, Any]) -> int:
    """How many hours there are between the two reports."""
    apart: timedelta = abs(one["received_at_a"] - one["received_at_b"])
    return round(apart / timedelta(hours=1))


def _columns(reader: Reader) -> list[Column]:
    services = reader.services
    names = services.names
    return [
        Column("asked", "Asked", lambda one: one["asked_on"], Sorts.TIME),
        Column("first", "First report", lambda one: side_words(services, one, "a")),
        Column("second", "Second report", lambda one: side_words(services, one, "b")),
        Column("by", "Reported by", lambda one: " and ".join(names.get(one[f"feed_{side}"], "") for side in "ab")),
        Column("hours", "Hours apart", hours_apart, Sorts.NUMBER),
        Column("kind", "Question", lambda one: _KINDS[one["kind"]]),
        Column("incident_a", "Incident", lambda one: one["incident_a"], Sorts.NOT, is_in_files_alone=True),
        Column("incident_b", "Other incident", lambda one: one["incident_b"], Sorts.NOT, is_in_files_alone=True),
    ]


def _filters(reader: Reader) -> list[Filter]:
    services, found = reader.services, _questions(reader)
    labels = services.conventions.categories.labels
    categories = {one[f"category_{side}"] for one in found for side in "ab"}
    return [
        Filter("category", "Category", choices=sorted(((code, category_label(code, labels)) for code in categories),
                                                      key=lambda one: one[1])),
        Filter("feed", "Reported by", choices=feed_choices(services), any_words="Anyone"),
        Filter("kind", "Question", choices=list(_KINDS.items())),
        Filter("since", "Asked from", Kind.DAY),
        Filter("until", "Asked to", Kind.DAY),
    ]  # fmt: skip


LIST: Final = DeskList(
    name="duplicates", path="incidents/duplicates", title="Possible duplicates", noun="possible duplicate",
    nouns="possible duplicates", columns=_columns, filters=_filters, read=_read, sort="-asked",
)  # fmt: skip
LISTS: Final = (LIST,)


@router.get("/incidents/duplicates")
def duplicates(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """The possible duplicates that nobody has decided on, the newest first; restricted ones are left out."""
    services = host_of(request).open_services()
    return page(
        request, person, services, "duplicates", listed=show_list(request, LIST, Reader(services, person)),
        side_words=lambda one, side: side_words(services, one, side), hours_apart=hours_apart, names=services.names,
        kinds=_KINDS,
    )  # fmt: skip
