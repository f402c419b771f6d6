"""One topology with its districts and a Slack, and nights on it: begun, broken into, waited for, looked at."""

import datetime as dt
import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from districts import NAMES, channel_of, settle, write_drops, write_home
from installation import free_port, processes_of
from slack_workspace import Workspace, slack_workspace
from topology import Topology

from tasking import flows
from tasking.briefing import store
from tasking.config.feed import load_feed
from tasking.runtime.local import open_services
from tasking.runtime.settings import Settings
from tasking.services import Services

FEEDS = ("police", "council", "wardens", "housing", "fire", "residents")
ONLY = "csu-briefing"  # the channel of the one district of the small topology
FORTNIGHTS = 6
FIRST = dt.date(2026, 8, 10)
LAST = dt.date(2026, 10, 30)
BRIEFING, NIGHT = "daily_briefing", "partnership_nights"
MOST_S = 420
RESTART_S = 5  # compose starts again what ended


@dataclass
class Found:
    """What a night came to. `recovered_s`: from the fault to the end of the night; None where nothing was broken."""

    posts: str
    is_once: bool
    is_balanced: bool
    is_same: bool
    recovered_s: float | None = None
    words: str = ""

    @property
    def is_as_promised(self) -> bool:
        return self.is_once and self.is_balanced and self.is_same


@dataclass
class Drill:
    topology: Topology
    slack: type[Workspace]
    home: Path
    drops: Path
    reference: Path  # where undisturbed runs of the same days are kept
    days: Iterator[dt.date] = field(default_factory=lambda: meeting_days(FIRST, LAST))
    night_s: float = 60.0  # how long an undisturbed night takes

    @property
    def names(self) -> tuple[str | None, ...]:
        return NAMES if self.topology.kind == "scale" else (None,)

    def channel(self, name: str | None) -> str:
        return channel_of(name) if name else ONLY

    # Nights

    def begin(self, day: dt.date, posting: str = "always") -> list[tuple[str, str]]:
        """Starts the runs of a night, as the clock would; (dag id, run id)."""
        if self.topology.kind == "scale":
            return [(NIGHT, self.topology.trigger(NIGHT, day=str(day), posting=posting))]
        return [(f"feed_{feed}", self.topology.trigger(f"feed_{feed}", day=str(day))) for feed in FEEDS]

    def end(self, day: dt.date, runs: list[tuple[str, str]], posting: str = "always") -> dict[str, str]:
        """Waits for the runs of a night; on the small topology the briefing is its last. Returns their states by run."""
        states = self.topology.wait_for(runs, MOST_S)
        if self.topology.kind == "small":
            briefing = [(BRIEFING, self.topology.trigger(BRIEFING, day=str(day), posting=posting))]
            states |= self.topology.wait_for(briefing, MOST_S)
        return states

    def night(self, day: dt.date, *faults: Callable[[], None], after_s: float = 0) -> float | None:
        """A whole night, with faults some seconds into it. Returns the seconds from the last fault to its end."""
        runs, broken_at = self.begin(day), None
        if faults:
            time.sleep(after_s)
            broken_at = time.monotonic()
            for fault in faults:
                fault()
        self.end(day, runs)
        return None if broken_at is None else time.monotonic() - broken_at

    # What breaks

    def kill(self, part: str, away_s: float = RESTART_S) -> None:
        self.topology.kill(part)
        time.sleep(away_s)
        self.topology.start_part(part)

    def kill_a_task(self, after_s: float) -> None:
        """SIGKILL for a task, some seconds after one was at work, for the next that is."""
        deadline, seen_at = time.monotonic() + 60, None
        while time.monotonic() < deadline:
            at_work = self.at_work()
            seen_at = seen_at or (time.monotonic() if at_work else None)
            if at_work and seen_at and time.monotonic() >= seen_at + after_s:
                with suppress(psutil.NoSuchProcess):
                    at_work[0].kill()
                    return
            time.sleep(0.1)
        raise TimeoutError("no task was at work within a minute")

    def at_work(self) -> list[psutil.Process]:
        """The processes of tasks: those to which Airflow gave a group of their own."""
        found = []
        for part in self.topology.parts:
            if part.startswith(("worker", "scheduler")):
                for process in processes_of(self.topology.parts[part].pid)[1:]:
                    with suppress(psutil.NoSuchProcess, ProcessLookupError):
                        if os.getpgid(process.pid) == process.pid and "celery" not in " ".join(process.cmdline()[:2]):
                            found.append(process)
        return found

    def moment(self, what: str, seed: int) -> float:
        """Some seconds into a night: the same for the same fault and seed."""
        return random.Random(f"{what} {seed}").uniform(1, self.night_s * 0.8)

    def part(self, kind: str) -> str:
        """The first part of a kind: `scheduler` is scheduler-1 where there are two."""
        return next(name for name in self.topology.parts if name == kind or name.startswith(f"{kind}-"))

    # Deliveries

    def path(self, name: str | None, feed: str, day: dt.date) -> Path:
        declared = load_feed(self.home / "include" / "feeds" / f"{feed}.yml")
        return (self.drops / name if name else self.drops) / feed / declared.delivery.file_name(day)

    def put(self, name: str | None, feed: str, day: dt.date, content: bytes) -> None:
        path = self.path(name, feed, day)
        path.write_bytes(content)
        os.utime(path, (0, 0))

    @contextmanager
    def without(self, feed: str, day: dt.date) -> Iterator[None]:
        """The delivery is not there, for any district."""
        paths = [self.path(name, feed, day) for name in self.names]
        for path in paths:
            path.rename(path.with_suffix(".away"))
        try:
            yield
        finally:
            for path in paths:
                path.with_suffix(".away").rename(path)

    # What was found

    def desk(self, name: str | None, database_url: str, home: Path | None = None) -> Services:
        settings = Settings(
            home=home or self.home, partnership=name, database_url=database_url, drops=self.drops,
            pseudonym_key=self.topology.secret("pseudonym"),
        )  # fmt: skip
        return open_services(settings, routes=None)

    def stored(self, name: str | None) -> Services:
        return self.desk(name, self.topology.environment["TASKING_DATABASE_URL"])

    def undisturbed(self, name: str | None) -> Services:
        """A desk of its own on which the same days are run without Airflow and without a fault."""
        self.reference.mkdir(exist_ok=True)
        return self.desk(name, f"sqlite:///{self.reference}/{{partnership}}{'' if name else 'only'}.db")

    def look(self, day: dt.date, recovered_s: float | None = None, words: str = "", posts: int = 1) -> Found:
        """Compares what is stored and posted with an undisturbed run of the day."""
        counted, balanced, same = [], True, True
        for name in self.names:
            stored, undisturbed = self.stored(name), self.undisturbed(name)
            flows.run_day(undisturbed, day, is_posting=False)
            mark = f"{name}:briefing:{day}" if name else f"briefing:{day}"
            counted.append(len(self.slack.posted_in(self.channel(name), mark)))
            balanced &= ledger(stored, day) == ledger(undisturbed, day)
            flows.check_promises(stored, day)
            same &= briefing_of(stored, day) == briefing_of(undisturbed, day)
            for desk in (stored, undisturbed):
                desk.warehouse.engine.dispose()
        said = f"{sum(counted)} in {len(counted)} channel" + ("s" if len(counted) > 1 else "")
        return Found(said, all(one == posts for one in counted), balanced, same, recovered_s, words)


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


