"""The labelled fortnight, run day by day, with its briefings and what the rules raised."""

import datetime as dt
import shutil
from dataclasses import replace

import pytest
from conftest import TestDesk
from made_desks import REPLAYED_AT, desk_in, replay_without_faults

FIRST, LAST = dt.date(2026, 10, 19), dt.date(2026, 11, 2)


@pytest.fixture(scope="session")
def fortnight(tmp_path_factory, prepared):
    """A desk over the fortnight without faults, and the folder with its truth.csv. Tests that change it take `copied`."""
    made = prepared.folder("fortnight", replay_without_faults, tmp_path_factory.mktemp("fortnight"))
    return desk_in(made, REPLAYED_AT)


@pytest.fixture
def copied(fortnight, tmp_path) -> TestDesk:
    """The fortnight in a database of its own."""
    source = fortnight.database_url.removeprefix("sqlite:///")
    shutil.copy(source, tmp_path / "tasking.db")
    return replace(
        fortnight, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", channel=type(fortnight.channel)(), others={}
    )
