"""`make scale`: a night for three districts on PostgreSQL, Redis, two schedulers and two Celery workers; one is killed.

Prints the three posted briefings and their ledgers. Everything is under var/scale, and is ended and removed afterwards.
"""

import shutil
import signal
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from districts import NAMES, channel_of, write_drops, write_home
from installation import HOME, free_port
from topology import Topology

sys.path.insert(0, str(HOME / "demo" / "practice"))
from slack_workspace import Workspace, slack_workspace

DAY = date(2026, 10, 22)
NIGHT = "partnership_nights"


def main() -> int:
    folder = HOME / "var" / "scale"
    shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.1f} s  {words}", flush=True)

    home, drops = write_home(folder / "home"), write_drops(folder / "drops")
    with slack_workspace([channel_of(name) for name in NAMES]) as (slack, url):
        topology = Topology(folder, free_port(), kind="scale", home=home, drops=drops, slack_url=url)
        try:
            topology.set_up()
            say("PostgreSQL and Redis run; Airflow's database, roles and an account are made")
            topology.start()
            topology.wait_until_ready()
            topology.wait_for_dags(NIGHT)
            say(f"{len(topology.parts)} parts run: {', '.join(topology.parts)}")
            run = topology.trigger(NIGHT, day=str(DAY), posting="always")
            say(f"the night of {DAY} begins for {', '.join(NAMES)}")
            kill_one_at_work(topology, run, say)
            state = topology.wait_for([(NIGHT, run)])[run]
            say(f"the night is over: {state}")
            return show(topology, slack)
        finally:
            topology.stop()


def kill_one_at_work(topology: Topology, run: str, say: Callable[[str], None]) -> None:
    """SIGKILL for a worker that has tasks of the night in hand; as compose would, we start it again."""
    while not (at_work := [one["map_index"] for one in topology.tasks(NIGHT, run) if is_at_work(one)]):
        time.sleep(0.2)
    time.sleep(1)
    topology.kill("worker-1")
    say(f"worker-1 is killed; {len(at_work)} of the districts were being worked on")
    time.sleep(5)
    topology.start_part("worker-1")
    say("worker-1 is started again")


def is_at_work(task: dict[str, Any]) -> bool:
    return task["state"] == "running" and task["map_index"] >= 0


def show(topology: Topology, slack: type[Workspace]) -> int:
    """The posted briefings and the ledgers; 1 where a promise is broken."""
    is_well = True
    for name in NAMES:
        posted = slack.posted_in(channel_of(name), f"{name}:briefing:{DAY}")
        print("\n" + "─" * 100 + f"\n#{channel_of(name)}: {len(posted)} message\n")
        for message in posted:
            print(message["text"])
        span = ("--from", str(DAY), "--to", str(DAY))  # by day the clock's own night may run beside it
        ledger = topology.command("tasking", "--partnership", name, "export", "ledger", *span)
        print("\n" + ledger)
        is_well &= len(posted) == 1 and is_balanced(ledger)
    print("Each district has one briefing, and every row is accounted for." if is_well else "A promise is broken.")
    return 0 if is_well else 1


def is_balanced(ledger: str) -> bool:
    """True where every line of `export ledger` accounts for its rows, and there is a line."""
    rows = [[int(cell) for cell in line.split(",")[2:]] for line in ledger.splitlines()[1:]]
    return bool(rows) and all(row[0] == sum(row[1:]) for row in rows)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    sys.exit(main())
