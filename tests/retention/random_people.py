"""Random people of a labelled set are erased one by one: of theirs nothing is left, of others not a byte is changed.

    python tests/retention/random_people.py --people 200 [--gold year.jsonl] [--days 20] [--database URL] [--seed N]

Some callers get names that went wrong once (verbs, feeds, places, accents, other scripts), others' texts speak of them
in other spellings, and some references hold their telephone number. Prints a table of what was seen.
"""

import argparse
import csv
import datetime as dt
import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import sqlalchemy as sa
from conftest import GOLD, TestDesk, empty_database, home_for, settle
from leaks import leaks

from tasking.intake.archive import Archive
from tasking.model.errors import TaskingError
from tasking.privacy import erasure
from tasking.warehouse import open_warehouse

NAMES = [
    "Wai Ting", "Po Lice", "Fi Re", "Rose Park", "Will Hope", "May King", "Mark Church", "John Smith", "Anne-Marie O'Neill",
    "Anne Marie O’Neil", "Zoë Quarrington", "Jan van der Berg", "Máire Ní Dhomhnaill", "Ahmed bin Rashid", "İpek Yılmaz",
    "Łukasz Żółć", "Jürgen Müller", "Søren Kjær", "Мария Иванова", "王伟明", "Prakash", "Ian McDonald", "Seán Ó Briain",
    "Zoë Quarringtonsen", "Bea Able", "Hol Ding", "Re Port", "Res Idents", "Bin Burning",
]  # fmt: skip
SPELLINGS = [
    str.upper, str.lower, lambda name: name.replace("'", "’").replace("-", " "),
    lambda name: f"{name.split()[-1]}, {' '.join(name.split()[:-1])}" if " " in name else name,
    lambda name: name.replace(" ", "\u00a0"), lambda name: f"Ms {name}",
]  # fmt: skip
NOISE = ["They were waiting and would hope for the police.", "A report about holding a mark in the park.",
         "The resident may burn rose bushes."]  # fmt: skip


@dataclass(frozen=True)
class Somebody:
    """A caller as the partners know them."""

    name: str
    phone: str
    email: str


@dataclass
class World:
    """A desk after some days, and everybody who rang."""

    desk: TestDesk
    people: list[Somebody]
    names: Counter
    phones: Counter

    @cached_property
    def _whole(self):
        return self.desk.open()

    def opened(self, desk: TestDesk):
        """A copy's desk; the declarations are read once."""
        warehouse = open_warehouse(desk.database_url, self._whole.warehouse.sql)
        return replace(self._whole, warehouse=warehouse, archive=Archive(desk.home / "var" / "deliveries"))


