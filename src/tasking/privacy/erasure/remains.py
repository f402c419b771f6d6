"""Looks for somebody afterwards, in whatever is kept. It shares nothing with what erased them but the statement:
this name, these telephone numbers and these addresses may not be found.

Everything is looked at as bytes or as text, in every encoding, unpacked and decoded; what can't be is named.
"""

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
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

import structlog

from tasking.model.errors import traceback_without_values

log = structlog.get_logger(__name__)

_MOST_BYTES: Final = 512 * 2**20  # of one file unpacked
_DEEPEST: Final = 6  # files within files
_SPECIAL: Final = str.maketrans({
    "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "æ": "ae",
    "Æ": "ae", "œ": "oe", "Œ": "oe", "ħ": "h", "ŧ": "t", "ı": "i", "İ": "i",
})  # fmt: skip
_SPELT_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_TITLES: Final = frozenset("mr mrs ms miss mx dr rev revd sir dame lady lord cllr prof".split())
_AFTER_NAMES: Final = frozenset("obe mbe cbe jr snr esq".split())
_BEFORE_SURNAMES: Final = frozenset(
    "van von der den de del di da dos du la le ter ten zu bin ibn ben bint abu al el ni nic ui o mac mc st".split()
)
_FIRST_UNSPACED: Final = 0x2E80  # from where on Unicode has the scripts of East Asia
_QUOTES = re.compile("['’‘ʼʹ`´′＇]")
_NOT_LETTERS = re.compile(r"[\W_]+")
_INNER_CAPITAL = re.compile("(?<=[a-zß-öø-ÿа-яё])(?=[A-ZÀ-ÖØ-ÞА-ЯЁİŁŻ])")
_AT = re.compile(r"\s?@\s?")
_EVERY: Final = [chr(code) for code in range(0x80, 0x30000)]
_MARKS = re.compile(
    "[" + "".join(char for char in _EVERY if unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf")) + "]"
)
_DIGITS: Final = {ord(char): str(unicodedata.digit(char)) for char in _EVERY if char.isdecimal()}
_RUNS = re.compile("[^\x00-\x08\x0e-\x1f\ufffd]{4,}")
_APART: Final = "\nxqx\n"  # between two runs, so that no name goes from one into the other
_ESCAPED_SPACE = re.compile(r"\\[nrt]")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SQLITE: Final = "SQLite format 3\x00"
_CLOSED: Final = {  # by their first bytes: what we don't unpack
    b"%PDF": "PDF", b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!": "RAR", b"\x28\xb5\x2f\xfd": "Zstandard",
    b"PGDMP": "dump of PostgreSQL", b"\x89PNG": "picture", b"\xff\xd8\xff": "picture", b"GIF8": "picture",
}  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """What may not be found: whole names as written, telephone numbers as `+44...`, e-mail addresses."""

    names: tuple[str, ...]
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    def kinds_in(self, text: str, *, is_raw: bool = False) -> set[str]:
        """Which of name, telephone and e-mail a text has. `is_raw`: it is a database's bytes, in which values stand
        side by side with nothing between them."""
        found = set()
        if self._has_name(text, is_raw=is_raw):
            found.add("name")
        if self._digits:
            figures = _figures(text)
            pattern = self._anywhere if is_raw else self._apart
            if pattern.search(figures):
                found.add("telephone")
        if self.emails:
            flat = _AT.sub("@", unicodedata.normalize("NFKC", text).casefold())
            ways = [flat, _ESCAPED_SPACE.sub(" ", flat)] if "\\" in flat else [flat]
            if any((self._addresses_anywhere if is_raw else self._addresses).search(one) for one in ways):
                found.add("e-mail")
        return found

    def kinds_in_bytes(self, content: bytes) -> set[str]:
        """Which of them the raw bytes of a database have."""
        return self.kinds_in_raw(content.decode("utf-8", "replace"))

    def kinds_in_raw(self, text: str) -> set[str]:
        """The same of bytes that were decoded. Runs of ASCII are looked through together: it is the quicker way."""
        runs = _RUNS.findall(text)
        plain, others = [run for run in runs if run.isascii()], [run for run in runs if not run.isascii()]
        return self.kinds_in(_APART.join(plain), is_raw=True) | self.kinds_in(_APART.join(others), is_raw=True)

    @cached_property
    def _names(self) -> list[tuple[str, str]]:
        """(first name, surname) of each name, as letters only, in each way in which it may be divided."""
        return list(dict.fromkeys(pair for name in self.names for pair in _divided(name)))

    @cached_property
    def _in_words(self) -> re.Pattern[str]:
        """Both, either first, wherever each of them is parted; a letter or two may stand between."""
        ways = []
        for first, last in self._names:
            one, other = " ?".join(map(re.escape, first)), " ?".join(map(re.escape, last))
            ways += [f"{one} (?:[^ ] ){{0,2}}{other}", f"{other} {one}"]
        return re.compile(f"(?<= )(?:{'|'.join(ways)})(?= )")

    @cached_property
    def _digits(self) -> list[str]:
        """Each number without its country, a sign or two allowed between any two digits."""
        own = [phone.removeprefix("+44").removeprefix("+") for phone in self.phones]
        return [r"[^\w\n,;|]{0,4}".join(one) for one in own]

    @cached_property
    def _anywhere(self) -> re.Pattern[str]:
        return re.compile("|".join(self._digits))

    @cached_property
    def _apart(self) -> re.Pattern[str]:
        """With nothing but its country or a nought before it, and no digit after."""
        before = r"(?<!\d)(?:(?:00|\+)?44)?[^\w\n]{0,2}0?[^\w\n]{0,2}"
        return re.compile("|".join(f"{before}{one}(?!\\d)" for one in self._digits))

    @cached_property
    def _addresses_anywhere(self) -> re.Pattern[str]:
        return re.compile("|".join(re.escape(one.casefold()) for one in self.emails))

    @cached_property
    def _addresses(self) -> re.Pattern[str]:
        """Whole addresses: `ann@example.org` is neither `joann@example.org` nor `ann@example.org.uk`."""
        return re.compile(rf"(?<![\w.+%-])(?:{self._addresses_anywhere.pattern})(?![\w-]|\.\w)")

    def _has_name(self, text: str, *, is_raw: bool) -> bool:
        # In raw bytes the value before may end in a letter: a capital after a small letter begins a word too.
        plains = [_plain(text), *([_plain(_INNER_CAPITAL.sub(" ", text))] if is_raw else [])]
        if self._names and any(self._in_words.search(f" {plain} ") for plain in plains):
            return True
        return any(one in plains[0] for one in self._unspaced)

    @cached_property
    def _unspaced(self) -> list[str]:
        """Names in scripts that are written without spaces: wherever they stand."""
        return [
            squeezed
            for name in self.names
            if len(squeezed := _plain(name).replace(" ", "")) > 1
            and all(ord(char) > _FIRST_UNSPACED for char in squeezed)
        ]


