"""A form that was refused: the page that it is on is shown again, with what was typed and what is wrong.

GOV.UK's pattern (https://design-system.service.gov.uk/components/error-summary/), for every form of the desk: the page
is made as for a GET, and the fields of the form are filled in afterwards. A page says nothing of it. Where the page is
gone too, what was typed is shown on the error page, to copy.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData, Headers
from starlette.types import Message

from tasking.pages.access import CSRF_FIELD
from tasking.pages.flash import own_path, redirect_with_flash, referring_page, was_sent_from_page
from tasking.pages.render import error_page
from tasking.pages.request_checks import is_same_origin

_NOT_FILLED: Final = frozenset({"hidden", "file", "password", "submit", "button", "image", "reset"})
_MOST_SHOWN: Final = 20_000
# Hidden fields that differ each time a page is made. The others say what a form is about.
_OF_THE_LOOK: Final = frozenset({CSRF_FIELD, "submission", "seen", "shown", "skip"})
_EXPLAINED: Final = re.compile("[(;:]")  # what a label says after the name of the field begins so


@dataclass(frozen=True)
class Problem:
    """What is wrong with a form. `field`: the name of the field, empty where it is not one field.

    `words` may have `{field}`, which becomes the label of the field as it stands within a sentence.
    """

    words: str
    field: str = ""


async def form_again(request: Request, problems: Sequence[Problem], status_code: int = 422) -> Response:
    """The page that the form was sent from, or the one that its address leads to now, with the problems and what was
    typed.

    Where that page can't be shown any more, an error page with them; where it is not known, redirects with the problems
    as a flash message.
    """
    typed = await request.form()
    where = referring_page(request)
    is_from_page = was_sent_from_page(request)
    page = await _page_at(request, where) if is_from_page else None
    if page is not None:
        return HTMLResponse(with_problems(page, request.scope["path"], typed, problems), status_code)
    lines = [_sentence(one.words, one.field.replace("_", " ")) for one in problems]
    if is_from_page and (texts := typed_texts(request, typed)):
        return await error_page(request, status_code, *lines, typed=texts)
    return redirect_with_flash(where, " ".join(lines), is_error=True)


def typed_texts(request: Request, typed: FormData) -> str:
    """What somebody typed into a form of ours, to copy. Empty for a form that another site may have filled in."""
    is_ours = was_sent_from_page(request) and is_same_origin(request)
    return "\n".join(_texts(typed).values()) if is_ours else ""


def with_problems(page: str, path: str, typed: FormData, problems: Sequence[Problem]) -> str:
    """A page with the form that is sent to `path` filled in as typed, each field at fault marked, and a summary of the
    problems before everything else. Where the page has no such form, the summary shows what was typed."""
    soup = BeautifulSoup(page, "html.parser")
    form = _form_of(soup, path, typed)
    if form is not None:
        _fill(form, typed)
        for fold in form.find_parents("details"):
            fold["open"] = ""
    lines = [_line(soup, form, one) for one in problems]
    summary = _summary(soup, lines, {} if form is not None else _texts(typed))
    (soup.find("main") or soup).insert(0, summary)
    if soup.title is not None:
        soup.title.string = f"Error: {soup.title.get_text()}"
    return str(soup)


def with_answers(page: str, path: str, typed: Iterable[tuple[str, str]]) -> str:
    """A page with the form that is sent to `path` filled in as it was, for somebody who goes back to change it."""
    soup, answers = BeautifulSoup(page, "html.parser"), FormData(list(typed))
    form = _form_of(soup, path, answers)
    if form is not None:
        _fill(form, answers)
    return str(soup)


async def _page_at(request: Request, address: str) -> str | None:
    """The page that a GET of an address of the desk shows; None if there is none. An incident that was merged since has
    one: its address leads on, once."""
    status, leads_to, page = await _got(request, address)
    if leads_to:
        root = str(request.scope.get("root_path", ""))
        status, _, page = await _got(request, own_path(root, leads_to))
    return page if status == 200 else None


async def _got(request: Request, address: str) -> tuple[int, str, str]:
    """(status, where it redirects to or "", page) of a GET of an address of the desk."""
    raw_path, _, query = address.partition("?")
    headers = [(name, value) for name, value in request.scope["headers"] if not name.startswith(b"content-")]
    kept = ("type", "asgi", "http_version", "scheme", "root_path", "client", "server", "extensions")
    scope = {name: request.scope[name] for name in kept if name in request.scope}
    scope |= {"method": "GET", "path": unquote(raw_path), "raw_path": raw_path.encode(), "query_string": query.encode(),
              "headers": headers, "state": {}}  # fmt: skip
    status, leads_to, body = 0, "", bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, leads_to
        if message["type"] == "http.response.start":
            status = message["status"]
            leads_to = Headers(raw=message["headers"]).get("location", "")
        else:
            body.extend(message.get("body", b""))

    await request.app(scope, receive, send)
    return status, leads_to, body.decode()


def _form_of(soup: BeautifulSoup, path: str, typed: FormData) -> Tag | None:
    """The form that is sent to `path` about the same thing; of several, the one that has most of the hidden values that
    were sent. None where what it was about is not on the page any more: the form there is about something else."""
    sent = set(_pairs(typed))
    names = {name for name, _ in sent} - _OF_THE_LOOK
    forms = [
        form for form in soup.find_all("form")
        if unquote(str(form.get("action"))) == unquote(path)
        and all(one in sent for one in _hidden(form) if one[0] in names)
    ]  # fmt: skip
    return max(forms, key=lambda form: len(sent & set(_hidden(form))), default=None)


def _hidden(form: Tag) -> Iterable[tuple[str, str]]:
    return ((str(one.get("name")), str(one.get("value"))) for one in form.find_all("input", type="hidden"))


def _pairs(typed: FormData) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in typed.multi_items() if isinstance(value, str))


def _fill(form: Tag, typed: FormData) -> None:
    left: dict[str, list[str]] = {}
    for name, value in _pairs(typed):
        left.setdefault(name, []).append(value)
    for field in form.find_all(["input", "select", "textarea"]):
        name = str(field.get("name", ""))
        kind = str(field.get("type", "text"))
        if not name or (field.name == "input" and kind in _NOT_FILLED):
            continue
        values = left.get(name, [])
        if kind in ("checkbox", "radio"):
            _set(field, "checked", is_set=str(field.get("value", "on")) in values)
        elif field.name == "select":
            for option in field.find_all("option"):
                _set(option, "selected", is_set=str(option.get("value", option.get_text())) in values)
        elif values and field.name == "textarea":
            field.string = f"\n{values.pop(0)}"  # a browser leaves the first line break out
        elif values:
            field["value"] = values.pop(0)


def _set(tag: Tag, name: str, *, is_set: bool) -> None:
    if is_set:
        tag[name] = ""
    else:
        tag.attrs.pop(name, None)


def _line(soup: BeautifulSoup, form: Tag | None, problem: Problem) -> Tag:
    """A line of the summary; links to the field at fault, which is marked."""
    field = (
        form.find(["input", "select", "textarea"], attrs={"name": problem.field}) if form and problem.field else None
    )
    line = soup.new_tag("li")
    if not isinstance(field, Tag):
        line.string = _sentence(problem.words, problem.field.replace("_", " "))
        return line
    key = str(field.get("id") or f"wrong-{problem.field}")
    label = soup.find("label", attrs={"for": key}) or field.find_parent("label")
    words = _sentence(problem.words, _name_of(field, label, problem.field))
    field.attrs |= {"id": key, "aria-invalid": "true", "aria-describedby": f"{key}-problem"}
    mark = soup.new_tag("span", attrs={"class": "bad problem", "id": f"{key}-problem"})
    hidden = soup.new_tag("span", attrs={"class": "skip"})
    hidden.string = "Error: "
    mark.extend([hidden, words])
    (label if isinstance(label, Tag) and label.find(field.name) is field else field).insert_before(mark)
    link = soup.new_tag("a", href=f"#{key}")
    link.string = words
    line.append(link)
    return line


def _name_of(field: Tag, label: Any, name: str) -> str:
    """What a field is called within a sentence: by its data-called, or by its label."""
    if called := field.get("data-called"):
        return str(called)
    labelled = label.get_text(" ", strip=True) if isinstance(label, Tag) else name.replace("_", " ")
    text = _EXPLAINED.split(labelled)[0].strip()
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _sentence(words: str, called: str) -> str:
    words = words.replace("{field}", called)
    return words[:1].upper() + words[1:]


def _summary(soup: BeautifulSoup, lines: Sequence[Tag], typed: Mapping[str, str]) -> Tag:
    summary = soup.new_tag("div", attrs={"class": "alert", "role": "alert", "tabindex": "-1", "id": "problems"})
    heading = soup.new_tag("h2")
    heading.string = "There is a problem"
    listed = soup.new_tag("ul")
    listed.extend(lines)
    summary.extend([heading, listed])
    if typed:
        title = soup.new_tag("p")
        title.string = "This is what you typed, so that you can copy it:"
        kept = soup.new_tag("pre", attrs={"class": "words"})
        kept.string = "\n".join(typed.values())
        summary.extend([title, kept])
    return summary


def _texts(typed: FormData) -> dict[str, str]:
    """What was typed, of a form whose page has it no longer: nothing of its hidden fields, which are not known here.

    Those have neither a space nor a letter with an accent or of another script, which may be written without spaces.
    """
    found: dict[str, str] = {}
    for name, value in _pairs(typed):
        if name not in _OF_THE_LOOK and (len(value.split()) > 1 or not value.isascii()):
            found[name] = f"{found[name]}\n{value}" if name in found else value
    return {name: value[:_MOST_SHOWN] for name, value in found.items()}
