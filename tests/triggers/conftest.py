"""The labelled fortnight, run day by day, with its briefings and what the rules raised."""

import datetime as dt
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import GOLD, TestDesk, home_for, settle

from tasking import flows

FIRST, LAST = dt.date(2026, 10, 19), dt.date(2026, 11, 2)


def desk_in(folder: Path) -> TestDesk:
    now = dt.datetime(2026, 11, 2, 7, 0, tzinfo=dt.UTC)
    return TestDesk(folder / "home", folder / "drops", f"sqlite:///{folder / 'tasking.db'}", now=now)


def replay_without_faults(folder: Path) -> None:
    drops = folder / "drops"
    command = [sys.executable, GOLD / "export.py", GOLD / "dev.jsonl", drops]
    subprocess.run(command, check=True, capture_output=True)
    settle(*(path for path in drops.rglob("*") if path.is_file()))
    home_for(folder / "home")
    opened = desk_in(folder).open()
    flows.replay(opened, FIRST, LAST, lambda _done: None)
    opened.warehouse.engine.dispose()


@pytest.fixture(scope="session")
def fortnight(tmp_path_factory, prepared):
    """A desk over the fortnight without faults, and the folder with its truth.csv. Tests that change it take `copied`."""
    return desk_in(prepared.folder("fortnight", replay_without_faults, tmp_path_factory.mktemp("fortnight")))


@pytest.fixture
def copied(fortnight, tmp_path) -> TestDesk:
    """The fortnight in a database of its own."""
    source = fortnight.database_url.removeprefix("sqlite:///")
    shutil.copy(source, tmp_path / "tasking.db")
    return replace(
        fortnight, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", channel=type(fortnight.channel)(), others={}
    )
