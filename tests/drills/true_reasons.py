"""A night in Airflow in which much is wrong and nobody is to be blamed wrongly: what was told to whom, minute by minute.

    make drill-reasons                      the whole night: the API server is stalled for ten minutes
    ... true_reasons.py --scale 0.2         the same, five times as fast
    ... true_reasons.py --busy 2            with two busy loops beside it

Police send to a server that has nothing but an ECDSA key; the council's file is there from the start; the housing
association's is half a file until minute 12; the fire service's comes in minute 13; the wardens' server refuses our
login; the residents' share is not mounted. The cut-off is in minute 16.
"""

import argparse
import csv
import datetime as dt
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import yaml

HOME = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(HOME / "demo"), str(HOME / "tests")]

from installation import Installation, free_port, processes_of  # noqa: E402
from weeks import labelled, moved_row, write_deliveries  # noqa: E402

LABELLED = dt.date(2026, 10, 22)  # a day on which all six partners sent something
FEEDS = ("police", "council", "wardens", "housing", "fire", "residents")
STALL_AT, STALL_FOR, HALF_UNTIL, LATE_AT, CUT_OFF_AT = 0.3, 10, 12, 13, 16  # minutes after the feeds are asked first
EXPECTED = {
    "police": "landed", "council": "landed", "housing": "landed", "fire": "landed", "wardens": "unreachable",
    "residents": "unreachable",
}  # fmt: skip


