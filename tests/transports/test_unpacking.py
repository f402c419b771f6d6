"""A packed file fares alike whether its name says that it is packed (a transport opens it) or not (a reader does)."""

import gzip

import pytest
from conftest import ROOT

from tasking.config.feed import load_feed
from tasking.intake.readers import read_rows
from tasking.intake.transports.containers import open_container
from tasking.model.errors import DeliveryRefused

from .test_containers import locked, with_unknown_compression, zipped

POLICE = load_feed(ROOT / "include" / "feeds" / "police.yml")
SAMPLE = (ROOT / "include" / "feeds" / POLICE.sample).read_bytes()
HEADER, *ROWS = SAMPLE.splitlines(keepends=True)
MANY = HEADER + b"".join(ROWS) * 2000
NAME = POLICE.delivery.file_name(POLICE.sample_day)


def damaged_zip() -> bytes:
    raw = bytearray(zipped({NAME: MANY}))
    raw[len(raw) - 200] ^= 0xFF
    return bytes(raw)


@pytest.mark.parametrize(
    ("packed", "ending"),
    [
        (gzip.compress(SAMPLE, mtime=0), "gz"),
        (gzip.compress(MANY, mtime=0)[:-100], "gz"),
        (gzip.compress(SAMPLE, mtime=0)[:-8], "gz"),
        (gzip.compress(HEADER, mtime=0) + gzip.compress(b"".join(ROWS)), "gz"),
        (zipped({NAME: SAMPLE}), "zip"),
        (zipped({"export.csv": SAMPLE, "readme.txt": b"hello"}), "zip"),
        (zipped({NAME: SAMPLE, "__MACOSX/._x": b"x", "Thumbs.db": b"x"}), "zip"),
        (damaged_zip(), "zip"),
    ],
)
def test_what_can_be_unpacked_is_taken_under_either_name_and_what_lacks_is_said(packed, ending):
    (file,) = open_container(f"{NAME}.{ending}", packed, [NAME], feed="police").files
    told = read_rows(POLICE, file.content)
    rows = read_rows(POLICE, packed)
    assert len(rows.frame) > 0
    assert rows.frame.equals(told.frame)
    assert rows.lacking == "; ".join(filter(None, (file.lacking, told.lacking)))
    assert any("compressed (gzip)" in note or "zip archive" in note for note in rows.notes)


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        (gzip.compress(SAMPLE, mtime=0)[:12], "the gzip file is damaged"),
        (gzip.compress(b"0" * 40_000_000, mtime=0), "file.max_bytes"),
        (zipped({NAME: b"0" * 40_000_000}), "file.max_bytes"),
        (zipped({NAME: SAMPLE})[:-30], "the zip file is damaged"),
        (zipped({"a.csv": SAMPLE, "b.csv": SAMPLE}), "holds 2 files, and one was expected"),
        (locked(), "password-protected"),
        (with_unknown_compression(zipped({NAME: SAMPLE}), NAME), "Ask Kent Police to send it unpacked"),
        (zipped({"xl/workbook.xml": b"<x/>", "x": b""}), "is an Excel workbook"),
    ],
)
def test_of_what_nothing_can_be_unpacked_is_refused_in_words(packed, words):
    with pytest.raises(DeliveryRefused, match=r"^police: ") as refused:
        read_rows(POLICE, packed)
    assert words in str(refused.value)
