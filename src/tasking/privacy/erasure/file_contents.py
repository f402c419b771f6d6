"""Everything that can be read in a file, however it is packed or encoded, for the search after an erasure."""

import base64
import binascii
import bz2
import email
import email.policy
import gzip
import html
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

import structlog

from tasking.model.errors import traceback_without_values
from tasking.privacy.erasure.search_terms import SearchTerms

log = structlog.get_logger(__name__)

_MOST_BYTES: Final = 512 * 2**20  # of one file unpacked
_DEEPEST: Final = 6  # files within files
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SQLITE: Final = "SQLite format 3\x00"
_NOT_UNPACKED: Final = {  # first bytes -> the kind of file
    b"%PDF": "PDF", b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!": "RAR", b"\x28\xb5\x2f\xfd": "Zstandard",
    b"PGDMP": "dump of PostgreSQL", b"\x89PNG": "picture", b"\xff\xd8\xff": "picture", b"GIF8": "picture",
}  # fmt: skip


@dataclass
class FileTexts:
    """The texts in a file, and what of it could not be read, in words."""

    texts: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def texts_in_file(content: bytes) -> FileTexts:
    """Everything that can be read in a file.

    Unpacks gzip, bzip2, xz, tar, zip, workbooks and mails with attachments; decodes escapes of JSON, HTML and URLs, and
    base64.
    """
    found = FileTexts()
    _collect(content, found, 0)
    return found


def is_database(content: bytes) -> bool:
    """Whether a file is an SQLite database, whose values have no separators: what is found in its bytes is not sure."""
    return content.startswith(_SQLITE.encode())


def kinds_in_file(terms: SearchTerms, content: bytes) -> tuple[set[str], list[str]]:
    """(which of name, telephone and e-mail a file contains, what of it could not be read)."""
    contents = texts_in_file(content)
    kinds: set[str] = set()
    for text in contents.texts:
        kinds |= terms.kinds_in_raw(text) if text.startswith(_SQLITE) else terms.kinds_in(text)
    return kinds, contents.unreadable


def files_under(folder: Path) -> Iterator[Path]:
    """The files under a folder, without links; a path to a file gives that file."""
    if folder.is_file():
        yield folder
    else:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _collect(content: bytes, found: FileTexts, depth: int) -> None:
    if depth > _DEEPEST:
        found.unreadable.append("files within files, deeper than we look")
        return
    try:
        inner = list(_unpacked(content, found))
    except Exception as error:  # a damaged or hostile file is read as it is, and reported
        log.warning("a file could not be unpacked", where=traceback_without_values(error))
        found.unreadable.append("a damaged file")
        inner = []
    for one in inner:
        _collect(one, found, depth + 1)
    if not inner or not content.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        found.texts += _readings(content)


def _unpacked(content: bytes, found: FileTexts) -> Iterator[bytes]:
    """The files packed in a file."""
    for magic, name in _NOT_UNPACKED.items():
        if content.startswith(magic):
            found.unreadable.append(name)
            return
    if content.startswith(_OLE):
        found.unreadable.append("an old or encrypted Office file: its numbers")
    elif content.startswith(b"\x1f\x8b"):
        yield _read_bounded(gzip.GzipFile(fileobj=io.BytesIO(content)))
    elif content.startswith(b"BZh"):
        yield _read_bounded(bz2.BZ2File(io.BytesIO(content)))
    elif content.startswith(b"\xfd7zXZ\x00"):
        yield lzma.LZMADecompressor().decompress(content, _MOST_BYTES)
    elif content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            yield "\n".join(one.filename for one in book.infolist()).encode()
            for one in book.infolist():
                if one.flag_bits & 1:
                    found.unreadable.append("a file under a password")
                elif not one.is_dir():
                    yield book.read(one) if one.file_size <= _MOST_BYTES else b""
    elif content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isfile() else None
                yield member.name.encode()
                if file is not None:
                    yield file.read(_MOST_BYTES)
    elif re.match(rb"(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\n]{0,2000}\r?\n){2}", content):
        yield from _mail(content)


def _read_bounded(file: gzip.GzipFile | bz2.BZ2File) -> bytes:
    with file:
        return file.read(_MOST_BYTES)


def _mail(content: bytes) -> Iterator[bytes]:
    """The headers and the parts of a mail, decoded."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.walk():
        yield "\n".join(str(value) for value in part.values()).encode("utf-8", "replace")
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload


def _readings(content: bytes) -> list[str]:
    """A file as text, in every encoding that partners use, and with each kind of escape decoded."""
    text = content.decode("utf-8", "replace")
    found = [text]
    if "\ufffd" in text:
        found += [content.decode("cp1252", "replace")]
    if b"\x00" in content:
        found += [content.decode(name, "replace") for name in ("utf-16-le", "utf-16-be")]
        found += [content[1:].decode("utf-16-le", "replace")]
    if "\\u" in text:
        written = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
        found.append(written.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    if "&" in text:
        found.append(html.unescape(text))
    if "<" in text:
        found += [_TAG.sub(" ", html.unescape(text)), _TAG.sub("", html.unescape(text))]
    if b"%" in content:
        found.append(unquote_to_bytes(content.replace(b"+", b" ")).decode("utf-8", "replace"))
    for run in _BASE64.findall(content.replace(b"\r\n", b"").replace(b"\n", b"")) if len(content) < 2**20 else ():
        try:
            found.append(base64.b64decode(run + b"=" * (-len(run) % 4)).decode("utf-8", "replace"))
        except (binascii.Error, ValueError):
            continue
    if content[:2] in (b"x\x9c", b"x\x01", b"x\xda"):
        with suppress(zlib.error):
            found.append(zlib.decompress(content).decode("utf-8", "replace"))
    return found
