"""Every request that can name something, found from the application itself, and everything that somebody can read."""

import html
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import quote, urlsplit

import openpyxl
from fastapi.routing import APIRoute

from tasking.model.access import May
from tasking.pages import SearchLimit
from tasking.pages.list_actions import lists

from .conftest import Pages

_SAME = (  # what differs between two answers and says nothing: a form's token, a file's digest, how long a trial took
    (re.compile(r"\b[0-9a-f]{64}\b"), "TOKEN"),
    (re.compile(r"(\w+(?::|%3A)\d{4}-\d\d-\d\d(?::|%3A))[0-9a-f]{16}"), r"\1DIGEST"),
    (re.compile(r"Took \d+ s"), "Took a while"),
    (re.compile(r'(name="submission" value=")[^"]+'), r"\1ONCE"),
)
PUBLIC = "public-"  # what begins so is taken from what everybody may see

CONTACT = {"how": "call", "partner": "Kent Police", "on": "2026-10-22", "at": "07:00", "result": "reached"}

MEETING = {"reason": "so", "words": "a note", "what": "see to it", "owner": "hale", "due_on": "2026-12-01", "number": "1",
           "tasking_id": "{tasking}", "subject": "{proposal}"}  # fmt: skip

# Method and path -> (path, form) of each request that names something. {incident} is replaced by what a test asks
# about, {public-incident} by one that everybody may see. None: it names nothing of ours. A route that is not here fails.
NAMING: dict[str, tuple[tuple[str, dict], ...] | None] = {
    "GET /": None, "GET /tonight": None, "GET /today": None, "GET /feeds": None, "GET /feeds/{feed}/{day}": None,
    "GET /quality": None, "GET /quality/{feed}": None, "GET /quality/{feed}/letter/pdf": None,
    "POST /feeds/{feed}/ask": None, "GET /words": None, "POST /words": None,
    "POST /feeds/{feed}/bring": None, "GET /held": None, "GET /map": None,
    "GET /help": None, "GET /rules": None, "POST /rules": None, "GET /log": None, "GET /taskings": None,
    "GET /answer/{token}": None, "POST /answer/{token}": None,  # by a link that we signed: tests/taskings/test_answers.py
    "GET /groups/new": None, "GET /groups/past": None, "GET /case-reviews": None, "POST /groups/new": None,
    "POST /taskings": None, "GET /groups": None, "POST /held/return/{form}": None,
    "GET /register": (("/register?category={report}", {}), ("/register?after=2026-10-22~{report}", {})),
    "POST /register/open": (("/register/open", {"reason": "about {report}"}),),
    "POST /register/close": (("/register/close", {}),),
    "POST /register/search": tuple(
        ("/register/search", {"q": one}) for one in ("{incident}", "{report}", "{reference}", "Quorn")
    ),
    "POST /register/export": (("/register/export", {"ward": "{report}"}),),
    "GET /incidents": (("/incidents?after=2026-10-22~{report}", {}),),
    "GET /incidents/confirm": None, "GET /incidents/duplicates": None, "GET /feeds/deliveries": None,
    "POST /lists/{name}/file/{form}": None,  # it is logged whatever it holds: test_list_files.py asks for what is restricted
    "POST /lists/{name}/filters": (("/lists/incidents/filters", {"filter_name": "a", "place": "{report}"}),
                                   ("/lists/taskings/filters", {"filter_name": "a", "owner": "{report}"})),
    "POST /lists/{name}/filters/{filter_id}/delete": (("/lists/incidents/filters/{report}/delete", {}),),
    "GET /held/{held_id}": (("/held/{held}", {}),),
    "POST /held/{held_id}/look": (("/held/{held}/look", {"reason": "to see"}),),
    "POST /held/{held_id}/correct": (("/held/{held}/correct", {"cell:IncidentNo": "46/77777/26"}),),
    "POST /held/{held_id}/release": (("/held/{held}/release", {}),),
    "POST /held/{held_id}/reject": (("/held/{held}/reject", {"reason": "not ours"}),),
    "POST /held": (("/held", {"what": "reject", "reason": "not ours", "row": ["{held}"]}),
                   ("/held", {"what": "release", "row": ["{held}"]}),
                   ("/held", {"what": "reject", "reason": "not ours", "row": ["{held}"], "checked": "yes"}),
                   ("/held", {"what": "release", "row": ["{held}"], "checked": "yes"})),
    "GET /meeting": (("/meeting?item={proposal}", {}), ("/meeting?item={tasking}", {}), ("/meeting?item={incident}", {})),
    "GET /meeting/people": None, "GET /meeting/finish": None, "GET /meeting/restricted": None, "GET /handover": None,
    "GET /handover/pdf": None, "GET /meeting/agenda": None, "GET /meeting/agenda/pdf": None, "GET /meeting/minutes": None,
    "GET /meeting/minutes/{day}": None, "GET /meeting/minutes/{day}/pdf": None,
    "POST /meeting/start": None, "POST /meeting/people": None, "POST /meeting/finish": None,
    "POST /meeting/minutes/{day}/send": None, "POST /meeting/minutes/{day}/correct": None,
    "POST /meeting/minutes/{day}/note": None, "POST /meeting/minutes/{day}/note/remove": None,
    **{f"POST /meeting/{act}": ((f"/meeting/{act}", MEETING | {"item": "{proposal}"}),
                                (f"/meeting/{act}", MEETING | {"item": "{tasking}"}))
       for act in ("go", "approve", "reject", "skip", "note", "note/remove", "tasking", "change", "undo")},
    "GET /search": None,
    "POST /search": (
        *(("/search", {"q": one}) for one in ("{incident}", "{report}", "{reference}")),
        *(("/search", {"q": "{reference}", "kind": one}) for one in ("incidents", "people", "follow-ups")),
    ),
    "POST /incidents/confirm": (
        ("/incidents/confirm", {"report_a": "{public-report}", "report_b": "{report}", "is_same": "true"}),
        ("/incidents/confirm", {"report_a": "{report}", "report_b": "{public-report}", "is_same": "false"}),
        ("/incidents/confirm", {"report_a": "{public-report}", "report_b": "{report}", "is_same": "false", "kind": "part"}),
    ),
    "POST /incidents/confirm/undo": (("/incidents/confirm/undo", {"report": "{report}"}),),
    "POST /incidents/{incident_id}/undo": (("/incidents/{incident}/undo", {"note": "so"}),),
    "GET /incidents/{incident_id}": (("/incidents/{incident}", {}), ("/incidents/{report}", {})),
    "POST /incidents/{incident_id}/look": (("/incidents/{incident}/look", {"reason": "to see"}),),
    "POST /incidents/{incident_id}/split": (
        ("/incidents/{incident}/split", {"report": ["{report}"]}),
        ("/incidents/{public-incident}/split", {"report": ["{report}"]}),
        ("/incidents/{incident}/split", {"report": ["{report}"], "checked": "yes"}),
        ("/incidents/{public-incident}/split", {"report": ["{report}"], "checked": "yes"}),
    ),
    "POST /incidents/{incident_id}/merge": (
        ("/incidents/{incident}/merge", {"other": "{public-report}"}),
        ("/incidents/{public-incident}/merge", {"other": "{report}"}),
        ("/incidents/{public-incident}/merge", {"other": "{reference}"}),
        ("/incidents/{public-incident}/merge", {"other": "{incident}"}),
        ("/incidents/{incident}/merge", {"other": "{public-report}", "checked": "yes"}),
        ("/incidents/{public-incident}/merge", {"other": "{report}", "checked": "yes"}),
        ("/incidents/{public-incident}/merge", {"other": "{reference}", "checked": "yes"}),
        ("/incidents/{public-incident}/merge", {"other": "{incident}", "checked": "yes"}),
    ),
    "POST /incidents/{incident_id}/never": (
        ("/incidents/{incident}/never", {"other": "{public-report}"}),
        ("/incidents/{public-incident}/never", {"other": "{report}"}),
        ("/incidents/{public-incident}/never", {"other": "{incident}"}),
    ),
    "GET /places": None,
    "GET /people/{key}": (("/people/{person}", {}),),
    "POST /people/{key}/look": (("/people/{person}/look", {"reason": "to see"}),),
    "POST /incidents/{incident_id}/status": tuple(
        ("/incidents/{incident}/status", {"status": one, "outcome": "resolved", "reason": "so"})
        for one in ("in hand", "closed")
    ),
    "POST /incidents/{incident_id}/status/undo": (("/incidents/{incident}/status/undo", {"step": "{status}"}),
                                                  ("/incidents/{public-incident}/status/undo", {"step": "{status}"})),
    "POST /incidents/{incident_id}/notes": (
        ("/incidents/{incident}/notes", {"text": "so"}),
        ("/incidents/{public-incident}/notes", {"text": "so", "report": "{report}"}),
    ),
    "POST /notes/{note_id}/withdraw": (
        ("/notes/{note}/withdraw", {"reason": "so"}), ("/notes/{note}/withdraw", {"reason": "so", "checked": "yes"}),
    ),
    "POST /incidents/{incident_id}/attachments": (
        ("/incidents/{incident}/attachments", {"description": "a wall"}),
        ("/incidents/{public-incident}/attachments", {"description": "a wall", "report": "{report}"}),
    ),
    "GET /attachments/{attachment_id}": (("/attachments/{attachment}", {}),),
    "POST /attachments/{attachment_id}/look": (("/attachments/{attachment}/look", {"reason": "to see"}),),
    "POST /attachments/{attachment_id}/remove": (
        ("/attachments/{attachment}/remove", {"reason": "so"}),
        ("/attachments/{attachment}/remove", {"reason": "so", "checked": "yes"}),
    ),
    "GET /reports/new": None, "POST /reports/new": None,
    "GET /reports/{report_id:path}": (("/reports/{report}", {}),),
    "GET /reports/{report_id:path}/correct": (("/reports/{report}/correct", {}),),
    "POST /reports/{report_id:path}/look": (("/reports/{report}/look", {"reason": "to see"}),),
    "POST /reports/{report_id:path}/correct": (
        ("/reports/{report}/correct", {"field": "category", "category": "noise", "reason": "so it is"}),
        ("/reports/{report}/correct", {"field": "place", "place": "The Vine", "reason": "so it is"}),
        ("/reports/{report}/correct", {"field": "time", "occurred_on": "2026-10-20", "reason": "so it is"}),
    ),
    "POST /reports/{report_id:path}/correct/undo": (
        ("/reports/{report}/correct/undo", {"field": "category", "reason": "so it is"}),
    ),
    "GET /follow-ups": (("/follow-ups?show=restricted", {}), ("/follow-ups?show=restricted&partner={report}", {})),
    "GET /follow-ups/{follow_up_id}": (("/follow-ups/{follow-up}", {}), ("/follow-ups/{report}", {})),
    "POST /follow-ups/{follow_up_id}/look": (("/follow-ups/{follow-up}/look", {"reason": "to see"}),),
    "POST /follow-ups/{follow_up_id}/record": (
        ("/follow-ups/{follow-up}/record", CONTACT),
        ("/follow-ups/{public-follow-up}/record", CONTACT | {"report": ["{report}"]}),
    ),
    "POST /follow-ups/{follow_up_id}/cancel": (
        ("/follow-ups/{follow-up}/cancel", {"reason": "has moved"}),
        ("/follow-ups/{public-follow-up}/cancel", {"reason": "has moved", "report": ["{report}"]}),
    ),
    "POST /follow-ups/{follow_up_id}/undo": (("/follow-ups/{follow-up}/undo", {"act": "1"}),),
    "POST /taskings/{tasking_id}/{verb}": tuple(
        (f"/taskings/{{tasking}}/{verb}", {"owner": "hale", "due_on": "2026-12-01", "reason": "so"})
        for verb in ("take", "assign", "done", "carry", "drop", "reject")
    ),
    "POST /taskings/{tasking_id}/approve": (
        ("/taskings/{tasking}/approve", {}), ("/taskings/{tasking}/approve", {"owner": ""}),
    ),
    "POST /taskings/{tasking_id}/undo": (("/taskings/{tasking}/undo", {"reason": "so", "number": "1"}),),
    "GET /groups/{proposal_id}": (("/groups/{proposal}", {}),),
    "POST /groups/{proposal_id}/look": (("/groups/{proposal}/look", {"reason": "to see"}),),
    "POST /groups/{proposal_id}/{verb}": tuple(
        (f"/groups/{{proposal}}/{verb}", {"reason": "so"}) for verb in ("reject", "reopen")
    ),
    "POST /groups/{proposal_id}/approve": (
        ("/groups/{proposal}/approve", {"reason": "so"}), ("/groups/{proposal}/approve", {"due_on": "soon"}),
    ),
    "POST /groups/{proposal_id}/undo": (("/groups/{proposal}/undo", {"reason": "so", "number": "1"}),),
    "POST /groups/{proposal_id}/do/start": (
        ("/groups/{proposal}/do/start", {"lead": "Sgt Hale", "objective": "no more"}),
    ),
    "POST /groups/{proposal_id}/do/review": (("/groups/{proposal}/do/review", {"note": "looked at"}),),
    "POST /groups/{proposal_id}/do/merge": (
        ("/groups/{proposal}/do/merge", {"into": "{public-proposal}"}),
        ("/groups/{public-proposal}/do/merge", {"into": "{proposal}"}),
    ),
    "POST /groups/{proposal_id}/do/add-place": (("/groups/{proposal}/do/add-place", {"place": "The Vine"}),),
    "POST /groups/{proposal_id}/do/remove-place": (("/groups/{proposal}/do/remove-place", {"place": "The Vine"}),),
    "POST /case-reviews/{proposal_id}/{step}": tuple(
        (f"/case-reviews/{{proposal}}/{step}", {"reason": "so it is"}) for step in ("accept", "acknowledge", "decide")
    ),
    "POST /groups/{proposal_id}/do/close": (
        ("/groups/{proposal}/do/close", {"assessment": "it was dealt with"}),
    ),
}  # fmt: skip


