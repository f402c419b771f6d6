"""The transports against real servers: OpenSSH, Dovecot and an S3."""

import getpass
import mailbox
import os
import pwd
import re
import shutil
import subprocess
import threading
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from conftest import ROOT, TestDesk, free_port, home_for

from tasking.intake.transports import Address
from tasking.intake.transports.imap import ImapMailbox
from tasking.intake.transports.objects import ObjectStore
from tasking.intake.transports.sftp import SftpServer
from tasking.model.errors import DeliveryNotComplete, TransportError

from .conftest import serving

pytestmark = pytest.mark.server


def found(name: str) -> str:
    """A server's program; these tests fail where it is not installed."""
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/usr/lib/dovecot")
    assert path, f"{name} is not installed; .ci/run installs it"
    return path


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    """An OpenSSH server with SFTP only, a key to log in with, and its folder."""
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    port = free_port()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile {folder}/pid\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "PermitRootLogin yes\nSubsystem sftp internal-sftp\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    drop = folder / "drop"
    drop.mkdir()
    with serving([found("sshd"), "-D", "-e", "-f", folder / "config"], port):
        host_key = " ".join((folder / "host.pub").read_text().split()[:2])
        extra = {"host_key": host_key, "key_file": str(folder / "user")}
        yield drop, Address("127.0.0.1", port, getpass.getuser(), None, extra)


def test_sftp_takes_a_whole_file(sshd, request_for):
    drop, address = sshd
    wanted = request_for("police")
    assert SftpServer(str(drop), address).fetch(wanted).files == ()
    (drop / wanted.file_name).write_bytes(b"\x93as it is\x94\r\n" * 100_000)
    fetched = SftpServer(str(drop), address).fetch(wanted).files
    assert fetched[0].content == b"\x93as it is\x94\r\n" * 100_000


def test_sftp_leaves_a_file_that_is_still_being_sent(sshd, request_for):
    drop, address = sshd
    wanted = request_for("housing")
    (drop / wanted.file_name).write_bytes(b"half")
    stop = threading.Event()

    def grow() -> None:
        while not stop.wait(0.2):
            with (drop / wanted.file_name).open("ab") as file:
                file.write(b"more")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(DeliveryNotComplete, match="still being written"):
            SftpServer(str(drop), address).fetch(wanted)
    finally:
        stop.set()
        writer.join()


def test_sftp_does_not_log_in_to_a_server_with_another_key(sshd, request_for):
    drop, address = sshd
    stranger = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMxKz0b7CPYnC6rCRbBv0Zr3JdH1cXZ1TgTW6dGbJYyO"
    for extra, words in (({"host_key": stranger}, "refused our login"), ({}, "no host_key to pin")):
        other = Address(address.host, address.port, address.login, None, {**address.extra, "host_key": "", **extra})
        with pytest.raises(TransportError, match=words):
            SftpServer(str(drop), other).fetch(request_for("police"))


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory):
    """A Dovecot with one mailbox in a maildir."""
    folder = tmp_path_factory.mktemp("dovecot")
    port, user = free_port(), getpass.getuser()
    account = pwd.getpwnam("nobody") if user == "root" else pwd.getpwnam(user)
    maildir = folder / "mail"
    mailbox.Maildir(maildir)
    (folder / "passwd").write_text(f"csu:{{PLAIN}}mail-pass:{account.pw_uid}:{account.pw_gid}::{folder}::\n")
    (folder / "dovecot.conf").write_text(
        f"""
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{maildir}
first_valid_uid = 1
default_internal_user = {"dovecot" if user == "root" else user}
default_login_user = {"dovenull" if user == "root" else user}
passdb {{
  driver = passwd-file
  args = {folder}/passwd
}}
userdb {{
  driver = passwd-file
  args = {folder}/passwd
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
    )
    for path in (folder, *folder.parents):
        if str(path).startswith("/tmp/"):
            path.chmod(0o755)
    subprocess.run(["chown", "-R", f"{account.pw_uid}:{account.pw_gid}", str(maildir)], check=True)
    with serving([found("dovecot"), "-F", "-c", folder / "dovecot.conf"], port):
        yield maildir, account, Address("127.0.0.1", port, "csu", "mail-pass", {"use_ssl": False})


def deliver(maildir: Path, account, sender: str, attachments: dict[str, bytes]) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "csu@example.org", "daily log"
    message["Date"] = "Thu, 22 Oct 2026 05:50:00 +0100"
    message.set_content("Good morning, please find attached.")
    for name, content in attachments.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    box = mailbox.Maildir(maildir)
    key = box.add(message.as_bytes())
    path = maildir / box._toc[key] if key in box._toc else next(maildir.glob(f"new/{key}*"))
    os.chown(path, account.pw_uid, account.pw_gid)
    stamp = time.mktime((2026, 10, 22, 5, 50, 0, 0, 0, -1))
    os.utime(path, (stamp, stamp))


def test_imap_takes_the_attachment_by_name_and_sender(dovecot, request_for):
    maildir, account, address = dovecot
    wanted = request_for("wardens")
    deliver(maildir, account, "somebody@else.example", {wanted.file_name: b"not ours"})
    deliver(maildir, account, "wardens@kcc.example", {"../../etc/cron.d/x": b"no", f"..\\{wanted.file_name}": b"ours"})
    fetched = ImapMailbox("INBOX", "wardens@kcc.example", address).fetch(wanted).files
    assert [(file.name, file.content) for file in fetched] == [(wanted.file_name, b"ours")]


def test_imap_with_a_wrong_password_is_out_of_reach_and_does_not_say_it(dovecot, request_for):
    _, _, address = dovecot
    wrong = Address(address.host, address.port, address.login, "wrong-secret", address.extra)
    with pytest.raises(TransportError, match="refused our login") as error:
        ImapMailbox("INBOX", None, wrong).fetch(request_for("wardens"))
    assert "wrong-secret" not in str(error.value)


@pytest.fixture(scope="module")
def s3():
    """An S3 with one bucket: moto's server, in an environment of its own."""
    server = ROOT / "var" / "moto" / "bin" / "moto_server"
    assert server.exists(), "moto has an environment of its own, which `make test-all` makes"
    port = free_port()
    with serving([server, "-H", "127.0.0.1", "-p", str(port)], port):
        import s3fs

        extra = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "eu-west-2"}
        store = s3fs.S3FileSystem(key="practice", secret="practice", client_kwargs=extra)
        store.mkdir("csu-deliveries")
        yield store, Address(login="practice", password="practice", extra=extra)


