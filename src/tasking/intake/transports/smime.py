"""Extracts the content of an opaque signed mail (smime.p7m). Signatures are not verified, nor are those of clear signed
mails.

Parses only SignedData and its content (CMS, RFC 5652), in DER and in the BER of older mailers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENVELOPED = bytes.fromhex("2a864886f70d010703")
_MOST_ELEMENTS = 200_000
_OCTETS, _OID, _SEQUENCE, _EXPLICIT = 0x04, 0x06, 0x30, 0xA0


class NotOpened(Exception):
    """The file can't be opened; the message says what it is."""


@dataclass(frozen=True)
class _Element:
    tag: int
    start: int  # of its content
    end: int
    after: int


def signed_content(content: bytes) -> bytes:
    """The MIME entity that was signed. Raises NotOpened."""
    try:
        outer = _element(content, 0)
        kind, *rest = _inside(content, outer)
        if content[kind.start : kind.end] == _ENVELOPED:
            raise NotOpened("an encrypted mail, and we have no key for it")
        if kind.tag != _OID or content[kind.start : kind.end] != _SIGNED:
            raise NotOpened("an S/MIME mail of a kind that we do not open")
        signed = next(iter(_inside(content, rest[0])))
        # version, digest algorithms, then what was signed
        encapsulated = next(one for one in _inside(content, signed) if one.tag == _SEQUENCE)
        parts = list(_inside(content, encapsulated))
        if len(parts) < 2 or parts[1].tag != _EXPLICIT:
            raise NotOpened("a signature without what it signs")
        return b"".join(_octets(content, next(iter(_inside(content, parts[1]))), 0))
    except (IndexError, ValueError, StopIteration) as error:
        raise NotOpened("an S/MIME mail that is damaged") from error


def _octets(content: bytes, element: _Element, depth: int) -> Iterator[bytes]:
    """An octet string, which BER may write in several pieces."""
    if depth > 4:
        raise ValueError("nested too deep")
    if element.tag & 0x20:
        for one in _inside(content, element):
            yield from _octets(content, one, depth + 1)
    elif element.tag == _OCTETS:
        yield content[element.start : element.end]
    else:
        raise ValueError("not an octet string")


def _inside(content: bytes, element: _Element) -> Iterator[_Element]:
    at = element.start
    while at < element.end:
        one = _element(content, at)
        yield one
        at = one.after


def _element(content: bytes, at: int, depth: int = 0) -> _Element:
    tag, length = content[at], content[at + 1]
    start = at + 2
    if length == 0x80:
        # Indefinite length: the end is a marker, found only by parsing the content.
        inner = start
        for _ in range(_MOST_ELEMENTS):
            if depth > 20:
                break
            if content[inner : inner + 2] == b"\x00\x00":
                return _Element(tag, start, inner, inner + 2)
            inner = _element(content, inner, depth + 1).after
        raise ValueError("no end")
    if length > 0x80:
        count = length & 0x7F
        if count > 4:
            raise ValueError("too long")
        length = int.from_bytes(content[start : start + count], "big")
        start += count
    if start + length > len(content):
        raise ValueError("cut short")
    return _Element(tag, start, start + length, start + length)
