"""What is ours is never a partner's silence: a share that is gone, a right that we lack, a server that hangs."""

import os
import socket
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import paramiko
import pytest
from background import serve_in_background

from tasking.intake.transports import Address, limits
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.folder import FolderTransport
from tasking.intake.transports.imap import ImapMailbox
from tasking.intake.transports.limits import Limit, run_within
from tasking.intake.transports.objects import ObjectStore
from tasking.intake.transports.open311 import Open311Server
from tasking.intake.transports.open311_client import Bounds
from tasking.intake.transports.sftp import SftpServer
from tasking.model.errors import TransportError

WANTED = "concerns-20261022.csv"


def test_a_share_that_is_not_mounted_is_out_of_reach_though_its_folder_is_there(tmp_path, request_for, monkeypatch):
    folder = tmp_path / "share" / "residents"
    folder.mkdir(parents=True)
    (folder / WANTED).write_bytes(b"left from before the share was mounted")
    transport = FolderTransport(folder, still_for_s=0, is_mounted=True)
    with pytest.raises(TransportError, match="no share is mounted at it or above it, so that nothing can be said"):
        transport.fetch(request_for("residents"))
    mounted = {str(tmp_path / "share")}
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path) in mounted or str(path) == "/")
    assert transport.fetch(request_for("residents")).files
    mounted.clear()
    with pytest.raises(TransportError, match="Mount it"):
        transport.fetch(request_for("residents"))


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="no file system but the root's")
def test_a_folder_on_a_real_mount_is_looked_into_through_a_link_too(tmp_path, request_for):
    folder = Path("/dev/shm") / f"tasking-{os.getpid()}"
    folder.mkdir()
    try:
        (folder / WANTED).write_bytes(b"whole")
        (tmp_path / "drops").symlink_to(folder)
        for path in (folder, tmp_path / "drops"):
            assert FolderTransport(path, still_for_s=0, is_mounted=True).fetch(request_for("residents")).files
    finally:
        (folder / WANTED).unlink()
        folder.rmdir()


def test_a_share_is_declared_in_the_feed(tmp_path):
    from conftest import ROOT

    from tasking.config.feed import load_feed
    from tasking.intake.transports import open_transport

    text = (ROOT / "include" / "feeds" / "residents.yml").read_text()
    assert not open_transport(load_feed(ROOT / "include" / "feeds" / "residents.yml"), None, tmp_path).is_mounted
    path = tmp_path / "residents.yml"
    path.write_text(text.replace("path: drops/residents}", "path: drops/residents, is_mounted: true}"))
    assert open_transport(load_feed(path), None, tmp_path).is_mounted


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (13, "we have no right to read there"),
        (116, "mount it again"),
        (107, "the share has lost its connection: mount it again"),
        (5, "the disk or the share is faulty"),
        (24, "too many files open"),
        (40, "points back to itself"),
    ],
)
def test_what_the_file_system_says_is_told_in_words(tmp_path, request_for, monkeypatch, number, words):
    def fails(*_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(FolderTransport, "_mode", fails)
    with pytest.raises(TransportError, match=f"residents: the folder can't be read .*{words}"):
        FolderTransport(tmp_path).fetch(request_for("residents"))


def test_a_folder_that_we_may_not_list_is_not_called_empty(tmp_path, request_for, monkeypatch):
    def closed(*_arguments):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "concerns-20261022 (1).csv").write_bytes(b"not seen")
    monkeypatch.setattr("tasking.intake.transports.folder.os.scandir", closed)
    (hint,) = FolderTransport(tmp_path, still_for_s=0).fetch(request_for("residents")).hints
    assert hint.startswith("we may not list the folder")


def test_a_file_that_we_may_not_read_is_there_all_the_same(tmp_path, request_for, monkeypatch):
    from tasking.intake.transports import folder

    (tmp_path / WANTED).write_bytes(b"x")

    def closed(*_arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder._Folder, "read", closed)
    with pytest.raises(
        TransportError, match=rf"{WANTED} is there, and we have no right to read it: ask the people who run"
    ):
        FolderTransport(tmp_path, still_for_s=0).fetch(request_for("residents"))


