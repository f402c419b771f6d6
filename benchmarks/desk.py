"""How fast the desk answers: `python benchmarks/desk.py`. Prints one line a page; README's come from here.

Two years of a county behind it (2 million reports, 53,000 taskings, the held rows of the 90 days that they are kept), on
SQLite and on PostgreSQL; the
time of the server alone, the median of twenty requests, and what 95 % of them stay under. Then ten people at once, in one
process: as a meeting reads, and as fast as the server answers.
"""

import argparse
import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import sqlalchemy as sa
from fastapi.testclient import TestClient
from made_up_history import FEEDS, store_history
from rules import DAY, DISTRICTS, EACH_DAY, database_of, desk_at, is_there

DAYS = 730
HELD_A_DAY, HELD_DAYS = 28, 90  # retention.held_days
REASONS = [
    "no reference: the cell is empty",
    "not a date: should be dd/mm/yyyy HH:MM",
    "nothing reported: the cell is empty",
]
TASKINGS_A_DAY = 72
LAPSES_AFTER = 3  # days
TIMES = 20
PEOPLE = 10
READING_S = 3.0  # on average, between two pages


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
            if back < HELD_DAYS:
                connection.execute(sa.insert(tables.held), [_held(day, number, dice) for number in range(HELD_A_DAY)])
            store_taskings(connection, day, dice)
    if desk.warehouse.engine.dialect.name == "postgresql":
        with desk.warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))  # as autovacuum leaves it


def store_taskings(connection: sa.Connection, day: dt.date, dice: np.random.Generator) -> None:
    """The taskings proposed on a day: of ten, seven lapse and three are taken and done, one of them after two months."""
    from tasking.warehouse import tables

    i, r = tables.incident_report, tables.report
    query = sa.select(i.c.incident_id).join(r, r.c.report_id == i.c.report_id).where(r.c.day == day)
    query = query.distinct().limit(TASKINGS_A_DAY)
    taskings, steps = [], []
    for number, incident_id in enumerate(connection.execute(query).scalars()):
        tasking_id = f"T-{day:%Y%m%d}-{number:08x}"
        taskings.append({
            "tasking_id": tasking_id, "proposed_on": day, "what": f"visit and report back, {number}",
            "place": f"Street {number}", "owner": str(dice.choice(FEEDS)), "due_on": day + dt.timedelta(days=7),
            "why": "made up", "incident_id": incident_id, "is_restricted": False,
        })  # fmt: skip
        kind, over = number % 10, day + dt.timedelta(days=LAPSES_AFTER)
        done = over if kind < 9 else day + dt.timedelta(days=60)
        verbs = [("lapse", over)] if kind < 7 else [("take", day), ("done", done)]
        steps += [
            {"subject_id": tasking_id, "number": at, "verb": verb, "day": on, "actor": "officer", "reason": "",
             "details": {}, "at": dt.datetime.combine(on, dt.time(9), dt.UTC)}
            for at, (verb, on) in enumerate(verbs, start=1) if on <= DAY
        ]  # fmt: skip
    connection.execute(sa.insert(tables.tasking), taskings)
    connection.execute(sa.insert(tables.step), steps)


def _held(day: dt.date, number: int, dice: np.random.Generator) -> dict:
    feed = str(dice.choice(FEEDS))
    return {
        "held_id": f"{feed}:{day}:{number}", "delivery_id": f"{feed}:{day}", "feed": feed, "day": day,
        "row_number": number, "source_ref": f"H-{day:%y%m%d}-{number}", "reason": str(dice.choice(REASONS)),
        "can_be_released": True, "row_as_sent": {}, "columns_at_fault": [], "is_restricted": False,
        "state": "held",
    }  # fmt: skip


def measure(url: str) -> None:
    from tasking.pages import Host, May, Person, create_app

    desk = replace(desk_at(url), clock=lambda: dt.datetime.combine(DAY, dt.time(9), dt.UTC))

    async def person_of(_request) -> Person:
        return Person("officer", frozenset(May) - {May.RESTRICTED})

    host = Host(lambda: desk, person_of, lambda _day, _by: "", lambda _feed, _day, _by: "", b"benchmark")
    app = create_app(host)
    client = TestClient(app, base_url="http://localhost")
    middle = DAY - dt.timedelta(days=DAYS // 2)
    kind = desk.warehouse.engine.dialect.name
    with desk.warehouse.engine.connect() as connection:
        place = connection.execute(
            sa.text("SELECT place_name FROM report WHERE place_name IS NOT NULL LIMIT 1")
        ).scalar()
        reports = connection.execute(sa.text("SELECT COUNT(*) FROM report")).scalar()
    print(f"desk, {kind}: {reports:,} reports, {HELD_DAYS * HELD_A_DAY:,} rows held", flush=True)
    pages = {
        "incidents": "/incidents", "of a year ago": f"/incidents?after={middle}~police:x",
        "of one kind": "/incidents?category=graffiti", "of more than one report": "/incidents?shared=true",
        "by one partner": "/incidents?feed=fire", "at one place": f"/incidents?place={place}",
        "of a rare kind before a day": f"/incidents?category=fire&until={middle}",
        "oldest first": "/incidents?sort=reported", "two days by place": f"/incidents?sort=where&since={DAY - dt.timedelta(1)}",
        "one kind of a month by time": f"/incidents?sort=-when&category=noise&since={DAY - dt.timedelta(30)}",
        "all by place: too many": "/incidents?sort=where",
        "taskings": "/taskings", "taskings by owner": "/taskings?sort=owner", "taskings done": "/taskings?show=done",
        "held by reason": "/held?sort=reason",
        "held": "/held", "held, a month ago": f"/held?after={DAY - dt.timedelta(30)}~x", "held by a partner": "/held?feed=housing",
    }  # fmt: skip
    client.get("/rules")  # templates and imports are there
    for name, path in pages.items():
        took = [_timed(client, path) for _ in range(TIMES)]
        answer = client.get(path)
        assert answer.text.count("<tr") > 10 or "too many" in name, path
        print(f"  {name}: {_told(took)}", flush=True)
    for how, reading_s in (("a page every 3 s each", READING_S), ("without a pause", 0.0)):
        with ThreadPoolExecutor(PEOPLE) as pool:
            people = [
                pool.submit(_read, TestClient(app, base_url="http://localhost"), list(pages.values()), reading_s, seed)
                for seed in range(PEOPLE)
            ]
        print(f"  ten people at once, {how}: {_told([ms for one in people for ms in one.result()])}", flush=True)


def _told(took: Sequence[float]) -> str:
    return f"{statistics.median(took):.0f} ms (95 %: {statistics.quantiles(took, n=20)[-1]:.0f})"


def _read(client: TestClient, paths: Sequence[str], reading_s: float, seed: int) -> list[float]:
    """The milliseconds that somebody waits for each of the pages, who opens them in an order of their own and reads."""
    dice = np.random.default_rng(seed)
    took = []
    for path in dice.permutation(paths):
        time.sleep(dice.uniform(0, 2 * reading_s))
        took.append(_timed(client, str(path)))
    return took


def _timed(client: TestClient, path: str) -> float:
    started = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, answer.text[-500:]
    return took


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(sys.argv[2])
    elif sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2])
    else:
        main()
