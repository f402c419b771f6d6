"""Finds the deliveries in a mail, in any part of it: attached, forwarded, signed, in winmail.dat, in a zip."""

import email
import email.policy
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.errors import CloseBoundaryNotFoundDefect
from email.message import Message

import structlog

from tasking.intake.transports.address import MOST_BYTES
from tasking.intake.transports.mail_body import Body, body_of, uuencoded
from tasking.intake.transports.mail_findings import MailFindings
from tasking.intake.transports.mail_links import link_words
from tasking.intake.transports.mail_names import decoded_words, header, kind, part_names
from tasking.intake.transports.names import (
    Fit,
    Match,
    best_match,
    match,
    quoted_name,
)
from tasking.intake.transports.smime import NotOpened, signed_content
from tasking.intake.transports.tnef import attachments
from tasking.model.delivery import FetchResult
from tasking.model.errors import traceback_without_values

log = structlog.get_logger(__name__)

_MOST_DEPTH = 40
_MOST_PARTS = 2000
_MOST_IN_TEXT = 100  # uuencoded files in one text
_MAIL_START = re.compile(
    rb"\s{0,10}(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\r\n]{0,2000}\r?\n(?:[ \t][^\r\n]{0,2000}\r?\n){0,50}){2}"
)
_TNEF = b"\x78\x9f\x3e\x22"
_OLE = b"\xd0\xcf\x11\xe0"


_CONTENT_ELSEWHERE = {
    "message/external-body": "an attachment that was left out of its mail, to be fetched elsewhere",
    "message/partial": "a mail that was sent in several pieces",
}


def files_in_mail(
    raw: bytes, wanted: Sequence[str], names_all: bool = True, most_bytes: int = MOST_BYTES, *, feed: str
) -> FetchResult:
    """The files with these names in a mail, and the names of similar ones that could not be taken. Never raises.

    `names_all`: if no file fits, every file in the mail is named, not only archives and similar names.
    `most_bytes`: of each file. `feed` is for the log.
    """
    reader = _MailReader(MailFindings.of(wanted, feed, most_bytes))
    reader.entity(raw, 0)
    return reader.findings.result(names_all)


