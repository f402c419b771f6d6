"""How fast a search answers: `python benchmarks/search.py`. Prints one line a kind of query; README's come from here.

Two years of a county: 175,200 reports and 20,000 taskings, on SQLite and on PostgreSQL. What the reports say is made of
sentences of the labelled reports, put together anew; streets and towns are made up, in twelve districts. `--gold`: a
folder of more labelled reports. All people and numbers are invented.
"""

import argparse
import datetime as dt
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa
from made_up_history import CATEGORIES, FEED_SHARES, FEEDS, HOME, RESTRICTED
from rules import DAY, database_of, desk_at, is_there

DAYS, EACH_DAY, TASKINGS, PLACES, TIMES = 730, 240, 20_000, 30_000, 20
TOWNS = [f"{one}{two}" for one in ("Ash", "Brack", "Calder", "Dun", "Elm", "Fen", "Had", "Kel", "Mar", "Nor", "Oak", "Thorn")
         for two in ("bury", "ford", "ham", "ley", "stead", "ton", "well", "wick", "worth", "den")]  # fmt: skip
STREETS = "Road Street Avenue Lane Close Drive Gardens Crescent Way Hill Park Recreation Ground Green".split()
FIRST = "Albion Barley Chapel Dairy Ewell Forge Gorse Heath Ivy Jubilee Kiln Larch Mill Nether Orchard Priory Quarry Rectory School Tanyard".split()
SECOND = "bank brook church croft dale field gate grove house mead pond ridge side stone view water wood yard".split()
NAMES = "Adair Bexley Carrow Dunmore Ellery Fenwick Garrick Holloway Ingram Jarrett Kestle Lovell Marden Norris Orton Pascoe Quill Rowden Sayer Tindall".split()
FORENAMES = "Ada Ben Cleo Dan Eve Finn Gia Hal Ida Jon Kit Lea Max Nia Oz Pia Rex Sal Tom Una".split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--databases", nargs="*", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--gold", type=Path, default=HOME / "tests" / "gold")
    arguments = parser.parse_args()
    for kind in arguments.databases:
        if kind == "postgresql" and not is_there():
            print("search: PostgreSQL left out, none answers (TEST_POSTGRESQL_URL)", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            url, drop = database_of(kind, folder)
            try:
                for step in ("--make", "--measure"):
                    subprocess.run([sys.executable, __file__, step, url, str(arguments.gold)], check=True)
            finally:
                drop()


def sentences(gold: Path) -> list[str]:
    texts = [
        json.loads(line)["text"] or "" for path in sorted(gold.glob("*.jsonl")) for line in path.open(encoding="utf-8")
    ]
    return [one for text in texts for one in re.split(r"(?<=[.!?]) ", text) if len(one) > 15]


def place_names(dice: np.random.Generator) -> list[tuple[str, str]]:
    """(public name, town), the same ones each time, in no order: the first are the busiest."""
    found = {(f"{FIRST[a]}{SECOND[b]} {STREETS[c]}", TOWNS[d])
             for a, b, c, d in zip(*(dice.integers(0, len(some), PLACES) for some in (FIRST, SECOND, STREETS, TOWNS)), strict=True)}  # fmt: skip
    named = [(f"{name}, {town}", town) for name, town in sorted(found)]
    return [named[one] for one in dice.permutation(len(named))]


# The warehouse.


def make(url: str, gold: Path) -> None:
    from tasking.warehouse import tables
    from tasking.warehouse.bulk import insert_frame

    desk = desk_at(url)
    dice, said, places = np.random.default_rng(2), sentences(gold), place_names(np.random.default_rng(1))
    began = time.perf_counter()
    for start in range(0, DAYS, 30):
        days = [DAY - dt.timedelta(days=DAYS - 1 - start - one) for one in range(min(30, DAYS - start))]
        report, person, member = _month(dice, days, start * EACH_DAY, said, places)
        with desk.warehouse.writing() as connection:
            insert_frame(connection, tables.report, report)
            insert_frame(connection, tables.report_person, person)
            insert_frame(connection, tables.incident_report, member)
    with desk.warehouse.writing() as connection:
        connection.execute(sa.insert(tables.tasking), [_tasking(number, dice, places) for number in range(TASKINGS)])
        connection.execute(sa.insert(tables.proposal), [_proposal(number, dice, places) for number in range(2_000)])
    if desk.warehouse.engine.dialect.name == "postgresql":
        with desk.warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))  # as autovacuum leaves it
    print(f"made in {time.perf_counter() - began:.0f} s", flush=True)


