"""The notes of runs in Airflow: a few sentences on the state of a feed or the briefing.

Every viewer can read a note, so nothing here quotes a partner. Our part of a note begins with its day and ends with a
marker, by which `with_words` finds it again; the rest was written by people and is left alone.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from tasking.briefing.service import newest_briefing
from tasking.intake.last_poll import day_of_feed
from tasking.model.briefing import Briefing
from tasking.model.delivery import without_quotes
from tasking.model.feed_status import (
    FeedStatus,
    LastPoll,
    MorningClock,
    NextStepContext,
    last_poll,
    next_step_words,
    status_of,
    status_words,
)
from tasking.warehouse.engine import Warehouse

MOST: Final = 1000  # characters that Airflow keeps of a note
_CUT: Final = " …"
_MARK: Final = re.compile(r"\[Tasking’s part ends here: ([1-9][0-9]{0,5})-([0-9a-f]{8})\]")


def of_feed(
    warehouse: Warehouse, feed: str, morning: MorningClock, now: datetime, follow: NextStepContext, contact: str
) -> str:
    """`Fri 27 Nov 2026: not there yet at 07:12. Next: checked again until 07:30.` for a feed as of now.

    If it landed, with the time and row counts; else with the reason, the next step, and whom to ring if the partner has
    to act.
    """
    row = day_of_feed(warehouse, feed, morning.day)
    asked = last_poll(row)
    state = status_of(asked, morning.cut_off, now)
    found = f"{named(morning.day)}{status_words(state, asked, morning)}"
    if row is None or asked is None:
        return f"{found}. {_next(state, asked, morning, now, follow)}"
    if asked.landed_at:
        found += f" at {morning.clock(asked.landed_at)}"
    if asked.reason:
        found += f": {without_quotes(asked.reason).rstrip('.')}"
    if state.has_landed:
        found += f". {_figures(row)}{_held(warehouse, feed, morning.day)}"
    if state != FeedStatus.LANDED:
        found = f"{found.rstrip('.')}. {_next(state, asked, morning, now, follow)}"
    if state.is_for_partner and now >= morning.cut_off:
        found += f" Ring {contact}."
    return found


def of_briefing(warehouse: Warehouse, day: date) -> str:
    """`Fri 27 Nov 2026: version 2. 5 of 6 feeds, 23 incidents, 4 to decide, ...` with who is missing; empty if there
    is no briefing."""
    found = newest_briefing(warehouse, day)
    if found is None:
        return ""
    version, content = found
    briefing = Briefing.read(content)
    told = (
        f"{named(day)}version {version}. {briefing.feeds_complete} of {len(briefing.feeds)} feeds, "
        f"{briefing.incidents} incidents, {len(briefing.decisions)} to decide, "
        f"{sum(one.rows for one in briefing.held)} rows held."
    )
    return f"{told} Not all in: {' / '.join(briefing.notices)}" if briefing.notices else told


def named(day: date) -> str:
    """`Fri 27 Nov 2026: `, with which our part of a note begins."""
    return f"{day:%a} {day.day} {day:%b} {day:%Y}: "


def with_words(note: str | None, words: str, day: date, run: str = "") -> str:
    """The note with our part for a day replaced by `words`, or added below what people wrote.

    The rest of the note is kept unchanged. A part is ours only if the digest in its end marker matches, for this `run`:
    text that somebody edited, or copied from elsewhere, is theirs. A note without room is returned as it is.
    """
    note = note or ""
    found = _ours_in(note, day, run)
    if found is None:
        before, after, number = f"{note}\n\n" if note else "", "", 1
    else:
        before, after, number = note[: found.start], note[found.end :], found.number + 1
    room = MOST - len(before) - len(after) - len(_mark(words, number, run))
    if room < len(named(day)) + len(_CUT):
        return note
    ours = words if len(words) <= room else words[: room - len(_CUT)] + _CUT
    if found is not None and _spaced(ours) == found.words:
        return note
    return f"{before}{ours}{_mark(ours, number, run)}{after}"


@dataclass(frozen=True)
class _Part:
    """Our part of a note: its position, how often it was written, and its words."""

    start: int
    end: int
    number: int
    words: str


def _ours_in(note: str, day: date, run: str) -> _Part | None:
    """Our part of a note: the one with the highest number, since copies that people kept have lower ones; the first if
    several are equal."""
    starts = [found.start() for found in re.finditer(re.escape(named(day)), note)]
    parts = []
    for mark in _MARK.finditer(note):
        number, digest = int(mark[1]), mark[2]
        for start in starts:
            words = note[start : mark.start()]
            if start < mark.start() and _digest(words, number, run) == digest:
                parts.append(_Part(start, mark.end(), number, _spaced(words)))
    return max(parts, key=lambda part: part.number, default=None)


def _mark(words: str, number: int, run: str) -> str:
    return f"\n[Tasking’s part ends here: {number}-{_digest(words, number, run)}]"


def _digest(words: str, number: int, run: str) -> str:
    return hashlib.sha256(f"{run}\n{number}\n{_spaced(words)}".encode()).hexdigest()[:8]


def _spaced(words: str) -> str:
    """Words with single spaces: a browser may change line ends."""
    return " ".join(words.split())


def _next(
    state: FeedStatus, asked: LastPoll | None, morning: MorningClock, now: datetime, follow: NextStepContext
) -> str:
    words = f"Next: {next_step_words(state, asked, morning, now, follow)}"
    return words if words.endswith("?") else f"{words}."


def _figures(row: Mapping[str, Any]) -> str:
    ignored = f" + {row['ignored']} ignored" if row["ignored"] else ""
    return (
        f"{row['rows_in']} rows in = {row['new_reports']} new + {row['repeats']} repeats + {row['revisions']} "
        f"revisions + {row['held']} held + {row['out_of_area']} out of area{ignored}."
    )


def _held(warehouse: Warehouse, feed: str, day: date) -> str:
    reasons: dict[str, int] = {}
    for one in warehouse.query("ledger/held", first_day=day, last_day=day):
        if one["feed"] == feed:
            reasons[one["reason"]] = reasons.get(one["reason"], 0) + 1
    held = "; ".join(f"{count} × {without_quotes(reason)}" for reason, count in sorted(reasons.items()))
    return f" Held: {held}." if held else ""
