"""What fuzzing tries: each subject makes one input of a seed, tries it, and says what came of it.

A subject raises AssertionError where a row is lost or a promise broken; any other exception is a fault too.
"""

import csv
import datetime as dt
import io
import random
import shutil
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
from conftest import ROOT, TestDesk, home_for, settle
from speed import assert_soon

from fuzz.damage import Sent, damaged, delivery, export, file_cut_short, labelled
from tasking import flows
from tasking.config.feed import load_feeds
from tasking.intake.readers import read_rows
from tasking.model.errors import DeliveryRefused

FEEDS = load_feeds((ROOT / "include" / "feeds").glob("*.yml"))
TEXT_FEEDS = ("police", "council", "housing", "fire", "residents")
LONDON = ZoneInfo("Europe/London")
SOON_S = 0.05
FIRST_DAY = dt.date(2026, 10, 20)

_HARD = (
    "FRİDAY sıx lİast", "between 9 " + " " * 5000, "\u202egnp.exe", "\ud83d", "\x00", "a\u0301" * 3000, "a" + "\u0301\u0316" * 3000, "ﷺ" * 500, "½ ① ﬁ",
    "31/02/2026 25:61", "=cmd|' /C calc'!A0", "'); DROP TABLE report;--", "<!channel> @here", "{{7*7}} %s {0}", "NaN", "null",
    "1E+400", "-0", "٠١٢٣٤", "𝟘𝟙:𝟚𝟛", "\u2028\u2029\x85\x0b\x0c", "\ufeff", "domestic\u200b abuse", "Mr and Mrs (no) ''", "(((((",
    "\\", '"', '""', "'", ",;|\t", "9" * 400, "٣:٤٥ yesterday", "last night " * 400, "no 1 " * 900, "ſix Kent \u212a",
)  # fmt: skip


def odd_text(dice: random.Random) -> str:
    """Something that nobody would write, or that only the world writes."""
    kind = dice.random()
    if kind < 0.5:
        return dice.choice(_HARD)
    if kind < 0.8:
        return "".join(chr(dice.choice([dice.randrange(0x20, 0x250), dice.randrange(sys.maxunicode + 1)]))
                       for _ in range(dice.randint(1, 60)))  # fmt: skip
    return " ".join(dice.sample(_HARD, dice.randint(2, 4)))[:12_000]


def damaged_delivery(seed: int) -> str:
    """A delivery with a few damages: every row is read or held, or the file is refused."""
    dice = random.Random(seed)
    sent = delivery(dice.choice(TEXT_FEEDS), dice)
    sent = file_cut_short(sent, dice) if dice.random() < 0.15 else damaged(sent, dice, dice.choice([1, 1, 1, 1, 2, 3]))
    return _counted(sent)


