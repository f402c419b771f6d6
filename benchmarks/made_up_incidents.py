"""Made-up reports of six partners about made-up incidents, with the truth. All people and numbers are invented.

What makes them hard: positions are off by a hundred metres and sometimes by a kilometre or missing, callers mistype
their numbers and names, partners call one event by different headings, a quarter of the incidents has a sibling of
its kind in the next street within hours, and some people live at one address.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tasking.config.layers import Include
from tasking.places import Gazetteer, load_gazetteer
from tasking.places.gazetteer import NamedPlace
from tasking.places.names import words_of
from tasking.places.spots import Spot, to_grid

HOME = Path(__file__).resolve().parents[1]
START = datetime(2026, 10, 19, 6, tzinfo=UTC)
REPORTS_A_DISTRICT = 250
SENSITIVE_A_DISTRICT_DAY = 12
STREETS_A_DISTRICT = 100
_STREET_KINDS = ("Road", "Lane", "Close")
_SIZES = [1] * 11 + [2] * 5 + [3] * 3 + [4]
_COLOURS = "red blue white black silver green grey orange yellow".split()
_MAKES = "corsa astra polo fiesta focus clio transit sprinter vivaro navara".split()

# kind: headings by feed (police, council, wardens, housing, fire, residents; "" does not report it), and what may be
# seen.
_KINDS = (
    (("ASB - NUISANCE", "ASB report", "Young people", "ASB Cat C - nuisance", "", "Groups of young people"),
     "youths drinking cider|loud music from a speaker|broken glass on the path|swearing at walkers|kicking the shelter"
     "|throwing stones|a girl being ill|climbing on the roof of the pavilion"),
    (("NUISANCE VEHICLE", "Vehicle nuisance", "Anti-social behaviour", "", "", "Motorbikes / quad bikes"),
     "{n} quads on the grass|{n} scramblers with no plates|riders in masks|churned the pitch|a {c} quad bike|cut fence wire"),
    (("ENVIRONMENTAL", "Fly-tipping", "Environmental", "Estate - bulk rubbish", "", "Rubbish dumped"),
     "rubble and plasterboard|{n} mattresses|a {c} sofa|car tyres with rims|fridge freezers|a bath and basin|green waste"),
    (("CRIMINAL DAMAGE", "Parks - damage", "Environmental", "", "", "Vandalism"),
     "bench ripped out|window smashed|fence panels broken|shelter glass shattered|{c} paint sprayed on the wall"),
    (("ARSON", "Parks - damage", "Environmental", "", "FIRE - DELIBERATE SECONDARY", "Bonfire or smoke"),
     "bin alight|bench burning|pallets on fire|thick black smoke|accelerant can found|hedge scorched"),
    (("THEFT FROM MV", "", "Reassurance visit", "", "", "Suspicious activity"),
     "tools taken from a {c} {m}|side door of the {m} peeled|catalytic converter cut off a {m}|drills and saws gone"),
    (("BURGLARY - RESIDENTIAL (SHED)", "", "Reassurance visit", "", "", "Suspicious activity"),
     "shed padlock cropped|{n} mountain bikes stolen|strimmer and mower gone|two men with torches|side gate lifted off"),
    (("ASB - NOISE", "Noise complaint", "", "ASB Cat C - noise", "", "Noisy neighbours"),
     "party with a crowd in the garden|dog barking for hours|drilling and hammering|amplified bass|fireworks at midnight"),
    (("ANIMALS", "Dog warden - dangerous dog", "", "", "", "Dogs"),
     "spaniel bitten on the ear|a {c} bully breed off its lead|sheep chased by a husky|terrier attacked|owner drove off in a {m}"),
    (("ABANDONED / SUSP VEHICLE", "Abandoned vehicle - online form", "", "", "", "Parking"),
     "{c} {m} with flat tyres|windows put in|no tax since spring|rubbish on the seats|dumped on the verge"),
)  # fmt: skip
_FEEDS = ("police", "council", "wardens", "housing", "fire", "residents")
_FORENAMES = (
    "Alfred Beryl Cyril Doreen Edward Freda Geoffrey Hilda Ivor Joan Kenneth Lilian Maurice Norma Oswald Pamela Reginald "
    "Sylvia Trevor Una Victor Wendy Yvonne Aaron Bethany Callum Danielle Ethan Freya Gareth Hannah Imran Jade Kieran Leah"
).split()
_SURNAMES = (
    "Abbott Barton Carver Dunmore Eddowes Fenner Goddard Harker Ingram Jarvis Kettle Lomax Mercer Norris Ogden Purcell "
    "Quilter Ramsden Sutcliffe Tindall Underhay Vickers Wragg Yarrow Ashdown Bickley Colbran Dray Elphick Funnell Gasson"
).split()


@dataclass(frozen=True)
class Street:
    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class MadeUp:
    """`reports`: what `tasking.linkage.linking.signals_for` and `Linker.link` read, a row a report. `truth`: its incident.

    `gazetteer` knows the streets of all districts: a hundred each, with names of their own.
    """

    reports: pd.DataFrame
    truth: pd.Series
    gazetteer: Gazetteer


def made_up(count: int, seed: int = 1, days: int = 1) -> MadeUp:
    """About `count` reports received within some days, over as many districts as it takes."""
    dice = random.Random(seed)
    streets = _streets(dice, max(1, count // days // REPORTS_A_DISTRICT))
    rows: list[dict[str, Any]] = []
    for incident in _incidents(dice, streets, days):
        rows += _told(dice, incident, len(rows))
        if len(rows) >= count:
            break
    frame = pd.DataFrame(rows).sort_values(["received_at", "report_id"], kind="stable").reset_index(drop=True)
    return MadeUp(frame.drop(columns="incident"), frame["incident"], _gazetteer(streets))


def _streets(dice: random.Random, districts: int) -> list[Street]:
    """A hundred streets a district, where a hundred of Sevenoaks's lie, the districts side by side."""
    rows = list(csv.DictReader((HOME / "include/geo/streets.csv").open(encoding="utf-8")))
    found = []
    for district in range(districts):
        word = "".join(chr(ord("a") + district // 26**place % 26) for place in range(3))
        for number, row in enumerate(dice.sample(rows, STREETS_A_DISTRICT)):
            name = f"{_FORENAMES[number % 35]} {word} {_STREET_KINDS[number // 35]}"
            found.append(
                Street(
                    name, float(row["latitude"]) + district // 20 * 0.5, float(row["longitude"]) + district % 20 * 0.8
                )
            )
    return found


def _gazetteer(streets: list[Street]) -> Gazetteer:
    own = load_gazetteer(Include.of(HOME / "include"))
    east, north = to_grid(np.array([one.latitude for one in streets]), np.array([one.longitude for one in streets]))
    names = {
        tuple(words_of(one.name)): NamedPlace(one.name, (Spot(float(x), float(y), 120.0),), is_street=True)
        for one, x, y in zip(streets, east, north, strict=True)
    }
    return Gazetteer(names, {}, own.postcodes, own.ward_outlines)


def _beside(dice: random.Random, streets: list[Street], street: Street) -> Street:
    """Another street of the same district."""
    first = streets.index(street) // STREETS_A_DISTRICT * STREETS_A_DISTRICT
    return streets[first + dice.randrange(STREETS_A_DISTRICT)]


def _incidents(dice: random.Random, streets: list[Street], days: int) -> Iterator[dict[str, Any]]:
    number = 0
    while True:
        street = dice.choice(streets)
        kind = dice.randrange(len(_KINDS))
        one = {
            "number": number, "kind": kind, "street": street.name, "n": dice.choice(["two", "three", "five"]),
            "latitude": street.latitude + dice.gauss(0, 0.0008),
            "longitude": street.longitude + dice.gauss(0, 0.0012),
            "c": dice.choice(_COLOURS), "m": dice.choice(_MAKES),
            "at": START + timedelta(minutes=dice.randrange(24 * 60 * days)),
            "seen": dice.sample(_KINDS[kind][1].split("|"), 3),
            "plate": f"{dice.choice('GKLH')}{dice.choice('NEPX')}{dice.randrange(10, 74)} {''.join(dice.choices('ABCDEFKLMNRSTUVX', k=3))}",
        }  # fmt: skip
        yield one
        number += 1
        if dice.random() < 0.25:  # a sibling: the same kind, a street on, some hours later
            beside = dict(one, number=number, street=_beside(dice, streets, street).name, c=dice.choice(_COLOURS),
                          m=dice.choice(_MAKES), seen=dice.sample(_KINDS[kind][1].split("|"), 3),
                          latitude=one["latitude"] + dice.choice([-1, 1]) * dice.uniform(0.002, 0.005),
                          at=one["at"] + timedelta(minutes=dice.randrange(20, 360)),
                          plate=one["plate"][:4] + " " + "".join(dice.choices("ABCDEFKLMNRSTUVX", k=3)))  # fmt: skip
            yield beside
            number += 1


def _told(dice: random.Random, incident: dict[str, Any], first: int) -> list[dict[str, Any]]:
    headings = _KINDS[incident["kind"]][0]
    able = [feed for feed in range(len(_FEEDS)) if headings[feed]]
    size = dice.choice(_SIZES)
    order = dice.sample(able, min(size, len(able)))
    order += [dice.choice([1, 5]) for _ in range(size - len(order))]
    caller = f"0163296{dice.randrange(10**4):04d}"
    rows = []
    for place, feed in enumerate(order):
        received = incident["at"] + timedelta(minutes=dice.randrange(5, 60) + place * dice.randrange(20, 600))
        is_dated = dice.random() < 0.7
        has_position = dice.random() < 0.8
        off = 10 if dice.random() < 0.02 else 1
        seen = dice.sample(incident["seen"], dice.choice([1, 2, 2]))
        text = ". ".join(words.format(n=incident["n"], c=incident["c"], m=incident["m"]) for words in seen)
        if incident["kind"] == 9 and dice.random() < 0.6:
            text += f" {incident['plate']}"
        name = f"{dice.choice(_FORENAMES)} {dice.choice(_SURNAMES)}" if dice.random() < 0.5 else None
        rows.append({
            "report_id": f"{_FEEDS[feed]}:{first + place:07d}", "source_ref": f"{first + place:07d}", "revision": 1,
            "feed": _FEEDS[feed], "incident": incident["number"], "received_at": pd.Timestamp(received),
            "occurred_from": pd.Timestamp(incident["at"] + timedelta(minutes=dice.gauss(0, 12))) if is_dated else pd.NaT,
            "occurred_to": pd.NaT, "is_occurred_time_known": is_dated, "category_text": headings[feed],
            "place_text": incident["street"] if dice.random() < 0.85 else "by the " + dice.choice(["shops", "school", "bridge"]),
            "postcode": None,
            "latitude": incident["latitude"] + off * dice.gauss(0, 0.00099) if has_position else float("nan"),
            "longitude": incident["longitude"] + off * dice.gauss(0, 0.0016) if has_position else float("nan"),
            "text": text, "caller_name": _typed(dice, name) if name else None, "subject_name": None,
            "subject_born_on": None,
            "caller_key": f"k1:{_typed(dice, caller)}" if name and dice.random() < 0.3 else None, "sensitivity": None,
        })  # fmt: skip
    return rows


def sensitive(count: int, seed: int = 2) -> MadeUp:
    """Sensitive reports with errors in who they are about: other spellings, dates of birth with a wrong digit, somebody
    else's telephone, first names alone, and a relative's or the same person's next incident at one address within
    days."""
    dice = random.Random(seed)
    streets = _streets(dice, max(1, count // 14 // SENSITIVE_A_DISTRICT_DAY))
    headings = {"police": "DOMESTIC INCIDENT", "council": "Safeguarding referral - adult", "wardens": "Vulnerable resident",
                "housing": "ASB Cat A - DA", "residents": "I am worried about someone"}  # fmt: skip
    words = ("shouting heard through the wall", "children crying", "not eating and confused", "door kicked in",
             "frightened to go home", "bruise on the arm", "neighbour very worried", "referred to the duty team")  # fmt: skip
    rows: list[dict[str, Any]] = []
    incident = 0
    while len(rows) < count:
        street = dice.choice(streets)
        at = START + timedelta(minutes=dice.randrange(24 * 60 * 14))
        surname = dice.choice(_SURNAMES) + dice.choice(["", "", "son", "ley", "by"])
        phone = f"0163296{dice.randrange(10**4):04d}"
        forenames = dice.sample(_FORENAMES, 2)
        # One in three has another incident there within days: a relative's, or the same person's again.
        events = [(forenames[0], at)]
        if dice.random() < 0.33:
            events.append((dice.choice([forenames[0], forenames[1]]), at + timedelta(hours=dice.randrange(20, 96))))
        birthdays = {
            name: f"{dice.randrange(1930, 2014)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 28):02d}"
            for name in forenames
        }
        for forename, at in events:
            born = birthdays[forename]
            for place in range(dice.choice([1, 2, 2, 3])):
                feed = dice.choice(list(headings))
                written = dice.choice(
                    [f"{forename} {surname}"] * 3 + [f"{forename[0]} {surname}", forename, f"Mr {surname}"]
                )
                received = at + timedelta(minutes=dice.randrange(5, 90) + place * dice.randrange(60, 900))
                number = len(rows)
                rows.append({
                    "report_id": f"{feed}:s{number:07d}", "source_ref": f"s{number:07d}", "revision": 1, "feed": feed,
                    "incident": incident, "received_at": pd.Timestamp(received), "occurred_from": pd.Timestamp(at),
                    "occurred_to": pd.NaT, "is_occurred_time_known": dice.random() < 0.7,
                    "category_text": headings[feed], "place_text": street.name, "postcode": None,
                    "latitude": street.latitude + dice.gauss(0, 0.0008),
                    "longitude": street.longitude + dice.gauss(0, 0.0012),
                    "text": ". ".join(dice.sample(words, 2)), "caller_name": None,
                    "subject_name": _typed(dice, written),
                    "subject_born_on": _typed(dice, born) if dice.random() < 0.4 else None,
                    "caller_key": f"k1:{_typed(dice, phone)}" if dice.random() < 0.2 else None,
                    "sensitivity": dice.choice(["domestic_abuse", "safeguarding", None]),
                })  # fmt: skip
            incident += 1
    frame = pd.DataFrame(rows).sort_values(["received_at", "report_id"], kind="stable").reset_index(drop=True)
    return MadeUp(frame.drop(columns="incident"), frame["incident"], _gazetteer(streets))


def _typed(dice: random.Random, value: str) -> str:
    """A value as it is typed: one in ten has a wrong character."""
    if dice.random() > 0.1:
        return value
    at = dice.randrange(len(value))
    wrong = dice.choice("0123456789") if value[at].isdigit() else dice.choice("aeiourstln")
    return value[:at] + wrong + value[at + 1 :]