def _month(dice, days, before, said, places):
    size = EACH_DAY * len(days)
    day = np.repeat(np.array(days, dtype=object), EACH_DAY)
    at = np.minimum((dice.pareto(0.9, size) * 200).astype(int), len(places) - 1)
    category = np.array(list(CATEGORIES), dtype=object)[
        dice.choice(len(CATEGORIES), size, p=np.array(list(CATEGORIES.values())) / sum(CATEGORIES.values()))
    ]
    feed = FEEDS[dice.choice(len(FEEDS), size, p=FEED_SHARES)]
    number = before + np.arange(size)
    reference = [f"{one[:2].upper()}-{n:07d}/26" for one, n in zip(feed, number, strict=True)]
    report_id = [f"{one}:{ref}" for one, ref in zip(feed, reference, strict=True)]
    incident = number - (dice.random(size) < 0.2)
    caller, subject = dice.integers(0, 8_000, size), dice.integers(0, 8_000, size)
    has_caller, has_subject = dice.random(size) < 0.55, dice.random(size) < 0.15
    texts = [" ".join(said[one] for one in row) for row in dice.integers(0, len(said), (size, 4))]
    report = pd.DataFrame({
        "report_id": report_id, "revision": 1, "feed": feed, "day": day, "delivery_id": "made-up", "row_number": 1,
        "content_hash": "-", "source_ref": reference,
        "received_at": pd.to_datetime(pd.Series(day).astype(str)).dt.tz_localize("UTC") + pd.to_timedelta(dice.integers(0, 86_400, size), unit="s"),
        "category": category, "is_occurred_time_known": True, "is_restricted": np.isin(category, RESTRICTED),
        "place_name": [places[one][0] for one in at], "town": [places[one][1] for one in at],
        "place_text": [f"{n % 90 + 1} {places[one][0]}" for n, one in zip(number, at, strict=True)],
        "postcode": [f"QX{one % 40 + 1} {one % 9}{chr(65 + one % 20)}{chr(65 + one // 20 % 20)}" for one in at],
        "is_out_of_area": False, "is_anonymous": False, "wants_feedback": has_caller & (dice.random(size) < 0.5),
        "is_vulnerable": False, "caller_key": [f"k1:{one:032x}" if known else None for one, known in zip(caller, has_caller, strict=True)],
        "subject_key": [f"k1:f{one:031x}" if known else None for one, known in zip(subject, has_subject, strict=True)],
    })  # fmt: skip
    person = pd.DataFrame({
        "report_id": report_id, "revision": 1, "text": texts,
        "caller_name": [_name(one) if known else None for one, known in zip(caller, has_caller, strict=True)],
        "caller_phone": [f"+447700900{one % 1000:03d}" if known else None for one, known in zip(caller, has_caller, strict=True)],
        "subject_name": [_name(one * 7) if known else None for one, known in zip(subject, has_subject, strict=True)],
    })  # fmt: skip
    member = pd.DataFrame({
        "report_id": report_id, "linked_on": day, "incident_id": [f"I{one:08d}" for one in incident], "evidence": "[]",
        "version": "made-up",
    })  # fmt: skip
    return report, person, member


def _name(number: int) -> str:
    return f"{FORENAMES[number % 20]} {NAMES[number // 20 % 20]}{NAMES[number // 400 % 20].lower()}"


def _tasking(number: int, dice, places) -> dict:
    day = DAY - dt.timedelta(days=int(number * DAYS / TASKINGS))
    return {
        "tasking_id": f"T-{day:%Y%m%d}-{number:08x}", "proposed_on": day, "place": places[int(dice.integers(0, 3_000))][0],
        "what": str(dice.choice(["patrol and speak to those involved", "clear the needles", "repair the fence", "visit the shop"])),
        "owner": str(dice.choice(["Town wardens", "Council parks", "Housing officer"])), "due_on": day, "why": "-",
        "is_restricted": False,
    }  # fmt: skip


