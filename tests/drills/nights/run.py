"""`make drill`: every line on both topologies; each is printed, and put into the table of docs/reliability.md.

One topology: `--kind small`. Some lines: `--only "Redis|disk"`. The rows of all others stay as they were.
A full disk needs root, to mount a small one; a clock that is off needs libfaketime.
"""

import argparse
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

WORK = HOME / "var" / "drill-nights"
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
        folder = WORK / kind
        shutil.rmtree(folder, ignore_errors=True)
        with drill(folder, kind) as running:
            for line in lines:
                began = time.monotonic()
                found = tried(line, running)
                is_well &= found.is_as_promised
                row = row_of(line, kind, found)
                write(row)
                print(" | ".join(row), f"({time.monotonic() - began:.0f} s)", flush=True)
    print(f"Written: {PAGE.relative_to(HOME)}")
    print("Every outcome is the promised one." if is_well else "Not every outcome is the promised one.")
    return 0 if is_well else 1


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


def write(row: tuple[str, ...]) -> None:
    """Puts a row into the page's table, in the place of that line's last one, in the order of the lines."""
    text = PAGE.read_text(encoding="utf-8")
    head, table, tail = re.split(r"(?<=<!-- table -->)\n|(?=<!-- end of table -->)", text)
    rows = [tuple(re.split(r" ?\| ?", line)[1:-1]) for line in table.strip().splitlines()[2:]]
    faults = [line.fault for line in LINES]
    rows = [one for one in rows if one[0] in faults and (one[0], one[2]) != (row[0], row[2])] + [row]
    rows.sort(key=lambda one: (faults.index(one[0]), one[2]))
    lines = ["| " + " | ".join(HEADINGS) + " |", "| --- " * len(HEADINGS) + "|"]
    lines += ["| " + " | ".join(one) + " |" for one in rows]
    PAGE.write_text("\n".join([head, "", *lines, "", tail]), encoding="utf-8")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    sys.exit(main())
