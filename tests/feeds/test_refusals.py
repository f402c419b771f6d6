"""A delivery that can't be trusted is refused whole, by name, in words, before it costs memory; no record is quoted."""

import io
import json
import resource
import zipfile
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT

from tasking.config.feed import Feed, load_feeds
from tasking.intake.readers import read_rows
from tasking.intake.transports.names import base_name
from tasking.model.delivery import quoted, without_quotes
from tasking.model.errors import DeliveryRefused

FEEDS = load_feeds((ROOT / "include" / "feeds").glob("*.yml"))


def sample(feed: Feed) -> bytes:
    return (ROOT / "include" / "feeds" / feed.sample).read_bytes()


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_an_empty_file_is_refused(feed):
    with pytest.raises(DeliveryRefused, match=rf"{feed.feed}: the file is empty \(0 bytes\)"):
        read_rows(feed, b"")


@pytest.mark.parametrize(
    ("name", "before", "after", "words"),
    [
        ("police", b'"CallerTel"', b'"CallerPhone"', 'column "CallerTel" is missing; the file has “CallerPhone”'),
        ("housing", b"Incident Date", b"Date of Incident", 'column "Incident Date" is missing; the file has “Date of'),
        ("residents", b"Map pin", b"Pin on map", 'column "Map pin" is missing'),
        ("council", b'"description"', b'"details"', 'column "description" is missing; the file has “details”'),
        ("fire", b'"narrative"', b'"story"', 'column "narrative" is missing'),
    ],
)
def test_a_renamed_column_is_named_with_what_the_file_has(name, before, after, words):
    with pytest.raises(DeliveryRefused, match="include/feeds/") as refused:
        read_rows(FEEDS[name], sample(FEEDS[name]).replace(before, after))
    assert words in str(refused.value)


def test_what_a_partner_wrote_in_a_header_stands_in_quotes_that_no_log_or_message_shows():
    content = sample(FEEDS["housing"]).replace(b"Incident Date", b"Date told to Mrs Whitlock")
    with pytest.raises(DeliveryRefused) as refused:
        read_rows(FEEDS["housing"], content)
    assert "Whitlock" in str(refused.value)
    assert "Whitlock" not in without_quotes(str(refused.value))
    assert 'column "Incident Date" is missing' in without_quotes(str(refused.value))


def test_a_file_without_its_header_is_refused_without_quoting_a_person():
    content = sample(FEEDS["police"]).split(b"\r\n", 1)[1]
    with pytest.raises(DeliveryRefused) as refused:
        read_rows(FEEDS["police"], content)
    assert "Lamkin" not in str(refused.value)
    assert "MANSE WAY" not in str(refused.value).upper()


@pytest.mark.parametrize(
    ("name", "spoil", "words"),
    [
        ("police", lambda b: (b.decode("cp1252") + "’").encode("utf-8") + b"\r\n", "should be Windows-1252"),
        ("police", lambda b: b"\xef\xbb\xbf" + b, "should be Windows-1252 and looks like UTF-8"),
        ("police", lambda b: b.decode("cp1252").encode("utf-16"), "looks like UTF-16"),
        (
            "residents",
            lambda b: b.replace(b",Y,", "é,Y,".encode("cp1252")).replace(b",N,", b"\x92,N,"),
            "should be UTF-8",
        ),
        ("council", lambda b: b.decode().encode("utf-16"), "looks like UTF-16"),
    ],
)
def test_another_encoding_is_refused(name, spoil, words):
    with pytest.raises(DeliveryRefused, match=words):
        read_rows(FEEDS[name], spoil(sample(FEEDS[name])))


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_of_a_file_cut_short_the_last_row_is_held_and_the_rest_is_in(feed):
    content = sample(feed)
    if feed.file.format == "xlsx":
        with pytest.raises(DeliveryRefused, match="cut short"):
            read_rows(feed, content[:-40])
        return
    if feed.feed == "fire":
        content *= 2  # the sample has one line
    # Within the last cell nobody can tell a file that is cut short from one without a line end: cut before it.
    at = content.rstrip().rfind(feed.file.delimiter.encode()) - 2 if feed.file.format == "csv" else -40
    whole, rows = read_rows(feed, content), read_rows(feed, content[:at])
    assert len(rows.frame) == len(whole.frame)
    assert len(whole.frame) in rows.defects
    assert "cut short" in rows.lacking
    assert rows.frame.iloc[:-1].equals(whole.frame.iloc[:-1])


def test_a_last_row_without_a_line_end_is_read_and_said_to_be_perhaps_cut_short():
    rows = read_rows(FEEDS["housing"], sample(FEEDS["housing"]).rstrip())
    assert rows.defects == {}
    assert rows.lacking == ""
    assert any("no line end" in note for note in rows.notes)


def test_a_quotation_mark_that_is_never_closed_holds_its_row_and_swallows_no_other():
    lines = sample(FEEDS["police"]).split(b"\r\n")
    lines[2] = lines[2].replace(b'","', b'",x"', 1)[:-1]
    assert b"\r\n".join(lines).count(b'"') % 2
    rows = read_rows(FEEDS["police"], b"\r\n".join(lines))
    assert len(rows.frame) == len(lines) - 2
    assert rows.defects.keys() == {2}


