"""An object store on loopback that answers as it is told to: its own codes as words, roles, and what was sent to it."""

import gc
import threading
import warnings
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from background import serve_in_background

from tasking.intake.transports import Address
from tasking.intake.transports.objects import ObjectStore
from tasking.model.errors import TransportError

ROLE = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA-OF-THE-NIGHT</AccessKeyId><SecretAccessKey>night-secret</SecretAccessKey>
<SessionToken>night-token</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>
</AssumeRoleResponse>"""
LISTED = (
    """<?xml version="1.0"?><ListBucketResult><Name>csu</Name><IsTruncated>false</IsTruncated>{}</ListBucketResult>"""
)
CONTENT = (
    "<Contents><Key>fire/{}</Key><LastModified>2026-10-22T04:50:00.000Z</LastModified><ETag>x</ETag><Size>{}</Size>"
    "<StorageClass>STANDARD</StorageClass></Contents>"
)


@dataclass
class Store:
    """What the store holds, and the code with which it refuses: by what is asked (`list`, `role`, `get`)."""

    files: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, tuple[int, str]] = field(default_factory=dict)
    seen: list[tuple[str, dict, str]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    store: Store
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.store.seen.append(("role", asked, self.headers.get("Authorization", "")))
        self.answer("role", ROLE.encode())

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query)
        kind = "list" if "list-type" in asked or parts.path.rstrip("/") == "/csu" else "get"
        self.store.seen.append((kind, dict(self.headers), self.headers.get("Authorization", "")))
        name = Path(parts.path).name
        if kind == "list":
            files = "".join(CONTENT.format(one, len(content)) for one, content in self.store.files.items())
            self.answer(kind, LISTED.format(files).encode())
        elif name in self.store.files:
            self.answer(kind, self.store.files[name])
        else:
            self.answer("no", b"", (404, "NoSuchKey"))

    def answer(self, kind: str, body: bytes, refused: tuple[int, str] | None = None) -> None:
        status, code = self.store.codes.get(kind, refused or (200, ""))
        if code:
            error = f"<Code>{code}</Code><Message>secret words of theirs</Message><Region>eu-west-1</Region>"
            body = (f"<ErrorResponse><Error>{error}</Error></ErrorResponse>" if kind == "role" else
                    f"<Error>{error}</Error>").encode()  # fmt: skip
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Thu, 22 Oct 2026 04:50:00 GMT")
        self.send_header("Content-Type", "application/xml")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_arguments) -> None:
        """Quiet."""


@pytest.fixture
def store():
    handler = type("Today", (Handler,), {"store": Store()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    serve_in_background(server)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    extra = {"endpoint_url": url, "region_name": "eu-west-2"}
    address = Address(login="AKIAOFTHEDAY", password="day-secret", extra=extra)  # pragma: allowlist secret
    yield handler.store, ObjectStore("s3://csu/fire", address), url
    server.shutdown()
    server.server_close()


def having(transport, **extra):
    return replace(transport, address=replace(transport.address, extra={**transport.address.extra, **extra}))


def test_an_object_is_taken_with_the_key_of_the_connection_and_its_token(store, request_for):
    held, transport, _ = store
    held.files = {"kfrs-2026-10-22.jsonl": b"{}\n"}
    (file,) = having(transport, aws_session_token="tok").fetch(request_for("fire")).files
    assert file.content == b"{}\n"
    assert all("Credential=AKIAOFTHEDAY/" in signed for _, _, signed in held.seen)
    assert {sent.get("X-Amz-Security-Token") for _, sent, _ in held.seen} == {"tok"}


def test_the_key_may_stand_in_the_extra_as_in_airflow(store, request_for):
    held, transport, _ = store
    held.files = {"kfrs-2026-10-22.jsonl": b"{}\n"}
    key = {"aws_access_key_id": "AKIAINEXTRA", "aws_secret_access_key": "x"}  # pragma: allowlist secret
    without = replace(transport, address=replace(transport.address, login=None, password=None))
    assert having(without, **key).fetch(request_for("fire")).files
    assert "Credential=AKIAINEXTRA/" in held.seen[-1][2]


def test_a_role_is_taken_with_the_key_and_its_own_key_is_used_then(store, request_for):
    held, transport, url = store
    held.files = {"kfrs-2026-10-22.jsonl": b"{}\n"}
    transport = having(
        transport, role_arn="arn:aws:iam::123456789012:role/csu", external_id="csu-1",
        service_config={"sts": {"endpoint_url": url}},
    )  # fmt: skip
    assert transport.fetch(request_for("fire")).files
    (kind, asked, signed), *others = held.seen
    assert (kind, asked["RoleArn"], asked["ExternalId"]) == ("role", ["arn:aws:iam::123456789012:role/csu"], ["csu-1"])
    assert "Credential=AKIAOFTHEDAY/" in signed
    assert all("Credential=ASIA-OF-THE-NIGHT/" in one for _, _, one in others)
    assert {sent.get("X-Amz-Security-Token") for _, sent, _ in others} == {"night-token"}


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "AccessDenied", "the role could not be taken.*let our key assume it"),
        (403, "ExpiredToken", "the role could not be taken.*the session token has expired"),
        (403, "InvalidClientTokenId", "the role could not be taken.*check the login of the connection"),
    ],
)
def test_a_role_that_is_not_given_says_why(store, request_for, status, code, words):
    held, transport, url = store
    held.codes["role"] = (status, code)
    transport = having(transport, role_arn="arn:aws:iam::1:role/csu", service_config={"sts": {"endpoint_url": url}})
    with pytest.raises(TransportError, match=words) as error:
        transport.fetch(request_for("fire"))
    assert "secret" not in str(error.value).replace("secret key", "")


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "InvalidAccessKeyId", "refused our login.*does not know the access key: check the login"),
        (403, "SignatureDoesNotMatch", "refused our login.*check the password of the connection"),
        (400, "ExpiredToken", "refused our login.*put a new aws_session_token in the connection"),
        (403, "RequestTimeTooSkewed", "refused our login.*the clock of this machine is off"),
        (403, "AccessDenied", "refused our login.*ask for s3:ListBucket"),
        (
            400,
            "AuthorizationHeaderMalformed",
            "the region is not the bucket's: check region_name; the store says eu-west-1",
        ),
        (301, "PermanentRedirect", "the bucket is in another region: check region_name"),
        (404, "NoSuchBucket", "there is no such bucket. Check the url"),
        (400, "InvalidBucketName", "that is no name of a bucket"),
        (503, "ServiceUnavailable", "the store is not working"),
        (418, "Teapot", "the object store did not answer"),
    ],
)
def test_what_a_store_refuses_is_ours_and_says_what_to_do(store, request_for, status, code, words):
    held, transport, _ = store
    held.codes = {"list": (status, code), "get": (status, code), "no": (status, code)}
    with pytest.raises(TransportError, match=words) as error:
        transport.fetch(request_for("fire"))
    assert "secret words" not in str(error.value)
    assert "day-secret" not in str(error.value)


def test_a_key_that_may_not_list_finds_what_it_knows_the_name_of(store, request_for):
    held, transport, _ = store
    held.files = {"kfrs-2026-10-22.jsonl": b"{}\n"}
    held.codes["list"] = (403, "AccessDenied")
    assert transport.fetch(request_for("fire")).files[0].content == b"{}\n"
    held.files = {}  # a store does not tell such a key whether the file is not there or may not be read
    with pytest.raises(TransportError, match="ask for s3:ListBucket on the bucket"):
        transport.fetch(request_for("fire"))


def test_an_object_that_may_be_listed_and_not_read_is_ours(store, request_for):
    held, transport, _ = store
    held.files = {"kfrs-2026-10-22.jsonl": b"{}\n"}
    held.codes["get"] = (403, "AccessDenied")
    with pytest.raises(TransportError, match=r"kfrs-2026-10-22\.jsonl is there, and we have no right to read it"):
        transport.fetch(request_for("fire"))


def test_many_looks_leave_nothing_open(store, request_for):
    held, transport, _ = store
    held.files = {"kfrs-2026-10-22.jsonl": b"{}\n"}
    transport.fetch(request_for("fire"))
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            threads = [threading.Thread(target=transport.fetch, args=(request_for("fire"),)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        assert len(list(Path("/proc/self/fd").iterdir())) <= before + 8  # the server's ends of keep-alive connections
    finally:
        gc.enable()
