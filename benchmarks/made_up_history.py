"""Made-up history of any length, put straight into the warehouse: reports in incidents, with the facts that rules count.

A district is the streets of Sevenoaks, drawn by weight: a few streets have much of what happens. A county is twelve of
them, side by side. All people and numbers are invented.
"""

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from tasking.model.trigger import CELL_M
from tasking.places.spots import to_grid
from tasking.services import Services
from tasking.warehouse import tables
from tasking.warehouse.bulk import insert_frame

HOME = Path(__file__).resolve().parents[1]
FEEDS = np.array(["police", "council", "wardens", "housing", "fire", "residents"])
FEED_SHARES = np.array([0.42, 0.2, 0.06, 0.1, 0.04, 0.18])
CATEGORIES = {
    "asb": 14, "youth_nuisance": 10, "nuisance_bikes": 6, "noise": 9, "neighbour": 8, "damage": 6, "graffiti": 3,
    "fire": 2, "drugs": 4, "street_drinking": 2, "violence": 6, "fly_tip": 7, "abandoned_vehicle": 3, "animals": 2,
    "burglary": 3, "vehicle_crime": 4, "theft": 5, "parking": 4, "domestic_abuse": 7, "safeguarding": 6,
    "mental_health": 4, "missing_person": 2,
}  # fmt: skip
RESTRICTED = ("domestic_abuse", "safeguarding", "mental_health", "missing_person")
DISTRICT_M = 60_000  # how far apart the districts of a county are put
PEOPLE_A_STREET = 40
EPOCH = dt.date(1970, 1, 1)


def store_history(desk: Services, last: dt.date, days: int, each_day: int, districts: int = 1, seed: int = 1) -> int:
    """Stores `each_day` reports for each of the days up to `last`. Returns how many."""
    dice = np.random.default_rng(seed)
    streets = list(csv.DictReader((HOME / "include/geo/streets.csv").open(encoding="utf-8")))
    names = np.array([street["street"] for street in streets], dtype=object)
    east, north = to_grid(
        np.array([float(street["latitude"]) for street in streets]) * 1.0,
        np.array([float(street["longitude"]) for street in streets]) * 1.0,
    )
    shares = 1 / np.arange(5, len(streets) + 5) ** 0.7
    shares = dice.permutation(shares / shares.sum())
    labels = np.array(list(CATEGORIES), dtype=object)
    weights = np.array(list(CATEGORIES.values())) / sum(CATEGORIES.values())
    first, stored = last - dt.timedelta(days=days - 1), 0
    for start in range(0, days, 30):
        span = [first + dt.timedelta(days=start + one) for one in range(min(30, days - start))]
        frame = _reports(dice, span, each_day, districts, (names, east, north, shares), (labels, weights), stored)
        with desk.warehouse.writing() as connection:
            _store(connection, frame)
            connection.execute(
                sa.insert(tables.feed_day),
                [{"day": day, "feed": feed, "outcome": "landed", "reason": "", "asked_at": dt.datetime.now(dt.UTC)}
                 for day in span for feed in FEEDS],
            )  # fmt: skip
        stored += len(frame)
    return stored


