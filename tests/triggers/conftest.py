"""The labelled fortnight, run day by day, with its briefings and what the rules raised."""

import datetime as dt
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from conftest import GOLD, TestDesk, home_for, settle

from tasking import flows

FIRST, LAST = dt.date(2026, 10, 19), dt.date(2026, 11, 2)


@pytest.fixture(scope="session")
def fortnight(tmp_path_factory):
    """A desk over the fortnight without faults, and the folder with its truth.csv. Tests that change it take `copied`."""
    folder = tmp_path_factory.mktemp("fortnight")
    drops = folder / "drops"
    command = [sys.executable, GOLD / "export.py", GOLD / "dev.jsonl", drops]
    subprocess.run(command, check=True, capture_output=True)
    settle(*(path for path in drops.rglob("*") if path.is_file()))
    desk = TestDesk(home_for(folder / "home"), drops, f"sqlite:///{folder / 'tasking.db'}")
    desk.now = dt.datetime(2026, 11, 2, 7, 0, tzinfo=dt.UTC)
    opened = desk.open()
    flows.replay(opened, FIRST, LAST, lambda _done: None)
    opened.warehouse.engine.dispose()
    return desk


@pytest.fixture
def copied(fortnight, tmp_path) -> TestDesk:
    """The fortnight in a database of its own."""
    source = fortnight.database_url.removeprefix("sqlite:///")
    shutil.copy(source, tmp_path / "tasking.db")
    return replace(
        fortnight, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", channel=type(fortnight.channel)(), others={}
    )
