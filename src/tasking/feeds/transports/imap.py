"""Attachments from a mailbox. Mail is read, never changed; a name in a mail is never used as a path."""

import base64
import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

import structlog

from tasking.feeds.transports.address import MOST_BYTES, TIMEOUT_S, Address, Request
from tasking.feeds.transports.mail import from_mail
from tasking.feeds.transports.names import told, too_large
from tasking.feeds.transports.reach import out_of_reach, words_of_theirs
from tasking.model.delivery import Fetch, Fetched
from tasking.model.errors import TransportError

log = structlog.get_logger(__name__)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_HEADERS = 100_000
_MOST_BESIDE = 4 * 1024 * 1024  # of a mail, beside what it brings: its text, pictures of a signature


@dataclass(frozen=True)
class ImapMailbox:
    """`address.extra`: use_ssl (default true)."""

    mailbox: str
    sender: str | None
    address: Address
    most_bytes: int = MOST_BYTES  # of a file

    def fetch(self, request: Request) -> Fetch:
        """The files of the day's mails in the order in which they arrived."""
        connection = None
        try:
            connection = self._connect(request.feed)
            files: list[Fetched] = []
            others: list[str] = []
            for mail in self._mails(connection, request):
                found = mail.found(request, self.most_bytes, names_all=self.sender is not None)
                if self.sender and not mail.fault and not _is_from(mail.raw, self.sender):
                    found = Fetch(others=("a mail that only looks as if it came from the sender that we know",))
                files += found.files
                if mail.is_of(request):
                    others += found.others
            return Fetch(tuple(files), told(others))
        except TransportError:
            raise
        except Exception as error:  # imaplib raises what it meets in an odd server's answer
            what = "the mail server did not let us in or broke off"
            raise out_of_reach(request.feed, what, error) from error
        finally:
            if connection is not None:
                with contextlib.suppress(imaplib.IMAP4.error, OSError):
                    connection.logout()

    def _connect(self, feed: str) -> imaplib.IMAP4:
        connection: imaplib.IMAP4
        if self.address.extra.get("use_ssl", True):
            connection = imaplib.IMAP4_SSL(
                self.address.host, self.address.port or 993, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_S
            )
        else:
            connection = imaplib.IMAP4(self.address.host, self.address.port or 143, timeout=TIMEOUT_S)
        try:
            connection.login(self.address.login or "", self.address.password or "")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            what = "the mail server refused our login: check the name and the password"
            raise out_of_reach(feed, what, error) from error
        return connection

    def _mails(self, connection: imaplib.IMAP4, request: Request) -> Iterator["_Mail"]:
        status, said = connection.select(_quoted(_mailbox_name(self.mailbox)), readonly=True)
        if status != "OK":
            words = words_of_theirs(_text(said))
            raise TransportError(
                f"{request.feed}: the mail server has no mailbox {self.mailbox!r}, or does not let us open it: "
                f"{words}. Check `mailbox` in the feed's declaration."
            )
        # SINCE knows days only, by the server's own calendar: look a day further back. What date a mail gives itself
        # does not matter.
        since = request.asks_since - timedelta(days=1)
        criteria = ["SINCE", f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"]
        if self.sender:
            criteria += ["FROM", _quoted(self.sender)]
        status, found = connection.search(None, *criteria)
        if status != "OK":
            raise TransportError(f"{request.feed}: the mail server did not search: {words_of_theirs(_text(found))}")
        numbers = [number for line in found if isinstance(line, bytes) for number in line.split() if number.isdigit()]
        for number in sorted(dict.fromkeys(numbers), key=int):
            yield self._mail(connection, number.decode(), request.feed)

    def _mail(self, connection: imaplib.IMAP4, number: str, feed: str) -> "_Mail":
        _, parts = connection.fetch(number, "(INTERNALDATE RFC822.SIZE)")
        answer = b" ".join(one if isinstance(one, bytes) else one[0] for one in parts if one)
        arrived_at = _arrived_at(answer)
        size = re.search(rb"RFC822\.SIZE (\d{1,12})", answer, re.IGNORECASE)
        # In a mail three bytes are written as four letters, and lines have ends.
        if size and int(size[1]) > self.most_bytes * 3 // 2 + _MOST_BESIDE:
            return _Mail(b"", arrived_at, f"a mail of {too_large(int(size[1]), self.most_bytes)}")
        status, parts = connection.fetch(number, "(BODY.PEEK[])")
        bodies = [part for part in parts or [] if isinstance(part, tuple) and len(part) > 1]
        bodies = [part for part in bodies if b"BODY[" in part[0].upper()] or bodies
        if status != "OK" or not bodies:
            log.warning("the mail server lists a mail and does not give it", feed=feed, number=number)
            return _Mail(b"", arrived_at, "a mail that the mail server lists and does not give")
        return _Mail(bytes(bodies[0][1]), arrived_at)


def _is_from(raw: bytes, sender: str) -> bool:
    """Whether a mail's one sender is this address: servers also find it in a name, such as `"a@b.example" <c@d>`."""
    try:
        written = [str(one) for one in BytesHeaderParser().parsebytes(raw[:_MOST_HEADERS]).get_all("From", [])]
    except (ValueError, LookupError, AttributeError, TypeError):  # headers that Python's parser gives up on
        return False
    addresses = [address.casefold() for _, address in getaddresses(written)]
    return not written or (len(written) == 1 and addresses == [sender.casefold()])


@dataclass(frozen=True)
class _Mail:
    raw: bytes
    arrived_at: datetime | None
    fault: str = ""

    def found(self, request: Request, most_bytes: int, names_all: bool) -> Fetch:
        if self.fault:
            return Fetch(others=(self.fault,))
        return from_mail(self.raw, request.names, names_all, most_bytes, feed=request.feed)

    def is_of(self, request: Request) -> bool:
        """Is what can't be taken in it the day's? By when it arrived or, for one moved here later, by its own date."""
        if self.arrived_at is None:
            return True
        if self.arrived_at < request.since:
            return False
        if self.arrived_at < request.until + timedelta(days=1):
            return True
        dated_at = self._dated_at()
        return dated_at is None or abs(dated_at - request.until) < timedelta(days=2)

    def _dated_at(self) -> datetime | None:
        head = re.search(rb"^Date:([^\r\n]{1,200})", self.raw[:100_000], re.MULTILINE | re.IGNORECASE)
        try:
            dated = parsedate_to_datetime(head[1].decode("ascii", "replace").strip()) if head else None
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        if dated is None:
            return None
        return dated.replace(tzinfo=UTC) if dated.tzinfo is None else dated


def _arrived_at(told: bytes) -> datetime | None:
    try:
        local = imaplib.Internaldate2tuple(told)
        return datetime.fromtimestamp(time.mktime(local), UTC) if local else None
    except (ValueError, OverflowError, KeyError):
        return None


def _text(said: Any) -> str:
    return b" ".join(one for one in said or [] if isinstance(one, bytes)).decode("utf-8", "replace")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _mailbox_name(name: str) -> str:
    """A mailbox's name as IMAP writes it: letters beyond ASCII in its own UTF-7 (RFC 3501, 5.1.3)."""

    def encoded(match: re.Match[str]) -> str:
        raw = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=")
        return f"&{raw.replace('/', ',')}-"

    return re.sub(r"[^\x20-\x7e]+", encoded, name.replace("&", "&-"))
