"""What the desk refuses before it looks: text of no use, numbers and days that can't be, other sites, other names."""

import pytest

from tasking.model.access import May
from tasking.pages import trusted_hosts
from tasking.pages.flash import own_path

from .conftest import Pages

EVERYTHING = frozenset(May)
LISTS = ("/today", "/tonight", "/feeds", "/feeds/police/2026-10-27", "/held", "/incidents", "/incidents/confirm",
         "/taskings", "/map", "/log")  # fmt: skip
HOSTILE = {
    "a NUL": "%00", "half a character": "%ED%A0%80", "a bell": "%07", "far too much": "x" * 30_000,
    "a number beyond any": "9" * 40, "less than nothing": "-1", "no day": "2026-13-45", "the first day": "0001-01-01",
    "the last day": "9999-12-31", "half a cursor": "2026-10-22", "a cursor of the last day": "9999-12-31~x",
    "a cursor of no day": "~~~", "the key of a cursor too long": "2026-10-22~" + "k" * 999, "no text": "",
    "letters of others": "%F0%9F%98%80", "a statement": "%27%3B%20DROP%20TABLE%20report%3B--",
}  # fmt: skip
FIELDS = ("day", "version", "since", "until", "category", "feed", "ward", "place", "shared", "after", "skip", "start",
          "waiting", "show", "hours", "reason", "actor", "action", "bring", "refresh")  # fmt: skip


@pytest.fixture(scope="module")
def keeper(faulty):
    pages = Pages(faulty, EVERYTHING, "keeper")
    pages.client.raise_server_exceptions = False  # what would be a fault of ours is an answer here, and fails the test
    return pages


@pytest.mark.parametrize("what", HOSTILE)
def test_no_address_is_a_fault_of_ours(keeper, what):
    answers = {
        f"{path}?{field}": keeper.get(f"{path}?{field}={HOSTILE[what]}").status_code
        for path in LISTS
        for field in FIELDS
        if field in {one.alias for route in keeper.client.app.routes if getattr(route, "path", "") in (path, _shape(path))
                     for one in route.dependant.query_params}
    }  # fmt: skip
    assert answers
    assert {path: state for path, state in answers.items() if state not in (200, 302, 400, 404)} == {}


def _shape(path: str) -> str:
    return "/feeds/{feed}/{day}" if path.startswith("/feeds/") else path


@pytest.mark.parametrize(
    "path", ["/incidents/{}", "/held/{}", "/groups/{}", "/feeds/{}/2026-10-22", "/feeds/police/{}"]
)
@pytest.mark.parametrize("what", HOSTILE)
def test_no_name_in_an_address_is_a_fault_of_ours(keeper, path, what):
    assert keeper.get(path.format(HOSTILE[what][:5000] or "-")).status_code in (200, 400, 404)


def test_text_that_can_not_be_kept_is_refused_in_words(keeper):
    answer = keeper.get("/incidents?place=a%00b")
    assert answer.status_code == 400
    assert "can’t be used" in answer.text
    assert "too long" in keeper.get(f"/incidents?place={'x' * 20_001}").text


@pytest.mark.parametrize(
    "data",
    [
        {"q": "a\x00b"}, {"q": "x" * 30_000}, {"q": ["one", "two"]}, {}, {"other": "field"},
        {"q": "\x1b[31m"}, {"x" * 400: "y", "q": "yes"}, {"q": "swan", "number": "0"}, {"q": "swan", "since": "x"},
    ],
)  # fmt: skip
def test_no_form_is_a_fault_of_ours(keeper, data):
    assert keeper.post("/search", data).status_code in (200, 303, 400)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/json", b'{"reference": "x"}'), ("text/plain", b"reference=x"),
        ("multipart/form-data", b"no boundary"), ("multipart/form-data; boundary=x", b"--x\r\n\r\nbroken"),
        ("multipart/form-data; boundary=x; charset=utf-7",
         b'--x\r\nContent-Disposition: form-data; name="reference"\r\n\r\n+2AA-\r\n--x--\r\n'),
        ("multipart/form-data; boundary=x; charset=undefined",
         b'--x\r\nContent-Disposition: form-data; name="reference"\r\n\r\nx\r\n--x--\r\n'),
        ("application/x-www-form-urlencoded; charset=utf-16", b"reference=x"),
        ("application/x-www-form-urlencoded", b"sent_from=\xc3\xa9&reference=%ff%fe"),
    ],
)  # fmt: skip
def test_what_is_no_form_of_ours_is_refused(keeper, kind, content):
    answer = keeper.client.post("/search", content=content, headers={"Content-Type": kind})
    assert answer.status_code in (400, 403, 415)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "-1", "1e308", "99999999", "1_0", ""])
