"""Open311: pages, a slow start, and servers that answer something else."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from background import serve_in_background
from conftest import ROOT

from tasking.intake.transports import Address
from tasking.intake.transports.open311 import Open311Server
from tasking.model.errors import TransportError


class Council(BaseHTTPRequestHandler):
    """A GeoReport v2 server of 25 requests; the class attributes say how it is today."""

    records = [{"service_request_id": f"SDC-{number}"} for number in range(25)]  # noqa: RUF012
    failures = 0
    seen: list[tuple[dict, str]] = []  # noqa: RUF012
    answer: bytes | None = None

    def do_GET(self) -> None:
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        type(self).seen.append((query, self.headers.get("Authorization", "")))
        if type(self).failures:
            type(self).failures -= 1
            self.send_response(503)
            self.end_headers()
            return
        size, page = int(query["page_size"]), int(query["page"])
        body = type(self).answer or json.dumps(self.records[(page - 1) * size : page * size]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments) -> None:
        """Quiet."""


@pytest.fixture
def council():
    handler = type("Today", (Council,), {"seen": [], "failures": 0, "answer": None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield handler, Address(f"http://127.0.0.1:{server.server_address[1]}/open311/v2/", password="secret-token")
    server.shutdown()
    server.server_close()


def test_every_page_is_fetched(council, request_for):
    handler, address = council
    fetched = Open311Server("requests.json", 10, address).fetch(request_for("council")).files
    assert json.loads(fetched[0].content) == Council.records
    assert [query["page"] for query, _ in handler.seen] == ["1", "2", "3", "4"]
    assert handler.seen[0][0]["start_date"] == "2026-10-21T05:00:00Z"


def test_the_key_travels_in_a_header_and_never_in_the_url(council, request_for):
    handler, address = council
    Open311Server("requests.json", 100, address).fetch(request_for("council"))
    assert handler.seen[0][1] == "Bearer secret-token"
    assert "secret-token" not in json.dumps(handler.seen[0][0])
    assert "secret-token" not in repr(address)


def test_a_full_last_page_is_followed_by_an_empty_one(council, request_for):
    _, address = council
    fetched = Open311Server("requests.json", 5, address).fetch(request_for("council")).files
    assert len(json.loads(fetched[0].content)) == 25


def test_a_server_that_is_unwell_is_asked_again(council, request_for):
    handler, address = council
    handler.failures = 2
    assert Open311Server("requests.json", 100, address).fetch(request_for("council")).files


def test_a_server_that_stays_unwell_is_out_of_reach(council, request_for):
    handler, address = council
    handler.failures = 9
    with pytest.raises(TransportError, match="did not answer"):
        Open311Server("requests.json", 100, address).fetch(request_for("council"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"<html>Sorry</html>", "sent a web page"),
        (b'{"error": "no such key"}', "sent an error: “no such key”"),
        (
            b'[{"code": 403, "description": "Provided api_key was not valid"}]',
            "sent an error: “Provided api_key was not valid”",
        ),
        (b'{"errors": [{"code": 1, "description": "down for repairs"}]}', "sent an error: “down for repairs”"),
        (b'{"error": {"message": "\\u201dquoted\\u201d\\n twice"}}', "sent an error: “quoted twice”"),
        (b'{"requests": [{"a": 1}], "others": [{"b": 1}]}', "sent something else than a list of requests"),
        (b"null", "sent something else"),
        (b"17", "sent something else"),
        (b" ", "sent an empty answer"),
        (b'[{"service_request_id": "1"}', "no JSON, perhaps cut short"),
        (b'[{"service_request_id": "1"}] and more', "no JSON"),
        (b"[" * 200_000, "nested too deep"),
    ],
)
def test_a_first_page_that_is_none_is_told_in_words(council, request_for, answer, words):
    handler, address = council
    handler.answer = answer
    with pytest.raises(TransportError) as error:
        Open311Server("requests.json", 100, address).fetch(request_for("council"))
    assert str(error.value).startswith("council: the Open311 server ")
    assert words in str(error.value)


def test_nobody_there_is_out_of_reach(request_for):
    with pytest.raises(TransportError, match="did not answer"):
        Open311Server("requests.json", 100, Address("http://127.0.0.1:9/")).fetch(request_for("council"))


def test_the_councils_server_for_practice_gives_a_days_requests(request_for):
    """demo/practice has a server over the sample deliveries: what the feed fetches there is the delivery."""
    from open311 import serve

    server = serve(ROOT / "demo" / "deliveries" / "council", "127.0.0.1", 0)
    serve_in_background(server)
    try:
        address = Address(f"http://127.0.0.1:{server.server_address[1]}/open311/v2/")
        fetched = Open311Server("requests.json", 2, address).fetch(request_for("council")).files
    finally:
        server.shutdown()
        server.server_close()
    written = json.loads((ROOT / "demo/deliveries/council/requests_2026-10-22.json").read_text())
    assert [one["service_request_id"] for one in json.loads(fetched[0].content)] == [
        one["service_request_id"] for one in written
    ]


def test_mails_for_practice_are_written_once(tmp_path):
    import mailbox

    from deliveries import put_mails

    assert put_mails(ROOT / "demo" / "deliveries", tmp_path / "mail") == 4
    assert put_mails(ROOT / "demo" / "deliveries", tmp_path / "mail") == 0
    names = sorted(
        part.get_filename()
        for mail in mailbox.Maildir(tmp_path / "mail")
        for part in mail.walk()
        if part.get_filename()
    )
    assert names[-1] == "asb_extract_231026.csv"
