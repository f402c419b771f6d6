"""The state of each feed, and the notices that name every partner whose news is not complete."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tasking.briefing.message import short_day
from tasking.model.briefing import FeedLine
from tasking.model.delivery import (
    LATE_FILE_TAKEN,
    NOT_TAKEN,
    NOT_WHOLE,
    OUTCOME_WORDS,
    Outcome,
    without_quotes,
)

_FIGURES = {"rows_in": "rows_in", "new": "new_reports", "repeats": "repeats", "revisions": "revisions",
            "held": "held", "out_of_area": "out_of_area", "ignored": "ignored"}  # fmt: skip


def feed_lines(
    feeds: Sequence[str],
    names: Mapping[str, str],
    covers: Sequence[date],
    rows: Sequence[Mapping[str, Any]],
    first_polled: Mapping[str, date],
) -> tuple[FeedLine, ...]:
    """One line for each feed, in the partnership's order, summed over the covered days since it was first polled.

    A feed that is no longer declared has a line if the covered days have rows of it, since the figures count them.
    """
    by_feed = _by_feed(rows)
    gone = sorted({row["feed"] for row in rows if int(row["rows_in"])} - set(feeds))
    covered = {feed: _days_polled(covers, first_polled.get(feed)) for feed in feeds}
    covered |= {feed: [day for day in covers if day in by_feed[feed]] for feed in gone}
    return tuple(
        FeedLine(
            partner=names.get(feed, feed),
            state=_state(days, by_feed[feed]),
            is_complete=all(_outcome(by_feed[feed], day) == Outcome.LANDED for day in days),
            reason="; ".join(str(row["reason"]) for row in by_feed[feed].values() if row["reason"]),
            **{name: sum(int(row[column]) for row in by_feed[feed].values()) for name, column in _FIGURES.items()},
        )
        for feed, days in covered.items()
    )


def notices(
    feeds: Sequence[str],
    names: Mapping[str, str],
    covers: Sequence[date],
    rows: Sequence[Mapping[str, Any]],
    last_heard: Mapping[str, date],
    first_polled: Mapping[str, date],
    due_at: Callable[[date], datetime],
) -> tuple[str, ...]:
    """The first lines of the briefing: every partner whose news is not complete, when we last heard, and why.

    Days before a feed was first polled don't count as missing. `due_at`: the time by which a day's delivery is due; a
    notice says that no file came only if we looked after that.
    """
    by_feed = _by_feed(rows)
    lines = []
    for feed in feeds:
        days = _days_polled(covers, first_polled.get(feed))
        incomplete = [day for day in days if _outcome(by_feed[feed], day) != Outcome.LANDED]
        if incomplete:
            heard = last_heard.get(feed)
            lines.append(_notice(names.get(feed, feed), incomplete, len(days), by_feed[feed], heard, due_at))
    return tuple(lines)


def _notice(
    name: str,
    incomplete: Sequence[date],
    covered: int,
    rows: Mapping[date, Mapping[str, Any]],
    heard: date | None,
    due_at: Callable[[date], datetime],
) -> str:
    last = incomplete[-1]
    outcome = _outcome(rows, last)
    since = f"nothing since {short_day(heard)}" if heard else "nothing yet"
    if covered > 1 and len(incomplete) < covered:
        since = f"nothing for {', '.join(short_day(day) for day in incomplete)}"
    if last not in rows:
        return f"{name}: {since}; we have not asked for it"
    reason = str(rows[last]["reason"])
    if outcome == Outcome.REFUSED:
        # What was found in the file may quote the partner, so only the desk shows it.
        return f"{name}: {since}; a file came and was refused: it is not in the agreed form"
    if outcome == Outcome.SAME_AS_BEFORE:
        return f"{name}: {since}; {without_quotes(reason)}"
    if outcome == Outcome.LANDED_IN_PART:
        return f"{name}: came in part{_on(incomplete, covered)}; some of it could not be taken"
    if outcome == Outcome.UNREACHABLE:
        # The reason is for ops staff: they see it in the feed's run and on the desk.
        return f"{name}: {since}; we could not take it in, which is for us to put right"
    if reason.startswith(NOT_WHOLE):
        return f"{name}: {since}; a file was there, and still being sent when we last looked"
    if rows[last]["asked_at"] < due_at(last):
        return f"{name}: {since}; it was not there yet when we last looked, before it was due"
    if NOT_TAKEN in reason or LATE_FILE_TAKEN in reason:
        return f"{name}: {since}; what came was not a file that could be used"
    if reason:  # something was unusual at the source, which may be our fault
        return f"{name}: {since}; no file was there that could be taken"
    return f"{name}: {since}; no file came"


def _state(covers: Sequence[date], rows: Mapping[date, Mapping[str, Any]]) -> str:
    outcomes = [_outcome(rows, day) for day in covers]
    incomplete = [outcome for outcome in outcomes if outcome != Outcome.LANDED]
    if not incomplete:
        return "landed" if any(int(row["rows_in"]) for row in rows.values()) else "landed, nothing to report"
    last = next(day for day in reversed(covers) if _outcome(rows, day) != Outcome.LANDED)
    word = OUTCOME_WORDS[incomplete[-1]] if last in rows else "not asked"
    if last in rows and str(rows[last]["reason"]).startswith(NOT_WHOLE):
        word = NOT_WHOLE.rstrip(": ")
    return word if len(incomplete) == len(outcomes) else f"{word} on {len(incomplete)} of {len(outcomes)} days"


def _days_polled(covers: Sequence[date], first_polled: date | None) -> list[date]:
    """The covered days since a feed was first polled; only the last of them if it never was."""
    return [day for day in covers if day >= (first_polled or covers[-1])] or [covers[-1]]


def _on(incomplete: Sequence[date], covered: int) -> str:
    return f" on {', '.join(short_day(day) for day in incomplete)}" if covered > 1 else ""


def _outcome(rows: Mapping[date, Mapping[str, Any]], day: date) -> Outcome:
    return Outcome(rows[day]["outcome"]) if day in rows else Outcome.MISSING


def _by_feed(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[date, Mapping[str, Any]]]:
    by_feed: dict[str, dict[date, Mapping[str, Any]]] = defaultdict(dict)
    for row in rows:
        by_feed[row["feed"]][row["day"]] = row
    return by_feed
