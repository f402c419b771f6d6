"""What happens on a desk before a test begins: each function fills a folder, once for one state of the code (prepared.py).

A folder has home/, drops/ and tasking.db; `desk_in` opens it.
"""

import datetime as dt
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from conftest import GOLD, NOW, TestDesk, exported, home_for, settle

from tasking.linkage import linking
from tasking.linkage.lock import linking_lock
from tasking.services import Services

FIRST, LAST = dt.date(2026, 10, 19), dt.date(2026, 11, 2)  # of the labelled fortnight
MORNINGS = [dt.date(2026, 10, 20) + dt.timedelta(days=one) for one in range(15)]
REPLAYED_AT = dt.datetime.combine(LAST, dt.time(7), dt.UTC)
BRIEFED = dt.date(2026, 10, 22)
BRIEFED_AT = dt.datetime(2026, 10, 22, 6, 31, tzinfo=dt.UTC)  # 07:31 in London


def link_again(opened: Services, first: dt.date) -> None:
    """Links the days from `first` on again, though no decision asks for it."""
    with linking_lock(opened.linkage, 600):
        linking.relink(opened.linkage, first)


def desk_in(folder: Path, now: dt.datetime = BRIEFED_AT) -> TestDesk:
    return TestDesk(folder / "home", folder / "drops", f"sqlite:///{folder / 'tasking.db'}", now=now)


def brief_a_day(folder: Path) -> None:
    """The deliveries of the fortnight with faults, and the briefing of one day, which is not posted."""
    exported(folder / "drops", 1)
    home_for(folder / "home")
    desk_in(folder).run(str(BRIEFED), is_posting=False)


def replay_with_faults(folder: Path) -> None:
    exported(folder / "drops", 1)
    _replay(folder)


def replay_with_other_faults(folder: Path) -> None:
    exported(folder / "drops", 2)
    _replay(folder)


def replay_without_faults(folder: Path) -> None:
    drops = folder / "drops"
    command = [sys.executable, GOLD / "export.py", GOLD / "dev.jsonl", drops]
    subprocess.run(command, check=True, capture_output=True)
    settle(*(path for path in drops.rglob("*") if path.is_file()))
    _replay(folder)


def _replay(folder: Path) -> None:
    from tasking import flows

    home_for(folder / "home")
    opened = desk_in(folder, REPLAYED_AT).open()
    flows.replay(opened, FIRST, LAST, lambda _done: None)
    opened.warehouse.engine.dispose()


def link_each_morning(folder: Path) -> None:
    """The fortnight with faults, received and linked each morning; sixth.db is the database after six of them."""
    from tasking import flows

    opened = _with_deliveries(folder).open()
    for number, day in enumerate(MORNINGS, 1):
        _receive(opened, day)
        flows.link(opened, day)
        if number == 6:
            _copy(folder / "tasking.db", folder / "sixth.db")
    opened.warehouse.engine.dispose()


def receive_without_linking(folder: Path) -> None:
    """The fortnight with faults, of which nothing is linked."""
    opened = _with_deliveries(folder).open()
    for day in MORNINGS:
        _receive(opened, day)
    opened.warehouse.engine.dispose()


def run_two_days(folder: Path) -> None:
    """Thursday 22 and Friday 23 October with faults, posted."""
    desk = _with_deliveries(folder)
    for day in ("2026-10-22", "2026-10-23"):
        desk.run(day)


def _with_deliveries(folder: Path) -> TestDesk:
    exported(folder / "drops", 1)
    home_for(folder / "home")
    return desk_in(folder, NOW)


def _receive(opened, day: dt.date) -> None:
    from tasking import flows

    for feed in opened.partnership.feeds:
        flows.receive(opened, feed, day)


def _copy(database: Path, target: Path) -> None:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
