"""Three districts for a demonstration: the same partners, other reports, a channel of Slack each."""

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from installation import HOME
from weeks import fill_quiet_days, labelled, moved_row, write_deliveries

NAMES = ("ashdown", "medway_hill", "weald")


def write_home(folder: Path, names: Sequence[str] = NAMES) -> Path:
    """A home with the project's own declarations, and under include/partnerships what differs for each district."""
    shutil.copytree(HOME / "include", folder / "include", dirs_exist_ok=True)
    for name in names:
        own = folder / "include" / "partnerships" / name
        own.mkdir(parents=True)
        title = name.replace("_", " ").title()
        (own / "partnership.yml").write_text(
            f"name: {title} Community Safety Unit\narea_name: {title}\n"
            f'channels: {{briefing: [slack], slack_channel: "#csu-{name}"}}\n',
            encoding="utf-8",
        )
    return folder


def channel_of(name: str) -> str:
    return f"csu-{name}"


def write_drops(folder: Path, names: Sequence[str] = NAMES, fortnights: int = 1) -> Path:
    """Deliveries of the labelled fortnight, and of copies moved back in time, as drops/<district>/<feed>/<file>.

    Each district lacks other rows, so that no two have the same.
    """
    rows = labelled()
    for place, name in enumerate(names):
        kept = [
            moved_row(row, back)
            for back in range(fortnights)
            for number, row in enumerate(rows)
            if (number * 7 + back * 3 + place) % 9
        ]
        write_deliveries(folder / name, kept)
        first = dt.date(2026, 10, 15) - dt.timedelta(days=14 * (fortnights - 1))
        fill_quiet_days(folder / name, first, dt.date(2026, 11, 5))
    settle(folder)
    return folder


def settle(folder: Path) -> None:
    """Makes every file look as if it had been there for a while."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (0, 0))