@dataclass
class Night(Installation):
    """An installation of its own whose morning begins in two minutes, in a time zone in which it is six o'clock."""

    scale: float = 1.0
    sftp: tuple[int, Path] = (0, Path())
    told: list[str] = field(default_factory=list)
    seen: dict[Any, Any] = field(default_factory=dict)
    arrived: dict[str, dt.datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        now = dt.datetime.now(dt.UTC)
        hours = (6 - now.hour + 12) % 24 - 12
        self.zone = ZoneInfo(f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT")  # whose signs are the other way round
        self.asked_from = (now.astimezone(self.zone) + dt.timedelta(seconds=110)).replace(second=0, microsecond=0)
        self.day = self.asked_from.date()
        self.cut_off = self._clock(max(3, round(CUT_OFF_AT * self.scale)))

    def _clock(self, minutes: float) -> dt.datetime:
        return self.asked_from + dt.timedelta(minutes=minutes)

    def at(self, minutes: float) -> dt.datetime:
        """The moment that many minutes into the night, as fast as it goes."""
        return self.asked_from + dt.timedelta(minutes=minutes * self.scale)

    def settings(self) -> dict[str, str]:
        port, folder = self.sftp
        host_key = " ".join((folder / "host.pub").read_text().split()[:2])
        right = {"host_key": host_key, "key_file": str(folder / "user")}
        wrong = {"host_key": host_key, "key_file": str(folder / "stranger")}

        def connection(extra: dict[str, str]) -> str:
            login = {"conn_type": "sftp", "host": "127.0.0.1", "port": port, "login": "root", "extra": extra}
            return json.dumps(login)

        return super().settings() | {
            "TASKING_HOME": str(self.folder / "home"),
            "TASKING_DATABASE_URL": f"sqlite:///{self.folder / 'tasking.db'}",
            "AIRFLOW_CONN_FEED_POLICE": connection(right),
            "AIRFLOW_CONN_FEED_WARDENS": connection(wrong),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        }

    def declare(self) -> None:
        """The project's declarations, with the times of this morning, and where each partner's files are here."""
        include = self.folder / "home" / "include"
        shutil.copytree(HOME / "include", include)
        path = include / "partnership.yml"
        declared = yaml.safe_load(path.read_text())
        later = {"fallback_at": 4, "word_by": 6, "starts_at": 8, "weekly_at": 60}
        declared |= {"timezone": str(self.zone)}
        declared["meeting"] |= {
            "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "day_starts_at": f"{self.asked_from.hour:02d}:00",
            "feeds_asked_from": f"{self.asked_from:%H:%M}",
            "cut_off_at": f"{self.cut_off:%H:%M}",
        } | {name: f"{self.cut_off + dt.timedelta(minutes=m):%H:%M}" for name, m in later.items()}
        declared["channels"] |= {"briefing": ["file:posted"], "ops": ["file:ops"], "weekly": ["file:weekly"]}
        path.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False))
        _, sftp = self.sftp
        for feed in FEEDS:
            path = include / "feeds" / f"{feed}.yml"
            where = (
                f"{{kind: sftp, folder: {sftp / 'drop'}}}"
                if feed in ("police", "wardens")
                else f"{{kind: folder, path: {self.folder / 'shares' / feed}}}"
            )
            path.write_text(re.sub(r"transport: \{.*\}", f"transport: {where}", path.read_text()))

    def write_files(self) -> dict[str, Path]:
        """Feed -> its file of the day, beside where it will be put."""
        days = (self.day - LABELLED).days
        rows = [moved_row(row, 0, days) for row in labelled()]
        write_deliveries(self.folder / "written", rows)
        names = {}
        for feed in FEEDS:
            one = yaml.safe_load((self.folder / "home" / "include" / "feeds" / f"{feed}.yml").read_text())
            names[feed] = self.folder / "written" / feed / one["delivery"]["name"].format(day=self.day)
        return names

    def put(self, feed: str, content: bytes) -> None:
        _, sftp = self.sftp
        folder = sftp / "drop" if feed in ("police", "wardens") else self.folder / "shares" / feed
        folder.mkdir(parents=True, exist_ok=True)
        name = self.files[feed].name
        (folder / f".{name}").write_bytes(content)
        (folder / f".{name}").rename(folder / name)
        self.arrived[feed] = dt.datetime.now(dt.UTC)
        self.tell(f"{feed}: a file of {len(content)} bytes is put in its place")

    # What is seen

    def tell(self, words: str) -> None:
        now = dt.datetime.now(self.zone)
        minute = (now - self.asked_from).total_seconds() / 60
        line = f"{now:%H:%M:%S}  {minute:+5.1f} min  {words}"
        self.told.append(line)
        print(line, flush=True)

    def note(self, key: Any, value: Any, words: str) -> None:
        if self.seen.get(key) != value:
            self.seen[key] = value
            self.tell(words)

    def look(self) -> None:
        """Tells what has changed: how each feed stands, what was posted, what ops were told, what Airflow shows."""
        for row in rows(
            self.folder / "tasking.db", "SELECT feed, outcome, reason FROM feed_day WHERE day = ?", self.day
        ):
            self.note(("feed", row["feed"]), (row["outcome"], row["reason"]),
                      f"desk: {row['feed']} {row['outcome']}{': ' + row['reason'] if row['reason'] else ''}")  # fmt: skip
        for name in ("posted", "ops"):
            for path in sorted((self.folder / "home" / name).glob("[!.]*")):
                text = path.read_text(errors="replace")
                if name == "ops":
                    self.note(path, text, "ops: " + " / ".join(line for line in text.splitlines() if line.strip()))
                elif path.suffix == ".html":
                    self.note(path, text, f"channel: {path.name} is posted, or edited")
        query = "SELECT t.dag_id, t.task_id, t.run_id, t.state, t.try_number FROM task_instance t WHERE t.dag_id LIKE 'feed_%'"
        for row in rows(self.airflow / "airflow.db", query):
            self.note(("task", row["dag_id"], row["run_id"]), (row["state"], row["try_number"]),
                      f"Airflow: {row['dag_id']} {row['state']}, try {row['try_number']}")  # fmt: skip
        for row in rows(
            self.airflow / "airflow.db",
            "SELECT d.dag_id, n.content FROM dag_run_note n JOIN dag_run d ON d.id = n.dag_run_id",
        ):
            self.note(("note", row["dag_id"], row["content"]), True, f"grid: {row['dag_id']}: {row['content']}")

    def until(self, moment: dt.datetime) -> None:
        while dt.datetime.now(dt.UTC) < moment:
            self.look()
            time.sleep(1)


