"""Sample deliveries over weeks: the labelled fortnight, copies of it moved back in time, or the fortnight moved
to end today."""

import csv
import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
GOLD = HOME / "tests" / "gold"
LAST = dt.date(2026, 11, 5)  # no reports from the 4th on
FIRST, LAST_TOLD = dt.date(2026, 10, 20), dt.date(2026, 11, 2)  # the days of the labelled fortnight
TIMES = ("received", "occurred", "occurred_to")


def write_weeks(folder: Path, fortnights: int = 5) -> None:
    """Writes `fortnights` times the labelled fortnight, the last one where it stands, as the partners' own files."""
    rows = labelled()
    moved = []
    for back in range(fortnights):
        # Every copy loses other rows, so that no two weeks are the same.
        kept = [row for number, row in enumerate(rows) if back == 0 or (number * 7 + back * 3) % 5]
        moved += [moved_row(row, back) for row in kept]
    write_deliveries(folder / "drops", moved)
    fill_quiet_days(folder / "drops", LAST - dt.timedelta(days=14 * fortnights + 2), LAST)


def write_fortnight(folder: Path, today: dt.date) -> tuple[dt.date, dt.date]:
    """Writes the labelled fortnight moved on by whole weeks, so that it ends within the week from `today`, with rows
    that can't be read and a partner that falls silent today; then quiet days for a month. Returns its first day, and
    today."""
    later = -(-(today - LAST_TOLD).days // 7) * 7
    write_deliveries(folder / "drops", [moved_row(row, 0, later) for row in labelled()])
    first = FIRST + dt.timedelta(days=later)
    fill_quiet_days(folder / "drops", first, today + dt.timedelta(days=30))
    _spoil(folder / "drops", today)
    return first, today


def labelled() -> list[dict]:
    return [json.loads(line) for line in (GOLD / "dev.jsonl").read_text(encoding="utf-8").splitlines()]


def write_deliveries(drops: Path, rows: list[dict], *options: str) -> None:
    """Writes labelled rows as the partners' own files, with the labels beside them."""
    drops.mkdir(parents=True, exist_ok=True)
    gold = drops.parent / f"{drops.name}.jsonl"
    gold.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    subprocess.run([sys.executable, GOLD / "export.py", gold, drops, *options], check=True, capture_output=True)


def _spoil(drops: Path, last: dt.date) -> None:
    """What goes wrong in a fortnight: dates that are none, no reference, nothing said; at its end a silent partner."""
    before = last - dt.timedelta(days=1)
    _add_row_to_mend(drops / "police", last)
    _spoil_cell(drops / "police" / f"KP_CSU_{before:%Y%m%d}.csv", 1, "OccurredFrom", "about midnight")
    _spoil_cell(drops / "police" / f"KP_CSU_{before:%Y%m%d}.csv", 2, "OccurredFrom", "Sunday, early")
    _spoil_cell(drops / "residents" / f"concerns-{before:%Y%m%d}.csv", 1, "Reference", "")
    (drops / "fire" / f"kfrs-{last}.jsonl").unlink(missing_ok=True)


def _add_row_to_mend(police: Path, day: dt.date) -> None:
    """Gives the police's file of `day` a row whose date is none, that any officer may mend: nothing about it is
    restricted. It is an earlier day's, under a reference of its own."""
    path = police / f"KP_CSU_{day:%Y%m%d}.csv"
    earlier = [one for one in sorted(police.glob("KP_CSU_*.csv"), reverse=True) if one < path]
    plain = [row for one in earlier for row in _rows(one)[1:] if not row["Sensitivity"] and row["Vulnerable"] != "Y"]
    night = f"{day - dt.timedelta(days=1):%d/%m/%Y} 20:10"
    row = plain[0] | {
        "IncidentNo": "46/09001/26",
        "CreatedDT": "31/02/2026 09:61",
        "OccurredFrom": night,
        "OccurredTo": "",
    }
    _write_rows(path, [*_rows(path), row])


def _spoil_cell(path: Path, number: int, column: str, value: str) -> None:
    """Puts a value into a cell of a partner's CSV; a file with fewer rows stays as it is."""
    rows = _rows(path)
    if len(rows) > number and column in rows[0]:
        rows[number][column] = value
        _write_rows(path, rows)


def _rows(path: Path) -> list[dict[str, str]]:
    """The rows of a partner's CSV by column, the head first: it maps each column to its own name."""
    with path.open(encoding="latin-1", newline="") as file:
        head, *rows = csv.reader(file)
    return [dict(zip(head, cells, strict=True)) for cells in [head, *rows]]


def _write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="latin-1", newline="") as file:
        csv.writer(file).writerows(row.values() for row in rows)


def fill_quiet_days(drops: Path, first: dt.date, last: dt.date) -> None:
    """A partner with nothing to say sends a file without rows; so do all on the last days."""
    for ahead in range((last - first).days + 1):
        for feed, (name, content) in quiet_files(first + dt.timedelta(days=ahead)).items():
            if not (drops / feed / name).exists():
                (drops / feed / name).write_bytes(content)


def quiet_files(day: dt.date) -> dict[str, tuple[str, bytes]]:
    """Feed -> the name and content of a delivery without rows."""
    sys.path.insert(0, str(GOLD))
    from export import FEEDS

    return {feed: (name.format(day=day), write([]) or b"\n") for feed, (_, write, name) in FEEDS.items()}


def moved_row(row: dict, back: int, later: int = 0) -> dict:
    """The row `back` fortnights earlier, as another incident; or the same `later` days on."""
    days = later - 14 * back
    times = {name: moved_time(row[name], days) for name in TIMES}
    times["seq"] = row["seq"] + 1000 * back  # the partners' references follow from it
    return row | times | {name: f"{row[name]}-{back}" for name in ("incident", "series") if row[name] and back}


def moved_time(text: str | None, days: int) -> str | None:
    """A time as text, some days later."""
    return (dt.datetime.fromisoformat(text) + dt.timedelta(days=days)).isoformat(timespec="minutes") if text else text
