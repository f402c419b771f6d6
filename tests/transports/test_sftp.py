"""An SFTP server on loopback, with paramiko on both sides."""

import os
import socket
import threading
from dataclasses import replace

import paramiko
import pytest

from tasking.intake.transports import Address
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.sftp import SftpServer
from tasking.model.errors import DeliveryNotComplete, TransportError

from .test_folder import NOW_S, Hands, put


class Login(paramiko.ServerInterface):
    def check_auth_password(self, username, password):
        return paramiko.AUTH_SUCCESSFUL if password == "practice" else paramiko.AUTH_FAILED  # pragma: allowlist secret

    def get_allowed_auths(self, username):
        return "password"

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED


class Counting(paramiko.SFTPHandle):
    """A file that counts what is read of it."""

    def read(self, offset, length):
        data = super().read(offset, length)
        self.given.append(len(data) if isinstance(data, bytes) else 0)
        return data


class Files(paramiko.SFTPServerInterface):
    """The files of a folder; `may_list` and `stat_fault` say how the server is today."""

    may_list = True
    odd_name: bytes | None = None
    size_told: int | None = None
    given: list[int]

    def list_folder(self, path):
        if not type(self).may_list:
            return paramiko.SFTP_PERMISSION_DENIED
        try:
            names = os.listdir(path)  # noqa: PTH208 - the server's own way
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        found = []
        for name in names:
            told = paramiko.SFTPAttributes.from_stat(os.lstat(f"{path}/{name}"))
            told.filename = name
            told.st_size = told.st_size if type(self).size_told is None else type(self).size_told
            found.append(told)
        return found

    def stat(self, path):
        try:
            told = paramiko.SFTPAttributes.from_stat(os.stat(path))  # noqa: PTH116
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        if type(self).size_told is not None and not os.path.isdir(path):  # noqa: PTH112
            told.st_size = type(self).size_told
        return told

    lstat = stat

    def open(self, path, flags, attr):
        handle = Counting(flags)
        handle.given = type(self).given
        try:
            handle.readfile = open(path, "rb")  # noqa: PTH123, SIM115 - paramiko closes it
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return handle


@pytest.fixture
def server(tmp_path):
    """An address, its folder, and the class that says how the server is."""
    key = paramiko.ECDSAKey.generate()
    files = type("Today", (Files,), {"given": []})
    listener = socket.create_server(("127.0.0.1", 0))
    sessions = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            session = paramiko.Transport(connection)
            session.add_server_key(key)
            session.set_subsystem_handler("sftp", paramiko.SFTPServer, files)
            sessions.append(session)
            try:
                session.start_server(server=Login())
            except (paramiko.SSHException, EOFError):
                continue

    threading.Thread(target=accept, daemon=True).start()
    drop = tmp_path / "drop"
    drop.mkdir()
    extra = {"host_key": f"{key.get_name()} {key.get_base64()}"}
    yield Address("127.0.0.1", listener.getsockname()[1], "csu", "practice", extra), drop, files
    listener.close()
    for session in sessions:
        session.close()


def at(address, folder, clock=None, still_for_s=5.0) -> SftpServer:
    return SftpServer(str(folder), address, still_for_s, clock or Hands().clock)


def test_a_file_is_taken_unchanged_and_what_was_renamed_too(server, request_for):
    address, drop, _ = server
    wanted = request_for("police")
    nothing = at(address, drop).fetch(wanted)
    assert (nothing.files, nothing.not_taken) == ((), ())
    assert nothing.hints[0].startswith("the folder is empty")
    put(drop / wanted.file_name, b"\x93as it is\x94\r\n" * 50_000, age_s=100)
    put(drop / "KP CSU 20261022 (1).csv", b"second", age_s=50)
    put(drop / "KP_CSU_20261021.csv", b"another day's", age_s=50)
    fetch = at(address, drop).fetch(wanted)
    assert [file.content for file in fetch.files] == [b"\x93as it is\x94\r\n" * 50_000, b"second"]
    assert fetch.files[1].note == "came as “KP CSU 20261022 (1).csv”"
    earlier = at(address, drop).fetch(replace(wanted, earlier_names=("KP_CSU_20261021.csv",)))
    assert [file.name for file in earlier.files][-1] == "KP_CSU_20261021.csv"


def test_a_file_is_looked_at_twice_whatever_its_time_says(server, request_for):
    address, drop, _ = server
    wanted = request_for("police")
    path = put(drop / wanted.file_name, b"half", age_s=3600)
    hands = Hands(meanwhile=lambda: put(path, b"half, whole", age_s=3599))
    with pytest.raises(DeliveryNotComplete, match="still being written"):
        at(address, drop, hands.clock).fetch(wanted)
    assert at(address, drop, hands.clock).fetch(wanted).files[0].content == b"half, whole"


def test_a_file_that_was_just_sent_is_waited_for(server, request_for):
    address, drop, _ = server
    wanted = request_for("police")
    put(drop / wanted.file_name, b"whole", age_s=0)
    hands = Hands()
    assert at(address, drop, hands.clock).fetch(wanted).files
    assert hands.slept_s == pytest.approx(5)
    assert hands.now_s == pytest.approx(NOW_S + 5)


