"""How fast the desk answers: `python benchmarks/desk.py`. Prints one line a page; README's come from here.

Two years of a county behind it (2 million reports, 20,000 held rows), on SQLite and on PostgreSQL; the time of the server
alone, the median of five requests, and the slowest of them.
"""

import argparse
import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import sqlalchemy as sa
from made_up_history import FEEDS, store_history
from rules import DAY, DISTRICTS, EACH_DAY, database_of, desk_at, is_there

DAYS = 730
HELD_A_DAY = 28
REASONS = [
    "no reference: the cell is empty",
    "not a date: should be dd/mm/yyyy HH:MM",
    "nothing reported: the cell is empty",
]
TIMES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--databases", nargs="*", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    for kind in arguments.databases:
        if kind == "postgresql" and not is_there():
            print("desk: PostgreSQL left out, none answers (TEST_POSTGRESQL_URL)", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            url, drop = database_of(kind, folder)
            try:
                for step in ("--make", "--measure"):
                    subprocess.run([sys.executable, __file__, step, url], check=True)
            finally:
                drop()


def make(url: str) -> None:
    from tasking.warehouse import tables

    desk = desk_at(url)
    store_history(desk, DAY, DAYS, EACH_DAY - 260, DISTRICTS)
    dice = np.random.default_rng(1)
    with desk.warehouse.writing() as connection:
        for back in range(DAYS):
            day = DAY - dt.timedelta(days=back)
            connection.execute(sa.insert(tables.held), [_held(day, number, dice) for number in range(HELD_A_DAY)])
    if desk.warehouse.engine.dialect.name == "postgresql":
        with desk.warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))  # as autovacuum leaves it


def _held(day: dt.date, number: int, dice: np.random.Generator) -> dict:
    feed = str(dice.choice(FEEDS))
    return {
        "held_id": f"{feed}:{day}:{number}", "delivery_id": f"{feed}:{day}", "feed": feed, "day": day,
        "row_number": number, "source_ref": f"H-{day:%y%m%d}-{number}", "reason": str(dice.choice(REASONS)),
        "can_be_released": True, "row_as_sent": {}, "columns_at_fault": [], "is_restricted": False,
        "state": "held",
    }  # fmt: skip


def measure(url: str) -> None:
    from fastapi.testclient import TestClient

    from tasking.pages import Host, May, Person, create_app

    desk = desk_at(url)

    async def person_of(_request) -> Person:
        return Person("officer", frozenset(May) - {May.RESTRICTED})

    host = Host(lambda: desk, person_of, lambda _day, _by: "", lambda _feed, _day, _by: "", b"benchmark")
    client = TestClient(create_app(host), base_url="http://localhost")
    middle = DAY - dt.timedelta(days=DAYS // 2)
    kind = desk.warehouse.engine.dialect.name
    with desk.warehouse.engine.connect() as connection:
        place = connection.execute(
            sa.text("SELECT place_name FROM report WHERE place_name IS NOT NULL LIMIT 1")
        ).scalar()
        reports = connection.execute(sa.text("SELECT COUNT(*) FROM report")).scalar()
    print(f"desk, {kind}: {reports:,} reports, {DAYS * HELD_A_DAY:,} rows held", flush=True)
    pages = {
        "incidents": "/incidents", "of a year ago": f"/incidents?after={middle}~police:x",
        "of one kind": "/incidents?category=graffiti", "told more than once": "/incidents?shared=true",
        "by one partner": "/incidents?feed=fire", "at one place": f"/incidents?place={place}",
        "of a rare kind before a day": f"/incidents?category=fire&until={middle}",
        "held": "/held", "held, a year ago": f"/held?after={middle}~x", "held by a partner": "/held?feed=housing",
    }  # fmt: skip
    client.get("/rules")  # templates and imports are there
    for name, path in pages.items():
        took = []
        for _ in range(TIMES):
            started = time.perf_counter()
            answer = client.get(path)
            took.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 200, answer.text[-500:]
            assert answer.text.count("<tr") > 10, path
        print(f"  {name}: {statistics.median(took):.0f} ms (slowest {max(took):.0f})", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(sys.argv[2])
    elif sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2])
    else:
        main()
