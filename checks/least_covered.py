"""The ten files whose statements and branches the last `make coverage` reached least, and the whole, as a table.

Reads .coverage and writes out/coverage.json. There is no threshold: the table is for choosing what to test next.
"""

import json
import subprocess
import sys
from pathlib import Path

OUT = Path("out/coverage.json")
MANY = 10


def main() -> None:
    OUT.parent.mkdir(exist_ok=True)
    subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", OUT], check=True)
    measured = json.loads(OUT.read_text(encoding="utf-8"))
    least = sorted(measured["files"].items(), key=lambda one: one[1]["summary"]["percent_covered"])[:MANY]
    print(f"{'file':<58} {'statements':>10} {'missed':>6} {'branches':>8} {'missed':>6} {'reached':>8}")
    for name, figures in [*least, ("all", {"summary": measured["totals"]})]:
        of = figures["summary"]
        print(
            f"{name:<58} {of['num_statements']:>10} {of['missing_lines']:>6} {of['num_branches']:>8} "
            f"{of['missing_branches']:>6} {of['percent_covered']:>7.1f}%"
        )


if __name__ == "__main__":
    main()
