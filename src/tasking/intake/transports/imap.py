"""Fetches attachments from a mailbox. Mails are never changed, and names in a mail are never used as paths."""

import base64
import contextlib
import imaplib
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

import structlog

from tasking.intake.transports.address import MOST_BYTES, Address, Request
from tasking.intake.transports.imap_login import log_in
from tasking.intake.transports.limits import Limit, run_within
from tasking.intake.transports.mail import files_in_mail
from tasking.intake.transports.mail_near_misses import junk_mailboxes, mailbox_names, mails_of_others
from tasking.intake.transports.names import quoted_name, summarised, too_large
from tasking.intake.transports.transport_errors import quoted_words, unreachable
from tasking.model.delivery import FetchedFile, FetchResult
from tasking.model.errors import TransportError, traceback_without_values

log = structlog.get_logger(__name__)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_HEADERS = 100_000
_MOST_NAMED = 5
_MAIL_S = 60.0  # for each mail that was found
_MOST_OTHER_BYTES = 4 * 1024 * 1024  # of a mail beside its delivery: its text, pictures in a signature


@dataclass(frozen=True)
class ImapMailbox:
    """`address.extra`: use_ssl (default true), verify (a file of certificates)."""

    mailbox: str
    sender: str | None
    address: Address
    most_bytes: int = MOST_BYTES  # of a file

    def fetch(self, request: Request) -> FetchResult:
        """The files of the day's mails, in the order of arrival."""
        limit = Limit()
        opened: list[imaplib.IMAP4] = []
        place = f"imap {self.address.host} {self.address.port} {self.address.login} {self.mailbox} {self.sender}"

        def abort() -> None:
            for connection in opened:
                with contextlib.suppress(OSError):
                    connection.shutdown()

        return run_within(
            limit, request.feed, "the mail server", place, lambda: self._fetch_files(request, limit, opened), abort
        )

    def _fetch_files(self, request: Request, limit: Limit, opened: list[imaplib.IMAP4]) -> FetchResult:
        connection = None
        try:
            connection = log_in(request.feed, self.address)
            opened.append(connection)
            return self._of_the_day(connection, request, limit)
        except TransportError:
            raise
        except Exception as error:  # imaplib raises many kinds of error for unusual answers
            what = "the mail server refused our login or broke off"
            raise unreachable(request.feed, what, error) from error
        finally:
            if connection is not None:
                with contextlib.suppress(imaplib.IMAP4.error, OSError):
                    connection.logout()

    def _of_the_day(self, connection: imaplib.IMAP4, request: Request, limit: Limit) -> FetchResult:
        held = self._open(connection, request.feed)
        files: list[FetchedFile] = []
        not_taken: list[str] = []
        for number in self._search(connection, request, self.sender):
            limit.allow(_MAIL_S)
            mail = self._mail(connection, number.decode(), request.feed)
            found = mail.found(request, self.most_bytes, names_all=self.sender is not None)
            if self.sender and not mail.fault and not _is_from(mail.raw, self.sender):
                found = FetchResult(not_taken=("a mail that only looks as if it came from the sender that we know",))
            files += found.files
            if mail.is_of(request):
                not_taken += found.not_taken
        if files:
            return FetchResult(tuple(files), summarised(not_taken))
        if not held:
            hint = "the mailbox is empty: is it the right one? Check `mailbox` in the feed's declaration"
            return FetchResult(not_taken=summarised(not_taken), hints=(hint,))
        hints: list[str] = []
        try:
            self._add_near_misses(connection, request, not_taken, hints)
        except Exception as error:  # the delivery was not found anyway; this only helps people to ask for it
            log.warning("no look at other mails", feed=request.feed, where=traceback_without_values(error))
        return FetchResult(not_taken=summarised(not_taken), hints=tuple(hints))

    def _add_near_misses(
        self, connection: imaplib.IMAP4, request: Request, not_taken: list[str], hints: list[str]
    ) -> None:
        """Adds other senders' mails with the file and the partner's mails in junk; hints if the sender never sent
        any."""
        if not self.sender:
            return
        not_taken += mails_of_others(connection, self._search(connection, request, None), request, self.sender)
        if not self._search(connection, None, self.sender):
            hints.append(
                "this mailbox has no mail of the declared sender, not even an older one: "
                "check `sender` and `mailbox` in the feed's declaration"
            )
        for name in junk_mailboxes(connection):
            status, _ = connection.select(name, readonly=True)
            if status == "OK" and self._search(connection, request, self.sender):
                not_taken.append(
                    f"a mail from the partner is in the mailbox {quoted_name(name.strip(chr(34)))}: move it back"
                )

    def _open(self, connection: imaplib.IMAP4, feed: str) -> int:
        """Opens the mailbox for reading. Returns the number of its mails."""
        status, response = connection.select(_quoted(_mailbox_name(self.mailbox)), readonly=True)
        if status == "OK":
            number = _response_text(response).strip()
            return int(number) if number.isdigit() and len(number) < 12 else 1
        words = quoted_words(_response_text(response))
        raise TransportError(
            f"{feed}: the mail server has no mailbox {self.mailbox!r}, or does not let us open it: "
            f"{words}. Check `mailbox` in the feed's declaration{self._there_are(connection, feed)}."
        )

    def _there_are(self, connection: imaplib.IMAP4, feed: str) -> str:
        try:
            names = mailbox_names(connection)
        except (imaplib.IMAP4.error, OSError) as error:
            log.info("the mailboxes can't be listed", feed=feed, where=traceback_without_values(error))
            return ""
        more = "" if len(names) <= _MOST_NAMED else f" and {len(names) - _MOST_NAMED:,} more"
        return f"; there are {', '.join(quoted_name(name) for name in names[:_MOST_NAMED])}{more}" if names else ""

    def _search(self, connection: imaplib.IMAP4, request: Request | None, sender: str | None) -> list[bytes]:
        """The numbers of the mails since the request's day, or of all mails without a request, in order. Raises
        TransportError."""
        criteria: list[str] = []
        if request is not None:
            # SINCE compares arrival days in the server's time zone, so search one day more. The mail's own date does
            # not matter.
            since = request.since_with_look_back - timedelta(days=1)
            criteria += ["SINCE", f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"]
        if sender:
            criteria += ["FROM", _quoted(sender)]
        status, found = connection.search(None, *criteria)
        if status != "OK":
            feed = request.feed if request else "feed"
            raise TransportError(f"{feed}: the mail server did not search: {quoted_words(_response_text(found))}")
        numbers = [number for line in found if isinstance(line, bytes) for number in line.split() if number.isdigit()]
        return sorted(dict.fromkeys(numbers), key=int)

    def _mail(self, connection: imaplib.IMAP4, number: str, feed: str) -> "_Mail":
        _, parts = connection.fetch(number, "(INTERNALDATE RFC822.SIZE)")
        answer = b" ".join(one if isinstance(one, bytes) else one[0] for one in parts if one)
        arrived_at = _arrived_at(answer)
        size = re.search(rb"RFC822\.SIZE (\d{1,12})", answer, re.IGNORECASE)
        # Base64 in a mail is about a third larger, and has line ends.
        if size and int(size[1]) > self.most_bytes * 3 // 2 + _MOST_OTHER_BYTES:
            return _Mail(b"", arrived_at, f"a mail of {too_large(int(size[1]), self.most_bytes)}")
        status, parts = connection.fetch(number, "(BODY.PEEK[])")
        bodies = [part for part in parts or [] if isinstance(part, tuple) and len(part) > 1]
        bodies = [part for part in bodies if b"BODY[" in part[0].upper()] or bodies
        if status != "OK" or not bodies:
            log.warning("the mail server lists a mail and does not give it", feed=feed, number=number)
            return _Mail(b"", arrived_at, "a mail that the mail server lists and does not give")
        return _Mail(bytes(bodies[0][1]), arrived_at)


def _is_from(raw: bytes, sender: str) -> bool:
    """Whether this address is the mail's only sender: a server's search also matches names, as in `"a@b.example"
    <c@d>`."""
    try:
        written = [str(one) for one in BytesHeaderParser().parsebytes(raw[:_MOST_HEADERS]).get_all("From", [])]
    except (ValueError, LookupError, AttributeError, TypeError):  # headers that Python can't parse
        return False
    addresses = [address.casefold() for _, address in getaddresses(written)]
    return not written or (len(written) == 1 and addresses == [sender.casefold()])


@dataclass(frozen=True)
class _Mail:
    raw: bytes
    arrived_at: datetime | None
    fault: str = ""

    def found(self, request: Request, most_bytes: int, names_all: bool) -> FetchResult:
        if self.fault:
            return FetchResult(not_taken=(self.fault,))
        return files_in_mail(self.raw, request.names, names_all, most_bytes, feed=request.feed)

    def is_of(self, request: Request) -> bool:
        """Whether a mail is of the requested day, by its arrival or, if it was moved here later, by its own date."""
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


def _arrived_at(response: bytes) -> datetime | None:
    try:
        local = imaplib.Internaldate2tuple(response)
        return datetime.fromtimestamp(time.mktime(local), UTC) if local else None
    except (ValueError, OverflowError, KeyError):
        return None


def _response_text(response: Any) -> str:
    return b" ".join(one for one in response or [] if isinstance(one, bytes)).decode("utf-8", "replace")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _mailbox_name(name: str) -> str:
    """A mailbox's name in IMAP's modified UTF-7 (RFC 3501, 5.1.3)."""

    def encoded(match: re.Match[str]) -> str:
        raw = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=")
        return f"&{raw.replace('/', ',')}-"

    return re.sub(r"[^\x20-\x7e]+", encoded, name.replace("&", "&-"))
