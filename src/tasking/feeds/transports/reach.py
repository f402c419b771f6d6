"""Why a partner's system could not be looked at, in words that tell a wrong address from a wrong password."""

import socket
import ssl
from collections.abc import Iterator

import structlog

from tasking.model.delivery import quoted
from tasking.model.errors import TransportError, traceback_without_values
from tasking.model.text import clean

log = structlog.get_logger(__name__)


def why(error: BaseException) -> str:
    """What stood in the way, as far as the error or one of its causes tells: `unknown host`, `no answer in time`."""
    causes = list(_causes(error))
    for kinds, words in _WORDS:
        if any(isinstance(cause, kinds) for cause in causes):
            return words
    names = {cls.__name__ for cause in causes for cls in type(cause).__mro__}
    for name, words in _WORDS_BY_NAME.items():
        if name in names:
            return words
    return type(error).__name__


def out_of_reach(feed: str, what: str, error: BaseException) -> TransportError:
    """`what` did not work because of an error: a TransportError to raise. The traceback is logged, without values."""
    log.warning(what, feed=feed, where=traceback_without_values(error))
    return TransportError(f"{feed}: {what} ({why(error)})")


def words_of_theirs(text: str) -> str:
    """A server's own words, short and within “ ”."""
    return quoted(" ".join(clean(text[:500]).split()))


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(20):
        if cause is None:
            return
        yield cause
        yield from (one for one in cause.args if isinstance(one, BaseException))
        each = getattr(cause, "errors", None)  # paramiko keeps the error of each address that it tried
        yield from each.values() if isinstance(each, dict) else ()
        cause = cause.__cause__ or cause.__context__


# The order matters: a certificate's error is an OSError, and so is a timeout.
_WORDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (ssl.SSLCertVerificationError, "its certificate is not one that we trust"),
    (ssl.SSLError, "no secure connection could be made"),
    (socket.gaierror, "unknown host: check the address"),
    (TimeoutError, "no answer in time"),
    (ConnectionRefusedError, "nothing listens at that address and port"),
    (PermissionError, "we have no right to read there"),
    (ConnectionError, "the connection broke off"),
)
# Of libraries that are loaded only where they are needed.
_WORDS_BY_NAME = {
    "NoCredentialsError": "no login was given",
    "PartialCredentialsError": "half of the login is missing",
    "SSLError": "no secure connection could be made",
    "TimeoutException": "no answer in time",
    "ReadTimeoutError": "no answer in time",
    "ConnectTimeoutError": "no answer in time",
    "EndpointConnectionError": "nothing listens at that address and port",
    "ConnectionClosedError": "the connection broke off",
    "EOFError": "the connection broke off",
    "ConnectError": "no connection could be made",
}