def build(folder: Path, gold: Path, days: int, seed: int, database_url: str | None = None) -> World:
    """A desk on which `days` days of a labelled set have been received and linked."""
    dice = random.Random(seed)
    rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    dates = sorted({row["received"][:10] for row in rows})
    first = dates[min(len(dates) - 1, len(dates) // 3)]
    last = str(dt.date.fromisoformat(first) + dt.timedelta(days=days - 1))
    rows = [row for row in rows if first <= row["received"][:10] <= last]
    people = _rename(rows, dice)
    for row in rows:
        if dice.random() < 0.15:
            one = dice.choice(people)
            words = dice.choice(SPELLINGS)(one.name) if dice.random() < 0.6 else one.phone.replace(" ", "-")
            row["text"] = f"{row['text']} Spoke to {words} about it."
        if dice.random() < 0.3:
            row["text"] += " " + dice.choice(NOISE)
    drops = folder / "drops"
    drops.mkdir()
    desk = TestDesk(home_for(folder / "home"), drops, database_url or f"sqlite:///{folder / 'tasking.db'}")
    written = folder / "gold.jsonl"
    written.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    subprocess.run([sys.executable, GOLD / "export.py", written, drops], check=True, capture_output=True)
    _number_references(drops, dice)
    settle(*(path for path in drops.rglob("*") if path.is_file()))
    for number in range(days + 1):
        desk.run(str(dt.date.fromisoformat(first) + dt.timedelta(days=number)), is_posting=False)
    _write_elsewhere(desk, people, dice)
    return World(desk, people, Counter(one.name for one in people), Counter(one.phone for one in people))


def _rename(rows: list[dict], dice: random.Random) -> list[Somebody]:
    """Gives some callers other names, wherever theirs stands. Returns everybody who rang."""
    callers = sorted({(row["reporter"]["name"], row["reporter"]["phone"]) for row in rows
                      if row["reporter"] and row["reporter"].get("name") and row["reporter"].get("phone")})  # fmt: skip
    dice.shuffle(callers)
    new = dict(zip(callers, NAMES, strict=False))
    people = set()
    for row in rows:
        who = row["reporter"]
        at = (who["name"], who["phone"]) if who and who.get("name") and who.get("phone") else None
        if at in new:
            row["text"] = row["text"].replace(who["name"], new[at])
            who["name"] = new[at]
        if at:
            people.add((who["name"], who["phone"], who.get("email") or ""))
    found: dict[tuple[str, str], str] = {}
    for name, phone, email in sorted(people):
        found[name, phone] = email or found.get((name, phone), "")
    return [Somebody(name, phone, email) for (name, phone), email in found.items()]


def _number_references(drops: Path, dice: random.Random) -> None:
    """Some references of the residents' form become the caller's telephone number."""
    for path in drops.glob("residents/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
        header = lines[0]
        reference, phone = header.index("Reference"), header.index("Phone")
        for number, line in enumerate(lines[1:]):
            if line[phone] and dice.random() < 0.3:
                line[reference] = f"{re.sub(r'[^0-9]', '', line[phone])}-{path.stem[-2:]}{number}"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)


def _write_elsewhere(desk: TestDesk, people: list[Somebody], dice: random.Random) -> None:
    """Logs, Airflow's database and a file under out/ that speak of people, though nothing should."""
    base = desk.drops.parent
    (base / "logs").mkdir()
    (base / "out").mkdir()
    for number, one in enumerate(people):
        line = json.dumps({"event": f"rang {one.name} on {one.phone}", "level": "info"})
        (base / "logs" / f"{number}.log").write_text(f"a task began\n{line}\nit ended, waiting\n", encoding="utf-8")
    (base / "out" / "notes.txt").write_text("\n".join(f"{one.name}: {one.phone}" for one in people), encoding="utf-8")
    with sqlite3.connect(base / "airflow.db") as connection:
        connection.execute("CREATE TABLE xcom (id INTEGER PRIMARY KEY, value JSON)")
        values = [(number, json.dumps({"rang": one.phone, "who": one.name})) for number, one in enumerate(people)]
        connection.executemany("INSERT INTO xcom VALUES (?, ?)", values)
    connection.close()


def copied(world: World, folder: Path, database_url: str | None = None) -> TestDesk:
    """The world again, to erase somebody in."""
    base = world.desk.drops.parent
    for name in ("home", "logs", "out"):
        shutil.copytree(base / name, folder / name)
    (folder / "drops").mkdir()
    for name in ("tasking.db", "airflow.db"):
        if (base / name).exists():
            with sqlite3.connect(base / name) as read, sqlite3.connect(folder / name) as written:
                read.backup(written)
            read.close()
            written.close()
    return TestDesk(folder / "home", folder / "drops", database_url or f"sqlite:///{folder / 'tasking.db'}")


def tables_of(desk: TestDesk) -> dict[str, dict[tuple, dict]]:
    """Table -> primary key -> row."""
    engine = sa.create_engine(desk.database_url)
    metadata = sa.MetaData()
    with engine.connect() as connection:
        metadata.reflect(connection, only=lambda name, _: not name.startswith("search_"))  # see tests/search
        found = {}
        for name, table in metadata.tables.items():
            key = [column.name for column in table.primary_key.columns]
            rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            found[name] = {tuple(row[one] for one in key): row for row in rows}
    engine.dispose()
    return found


def speaks_of(text: str, one: Somebody) -> bool:
    """Whether a text has their number, their address, or their name in one of the spellings that were written."""
    flat = text.replace("\u00a0", " ").replace("’", "'").casefold()
    digits = re.sub(r"(?<=\d)[\s()+-]+(?=\d)", "", text)
    national = re.sub(r"\D", "", one.phone).removeprefix("0")
    names = {form(one.name).replace("\u00a0", " ").replace("’", "'").casefold() for form in SPELLINGS}
    names |= {name.replace("-", " ") for name in names}
    return (
        national in digits
        or bool(one.email and one.email.casefold() in flat)
        or any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", flat.replace("-", " ")) or name in flat for name in names)
    )


def faults_of(world: World, desk: TestDesk, one: Somebody, before: dict, after: dict) -> list[str]:
    """What is wrong after somebody was erased, in words."""
    faults = []
    national = "+44" + re.sub(r"\D", "", one.phone).removeprefix("0")
    old = before["report_person"]
    mine = {
        key for key, row in old.items()
        if (row["caller_phone"] == national or (one.email and row["caller_email"] == one.email))
        or row["subject_name"] == one.name or row["caller_name"] == one.name
    }  # fmt: skip
    for table in ("report", "report_person", "report_fact", "report_signal"):
        for key, row in before[table].items():
            said = " ".join(str(value) for value in {**row, **old.get(key, {})}.values())
            if key in mine or speaks_of(said, one):
                continue
            if after[table].get(key) != row:
                faults.append(f"{table} {key} of somebody else was changed")
    for key, row in before["report_person"].items():
        if key not in mine and key in after["report_person"]:
            pieces = str(after["report_person"][key]["text"]).split("[erased]")
            if not re.fullmatch(".*?".join(map(re.escape, pieces)), str(row["text"]), re.DOTALL):
                faults.append(f"words of {key} beside theirs were changed")
    for table in ("delivery", "linked_day", "feed_day", "outbox"):
        if before[table] != after[table]:
            faults.append(f"{table} was changed")
    if len(before["report"]) != len(after["report"]) or len(before["incident_report"]) != len(after["incident_report"]):
        faults.append("a report or its place in an incident is gone")
    ids = {key[0] for key in after["report"]}
    if any(row["report_id"] not in ids for row in after["incident_report"].values()):
        faults.append("a report's place in an incident joins no report")
    return faults


def left_of(world: World, desk: TestDesk, one: Somebody) -> list[tuple[str, str]]:
    """(where, word) for what is left: their number and address where nobody shares them, their name where it is theirs."""
    base = desk.drops.parent
    words = [re.sub(r"\D", "", one.phone).removeprefix("0")] if world.phones[one.phone] == 1 else []
    words += [one.email] if one.email and sum(one.email == other.email for other in world.people) == 1 else []
    files = [
        path
        for root in (base / "home" / "var", base / "logs", base / "out")
        for path in root.rglob("*")
        if path.is_file()
    ]
    files += base.glob("*.db*")
    stores = {str(path.relative_to(base)): path.read_bytes() for path in files}
    if not desk.database_url.startswith("sqlite"):
        stores["postgresql"] = repr(tables_of(desk)).encode()
    return leaks(stores, words)


def erased(world: World, desk: TestDesk, one: Somebody) -> tuple[str, dict]:
    """(by what they were found, the certificate)."""
    base = desk.drops.parent
    opened = world.opened(desk)
    elsewhere = erasure.OutsideStores([base / "logs", base / "out"], [f"sqlite:///{base / 'airflow.db'}"])
    for ref in (one.phone, f"{one.name}; {one.phone}"):
        try:
            return ref, erasure.erase(opened.privacy, ref, "records officer", elsewhere)
        except TaskingError as error:
            if "people have used that number" not in str(error):
                raise
    raise AssertionError("unreachable")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--people", type=int, default=200)
    ask.add_argument("--gold", type=Path, default=GOLD / "dev.jsonl")
    ask.add_argument("--days", type=int, default=14)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--postgresql", action="store_true", help="in a database of its own; see tests/conftest.py")
    given = ask.parse_args()
    seen: Counter = Counter()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        base = Path(folder) / "world"
        base.mkdir()
        world = build(base, given.gold, given.days, given.seed)
        dice = random.Random(given.seed)
        chosen = dice.sample(world.people, min(given.people, len(world.people)))
        for number, one in enumerate(chosen):
            place = Path(folder) / f"copy{number}"
            place.mkdir()
            desk = copied(world, place)
            if given.postgresql:
                url = stack.enter_context(empty_database("postgresql", place))
                move_to(desk, url)
                (place / "tasking.db").unlink()
                desk = replace(desk, database_url=url)
            before = tables_of(desk)
            try:
                _, certificate = erased(world, desk, one)
            except TaskingError as error:
                seen["refused or not clean"] += 1
                print(f"{one.name}: {error}")
                continue
            faults = faults_of(world, desk, one, before, tables_of(desk))
            left = left_of(world, desk, one)
            seen["erased"] += 1
            seen["complete"] += certificate["is_complete"]
            seen["others changed"] += bool(faults)
            seen["something left"] += bool(left)
            seen["with something left for a person to decide"] += bool(certificate["left_by_decision"])
            seen["with a reference replaced"] += "report.report_id" in certificate["removed"]
            for fault in [*faults[:3], *left[:3]]:
                print(f"{one.name}: {fault}")
            shutil.rmtree(place)
            if given.postgresql:
                stack.close()
    for what, count in seen.items():
        print(f"{what}: {count}")


def move_to(desk: TestDesk, url: str) -> None:
    """Copies every row of a desk into another, empty database."""
    source = desk.open().warehouse.engine
    target = replace(desk, database_url=url).open().warehouse.engine
    from tasking.warehouse.tables import metadata

    with source.connect() as read, target.begin() as written:
        for table in (one for one in metadata.tables.values() if one.name != "search_document"):  # triggers fill it
            rows = [dict(row) for row in read.execute(sa.select(table)).mappings()]
            if rows:
                written.execute(sa.insert(table), rows)
    source.dispose()
    target.dispose()


if __name__ == "__main__":
    main()
