"""Extracts the attachments of winmail.dat, Outlook's TNEF format (MS-OXTNEF)."""

import struct
from collections.abc import Iterator

_SIGNATURE = 0x223E9F78
_RENDERING, _TITLE, _DATA, _PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_ATTACHMENT = 2
_LONG_NAME = 0x3707  # PidTagAttachLongFilename
_TEXT, _WIDE = 0x001E, 0x001F
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_OF_ANY_LENGTH = (0x0D, _TEXT, _WIDE, 0x0102)
_MOST_PROPERTIES = 2000


def attachments(content: bytes) -> list[tuple[str, bytes]]:
    """The names and contents of the attachments. Raises ValueError if it is not TNEF, or damaged."""
    try:
        signature, _ = struct.unpack_from("<IH", content)
        if signature != _SIGNATURE:
            raise ValueError("not TNEF")
        found: list[dict[str, bytes]] = []
        for level, attribute, data in _attributes(content):
            if level != _ATTACHMENT:
                continue
            if attribute == _RENDERING or not found:
                found.append({})
            if attribute == _TITLE:
                found[-1].setdefault("name", data.rstrip(b"\x00"))
            elif attribute == _DATA:
                found[-1]["data"] = data
            elif attribute == _PROPERTIES and (name := _long_name(data)):
                found[-1]["name"] = name
    except struct.error as error:
        raise ValueError("cut short") from error
    return [(_text(one.get("name", b"")), one["data"]) for one in found if "data" in one]


def _attributes(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 6
    while at < len(content):
        level, attribute, _, length = struct.unpack_from("<BHHI", content, at)
        data = content[at + 9 : at + 9 + length]
        if len(data) < length:
            raise ValueError("cut short")
        yield level, attribute, data
        at += 9 + length + 2  # two bytes of checksum


def _text(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp1252", "replace")


def _long_name(data: bytes) -> bytes:
    """The long file name in an attachment's properties, as UTF-8; empty if there is none."""
    try:
        (count,) = struct.unpack_from("<I", data)
        at = 4
        for _ in range(min(count, _MOST_PROPERTIES)):
            kind, tag = struct.unpack_from("<HH", data, at)
            at += 4
            if tag >= 0x8000:  # a named one: a GUID, then a number or a name
                (by,) = struct.unpack_from("<I", data, at + 16)
                at += 20
                (length,) = struct.unpack_from("<I", data, at)
                at += 4 + (_padded(length) if by else 0)
            values = 1
            if kind & 0x1000 or kind in _OF_ANY_LENGTH:
                (values,) = struct.unpack_from("<I", data, at)
                at += 4
            for _ in range(min(values, _MOST_PROPERTIES)):
                if kind & 0xFFF not in _OF_ANY_LENGTH and kind not in _OF_ANY_LENGTH:
                    at += _SIZES[kind & 0xFFF]
                    continue
                (length,) = struct.unpack_from("<I", data, at)
                value = data[at + 4 : at + 4 + length]
                at += 4 + _padded(length)
                if tag == _LONG_NAME:
                    name = value.decode("utf-16-le", "replace") if kind == _WIDE else _text(value)
                    return name.rstrip("\x00").encode("utf-8", "replace")
    except (struct.error, KeyError):
        return b""
    return b""


def _padded(length: int) -> int:
    return (length + 3) // 4 * 4
