"""The state of each feed, and the notices that name every partner whose news is not complete."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tasking.briefing.message import short_day
from tasking.model.briefing import FeedLine
from tasking.model.delivery import LATE_FILE_TAKEN, NOT_TAKEN, OUTCOME_WORDS, Outcome, without_quotes
from tasking.model.feed_status import FeedStatus, LastPoll, last_poll, status_of

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
    if _outcome(rows, last) == Outcome.LANDED_IN_PART:
        return f"{name}: incomplete{_on(incomplete, covered)}; some of it could not be used"
    since = f"nothing since {short_day(heard)}" if heard else "nothing yet"
    if covered > 1 and len(incomplete) < covered:
        since = f"nothing for {', '.join(short_day(day) for day in incomplete)}"
    return f"{name}: {since}; {_found(last_poll(rows.get(last)), due_at(last))}"


def _found(poll: LastPoll | None, due_at: datetime) -> str:
    """What the last poll found, if nothing landed. What was found in a file may quote the partner, and why we could not
    look is for ops staff: both are on the desk only."""
    reason = poll.reason if poll else ""
    if poll and poll.outcome == Outcome.SAME_AS_BEFORE:
        return without_quotes(reason)
    if poll and poll.is_there:
        return "the file was still being sent when we last checked"
    match status_of(poll, due_at, now=due_at):
        case FeedStatus.NOT_ASKED:
            return "we have not checked for it"
        case FeedStatus.REFUSED:
            return "a file came and was refused: it is not in the agreed form"
        case FeedStatus.UNREACHABLE:
            return "we could not receive it, which is for us to fix"
        case FeedStatus.NOT_ASKED_SINCE:
            return "it was not there when we last checked, before it was due"
    if NOT_TAKEN in reason or LATE_FILE_TAKEN in reason:
        return "no usable file came"
    # Something was unusual at the source, which may be our fault.
    return "there was no usable file" if reason else "no file came"


def _state(covers: Sequence[date], rows: Mapping[date, Mapping[str, Any]]) -> str:
    outcomes = [_outcome(rows, day) for day in covers]
    incomplete = [outcome for outcome in outcomes if outcome != Outcome.LANDED]
    if not incomplete:
        return "landed" if any(int(row["rows_in"]) for row in rows.values()) else "landed, nothing to report"
    poll = last_poll(rows.get(next(day for day in reversed(covers) if _outcome(rows, day) != Outcome.LANDED)))
    word = OUTCOME_WORDS[poll.outcome] if poll else str(FeedStatus.NOT_ASKED)
    if poll and poll.is_there:
        word = str(FeedStatus.NOT_WHOLE)
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
