"""Reduces file names to a comparable form, without the changes of mail clients, people and systems: case, copy
marks, endings."""

import re
import unicodedata

from rapidfuzz import fuzz

from tasking.model.text import fold

LONGEST = 300  # characters of a name that are compared
_LIKE = 80  # percent: how similar letters must be to those of a wanted name

_QUOTES = re.compile("[\"'`“”„‟‘’‚«»]")
_NO_DIGIT = re.compile(r"\D+")
_NO_LETTER = re.compile(r"[\W\d_]+")
_SEPARATORS = re.compile(r"[\s_+.\-‐-―]+")
# What clients and people add to the name of a copy.
_COPY_AFTER = re.compile(r"(?: ?[(\[] ?\d{1,3} ?[)\]]| copy(?: \d{1,3})?| kopie| \(copy\))$")
_COPY_BEFORE = re.compile(r"^(?:copy(?: ?\(\d{1,3}\))? of |copy \d{1,3} of |fwd? |re )")
INTERCHANGEABLE_ENDINGS = (
    {"csv", "txt", "tsv", "dat", "asc", ""},
    {"json", "jsonl", "ndjson", "geojson", "txt", ""},
    {"xlsx", "xlsm", "xlsb", "xls", ""},
)
UNFINISHED = {"part", "partial", "filepart", "tmp", "temp", "crdownload", "download", "uploading", "inprogress"}
WRAPPERS = {"zip", "gz", "gzip", "zipx"}


# Temporary names of uploads: rsync, ProFTPD, Syncthing.
_UPLOAD = re.compile(
    r"\.(?:in\.(?P<in>.{1,190}?)\.?|syncthing\.(?P<sync>.{1,190})\.tmp|(?P<rsync>.{1,190})\.[A-Za-z0-9]{6})"
)


def upload_of(name: str) -> str:
    """The final name of a file, if this is the temporary name of its upload; otherwise empty."""
    found = _UPLOAD.fullmatch(name) if name.startswith(".") else None
    return next(filter(None, found.groups()), "") if found else ""


def nfc(name: str) -> str:
    """The name in Unicode form NFC."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def folded_name(name: str) -> str:
    """The name in lower case, without quotation marks and invisible characters."""
    return _QUOTES.sub("", fold(name, LONGEST).casefold())


def spaced_out(text: str) -> str:
    """The text with each run of spaces, underscores, dots and dashes as one space."""
    return _SEPARATORS.sub(" ", text).strip()


_ENDINGS = frozenset().union(
    *INTERCHANGEABLE_ENDINGS, UNFINISHED, WRAPPERS, {"pdf", "doc", "docx", "htm", "html", "xml", "7z", "rar", "tar"}
) - {""}


def stem_and_endings(folded: str) -> tuple[str, list[str]]:
    """The stem of a name and its endings, in order: `x.csv.gz` is x, csv, gz. Copy marks after an ending are
    dropped."""
    text = folded.strip(" .")
    endings: list[str] = []
    while True:
        bare = _COPY_AFTER.sub("", text).strip()
        for candidate in (text, bare):
            stem, dot, ending = candidate.rpartition(".")
            if dot and stem and ending.strip() in _ENDINGS:
                endings.insert(0, ending.strip())
                text = stem.strip()
                break
        else:
            return text, endings


def without_copy_marks(stem: str) -> str:
    """The stem without copy marks such as “(1)” and “Copy of”."""
    text = stem
    for _ in range(5):
        less = _COPY_BEFORE.sub("", _COPY_AFTER.sub("", spaced_out(text)).strip()).strip()
        if less == text or not less:
            break
        text = less
    return text


def digits_of(text: str) -> str:
    """All digits of a text, in their order."""
    return _NO_DIGIT.sub("", text)


def letters_of(text: str) -> str:
    """All letters of a text, in their order."""
    return _NO_LETTER.sub("", text)


def has_letters_of(letters: str, wanted: str) -> bool:
    """Whether these letters contain the wanted ones, or are nearly the same."""
    if wanted and wanted in letters:
        return True
    return fuzz.ratio(letters, wanted, score_cutoff=_LIKE) >= _LIKE
