"""A server whose certificate is not in order is told from one that is not there: over mail, HTTP and S3."""

import socket
import ssl
import subprocess
import threading

import pytest

from tasking.intake.transports import Address
from tasking.intake.transports.imap import ImapMailbox
from tasking.intake.transports.objects import ObjectStore
from tasking.intake.transports.open311 import Open311Server
from tasking.model.errors import TransportError

SENDER = "wardens@kcc.example"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A server with a certificate of its own making that says nothing but its greeting, and that certificate."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key", "-out", folder / "cert"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, _ = listener.accept()
                with context.wrap_socket(raw, server_side=True) as connection:
                    connection.sendall(b"* OK ready\r\n")
                    tag = connection.recv(100).split()[0]
                    connection.sendall(b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n" + tag + b" OK done\r\n")
            except ssl.SSLError:
                continue
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], folder / "cert"
    listener.close()


def at(port, host="localhost", **extra):
    return ImapMailbox("INBOX", SENDER, Address(host, port, "csu", "mail-pass", extra))


def test_certificates_are_told_apart(tls, request_for):
    port, certificate = tls
    for transport, words in (
        (at(port), "its certificate is not one that we trust: it is self-signed; .* name it as `verify`"),
        (at(port, "127.0.0.1", verify=str(certificate)), "not one that we trust: it is another host's; check the addr"),
        (at(port, verify=str(certificate)), "takes no password here"),
    ):
        with pytest.raises(TransportError, match=words):
            transport.fetch(request_for("wardens"))


def test_a_port_without_tls_is_told_from_one_that_does_not_answer(mailbox_that_speaks_plain, request_for):
    with pytest.raises(TransportError, match="does not use TLS; check the port"):
        at(mailbox_that_speaks_plain, "127.0.0.1").fetch(request_for("wardens"))


@pytest.fixture
def mailbox_that_speaks_plain():
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        connection.sendall(b"* OK IMAP4rev1 ready\r\n")
        connection.recv(1000)
        connection.close()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def over(kind, port, host, **extra):
    url = f"https://{host}:{port}"
    store = Address(login="a", password="b", extra={**extra, "endpoint_url": url, "region_name": "eu-west-2"})
    return {
        "imap": at(port, host, **extra),
        "open311": Open311Server("r.json", 10, Address(url, extra=extra)),
        "objects": ObjectStore("s3://csu/fire", store),
    }[kind]


@pytest.mark.parametrize("kind", ["imap", "open311", "objects"])
def test_a_certificate_is_ours_to_trust_whatever_is_spoken_over_it(tls, request_for, kind):
    port, certificate = tls
    with pytest.raises(TransportError, match=r"fire: .*not one that we trust: it is self-signed; .*`verify`"):
        over(kind, port, "localhost").fetch(request_for("fire"))
    with pytest.raises(TransportError, match=r"fire: .*not one that we trust: it is another host's"):
        over(kind, port, "127.0.0.1", verify=str(certificate)).fetch(request_for("fire"))
    with pytest.raises(TransportError, match="fire: ") as error:  # trusted, and answers in the language of mail
        over(kind, port, "localhost", verify=str(certificate)).fetch(request_for("fire"))
    assert "trust" not in str(error.value)
