"""A connection's extra: what Airflow's forms offer works, or is refused by name; and no secret is ever said."""

import datetime as dt
import importlib
import importlib.metadata
import re
import ssl
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking.intake.transports import Address, Request
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.extras import Extras
from tasking.intake.transports.imap import ImapMailbox
from tasking.intake.transports.objects import ObjectStore
from tasking.intake.transports.open311 import Open311Server
from tasking.intake.transports.sftp import SftpServer
from tasking.model.errors import TransportError

NIGHT = Request(
    "police",
    "KP_CSU_20261022.csv",
    dt.datetime(2026, 10, 21, 5, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 22, 5, tzinfo=dt.UTC),
)
NOWHERE = Address("127.0.0.1", 9, "csu", "pass-that-nobody-sees", {})  # pragma: allowlist secret


def sftp(**extra):
    return SftpServer("drop", replace(NOWHERE, extra=extra))


def imap(**extra):
    return ImapMailbox("INBOX", None, replace(NOWHERE, extra=extra))


def objects(**extra):
    return ObjectStore("s3://csu/fire", replace(NOWHERE, extra=extra))


def open311(**extra):
    return Open311Server("requests.json", 10, replace(NOWHERE, extra=extra), clock=Clock(sleep=lambda _seconds: None))


def words(transport) -> str:
    with pytest.raises(TransportError) as error:
        transport.fetch(NIGHT)
    assert "nobody-sees" not in str(error.value)
    assert str(error.value).startswith("police: ")
    return str(error.value)


@pytest.mark.parametrize("transport", [sftp, imap, objects, open311])
def test_an_extra_that_nobody_knows_is_refused_by_name_and_the_known_are_told(transport):
    told = words(transport(region="eu-west-2", pasword="pass-that-nobody-sees"))  # codespell:ignore
    assert "the connection has an extra `region` that is not known here; known: " in told


@pytest.mark.parametrize("transport", [sftp, imap, objects, open311])
def test_what_a_form_left_empty_is_not_given(transport):
    assert "not known here" not in words(transport(foo="", bar=None, baz={}))


@pytest.mark.parametrize(
    ("transport", "extra", "told"),
    [
        (sftp, {"no_host_key_check": True}, "`no_host_key_check` is true, and we do not log in to a server"),
        (sftp, {"no_host_key_check": "True"}, "we do not log in to a server that we can't recognise"),
        (sftp, {"ignore_hostkey_verification": "true"}, "`ignore_hostkey_verification` is true"),
        (sftp, {"allow_host_key_change": "true"}, "`allow_host_key_change` is true"),
        (sftp, {"look_for_keys": "true"}, "give key_file or private_key"),
        (sftp, {"ciphers": ["aes256-ctr"]}, "name what must not be used in disabled_algorithms"),
        (sftp, {"host_proxy_cmd": "nc x 22"}, "we run no command"),
        (sftp, {"known_hosts": "none"}, "turns off the check of the server's key"),
        (sftp, {"conn_timeout": "soon"}, "no host_key to pin"),
        (sftp, {}, "no host_key to pin"),
        (imap, {"ssl_context": "none"}, "can only be `default`"),
        (imap, {"verify": False}, "turns off the check of certificates"),
        (imap, {"verify": "/no/such/file"}, "names no file of certificates"),
        (imap, {"use_ssl": "perhaps"}, "`use_ssl` should be true or false"),
        (objects, {"verify": "false"}, "turns off the check of certificates"),
        (objects, {"verify": "/no/such/file"}, "names a file of certificates that is not on this machine"),
        (objects, {"profile_name": "csu"}, "give the key as login and password"),
        (objects, {"aws_iam_role": "x"}, "give role_arn"),
        (objects, {"external_id": "x"}, "needs a role_arn too"),
        (objects, {"role_arn": "arn:aws:iam::1:role/x", "assume_role_method": "assume_role_with_saml"}, "not followed"),
        (objects, {"config_kwargs": {"read_timeout": 900}}, "holds `read_timeout`, which is not known here"),
        (objects, {"config_kwargs": "x"}, "should be a JSON object"),
        (objects, {"service_config": {"s3": {"bucket_name": "x"}}}, "should be endpoint_url and no more for s3"),
        (open311, {"verify": False}, "turns off the check of certificates"),
        (open311, {"allow_redirects": True}, "on the same host only"),
        (open311, {"srv_lookup": True}, "give the host itself"),
        (open311, {"headers": {"X-Key": "a\nb"}}, "a text on one line"),
        (open311, {"Authorization": "Basic eA=="}, "and the password are both given"),
        (open311, {"cert": "/no/such/file"}, "names no file of certificates"),
        (open311, {"proxies": {"ftp": "x"}}, "should be {"),
        (open311, {"timeout": -1}, "should be a number of seconds"),
    ],
)  # fmt: skip
def test_what_a_form_offers_and_we_do_not_follow_is_refused_with_a_reason(transport, extra, told):
    assert told in words(transport(**extra))


@pytest.mark.parametrize(
    ("transport", "told"),
    [
        (replace(sftp(), address=Address("", 22, "a", "b")), "the connection has no host"),
        (replace(sftp(), address=Address("sftp://x.example/drop", 22, "a", "b")), "is more than a name"),
        (replace(sftp(), address=Address("x.example:22", None, "a", "b")), "is more than a name"),
        (replace(imap(), address=Address("", 22, "a", "b")), "the connection has no host"),
        (replace(imap(), address=Address("x.example", 22, "a", None)), "half of a login: the password is missing"),
        (replace(imap(), address=Address("x.example", 22, None, "b")), "half of a login: the login is missing"),
        (
            replace(objects(), address=Address("", None, "a", None)),
            "half of a key: the secret key (password) is missing",
        ),
        (replace(objects(), address=Address("", None, None, "b")), "half of a key: the access key (login) is missing"),
        (replace(objects(), address=Address(extra={"aws_session_token": "t"})), "belongs to a key"),
        (replace(open311(), address=Address("")), "the connection has no host"),
        (replace(open311(), address=Address("https://")), "the connection has no host"),
        (
            ObjectStore("memory://csu", Address(extra={"endpoint_url": "x"})),
            "an extra `endpoint_url` that is not known",
        ),
    ],
)
def test_half_a_connection_says_which_half_is_missing(transport, told):
    assert told in words(transport)


