"""Logs in to a mail server with an Airflow connection."""

import imaplib
import re
import ssl

from tasking.intake.transports.address import TIMEOUT_S, Address
from tasking.intake.transports.extras import Extras
from tasking.intake.transports.transport_errors import unreachable
from tasking.model.errors import TransportError

_SUPPORTED = ("use_ssl", "ssl_context", "verify", "scheme")
# Response codes of RFC 5530. The server's own text may hold the password, and is never shown.
_CODES = {
    "UNAVAILABLE": "the mail server can't check our login now: a part of it is down; it is asked again",
    "LIMIT": "the mail server has too many connections of this login: it is asked again",
    "INUSE": "another program has the mailbox to itself: it is asked again",
    "EXPIRED": "the mail server refused our login: its password has expired; put the new one in the connection",
    "AUTHORIZATIONFAILED": "the mail server refused our login: it may not open that mailbox; ask the people who run it",
    "PRIVACYREQUIRED": "the mail server takes no login without TLS: set use_ssl to true",
    "CONTACTADMIN": "the mail server refused our login: ask the people who run it, it says no more",
}
_REFUSED = "the mail server refused our login: check the name and the password"


def log_in(feed: str, address: Address) -> imaplib.IMAP4:
    """A connection that is logged in. Raises TransportError, or an error of imaplib."""
    extras = Extras(feed, address.extra, _SUPPORTED)
    host = address.host_name(feed)
    if not address.login or not address.password:
        lacks = "login" if not address.login else "password"
        raise TransportError(f"{feed}: the connection has half of a login: the {lacks} is missing")
    connection: imaplib.IMAP4
    if extras.flag("use_ssl", True):
        context = _context(feed, extras)
        connection = imaplib.IMAP4_SSL(host, address.port or 993, ssl_context=context, timeout=TIMEOUT_S)
    else:
        connection = imaplib.IMAP4(host, address.port or 143, timeout=TIMEOUT_S)
    try:
        _log_in(feed, connection, address)
    except BaseException:
        connection.shutdown()
        raise
    return connection


def _log_in(feed: str, connection: imaplib.IMAP4, address: Address) -> None:
    if "LOGINDISABLED" in connection.capabilities:
        raise TransportError(
            f"{feed}: the mail server takes no password here (LOGINDISABLED): set use_ssl to true and the port to 993; "
            "a server that knows only OAuth, as Microsoft 365, needs a mailbox elsewhere to which it forwards"
        )
    try:
        connection.login(address.login or "", address.password or "")
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        code = re.match(r"b?['\"]?\[([A-Z]{1,30})\]", str(error))
        raise unreachable(feed, _CODES.get(code[1] if code else "", _REFUSED), error) from error
    except UnicodeError as error:
        what = "the login or the password has letters that IMAP's LOGIN can't send: use ASCII only"
        raise unreachable(feed, what, error) from error


def _context(feed: str, extras: Extras) -> ssl.SSLContext:
    """A context that verifies the server's certificate with the system's authorities or the connection's."""
    if extras.text("ssl_context") not in ("", "default"):
        raise extras.fault(
            "ssl_context",
            "can only be `default`; we do not log in to a server that we can't recognise: to trust another authority "
            "give the path of its file as `verify`",
        )
    path = extras.certificate_file("verify")
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        what = "the connection's extra `verify` names no file of certificates that can be read"
        raise unreachable(feed, what, error) from error