def test_a_folder_that_may_not_be_listed_is_asked_by_name(server, request_for):
    address, drop, files = server
    wanted = request_for("police")
    put(drop / wanted.file_name, b"whole", age_s=100)
    put(drop / "KP CSU 20261022 (1).csv", b"not seen", age_s=100)
    files.may_list = False
    assert [file.content for file in at(address, drop).fetch(wanted).files] == [b"whole"]
    (drop / wanted.file_name).unlink()
    (hint,) = at(address, drop).fetch(wanted).hints
    assert hint.startswith("we may not list the folder, so that only the names asked for were looked for")


def test_a_link_is_what_it_points_to_whatever_it_is_called(server, request_for, tmp_path):
    address, drop, _ = server
    wanted = request_for("police")
    for name, content in (("today", b"whole"), ("renamed", b"second")):
        put(tmp_path / name, content, age_s=100)
    (drop / wanted.file_name).symlink_to(tmp_path / "today")
    (drop / "KP CSU 20261022 (1).csv").symlink_to(tmp_path / "renamed")
    (drop / "KP CSU 20261022 (2).csv").symlink_to(tmp_path / "nowhere")
    (drop / "KP CSU 20261022 (3).csv").symlink_to(drop / "KP CSU 20261022 (3).csv")
    fetch = at(address, drop).fetch(wanted)
    assert sorted(file.content for file in fetch.files) == [b"second", b"whole"]
    named = sorted(name.partition(" (a ")[0] for name in fetch.not_taken)
    assert named == ["“KP CSU 20261022 (2).csv”", "“KP CSU 20261022 (3).csv”"]


def test_no_more_is_read_than_the_server_said_and_one_byte(server, request_for):
    address, drop, files = server
    wanted = request_for("police")
    put(drop / wanted.file_name, b"x" * 5_000_000, age_s=100)
    files.size_told = 10
    with pytest.raises(DeliveryNotComplete, match="still being written"):
        at(address, drop).fetch(wanted)
    assert 0 < sum(files.given) < 100_000


def test_what_was_likely_meant_is_named(server, request_for):
    address, drop, _ = server
    due_s = request_for("police").until.timestamp() - 600
    (drop / "October").mkdir()
    for path in ("October/KP_CSU_20261022.csv", "KP_CSU_20261021.csv", "KP_CSU_20261020.csv"):
        (drop / path).write_bytes(b"x")
        touched_s = due_s - 2 * 86_400 if "20261020" in path else due_s
        os.utime(drop / path, (touched_s, touched_s))
    fetch = at(address, drop).fetch(request_for("police"))
    assert (fetch.files, fetch.hints) == ((), ())
    assert fetch.not_taken == (
        "“KP_CSU_20261022.csv” (in the folder “October”, where we do not look)",
        "“KP_CSU_20261021.csv” (came for this day, and its name says 21 Oct 2026)",
    )


def test_a_folder_with_the_files_name_is_named(server, request_for):
    address, drop, _ = server
    wanted = request_for("police")
    (drop / wanted.file_name).mkdir()
    assert at(address, drop).fetch(wanted).not_taken[0].startswith(f"“{wanted.file_name}” (a folder")


def test_words_tell_what_is_ours_from_what_is_not_there(server, request_for, tmp_path):
    address, drop, _ = server
    wanted = request_for("police")
    other = f"ecdsa-sha2-nistp256 {paramiko.ECDSAKey.generate().get_base64()}"
    broken = tmp_path / "key"
    broken.write_text("no key")
    for changed, folder, words in (
        (replace(address, password="wrong-secret"), drop, "refused our login"),  # pragma: allowlist secret
        (address, drop / "no", "has no folder of that name"),
        (replace(address, extra={"host_key": other}), drop, "key is not the one that is pinned"),
        (replace(address, extra={"host_key": "ssh-ed25519 AAAA"}), drop, "is not a key: was it copied whole"),
        (replace(address, extra={"host_key": "ssh-rsa é"}), drop, "is not a key"),
        (replace(address, extra={}), drop, "no host_key to pin"),
        (replace(address, extra={**address.extra, "key_file": str(broken)}), drop, "key_file can't be read"),
        (replace(address, extra={**address.extra, "key_file": str(tmp_path / "no")}), drop, "key_file can't be read"),
        (replace(address, port=9), drop, "nothing listens"),
    ):
        with pytest.raises(TransportError, match=f"police: .*{words}") as error:
            at(changed, folder).fetch(wanted)
        assert "wrong-secret" not in str(error.value)


def test_a_server_that_speaks_no_ssh_is_out_of_reach(request_for, server):
    listener = socket.create_server(("127.0.0.1", 0))

    def babble() -> None:
        connection, _ = listener.accept()
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 200)
        connection.close()

    threading.Thread(target=babble, daemon=True).start()
    address = replace(server[0], port=listener.getsockname()[1])
    with pytest.raises(TransportError, match="refused our login or broke off"):
        at(address, ".", Clock()).fetch(request_for("police"))
    listener.close()