def any_bytes(seed: int) -> str:
    """Bytes that are no delivery at all, or begin like one."""
    dice = random.Random(seed)
    feed = dice.choice(sorted(FEEDS))
    content = dice.randbytes(dice.randint(0, 600))
    if dice.random() < 0.6:
        content = delivery(feed, dice, 4).content[: dice.randint(1, 900)] + content
    if dice.random() < 0.2:
        content = (
            dice.choice([b"\x1f\x8b\x08", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>"]) + content
        )
    try:
        rows = read_rows(FEEDS[feed], content)
    except DeliveryRefused:
        return "refused"
    assert len(rows.defects) <= len(rows.frame)
    return "read"


def damaged_workbook(seed: int) -> str:
    """A workbook of which bytes, or cells of its sheet, are spoilt."""
    dice = random.Random(seed)
    sent = delivery("wardens", dice, 8)
    if dice.random() < 0.4:
        at = dice.randrange(len(sent.content))
        content = sent.content[:at] + dice.randbytes(dice.randint(1, 4)) + sent.content[at + dice.randint(0, 4) :]
        return _counted(Sent(sent.feed, content, sent.least, sent.most, ("bytes",)))
    book = openpyxl.load_workbook(io.BytesIO(sent.content))
    sheet = book.active
    for _ in range(dice.randint(1, 6)):
        cell = sheet.cell(dice.randint(2, sheet.max_row), dice.randint(1, sheet.max_column))
        cell.value = dice.choice([None, "#REF!", "=1/0", 2026, 1e18, dt.time(1, 2), True, "x", -1.5, 1e-9])
    rows = sum(any(cell.value is not None for cell in row) for row in sheet.iter_rows(min_row=2))
    out = io.BytesIO()
    book.save(out)
    if dice.random() < 0.3:
        return _counted(Sent("wardens", _with_a_row_twice(out.getvalue()), 10**6, 10**6, ("row twice",)))
    return _counted(Sent("wardens", out.getvalue(), rows, rows, ("cells",)))


def _with_a_row_twice(content: bytes) -> bytes:
    """The workbook with its second row's number given to the third row too: a spreadsheet shows one of them."""
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            inside = source.read(part)
            if part.endswith("sheet1.xml"):
                row = inside[inside.index(b'<row r="2"') : inside.index(b"</row>", inside.index(b'<row r="2"')) + 6]
                inside = inside.replace(row, row + row)
            target.writestr(part, inside)
    return out.getvalue()


def _counted(sent: Sent) -> str:
    try:
        rows = read_rows(FEEDS[sent.feed], sent.content)
    except DeliveryRefused:
        return "refused"
    found = len(rows.frame) + rows.ignored
    assert sent.least <= found <= sent.most, f"{sent.feed}, {sent.kinds}: {found} rows for {sent.least} to {sent.most}"
    return "held" if rows.defects else "read"


def odd_delivery(feed: str, dice: random.Random, rows: int = 6) -> tuple[bytes, int]:
    """A delivery whose cells say odd things, well written: how many rows were sent."""
    record, write, _ = export().FEEDS[feed]
    all_of_it = [row for row in labelled(dice.choice(("dev", "spring"))) if row["feed"] == feed]
    some = dice.sample(all_of_it, min(rows, len(all_of_it)))
    records = [record(row) for row in some]
    if feed == "housing":  # its writer prints a case once a heading
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";")
        header = write([]).decode("utf-8-sig").splitlines()[:4]
        out.write("\r\n".join(header) + "\r\n")
        for one in records:
            writer.writerow([odd_text(dice) if dice.random() < 0.1 else cell for cell in one])
        return out.getvalue().encode("utf-8", "replace"), len(records)
    spoilt = []
    for one in records:
        if isinstance(one, dict):
            spoilt.append({key: odd_text(dice) if dice.random() < 0.1 else value for key, value in one.items()})
        else:
            # A workbook takes no control characters: what it is given stands for what people paste.
            odd = (
                (lambda: odd_text(dice))
                if feed != "wardens"
                else lambda: odd_text(dice).encode("ascii", "ignore").decode()
            )
            spoilt.append(["".join(filter(str.isprintable, odd())) if dice.random() < 0.1 else cell for cell in one])
    try:
        return write(spoilt), len(records)
    except UnicodeEncodeError:  # half an emoji in a format that has no way to write it
        return odd_delivery(feed, dice, rows)


@dataclass
class OneDesk:
    """A desk that takes one odd day after another."""

    folder: Path
    database_url: str = ""
    _desk: TestDesk | None = field(default=None, repr=False)

    def desk(self) -> TestDesk:
        if self._desk is None:
            drops = self.folder / "drops"
            drops.mkdir(parents=True, exist_ok=True)
            url = self.database_url or f"sqlite:///{self.folder / 'fuzz.db'}"
            self._desk = TestDesk(home_for(self.folder / "home"), drops, url)
        return self._desk

    def odd_cells(self, seed: int) -> str:
        """A delivery of odd cells goes through the whole of intake: nothing raised, every row accounted for."""
        dice = random.Random(seed)
        feed = dice.choice(sorted(FEEDS))
        content, sent = odd_delivery(feed, dice)
        return self._taken(feed, content, sent, sent, seed)

    def damaged_and_stored(self, seed: int) -> str:
        """A damaged delivery goes through the whole of intake: rows in = rows sent."""
        dice = random.Random(seed)
        sent = damaged(delivery(dice.choice(TEXT_FEEDS), dice, 12), dice, dice.choice([1, 1, 2]))
        return self._taken(sent.feed, sent.content, sent.least, sent.most, seed)

    def _taken(self, feed: str, content: bytes, least: int, most: int, seed: int) -> str:
        desk = self.desk()
        day = FIRST_DAY + dt.timedelta(days=seed % 3000)
        settle(desk.put(feed, str(day), content)) if content else None
        receipt = flows.receive(desk.open(), feed, day)
        desk.path(feed, str(day)).unlink()
        if receipt.outcome == "refused":
            return "refused"
        assert receipt.ledger.balances, f"{feed}: {receipt.ledger}"
        if receipt.outcome.has_landed:
            assert least <= receipt.ledger.rows_in <= most, f"{feed}: {receipt.ledger} for {least} to {most} rows"
        return "held" if receipt.ledger.held else str(receipt.outcome)


def hostile_week(seed: int, folder: Path, database_url: str = "", days: int = 6) -> str:
    """A day with hostile reports is linked, its rules run and it is briefed; and so are the days after it."""
    dice = random.Random(seed)
    shutil.rmtree(folder, ignore_errors=True)
    one = OneDesk(folder, database_url)
    desk = one.desk()
    opened = desk.open()
    for number in range(days):
        day = FIRST_DAY + dt.timedelta(days=number)
        for feed in ("council", "residents", "fire"):
            record, write, _ = export().FEEDS[feed]
            rows = [row for row in labelled("dev") if row["feed"] == feed and _delivered(row) == day]
            records = [record(row) for row in rows]
            if number == 0 and records:
                records = [_hostile(one, dice) for one in records]
            desk.put(feed, str(day), write(records))
        done = flows.run_day(opened, day, is_posting=False)
        assert done.briefing.is_balanced
    return "briefed"


def _delivered(row: dict) -> dt.date:
    return export().delivery_day(export().wall(row["received"]))


def _hostile(record: dict | list, dice: random.Random) -> dict | list:
    """A record whose words, place, names and telephone are hostile; its reference and times stay."""
    if isinstance(record, dict):
        stay = {
            "service_request_id",
            "requested_datetime",
            "incident_number",
            "call_received",
            "location",
            "extended_attributes",
        }
        return {
            key: value
            if key in stay or not isinstance(value, str)
            else odd_text(dice).encode("utf-8", "replace").decode()
            for key, value in record.items()
        }
    return [cell if at < 2 else odd_text(dice).encode("utf-8", "replace").decode() for at, cell in enumerate(record)]


def any_text(seed: int) -> str:
    """A text of any kind is read for linkage, and soon."""
    from tasking.linkage import text_features
    from tasking.linkage.event_time import event_time
    from tasking.linkage.person_keys import person_keys

    dice = random.Random(seed)
    text = odd_text(dice)
    received = dt.datetime(2026, 10, 21, 9, 0, tzinfo=LONDON) + dt.timedelta(hours=dice.randint(-9000, 9000))
    calls: tuple[Callable[[], object], ...] = (
        lambda: event_time(received, None, None, False, text, LONDON),
        lambda: (
            text_features.plates(text),
            text_features.sums_of_money(text),
            text_features.count(text),
            text_features.house_numbers(text),
            text_features.references(text),
        ),
        lambda: person_keys(text, None, lambda domain, value: hash((domain, value)) % 2**40 + 1),
    )
    for call in calls:
        assert_soon(call, SOON_S, f"{len(text)} characters")
    return "read"
