"""Reads the file names of a part of a mail, in every way in which mailers encode them.

RFC 2231 (in pieces, with a character set), RFC 2047 (not allowed there, but common), raw 8-bit characters.
"""

import binascii
import quopri
import re
from collections.abc import Iterable, Iterator
from email.message import Message
from urllib.parse import unquote_to_bytes

from tasking.intake.transports.names import base_name

_LONGEST = 10_000  # characters of a header that are read

_PARAMETER = re.compile(r';\s{0,9}([^\s=;"]{1,80})\s{0,9}=\s{0,9}("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_PIECE = re.compile(r"(filename|name)\*(\d{1,3})(\*?)")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bq])\?([^?]*)\?=", re.IGNORECASE)
_FOLD = re.compile(r"[\r\n]+[ \t]?")


def header(message: Message, name: str) -> str:
    """A header's value on one line; the first if there are several, empty if there is none."""
    for key, value in message.raw_items():
        if key.casefold() == name:
            raw = str(value)[:_LONGEST].encode("utf-8", "surrogateescape")
            return _FOLD.sub(" ", _decoded(raw, "utf-8")).strip()
    return ""


def kind(message: Message) -> str:
    """The content type without parameters, in lower case; `text/plain` if none is given."""
    found = header(message, "content-type").partition(";")[0].strip().casefold()
    return found if re.fullmatch(r"[^\s/]{1,127}/[^\s/]{1,127}", found) else "text/plain"


def part_names(message: Message) -> list[str]:
    """Every name that a part has, the most reliable first, without duplicates."""
    found: list[str] = []
    for name, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        given = parameters(header(message, name))
        # Mailers mix up the two headers, so each parameter is read from both.
        for wanted in (parameter, "filename" if parameter == "name" else "name"):
            found += _of_parameter(given, wanted)
    found += [decoded_words(header(message, name)) for name in ("content-description", "content-location")]
    return list(dict.fromkeys(base_name(name) for name in found if base_name(name)))


def parameters(value: str) -> dict[str, str]:
    """The parameters of a header, by name in lower case."""
    found: dict[str, str] = {}
    # A header without its value may start with a parameter.
    for match in _PARAMETER.finditer(value if ";" in value else f";{value}"):
        text = match[2].strip()
        if text.startswith('"'):
            text = re.sub(r'\\(["\\])', r"\1", text[1:].removesuffix('"'))
        found.setdefault(match[1].casefold(), text)
    return found


def _of_parameter(given: dict[str, str], name: str) -> Iterator[str]:
    if f"{name}*" in given:
        yield extended(given[f"{name}*"])
    pieces = sorted(
        (int(match[2]), match[3], value)
        for key, value in given.items()
        if (match := _PIECE.fullmatch(key)) and match[1] == name
    )
    if pieces:
        yield _joined(pieces)
    if name in given:
        yield decoded_words(given[name])
        yield given[name]


def extended(value: str) -> str:
    """`utf-8'en'na%20me` as text."""
    parts = value.split("'", 2)
    if len(parts) == 3:
        return _decoded(unquote_to_bytes(parts[2]), parts[0])
    return _decoded(unquote_to_bytes(value), "utf-8")


def _joined(pieces: Iterable[tuple[int, str, str]]) -> str:
    """Joins a name that is split into pieces: those with a star are percent-encoded, and the first may have a
    character set."""
    charset, raw = "utf-8", b""
    for number, star, value in pieces:
        if star and number == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        raw += unquote_to_bytes(value) if star else value.encode("utf-8", "replace")
    return decoded_words(_decoded(raw, charset))


def decoded_words(text: str) -> str:
    """Decodes RFC 2047 words. Adjacent words of one character set are joined first, as mailers split letters between
    them."""
    if "=?" not in text:
        return text
    result: list[str] = []
    charset, raw, position = "", b"", 0
    for match in _WORD.finditer(text):
        between = text[position : match.start()]
        mine = match[1].partition("*")[0].casefold()
        if raw and (between.strip() or mine != charset):
            result.append(_decoded(raw, charset))
            raw = b""
        if between.strip():
            result.append(between)
        charset, raw, position = mine, raw + _word(match[2], match[3]), match.end()
    result.append(_decoded(raw, charset) if raw else "")
    return "".join(result) + text[position:]


def _word(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding.casefold() == "q":
        return quopri.decodestring(data, header=True)
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    data = data[:-1] if len(data) % 4 == 1 else data
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def _decoded(raw: bytes, charset: str) -> str:
    for one in (charset or "utf-8", "utf-8", "cp1252"):
        try:
            return raw.decode(one)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")
