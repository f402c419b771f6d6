"""A desk on which an invented person has left traces in every kind of place."""

import csv
import datetime as dt
import io
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import GOLD, TestDesk, home_for, settle

DAYS = [dt.date(2026, 10, 22), dt.date(2026, 10, 23)]
NAME, PHONE, EMAIL = "Zoë Quarrington", "07700 900987", "zoe.quarrington@example.org"
OTHER, OTHERS_PHONE = "Basil Thornbury", "07700 900986"
STORY = "hush kettlewhisper behind the bins"
CANARIES = [NAME, "Zoe Quarrington", "Quarrington", PHONE, EMAIL, "kettlewhisper"]


def row(
    feed: str, number: int, day: dt.date, text: str, *, caller: str, phone: str, email: str = "", about: str = ""
) -> dict:
    base = json.loads((GOLD / "dev.jsonl").read_text().splitlines()[0])
    received = dt.datetime.combine(day - dt.timedelta(days=1), dt.time(12, number))
    return base | {
        "feed": feed, "seq": 7000 + number, "received": received.isoformat(timespec="minutes"),
        "occurred": (received - dt.timedelta(hours=2)).isoformat(timespec="minutes"), "occurred_to": None,
        "kind": "Noise", "place": "Manse Way, Swanley", "text": text,
        "reporter": {"name": caller, "phone": phone, "email": email}, "anonymous": False, "wants_feedback": True,
        "about": {"name": about, "dob": "1951-02-03"} if about else None, "sensitive": "none",
    }  # fmt: skip


def rows() -> list[dict]:
    hers = {"caller": NAME, "phone": PHONE, "email": EMAIL}
    return [
        row("police", 1, DAYS[0], f"{NAME} says {STORY}", **hers),
        row("wardens", 2, DAYS[0], f"Mrs Quarrington, {PHONE}: {STORY}", **hers),
        row("residents", 3, DAYS[0], f"Loud again. {EMAIL}", **hers),
        row("residents", 4, DAYS[1], "Loud once more", **hers),
        row("housing", 5, DAYS[1], "A visit is due", caller=OTHER, phone=OTHERS_PHONE, about=NAME),
        row("police", 6, DAYS[1], f"Neighbour rang for Zoe Quarrington on {PHONE}", caller=OTHER, phone=OTHERS_PHONE),
        row("council", 7, DAYS[1], "Nothing to do with anybody", caller=OTHER, phone=OTHERS_PHONE),
        row("fire", 8, DAYS[1], "A bin burned", caller=OTHER, phone=OTHERS_PHONE),
    ]


def write_traces(desk) -> None:
    """Two days of deliveries with her in them, a row that names her and is held."""
    gold = desk.drops.parent / "hers.jsonl"
    gold.write_text("\n".join(map(json.dumps, rows())))
    subprocess.run([sys.executable, GOLD / "export.py", gold, desk.drops], check=True, capture_output=True)
    police = desk.path("police", str(DAYS[1]))
    lines = police.read_bytes().split(b"\r\n")
    broken = lines[1].replace(b"Neighbour", f"{NAME}: neighbour".encode("cp1252"))
    columns = lines[0].split(b",")
    cells = broken.split(b",")
    cells[columns.index(b'"CreatedDT"')] = b'"31/02/2026 09:61"'
    police.write_bytes(b"\r\n".join([*lines[:2], b",".join(cells), *lines[2:]]))
    settle(*(path for path in desk.drops.rglob("*") if path.is_file()))


def run_two_days(folder: Path) -> None:
    (folder / "drops").mkdir()
    desk = TestDesk(home_for(folder / "home"), folder / "drops", f"sqlite:///{folder / 'tasking.db'}")
    write_traces(desk)
    for day in DAYS:
        desk.run(str(day), is_posting=False)


@pytest.fixture(scope="session")
def two_days(tmp_path_factory, prepared):
    """A desk after the two days; tests get copies of it."""
    return prepared.folder("two_days", run_two_days, tmp_path_factory.mktemp("two_days"))


@pytest.fixture
def traces(two_days, tmp_path):
    """Two days of deliveries with her in them, a row that is held, as a desk of the test's own."""
    for name in ("drops", "home"):
        shutil.copytree(two_days / name, tmp_path / name, dirs_exist_ok=True)
    with sqlite3.connect(two_days / "tasking.db") as read, sqlite3.connect(tmp_path / "tasking.db") as written:
        read.backup(written)
    read.close()
    written.close()
    return TestDesk(tmp_path / "home", tmp_path / "drops", f"sqlite:///{tmp_path / 'tasking.db'}")


RESIDENTS = (
    "Reference,Submitted,Name,Email,Phone,Stay anonymous,Reply wanted,Date of incident,Time of incident,Where,"
    "Postcode,Map pin,About,Someone at risk,Person at risk,Handling,Tell us what happened"
).split(",")
RECEIVED_ON = "2026-11-20"


def receive(desk, *told: tuple[str, str, str], day: str = RECEIVED_ON, **more: str) -> None:
    """A delivery of reports by residents: (name, number or address, words) of each. `more`: cells of the last one."""
    from tasking import flows

    sent = io.StringIO()
    writer = csv.DictWriter(sent, RESIDENTS, restval="")
    writer.writeheader()
    for number, (name, contact, text) in enumerate(told, 1):
        writer.writerow({
            "Reference": f"CSU-2026-{number:05d}", "Submitted": f"{day}T05:10:00Z", "Name": name,
            "Email" if "@" in contact else "Phone": contact, "Stay anonymous": "N", "Reply wanted": "Y",
            "Date of incident": "2026-11-19", "Time of incident": "13:30", "Where": "Dynes Road, Kemsing",
            "About": "Rubbish dumped", "Someone at risk": "N", "Tell us what happened": text,
        } | (more if number == len(told) else {}))  # fmt: skip
    desk.put("residents", day, sent.getvalue().encode())
    flows.receive(desk.open(), "residents", dt.date.fromisoformat(day))


def told_people(desk) -> list[tuple]:
    """(name, number, address, words) of every report, in order."""
    kept = ("caller_name", "caller_phone", "caller_email", "text")
    return [tuple(one[name] for name in kept) for one in desk.rows("report_person")]
