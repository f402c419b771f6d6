"""Keys of an SFTP connection, tried against OpenSSH: every kind, however a form or a file gives it."""

import contextlib
import getpass
import os
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import free_port

from tasking.intake.transports import Address
from tasking.intake.transports.extras import Extras
from tasking.intake.transports.sftp import SftpServer
from tasking.intake.transports.ssh_keys import client_key, pinned_keys
from tasking.model.errors import TransportError

from .conftest import serving
from .test_servers import found

KINDS = {"ed25519": ("ed25519", ""), "rsa": ("rsa", "2048"), "p256": ("ecdsa", "256"), "p384": ("ecdsa", "384"),
         "p521": ("ecdsa", "521")}  # fmt: skip
NAMES = {"ed25519": "ssh-ed25519", "rsa": "ssh-rsa", "p256": "ecdsa-sha2-nistp256", "p384": "ecdsa-sha2-nistp384",
         "p521": "ecdsa-sha2-nistp521"}  # fmt: skip


PRIVATE = "private_key"


def made(folder: Path, kind: str, form: str = "", passphrase: str = "") -> Path:
    """A key pair of OpenSSH's own making."""
    name, bits = KINDS[kind]
    path = folder / f"{kind}{form}{bool(passphrase)}"
    command = ["ssh-keygen", "-q", "-t", name, "-a", "1", "-N", passphrase, "-f", str(path)]  # -a: rounds, to be quick
    command += ["-b", bits] if bits else []
    command += ["-m", form] if form else []
    subprocess.run(command, check=True)
    return path


def public(path: Path) -> str:
    return " ".join(Path(f"{path}.pub").read_text().split()[:2])


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return {kind: made(folder, kind) for kind in KINDS}


@pytest.fixture(scope="module")
def sshds(keys, tmp_path_factory):
    """Two OpenSSH servers: one that shows any kind of key, and one that knows ECDSA only. All keys may log in."""
    folder = tmp_path_factory.mktemp("sshds")
    (folder / "authorized_keys").write_text("".join(f"{public(path)}\n" for path in keys.values()))
    Path("/run/sshd").mkdir(exist_ok=True)
    (folder / "drop").mkdir()
    (folder / "drop" / "KP_CSU_20261022.csv").write_bytes(b"whole")
    os.utime(folder / "drop" / "KP_CSU_20261022.csv", (0, 0))
    hosts = {kind: made(folder, kind) for kind in KINDS}
    ports = {}
    with contextlib.ExitStack() as stack:
        for server, kinds in (("any", list(KINDS)), ("ecdsa", ["p256"])):
            port = ports[server] = free_port()
            (folder / server).write_text(
                f"Port {port}\nListenAddress 127.0.0.1\nPidFile {folder}/{server}.pid\n"
                + "".join(f"HostKey {hosts[kind]}\n" for kind in kinds)
                + f"AuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nUsePAM no\n"
                "PasswordAuthentication no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n"
            )
            stack.enter_context(serving([found("sshd"), "-D", "-e", "-f", folder / server], port))
        yield folder / "drop", ports, hosts


def fetched(folder, port, request, **extra) -> bytes:
    address = Address("127.0.0.1", port, getpass.getuser(), None, extra)
    (file,) = SftpServer(str(folder), address, still_for_s=0).fetch(request).files
    return file.content


@pytest.mark.server
@pytest.mark.parametrize("kind", KINDS)
def test_a_server_is_recognised_by_a_pinned_key_of_any_kind_though_it_has_others(sshds, keys, request_for, kind):
    drop, ports, hosts = sshds
    own = str(keys["ed25519"])
    wanted = request_for("police")
    line = public(hosts[kind])
    bare = line.split()[1]
    scanned = f"[127.0.0.1]:{ports['any']} {line}"
    for given in (line, bare, scanned):
        assert fetched(drop, ports["any"], wanted, host_key=given, key_file=own) == b"whole"
    assert fetched(drop, ports["any"], wanted, known_hosts=f"# csu\n{scanned}\n", key_file=own) == b"whole"


