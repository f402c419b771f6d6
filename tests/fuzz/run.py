"""Fuzzes the product for some minutes and prints what was tried: `make fuzz MINUTES=5`.

Every input is made of a seed. One that finds a fault is printed with its subject, and kept in var/fuzz/failed.csv; once
it is mended it goes into tests/fuzz/seeds.csv, which the test suite tries every time.
"""

import argparse
import csv
import logging
import random
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import structlog  # noqa: E402

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

from fuzz import subjects  # noqa: E402

PROPERTIES = (
    "tests/feeds/test_values_by_delivery.py", "tests/feeds/test_found_in_text.py", "tests/transports/test_mail.py",
    "tests/transports/test_pages.py", "tests/transports/test_names.py", "tests/transports/test_containers.py",
    "tests/linkage/test_any_text.py", "tests/linkage/test_unread.py",
)  # fmt: skip


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--minutes", type=float, default=5)
    ask.add_argument("--seed", type=int, default=None, help="where to begin; else by the clock")
    args = ask.parse_args()
    start = args.seed if args.seed is not None else int(time.time()) * 1000 % 10**9
    folder = ROOT / "var" / "fuzz"
    shutil.rmtree(folder / "desks", ignore_errors=True)
    desk = subjects.OneDesk(folder / "desks" / "one")
    # A subject, and its share of the time.
    tried: tuple[tuple[Callable[[int], str], float], ...] = (
        (subjects.damaged_delivery, 3), (subjects.any_bytes, 1), (subjects.damaged_workbook, 1), (subjects.any_text, 1),
        (desk.odd_cells, 3), (desk.damaged_and_stored, 3), (lambda seed: subjects.hostile_week(
            seed, folder / "desks" / "week", days=3), 2),
    )  # fmt: skip
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    spent: dict[str, float] = defaultdict(float)
    slowest: dict[str, float] = defaultdict(float)
    faults: list[tuple[str, int, str]] = []
    total = args.minutes * 60
    for_properties = min(total * 0.4, 240)
    dice, begun, seed = random.Random(start), time.monotonic(), start
    while time.monotonic() - begun < total - for_properties:
        subject, _ = min(tried, key=lambda one: (spent[_name(one[0])] / one[1], dice.random()))
        name, seed, started = _name(subject), seed + 1, time.monotonic()
        try:
            outcomes[name][subject(seed)] += 1
        except Exception as error:  # whatever it is, it is what we look for
            outcomes[name]["FAULT"] += 1
            faults.append((name, seed, f"{type(error).__name__}: {str(error)[:200]}"))
        took = time.monotonic() - started
        spent[name] += took
        slowest[name] = max(slowest[name], took)
    print(f"seeds {start + 1} to {seed}\n")
    print(f"{'what was tried':24} {'inputs':>7} {'slowest':>9}  came out as")
    for name, counts in outcomes.items():
        told = ", ".join(f"{count:,} {word}" for word, count in counts.most_common())
        print(f"{name:24} {counts.total():>7,} {slowest[name]:>7.2f} s  {told}")
    failed = _properties(total - (time.monotonic() - begun), start)
    for name, which, words in faults:
        print(f"FAULT {name} {which}: {words}")
    if faults:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "failed.csv").open("a", newline="") as file:
            csv.writer(file).writerows((name, which) for name, which, _ in faults)
    shutil.rmtree(folder / "desks", ignore_errors=True)
    sys.exit(1 if faults or failed else 0)


def _properties(seconds: float, seed: int) -> int:
    """Runs the property tests with one seed of hypothesis after the other. Returns how many rounds failed."""
    begun, rounds, failed = time.monotonic(), 0, 0
    while rounds == 0 or time.monotonic() - begun < seconds:
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not server", f"--hypothesis-seed={seed + rounds}",
                   *PROPERTIES]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        rounds += 1
        if done.returncode:
            failed += 1
            print(done.stdout[-4000:])
    print(
        f"{'property tests':24} {rounds:>7,} {'':>9}  rounds of {len(PROPERTIES)} files, each with another seed; {failed} failed"
    )
    return failed


def _name(subject: Callable[[int], str]) -> str:
    return "hostile_week" if subject.__name__ == "<lambda>" else subject.__name__


if __name__ == "__main__":
    main()
