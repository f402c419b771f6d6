"""A country's day: 10, 100 and 300 districts of 300 reports each, from landing to posted, on the scale topology.

`make bench-scale` prints a line for each number, and puts them into docs/scaling.md. `--engine` measures the same work
without Airflow: `tasking partnerships run`, two processes at a time.
"""

import argparse
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME / "demo"), str(HOME / "demo" / "practice")]

from districts import channel_of, settle, write_home  # noqa: E402
from installation import BIN, free_port  # noqa: E402
from made_up import police_file  # noqa: E402
from slack_workspace import slack_workspace  # noqa: E402
from topology import Topology  # noqa: E402
from weeks import quiet_files  # noqa: E402

DAY = date(2026, 10, 20)
REPORTS = 300
SLOTS = 5  # tasks that each of the two workers does at once: most of a task waits for Slack, which takes one message a second
NUMBERS = (10, 100, 300)
NIGHT = "partnership_nights"
PAGE = HOME / "docs" / "scaling.md"
# Opens each warehouse once, as a deploy does: its tables are made and migrated.
OPEN_EACH = """
import sys
from tasking.runtime.settings import Settings
from tasking.warehouse import open_warehouse
for name in sys.argv[1:]:
    one = Settings(partnership=name)
    open_warehouse(one.warehouse_url, one.include / "sql", one.schema_name).engine.dispose()
"""
_VARIANTS = 10  # districts with other reports than their neighbours; then the same again


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--numbers", type=int, nargs="+", default=list(NUMBERS))
    options.add_argument("--engine", action="store_true", help="without Airflow, and nothing else")
    given = options.parse_args()
    lines = []
    if not given.engine:
        lines = [night(number) for number in given.numbers]
    lines += [engine(number) for number in given.numbers[-1:]]
    if given.numbers == list(NUMBERS) and not given.engine:
        write(lines)
    return 0


def night(number: int) -> str:
    """A night of so many districts through Airflow: PostgreSQL, Redis, two schedulers, two workers of five slots each."""
    folder = HOME / "var" / "bench-scale"
    shutil.rmtree(folder, ignore_errors=True)
    names = [f"district_{place:03d}" for place in range(number)]
    home, drops = write_home(folder / "home", names), write_deliveries(folder / "drops", names)
    with slack_workspace([channel_of(name) for name in names]) as (slack, url):
        topology = Topology(folder, free_port(), kind="scale", home=home, drops=drops, slack_url=url, slots=SLOTS)
        try:
            topology.set_up()
            began = time.monotonic()
            topology.command("python", "-c", OPEN_EACH, *names)
            schemas_s = time.monotonic() - began
            topology.start()
            topology.wait_until_ready()
            topology.wait_for_dags(NIGHT)
            run = topology.trigger(NIGHT, day=str(DAY), posting="always")
            topology.wait_for([(NIGHT, run)], seconds=3_600)
            nights = [one for one in topology.tasks(NIGHT, run) if one["map_index"] >= 0]
            posted = sum(len(slack.posted_in(channel_of(name), f"{name}:briefing:{DAY}")) for name in names)
            whole_s = seconds_of(nights)
            each = statistics.median(one["duration"] for one in nights)
        finally:
            topology.stop()
    said = (
        f"{number} districts, {number * REPORTS:,} reports: {posted} posted in {whole_s:.0f} s "
        f"({whole_s / number:.2f} s a district); a task takes {each:.1f} s; "
        f"{number} schemas made before in {schemas_s:.0f} s"
    )
    print(said, flush=True)
    return said


def engine(number: int) -> str:
    """The same work in two processes without Airflow, on SQLite; start-up of each process included."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        names = [f"district_{one:03d}" for one in range(number)]
        home, drops = write_home(folder / "home", names), write_deliveries(folder / "drops", names)
        for name in names:
            own = home / "include" / "partnerships" / name / "partnership.yml"
            own.write_text(own.read_text().replace("briefing: [slack]", "briefing: [file]"))
        environment = os.environ | {
            "TASKING_HOME": str(home),
            "TASKING_DROPS": str(drops),
            "GX_ANALYTICS_ENABLED": "false",
        }
        subprocess.run([BIN / "python", "-c", OPEN_EACH, *names], env=environment, check=True)
        command = [str(BIN / "tasking"), "partnerships", "run", "--day", str(DAY), "--jobs", "2"]
        began = time.monotonic()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    said = (
        f"engine alone: {number} districts, {number * REPORTS:,} reports: {seconds:.0f} s on 2 cores "
        f"({seconds / number:.2f} s a district), {peak:.0f} MB a process"
    )
    print(said, flush=True)
    return said


def seconds_of(nights: list[dict]) -> float:
    """From the first task's beginning to the last one's end."""
    begins = [datetime.fromisoformat(one["start_date"]) for one in nights]
    ends = [datetime.fromisoformat(one["end_date"]) for one in nights]
    return (max(ends) - min(begins)).total_seconds()


def write_deliveries(folder: Path, names: list[str]) -> Path:
    """For each district 300 reports from the police, and a file without rows from everybody else."""
    files = [police_file(DAY, REPORTS, seed=variant) for variant in range(_VARIANTS)]
    for place, name in enumerate(names):
        for feed, (file_name, content) in quiet_files(DAY).items():
            path = folder / name / feed / file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (folder / name / "police" / f"KP_CSU_{DAY:%Y%m%d}.csv").write_bytes(files[place % _VARIANTS])
    settle(folder)
    return folder


def write(lines: list[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    between = "<!-- figures -->\n\n```\n" + "\n".join(lines) + "\n```\n\n<!-- end of figures -->"
    PAGE.write_text(re.sub(r"<!-- figures -->.*<!-- end of figures -->", lambda _: between, text, flags=re.S))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    sys.exit(main())
