"""Zip and gzip: the one that fits is taken, what can't be is named, and no bomb goes off."""

import gzip
import io
import random
import zipfile
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tasking.intake.transports import containers

open_container = partial(containers.open_container, feed="housing")

WANTED = "asb_extract_221026.csv"
CONTENT = b"Case Ref;Details\nASB260001;Noise again\n"
ROWS = b"".join(b"ASB%06d;%08x\n" % (n, random.Random(n).getrandbits(32)) for n in range(20_000))


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def locked() -> bytes:
    raw = bytearray(zipped({WANTED: CONTENT}, zipfile.ZIP_STORED))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def test_one_fitting_member_is_taken_whatever_its_folder():
    for member in (WANTED, f"../../{WANTED}", f"C:\\x\\{WANTED}", "Reports/ASB extract 221026 (1).csv"):
        (file,) = open_container("x.zip", zipped({member: CONTENT, "readme.txt": b"hello"}), [WANTED]).files
        assert (file.name, file.content) == (WANTED, CONTENT)
        assert file.note.startswith("inside “x.zip”")


def test_a_zip_of_the_days_name_may_hold_its_one_file_under_any_name():
    (file,) = open_container("asb_extract_221026.zip", zipped({"export.csv": CONTENT}), [WANTED]).files
    assert (file.name, file.note) == (WANTED, "inside “asb_extract_221026.zip”; came as “export.csv”")
    two = zipped({"export.csv": CONTENT, "old.csv": CONTENT})
    assert open_container("asb_extract_221026.zip", two, [WANTED]).files == ()


def test_a_zip_in_a_zip_is_opened():
    (file,) = open_container("x.zip", zipped({"y.zip": zipped({WANTED: CONTENT})}), [WANTED]).files
    assert file.content == CONTENT


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (locked(), "protected with a password"),
        (zipped({"minutes.docx": b"x"}), "without a file of the name"),
        (zipped({}), "no file in it"),
        (zipped({WANTED: CONTENT})[:-30], "damaged"),
        (b"PK\x03\x04", "damaged"),
        (b"", "damaged"),
        (b"Rar!\x1a\x07\x00 and so on", "damaged"),
        (zipped({f"{n}.csv": b"" for n in range(1500)}), "more than we open"),
        (zipped({WANTED: b"0" * 40_000_000}), "more than we open"),
    ],
)
def test_a_zip_that_can_not_be_taken_is_named(content, words):
    fetch = open_container("asb_extract_221026.zip", content, [WANTED])
    assert fetch.files == ()
    assert len(fetch.not_taken) == 1
    assert fetch.not_taken[0].startswith("“asb_extract_221026.zip” (")
    assert words in fetch.not_taken[0]


def test_more_than_the_bound_is_not_opened():
    assert (
        "more than we open" in open_container("x.zip", zipped({WANTED: ROWS}), [WANTED], most_bytes=1000).not_taken[0]
    )
    assert (
        "more than we open"
        in open_container(f"{WANTED}.gz", gzip.compress(ROWS), [WANTED], most_bytes=1000).not_taken[0]
    )


def test_a_member_that_is_damaged_is_taken_as_far_as_it_goes_and_said():
    raw = bytearray(zipped({WANTED: ROWS}))
    raw[len(raw) // 2] ^= 0xFF
    fetch = open_container("x.zip", bytes(raw), [WANTED])
    assert fetch.files[0].content[:10_000] == ROWS[:10_000]
    assert "damaged" in fetch.files[0].lacking


def with_unknown_compression(raw: bytes, name: str) -> bytes:
    """The zip with one member in Deflate64, which Python does not unpack."""
    changed = bytearray(raw)
    for mark, method_at, name_at in ((b"PK\x03\x04", 8, 30), (b"PK\x01\x02", 10, 46)):
        at = -1
        while (at := raw.find(mark, at + 1)) >= 0:
            if raw[at + name_at :].startswith(name.encode()):
                changed[at + method_at] = 9
    return bytes(changed)


def test_a_member_that_we_can_not_unpack_costs_none_beside_it():
    raw = with_unknown_compression(zipped({"asb_extract_211026.csv": CONTENT, WANTED: CONTENT}), "asb_extract_211026")
    fetch = open_container("x.zip", raw, [WANTED, "asb_extract_211026.csv"])
    assert [(file.name, file.content) for file in fetch.files] == [(WANTED, CONTENT)]
    assert fetch.not_taken == ("“x.zip” (a zip in which a file is packed in a way that we can't open)",)


def test_a_member_that_is_too_large_costs_none_before_it():
    raw = zipped({WANTED: CONTENT, "asb_extract_211026.csv": ROWS})
    fetch = open_container("x.zip", raw, [WANTED, "asb_extract_211026.csv"], most_bytes=1000)
    assert [file.content for file in fetch.files] == [CONTENT]
    assert "over 1,000 bytes (file.max_bytes)" in fetch.not_taken[0]


def test_a_log_of_a_zip_that_can_not_be_opened_names_the_feed_and_no_partners_words():
    broken = bytearray(zipped({WANTED: CONTENT, "b.csv": CONTENT}))
    broken[broken.rindex(b"PK\x01\x02")] ^= 0xFF  # in its directory
    with capture_logs() as logs:
        open_container("asb_extract_221026 Jean Whitlock.zip", bytes(broken), [WANTED])
    (told,) = logs
    assert (told["feed"], told["asked_for"]) == ("housing", WANTED)
    assert "BadZipFile" in told["where"]
    assert "Whitlock" not in str(told)


def test_a_gzip_of_several_members_is_whole():
    (file,) = open_container(f"{WANTED}.gz", gzip.compress(ROWS) + gzip.compress(CONTENT), [WANTED]).files
    assert (file.content, file.lacking) == (ROWS + CONTENT, "")


def test_a_gzip_that_breaks_off_is_taken_as_far_as_it_goes_and_said():
    packed = gzip.compress(ROWS)
    for broken in (packed[: len(packed) // 2], packed[:-8], packed[:-4] + b"\x00\x00\x00\x01"):
        (file,) = open_container(f"{WANTED}.gz", broken, [WANTED]).files
        assert file.content
        assert ROWS.startswith(file.content)
        assert "breaks off" in file.lacking


def test_a_workbook_that_is_called_a_zip_is_the_workbook():
    workbook = zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"})
    (file,) = open_container("log 22-10-2026.zip", workbook, ["log 22-10-2026.xlsx"]).files
    assert file.content == workbook


@given(st.sampled_from([zipped({WANTED: ROWS[:3000]}), gzip.compress(ROWS[:3000])]), st.data())
@settings(max_examples=200, deadline=None)
def test_no_damage_raises(packed, data):
    raw = bytearray(packed)
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=5)):
        raw[at] = data.draw(st.integers(0, 255))
    fetch = open_container(f"{WANTED}.gz", bytes(raw[: data.draw(st.integers(0, len(raw)))]), [WANTED])
    assert fetch.files or fetch.not_taken
