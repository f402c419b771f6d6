"""Ten weeks of sample deliveries: the labelled fortnight, and copies of it moved back in time."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
GOLD = HOME / "tests" / "gold"
LAST = dt.date(2026, 11, 5)  # no reports from the 4th on
TIMES = ("received", "occurred", "occurred_to")


def write_weeks(folder: Path, fortnights: int = 5) -> None:
    """Writes `fortnights` times the labelled fortnight, the last one where it stands, as the partners' own files."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in (GOLD / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    moved = []
    for back in range(fortnights):
        # Every copy loses other rows, so that no two weeks are the same.
        kept = [row for number, row in enumerate(rows) if back == 0 or (number * 7 + back * 3) % 5]
        moved += [moved_row(row, back) for row in kept]
    gold = folder / "weeks.jsonl"
    gold.write_text("\n".join(json.dumps(row) for row in moved), encoding="utf-8")
    subprocess.run([sys.executable, GOLD / "export.py", gold, folder / "drops"], check=True, capture_output=True)
    _fill_quiet_days(folder / "drops", fortnights)


def _fill_quiet_days(drops: Path, fortnights: int) -> None:
    """A partner with nothing to say sends a file without rows; so do all on the last days."""
    sys.path.insert(0, str(GOLD))
    from export import FEEDS

    for back in range(14 * fortnights + 3):
        day = LAST - dt.timedelta(days=back)
        for feed, (_, write, name) in FEEDS.items():
            path = drops / feed / name.format(day=day)
            if not path.exists():
                path.write_bytes(write([]) or b"\n")


def moved_row(row: dict, back: int) -> dict:
    """The row `back` fortnights earlier, as another incident."""
    times = {name: moved_time(row[name], back) for name in TIMES}
    times["seq"] = row["seq"] + 1000 * back  # the partners' references follow from it
    return row | times | {name: f"{row[name]}-{back}" for name in ("incident", "series") if row[name] and back}


def moved_time(text: str | None, back: int) -> str | None:
    return (
        (dt.datetime.fromisoformat(text) - dt.timedelta(days=14 * back)).isoformat(timespec="minutes") if text else text
    )
