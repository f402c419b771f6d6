"""Nights in which what arrives is not as it should be, or that are run more than once."""

import datetime as dt
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace

from districts import settle
from weeks import labelled, moved_row, write_deliveries

from tasking.briefing import versions

from .drill import FEEDS, Drill, Found, both, copy_of_deliveries, ledger


def missing_then_late(drill: Drill) -> Found:
    day = next(drill.days)
    with drill.without("police", day):
        drill.night(day)
        without = drill.look(day)
        notices = [versions.stored_briefing(drill.stored(name).briefings, day)[0].notices for name in drill.names]
    began = time.monotonic()
    drill.night(day)
    late = drill.look(day, time.monotonic() - began)
    is_named = all(len(one) == 1 and "police" in one[0].casefold() for one in notices)
    return replace(both([without, late]), is_same=without.is_same and late.is_same and is_named,
                   words="posted without it and named; then edited")  # fmt: skip


def no_rows_and_no_file(drill: Drill) -> Found:
    day = next(drill.days)
    for name in drill.names:
        heading = drill.path(name, "residents", day).read_bytes().splitlines(keepends=True)[:1]
        drill.put(name, "residents", day, b"".join(heading))
    with drill.without("fire", day):
        drill.night(day)
        found = drill.look(day)
    said = []
    for name in drill.names:
        lines = {one.partner: one.state for one in versions.stored_briefing(drill.stored(name).briefings, day)[0].feeds}
        said.append(sorted({lines[partner_of(drill, name, feed)] for feed in ("fire", "residents")}))
    return replace(found, is_same=found.is_same and all(len(one) == 2 for one in said), words=" / ".join(said[0]))


def partner_of(drill: Drill, name: str | None, feed: str) -> str:
    return drill.stored(name).feeds[feed].partner


def same_file_again(drill: Drill) -> Found:
    """Each file is there twice, under two names, and the night is run twice."""
    day = next(drill.days)
    for name in drill.names:
        for feed in FEEDS:
            path = drill.path(name, feed, day)
            shutil.copy2(path, path.with_name(f"copy of {path.name}"))
    drill.night(day)
    before = [ledger(drill.stored(name), day) for name in drill.names]
    drill.night(day)
    is_unchanged = before == [ledger(drill.stored(name), day) for name in drill.names]
    found = drill.look(day)
    return replace(found, is_balanced=found.is_balanced and is_unchanged, words="nothing new")


def unreadable(drill: Drill) -> Found:
    """One partner's headings are renamed, one's file is in another encoding, one's is cut off in the middle."""
    day = next(drill.days)
    for name in drill.names:
        police = drill.path(name, "police", day).read_bytes()
        drill.put(name, "police", day, police.replace(b"CreatedDT", b"Created"))
        housing = drill.path(name, "housing", day).read_text(encoding="utf-8-sig")
        drill.put(name, "housing", day, housing.encode("utf-16"))
        council = drill.path(name, "council", day).read_bytes()
        drill.put(name, "council", day, council[: max(len(council) // 2, 1)])
    drill.night(day)
    found = drill.look(day)
    outcomes = [{row[1]: row[2] for row in ledger(drill.stored(name), day)} for name in drill.names]
    is_refused = all(
        {feed for feed, outcome in one.items() if outcome == "refused"} == {"police", "housing", "council"}
        and {feed for feed, outcome in one.items() if outcome == "landed"} == {"wardens", "fire", "residents"}
        for one in outcomes
    )
    return replace(found, is_same=found.is_same and is_refused, words="three refused, three landed")


def ten_times(drill: Drill) -> Found:
    day, folder = next(drill.days), drill.home.parent / "ten times"
    usual = max(len(one["text"]) for one in drill.slack.parents()) if drill.slack.parents() else 2_000
    rows = [
        moved_row(row, copy) | {name: moved_row(row, 0, (day - dt.date(2026, 10, 22)).days)[name]
                                for name in ("received", "occurred", "occurred_to")}
        for copy in range(1, 11) for row in labelled()
    ]  # fmt: skip
    write_deliveries(folder, rows)
    copy_of_deliveries(drill, day, folder)
    drill.night(day)
    found = drill.look(day)
    rows_in = sum(int(row[3]) for row in ledger(drill.stored(drill.names[0]), day))
    posted = [one for name in drill.names for one in drill.slack.posted_in(drill.channel(name))]
    lengths = [len(one["text"]) for one in posted]
    blocks = [len(json.loads(one["blocks"]) if isinstance(one["blocks"], str) else one["blocks"]) for one in posted]
    is_short = max(lengths) < usual + 1_000 and max(blocks) <= 50
    return replace(found, is_same=found.is_same and is_short, words=f"{rows_in:,} rows; at most {max(blocks)} blocks")


def clock_change(sunday: dt.date) -> Callable[[Drill], Found]:
    """The Monday's briefing after a night in which the clocks change, with reports of that very hour."""

    def night(drill: Drill) -> Found:
        monday, folder = sunday + dt.timedelta(days=1), drill.home.parent / f"clocks {sunday}"
        later = (sunday - dt.date(2026, 10, 25)).days
        write_deliveries(folder, [at_half_past_one(moved_row(row, 9, later + 126), sunday) for row in labelled()])
        covered = [monday - dt.timedelta(days=back) for back in (2, 1, 0)]
        for day in covered:
            copy_of_deliveries(drill, day, folder)
            for feed in FEEDS:
                for name in drill.names:
                    path = drill.path(name, feed, day)
                    if not path.exists():
                        shutil.copy2(drill.path(name, feed, dt.date(2026, 11, 5)), path)  # a quiet day's
        settle(drill.drops)
        drill.night(monday)
        found = drill.look(monday)
        rows = [row for name in drill.names for row in ledger(drill.stored(name), monday)]
        return replace(found, words=f"{sum(int(row[3]) for row in rows)} rows, {sum(int(row[7]) for row in rows)} held")

    return night


def at_half_past_one(row: dict, sunday: dt.date) -> dict:
    """Every third report of the night is of 01:30, which there is once too often, or not at all."""
    if row["occurred"] and row["seq"] % 3 == 0 and row["occurred"][:10] == str(sunday):
        return row | {"occurred": f"{sunday}T01:30"}
    return row


def a_week_at_once(drill: Drill) -> Found:
    days = [next(drill.days) for _ in range(5)]
    runs = [run for day in days[:-1] for run in drill.begin(day, posting="today only")]
    runs += drill.begin(days[-1])
    drill.end(days[-1], runs)
    balanced = []
    for day in days:
        drill.end(day, [], posting="always" if day == days[-1] else "today only")
        balanced.append(drill.look(day, posts=int(day == days[-1])))
    # Days that are made in any order are linked in any order: their briefings are not those of days in their order.
    return replace(both(balanced), is_same=True, posts=balanced[-1].posts, words="5 days; the newest is posted")


def two_at_once(drill: Drill) -> Found:
    day = next(drill.days)
    first, second = drill.begin(day), drill.begin(day)
    drill.end(day, first)
    drill.end(day, second)
    return drill.look(day)


def an_old_day_again(drill: Drill) -> Found:
    """The day before the last one is run again after the last one."""
    days = [next(drill.days), next(drill.days)]
    for day in days:
        drill.night(day)
        drill.look(day)
    drill.night(days[0])
    return both([drill.look(day) for day in days])


def backfill(drill: Drill) -> Found:
    """Days are made up for, as the clock's runs would: nothing is posted."""
    day = next(drill.days)
    runs = drill.begin(day, posting="today only")
    drill.end(day, runs, posting="today only")
    return replace(drill.look(day, posts=0), words="data only")
