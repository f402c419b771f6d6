"""Names the kind of a file from its first bytes: a JPEG picture, a Word document, a PDF."""

import io
import zipfile
from typing import Final

_STARTS: Final = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a document (RTF)"),
    (b"MZ", "a program"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)
_TEXT_STARTS: Final = (b"BM", b"MZ", b"GIF8", b"Rar!")  # text may begin with these letters too
_IN_ZIPS: Final = (
    ("word/", "a Word document"),
    ("ppt/", "a PowerPoint presentation"),
    ("xl/", "an Excel workbook"),
)
_OPEN_DOCUMENTS: Final = {
    "application/vnd.oasis.opendocument.text": "a document (OpenDocument)",
    "application/vnd.oasis.opendocument.spreadsheet": "a spreadsheet (OpenDocument)",
}
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS: Final = (
    ("EncryptedPackage", "a password-protected Office file"),
    ("WordDocument", "an old Word document (.doc)"),
    ("PowerPoint Document", "an old PowerPoint presentation (.ppt)"),
    ("Workbook", "an old Excel workbook (.xls)"),
    ("__substg1.0", "an Outlook message"),
)
_MOST_TYPE: Final = 200


def file_kind(content: bytes) -> str | None:
    """The kind of a file, with its article; None if it may be text, or is unknown."""
    for start, kind in _STARTS:
        if content.startswith(start) and not (start in _TEXT_STARTS and _is_text(content[:512])):
            return kind
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "a HEIC picture"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "a WebP picture"
    if content.startswith(_OLE):
        return next((kind for name, kind in _OLE_STREAMS if name.encode("utf-16-le") in content), "an old Office file")
    return _kind_of_zip(content) if content.startswith(b"PK\x03\x04") else None


def _kind_of_zip(content: bytes) -> str | None:
    """The kind of document that a zip is; None for an ordinary zip, or one that can't be opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if "mimetype" in names[:3]:
                with archive.open("mimetype") as stream:
                    return _OPEN_DOCUMENTS.get(stream.read(_MOST_TYPE).decode("ascii", "replace"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        return None  # damaged, or locked: the reader says so
    if "[Content_Types].xml" not in names:
        return None
    return next((kind for folder, kind in _IN_ZIPS if any(name.startswith(folder) for name in names)), None)


def _is_text(start: bytes) -> bool:
    return not any(byte < 9 or 13 < byte < 32 for byte in start)
