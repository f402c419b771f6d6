"""Names mails that may hold the day's delivery, if none was found.

A mail address is personal data: only a sender's domain is shown.
"""

import imaplib
import re
from collections.abc import Iterable, Iterator, Sequence
from email.parser import BytesHeaderParser
from email.utils import getaddresses

import structlog

from tasking.intake.transports.address import Request
from tasking.intake.transports.mail_names import decoded_words, extended
from tasking.intake.transports.names import Fit, match, quoted_name
from tasking.model.errors import traceback_without_values
from tasking.model.text import clean

log = structlog.get_logger(__name__)

_MOST_MAILS = 300  # the newest
_MOST_NAMED = 3
_MOST_STRUCTURE = 200_000  # bytes of a mail's structure
_JUNK = re.compile(r"\b(junk|spam|unerwünscht|quarantine)\b", re.IGNORECASE)
_LISTED = re.compile(rb'\(([^)]{0,190})\) {1,9}(?:"\\?.?"|NIL) {1,9}("[^"]{1,190}"|[^\s"]{1,190})\s{0,9}$')
_NAME = re.compile(rb'"(?:file)?name[^"]{0,10}"\s+("(?:[^"\\]|\\.){1,600}")', re.IGNORECASE)


def mails_of_others(connection: imaplib.IMAP4, numbers: Sequence[bytes], request: Request, sender: str) -> list[str]:
    """Other senders' mails with an attachment of the wanted name, in words, with the senders' domains.

    `numbers`: the recent mails of the open mailbox.
    """
    newest = [number.decode() for number in numbers[-_MOST_MAILS:]]
    if not newest:
        return []
    _, answer = connection.fetch(",".join(newest), "(BODYSTRUCTURE)")
    found: list[str] = []
    for number, structure in _by_mail(answer):
        name = next((one for one in _names(structure) if _is_wanted(one, request)), None)
        if name is None:
            continue
        domain = _domain(connection, number)
        if domain and len(found) < _MOST_NAMED:
            own = sender.rpartition("@")[2].casefold()
            whose = f"another address at {domain}" if domain == own else f"an address at {domain}"
            found.append(quoted_name(name, f"came by mail from {whose}, which is not the sender that we know"))
    return list(dict.fromkeys(found))


def junk_mailboxes(connection: imaplib.IMAP4) -> Iterator[str]:
    """The mailboxes for junk, with their names as commands write them."""
    _, lines = connection.list()
    for line in lines or []:
        found = _LISTED.match(line) if isinstance(line, bytes) else None
        if not found:
            continue
        name = found[2].decode("ascii", "replace")
        if b"\\junk" in found[1].lower() or _JUNK.search(name):
            yield name if name.startswith('"') else f'"{name}"'


def mailbox_names(connection: imaplib.IMAP4) -> list[str]:
    """The names of the mailboxes that can be opened, as the server writes them."""
    _, lines = connection.list()
    found = [_LISTED.match(line) for line in lines or [] if isinstance(line, bytes)]
    return sorted(
        one[2].decode("ascii", "replace").strip('"') for one in found if one and b"\\noselect" not in one[1].lower()
    )


def _by_mail(answer: Iterable[object]) -> Iterator[tuple[str, bytes]]:
    """Splits the answer to FETCH by mail number; a name that is sent as a literal is a separate piece."""
    number, pieces = "", b""
    for part in answer:
        whole = b" ".join(_quoted_if(at, one) for at, one in enumerate(part)) if isinstance(part, tuple) else part
        if not isinstance(whole, bytes):
            continue
        start = re.match(rb"(\d{1,10}) \(", whole)
        if start:
            if number:
                yield number, pieces
            number, pieces = start[1].decode(), b""
        pieces = (pieces + whole)[:_MOST_STRUCTURE]
    if number:
        yield number, pieces


def _quoted_if(at: int, piece: bytes) -> bytes:
    return b'"' + piece.replace(b'"', b"") + b'"' if at else re.sub(rb"\{\d+\}$", b"", piece)


def _names(structure: bytes) -> Iterator[str]:
    """The attachment names in a mail's structure: plain, in RFC 2047 or in RFC 2231."""
    for found in _NAME.finditer(structure):
        text = found[1][1:-1].decode("utf-8", "replace").replace('\\"', '"').replace("\\\\", "\\")
        yield decoded_words(text)
        if "'" in text:
            yield extended(text)


def _is_wanted(name: str, request: Request) -> bool:
    return match(name, [request.file_name]).fit in (Fit.SAME, Fit.NEAR, Fit.WRAPPED, Fit.SAME_STEM)


def _domain(connection: imaplib.IMAP4, number: str) -> str:
    _, answer = connection.fetch(number, "(BODY.PEEK[HEADER.FIELDS (FROM)])")
    raw = next((part[1] for part in answer or [] if isinstance(part, tuple) and len(part) > 1), b"")
    try:
        written = [str(one) for one in BytesHeaderParser().parsebytes(raw).get_all("From", [])]
        address = next((address for _, address in getaddresses(written) if "@" in address), "")
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        log.info("the sender of a mail can't be read", where=traceback_without_values(error))
        return ""
    domain = clean(address.rpartition("@")[2].casefold())
    return domain if re.fullmatch(r"[a-z0-9.\-]{1,100}", domain) else ""