def ledger(desk: Services, day: dt.date) -> list[tuple[Any, ...]]:
    rows = desk.warehouse.query("ledger/ledger", first_day=day, last_day=day)
    return sorted(tuple(str(value) for value in row.values()) for row in rows)


def briefing_of(desk: Services, day: dt.date) -> str | None:
    """The newest briefing of a day as it is stored, byte for byte."""
    found = store.latest_briefing(desk.warehouse, day)
    return found[1] if found else None


def meeting_days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    day = first
    while day <= last:
        if day.weekday() < 5 and day != dt.date(2026, 8, 31):  # a bank holiday
            yield day
        day += dt.timedelta(days=1)


@contextmanager
def drill(folder: Path, kind: str) -> Iterator[Drill]:
    """A topology that runs, with deliveries of ten weeks."""
    folder.mkdir(parents=True, exist_ok=True)
    is_scale = kind == "scale"
    home = write_home(folder / "home", NAMES if is_scale else ())
    drops = write_drops(folder / "drops", NAMES if is_scale else ("only",), FORTNIGHTS)
    if not is_scale:
        drops = drops / "only"
        declared = home / "include" / "partnership.yml"
        declared.write_text(declared.read_text().replace("  briefing: [console]", "  briefing: [slack]"))
    with ExitStack() as stack:
        channels = [*(channel_of(name) for name in NAMES), ONLY]
        slack, url = stack.enter_context(slack_workspace(channels))
        topology = Topology(folder / "run", free_port(), kind=kind, home=home, drops=drops, slack_url=url, slots=2)  # type: ignore[arg-type]
        stack.callback(topology.stop)
        topology.set_up()
        topology.start()
        threading.Thread(target=topology.supervise, args=(RESTART_S,), daemon=True).start()
        topology.wait_until_ready()
        topology.wait_for_dags(*([NIGHT] if is_scale else [BRIEFING, *(f"feed_{feed}" for feed in FEEDS)]))
        yield Drill(topology, slack, home, drops, folder / "reference")


def copy_of_deliveries(drill: Drill, day: dt.date, folder: Path) -> None:
    """Puts deliveries of a day that were written elsewhere in the place of a drill's own, for every district."""
    for name in drill.names:
        for feed in FEEDS:
            target = drill.path(name, feed, day)
            source = folder / feed / target.name
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        settle(drill.drops)
