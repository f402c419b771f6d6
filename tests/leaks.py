"""Looks for words in bytes, however they are written: in any case, escaped, or in base64."""

import base64
import html
import quopri
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*={0,2}")


def leaks(stores: Mapping[str, bytes], words: Iterable[str]) -> list[tuple[str, str]]:
    """(store, word) for each word that stands in a store."""
    wanted = {word: _squeezed(word) for word in words}
    found = []
    for name, content in stores.items():
        readings = [_squeezed(reading) for reading in _readings(content)]
        found += [(name, word) for word, squeezed in wanted.items() if any(squeezed in one for one in readings)]
    return found


def _readings(content: bytes) -> list[str]:
    """The content as it stands, and as every reader that unescapes or decodes it would see it."""
    text = content.decode("utf-8", "replace")
    unescaped = [
        text,
        content.decode("cp1252", "replace"),
        html.unescape(text),
        _JSON_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text),
        unquote_to_bytes(content).decode("utf-8", "replace"),
        quopri.decodestring(content).decode("utf-8", "replace"),
    ]
    runs = [
        re.sub(rb"\s", b"", run).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        for run in _BASE64_RUN.findall(content)
    ]
    decoded = []
    for run in runs:
        for start in range(4):  # the words may begin anywhere in a longer run
            part = run[start:]
            part = part[:-1] if len(part) % 4 == 1 else part  # no byte ends there
            decoded.append(base64.b64decode(part + b"=" * (-len(part) % 4)).decode("utf-8", "replace"))
    return [*unescaped, "\n".join(decoded)]


def _squeezed(text: str) -> str:
    """Without case, white space and the marks that stand in telephone numbers and registrations."""
    return re.sub(r"[\s()\-.·∗‗∼ˋ]+", "", text).casefold()
