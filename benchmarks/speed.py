"""How fast a day is: `python benchmarks/speed.py`. Prints one line a figure; README's come from here.

day      `tasking run --day D` as a whole process, 300 reports over two years of history (200,000 reports)
volume   receive to stored, 100,000 reports in one day, after start-up
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from made_up import HOME, police_file

DAY = date(2026, 10, 20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["day", "volume"], help="one of the two")
    parser.add_argument("--history", type=int, default=200_000, help="reports of history")
    parser.add_argument("--volume", type=int, nargs="*", default=[25_000, 50_000, 100_000], help="reports in one day")
    arguments = parser.parse_args()
    if arguments.only != "volume":
        measure_day(arguments.history)
    if arguments.only != "day":
        for count in arguments.volume:
            subprocess.run([sys.executable, __file__, "--one", str(count)], check=True)


def measure_day(history: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        drops, database = Path(folder) / "drops", f"sqlite:///{folder}/tasking.db"
        weeks = 104
        make_history(drops, database, history // weeks, weeks)
        write(drops, DAY, 300)
        environment = os.environ | {"TASKING_DATABASE_URL": database, "TASKING_HOME": str(HOME)}
        command = [sys.executable, "-m", "tasking.cli", "run", "--day", str(DAY), "--drops", str(drops)]
        started = time.monotonic()
        subprocess.run(command, check=True, env=environment, capture_output=True)
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"day: 300 reports over {history // weeks * weeks:,} of history: {seconds:.1f} s, {peak:.0f} MB", flush=True
        )


def make_history(drops: Path, database: str, each_week: int, weeks: int) -> None:
    """Two years of history, received and linked as ever in one process; a week's reports in one delivery, for time."""
    os.environ |= {"TASKING_DATABASE_URL": database, "TASKING_DROPS": str(drops), "TASKING_HOME": str(HOME)}
    from tasking import flows
    from tasking.runtime.local import open_services
    from tasking.runtime.settings import Settings

    desk = open_services(Settings())
    for back in range(weeks, 0, -1):
        day = DAY - timedelta(weeks=back)
        path = write(drops, day, each_week)
        flows.receive(desk, "police", day)
        flows.link(desk, day)
        path.unlink()


def measure_volume(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        drops = Path(folder) / "drops"
        database = f"sqlite:///{folder}/tasking.db"
        os.environ |= {"TASKING_DATABASE_URL": database, "TASKING_DROPS": str(drops), "TASKING_HOME": str(HOME)}
        from tasking import flows
        from tasking.runtime.local import open_services
        from tasking.runtime.settings import Settings

        desk = open_services(Settings())
        write(drops, DAY - timedelta(days=1), 100)
        flows.receive(desk, "police", DAY - timedelta(days=1))  # start-up: the libraries are loaded
        write(drops, DAY, count)
        started = time.monotonic()
        receipt = flows.receive(desk, "police", DAY)
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        assert receipt.ledger.balances
        assert receipt.ledger.rows_in == count
        print(f"volume: {count:,} reports received and stored: {seconds:.1f} s, {count / seconds:,.0f} a second, "
              f"{peak:.0f} MB", flush=True)  # fmt: skip


def write(drops: Path, day: date, count: int) -> Path:
    path = drops / "police" / f"KP_CSU_{day:%Y%m%d}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(police_file(day, count))
    os.utime(path, (0, 0))  # long settled
    return path


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure_volume(int(sys.argv[2]))
    else:
        main()