def read_by(provider: str, *files: str) -> set[str]:
    """The names that Airflow's own hook reads from a connection's extra, by its source."""
    distribution = importlib.metadata.files(f"apache-airflow-providers-{provider}")
    sources = [path.locate() for path in distribution or () if path.name in files and path.parent.name == "hooks"]
    text = "\n".join(source.read_text() for source in sources)
    found = re.findall(r'"(\w+)" in extra_options|extra(?:_\w+)?(?:\.\w+)?\.(?:get|pop)\(\s*"(\w+)"', text)
    found += [(name, "") for name in re.findall(r'(?:conn_extra_options|extra_dejson)\.(?:get|pop)\("(\w+)"', text)]
    return {one or other for one, other in found}


@pytest.mark.parametrize(
    ("provider", "module", "least"),
    [("ssh", "sftp", 10), ("sftp", "sftp", 6), ("imap", "imap_login", 2), ("http", "http_client", 10)],
)
def test_whatever_airflows_own_hook_reads_works_or_is_refused_by_name(provider, module, least):
    ours = importlib.import_module(f"tasking.intake.transports.{module}")
    names = read_by(provider, f"{provider}.py")
    assert len(names) >= least
    assert names <= {*ours._SUPPORTED, *getattr(ours, "_REFUSED", ())}


def test_time_outs_of_a_connection_may_be_shorter_than_ours_and_never_longer():
    extras = Extras("police", {"a": 5, "b": "900", "c": "7.5"}, "abc")
    assert [extras.seconds(name, 30.0) for name in "abcd"] == [5.0, 30.0, 7.5, 30.0]


def test_an_own_authority_is_trusted_beside_no_other(tmp_path):
    from tasking.intake.transports.http_client import http_client

    bundle = tmp_path / "ca.pem"
    bundle.write_text(ssl.DER_cert_to_PEM_cert(ssl.create_default_context().get_ca_certs(binary_form=True)[0]))
    assert http_client("council", Address("https://x.example", extra={"verify": str(bundle)}))


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (Address("x.example"), "https://x.example"),
        (Address("x.example", 8443), "https://x.example:8443"),
        (Address("x.example", 80, extra={"scheme": "http"}), "http://x.example"),
        (Address("https://x.example/open311/v2/", 8443), "https://x.example:8443/open311/v2/"),
        (Address("https://x.example:1/v2", 2), "https://x.example:1/v2"),
    ],
)
def test_a_base_address_is_put_together_as_the_form_gives_it(address, url):
    from tasking.intake.transports.http_client import http_client

    with http_client("council", address) as client:
        assert str(client.base_url).rstrip("/") == url.rstrip("/")


def test_headers_of_a_connection_are_sent_as_airflow_sends_them():
    from tasking.intake.transports.http_client import http_client

    extra = {"X-Api-Key": "k1", "headers": {"Ocp-Apim-Subscription-Key": "k2", "accept": "application/geo+json"}}
    with http_client("council", Address("https://x.example", password="t", extra=extra)) as client:
        sent = client.headers
    assert (sent["x-api-key"], sent["ocp-apim-subscription-key"]) == ("k1", "k2")
    assert (sent["accept"], sent["authorization"]) == ("application/geo+json", "Bearer t")


def test_from_a_shell_an_address_has_its_extras_too():
    from tasking.runtime.addresses import address_of_url

    address = address_of_url("https://:key@council.example/v2/?X-Api-Key=k&verify=/etc/ca.pem")
    assert (address.host, address.password) == ("https://council.example/v2/", "key")
    assert address.extra == {"X-Api-Key": "k", "verify": "/etc/ca.pem"}


NAMES = st.text(min_size=1, max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=200) | st.floats(allow_nan=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=6,
)
OFFERED = st.sampled_from(
    [
        "host_key", "known_hosts", "key_file", "private_key", "private_key_passphrase", "conn_timeout", "verify",
        "disabled_algorithms", "role_arn", "endpoint_url", "config_kwargs", "service_config", "headers", "cert",
        "proxies", "use_ssl", "ssl_context", "aws_session_token", "timeout", "trust_env", "X-Key", "region_name",
    ]
)  # fmt: skip


@pytest.mark.parametrize("kind", [sftp, imap, open311])
@given(st.dictionaries(OFFERED | NAMES, VALUES, max_size=3))
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_an_extra_ends_in_words(kind, extra):
    told = words(kind(**extra))
    assert "Traceback" not in told
    assert len(told) < 1500


@given(st.dictionaries(OFFERED | NAMES, VALUES, max_size=3))
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_an_extra_of_a_store_is_an_option_or_words(extra):
    from tasking.intake.transports.s3 import s3_options

    without_role = {name: value for name, value in extra.items() if name != "role_arn"}
    try:
        told = s3_options("police", replace(NOWHERE, extra=without_role))
    except TransportError as error:
        told = {"client_kwargs": str(error).startswith("police: ")}
    assert "client_kwargs" in told
    assert told["client_kwargs"] is not False