@pytest.mark.server
@pytest.mark.parametrize("kind", KINDS)
def test_we_log_in_with_a_key_of_any_kind_as_a_file_or_as_text(sshds, keys, request_for, kind):
    drop, ports, hosts = sshds
    wanted = request_for("police")
    pin = public(hosts["ed25519"])
    text = keys[kind].read_text()
    assert fetched(drop, ports["any"], wanted, host_key=pin, key_file=str(keys[kind])) == b"whole"
    for private_key in (text, text.replace("\n", "\\n"), " ".join(text.split("\n"))):
        assert fetched(drop, ports["any"], wanted, host_key=pin, private_key=private_key) == b"whole"


@pytest.mark.server
def test_a_server_that_knows_ecdsa_only_works_and_says_so_where_another_kind_is_pinned(sshds, keys, request_for):
    drop, ports, hosts = sshds
    wanted = request_for("police")
    own = str(keys["p384"])
    assert fetched(drop, ports["ecdsa"], wanted, host_key=public(hosts["p256"]), key_file=own) == b"whole"
    with pytest.raises(TransportError, match=r"shows no key of the kind that is pinned \(ssh-ed25519\)"):
        fetched(drop, ports["ecdsa"], wanted, host_key=public(hosts["ed25519"]), key_file=own)
    with pytest.raises(TransportError, match="its key is not the one that is pinned"):
        fetched(drop, ports["ecdsa"], wanted, host_key=public(keys["p256"]), key_file=own)


@pytest.mark.server
def test_of_two_keys_of_one_kind_in_known_hosts_either_is_good(sshds, keys, request_for):
    drop, ports, hosts = sshds
    host = f"[127.0.0.1]:{ports['ecdsa']}"
    lines = [f"{host} {public(keys['p256'])}", f"{host},old.example {public(hosts['p256'])} csu"]
    wanted = request_for("police")
    own = str(keys["rsa"])
    for order in (lines, lines[::-1]):
        assert fetched(drop, ports["ecdsa"], wanted, known_hosts="\n".join(order), key_file=own) == b"whole"
    revoked = f"{lines[1]}\n@revoked {host} {public(hosts['p256'])}"
    with pytest.raises(TransportError, match="has no key for"):
        fetched(drop, ports["ecdsa"], wanted, known_hosts=revoked, key_file=own)


@pytest.mark.server
def test_words_of_openssh_say_what_is_ours(sshds, keys, request_for, tmp_path):
    drop, ports, hosts = sshds
    wanted = request_for("police")
    pin = public(hosts["rsa"])
    stranger = str(made(tmp_path, "ed25519"))
    address = Address("127.0.0.1", ports["any"], getpass.getuser(), None, {"host_key": pin, "key_file": stranger})
    with pytest.raises(TransportError, match="refused our login: check the name, the password or the key"):
        SftpServer(str(drop), address).fetch(wanted)
    with pytest.raises(TransportError, match="refused our login: it does not take a password but publickey"):
        SftpServer(str(drop), replace(address, password="x", extra={"host_key": pin})).fetch(wanted)
    with pytest.raises(TransportError, match=r"no folder of that name. Check `folder` .*; there are .*“drop”"):
        fetched(drop.parent / "no", ports["any"], wanted, host_key=pin, key_file=str(keys["rsa"]))


