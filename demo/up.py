"""`make up`: Airflow with the Tasking desk on this machine alone, two accounts, and a sample fortnight that
ends today.

Everything is under var/up. Ctrl-C ends it; started again it goes on from where it was. The passwords are shown when the
accounts are made, and nowhere else.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from installation import HOME, Installation

ACCOUNTS = {"viewer": "Tasking viewer", "officer": "Tasking officer"}


@dataclass
class Up(Installation):
    """One machine, SQLite, and the sample fortnight."""

    def settings(self) -> dict[str, str]:
        return super().settings() | {
            "TASKING_DATABASE_URL": f"sqlite:///{self.folder / 'tasking.db'}",
            "TASKING_DROPS": str(self.folder / "sample" / "drops"),
        }

    def load_sample(self) -> None:
        """The labelled fortnight, moved so that today is one of its last days; each day until today as if run on its
        own morning."""
        done = self.folder / "sample" / ".loaded"
        if not done.exists():
            self.command("python", __file__, "--load", str(self.folder / "sample"))
            done.touch()


def load(folder: Path, say: Callable[[str], None] = lambda _words: None) -> None:
    """Writes the sample deliveries and runs each day of them until today, by a clock that stands at that morning."""
    from weeks import write_fortnight

    from tasking import flows
    from tasking.runtime.local import open_services
    from tasking.runtime.settings import Settings

    services = open_services(Settings())
    now = services.clock()
    first, today = write_fortnight(folder, now.astimezone(services.partnership.zone).date())
    for ahead in range((today - first).days + 1):
        day = first + timedelta(days=ahead)
        morning = min(services.partnership.due_at(day), now)  # before the meeting is due, today's is made early
        flows.run_day(replace(services, clock=lambda morning=morning: morning), day, is_posting=False)
        say(f"{day:%a} {day.day} {day:%b}: briefed")


def main() -> None:
    up = Up(HOME / "var" / "up", int(os.environ.get("TASKING_UP_PORT", "8080")))
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.1f} s  {words}", flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    say("making Airflow's database and the sample fortnight")
    up.environment  # noqa: B018 - its folders and secrets are made before two threads need them
    try:
        with ThreadPoolExecutor() as pool:
            sample, prepared = pool.submit(up.load_sample), pool.submit(up.prepare, ACCOUNTS)
            passwords = prepared.result()
            say("roles and accounts are there")
            up.start()
            sample.result()
            say("the sample fortnight is loaded")
        up.wait_until_ready()
        say(f"ready: {up.url} (the desk: {up.url}/tasking/)")
        for name in ACCOUNTS:
            known = "made before; a new password: see docs/how-to/give-access.md"
            print(f"         {name:8} " + (f"password {passwords[name]}" if name in passwords else known))
        print("         Passwords are shown this once. Ctrl-C ends it.", flush=True)
        while up.is_running:
            time.sleep(1)
        print(f"One of Airflow's servers ended; see {up.airflow}/*.log")
    except KeyboardInterrupt:
        print("\nending")
    finally:
        up.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        load(Path(sys.argv[2]))
    else:
        main()