def test_a_share_that_hangs_is_given_up_and_not_asked_again_while_it_hangs(tmp_path, request_for, monkeypatch):
    mended = threading.Event()
    asked = []

    def hangs(self):
        asked.append(1)
        mended.wait(30)
        return 0o040755

    monkeypatch.setattr(FolderTransport, "_mode", hangs)
    monkeypatch.setattr(limits, "LOOK_S", 0.3)
    monkeypatch.setattr("tasking.intake.transports.folder.Limit", lambda **_: Limit(0.3))
    transport = FolderTransport(tmp_path, still_for_s=0)
    started = time.monotonic()
    with pytest.raises(TransportError, match=r"residents: the folder took longer than .* seconds. We stopped"):
        transport.fetch(request_for("residents"))
    for _ in range(5):
        with pytest.raises(TransportError, match="still does not answer: an earlier check hangs"):
            transport.fetch(request_for("residents"))
    assert time.monotonic() - started < 5
    assert len(asked) == 1
    mended.set()
    time.sleep(0.2)
    assert transport.fetch(request_for("residents")).hints


def test_what_a_transport_does_not_foresee_is_ours_too(tmp_path, request_for, monkeypatch):
    def breaks(*_arguments):
        raise LookupError("what nobody foresaw: Jo Warden")

    monkeypatch.setattr(FolderTransport, "_fetch_files", breaks)
    with pytest.raises(
        TransportError, match=r"residents: the folder could .* a fault in Tasking \(LookupError\)"
    ) as error:
        FolderTransport(tmp_path).fetch(request_for("residents"))
    assert "Warden" not in str(error.value)


def test_a_limit_moves_only_as_far_as_it_may():
    limit = Limit(1.0, most_s=2.0)
    limit.allow(1000)
    assert 1.5 < limit.remaining_s <= 2.0
    limit.allow(0)
    assert limit.remaining_s > 1.5


def test_a_task_that_is_stopped_closes_the_connection_it_waits_for():
    given_up = threading.Event()

    class Stopped(BaseException):
        """As a task that Airflow stops."""

    def look() -> None:
        given_up.wait(30)

    limit = Limit(30)

    def left(_self):
        raise Stopped

    import unittest.mock

    with unittest.mock.patch.object(Limit, "remaining_s", property(left)), pytest.raises(Stopped):
        run_within(limit, "police", "the SFTP server", "test of stopping", look, given_up.set)
    assert given_up.is_set()


def test_what_is_odd_about_the_place_stands_in_the_reason_and_is_not_taken_for_something_that_came(desk):
    from datetime import date

    from tasking import flows
    from tasking.model.delivery import NOT_TAKEN, Outcome

    (desk.drops / "residents").mkdir(parents=True)
    receipt = flows.receive(desk.open(), "residents", date(2026, 10, 22))
    assert receipt.outcome == Outcome.MISSING
    assert receipt.reason.startswith("the folder is empty")
    assert NOT_TAKEN not in receipt.reason
    (desk.drops / "residents" / "concerns 22 Oct 26.csv").write_bytes(b"x")
    receipt = flows.receive(desk.open(), "residents", date(2026, 10, 22))
    assert receipt.reason == (
        f"{NOT_TAKEN}: “concerns 22 Oct 26.csv” (the day, written in another way than we ask for)"
    )


def strangers_key() -> str:
    """The public half of a key that nobody has."""
    return paramiko.ECDSAKey.generate().get_base64()


