"""Attachments from a mailbox. Mail is read, never changed; a name in a mail is never used as a path."""

import email
import email.policy
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from tasking.feeds.transports.address import TIMEOUT_S, Address, Request
from tasking.model.delivery import Fetched
from tasking.model.errors import TransportError

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class ImapMailbox:
    """`address.extra`: use_ssl (default true)."""

    mailbox: str
    sender: str | None
    address: Address

    def fetch(self, request: Request) -> list[Fetched]:
        try:
            connection = self._connect()
            try:
                return list(self._attachments(connection, request))
            finally:
                connection.logout()
        except (imaplib.IMAP4.error, OSError) as error:
            raise TransportError(
                f"{request.feed}: the mailbox did not let us in or broke off ({type(error).__name__})"
            ) from error

    def _connect(self) -> imaplib.IMAP4:
        connection: imaplib.IMAP4
        if self.address.extra.get("use_ssl", True):
            connection = imaplib.IMAP4_SSL(
                self.address.host, self.address.port or 993, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_S
            )
        else:
            connection = imaplib.IMAP4(self.address.host, self.address.port or 143, timeout=TIMEOUT_S)
        connection.login(self.address.login or "", self.address.password or "")
        return connection

    def _attachments(self, connection: imaplib.IMAP4, request: Request) -> Iterator[Fetched]:
        status, _ = connection.select(f'"{self.mailbox}"', readonly=True)
        if status != "OK":
            raise TransportError(f"{request.feed}: there is no mailbox {self.mailbox!r}")
        # SINCE knows days only, by the server's own calendar: look a day further back.
        since = request.since - timedelta(days=1)
        criteria = ["SINCE", f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"]
        if self.sender:
            criteria += ["FROM", f'"{self.sender}"']
        _, found = connection.search(None, *criteria)
        for number in found[0].split():
            _, parts = connection.fetch(number, "(BODY.PEEK[])")
            yield from _named(_message(parts), request.file_name)


def _message(parts: list[Any]) -> EmailMessage:
    raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
    return email.message_from_bytes(raw, policy=email.policy.default)


def _named(message: EmailMessage, file_name: str) -> Iterator[Fetched]:
    for part in message.iter_attachments():
        name = base_name(part.get_filename() or "")
        content = part.get_payload(decode=True)
        if name.casefold() == file_name.casefold() and isinstance(content, bytes):
            yield Fetched(file_name, content)


def base_name(name: str) -> str:
    """The last part of a name that a mail gives, without control characters: `../../etc/cron.d/x` is `x`."""
    return re.sub(r"[\x00-\x1f\x7f]", "", re.split(r"[/\\]", name)[-1]).strip()