@dataclass
class _MailReader:
    """Goes through the parts of one mail."""

    findings: MailFindings
    parts: int = 0

    def entity(self, raw: bytes, depth: int) -> None:
        """A whole mail, or a mail inside another."""
        try:
            message = email.message_from_bytes(raw, policy=email.policy.compat32)
        except Exception as error:  # Python can't parse some mails; the others must be read
            self._log("a mail can't be read", error)
            self.findings.wrapped.append("a mail that is too damaged to read")
            return
        self.part(message, depth)

    def part(self, message: Message, depth: int, note: str = "") -> None:
        self.parts += 1
        if depth > _MOST_DEPTH or self.parts > _MOST_PARTS:
            self.findings.wrapped.append("a mail with too many parts, or too deep, to look through all of it")
            return
        try:
            if message.is_multipart():
                self._branch(message, depth, note)
            else:
                self._leaf(message, depth, note)
        except Exception as error:  # one part must not stop the others
            self._log("a part of a mail can't be read", error)
            self.findings.wrapped.append("a part of a mail that is too damaged to read")

    def _log(self, what: str, error: Exception) -> None:
        log.warning(
            what, feed=self.findings.feed, asked_for=self.findings.wanted[0], where=traceback_without_values(error)
        )

    def _branch(self, message: Message, depth: int, note: str) -> None:
        if kind(message) in _CONTENT_ELSEWHERE:
            self.findings.wrapped.append(_CONTENT_ELSEWHERE[kind(message)])
            return
        children = [child for child in message.get_payload() if isinstance(child, Message)]
        if kind(message).startswith("message/") and len(children) == 1 and not children[0].keys():
            # A forwarded mail that was encoded, which the standard forbids: its payload is the mail.
            payload = _payload(children[0])
            decoded = body_of(payload, header(message, "content-transfer-encoding")).content
            if decoded != payload and not children[0].is_multipart():
                self.entity(decoded, depth + 1)
                return
        is_open = any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in message.defects)
        for number, child in enumerate(children, 1):
            is_last = is_open and number == len(children)
            self.part(child, depth + 1, "the mail has no proper end: it may be cut short" if is_last else note)

    def _leaf(self, message: Message, depth: int, note: str) -> None:
        content_type = kind(message)
        if content_type == "application/applefile":
            return  # the resource fork of a file, under the same name
        names = part_names(message)
        encoding = header(message, "content-transfer-encoding")
        body = body_of(_payload(message), encoding)
        body = replace(body, note="; ".join(filter(None, (body.note, note))))
        if content_type in _CONTENT_ELSEWHERE:
            self.findings.wrapped.append(_CONTENT_ELSEWHERE[content_type])
        elif content_type.startswith("multipart/"):
            self._lost_boundary(body, depth)
        elif content_type.startswith("message/") and not names:
            self.entity(body.content, depth + 1)
        elif not names and content_type in ("text/plain", "text/html", "text/enriched"):
            for name, content, lacking in uuencoded(body.content)[:_MOST_IN_TEXT]:
                self.file([name], "application/octet-stream", replace(body, content=content, lacking=lacking), depth)
            if link := link_words(body.content, self.findings.wanted):
                self.findings.links.append(link)
        else:
            subject = decoded_words(header(message, "subject"))
            self.file(
                names or [name for name in (subject,) if match(name, self.findings.wanted).is_taken],
                content_type,
                body,
                depth,
            )

    def _lost_boundary(self, body: Body, depth: int) -> None:
        """A multipart with a missing or wrong boundary: uses the first line that looks like one."""
        found = re.search(rb"^--([^\r\n]{1,200})\r?$", body.content, re.MULTILINE)
        if found is None or depth > _MOST_DEPTH:
            self.findings.wrapped.append("a mail whose parts can't be told apart")
            return
        boundary = found[1].rstrip().replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        self.entity(b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + body.content, depth + 1)

    def file(self, names: Sequence[str], content_type: str, body: Body, depth: int) -> None:
        """An attachment, or a part with a name: takes it, opens it, or keeps its name."""
        name, found = best_match(names, self.findings.wanted)
        name = name or next(iter(names), "")
        if found.is_taken:
            self.findings.take(name, found, body)
        elif not self._open(name, found, content_type, body, depth):
            self.findings.name_others(name, found, content_type)

    def _open(self, name: str, found: Match, content_type: str, body: Body, depth: int) -> bool:
        """Opens what can hold files: TNEF, S/MIME, a mail, a zip or gzip. False if the attachment is none of these."""
        content, ending = body.content, name.casefold().strip()
        if content.startswith(_TNEF) or "ms-tnef" in content_type or ending in ("winmail.dat", "win.dat"):
            self._outlook(name, body, depth)
        elif "pkcs7-mime" in content_type or ending.endswith(".p7m"):
            try:
                self.entity(signed_content(content), depth + 1)
            except NotOpened as error:
                self.findings.wrapped.append(quoted_name(name or "smime.p7m", str(error)))
        elif content.startswith(_OLE) and ending.endswith(".msg"):
            self.findings.wrapped.append(quoted_name(name, "a mail in Outlook's own format: ask for the file itself"))
        elif content_type.startswith("message/") or ending.endswith(".eml") or _is_mail(name, content):
            self.entity(content, depth + 1)
        elif found.fit == Fit.WRAPPED or _is_packed(ending, content):
            self.findings.unpack(name, found, body)
        else:
            return False
        return True

    def _outlook(self, name: str, body: Body, depth: int) -> None:
        try:
            inside = attachments(body.content)
        except ValueError:
            inside = []
        before = self.findings.count
        for inner, content in inside:
            self.parts += 1
            if depth < _MOST_DEPTH and self.parts < _MOST_PARTS:
                self.file([inner], "application/octet-stream", replace(body, content=content), depth + 1)
        if self.findings.count == before:
            why = "Outlook's own wrapping, and no file of the name that we ask for could be read in it"
            self.findings.wrapped.append(quoted_name(name or "winmail.dat", why))


def _payload(message: Message) -> bytes:
    """The undecoded bytes of a part. Removes its transfer encoding, as mail_body decodes it."""
    del message["Content-Transfer-Encoding"]
    content = message.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _is_mail(name: str, content: bytes) -> bool:
    """Whether an attachment without a name, or without an ending, is itself a mail."""
    is_nameless = not name or "." not in name
    return (
        is_nameless and _MAIL_START.match(content[:20_000]) is not None and b"content-type" in content[:20_000].lower()
    )


def _is_packed(ending: str, content: bytes) -> bool:
    # Office documents are zips too, but not containers of deliveries.
    is_office = re.search(r"\.(xls[xmb]|doc[xm]|ppt[xm]|od[tsp])$", ending)
    return ending.endswith((".zip", ".gz")) or (not is_office and content.startswith((b"PK\x03\x04", b"\x1f\x8b")))
