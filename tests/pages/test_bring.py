"""A file brought by hand: what is wrong is said for whoever brought it, and how the feed stands is left alone."""

import datetime as dt
import gzip
import html
import io
import re
import zipfile

import openpyxl
import pytest
from conftest import ROOT

from tasking import delivery
from tasking.intake.file_kinds import file_kind
from tasking.intake.store import feed_days
from tasking.model.delivery import Outcome, Receipt
from tasking.model.errors import FOR_KEEPER, DeliveryRefused, without_advice

from .conftest import Pages

DAY = dt.date(2026, 10, 21)  # of the samples
SAMPLES = ROOT / "include" / "feeds" / "samples"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(40)


def sample(feed: str) -> bytes:
    return next(SAMPLES.glob(f"{feed}.*")).read_bytes()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def office(folder: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/document.xml", "<x/>")
    return out.getvalue()


def other_sheet() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "Holidays"
    book.save(out)
    return out.getvalue()


@pytest.fixture
def officer(desk):
    desk.now = dt.datetime(2026, 10, 21, 5, 10, tzinfo=dt.UTC)
    return Pages(desk)


def bring(officer, feed: str, name: str, content: bytes, day: dt.date = DAY):
    return officer.post(f"/feeds/{feed}/bring", {"day": str(day)}, files={"file": (name, content)})


def said(officer, feed: str, name: str, content: bytes, day: dt.date = DAY) -> str:
    return html.unescape(officer.said(bring(officer, feed, name, content, day)))


@pytest.mark.parametrize(
    ("feed", "name", "content", "words"),
    [
        ("police", "photo.jpg", JPEG,
         "This is a JPEG picture, not a table. Kent Police’s file is a CSV file named like KP_CSU_20261021.csv."),
        ("police", "KP_CSU_20261021.csv", JPEG, "This is a JPEG picture, not a table."),
        ("police", "scan.pdf", b"%PDF-1.7 ...", "This is a PDF, not a table."),
        ("police", "log.docx", office("word"), "This is a Word document, not a table."),
        ("housing", "log.docx", office("word"), "This is a Word document, not a table."),
        ("police", "log.xlsx", office("xl"), "This is an Excel workbook. Kent Police’s file is a CSV file"),
        ("police", "all.zip", zipped(a_dot_csv=b"x", b_dot_csv=b"y"), "The zip archive holds 2 files, and one was"),
        ("police", "KP_CSU_20261021.csv", b"", "The file is empty."),
        ("wardens", "x.xlsx", other_sheet(), "it has “Holidays”"),
        ("police", "KP_CSU_20261020.csv", b"a,b\n1,2\n", "The file name says Tue 20 Oct, but you chose Wed 21 Oct."),
        ("police", "KP_CSU_20261020 (1).csv", b"a,b\n1,2\n", "The file name says Tue 20 Oct"),
        ("council", "KP_CSU_20261021.csv", b"{}", "The name is that of a file from Kent Police. Upload it under Kent Police."),
        ("residents", "saved.csv", sample("police"), "It looks like a file from Kent Police. Upload it under Kent Police."),
        ("police", "saved.csv", b"one,two\r\n1,2\r\n", "Kent Police’s file is a CSV file named like KP_CSU_20261021.csv."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_for_whoever_brought_it(officer, desk, feed, name, content, words):
    told = said(officer, feed, name, content)
    assert f"“{name}” was not accepted." in told
    assert words in told
    assert not re.search(r"\.yml|include/|declaration|\bNone\b", told)
    assert desk.rows("feed_day") == []
    assert [(row["actor"], row["action"], row["subject"]) for row in desk.rows("log")] == [
        ("officer", "file brought by hand", f"{feed} {DAY}")
    ]


@pytest.mark.parametrize("spoil", [
    lambda b: b.replace(b'"CallerTel"', b'"CallerPhone"'),
    lambda b: b"\xef\xbb\xbf" + b,
], ids=["a column renamed", "another encoding"])  # fmt: skip
def test_a_file_in_another_shape_names_who_looks_after_the_feeds_and_no_file_of_ours(officer, spoil):
    told = said(officer, "police", "KP_CSU_20261021.csv", spoil(sample("police")))
    assert "tell the person who maintains the feeds" in told
    assert ".yml" not in told


def test_a_file_that_is_too_large_is_said_on_the_page(officer, desk, monkeypatch):
    feed = officer.opened.feeds["police"]
    small = feed.model_copy(update={"file": feed.file.model_copy(update={"max_bytes": 10})})
    object.__setattr__(officer.opened, "feeds", {**officer.opened.feeds, "police": small})
    assert "larger than that" in said(officer, "police", "KP_CSU_20261021.csv", b"x" * 11)


def test_the_same_file_again_says_what_is_in_and_when_it_came(officer, desk):
    assert "rows" in said(officer, "police", "KP_CSU_20261021.csv", sample("police"))
    rows = desk.rows("delivery")[0]["rows_in"]
    desk.now += dt.timedelta(hours=1)
    told = said(officer, "police", "again.csv", sample("police"))
    assert told == f"Kent Police: this file has already been received: {rows} rows at 06:10."
    assert "“KP.csv” was not accepted. Nothing in it is new: the file of Wed 21 Oct was sent again." in said(
        officer, "police", "KP.csv", sample("police"), DAY + dt.timedelta(days=1)
    )


def test_a_wrong_file_by_hand_is_never_held_against_the_partner(officer, desk):
    warehouse = officer.opened.warehouse
    feed_days.store(warehouse, Receipt("police", DAY, Outcome.MISSING), desk.now)
    before = desk.rows("feed_day")
    for content in (JPEG, b"hello", b"one,two\r\n1,2\r\n"):
        said(officer, "police", "x.csv", content)
    assert desk.rows("feed_day") == before
    said(officer, "police", "KP_CSU_20261021.csv", sample("police"))
    assert [row["outcome"] for row in desk.rows("feed_day")] == ["landed"]


def test_where_a_form_is_refused_its_day_is_kept_and_it_is_open(officer):
    answer = bring(officer, "police", "x.jpg", JPEG)
    page = officer.client.get(answer.headers["location"]).text
    assert answer.headers["location"] == f"/feeds?day={DAY}&bring=police#police"
    assert page.count('<details class="more" open>') == 1
    assert f'id="bring-police" type="date" name="day" value="{DAY}"' in page


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"BMW seen twice,1\n", None), (b"MZ123,2\n", None), (b"id,name\n1,x\n", None), (gzip.compress(b"x", mtime=0), None),
        (b"BM\x36\x00\x0c\x00", "a BMP picture"), (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a WebP picture"),
        (b"\x00\x00\x00\x18ftypheic", "a HEIC picture"), (zipped(a_dot_csv=b"x"), None), (b"PK\x03\x04damaged", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "an old Word document (.doc)"),
        (b"", None),
    ],
)  # fmt: skip
def test_a_file_is_known_by_its_first_bytes_and_text_is_never_a_picture(content, kind):
    assert file_kind(content) == kind


def test_where_every_row_is_held_the_officer_is_asked_whether_it_is_another_days_file(officer):
    stale = sample("residents").replace(b"/10/2026", b"/10/2016").replace(b"2026-10", b"2016-10")
    told = said(officer, "residents", "saved.csv", stale)
    assert re.search(r" (\d+) rows, 0 new, \1 held\.", told)
    assert told.endswith("Held rows says why. If it is, reject its rows there and upload the right file.")
    assert "Every row is held. Is this the file for another day?" in told
    assert "another day" not in said(officer, "police", "KP_CSU_20261021.csv", sample("police"))


@pytest.mark.parametrize(
    ("feed", "content", "holds"),
    [
        ("police", sample("police").split(b"\n")[0] + b"\n", "headings and no rows"),
        ("council", b"[]", "no records"),
    ],
)  # fmt: skip
def test_a_file_without_rows_is_told_in_words(officer, desk, feed, content, holds):
    told = said(officer, feed, "saved", content)
    assert f"the file was accepted. It has {holds}, so Wed 21 Oct counts as a day with nothing to report." in told
    assert "upload the file that has them" in told
    assert [row["outcome"] for row in desk.rows("feed_day")] == ["landed"]


@pytest.mark.parametrize("day", [dt.date(2026, 10, 23), dt.date(2036, 10, 21)])
def test_a_file_is_not_taken_for_a_day_after_tomorrow(officer, desk, day):
    told = said(officer, "police", "saved.csv", sample("police"), day)
    assert f"{day.day} {day:%B %Y} is too far ahead. You can upload files for up to 22 October 2026." in told
    assert "Choose the day that the file is for." in told
    assert desk.rows("delivery") == []
    assert [row["note"] for row in desk.rows("log")] == ["not taken"]


def test_tonight_a_file_is_taken_for_the_morning_after(officer):
    assert "held." in said(officer, "police", "saved.csv", sample("police"), DAY + dt.timedelta(days=1))


@pytest.fixture
def two_feeds_of_the_police(desk):
    """Kent Police has a second feed, police_asb, with files of the same columns."""
    include = desk.home / "include"
    declared = (include / "feeds" / "police.yml").read_text()
    declared = declared.replace("feed: police", "feed: police_asb", 1).replace(
        "partner: Kent Police", "partner: Kent  police"
    )
    (include / "feeds" / "police_asb.yml").write_text(declared.replace("KP_CSU_", "KP_ASB_"))
    (include / "expectations" / "police_asb.json").write_bytes((include / "expectations" / "police.json").read_bytes())
    partnership = include / "partnership.yml"
    partnership.write_text(partnership.read_text().replace("feeds: [police,", "feeds: [police, police_asb,"))
    desk.now = dt.datetime(2026, 10, 21, 7, 10, tzinfo=dt.UTC)
    return desk


def test_two_feeds_of_one_partner_are_named_apart_wherever_a_file_is_brought(two_feeds_of_the_police):
    officer = Pages(two_feeds_of_the_police)
    for page in ("/tonight", f"/feeds?day={DAY}"):
        shown = html.unescape(officer.get(page).text)
        assert ">Kent Police (police)<" in shown
        assert ">Kent  police (police_asb)<" in shown
        assert ">Kent Police<" not in shown
        assert ">West Kent Homes<" in shown
    assert "Ask Kent Police (police) again" in html.unescape(officer.get(f"/feeds?day={DAY}").text)
    assert "<h1>Kent Police (police), 21 October 2026</h1>" in officer.get(f"/feeds/police/{DAY}").text
    assert (
        "The name is that of a file from Kent  police (police_asb). Upload it under Kent  police (police_asb)."
        in said(officer, "police", "KP_ASB_20261021.csv", sample("police"))
    )
    assert "The file from Kent Police (police) is a CSV file named like KP_CSU_20261021.csv." in said(
        officer, "police", "photo.jpg", JPEG
    )
    assert said(officer, "police", "KP_CSU_20261021.csv", sample("police")).startswith("Kent Police (police): ")


def test_two_feeds_of_one_partner_are_named_apart_in_the_briefing_and_to_ops(two_feeds_of_the_police):
    desk = two_feeds_of_the_police
    desk.put("police", str(DAY), sample("police"))
    briefing = desk.run(str(DAY), is_posting=False).briefing
    assert [feed.partner for feed in briefing.feeds][:3] == [
        "Kent Police (police)", "Kent  police (police_asb)", "Sevenoaks District Council",
    ]  # fmt: skip
    assert briefing.notices[0].startswith("Kent  police (police_asb): nothing yet")
    assert {one.partner for one in briefing.held} <= {"Kent Police (police)"}
    assert {name for area in briefing.areas for line in area.incidents for name in line.partners} == {"Kent Police"}
    head, _ = delivery.missing_delivery_words(desk.open().delivery, Receipt("police_asb", DAY, Outcome.MISSING))
    assert head.startswith("Kent  police (police_asb): no file by ")


def test_advice_is_left_out_of_each_reason():
    one, other = DeliveryRefused("x: a PDF.", "raise a in b."), DeliveryRefused("y: empty.", "change c in d.")
    assert str(one) == f"x: a PDF. {FOR_KEEPER}raise a in b."
    assert without_advice(f"{one}; {other}; z: no") == "x: a PDF.; y: empty.; z: no"
    assert without_advice("plain") == "plain"