@pytest.fixture
def dripping():
    """A server that sends a byte now and then, for ever, whatever is asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    connections = []

    def drip(connection) -> None:
        try:
            while not stop.wait(0.05):
                connection.sendall(b"x")
        except OSError:
            return

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    stop.set()
    listener.close()
    for connection in connections:
        connection.close()


@pytest.mark.parametrize("kind", ["sftp", "imap", "open311", "objects"])
def test_a_server_that_gives_a_byte_now_and_then_is_given_up(dripping, request_for, monkeypatch, kind):
    for module in ("sftp", "imap", "objects", "open311"):
        monkeypatch.setattr(f"tasking.intake.transports.{module}.Limit", lambda *_, **__: Limit(1.0))
    pin = {"host_key": strangers_key()}
    here = Address("127.0.0.1", dripping, "csu", "pass", {})
    url = f"http://127.0.0.1:{dripping}"
    transport = {
        "sftp": SftpServer(".", replace(here, extra=pin)),
        "imap": ImapMailbox("INBOX", None, replace(here, extra={"use_ssl": False})),
        "open311": Open311Server("r.json", 10, Address(url), bounds=Bounds(seconds=1)),
        "objects": ObjectStore("s3://csu/fire", replace(here, extra={"endpoint_url": url, "region_name": "eu-west-2"})),
    }[kind]
    started = time.monotonic()
    with pytest.raises(TransportError, match="fire: "):
        transport.fetch(request_for("fire"))
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refused our key: check the connection's password"),
        (403, "refused our key or what we ask for: ask the partner"),
        (404, "has nothing at that path: check the address and `path`"),
        (405, "takes no question at that path"),
        (407, "the proxy of this machine wants a login"),
        (410, "ask the partner for the new address"),
        (429, r"did not answer: it asks us to slow down \(429\)"),
        (500, r"did not answer: it is not working \(500\)"),
        (503, r"did not answer: it is not working \(503\)"),
    ],
)
def test_what_a_web_service_answers_is_ours_and_says_what_to_do(request_for, status, words):
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    serve_in_background(server)
    try:
        address = Address(f"http://127.0.0.1:{server.server_address[1]}")
        with pytest.raises(TransportError, match=f"council: the Open311 server .*{words}"):
            Open311Server("r.json", 10, address, clock=Clock(sleep=lambda _s: None)).fetch(request_for("council"))
    finally:
        server.shutdown()
        server.server_close()


def test_a_proxy_that_is_not_there_is_told_from_the_partners_server(request_for):
    address = Address("http://council.example", extra={"proxy": "http://127.0.0.1:9"})
    with pytest.raises(TransportError, match=r"did not answer through the proxy of the connection .nothing listens"):
        Open311Server("r.json", 10, address, clock=Clock(sleep=lambda _s: None)).fetch(request_for("council"))


def test_a_link_in_a_circle_is_named_and_stops_no_file_beside_it(tmp_path, request_for):
    wanted, circle = tmp_path / WANTED, tmp_path / "concerns-20261022 (1).csv"
    circle.symlink_to(circle.name)
    wanted.write_bytes(b"whole")
    fetch = FolderTransport(tmp_path, still_for_s=0).fetch(request_for("residents"))
    assert [file.content for file in fetch.files] == [b"whole"]
    assert fetch.not_taken == ("“concerns-20261022 (1).csv” (a folder, a link that leads to no file here, or nothing that can be "
                            "read, where a file was expected)",)  # fmt: skip
    wanted.unlink()
    wanted.symlink_to(circle.name)  # the name that is asked for leads into the circle
    fetch = FolderTransport(tmp_path, still_for_s=0).fetch(request_for("residents"))
    assert fetch.files == ()
    assert [other.split(" (")[0] for other in fetch.not_taken if WANTED in other] == [f"“{WANTED}”"]


def test_a_folder_that_is_a_link_in_a_circle_is_out_of_reach_in_words(tmp_path, request_for):
    (tmp_path / "drops").symlink_to("drops")
    for transport in (FolderTransport(tmp_path / "drops"), FolderTransport(tmp_path / "drops", parent=tmp_path)):
        with pytest.raises(TransportError, match="a link on the way to the folder points back to itself"):
            transport.fetch(request_for("residents"))
