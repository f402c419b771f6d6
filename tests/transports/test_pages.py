"""Paged servers of every manner, over HTTP on loopback: each record once, as the server wrote it, and never for ever."""

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from background import serve_in_background
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking.intake.transports import Address, Request
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.open311 import Open311Server
from tasking.intake.transports.open311_client import Bounds
from tasking.intake.transports.page_json import read_page
from tasking.model.errors import TransportError


@dataclass
class Council:
    """How a server is: what it holds, how it pages, and where it fails."""

    records: list[str]  # each as the server writes it
    cap: int = 1000
    own_size: int | None = None  # a page size that it keeps to whatever is asked for
    skips_by_what_is_asked: bool = False
    ignores_page: bool = False
    repeats_last: bool = False
    shifts: bool = False  # a new record comes in front between two pages
    fails_at: int | None = None
    fails_with: tuple[int, bytes] = (500, b"")
    status_beyond: int = 200
    opening: str = "["
    closing: str = "]"
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, query: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append(query)
        number, asked = int(query["page"]), int(query["page_size"])
        if number == self.fails_at:
            return self.fails_with
        size = self.own_size or min(asked, self.cap)
        start = (number - 1) * (asked if self.skips_by_what_is_asked else size)
        if self.ignores_page:
            start = 0
        records = self.records
        if self.shifts and number > 1:
            records = [f'{{"service_request_id": "late-{n}"}}' for n in range(number - 1)] + records
        page = records[start : start + size]
        if not page and self.repeats_last and records:
            page = records[(len(records) - 1) // size * size :]
        if not page and number > 1 and self.status_beyond != 200:
            return self.status_beyond, b'[{"code": 404, "description": "no such page"}]'
        body = f"{self.opening}{', '.join(page)}{self.closing}"
        return 200, body.encode("utf-8", "surrogateescape")


class Handler(BaseHTTPRequestHandler):
    council: Council
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms
    wbufsize = -1

    def do_GET(self) -> None:
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        status, body = type(self).council.answer(query)
        self.send_response(status)
        for name, value in type(self).council.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def served():
    """A server that is whatever council it is given, and the transport that asks it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serve_in_background(server)

    def of(
        council: Council,
        page_size: int = 200,
        reference: str | None = "service_request_id",
        bounds: Bounds | None = None,
    ):
        Handler.council = council
        address = Address(f"http://127.0.0.1:{server.server_address[1]}/v2/")
        clock = Clock(sleep=lambda _seconds: None)
        return Open311Server("requests.json", page_size, address, reference, bounds or Bounds(2000, 60), clock)

    yield of
    server.shutdown()
    server.server_close()


def wanted() -> Request:
    import datetime as dt

    until = dt.datetime(2026, 10, 22, 5, tzinfo=dt.UTC)
    return Request("council", "requests_2026-10-22.json", until - dt.timedelta(days=1), until)


def written(content: bytes, reference: str | None = "service_request_id") -> list[str]:
    """The records of a delivery, each as it stands there."""
    assert isinstance(json.loads(content.decode("utf-8", "replace"), parse_int=str), list)
    return [one.raw for one in read_page(content.decode("utf-8", "surrogateescape"), reference).records]


def numbered(count: int) -> list[str]:
    return [f'{{"service_request_id": "SDC-{n}", "lat": 51.{n}0}}' for n in range(count)]


def test_a_record_is_kept_as_it_was_written(served):
    records = [
        '{"service_request_id": 700010.0, "a": 1, "a": 2}',
        '{"service_request_id": 1234567890123456789012345678901234567890, "n": NaN}',
        '{ "service_request_id":"\\u0041" ,"text": "half \\ud83d and a tab\t" }',
        '{"service_request_id": null, "text": "\udce9 is one wrong byte"}',
        '{"service_request_id": ' + "9" * 5000 + "}",
    ]
    for size in (1, 2, 100):
        (file,) = served(Council(records), size).fetch(wanted()).files
        assert [one.raw for one in read_page(file.content.decode("utf-8", "surrogateescape"), None).records] == records


@pytest.mark.parametrize("cap", [1, 7, 50, 100, 199])
@pytest.mark.parametrize("skips_by_what_is_asked", [False, True])
def test_a_server_that_caps_its_pages_is_asked_for_all_of_them(served, cap, skips_by_what_is_asked):
    council = Council(numbered(250), cap=cap, skips_by_what_is_asked=skips_by_what_is_asked)
    (file,) = served(council).fetch(wanted()).files
    assert written(file.content) == council.records
    assert file.lacking == ""


@pytest.mark.parametrize("reference", ["service_request_id", None, "not.there"])
def test_a_server_that_knows_no_pages_is_asked_twice(served, reference):
    council = Council(numbered(30), ignores_page=True)
    (file,) = served(council, reference=reference).fetch(wanted()).files
    assert written(file.content) == council.records
    assert len(council.asked) == 2
    assert file.note == ""


def test_a_server_that_stops_at_a_round_number_on_every_page_is_noted(served):
    (file,) = served(Council(numbered(250), ignores_page=True, cap=100)).fetch(wanted()).files
    assert len(written(file.content)) == 100
    assert file.note == "the server gives the same 100 requests for every page: ask whether it holds more"


def test_the_last_page_again_and_again_is_the_end(served):
    council = Council(numbered(25), repeats_last=True)
    (file,) = served(council, 10).fetch(wanted()).files
    assert written(file.content) == council.records
    assert len(council.asked) == 4


def test_no_such_page_is_the_end(served):
    (file,) = served(Council(numbered(20), status_beyond=404), 10).fetch(wanted()).files
    assert written(file.content) == numbered(20)
    assert file.lacking == ""


def test_a_case_with_several_headings_keeps_them_over_pages(served):
    records = [f'{{"service_request_id": "1", "heading": {n}}}' for n in range(25)]
    (file,) = served(Council(records), 10, reference=None).fetch(wanted()).files
    assert written(file.content) == records


def test_a_record_that_changes_while_it_is_paged_through_is_kept_in_both_forms(served):
    council = Council(numbered(20))
    council.records.append('{"service_request_id": "SDC-3", "lat": "changed"}')
    (file,) = served(council, 10).fetch(wanted()).files
    assert written(file.content) == council.records


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, b""), "did not answer"),
        ((500, b'[{"code": 500, "description": "database is away"}]'), "“database is away”"),
        ((403, b"{}"), "refused our key"),
        ((400, b""), "answered (400)"),
        ((200, b"<html>"), "sent a web page"),
        ((200, b'[{"service_request_id": "SDC-4'), "no JSON, perhaps cut short"),
        ((200, b'{"error": "too many"}'), "sent an error: “too many”"),
        ((302, b""), "answered (302)"),
    ],
)
def test_what_came_before_an_error_is_kept_and_what_is_missing_is_said(served, answer, words):
    council = Council(numbered(50), fails_at=3, fails_with=answer)
    (file,) = served(council, 10).fetch(wanted()).files
    assert written(file.content) == council.records[:20]
    assert words in file.lacking
    assert file.lacking.endswith("at page 3: the 20 requests before it are here, what follows is not")


def test_a_page_of_any_other_shape_is_taken_where_it_is_unmistakable(served):
    for opening, closing in (
        ('{"requests": [', "]}"),
        ('{"@odata.context": "x", "value": [', '], "errors": [], "count": 3}'),
        ("\ufeff [", "] \r\n"),
    ):
        (file,) = served(Council(numbered(25), opening=opening, closing=closing), 10).fetch(wanted()).files
        assert written(file.content) == numbered(25)
        assert file.lacking == ""


def test_fewer_than_the_server_says_it_has_is_in_part(served):
    for council in (
        Council(numbered(20), headers={"X-Total-Count": "23"}),
        Council(numbered(20), opening='{"total": 23, "requests": [', closing="]}"),
    ):
        (file,) = served(council, 10).fetch(wanted()).files
        assert file.lacking == "the Open311 server says that it has 23 requests, and gave 3 fewer"


def test_a_server_without_an_end_is_left_at_a_bound(served):
    class Endless(Council):
        def answer(self, query):
            return 200, f'[{{"service_request_id": "{query["page"]}"}}]'.encode()

    (file,) = served(Endless([]), 1, bounds=Bounds(40, 60)).fetch(wanted()).files
    assert len(written(file.content)) == 40
    assert "has no last page: we stopped after 40 requests at page 41" in file.lacking


def test_a_server_that_takes_too_long_is_left(served):
    passed = iter(range(0, 10_000, 7))
    transport = served(Council(numbered(500)), 10)
    slow = Open311Server(
        transport.path, 10, transport.address, bounds=Bounds(1000, 60), clock=Clock(elapsed_s=lambda: next(passed))
    )
    (file,) = slow.fetch(wanted()).files
    assert 0 < len(written(file.content)) < 100
    assert "took too long: we stopped after 60 seconds" in file.lacking
    passed = iter([0, 100, 200, 300])
    with pytest.raises(TransportError, match="council: the Open311 server took too long"):
        slow.fetch(wanted())


def test_no_more_is_fetched_than_the_reader_takes(served):
    council = Council(numbered(50))
    (file,) = served(council, 10, bounds=Bounds(2000, 60, 1000)).fetch(wanted()).files
    assert 0 < len(file.content) <= 1000
    assert written(file.content) == council.records[:20]
    assert "gives more than 1,000 bytes (file.max_bytes) at page 3" in file.lacking
    (file,) = served(council, 10, bounds=Bounds(2000, 60, len(file.content) * 3)).fetch(wanted()).files
    assert file.lacking == ""
    with pytest.raises(TransportError, match=r"a page of over 1,000 bytes \(file.max_bytes\)"):
        served(council, 50, bounds=Bounds(2000, 60, 1000)).fetch(wanted())


@pytest.mark.parametrize(
    ("status", "told", "slept"),
    [
        (429, "7", [7, 7]),
        (503, " 3 ", [3, 3]),
        (503, "86400", [60, 40]),
        (429, "0", [0, 0]),
        (429, "Thu, 22 Oct 2026 05:00:00 GMT", [0.5, 1]),
        (429, "soon", [0.5, 1]),
        (500, "7", [0.5, 1]),
        (503, None, [0.5, 1]),
    ],
)
def test_a_server_that_says_when_to_come_again_is_asked_then(served, status, told, slept):
    pauses: list[float] = []
    transport = served(Council([], fails_at=1, fails_with=(status, b""), headers={"Retry-After": told} if told else {}))
    clock = Clock(elapsed_s=lambda: sum(pauses), sleep=pauses.append)
    patient = Open311Server("requests.json", 10, transport.address, bounds=Bounds(1000, 100), clock=clock)
    with pytest.raises(TransportError, match=r"did not answer|took too long"):
        patient.fetch(wanted())
    assert pauses == slept


def test_looking_back_asks_from_so_many_days_before(served):
    from dataclasses import replace

    council = Council(numbered(1))
    served(council).fetch(replace(wanted(), look_back_days=3))
    assert council.asked[0]["start_date"] == "2026-10-18T05:00:00Z"
    assert council.asked[0]["end_date"] == "2026-10-22T05:00:00Z"


def test_a_redirect_is_followed_on_the_same_host_only(served):
    class Moved(Council):
        def answer(self, query):
            return super().answer(query) if query.get("moved") else (301, b"")

    council = Moved(numbered(3))
    council.headers["Location"] = "/elsewhere?moved=1&page=1&page_size=100"
    (file,) = served(council).fetch(wanted()).files
    assert len(written(file.content)) == 3
    for location, words in (
        ("http://localhost.example/x", "another host"),
        ("https://127.0.0.1:1/x", "another host"),
        ("/round", "in a loop"),
    ):
        council.headers["Location"] = location
        with pytest.raises(TransportError, match=words):
            served(council).fetch(wanted())


def test_words_tell_what_is_wrong_with_an_address(served):
    for status, words in ((401, "refused our key"), (404, "has nothing at that path")):
        with pytest.raises(TransportError, match=words):
            served(Council([], fails_at=1, fails_with=(status, b""))).fetch(wanted())
    for host, words in (
        ("http://127.0.0.1:9/", "did not answer .*nothing listens"),
        ("http://[", "did not answer"),
        ("http://127.0.0.1:99999/", "did not answer"),
    ):
        with pytest.raises(TransportError, match=words):
            Open311Server("requests.json", 10, Address(host), clock=Clock(sleep=lambda _s: None)).fetch(wanted())


councils = st.builds(
    Council,
    records=st.integers(0, 130).map(numbered),
    cap=st.integers(1, 130),
    own_size=st.none() | st.integers(1, 130),
    repeats_last=st.booleans(),
    skips_by_what_is_asked=st.booleans(),
    shifts=st.booleans(),
    status_beyond=st.sampled_from([200, 404, 204, 416]),
    opening=st.just("["),
)


@given(councils, st.integers(1, 200), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_record_comes_once_as_written_from_any_council(served, council, page_size, ignores_page):
    council.ignores_page = ignores_page
    council.repeats_last &= not council.skips_by_what_is_asked
    # By more than what a page holds no list may shift, or it is another list.
    council.shifts &= not (ignores_page or council.repeats_last or council.skips_by_what_is_asked) and page_size > 9
    if council.shifts:
        council.cap, council.own_size = max(council.cap, 10), council.own_size and max(council.own_size, 10)
    (file,) = served(council, page_size).fetch(wanted()).files
    came = [raw for raw in written(file.content) if "late-" not in raw]
    if ignores_page:
        assert came == council.records[: council.own_size or min(page_size, council.cap)]
    else:
        assert sorted(came) == sorted(council.records)
    assert file.lacking == ""


@given(councils, st.integers(1, 60), st.integers(1, 6), st.sampled_from([(500, b""), (200, b"["), (400, b"no")]))
@settings(max_examples=40, deadline=None)
def test_what_came_before_a_failure_is_whole_from_any_council(served, council, page_size, fails_at, answer):
    council.shifts = council.skips_by_what_is_asked = False
    council.fails_at, council.fails_with = fails_at, answer
    try:
        (file,) = served(council, page_size).fetch(wanted()).files
    except TransportError:
        assert fails_at == 1
        return
    came = written(file.content)
    assert came == council.records[: len(came)]
    assert len(came) == len(council.records) or file.lacking


@pytest.mark.parametrize("at", [0, 2])
def test_a_server_whose_first_page_is_another_one_is_not_a_quiet_night(served, at):
    class Odd(Council):
        def answer(self, query):
            self.asked.append(query)
            page = self.records if int(query["page"]) == at else []
            return 200, f"[{', '.join(page)}]".encode()

    (file,) = served(Odd(numbered(3))).fetch(wanted()).files
    assert written(file.content) == numbered(3)
    assert "nothing on page 1 and 3 requests on page" in file.lacking
