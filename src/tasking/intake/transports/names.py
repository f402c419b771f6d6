"""Decides from a file's name whether it is the wanted delivery, for mail, folders, SFTP and object stores alike.

Files are renamed on their way: a mail client adds “(1)”, a person copies one, a system writes spaces for underscores.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import unquote

from tasking.intake.transports.name_spelling import (
    INTERCHANGEABLE_ENDINGS,
    LONGEST,
    UNFINISHED,
    WRAPPERS,
    folded_name,
    nfc,
    spaced_out,
    stem_and_endings,
    upload_of,
    without_copy_marks,
)
from tasking.intake.transports.wanted_names import wanted_names
from tasking.model.delivery import quoted
from tasking.model.text import clean

_MOST_NAMED = 20  # of the files that were not taken


class Fit(IntEnum):
    """How well a name fits a wanted one, best first."""

    SAME = 1
    NEAR = 2  # renamed on the way
    WRAPPED = 3  # a zip or gzip of that name
    SAME_STEM = 4  # under another ending for the same format (.txt for .csv); taken where nothing better is there
    UNFINISHED = 5  # the temporary name of an upload
    SIMILAR = 6  # may have been meant for it; named in the reason, not taken
    OTHER = 7


@dataclass(frozen=True)
class Match:
    """The wanted name that a file's name fits best, and how well."""

    fit: Fit
    wanted: str = ""

    @property
    def is_taken(self) -> bool:
        return self.fit in (Fit.SAME, Fit.NEAR, Fit.SAME_STEM)


def base_name(name: str) -> str:
    """The last part of a partner's file name, without control characters: `../../etc/cron.d/x` is `x`."""
    last = re.split(r"[/\\]", name.rstrip("/\\ "))[-1] if name else ""
    return re.sub(r"[\x00-\x1f\x7f]", "", last).strip()


def quoted_name(name: str, why: str = "") -> str:
    """A partner's file name in quotation marks, with why it was not taken."""
    named = quoted(clean(base_name(name)) or "a file without a name")
    return f"{named} ({why})" if why else named


def came_as(name: str, wanted: str) -> str:
    """A note for a file that came under another name than the wanted one; otherwise empty."""
    given = unicodedata.normalize("NFC", base_name(name))
    return "" if given == unicodedata.normalize("NFC", wanted) else f"came as {quoted(clean(given))}"


def too_large(size: int, most_bytes: int) -> str:
    """Why a file was not taken: its size, and the limit in the declaration."""
    return f"{size:,} bytes; file.max_bytes is {most_bytes:,}"


def summarised(not_taken: Iterable[str]) -> tuple[str, ...]:
    """What was not taken, in words, each once: the first 20, and how many more there are."""
    found = list(dict.fromkeys(not_taken))
    more = len(found) - _MOST_NAMED
    return (*found[:_MOST_NAMED], f"and {more:,} more") if more > 0 else tuple(found)


def match(name: str, wanted: Sequence[str]) -> Match:
    """The wanted name that this name fits best."""
    names_wanted = wanted_names(tuple(wanted))
    name = base_name(name)[:LONGEST]
    if not name or not names_wanted.names:
        return Match(Fit.OTHER)
    as_is = nfc(name)
    if as_is in names_wanted.as_is:
        return Match(Fit.SAME, names_wanted.as_is[as_is])
    if (sent := upload_of(name)) and (found := match(sent, wanted)).fit in (Fit.SAME, Fit.NEAR):
        return Match(Fit.UNFINISHED, found.wanted)
    if "%" in name:
        name = base_name(unquote(name)) or name
    folded = folded_name(name)
    whole = spaced_out(folded)
    if whole in names_wanted.whole:
        return Match(Fit.NEAR, names_wanted.whole[whole])
    stem, endings = stem_and_endings(folded)
    plain, spaced = without_copy_marks(stem), spaced_out(stem)
    same = (*names_wanted.by_stem.get((plain, False), ()), *names_wanted.by_stem.get((spaced, True), ()))
    if same:
        return min((Match(_by_endings(endings, one.ending), one.name) for one in same), key=lambda found: found.fit)
    similar = names_wanted.similar(plain, spaced)
    return Match(Fit.SIMILAR, similar.name) if similar else Match(Fit.OTHER, names_wanted.names[0].name)


def is_for_another_day(name: str, wanted: Sequence[str]) -> bool:
    """Whether a name differs from a wanted one in its digits only, so that it is the file of another day."""
    stem, *stems = (
        re.sub(r"\d", "0", without_copy_marks(stem_and_endings(folded_name(one))[0])) for one in (name, *wanted)
    )
    return stem in stems


def best_match(names: Iterable[str], wanted: Sequence[str]) -> tuple[str, Match]:
    """Of several names of one file, the one that fits best, and how well."""
    found = [(name, match(name, wanted)) for name in names if name]
    return min(found, key=lambda one: one[1].fit, default=("", Match(Fit.OTHER)))


def _by_endings(endings: list[str], wanted: str) -> Fit:
    if set(endings) <= {wanted} and (endings or not wanted):
        return Fit.NEAR
    last = endings[-1] if endings else ""
    before = set(endings[:-1])
    if last in UNFINISHED:
        return Fit.UNFINISHED
    if last in WRAPPERS:
        return Fit.WRAPPED
    if last == "txt" and before == {wanted}:
        return Fit.NEAR  # some gateways add .txt
    if any(wanted in kin and set(endings) <= kin for kin in INTERCHANGEABLE_ENDINGS):
        return Fit.SAME_STEM
    return Fit.SIMILAR
