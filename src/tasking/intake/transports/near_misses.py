"""Names files that may be the day's delivery, if none was found.

They are named and never taken: a person who reads that yesterday's name was used again, or that the file is in a
folder, knows what to ask the partner for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Protocol

import structlog

from tasking.intake.transports.address import Request
from tasking.intake.transports.dates_in_names import NEAR_DAYS, day_in, may_name_a_day_near, without_months
from tasking.intake.transports.name_spelling import (
    INTERCHANGEABLE_ENDINGS,
    WRAPPERS,
    folded_name,
    has_letters_of,
    letters_of,
    stem_and_endings,
    without_copy_marks,
)
from tasking.intake.transports.names import Fit, base_name, match, quoted_name
from tasking.model.errors import TransportError, traceback_without_values

log = structlog.get_logger(__name__)

MOST_NAMED = 5
_MOST_FOLDERS = 10  # that are searched
_MOST_INSIDE = 10_000  # names of each
_MOST_LOOKED_AT = 50  # files whose time is read
_EARLIER = timedelta(hours=12)  # before the end of the reporting day: a file that came since may be meant for it
_LATER = timedelta(days=1)


@dataclass(frozen=True)
class FileEntry:
    """An entry of a listing. `touched_at_s`: the time of its last change, in seconds since 1970 by the server's
    clock, or None."""

    name: str
    size: int
    touched_at_s: float | None = None
    is_file: bool = True
    is_folder: bool = False


class FileStore(Protocol):
    """The part of listing.FileStore that this module needs."""

    def stat(self, name: str) -> FileEntry | None:
        """The current entry of a file; None if it is gone."""

    def names_in(self, folder: str) -> Iterable[str]:
        """The names in a folder that was listed."""


def near_misses(store: FileStore, listed: Sequence[FileEntry], request: Request) -> list[str]:
    """The files that may be meant for the request, in words, the likeliest first; five at most."""
    found = [*_in_folders(store, listed, request), *_under_another_name(store, listed, request)]
    return list(dict.fromkeys(found))[:MOST_NAMED]


def _in_folders(store: FileStore, listed: Sequence[FileEntry], request: Request) -> Iterator[str]:
    # A new file changes its folder's time: folders without a recent change are not searched.
    since_s = (request.until - _EARLIER).timestamp()
    folders = sorted(
        (one for one in listed if one.is_folder and (one.touched_at_s is None or one.touched_at_s >= since_s)),
        key=lambda one: (day_in(one.name, _day(request)) != _day(request), -(one.touched_at_s or 0.0), one.name),
    )
    for folder in folders[:_MOST_FOLDERS]:
        if folder.name in (".", ".."):
            continue
        try:
            for name in islice(store.names_in(folder.name), _MOST_INSIDE):
                if match(name, [request.file_name]).fit in (Fit.SAME, Fit.NEAR, Fit.WRAPPED, Fit.SAME_STEM):
                    yield quoted_name(name, f"in the folder {quoted_name(folder.name)}, where we do not look")
        except TransportError:
            raise
        except Exception as error:  # each store raises its own errors; this search is optional
            log.info("a folder could not be looked into", feed=request.feed, where=traceback_without_values(error))


def _under_another_name(store: FileStore, listed: Sequence[FileEntry], request: Request) -> list[str]:
    # A folder may hold files of years: a fast filter on digits leaves out nearly all of them.
    maybe = [one for one in listed if one.is_file and may_name_a_day_near(one.name, _day(request))]
    likely = [(like, one) for one in maybe if (like := _likeness(one.name, request))]
    likely.sort(key=lambda pair: (pair[0].rank, pair[1].name))
    found = []
    for like, one in likely[:_MOST_LOOKED_AT]:
        if match(one.name, request.names).fit != Fit.OTHER:
            continue  # it was handled before, and has its own reason
        if like.must_be_new and not _is_new(one.touched_at_s, store, one.name, request):
            continue
        found.append(quoted_name(one.name, like.words))
    return found


@dataclass(frozen=True)
class _Likeness:
    """`must_be_new`: the name alone is not enough, as files of other days have similar ones."""

    rank: int
    words: str
    must_be_new: bool


def _likeness(name: str, request: Request) -> _Likeness | None:
    plain = base_name(name)
    stem, endings = stem_and_endings(folded_name(plain))
    wanted_stem, wanted_endings = stem_and_endings(folded_name(request.file_name))
    wanted_ending = wanted_endings[-1] if wanted_endings else ""
    kin = set().union(*(kin for kin in INTERCHANGEABLE_ENDINGS if wanted_ending in kin), WRAPPERS, {wanted_ending})
    if not set(endings) <= kin:
        return None
    day = _day(request)
    named = day_in(stem, day)
    is_alike = has_letters_of(_letters(stem), _letters(wanted_stem))
    if named == day and is_alike:
        return _Likeness(1, "the day, written in another way than we ask for", must_be_new=False)
    if named == day:
        return _Likeness(3, "has the day in its name, and is called something else", must_be_new=True)
    if is_alike and named is not None and abs(named - day) <= timedelta(days=NEAR_DAYS):
        return _Likeness(2, f"came for this day, and its name says {named:%d %b %Y}", must_be_new=True)
    if is_alike and named is None:
        return _Likeness(2, "came for this day, and its name has no day", must_be_new=True)
    return None


def _letters(stem: str) -> str:
    return letters_of(without_copy_marks(without_months(stem)))


def _is_new(touched_at_s: float | None, store: FileStore, name: str, request: Request) -> bool:
    if touched_at_s is None:
        try:
            seen = store.stat(name)
        except OSError as error:
            log.info("a file could not be looked at", feed=request.feed, where=traceback_without_values(error))
            return False
        touched_at_s = seen.touched_at_s if seen else None
    if touched_at_s is None:
        return False
    return (request.until - _EARLIER).timestamp() <= touched_at_s < (request.until + _LATER).timestamp()


def _day(request: Request) -> date:
    return request.until.date()