def test_a_rule_is_tried_with_numbers_that_can_be(keeper, number):
    assert keeper.post("/rules", {"n:cluster.window_h": number}).status_code == 303 or number == "1_0"


@pytest.mark.parametrize("cookie", ["é", "====", "/w==", "A" * 5000, '"'])
def test_what_was_said_last_may_be_anything(keeper, cookie):
    answer = keeper.client.get("/today", headers={"Cookie": f"tasking_said={cookie}".encode()})
    assert answer.status_code == 200


# Other sites


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/x", "/\\evil.example", "\\\\evil.example", "https://evil.example", "javascript:alert(1)",
        "/%2f/evil.example", "/%5cevil.example", "/a\\b", "/a\nb", "/\tevil", "evil", "", "/\x00",
    ],
)  # fmt: skip
def test_nobody_is_sent_on_to_another_site(path):
    assert own_path("", path) == "/today"
    assert own_path("/tasking", path) == "/tasking/today"
    assert own_path("/tasking", "/tasking/held?day=2026-10-22") == "/tasking/held?day=2026-10-22"
    assert own_path("/tasking", "/taskings") == "/tasking/today"


@pytest.mark.parametrize("referer", ["https://desk.example//evil.example/x", "https://[bad", "https://evil.example/held",
                                     "https://desk.example@evil.example/held", "", "\\\\desk.example"])  # fmt: skip
def test_a_form_leads_back_to_a_page_of_ours(keeper, referer):
    told = keeper.post("/taskings", {}, headers={"Referer": referer})
    assert told.headers.get("location", "/today") == "/today"
    assert "evil" not in told.text


def test_a_login_leads_back_to_the_page_and_nowhere_else(faulty):
    asked: list[str] = []
    nobody = Pages(faulty, may=None)
    nobody.client.app.state.login_url = lambda url: asked.append(url) or "/login"
    for path in ("/held?day=2026-10-22", "//evil.example/held"):
        nobody.client.get(f"https://desk.example{path}", headers={"Accept": "text/html"})
    assert asked[0] == "/held?day=2026-10-22"
    assert all(one.startswith("/") and not one.startswith("//") for one in asked)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://desk.example.evil.example", "https://[bad"]
)
def test_a_form_from_another_site_is_refused_though_it_has_the_token(keeper, origin):
    assert keeper.post("/taskings", {}, headers={"Origin": origin}).status_code == 403
    assert keeper.post("/taskings", {}, headers={"Origin": "https://desk.example"}).status_code == 303


# Other names


@pytest.mark.parametrize("host", ["evil.example", "desk.example.evil.example", "desk.example@evil.example", "", "[::1",
                                  "desk.example:80:80", "desk.example/x", "desk.example\\evil"])  # fmt: skip
@pytest.mark.parametrize("path", ["/today", "/nothing", "/static/desk.css"])
def test_the_desk_is_open_under_its_own_names_alone(keeper, host, path):
    answer = keeper.client.get(path, headers={"Host": host, "Accept": "text/html"})
    assert (answer.status_code, answer.text) == (400, "The desk is not open under this name.")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["desk.example", "DESK.example:8443", "localhost:8080"])
def test_any_port_and_any_case_of_its_name_will_do(keeper, host):
    assert keeper.client.get("/today", headers={"Host": host}).status_code == 200


def test_the_names_are_those_of_its_addresses_of_this_machine_and_what_is_listed():
    found = trusted_hosts(" Desk.Lan, ,10.0.0.7", "https://csu.example:8443/tasking", None, "nonsense", "https://[bad")
    assert found == {"localhost", "127.0.0.1", "[::1]", "desk.lan", "10.0.0.7", "csu.example"}
