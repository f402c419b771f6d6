"""Photos that partners send the addresses of: kept apart from the report's content, fetched from declared hosts alone."""

import datetime as dt
import http.server
import json
import ssl
import threading
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import ClassVar

import httpx
import pandas as pd
import pytest
import sqlalchemy as sa

from tasking import casefile
from tasking.casefile import photo_client
from tasking.casefile.photo_client import NotFetched, fetch_photo
from tasking.casefile.scanning import ScannerDown
from tasking.config.feed import Photos
from tasking.intake.store.media_links import addresses_in
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import photo, photo_with_position

DAY = "2026-10-22"


class Host(http.server.BaseHTTPRequestHandler):
    answers: ClassVar[dict] = {}
    asked: ClassVar[list] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"]))
        status, headers, body = self.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        return


@contextmanager
def serving(answers, certificate=None):
    handler = type("Answers", (Host,), {"answers": answers, "asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", handler.asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def host():
    answers = {}
    with serving(answers) as (name, asked):
        yield name, answers, asked


def of(*hosts, **options) -> Photos:
    return Photos(column="media_url", hosts=list(hosts), **options)


def test_a_photo_is_fetched_from_a_declared_host(host):
    name, answers, asked = host
    answers["/a.jpg"] = (200, {}, b"bytes")
    assert fetch_photo(f"http://{name}/a.jpg", of(name)) == b"bytes"
    assert asked == [("/a.jpg", name)]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://{}/a.jpg", "does not declare"), ("http://user:password@{}/a.jpg", "login"), ("file:///etc/passwd", "no host"),
        ("http://169.254.169.254/latest/meta-data", "does not declare"), ("https://[::1/", "cannot be read"),
        ("gopher://photos.example/x", "not https"), ("http://photos.example/a.jpg", "not https"),
        ("https://photos.example.evil.example/a.jpg", "does not declare"),
        ("https://photos.example@evil.example/a.jpg", "login"), ("https://photos.example:99999/a.jpg", "cannot be read"),
        ("https://photos.example:8443/a.jpg", "does not declare"), ("", "no host"), ("https://photos.example\\@evil/", "."),
    ],
)  # fmt: skip
def test_no_other_machine_is_asked(host, url, words):
    name, _, asked = host

    def nobody(_host, _port):
        raise AssertionError("a name was looked up")

    with pytest.raises(NotFetched, match=words) as caught:
        fetch_photo(url.format(name), of("photos.example"), nobody)
    assert caught.value.is_final
    assert asked == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "fd00::1", "100.64.0.1", "::ffff:127.0.0.1"],
)
def test_a_declared_name_that_stands_for_an_address_of_ours_is_not_asked(address):
    with pytest.raises(NotFetched, match="inside our own network"):
        fetch_photo("https://photos.example/a.jpg", of("photos.example"), lambda *_: [address])


def test_a_redirect_leads_to_declared_hosts_alone(host):
    name, answers, _ = host
    with serving({"/b.jpg": (200, {}, b"bytes")}) as (other, asked_other):
        answers["/a.jpg"] = (302, {"Location": f"http://{other}/b.jpg"}, b"")
        with pytest.raises(NotFetched, match="does not declare"):
            fetch_photo(f"http://{name}/a.jpg", of(name))
        assert asked_other == []
        assert fetch_photo(f"http://{name}/a.jpg", of(name, other)) == b"bytes"
    answers["/round"] = (302, {"Location": "/round"}, b"")
    with pytest.raises(NotFetched, match="from one address to the next"):
        fetch_photo(f"http://{name}/round", of(name))


def test_what_is_too_large_too_slow_or_gone_is_said(host):
    name, answers, _ = host
    answers["/large"] = (200, {}, b"x" * 3 * 2**20)
    with pytest.raises(NotFetched, match="larger than 1 MB") as caught:
        fetch_photo(f"http://{name}/large", of(name, max_bytes=2**20))
    assert caught.value.is_final
    with pytest.raises(NotFetched, match="any more") as caught:
        fetch_photo(f"http://{name}/gone", of(name))
    assert caught.value.is_final
    answers["/busy"] = (503, {}, b"")
    with pytest.raises(NotFetched, match="503") as caught:
        fetch_photo(f"http://{name}/busy", of(name))
    assert not caught.value.is_final


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("https://a.example/1.jpg", ["https://a.example/1.jpg"]),
        ('["https://a.example/1.jpg", 7, "https://a.example/2.jpg"]', ["https://a.example/1.jpg", "https://a.example/2.jpg"]),
        ("https://a.example/1.jpg,https://a.example/2.jpg", ["https://a.example/1.jpg", "https://a.example/2.jpg"]),
        ("see https://a.example/1.jpg https://a.example/1.jpg", ["https://a.example/1.jpg"]),
        ("none", []), ("[broken", []), ("[" * 5000, []), ("https://a.example/" + "x" * 3000, []),
        ("javascript:alert(1)", []), ('"><script>https://a.example/"onload=x', ["https://a.example/"]),
    ],
)  # fmt: skip
def test_addresses_are_found_in_whatever_a_partner_sends(cell, found):
    assert addresses_in(cell) == found


def council_with_photos(desk, urls) -> list[str]:
    """A day's requests, the first of them with addresses of photos. Returns the references."""
    records = json.loads(desk.path("council", DAY).read_text())
    for record, url in zip(records, urls, strict=False):
        record["media_url"] = url
    desk.put("council", DAY, json.dumps(records).encode())
    return [record["service_request_id"] for record in records[: len(urls)]]