def _divided(name: str) -> Iterator[tuple[str, str]]:
    """The ways in which a name may be a first name and a surname, without titles; umlauts also spelt out.

    A title is one only before two words or more: Peter Lord is called so.
    """
    before, comma, after = name.partition(",")
    for written in dict.fromkeys((name, name.lower().translate(_SPELT_OUT))):
        before, comma, after = written.partition(",")
        order = f"{after} {before}" if comma else written
        words = [word for one in order.split() if (word := _plain(one).replace(" ", ""))]
        while len(words) > 2 and words[0] in _TITLES:
            words = words[1:]
        while len(words) > 2 and words[-1] in _AFTER_NAMES:
            words = words[:-1]
        if len(words) < 2:
            continue
        yield words[0], "".join(words[1:])
        start = len(words) - 1
        while start > 1 and words[start - 1] in _BEFORE_SURNAMES:
            start -= 1
        yield words[0], "".join(words[start:])


def statement_of(names: Sequence[str], contacts: Sequence[str]) -> Statement:
    """What may not be found of somebody with these names and contacts."""
    return Statement(
        tuple(names),
        tuple(sorted(one for one in contacts if "@" not in one)),
        tuple(sorted(one for one in contacts if "@" in one)),
    )


@dataclass
class Searched:
    """What a file says, and what of it could not be looked into, in words."""

    texts: list[str]
    closed: list[str]


def look_into(content: bytes) -> Searched:
    """Everything that can be read in a file, however it is packed: gzip, bzip2, xz, tar, zip and workbooks, mails with
    what is attached, escapes of JSON, HTML and addresses, base64."""
    searched = Searched([], [])
    _look(content, searched, 0)
    return searched


def is_database(content: bytes) -> bool:
    """Whether a file is a database, in whose bytes values stand side by side: what is found there is not sure."""
    return content.startswith(_SQLITE.encode())


def kinds_in_file(statement: Statement, content: bytes) -> tuple[set[str], list[str]]:
    """(which of name, telephone and e-mail a file has; what of it could not be looked into)."""
    searched = look_into(content)
    found: set[str] = set()
    for text in searched.texts:
        found |= statement.kinds_in_raw(text) if text.startswith(_SQLITE) else statement.kinds_in(text)
    return found, searched.closed


def files_under(folder: Path) -> Iterator[Path]:
    """The files under a folder, or the one file that it is."""
    if folder.is_file():
        yield folder
    else:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _look(content: bytes, searched: Searched, depth: int) -> None:
    if depth > _DEEPEST:
        searched.closed.append("files within files, deeper than we look")
        return
    try:
        inner = list(_unpacked(content, searched))
    except Exception as error:  # a damaged or hostile file is looked through as it is, and named
        log.warning("a file could not be unpacked", where=traceback_without_values(error))
        searched.closed.append("a damaged file")
        inner = []
    for one in inner:
        _look(one, searched, depth + 1)
    if not inner or not content.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        searched.texts += _readings(content)


def _unpacked(content: bytes, searched: Searched) -> Iterator[bytes]:
    """What is packed in a file."""
    for magic, name in _CLOSED.items():
        if content.startswith(magic):
            searched.closed.append(name)
            return
    if content.startswith(_OLE):
        searched.closed.append("an old or encrypted Office file: its numbers")
    elif content.startswith(b"\x1f\x8b"):
        yield _bounded(gzip.GzipFile(fileobj=io.BytesIO(content)))
    elif content.startswith(b"BZh"):
        yield _bounded(bz2.BZ2File(io.BytesIO(content)))
    elif content.startswith(b"\xfd7zXZ\x00"):
        yield lzma.LZMADecompressor().decompress(content, _MOST_BYTES)
    elif content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            yield "\n".join(one.filename for one in book.infolist()).encode()
            for one in book.infolist():
                if one.flag_bits & 1:
                    searched.closed.append("a file under a password")
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


def _bounded(file: gzip.GzipFile | bz2.BZ2File) -> bytes:
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
    """A file as text, in every encoding that partners use, and as each reader that undoes escapes would see it."""
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


def _plain(text: str) -> str:
    """Letters and figures only, one space between words, without case and accents."""
    return _NOT_LETTERS.sub(" ", _letters(_QUOTES.sub("", text))).strip()


def _letters(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.translate(_SPECIAL)).casefold())
    return _MARKS.sub("", plain).translate(_SPECIAL)


def _figures(text: str) -> str:
    return text if text.isascii() else _MARKS.sub("", text).translate(_DIGITS)
