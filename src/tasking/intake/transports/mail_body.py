"""Decodes the parts of a mail as far as possible, and says what is wrong with their encoding."""

import binascii
import quopri
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Body:
    """`note` and `lacking` as in FetchedFile."""

    content: bytes
    note: str = ""
    lacking: str = ""


def body_of(payload: bytes, encoding: str) -> Body:
    """The decoded content of a part; `encoding` is its Content-Transfer-Encoding."""
    match re.sub(r"[^a-z0-9]", "", encoding.casefold()):
        case "base64" | "b64":
            return _from_base64(payload)
        case "quotedprintable" | "qp":
            return Body(quopri.decodestring(payload))
        case "xuuencode" | "uuencode" | "xuue" | "uue":
            found = uuencoded(payload)
            return Body(found[0][1], lacking=found[0][2]) if found else Body(payload)
        case _:
            return _as_is(payload)


_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_LINE_OF_BASE64 = 60


def _as_is(payload: bytes) -> Body:
    # Without the header, which some gateways drop, long lines of the 64 letters must be base64.
    lines = payload.split()
    whole = b"".join(lines)
    is_long = len(lines) > 1 and all(len(line) >= _LINE_OF_BASE64 for line in lines[:-1])
    if is_long and len(whole) % 4 == 0 and not whole.rstrip(b"=").translate(None, _BASE64):
        body = _from_base64(payload)
        return Body(body.content, "in base64, which the mail does not say", body.lacking)
    return Body(payload)


def _from_base64(payload: bytes) -> Body:
    """The content as far as it can be decoded; `lacking` says so if characters are missing or wrong."""
    kept: list[bytes] = []
    strange = 0
    for line in payload.split():
        clean = re.sub(rb"[^A-Za-z0-9+/=]", b"", line)
        if len(clean) != len(line):
            if kept and kept[-1].endswith(b"="):
                break  # a mailing list's footer after the end
            strange += len(line) - len(clean)
        kept.append(clean)
    letters = b"".join(kept)
    if strange * 20 > len(letters):
        return Body(payload, "plain, though the mail says base64")
    content = b""
    pieces = []
    is_cut = False
    # Some senders encode a file in several pieces, each with its own padding.
    segments = re.findall(rb"[^=]+=*", letters)
    for segment in segments:
        data = segment.rstrip(b"=")
        ends = len(segment) > len(data)
        rest = len(data) % 4
        is_cut |= rest == 1 or (rest > 0 and not ends)
        data = data[:-1] if rest == 1 else data
        pieces.append(binascii.a2b_base64(data + b"=" * (-len(data) % 4)))
    content = b"".join(pieces)
    if is_cut:
        return Body(content, lacking="the attachment breaks off in the middle (its base64 has no proper end)")
    if strange:
        return Body(content, lacking="the attachment is damaged (its base64 holds characters that do not belong there)")
    return Body(content)


_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{1,300})")
_CUT = "the attachment breaks off in the middle (its uuencoding has no end)"


def uuencoded(text: bytes) -> list[tuple[str, bytes, str]]:
    """The uuencoded files in a text: name, content, and why it is incomplete."""
    found: list[tuple[str, bytes, str]] = []
    if b"begin " not in text:
        return found
    name: str | None = None
    pieces: list[bytes] = []
    for line in text.splitlines():
        start = _BEGIN.fullmatch(line.rstrip())
        if name is not None and (start or line.strip() == b"end"):
            found.append((name, b"".join(pieces), _CUT if start else ""))
            name = None
        if start:
            name, pieces = start[1].decode("utf-8", "replace").strip(), []
        elif name is not None and line.strip() not in (b"", b"`"):
            try:
                pieces.append(binascii.a2b_uu(line))
            except binascii.Error:
                found.append((name, b"".join(pieces), _CUT))
                name = None
    if name is not None:
        found.append((name, b"".join(pieces), _CUT))
    return found
