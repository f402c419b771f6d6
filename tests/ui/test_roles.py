"""For every route of the desk and every role under FAB: who is let in and who is refused."""

import re

import httpx
import pytest

from .conftest import airflow_token

pytestmark = pytest.mark.server

RIGHTS = {
    "viewer": {"read"},
    "officer": {"read", "details", "decide", "log"},
    "auditor": {"read", "log"},
    "keeper": {"read", "details", "decide", "log", "restricted"},
    "boss": set(),
}


def routes() -> list[tuple[str, str, frozenset[str]]]:
    """(method, path, what it needs) of everything that the desk serves; a route that asks for nothing fails here."""
    from fastapi.routing import APIRoute

    from tasking.pages import Host, create_app
    from tasking.pages.access import Allowed

    app = create_app(Host(*[None] * 4, secret=b"", login_url=None))
    found = []
    for route in app.routes:
        if not isinstance(route, APIRoute):
            assert route.path == "/static"
            continue
        needed = [one.call.needed for one in route.dependant.dependencies if isinstance(one.call, Allowed)]
        assert len(needed) == 1, f"{route.path} lets everybody in"
        found += [(method, route.path, needed[0]) for method in route.methods - {"HEAD"}]
    return found


def filled(path: str) -> str:
    values = {"feed": "police", "day": "2026-10-22", "verb": "done", "form": "csv"}
    if path.startswith("/groups"):
        values["verb"] = "approve"
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "D-20261022-00000000"), path)


def test_every_route_asks_for_something():
    assert len(routes()) > 35


@pytest.mark.parametrize("name", sorted(RIGHTS))
def test_each_role_gets_what_it_may_and_nothing_else(up, name):
    client = httpx.Client(
        base_url=f"{up.url}/tasking", headers={"Authorization": f"Bearer {airflow_token(up, name)}"}, timeout=60
    )
    page = client.get("/incidents").text
    token = re.search(r'name="sent_from" value="(\w+)"', page)
    assert bool(token) == ("read" in RIGHTS[name])
    data = {"sent_from": token[1]} if token else {}
    for method, path, needed in routes():
        if (method, path) == ("POST", "/rules"):  # replays a year; see tests/pages
            continue
        answer = client.request(method, filled(path), data=data if method == "POST" else None)
        is_let_in = answer.status_code not in (401, 403)
        assert is_let_in == (needed <= RIGHTS[name]), (name, method, path, answer.status_code)


def test_no_route_answers_somebody_who_is_not_logged_in(up):
    for method, path, _ in routes():
        assert httpx.request(method, f"{up.url}/tasking{filled(path)}").status_code == 401, path


def test_every_answer_is_kept_from_caches_and_frames_of_others(up):
    headers = {"Authorization": f"Bearer {airflow_token(up, 'viewer')}"}
    for path in ("/today", "/nothing-there", "/static/desk.css"):
        answer = httpx.get(f"{up.url}/tasking{path}", headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'self'" in policy


def test_roles_that_are_made_again_are_as_they_were(up):
    assert "the roles are as declared" in up.command("tasking", "access", "apply")
