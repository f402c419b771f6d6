"""The virus scanner: nothing is accepted without its word. One test asks ClamAV's own daemon."""

import os
import shutil
import socket
import struct
import subprocess
import threading
import time

import pytest
from conftest import free_port

from tasking.casefile.scanning import Clamd, ScannerDown
from tasking.model.errors import DeclarationError, TaskingError

CANARY = b"TASKING-TEST-VIRUS"


class Daemon:
    """Answers as clamd does to zINSTREAM: it reads pieces to the empty one, and says what it found."""

    def __init__(self, answer=None, most=None) -> None:
        self.answer, self.most, self.got = answer, most, []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.server.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as sent:
                assert sent.read(10) == b"zINSTREAM\x00"
                content = b""
                while size := struct.unpack(">I", sent.read(4))[0]:
                    content += sent.read(size)
                    if self.most and len(content) > self.most:
                        break
                self.got.append(content)
                found = b"stream: Tasking.Test.UNOFFICIAL FOUND\x00" if CANARY in content else b"stream: OK\x00"
                if self.most and len(content) > self.most:
                    found = b"INSTREAM size limit exceeded. ERROR\x00"
                connection.sendall(found if self.answer is None else self.answer)


@pytest.fixture
def daemon():
    made = []

    def of(**options) -> Daemon:
        made.append(Daemon(**options))
        return made[-1]

    yield of
    for one in made:
        one.server.close()


def test_a_clean_file_is_sent_whole_and_accepted(daemon):
    clamd = daemon()
    Clamd(clamd.address).check(b"x" * 200_000)
    assert clamd.got == [b"x" * 200_000]


def test_a_file_in_which_something_was_found_is_refused(daemon):
    with pytest.raises(TaskingError, match="found something") as caught:
        Clamd(daemon().address).check(b"..." + CANARY)
    assert caught.value.field == "file"


@pytest.mark.parametrize("answer", [b"", b"stream: OK but", b"UNKNOWN COMMAND\x00", b"\xff\xff\x00", b"OK\x00"])
def test_an_answer_that_is_not_clear_is_not_accepted(daemon, answer):
    with pytest.raises(ScannerDown, match="not kept"):
        Clamd(daemon(answer=answer).address).check(b"hello")


def test_a_file_that_is_too_large_for_it_is_not_accepted(daemon):
    with pytest.raises(ScannerDown):
        Clamd(daemon(most=1000).address).check(b"x" * 100_000)


def test_no_daemon_means_not_accepted_in_words(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for address in (f"tcp://127.0.0.1:{port}", f"unix:{tmp_path}/none.sock"):
        with pytest.raises(ScannerDown, match="does not answer"):
            Clamd(address, timeout_s=2).check(b"hello")


def test_a_daemon_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ScannerDown, match="does not answer"):
        Clamd(f"tcp://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.3).check(b"hello")


@pytest.mark.parametrize("address", ["127.0.0.1:3310", "http://host:3310", "tcp://", "unix:relative"])
def test_an_address_that_is_none_is_said_at_once(address):
    with pytest.raises(DeclarationError, match="TASKING_CLAMD"):
        Clamd(address)


@pytest.fixture
def clamav(tmp_path):
    """The address of ClamAV's own daemon, which knows one signature: the canary's."""
    program = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "clamd is needed: apt-get install clamav-daemon"
    signatures, port = tmp_path / "signatures", free_port()
    signatures.mkdir()
    (signatures / "test.ndb").write_text(f"Tasking.Test:0:*:{CANARY.hex()}\n")
    settings = tmp_path / "clamd.conf"
    settings.write_text(
        f"Foreground yes\nTCPAddr 127.0.0.1\nTCPSocket {port}\nDatabaseDirectory {signatures}\nStreamMaxLength 50M\n"
    )
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen([program, "-c", settings], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            assert running.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.1)
        yield f"tcp://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.server
def test_clamav_itself(clamav):
    clamd = Clamd(clamav)
    clamd.check(b"hello" * 50_000)
    with pytest.raises(TaskingError, match="found something"):
        clamd.check(b"x" * 90_000 + CANARY)
    with pytest.raises(ScannerDown):
        clamd.check(b"x" * 60 * 2**20)  # more than StreamMaxLength
