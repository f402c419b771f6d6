"""Explains in words why a partner's system could not be reached, and what to do."""

import errno
import socket
import ssl
from collections.abc import Iterator

import structlog

from tasking.model.delivery import quoted
from tasking.model.errors import TransportError, traceback_without_values
from tasking.model.text import clean

log = structlog.get_logger(__name__)


def reason_of(error: BaseException) -> str:
    """The reason for an error, from it or one of its causes: `unknown host`, `no answer in time`."""
    causes = list(causes_of(error))
    of_certificates = [_of_certificate(cause) for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)]
    if of_certificates:
        return max(of_certificates, key=len)
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and cause.reason == "WRONG_VERSION_NUMBER":
            return (
                "no secure connection could be made: the server there does not use TLS; check the port and the scheme"
            )
    for kinds, words in _WORDS:
        if any(isinstance(cause, kinds) for cause in causes):
            return words
    names = {cls.__name__ for cause in causes for cls in type(cause).__mro__}
    for name, words in _WORDS_BY_NAME.items():
        if name in names:
            return words
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno in _WORDS_BY_NUMBER:
            return _WORDS_BY_NUMBER[cause.errno]
    return type(error).__name__


def unreachable(feed: str, what: str, error: BaseException, reason: str = "") -> TransportError:
    """A TransportError to raise, which says that `what` failed and why. Logs the traceback, without values.

    `reason`: used in place of reason_of(error).
    """
    log.warning(what, feed=feed, where=traceback_without_values(error))
    return TransportError(f"{feed}: {what} ({reason or reason_of(error)})")


def quoted_words(text: str) -> str:
    """A server's own words, shortened and within “ ”."""
    return quoted(" ".join(clean(text[:500]).split()))


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """An error and its causes, at most 20 deep."""
    cause: BaseException | None = error
    for _ in range(20):
        if cause is None:
            return
        yield cause
        yield from (one for one in cause.args if isinstance(one, BaseException))
        each = getattr(cause, "errors", None)  # paramiko's error for each address that it tried
        yield from each.values() if isinstance(each, dict) else ()
        cause = cause.__cause__ or cause.__context__


def _of_certificate(error: ssl.SSLCertVerificationError) -> str:
    """What is wrong with a certificate and what to do, from OpenSSL's verify code."""
    words = {
        10: "it has expired; ask the people who run the server to renew it",
        9: "it is not valid yet; check the clock of this machine",
        62: "it is another host's; check the address",
        64: "it is another host's; check the address",
        18: "it is self-signed; put the certificate of its authority on this machine and name it as `verify`",
    }
    unknown = "its authority is not known on this machine; put that certificate here and name it as `verify`"
    words |= dict.fromkeys((2, 19, 20, 21), unknown)
    message = words.get(getattr(error, "verify_code", 0))  # aiohttp has an error of this kind without a code
    return "its certificate is not one that we trust" + (f": {message}" if message else "")


# The order matters: certificate errors and timeouts are OSErrors too.
_WORDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (ssl.SSLError, "no secure connection could be made"),
    (socket.gaierror, "unknown host: check the address, and the name service of this machine"),
    (TimeoutError, "no answer in time: check the address and the port; a firewall may drop what we send"),
    (ConnectionRefusedError, "nothing listens at that address and port: check both; their service may be down"),
    (PermissionError, "we have no right to read there"),
    (ConnectionError, "the connection broke off"),
)
# By name, for errors of libraries that are imported only where needed.
_WORDS_BY_NAME = {
    "NoCredentialsError": "no key was given: put the access key in the connection as login, the secret key as password",
    "PartialCredentialsError": "half of the login is missing",
    "NoRegionError": "no region was given: set region_name",
    "ParamValidationError": "the name of the bucket, or another value, is not one that the store takes",
    "InvalidRegionError": "region_name is not the name of a region",
    "ProxyConnectionError": "the proxy of this machine could not be reached",
    "ProxyError": "the proxy of this machine did not let us through",
    "UnsupportedProtocol": "the address is no http or https address",
    "InvalidURL": "the address can't be read: check it for spaces and odd characters",
    "SSLError": "no secure connection could be made",
    "TimeoutException": "no answer in time",
    "ReadTimeoutError": "no answer in time",
    "ConnectTimeoutError": "no answer in time",
    "FSTimeoutError": "no answer in time",
    "EndpointConnectionError": "nothing listens at that address and port: check both; their service may be down",
    "ConnectionClosedError": "the connection broke off",
    "IncompatiblePeer": "their server and ours have no cipher or kind of key in common",
    "ChannelException": "the server does not open a channel for files: is SFTP allowed for this login?",
    "EOFError": "the connection broke off",
    "abort": "the connection broke off",
    "ConnectError": "no connection could be made",
    "RemoteProtocolError": "the connection broke off",
    "AuthenticationException": "the login was not accepted",
    "BadHostKeyException": "it has another key",
    "SSHException": "the server there did not complete an SSH connection: check the address and the port",
}
_WORDS_BY_NUMBER = {
    errno.ENETUNREACH: "there is no route to that address: check it, and the network of this machine",
    errno.EHOSTUNREACH: "there is no route to that address: check it, and the network of this machine",
    errno.EHOSTDOWN: "the host is down",
    errno.ESTALE: "the share has gone from under its mount: mount it again",
    errno.ENOTCONN: "the share has lost its connection: mount it again",
    errno.ENODEV: "the share has gone from under its mount: mount it again",
    errno.EIO: "an input/output error: the disk or the share is faulty",
    errno.EMFILE: "this machine has too many files open: report it to the maintainers",
    errno.ENFILE: "this machine has too many files open: report it to the maintainers",
    errno.ENAMETOOLONG: "the name of the folder is too long",
    errno.ELOOP: "a link on the way to the folder points back to itself",
    errno.EDQUOT: "the quota there is used up",
    errno.EBUSY: "the server is busy and asks us to slow down",
}