def declared_on(desk, name) -> None:
    path = desk.home / "include" / "feeds" / "council.yml"
    path.write_text(path.read_text().replace("photos.sevenoaks.example", name))


def test_a_photo_of_a_report_is_on_its_incident_after_the_briefing(desk_with_deliveries, host):
    name, answers, _ = host
    desk, day = desk_with_deliveries, dt.date.fromisoformat(DAY)
    declared_on(desk, name)
    answers["/wall.jpg"] = (200, {}, photo_with_position())
    urls = [[f"http://{name}/wall.jpg", f"http://{name}/none.jpg"], "https://elsewhere.example/x.jpg"]
    refs = council_with_photos(desk, urls)
    desk.run(DAY, is_posting=False)
    services = desk.open()
    assert desk.rows("attachment") == []  # nothing is in the briefing's way
    assert casefile.fetch_photos(services.casefile, day) == ["Sevenoaks District Council: photos: 1 fetched, 2 refused"]
    kept = desk.rows("attachment")
    assert [(row["report_id"], row["source"]) for row in kept] == [(f"council:{refs[0]}", "feed")]
    found = casefile.attachments_of(services.casefile, [f"council:{refs[0]}"], FULL_VISIBILITY)
    assert b"CanaryCamera" not in casefile.content_of(services.casefile, found[0])
    missing = casefile.missing_photos(services.casefile, [f"council:{ref}" for ref in refs], FULL_VISIBILITY)
    assert {one.said.split()[0] for one in missing} == {"the"}
    assert casefile.fetch_photos(services.casefile, day) == ["No photo is waiting"]


def test_a_photo_that_comes_later_makes_no_revision(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.run(DAY, is_posting=False)
    before = len(desk.rows("report"))
    council_with_photos(desk, ["https://photos.sevenoaks.example/1.jpg"])
    desk.run(DAY, is_posting=False)
    assert len(desk.rows("report")) == before
    assert [row["state"] for row in desk.rows("media_link")] == ["waiting"]
    desk.run(DAY, is_posting=False)
    assert len(desk.rows("media_link")) == 1


def test_a_host_that_does_not_answer_is_tried_seven_nights_and_then_given_up(services, copied):
    report = copied.rows("report")[0]
    with services.warehouse.writing() as connection:
        row = {"link_id": "x", "report_id": report["report_id"], "feed": "council", "day": dt.date(2026, 11, 1),
               "url": "https://photos.sevenoaks.example/1.jpg", "state": "waiting", "tries": 0, "said": ""}  # fmt: skip
        connection.execute(sa.text("INSERT INTO media_link (link_id, report_id, feed, day, url, state, tries, said) VALUES "
                                   "(:link_id, :report_id, :feed, :day, :url, :state, :tries, :said)"), row)  # fmt: skip
    for night in range(7):
        said = casefile.fetch_photos(services.casefile, dt.date(2026, 11, 2))
        assert ("given up" in said[0]) == (night == 6), said
    assert casefile.fetch_photos(services.casefile, dt.date(2026, 11, 2)) == ["No photo is waiting"]
    (link,) = copied.rows("media_link")
    assert "not known" in link["said"]


def test_a_scanner_that_is_down_keeps_photos_waiting(desk_with_deliveries, host):
    name, answers, _ = host
    desk, day = desk_with_deliveries, dt.date.fromisoformat(DAY)
    declared_on(desk, name)
    answers["/wall.jpg"] = (200, {}, photo())
    council_with_photos(desk, [f"http://{name}/wall.jpg"])
    desk.run(DAY, is_posting=False)

    class Down:
        def check(self, content) -> None:
            raise ScannerDown("The virus scanner does not answer")

    services = desk.open()
    assert "1 to be tried again" in casefile.fetch_photos(replace(services, scanner=Down()).casefile, day)[0]
    assert "1 fetched" in casefile.fetch_photos(services.casefile, day)[0]


def test_a_delivery_without_the_column_is_read_as_before(desk_with_deliveries):
    desk = desk_with_deliveries
    records = json.loads(desk.path("council", DAY).read_text())
    for record in records:
        record.pop("media_url", None)
    desk.put("council", DAY, json.dumps(records).encode())
    desk.run(DAY, is_posting=False)
    assert desk.ledger()[DAY, "council"]["rows_in"] == len(records)
    assert pd.DataFrame(desk.rows("media_link")).empty
    assert casefile.missing_photos(desk.open().casefile, ["council:x"], PUBLIC_VISIBILITY) == []


def certificate_for(name, folder):
    """A certificate of our own for a host, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / f"{name}.pem"
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(*pem) + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(("name", "is_taken"), [("photos.example", True), ("evil.example", False)])
def test_the_certificate_has_to_be_that_of_the_name_though_the_address_is_asked(name, is_taken, tmp_path, monkeypatch):
    pem = certificate_for(name, tmp_path)
    with serving({"/a.jpg": (200, {}, b"bytes")}, pem) as (host, asked):
        port = host.partition(":")[2]
        trusted = ssl.create_default_context(cafile=pem)
        monkeypatch.setattr(photo_client.httpx, "Client", partial(httpx.Client, verify=trusted))
        photos = of(f"photos.example:{port}", is_private=True)

        def fetch():
            return fetch_photo(f"https://photos.example:{port}/a.jpg", photos, lambda *_: ["127.0.0.1"])

        if is_taken:
            assert fetch() == b"bytes"
            assert asked == [("/a.jpg", f"photos.example:{port}")]
        else:
            with pytest.raises(NotFetched, match="did not answer"):
                fetch()
            assert asked == []