def test_marks_inside_a_cell_that_nobody_doubled_are_read_as_they_were_meant():
    feed = FEEDS["police"]
    header, row = sample(feed).split(b"\r\n")[:2]
    row = row.rsplit(b',"', 1)[0] + b',"SHOUTED "GET OUT", THEN LEFT"'
    rows = read_rows(feed, header + b"\r\n" + row.replace(b'", T', b'" T') + b"\r\n")
    assert rows.frame["Log"].tolist() == ['SHOUTED "GET OUT" THEN LEFT']
    assert rows.defects == {}


def test_a_cell_may_go_on_in_the_lines_below():
    feed = FEEDS["residents"]
    content = sample(feed)
    header, row = content.split(b"\n")[:2]
    start = row.split(b",", 2)[:2] + [b""] * 14
    told = b'"First, this.\n\nThen, on the 21st, that."'
    rows = read_rows(feed, header + b"\n" + b",".join([*start, told]) + b"\n" + row + b"\n")
    assert rows.frame["Tell us what happened"].iloc[0] == "First, this.\n\nThen, on the 21st, that."
    assert len(rows.frame) == 2
    assert rows.defects == {}


def test_an_inch_mark_is_no_quotation_mark():
    feed = FEEDS["housing"]
    header, row = sample(feed).split(b"\r\n")[3:5]
    row = row.rsplit(b";", 1)[0] + b';a 6" pipe'
    rows = read_rows(feed, b"a\r\nb\r\n\r\n" + header + b"\r\n" + row + b"\r\n")
    assert rows.frame["Details"].tolist() == ['a 6" pipe']
    assert rows.defects == {}


def test_a_workbook_with_another_sheet_is_refused():
    book = openpyxl.load_workbook(io.BytesIO(sample(FEEDS["wardens"])))
    book.active.title = "Responses"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(DeliveryRefused, match='no sheet "Form1"; it has “Responses”'):
        read_rows(FEEDS["wardens"], out.getvalue())


def workbook_with(sheet_xml: bytes) -> bytes:
    """The wardens' sample with its sheet replaced by other XML."""
    source, out = zipfile.ZipFile(io.BytesIO(sample(FEEDS["wardens"]))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            target.writestr(part, sheet_xml if part == "xl/worksheets/sheet1.xml" else source.read(part))
    return out.getvalue()


SHEET = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s'
    b"</sheetData></worksheet>"
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (workbook_with(SHEET % b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "a cell at XFD1048576"),
        (workbook_with(b" " * 60_000_000), "unpacks to 60"),
        (workbook_with(b'<!DOCTYPE x [<!ENTITY a "b">]>' + SHEET % b""), "declares XML entities"),
        (b"PK\x03\x04 not a zip at all", "not an Excel workbook"),
    ],
)
def test_a_hostile_workbook_is_refused_before_it_costs_memory(content, words):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DeliveryRefused, match=words):
        read_rows(FEEDS["wardens"], content)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024


@pytest.mark.parametrize("name", ["police", "residents", "council", "fire"])
def test_a_row_with_a_ten_megabyte_cell_is_held_and_the_cell_is_not_kept(name):
    feed = FEEDS[name]
    if name == "council":
        records = json.loads(sample(feed))
        records[0]["description"] = "x" * 10_000_000
        content = json.dumps(records).encode()
    elif name == "fire":
        content = json.dumps(json.loads(sample(feed)) | {"narrative": "x" * 10_000_000}).encode() + b"\n"
    else:
        lines = sample(feed).split(b"\n")
        content = lines[0] + b"\n" + lines[1].replace(b'."', b"x" * 10_000_000 + b'."') + b"\n"
    rows = read_rows(feed, content)
    assert "131,072 characters" in rows.defects[1]
    assert rows.frame.loc[1].str.len().max() == 131_072


def test_json_nested_too_deep_is_refused():
    with pytest.raises(DeliveryRefused, match="not readable as JSON"):
        read_rows(FEEDS["council"], b"[" * 200_000 + b"]" * 200_000)


def test_a_column_that_nobody_declared_is_a_signal():
    content = sample(FEEDS["police"]).replace(b'"Log"', b'"Log","Beat"').replace(b'"\r\n', b'","S1"\r\n')
    content = content.replace(b'"Log","Beat","S1"', b'"Log","Beat"')
    rows = read_rows(FEEDS["police"], content)
    assert any("“Beat”" in note for note in rows.notes)


def test_what_a_note_quotes_of_a_partner_is_left_out_of_logs():
    note = f"1 column(s) were left out: {quoted('Jean ”Whitlock” of 39')}, {quoted('Beat')}; the rest is ours"
    assert without_quotes(note) == "1 column(s) were left out: “…”, “…”; the rest is ours"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/cron.d/x", "x"), ("C:\\temp\\log.xlsx", "log.xlsx"), ("a\r\nb.csv", "ab.csv"), ("", "")],
)
def test_a_name_in_a_mail_is_never_a_path(given, kept):
    assert base_name(given) == kept


def test_no_reader_touches_the_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for feed in FEEDS.values():
        read_rows(feed, sample(feed))
    assert list(Path(tmp_path).iterdir()) == []
