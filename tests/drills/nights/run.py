"""`make drill`: every line on both topologies; prints the table, and puts it into docs/reliability.md.

One topology: `--kind small`; the other's rows stay as they were. Some lines: `--only "Redis|disk"`.
A full disk needs root, to mount a small one; a clock that is off needs libfaketime.
"""

import argparse
import json
import re
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

HOME = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(HOME / "demo"), str(HOME / "demo" / "practice"), str(HOME / "tests" / "drills")]

from nights.drill import Found, drill  # noqa: E402
from nights.lines import LINES, Line  # noqa: E402

ROWS = HOME / "var" / "drill-nights" / "rows.json"  # of the last drill of each topology
PAGE = HOME / "docs" / "reliability.md"
HEADINGS = ("what breaks", "promised", "on", "found", "posts", "ledger", "recovered in")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kind", choices=("small", "scale"), action="append")
    options.add_argument("--only", help="lines whose fault has this, a regular expression")
    given = options.parse_args()
    is_well = True
    for kind in given.kind or ("small", "scale"):
        lines = [
            line
            for line in LINES
            if kind in line.kinds and (re.search(given.only or "", line.fault) or line is LINES[0])
        ]
        folder, table = ROWS.parent / kind, []
        shutil.rmtree(folder, ignore_errors=True)
        with drill(folder, kind) as running:
            for line in lines:
                began = time.monotonic()
                found = tried(line, running)
                is_well &= found.is_as_promised
                table.append(row_of(line, kind, found))
                print(" | ".join(table[-1]), f"({time.monotonic() - began:.0f} s)", flush=True)
        keep(kind, table)
        write()
        print(f"Written: {PAGE.relative_to(HOME)}")
    print("Every outcome is the promised one." if is_well else "Not every outcome is the promised one.")
    return 0 if is_well else 1


def keep(kind: str, table: list[tuple[str, ...]]) -> None:
    """The rows of a topology, in the place of those of the same lines in its last drill."""
    ROWS.parent.mkdir(parents=True, exist_ok=True)
    rows = json.loads(ROWS.read_text(encoding="utf-8")) if ROWS.exists() else {}
    again = {row[0] for row in table}
    rows[kind] = [row for row in rows.get(kind, []) if row[0] not in again] + [list(row) for row in table]
    ROWS.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def tried(line: Line, running) -> Found:
    try:
        return line.night(running)
    except Exception:
        traceback.print_exc()
        return Found("?", False, False, False, words="it broke: see above")


def row_of(line: Line, kind: str, found: Found) -> tuple[str, ...]:
    broken = [name for name in ("once", "balanced", "same") if not getattr(found, f"is_{name}")]
    words = "as promised" if found.is_as_promised else f"**not as promised ({', '.join(broken)})**"
    return (
        line.fault, line.promised, kind, words + (f": {found.words}" if found.words else ""), found.posts,
        "balanced" if found.is_balanced else "**not**",
        f"{found.recovered_s:.0f} s" if found.recovered_s is not None else "",
    )  # fmt: skip


def write() -> None:
    """Puts the rows of both topologies between the page's marks, in the order of the lines."""
    faults = [line.fault for line in LINES]
    kept = json.loads(ROWS.read_text(encoding="utf-8"))
    table = sorted((row for rows in kept.values() for row in rows), key=lambda row: faults.index(row[0]))
    lines = ["| " + " | ".join(HEADINGS) + " |", "| --- " * len(HEADINGS) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in table]
    text = PAGE.read_text(encoding="utf-8")
    between = "<!-- table -->\n\n" + "\n".join(lines) + "\n\n<!-- end of table -->"
    written = re.sub(r"<!-- table -->.*<!-- end of table -->", lambda _: between, text, flags=re.S)
    PAGE.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    sys.exit(main())
