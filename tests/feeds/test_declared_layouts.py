"""What a declaration can say of a file's layout: two header rows, totals, records under a key, patterns, grid letters."""

import datetime as dt

import pytest
from conftest import ROOT
from pydantic import ValidationError

from tasking.config.feed import Feed, load_feed
from tasking.intake.positions import parse_grid_reference
from tasking.intake.readers import read_rows
from tasking.intake.readers.rows import two_row_names
from tasking.model.errors import DeliveryRefused


def declared(file: dict, fields: dict | None = None, **more) -> Feed:
    fields = {
        "source_ref": "Ref", "received_at": {"columns": ["Date"], "formats": ["iso8601"]}, "category": "Type", "text": "Text",
    } | (fields or {})  # fmt: skip
    return Feed.model_validate({
        "feed": "newfeed", "partner": "A partner", "contact": "them",
        "delivery": {"name": "x-{day:%Y%m%d}.csv", "transport": {"kind": "folder", "path": "x"}},
        "file": {"format": "csv"} | file, "fields": fields, "sample": "", "sample_day": dt.date(2026, 10, 22),
    } | more)  # fmt: skip


def test_two_header_rows_are_one_name_a_column():
    assert two_row_names(["Case", None, "Incident", "", "Text"], ["Ref", "Type", "Date", "Time", ""]) == [
        "Case Ref", "Case Type", "Incident Date", "Incident Time", "Text",
    ]  # fmt: skip
    feed = declared(
        {"header_rows": 2, "title_lines": 1},
        {"source_ref": "Case Ref", "category": "Case Type", "text": "Text",
         "received_at": {"columns": ["Reported Date"], "formats": ["iso8601"]}},
    )  # fmt: skip
    rows = read_rows(feed, b"A title,,,\nCase,,Reported,Text\nRef,Type,Date,\nA1,Noise,2026-10-21,Loud\n")
    assert rows.frame.to_dict("records") == [
        {"Case Ref": "A1", "Reported Date": "2026-10-21", "Case Type": "Noise", "Text": "Loud"}
    ]


def test_a_total_below_a_blank_first_cell_is_ignored_and_a_full_row_never_is():
    feed = declared({"ignored_rows": ["Total*"]})
    rows = read_rows(feed, b"Ref,Date,Type,Text\nA1,2026-10-21,Noise,Loud\n,Total,2,\n,Total loss,Noise,Loud again\n")
    assert rows.ignored == 1
    assert len(rows.frame) == 2


def test_an_ignored_column_may_be_a_pattern_and_of_its_signs_only_the_asterisk_is_one():
    feed = declared({}, ignored=["Internal *", "Who? (if any)"])
    rows = read_rows(
        feed, b"Ref,Date,Type,Text,Internal a,Internal b,Who? (if any),Whom (if any)\nA1,2026-10-21,N,Loud,1,2,3,4\n"
    )
    assert [note for note in rows.notes if "left out" in note] == [
        "1 column(s) that the declaration does not list were left out: “Whom (if any)”"
    ]
    with pytest.raises(ValidationError, match="would ignore every new column"):
        declared({}, ignored=["*"])


def test_records_may_lie_under_a_key():
    feed = declared({"format": "json", "records": "data"})
    record = b'{"Ref": "A1", "Date": "2026-10-21", "Type": "Noise", "Text": "Loud"}'
    assert len(read_rows(feed, b'{"data": [' + record + b"]}").frame) == 1
    assert len(read_rows(feed, b"[" + record + b"]").frame) == 1
    with pytest.raises(DeliveryRefused, match='the records were expected under the key "data"'):
        read_rows(feed, b'{"rows": [' + record + b"]}")


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("TQ 5312 5463", (553125, 154635)), ("tq531546", (553150, 154650)), ("NN 16671 71282", (216671.5, 771282.5)),
        ("SV 0000 1000", (5, 10005)), ("TQ 531 5463", None), ("II 12 34", None), ("5312 5463", None),
    ],
)  # fmt: skip
def test_a_grid_reference_is_the_middle_of_its_square(text, metres):
    assert parse_grid_reference(text) == metres


def test_the_projects_own_declarations_are_read_as_before():
    for path in sorted((ROOT / "include/feeds").glob("*.yml")):
        feed = load_feed(path)
        assert feed.file.header_rows == 1
        assert all(map(feed.declares, feed.columns))


def test_a_key_is_sent_in_the_header_that_the_connection_names():
    from tasking.intake.transports.address import Address
    from tasking.intake.transports.http_client import http_client
    from tasking.model.errors import TransportError

    with http_client(
        "newfeed", Address("https://x.example", password="t", extra={"key_header": "X-Api-Key"})
    ) as client:
        assert client.headers["x-api-key"] == "t"
        assert "authorization" not in client.headers
    with pytest.raises(TransportError, match="should be the name of a header"):
        http_client("newfeed", Address("https://x.example", password="t", extra={"key_header": "X Api: Key"}))