def rows(database: Path, query: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of a SQLite file that others write; none where it is locked or not yet there."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=1)) as opened:
        opened.row_factory = sqlite3.Row
        return [dict(row) for row in opened.execute(query, [str(value) for value in values])]
    return []


@contextmanager
def ecdsa_only_server(folder: Path):
    """An OpenSSH server whose only host key is ECDSA; (port, folder)."""
    folder.mkdir(parents=True)
    for name, kind in (("host", "ecdsa"), ("user", "ecdsa"), ("stranger", "ed25519")):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    port = free_port()
    (folder / "drop").mkdir()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile {folder}/pid\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "PermitRootLogin yes\nSubsystem sftp internal-sftp\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    program = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
    server = subprocess.Popen([str(program), "-D", "-e", "-f", folder / "config"], stderr=subprocess.DEVNULL)
    try:
        yield port, folder
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def busy(number: int):
    """So many loops that do nothing but take processor time."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def signalled(pid: int, number: int) -> None:
    for process in processes_of(pid):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def processor_s(parts: dict[str, subprocess.Popen[bytes]]) -> float:
    """Processor time of all parts and what they started and waited for, in seconds."""
    total = 0.0
    for part in parts.values():
        for process in processes_of(part.pid):
            with suppress(psutil.NoSuchProcess):
                used = process.cpu_times()
                total += used.user + used.system + used.children_user + used.children_system
    return total


def run(folder: Path, scale: float, loops: int) -> Night:
    """The whole night. Returns it with what was told."""
    with ExitStack() as stack:
        sftp = stack.enter_context(ecdsa_only_server(folder / "sftp"))
        night = Night(folder, free_port(), scale=scale, sftp=sftp)
        night.declare()
        night.files = night.write_files()
        content = {feed: path.read_bytes() for feed, path in night.files.items()}
        (night.folder / "shares" / "fire").mkdir(parents=True)
        night.put("police", content["police"])
        night.put("council", content["council"])
        night.put("wardens", content["wardens"])  # which we can't get at
        night.put("housing", content["housing"][: len(content["housing"]) // 2])
        night.command("airflow", "db", "migrate")
        stack.callback(night.stop)
        stack.enter_context(busy(loops))
        night.start()
        night.tell(f"started; feeds are asked from {night.asked_from:%H:%M}, the cut-off is at {night.cut_off:%H:%M}")
        night.until(night.at(STALL_AT))
        signalled(night.parts["api-server"].pid, signal.SIGSTOP)
        night.tell("the API server is stalled")
        night.until(night.at(STALL_AT + STALL_FOR))
        signalled(night.parts["api-server"].pid, signal.SIGCONT)
        night.tell("the API server goes on")
        night.until(night.at(HALF_UNTIL))
        night.put("housing", content["housing"])
        night.until(night.at(LATE_AT))
        night.put("fire", content["fire"])
        night.until(night.cut_off + dt.timedelta(minutes=6))
        night.look()
        night.tell(f"processor time of all parts: {processor_s(night.parts):.0f} s")
        return night


def outcomes(night: Night) -> dict[str, str]:
    found = rows(night.folder / "tasking.db", "SELECT feed, outcome FROM feed_day WHERE day = ?", night.day)
    return {row["feed"]: row["outcome"] for row in found}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--scale", type=float, default=1.0, help="how long the night is: 1 is 22 minutes")
    options.add_argument("--busy", type=int, default=0, help="busy loops beside it")
    options.add_argument("--folder", type=Path, default=HOME / "var" / "drill-reasons")
    given = options.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    night = run(given.folder, given.scale, given.busy)
    with (given.folder / "told.csv").open("w", newline="") as file:
        csv.writer(file).writerows([line] for line in night.told)
    found = outcomes(night)
    print(*(f"{feed:10} {found.get(feed)}" for feed in FEEDS), sep="\n")
    is_right = found == EXPECTED
    print("Nobody is blamed wrongly, and every feed that could land has." if is_right else f"Expected: {EXPECTED}")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
