"""The lines of the drill: what breaks, what was promised for it, and the night in which it is tried."""

import datetime as dt
import json
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from districts import settle
from installation import HOME
from weeks import labelled, moved_row, write_deliveries

from tasking import flows
from tasking.warehouse.engine import newest_revision, revision_of

from .drill import FEEDS, Drill, Found, copy_of_deliveries, ledger

SEEDS = (1, 2)


@dataclass(frozen=True)
class Line:
    """`kinds`: the topologies that have what breaks."""

    fault: str
    promised: str
    night: Callable[[Drill], Found]
    kinds: tuple[str, ...] = ("small", "scale")
    is_short: bool = False  # part of the short form
    needs: str = ""  # what a machine must have


def undisturbed(drill: Drill) -> Found:
    day, began = next(drill.days), time.monotonic()
    drill.night(day)
    drill.night_s = time.monotonic() - began
    return drill.look(day, words=f"over in {drill.night_s:.0f} s")


def killed(kind: str, away_s: float = 5, seeds: tuple[int, ...] = SEEDS) -> Callable[[Drill], Found]:
    """The part is killed at a moment that follows from the seed, once a night for each seed."""

    def night(drill: Drill) -> Found:
        found = []
        for seed in seeds:
            day, after_s = next(drill.days), drill.moment(kind, seed)
            recovered_s = drill.night(day, lambda: drill.kill(drill.part(kind), away_s), after_s=after_s)
            found.append(drill.look(day, recovered_s, f"{after_s:.0f} s into the night"))
        return both(found)

    return night


def both(found: list[Found]) -> Found:
    """Several nights of one line as one: all as promised, and the slowest recovery."""
    return Found(
        posts="; ".join(dict.fromkeys(one.posts for one in found)),
        is_once=all(one.is_once for one in found),
        is_balanced=all(one.is_balanced for one in found),
        is_same=all(one.is_same for one in found),
        recovered_s=max((one.recovered_s for one in found if one.recovered_s is not None), default=None),
        words="; ".join(one.words for one in found if one.words),
    )


def task_killed(drill: Drill) -> Found:
    found = []
    for seed in SEEDS:
        day, after_s = next(drill.days), random.Random(seed).uniform(0, 4)  # noqa: S311
        recovered_s = drill.night(day, partial(drill.kill_a_task, after_s))
        found.append(drill.look(day, recovered_s, f"{after_s:.1f} s after the first began"))
    return both(found)


def machine_of_the_night_gone(drill: Drill) -> Found:
    """Every part of Airflow at once: the machine loses its power, and comes back."""
    day = next(drill.days)
    parts = [name for name in drill.topology.parts if name not in ("postgresql", "redis")]

    def all_of_them() -> None:
        for part in parts:
            drill.topology.kill(part)
        for part in parts:
            drill.topology.start_part(part)

    return drill.look(day, drill.night(day, all_of_them, after_s=drill.moment("machine", 1)))


def chat(*faults: str) -> Callable[[Drill], Found]:
    def night(drill: Drill) -> Found:
        day = next(drill.days)
        drill.slack.faults["chat.postMessage"] = list(faults)
        try:
            return drill.look(day, drill.night(day, lambda: None))
        finally:
            drill.slack.faults["chat.postMessage"] = []

    return night


def no_scheduler(drill: Drill) -> Found:
    """The evening before leaves its message with Slack; then nothing of ours is alive."""
    day = dt.date.today() + dt.timedelta(days=7)  # noqa: DTZ011 - Slack takes no message for a time that is past
    while not drill.stored(drill.names[0]).partnership.calendar.is_meeting_day(day):
        day += dt.timedelta(days=1)
    dag = "partnership_evenings_before" if drill.topology.kind == "scale" else "briefing_evening_before"
    drill.wait_for([(dag, drill.topology.trigger(dag, day=str(day)))])
    waiting = len(drill.slack.scheduled)
    parts = [name for name in drill.topology.parts if name.startswith("scheduler")]
    for part in parts:
        drill.topology.kill(part)
    still = len(drill.slack.scheduled)
    for part in parts:
        drill.topology.start_part(part)
    is_well = waiting == still == len(drill.names)
    return Found(f"{still} waiting at Slack", is_well, True, True, words="for 07:55, whatever of ours is alive")


def missing_then_late(drill: Drill) -> Found:
    day = next(drill.days)
    with drill.without("police", day):
        drill.night(day)
        without = drill.look(day)
        notices = [flows.stored_briefing(drill.stored(name), day)[0].notices for name in drill.names]
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
        lines = {one.partner: one.state for one in flows.stored_briefing(drill.stored(name), day)[0].feeds}
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


def disk_full(drill: Drill) -> Found:
    """The disk on which deliveries are kept is full; after 45 seconds somebody makes room."""
    day, var, beside = next(drill.days), drill.home / "var", drill.home / "var.kept"
    var.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", var], check=True)
    try:
        with suppress(OSError), (var / "ballast").open("wb") as file:
            file.write(bytes(1_000_000))
        runs = drill.begin(day)
        time.sleep(45)
        is_half = any(var.rglob(".half-*"))
        began = time.monotonic()
        subprocess.run(["mount", "-o", "remount,size=64m", var], check=True)
        (var / "ballast").unlink()
        drill.end(day, runs)
        found = drill.look(day, time.monotonic() - began)
        shutil.copytree(var, beside)
    finally:
        subprocess.run(["umount", "-l", var], check=True)
    shutil.copytree(beside, var, dirs_exist_ok=True)
    shutil.rmtree(beside)
    return replace(found, is_balanced=found.is_balanced and not is_half, words="no half file")


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


