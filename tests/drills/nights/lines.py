"""The lines of the drill: what breaks, what was promised for it, and the night in which it is tried."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

from .arrivals import (
    a_week_at_once,
    an_old_day_again,
    backfill,
    clock_change,
    missing_then_late,
    no_rows_and_no_file,
    same_file_again,
    ten_times,
    two_at_once,
    unreadable,
)
from .drill import Drill, Found
from .parts import (
    chat,
    clock_off,
    disk_full,
    killed,
    machine_of_the_night_gone,
    no_scheduler,
    task_killed,
    two_versions,
)


@dataclass(frozen=True)
class Line:
    """`kinds`: the topologies that have what breaks."""

    fault: str
    promised: str
    night: Callable[[Drill], Found]
    kinds: tuple[str, ...] = ("small", "scale")
    is_short: bool = False  # part of the short form


def undisturbed(drill: Drill) -> Found:
    day, began = next(drill.days), time.monotonic()
    drill.night(day)
    drill.night_s = time.monotonic() - began
    return drill.look(day, words=f"over in {drill.night_s:.0f} s")


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
    Line("no scheduler is alive", "the deadline alarm is at Slack already", no_scheduler),
    Line("a feed missing, then late", "named; edited when it comes", missing_then_late, is_short=True),
    Line("a file with no rows; no file", "two different sentences", no_rows_and_no_file),
    Line("the same files again and renamed, the night twice", "nothing new", same_file_again),
    Line("headings changed, another encoding, cut off", "refused in words; the others go on", unreadable),
    Line("ten times the volume", "the same result; the message keeps its length", ten_times),
    Line("the disk full for 45 s", "no half file; retried", disk_full),
    Line("two runs at once", "one post", two_at_once),
    Line("an old day again", "edited, never posted anew", an_old_day_again),
    Line("making up for a day", "data only, no post", backfill),
    Line("a clock an hour ahead", "one post; the database's clock decides who holds what", clock_off),
    Line("the clocks go back", "25 hours; no row lost", clock_change(dt.date(2026, 10, 25))),
    Line("a deploy in the middle of the night", "both versions go on; one post", two_versions),
    Line("the clocks go forward", "23 hours; an hour that was not is held", clock_change(dt.date(2026, 3, 29))),
    Line(
        "a week of deliveries at once",
        "every day balances; only the newest is posted (bytes not compared)",
        a_week_at_once,
    ),
)
