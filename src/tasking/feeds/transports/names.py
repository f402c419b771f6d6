"""Is a file the delivery that we ask for? One answer for mail, folders, SFTP and object stores.

Files are renamed on their way: a mail client adds “(1)”, a person copies, a system writes spaces for underscores.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from urllib.parse import unquote

from tasking.model.delivery import quoted
from tasking.model.text import clean, fold

_LONGEST = 300  # characters of a name that are looked at


class Fit(IntEnum):
    """How well a name fits the one that is asked for, best first."""

    SAME = 1
    NEAR = 2  # renamed on the way; the delivery all the same
    WRAPPED = 3  # a zip or gzip of that name
    KIN = 4  # the same stem under another ending that may hold the same (.txt for .csv); taken where nothing better is
    UNFINISHED = 5  # an upload's own name for a file that is still being sent
    MEANT = 6  # looks as if it was meant; named, not taken
    OTHER = 7


@dataclass(frozen=True)
class Match:
    """Which of the names asked for a file goes by, and how well."""

    fit: Fit
    wanted: str = ""

    @property
    def is_taken(self) -> bool:
        return self.fit in (Fit.SAME, Fit.NEAR, Fit.KIN)


def base_name(name: str) -> str:
    """The last part of a name that a partner gives, without control characters: `../../etc/cron.d/x` is `x`."""
    last = re.split(r"[/\\]", name.rstrip("/\\ "))[-1] if name else ""
    return re.sub(r"[\x00-\x1f\x7f]", "", last).strip()


def shown(name: str, why: str = "") -> str:
    """A partner's file name within our words, and why it was not taken."""
    named = quoted(clean(base_name(name)) or "a file without a name")
    return f"{named} ({why})" if why else named


def came_as(name: str, wanted: str) -> str:
    """A note, where a file did not come under the name that was asked for."""
    given = unicodedata.normalize("NFC", base_name(name))
    return "" if given == unicodedata.normalize("NFC", wanted) else f"came as {quoted(clean(given))}"


def match(name: str, wanted: Sequence[str]) -> Match:
    """The best fit of a name among those asked for."""
    return min((Match(_fit(name, one), one) for one in wanted), key=lambda found: found.fit, default=Match(Fit.OTHER))


def is_another_days(name: str, wanted: Sequence[str]) -> bool:
    """The name that is asked for but for its digits: the file of another day, and no riddle."""
    stem = re.sub(r"\d", "0", _without_marks(_parts(name)[0]))
    return any(stem == re.sub(r"\d", "0", _without_marks(_parts(one)[0])) for one in wanted)


def best_match(names: Iterable[str], wanted: Sequence[str]) -> tuple[str, Match]:
    """Of several names that a file goes by, the one that fits best, and how."""
    found = [(name, match(name, wanted)) for name in names if name]
    return min(found, key=lambda one: one[1].fit, default=("", Match(Fit.OTHER)))


_QUOTES = re.compile("[\"'`“”„‟‘’‚«»]")
_SEPARATORS = re.compile(r"[\s_+.\-‐-―]+")
# What a client or a person puts around a name for a second copy.
_COPY_AFTER = re.compile(r"(?: ?[(\[] ?\d{1,3} ?[)\]]| copy(?: \d{1,3})?| kopie| \(copy\))$")
_COPY_BEFORE = re.compile(r"^(?:copy(?: ?\(\d{1,3}\))? of |copy \d{1,3} of |fwd? |re )")
_KIN = (
    {"csv", "txt", "tsv", "dat", "asc", ""},
    {"json", "jsonl", "ndjson", "geojson", "txt", ""},
    {"xlsx", "xlsm", "xlsb", "xls", ""},
)
_UNFINISHED = {"part", "partial", "filepart", "tmp", "temp", "crdownload", "download", "uploading", "inprogress"}
_WRAPPERS = {"zip", "gz", "gzip", "zipx"}


def _fit(name: str, wanted: str) -> Fit:
    name = base_name(name)[:_LONGEST]
    if not name:
        return Fit.OTHER
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", wanted):
        return Fit.SAME
    if "%" in name:
        name = base_name(unquote(name)) or name
    if _whole(name) == _whole(wanted):
        return Fit.NEAR
    (stem, endings), (wanted_stem, wanted_endings) = _parts(name), _parts(wanted)
    ending = wanted_endings[-1] if wanted_endings else ""
    plain, plain_wanted = _without_marks(stem), _spaced(wanted_stem)
    if _without_marks(wanted_stem) != plain_wanted:
        plain = _spaced(stem)  # the declared name looks like a copy's itself: “(1)” and “(2)” are two things there
    if plain == plain_wanted:
        return _by_endings(endings, ending)
    return Fit.MEANT if _looks_meant(plain, plain_wanted) else Fit.OTHER


def _by_endings(endings: list[str], wanted: str) -> Fit:
    if set(endings) <= {wanted} and (endings or not wanted):
        return Fit.NEAR
    last = endings[-1] if endings else ""
    before = set(endings[:-1])
    if last in _UNFINISHED:
        return Fit.UNFINISHED
    if last in _WRAPPERS:
        return Fit.WRAPPED
    if last == "txt" and before == {wanted}:
        return Fit.NEAR  # gateways add .txt
    if any(wanted in kin and set(endings) <= kin for kin in _KIN):
        return Fit.KIN
    return Fit.MEANT


def _whole(name: str) -> str:
    return _spaced(_QUOTES.sub("", fold(name, _LONGEST).casefold()))


def _spaced(text: str) -> str:
    return _SEPARATORS.sub(" ", text).strip()


_ENDINGS = frozenset().union(
    *_KIN, _UNFINISHED, _WRAPPERS, {"pdf", "doc", "docx", "htm", "html", "xml", "7z", "rar", "tar"}
) - {""}


def _parts(name: str) -> tuple[str, list[str]]:
    """The stem of a name and its endings, first to last: `x.csv.gz` is x, csv, gz. Copy marks after one are dropped."""
    text = _QUOTES.sub("", fold(name, _LONGEST).casefold()).strip(" .")
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


def _without_marks(stem: str) -> str:
    text = stem
    for _ in range(5):
        less = _COPY_BEFORE.sub("", _COPY_AFTER.sub("", _spaced(text)).strip()).strip()
        if less == text or not less:
            break
        text = less
    return text


def _looks_meant(name: str, wanted: str) -> bool:
    """Much the same letters, and no other day's digits."""
    digits, wanted_digits = (re.sub(r"\D", "", text) for text in (name, wanted))
    if not _is_within(wanted_digits, digits) and not (digits and _is_within(digits, wanted_digits)):
        return False
    letters, wanted_letters = (re.sub(r"[\W\d_]", "", text) for text in (name, wanted))
    if wanted_letters and wanted_letters in letters:
        return True
    return SequenceMatcher(None, letters, wanted_letters, autojunk=False).ratio() >= 0.8


def _is_within(few: str, many: str) -> bool:
    """The digits in this order, and few others: 221026 is within 22102026, and not within 211026."""
    rest = iter(many)
    return len(many) - len(few) <= 4 and all(one in rest for one in few)