def test_s3_takes_an_object(s3, request_for):
    store, address = s3
    wanted = request_for("fire")
    bucket = ObjectStore("s3://csu-deliveries/fire", address)
    assert bucket.fetch(wanted).files == ()
    store.pipe_file(f"csu-deliveries/fire/{wanted.file_name}", b'{"incident_number": "1"}\n')
    assert bucket.fetch(wanted).files[0].content == b'{"incident_number": "1"}\n'


def test_s3_tells_a_bucket_that_is_not_there_from_a_file_that_is_not(s3, request_for):
    store, address = s3
    with pytest.raises(TransportError, match="fire: there is no such bucket"):
        ObjectStore("s3://no-such-bucket/fire", address).fetch(request_for("fire"))
    store.mkdir("csu-empty")
    store.pipe_file("csu-deliveries/fire/older.jsonl", b"{}")
    for url, hint in (
        ("s3://csu-empty", "the bucket is empty, without even an older file"),
        ("s3://csu-empty/fire", "there is nothing under the prefix fire/, not even an older file"),
        (
            "s3://csu-deliveries/nothing/here",
            "there is nothing under the prefix nothing/here/, .*the bucket has .*“fire”",
        ),
    ):
        fetch = ObjectStore(url, address).fetch(request_for("fire"))
        assert (fetch.files, fetch.not_taken) == ((), ())
        assert re.match(hint, fetch.hints[0])


def test_s3_takes_what_was_renamed_on_the_way(s3, request_for):
    store, address = s3
    store.pipe_file("csu-deliveries/renamed/KFRS 2026-10-22 (1).JSONL", b"{}\n")
    store.pipe_file("csu-deliveries/renamed/kfrs-2026-10-21.jsonl", b"no\n")
    (file,) = ObjectStore("s3://csu-deliveries/renamed", address).fetch(request_for("fire")).files
    assert (file.content, file.note) == (b"{}\n", "came as “KFRS 2026-10-22 (1).JSONL”")


def test_s3_names_what_lies_under_another_prefix_or_day(s3, request_for):
    store, address = s3
    store.pipe_file("csu-deliveries/deep/2026-10/kfrs-2026-10-22.jsonl", b"{}\n")
    store.pipe_file("csu-deliveries/deep/kfrs-22Oct2026.jsonl", b"{}\n")
    store.pipe_file("csu-deliveries/deep/kfrs-2026-10-20.jsonl", b"{}\n")  # put there today, which is no day of ours
    fetch = ObjectStore("s3://csu-deliveries/deep", address).fetch(request_for("fire"))
    assert fetch.files == ()
    assert fetch.not_taken == (
        "“kfrs-2026-10-22.jsonl” (in the folder “2026-10”, where we do not look)",
        "“kfrs-22Oct2026.jsonl” (the day, written in another way than we ask for)",
    )


def test_s3_that_does_not_answer_is_out_of_reach(request_for):
    address = Address(login="a", password="b", extra={"endpoint_url": "http://127.0.0.1:9", "region_name": "eu-west-2"})
    with pytest.raises(TransportError, match="did not answer"):
        ObjectStore("s3://csu-deliveries/fire", address).fetch(request_for("fire"))


def test_a_day_over_the_real_transports(sshd, s3, deliveries, tmp_path, monkeypatch):
    """The police over SFTP and the fire service over S3, with addresses from the environment."""
    from urllib.parse import quote

    drop, ssh = sshd
    store, bucket = s3
    home = home_for(tmp_path / "home")
    for name, before, after in (("police", "folder: police", f"folder: {drop}"),):
        path = home / "include" / "feeds" / f"{name}.yml"
        path.write_text(path.read_text().replace(before, after))
    shutil.copy(deliveries.folder / "police" / "KP_CSU_20261022.csv", drop)
    store.pipe_file(
        "csu-deliveries/fire/kfrs-2026-10-22.jsonl", (deliveries.folder / "fire" / "kfrs-2026-10-22.jsonl").read_bytes()
    )
    key, file = quote(ssh.extra["host_key"]), quote(ssh.extra["key_file"])
    monkeypatch.setenv("TASKING_FEED_POLICE", f"sftp://{ssh.login}@127.0.0.1:{ssh.port}?host_key={key}&key_file={file}")
    endpoint = quote(bucket.extra["endpoint_url"])
    monkeypatch.setenv("TASKING_FEED_FIRE", f"s3://practice:practice@?endpoint_url={endpoint}&region_name=eu-west-2")
    desk = TestDesk(home, None, f"sqlite:///{tmp_path / 'tasking.db'}")
    done = desk.run("2026-10-22")
    states = {receipt.feed: str(receipt.outcome) for receipt in done.receipts}
    assert (states["police"], states["fire"], states["council"]) == ("landed", "landed", "unreachable")