def clock_off(drill: Drill) -> Found:
    """One machine's clock is an hour ahead: a worker's, or on the small topology the only machine's."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    parts = (
        ["worker-1"] if drill.topology.kind == "scale" else ["api-server", "dag-processor", "scheduler", "triggerer"]
    )
    day = next(drill.days)
    for part in parts:
        drill.topology.kill(part)
    for part in parts:
        drill.topology.start_part(part, LD_PRELOAD=str(library), FAKETIME="+1h", DONT_FAKE_MONOTONIC="1")
    drill.topology.wait_until_ready()
    try:
        drill.night(day)
    finally:
        for part in parts:
            drill.kill(part, 0)
        drill.topology.wait_until_ready()
    return drill.look(day)


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


def two_versions(drill: Drill) -> Found:
    """A newer version is deployed in the middle of the night, with a migration; parts of the old one go on beside it."""
    day, newer = next(drill.days), drill.home.parent / "newer"
    write_newer_version(newer)
    topology = drill.topology
    environment = {
        "PYTHONPATH": str(newer / "src"), "AIRFLOW__CORE__DAGS_FOLDER": str(newer / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(newer / "plugins"),
    }  # fmt: skip
    parts = ["worker-1", "scheduler-1"] if topology.kind == "scale" else ["scheduler"]
    runs = drill.begin(day)
    time.sleep(drill.moment("two versions", 1))
    for part in parts:
        topology.kill(part)
        topology.start_part(part, **environment)
    began = time.monotonic()
    drill.end(day, runs)
    found = drill.look(day, time.monotonic() - began)
    next_day = next(drill.days)
    drill.night(next_day)  # of both versions
    found = both([found, drill.look(next_day)])
    revisions = set()
    for name in drill.names:
        engine = drill.stored(name).warehouse.engine
        revisions.add(revision_of(engine))
        engine.dispose()
    for part in parts:
        drill.kill(part, 0)
    return replace(found, words=f"tables at {', '.join(sorted(map(str, revisions)))}, code at {newest_revision()}")


def write_newer_version(folder: Path) -> None:
    """This version with one more migration, which adds a column."""
    for name in ("src", "dags", "plugins"):
        shutil.copytree(HOME / name, folder / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    old = newest_revision()
    new = f"{int(old) + 1:04d}"
    (folder / "src" / "tasking" / "warehouse" / "migrations" / "versions" / f"{new}_next.py").write_text(
        f'"""A later version: one more column."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f'revision = "{new}"\ndown_revision = "{old}"\nbranch_labels = None\ndepends_on = None\n\n\n'
        'def upgrade() -> None:\n    op.add_column("delivery", sa.Column("weighed_g", sa.Integer()))\n\n\n'
        'def downgrade() -> None:\n    op.drop_column("delivery", "weighed_g")\n',
        encoding="utf-8",
    )


LINES = (
    Line("nothing", "one briefing; the same as without Airflow", undisturbed, is_short=True),
    Line("a task killed", "retried; one post; the ledger balances", task_killed),
    Line(
        "a worker killed", "its tasks are tried again elsewhere; one post", killed("worker"), ("scale",), is_short=True
    ),
    Line("the scheduler killed", "another takes over, or it comes back; one post", killed("scheduler")),
    Line("the DAG processor killed", "nobody notices", killed("dag-processor", seeds=(1,))),
    Line("the triggerer killed", "nobody notices", killed("triggerer", seeds=(1,))),
    Line("the API server killed", "tasks are tried again; one post", killed("api-server")),
    Line("Redis killed", "what was handed out is handed out again; one post", killed("redis"), ("scale",)),
    Line("PostgreSQL killed", "tasks are tried again; one post", killed("postgresql")),
    Line("the database away for a minute", "no post without its outbox row; retried", killed("postgresql", 60, (3,))),
    Line("every part at once", "taken up where it was; one post", machine_of_the_night_gone),
    Line(
        "Slack: 429, then an error after storing", "waits; in doubt looks; one post", chat("429", "500 after storing")
    ),
    Line("Slack: the reply lost, then cut", "in doubt looks; one post", chat("reply lost", "reply cut")),
    Line("Slack: hangs for 20 s", "waits; one post", chat("slow 20")),
    Line("no scheduler is alive", "the dead man's message is at Slack already", no_scheduler),
    Line("a feed missing, then late", "named; edited when it comes", missing_then_late, is_short=True),
    Line("a file with no rows; no file", "two different sentences", no_rows_and_no_file),
    Line("the same files again and renamed, the night twice", "nothing new", same_file_again),
    Line("headings changed, another encoding, cut off", "refused in words; the others go on", unreadable),
    Line("ten times the volume", "the same result; the message keeps its length", ten_times),
    Line("the disk full for 45 s", "no half file; retried", disk_full, needs="root, to mount a small disk"),
    Line("two runs at once", "one post", two_at_once),
    Line("an old day again", "edited, never posted anew", an_old_day_again),
    Line("making up for a day", "data only, no post", backfill),
    Line(
        "a clock an hour ahead", "one post; the database's clock decides who holds what", clock_off, needs="libfaketime"
    ),
    Line("the clocks go back", "25 hours; no row lost", clock_change(dt.date(2026, 10, 25))),
    Line("a deploy in the middle of the night", "both versions go on; one post", two_versions),
    Line("the clocks go forward", "23 hours; an hour that was not is held", clock_change(dt.date(2026, 3, 29))),
    Line(
        "a week of deliveries at once",
        "every day balances; only the newest is posted (bytes not compared)",
        a_week_at_once,
    ),
)