def routes(pages: Pages) -> list[APIRoute]:
    """Every route of the desk. What is no route of a page is the style sheet and the script."""
    found = [one for one in pages.client.app.routes if isinstance(one, APIRoute)]
    assert {one.path for one in pages.client.app.routes} - {one.path for one in found} == {"/static"}
    return found


def keys(pages: Pages) -> set[str]:
    """`GET /incidents/{incident_id}` of every route."""
    return {f"{method} {route.path}" for route in routes(pages) for method in route.methods - {"HEAD"}}


_LISTS = ("/held", "/incidents?", "/feeds/deliveries", "/taskings", "/follow-ups", "/log")


@dataclass
class Reader:
    """What one person is answered. `token`: of their own forms."""

    pages: Pages
    token: str = ""
    asked: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, desk, may: frozenset[May], name: str) -> "Reader":
        pages = Pages(desk, may, name, limits=SearchLimit(most=10**9))
        found = re.search(r'name="sent_from" value="(\w+)"', pages.get("/incidents").text)
        return cls(pages, found[1] if found else "")

    def send(self, method: str, path: str, form: dict):
        if method == "GET":
            return self.pages.get(path)
        return self.pages.client.post(path, data={"sent_from": self.token} | form)

    def answer(self, method: str, path: str, form: dict, names: dict[str, str]) -> tuple:
        """All that an answer tells: state, headers, body and what is said on the next page; names given in the request
        are taken out, since whoever asked knows them."""
        told = self.send(method, path, form)
        headers = {key: value for key, value in told.headers.items() if key not in ("content-length", "set-cookie")}
        said = self.pages.said(told) if told.status_code == 303 else ""
        return told.status_code, *(without(str(one), names) for one in (sorted(headers.items()), said, told.text))

    def everything(self, days: Sequence[date]) -> dict[str, str]:
        """Every page that links lead to, within some days and the days around them, and the files that can be taken."""
        found: dict[str, str] = {}
        waiting, first, last = (
            ["/", "/register", "/register?show=marac"],
            days[0] - timedelta(days=1),
            days[-1] + timedelta(days=1),
        )
        while waiting:
            path = waiting.pop()
            asked = [date.fromisoformat(one) for one in re.findall(r"(?<=[=/])\d{4}-\d\d-\d\d", path)]
            is_again = path.count("=") > 1 and path.startswith(_LISTS)  # each filter of a list alone
            if path in found or is_again or "order=" in path or not all(first <= one <= last for one in asked):
                continue
            if path.startswith("/static"):
                continue
            answer = self.pages.get(path)
            found[path] = same(f"{answer.status_code} {answer.headers.get('location', '')}\n{answer.text}")
            links = [*re.findall(r'href="(/[^"#]*)', answer.text), answer.headers.get("location", "")]
            if "sort=" in path:  # each list once in each order, not each page of it, tab and filter
                continue
            links = [one for one in links if not ("sort=" in one and "&amp;" in one)]
            waiting += [html.unescape(link) for link in links if link.startswith("/")]
        return {same(path): text for path, text in found.items()} | dict(self._files())

    def _files(self) -> Iterator[tuple[str, str]]:
        for feed in self.pages.opened.partnership.feeds:
            for form in ("csv", "xlsx"):
                answer = self.send("POST", f"/held/return/{form}", {"feed": feed})
                text = _cells(answer.content) if answer.content[:2] == b"PK" else answer.text
                yield f"held/return/{form} {feed}", same(f"{answer.status_code}\n{text}")
        for name in lists():
            for form in ("csv", "xlsx"):
                answer = self.send("POST", f"/lists/{name}/file/{form}", {})
                text = _sheets(answer.content) if answer.content[:2] == b"PK" else answer.text
                yield f"lists/{name}/file/{form}", same(f"{answer.status_code}\n{text}")