def _proposal(number: int, dice, places) -> dict:
    day = DAY - dt.timedelta(days=int(number * DAYS / 2_000))
    return {
        "proposal_id": f"D-{day:%Y%m%d}-{number:08x}", "raised_on": day, "rule": "cluster", "theme": "asb",
        "subject": places[int(dice.integers(0, 3_000))][0], "subject_key": str(number), "is_restricted": False,
        "evidence": {"incidents": [{"incident_id": f"I{int(one):08d}", "reports": []} for one in dice.integers(0, 170_000, 8)]},
    }  # fmt: skip


# The queries.


def measure(url: str, _gold: Path) -> None:
    from tasking.search import Asked, Reader
    from tasking.warehouse.visibility import PUBLIC_VISIBILITY

    places = place_names(np.random.default_rng(1))
    desk = _with_places(desk_at(url), places)
    officer, reader = Reader("officer", PUBLIC_VISIBILITY, True), Reader("reader", PUBLIC_VISIBILITY, False)
    busy, rare = places[250][0], places[20_000][0]
    asked = {
        "part of a place": [busy.split()[0][:6].lower(), "mill", rare.split()[0].lower()],
        "place and town": [busy.lower(), rare.lower()],
        "postcode": ["QX3 2CA", "qx7"], "reference": ["PO-0090000/26", "co 0170001 26", "T-20260101-00001fff"],
        "a common word": ["police", "the man", "youths"], "two words": ["catapult lake", "needles park", "broken window"],
        "category": ["fly tipping", "graffiti"], "mistyped": ["catapolt", "orchardfeild", "graffitti"],
        "person": ["Ada Bexleycarrow", "fenwick", "07700 900123"], "nothing": ["zzyzx qwerty", "xylophonist"],
        "one letter": ["s", "a"], "two letters": ["st", "ch"],
    }  # fmt: skip
    with desk.warehouse.engine.connect() as connection:
        reports = connection.execute(sa.text("SELECT COUNT(*) FROM report")).scalar()
    print(f"search, {desk.warehouse.engine.dialect.name}: {reports:,} reports, {TASKINGS:,} taskings", flush=True)
    began = time.perf_counter()
    for text in ("warm", "catapolt"):
        desk.search.find(Asked(text), officer)
    print(f"  first search of a process: {(time.perf_counter() - began) * 1000:.0f} ms", flush=True)
    every = []
    for name, texts in asked.items():
        for who in (officer, reader):
            took = [_timed(desk, Asked(text), who) for text in texts for _ in range(TIMES)]
            every += took
            label = f"{name}{'' if who is officer else ', without details'}"
            print(f"  {label}: p50 {statistics.median(took):.0f} ms, p95 {_p95(took):.0f} ms", flush=True)
    print(f"  all: p50 {statistics.median(every):.0f} ms, p95 {_p95(every):.0f} ms", flush=True)
    with ThreadPoolExecutor(10) as pool:
        texts = [text for some in asked.values() for text in some] * 4
        took = list(pool.map(lambda text: _timed(desk, Asked(text), officer), texts))
    print(f"  ten at once: p50 {statistics.median(took):.0f} ms, p95 {_p95(took):.0f} ms", flush=True)


def _with_places(desk, places):
    """The desk with a gazetteer of the made-up county."""
    from tasking.places.gazetteer import NamedPlace, Town
    from tasking.places.names import words_of
    from tasking.places.spots import Spot

    spot = Spot(500_000.0, 150_000.0, 100.0)
    names = {
        tuple(words_of(name.partition(",")[0])): NamedPlace(name.partition(",")[0], (spot,), True) for name, _ in places
    }
    towns = {tuple(words_of(town)): Town(town, spot) for town in TOWNS}
    return replace(desk, gazetteer=replace(desk.gazetteer, names=names, towns=towns))


def _timed(desk, asked, who) -> float:
    began = time.perf_counter()
    desk.search.find(asked, who)
    return (time.perf_counter() - began) * 1000


def _p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(sys.argv[2], Path(sys.argv[3]))
    elif sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
