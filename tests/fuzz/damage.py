"""Deliveries as partners write them, and damage to them: each kind says how many rows were sent all the same."""

import csv
import importlib.util
import io
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

GOLD = Path(__file__).resolve().parents[1] / "gold"
SETS = ("dev", "spring", "winter")


@cache
def export() -> ModuleType:
    """tests/gold/export.py: the writers of each partner's files."""
    spec = importlib.util.spec_from_file_location("gold_export", GOLD / "export.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def labelled(name: str) -> tuple[dict, ...]:
    return tuple(json.loads(line) for line in (GOLD / f"{name}.jsonl").read_text().splitlines() if line.strip())


@dataclass(frozen=True)
class Sent:
    """A delivery: its bytes, how many rows are in it at least and at most, and what was done to it."""

    feed: str
    content: bytes
    least: int
    most: int
    kinds: tuple[str, ...] = ()


def delivery(feed: str, dice: random.Random, most: int = 30) -> Sent:
    """A delivery of `feed` with up to `most` rows of the labelled sets."""
    rows = [row for row in labelled(dice.choice(SETS)) if row["feed"] == feed]
    record, write, _ = export().FEEDS[feed]
    some = dice.sample(rows, dice.randint(1, min(most, len(rows))))
    content = write([record(row) for row in some])
    # Housing prints a case once for each of its headings.
    sent = sum(bool(line) for line in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")) - 3 \
        if feed == "housing" else len(some)  # fmt: skip
    return Sent(feed, content, sent, sent)


def body_start(feed: str, content: bytes) -> int:
    """Where the rows begin: what is damaged before them is the header, and the file is refused for that."""
    lines = {"police": 1, "residents": 1, "housing": 4}.get(feed, 0)
    at = 0
    for _ in range(lines):
        at = content.index(b"\n", at) + 1
    return at


def _somewhere(sent: Sent, dice: random.Random) -> int | None:
    """A place within a row, not at a line end; None where there is none."""
    start, content = body_start(sent.feed, sent.content), sent.content
    inside = [at for at in (dice.randrange(start, len(content)) for _ in range(20)) if content[at] not in b"\r\n"] \
        if len(content) > start else []  # fmt: skip
    return inside[0] if inside else None


def _put(sent: Sent, at: int, kind: str, left: int, new: bytes) -> Sent:
    return Sent(
        sent.feed, sent.content[:at] + new + sent.content[at + left :], sent.least, sent.most, (*sent.kinds, kind)
    )


def quote_put_in(sent: Sent, dice: random.Random, at: int) -> Sent:
    return _put(sent, at, "quote put in", 0, b'"')


def quote_for_a_character(sent: Sent, dice: random.Random, at: int) -> Sent:
    return _put(sent, at, "quote for a character", 1, b'"')


def character_lost(sent: Sent, dice: random.Random, at: int) -> Sent:
    return _put(sent, at, "character lost", 1, b"")


def delimiter_put_in(sent: Sent, dice: random.Random, at: int) -> Sent:
    return _put(sent, at, "delimiter put in", 0, dice.choice([b",", b";", b"\t"]))


def odd_byte(sent: Sent, dice: random.Random, at: int) -> Sent:
    return _put(
        sent, at, "odd byte", dice.randint(0, 1), bytes([dice.choice([0, 7, 27, 0x81, 0x92, 0xC3, 0xE2, 0xFF])])
    )


def bracket(sent: Sent, dice: random.Random, at: int) -> Sent:
    return _put(sent, at, "bracket", dice.randint(0, 1), dice.choice([b"{", b"}", b"[", b"]", b":"]))


def row_cut_short(sent: Sent, dice: random.Random, at: int) -> Sent:
    """The rest of a line is gone."""
    if sent.feed in ("council", "wardens") or "line end lost" in sent.kinds:
        return sent
    end = sent.content.find(b"\n", at)
    end = len(sent.content) if end < 0 else end - (sent.content[end - 1 : end] == b"\r")
    line = sent.content[sent.content.rfind(b"\n", 0, at) + 1 : at]
    return sent if not line.strip(b'",; \r\n{') else _put(sent, at, "row cut short", end - at, b"")


def line_end_lost(sent: Sent, dice: random.Random, at: int) -> Sent:
    """Two rows stand on one line."""
    if sent.feed in ("council", "wardens"):
        return sent
    ends = [m.span() for m in re.finditer(rb"\r?\n", sent.content[at:])]
    if not ends or at + ends[0][1] >= len(sent.content):
        return sent
    start, end = ends[0]
    return _put(sent, at + start, "line end lost", end - start, b"")


def comma_lost_between_records(sent: Sent, dice: random.Random, at: int) -> Sent:
    if sent.feed != "council":
        return sent
    between = [m.span() for m in re.finditer(rb"\},\s*\{", sent.content[at:])]
    if not between:
        return sent
    start, end = between[0]
    return _put(sent, at + start, "mark between records lost", end - start, dice.choice([b"} {", b"}{", b","]))


DAMAGES: tuple[Callable[[Sent, random.Random, int], Sent], ...] = (
    quote_put_in, quote_for_a_character, character_lost, delimiter_put_in, odd_byte, bracket, row_cut_short,
    line_end_lost, comma_lost_between_records,
)  # fmt: skip


def damaged(sent: Sent, dice: random.Random, times: int) -> Sent:
    for _ in range(times):
        at = _somewhere(sent, dice)
        if at is not None:
            sent = dice.choice(DAMAGES)(sent, dice, at)
    return sent


def file_cut_short(sent: Sent, dice: random.Random) -> Sent:
    """The file ends too soon. Rows that began are sent: the last of them may have been cut at its first character."""
    start = body_start(sent.feed, sent.content)
    at = dice.randrange(start, len(sent.content))
    rest = sent.content[start:at]
    if sent.feed == "council":
        began = rest.count(b'"service_request_id"')
        return Sent(sent.feed, sent.content[:at], began, began + 1, (*sent.kinds, "file cut short"))
    began = sum(bool(line.strip()) for line in re.split(rb"\r?\n|\r", rest))
    return Sent(sent.feed, sent.content[:at], began - 1, began, (*sent.kinds, "file cut short"))