@pytest.mark.server
def test_many_looks_at_once_and_in_a_row_leave_nothing_open(sshds, keys, request_for):
    drop, ports, hosts = sshds
    wanted = request_for("police")
    extra = {"host_key": public(hosts["p256"]), "key_file": str(keys["p256"])}
    got = []
    fetched(drop, ports["any"], wanted, **extra)
    before = len(list(Path("/proc/self/fd").iterdir()))
    lookers = [
        threading.Thread(target=lambda: got.append(fetched(drop, ports["any"], wanted, **extra))) for _ in range(6)
    ]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join(60)
    assert got == [b"whole"] * 6
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["", "PEM"])
def test_a_key_with_a_passphrase_is_opened_by_it_and_by_nothing_else(tmp_path, kind, form):
    path = made(tmp_path, kind, form, "open-sesame")
    for given in ({"key_file": str(path)}, {"private_key": path.read_text()}):

        def key(**more):
            return client_key("police", Extras("police", {**given, **more}, {*given, *more}))  # noqa: B023

        assert key(private_key_passphrase="open-sesame").get_name() == NAMES[kind]
        assert key(passphrase="open-sesame").get_name() == NAMES[kind]
        with pytest.raises(TransportError, match="give its passphrase as private_key_passphrase"):
            key()
        with pytest.raises(TransportError, match="is the passphrase right") as error:
            key(passphrase="open-barley")
        assert "open-barley" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"key_file": "/no/such/file"}, "key_file can't be read: there is no such file on this machine"),
        ({"key_file": "/etc"}, "key_file can't be read"),
        ({PRIVATE: "ssh-ed25519 AAAA csu"}, "it is the public half; give the private one"),
        ({PRIVATE: "PuTTY-User-Key-File-3: ssh-ed25519"}, "export it in PuTTYgen as an OpenSSH key"),
        ({PRIVATE: f"-----BEGIN OPENSSH {'PRIVATE'} KEY-----\nAAAA"}, "was it copied whole"),
        ({"private_key": "x", "key_file": "y"}, "leave one of them out"),
        ({"passphrase": "x"}, "has no key to open"),
    ],
)
def test_a_key_that_is_none_says_why(given, told):
    with pytest.raises(TransportError, match=told):
        client_key("police", Extras("police", given, given))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"host_key": "SHA256:uNiVztksCsDhcc0u9e8BrQmYHQ3v3YvP6PpFyfFo1Yk"}, "is a fingerprint and not a key"),
        ({"host_key": "43:51:43:a1:b5:fc:8b:b7:0a:3a:a9:b1:0f:66:73:a8"}, "is a fingerprint and not a key"),
        ({"host_key": "ssh-dss AAAAB3NzaC1kc3M="}, "is a DSA key"),
        ({"host_key": "ssh-ed25519"}, "was it copied whole"),
        ({"host_key": "AAAA AAAA"}, "was it copied whole"),
        ({"known_hosts": "/no/such/file"}, "names a file that can't be read"),
        ({"known_hosts": "other.example ssh-ed25519 AAAA"}, "has no key for sftp.example"),
        ({}, "no host_key to pin"),
    ],
)
def test_a_pin_that_is_none_says_why(given, told):
    with pytest.raises(TransportError, match=told):
        pinned_keys("police", Extras("police", given, given), "sftp.example", 22)


def test_a_pin_that_says_one_kind_and_is_another_is_copied_wrong(keys):
    given = {"host_key": "ssh-ed25519 " + public(keys["p384"]).split()[1]}
    with pytest.raises(TransportError, match="says ssh-ed25519 and holds a key of another kind, ecdsa-sha2-nistp384"):
        pinned_keys("police", Extras("police", given, given), "sftp.example", 22)


def test_known_hosts_may_be_a_file_with_hashed_names(keys, tmp_path):
    path = tmp_path / "known_hosts"
    path.write_text(f"[sftp.example]:2222 {public(keys['rsa'])}\nsftp.example {public(keys['p521'])}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, capture_output=True)
    assert path.read_text().startswith("|1|")
    given = {"known_hosts": str(path)}
    for port, name in ((2222, "ssh-rsa"), (22, "ecdsa-sha2-nistp521")):
        (key,) = pinned_keys("police", Extras("police", given, given), "sftp.example", port)
        assert key.get_name() == name