def unknown_like(names: dict[str, str], desk) -> dict[str, str]:
    """Names of nothing, as like those of something as can be: a letter is another one."""
    taken = {row["report_id"] for row in desk.rows("report")}
    report = next(one for at in "0123456789x" if (one := names["report"][:-1] + at) not in taken)
    kind = {name: names[name][:-1] + ("0" if names[name][-1] != "0" else "1") for name in names}
    digest = re.sub(r"[0-9a-f]{16}", "0" * 16, names["held"])
    return kind | {"report": report, "reference": report.partition(":")[2], "held": digest}


def naming(key: str, names: dict[str, str], public: dict[str, str]) -> list[tuple[str, str, dict]]:
    """(method, path, form) of the requests of a route, with the names of what is asked about put in."""
    values = names | {f"{PUBLIC}{kind}": value for kind, value in public.items()}
    method = key.partition(" ")[0]

    def put(text: str, escape: Callable[[str], str] = str) -> str:
        return re.sub(r"\{([\w-]+)\}", lambda found: escape(values[found[1]]), text)

    return [
        (
            method,
            put(path, lambda value: quote(value, safe="")),
            {name: [put(one) for one in value] if isinstance(value, list) else put(value)
             for name, value in form.items()},
        )
        for path, form in NAMING[key] or ()
    ]  # fmt: skip


def without(text: str, names: dict[str, str]) -> str:
    """The text with what was asked about left out."""
    for value in sorted(names.values(), key=len, reverse=True):
        text = text.replace(value, "NAMED").replace(quote(value, safe=""), "NAMED")
    return same(text)


def same(text: str) -> str:
    for pattern, word in _SAME:
        text = pattern.sub(word, text)
    return text


def path_of(address: str) -> str:
    """The page of an address, without what was asked of it."""
    return urlsplit(address).path


def _sheets(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(repr([cell.value for cell in row]) for sheet in book for row in sheet.iter_rows())


def _cells(content: bytes) -> str:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return "\n".join(repr([cell.value for cell in row]) for row in sheet.iter_rows())
