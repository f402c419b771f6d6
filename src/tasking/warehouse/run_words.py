"""How a run stands, in a few sentences for its note in Airflow: figures, and reasons that are ours.

A note is for every viewer: nothing here quotes a partner. It begins with its day, by which with_words finds it again.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from tasking.model.briefing import Briefing
from tasking.model.delivery import without_quotes
from tasking.model.night import Follow, Night, State, found_words, next_words, state_of
from tasking.warehouse.browsing import asked_of, deliveries
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.reading import latest_briefing

MOST: Final = 1000  # characters that Airflow keeps of a note
_CUT: Final = " …"


def of_feed(warehouse: Warehouse, feed: str, night: Night, now: datetime, follow: Follow, contact: str) -> str:
    """`Fri 27 Nov 2026: not there yet at 07:12. Next: asked again until 07:30.` for a feed as it stands now.

    What landed has its time and its figures; what did not says why, what happens next, and whom to ring where it is the
    partner's matter.
    """
    rows = deliveries(warehouse, [feed], night.day, night.day)
    row = rows[0] if rows else None
    asked = asked_of(row)
    state = state_of(asked, night, now)
    found = f"{named(night.day)}{found_words(state, asked, night)}"
    if row is None or asked is None:
        return f"{found}. {_next(state, night, now, follow)}"
    if asked.landed_at:
        found += f" at {night.clock(asked.landed_at)}"
    if asked.reason:
        found += f": {without_quotes(asked.reason).rstrip('.')}"
    if state.has_landed:
        found += f". {_figures(row)}{_held(warehouse, feed, night.day)}"
    if state != State.LANDED:
        found = f"{found.rstrip('.')}. {_next(state, night, now, follow)}"
    if state.is_the_partners and now >= night.cut_off:
        found += f" Ring {contact}."
    return found


def of_briefing(warehouse: Warehouse, day: date) -> str:
    """`Fri 27 Nov 2026: version 2. 5 of 6 feeds, 23 incidents, 4 to decide, ...` with who is missing; empty where there
    is no briefing."""
    found = latest_briefing(warehouse, day)
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
    """`Fri 27 Nov 2026: `, which our words in a note begin with."""
    return f"{day:%a} {day.day} {day:%b} {day:%Y}: "


def with_words(note: str | None, words: str, day: date) -> str:
    """A note with our words about a day in place of those that it had; what people wrote in it stays above them."""
    others = [part for part in (note or "").split("\n\n") if part and not part.startswith(named(day))]
    theirs = "\n\n".join(others)
    room = MOST - len(theirs) - 2 * bool(theirs)
    if room < len(named(day)) + len(_CUT):
        return theirs[:MOST]  # somebody filled it
    ours = words if len(words) <= room else words[: room - len(_CUT)] + _CUT
    return f"{theirs}\n\n{ours}" if theirs else ours


def _next(state: State, night: Night, now: datetime, follow: Follow) -> str:
    words = f"Next: {next_words(state, night, now, follow)}"
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