def _reports(dice, days, each_day, districts, where, what, before) -> pd.DataFrame:
    names, east, north, shares = where
    labels, weights = what
    size = each_day * len(days)
    # An incident has one report, sometimes two or three: by other partners, within a day.
    incidents = int(size / 1.3)
    of = np.sort(np.concatenate([np.arange(incidents), dice.integers(0, incidents, size - incidents)]))
    street = dice.choice(len(names), incidents, p=shares)
    district = dice.integers(0, districts, incidents)
    category = labels[dice.choice(len(labels), incidents, p=weights)]
    day_number = np.sort(dice.integers(0, len(days), incidents))
    hour = dice.uniform(-30, -1, incidents)  # before 06:00 on the day it is delivered for
    x = east[street] + district * DISTRICT_M + dice.normal(0, 120, incidents)
    y = north[street] + dice.normal(0, 120, incidents)
    start_h = 24 * (days[0] - EPOCH).days + 6  # 06:00 on the first day
    happened = start_h + 24 * day_number[of] + hour[of]
    has_caller = dice.random(size) < 0.55
    caller = (district[of] * len(names) + street[of]) * PEOPLE_A_STREET + dice.integers(0, PEOPLE_A_STREET, size)
    is_restricted = np.isin(category[of], RESTRICTED)
    has_person = is_restricted & (dice.random(size) < 0.5)
    person = (district[of] * len(names) + street[of]) * 200 + dice.integers(0, 200, size)
    is_placed = dice.random(size) < 0.9
    at_east = np.round(x[of] + dice.normal(0, 40, size)).astype(int)
    at_north = np.round(y[of] + dice.normal(0, 40, size)).astype(int)
    delivered = np.array(days, dtype=object)[day_number[of]]
    numbers = before + np.arange(size)
    feed = FEEDS[dice.choice(len(FEEDS), size, p=FEED_SHARES)]
    report_id = [f"{one}:H{number:08d}" for one, number in zip(feed, numbers, strict=True)]
    told = happened + 1.0
    return pd.DataFrame({
        "report_id": report_id, "revision": 1, "feed": feed, "day": delivered,
        "source_ref": [one.split(":")[1] for one in report_id],
        "incident_id": [f"I{before + one:08d}" for one in of],
        "received_at": pd.to_datetime(told * 3600, unit="s", utc=True), "category": category[of],
        "place_name": names[street[of]], "is_restricted": is_restricted, "happened_h": happened, "told_h": told,
        "east_m": pd.array(np.where(is_placed, at_east, -1), dtype="Int64").astype(object),
        "north_m": pd.array(np.where(is_placed, at_north, -1), dtype="Int64").astype(object),
        "is_placed": is_placed,
        "complainant": [f"k1:{one:032x}" if known else None for one, known in zip(caller, has_caller, strict=True)],
        "caller_surname": pd.Series(caller + 1).astype(object).where(has_caller, None),
        "person": [f"{one:x}.{one:x}" if known else None for one, known in zip(person, has_person, strict=True)],
    })  # fmt: skip


def _store(connection: sa.Connection, frame: pd.DataFrame) -> None:
    placed = frame["is_placed"]
    report = pd.DataFrame({
        **{name: frame[name] for name in ("report_id", "revision", "feed", "day", "source_ref", "received_at")},
        "delivery_id": "made-up", "row_number": 1, "content_hash": "-", "category": frame["category"],
        "is_occurred_time_known": True, "is_restricted": frame["is_restricted"], "place_name": frame["place_name"],
        "is_out_of_area": False, "is_anonymous": False, "wants_feedback": False, "is_vulnerable": False,
        "caller_key": frame["complainant"],
    })  # fmt: skip
    insert_frame(connection, tables.report, report)
    fact = pd.DataFrame({
        **{name: frame[name] for name in ("report_id", "revision", "day", "happened_h", "told_h")},
        "version": "made-up",
        "east_m": frame["east_m"].where(placed, None), "north_m": frame["north_m"].where(placed, None),
        "slack_m": pd.Series(0, index=frame.index).astype(object).where(placed, None),
        "cell": (frame["east_m"].astype(int) // CELL_M * 100_000 + frame["north_m"].astype(int) // CELL_M)
        .astype(object).where(placed, None),
        "complainant": frame["complainant"], "caller_surname": frame["caller_surname"],
        "person": frame["person"], "is_concern": frame["is_restricted"], "is_high_risk": False,
    })  # fmt: skip
    insert_frame(connection, tables.report_fact, fact)
    membership = pd.DataFrame({
        "report_id": frame["report_id"], "linked_on": frame["day"], "incident_id": frame["incident_id"],
        "evidence": "[]", "version": "made-up",
    })  # fmt: skip
    insert_frame(connection, tables.incident_report, membership)
