"""What a draft finds out about layouts of other hands, what it asks, and what its errors say."""

import datetime as dt
import gzip
import json

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking.config.feed import Feed
from tasking.config.layers import Include
from tasking.intake.drafting.column import words_of
from tasking.intake.drafting.draft import DraftRequest
from tasking.intake.drafting.file_names import days_in
from tasking.intake.drafting.references import Renumbered, reference_pattern
from tasking.intake.drafting.sample import SampleFile
from tasking.intake.drafting.written_times import DAY_FIRST, MONTH_FIRST, read_written
from tasking.model.errors import TaskingError
from tasking.runtime.feed_draft import draft, spans_of, write_draft


def drafted(*files: tuple[str, bytes], **answers: str):
    samples = tuple(SampleFile(name, content) for name, content in files)
    return draft(Include.of(ROOT / "include"), DraftRequest("newfeed", "A new partner", samples, "", answers))


def feed_of(content: str | bytes, name: str = "log_20261022.csv", **answers: str) -> Feed:
    tried = drafted((name, content.encode() if isinstance(content, str) else content), **answers)
    assert tried.draft.feed is not None, tried.draft.questions
    return tried.draft.feed


ROWS = "Ref;Reported;Type;Details\nA/001;21/10/2026 10:00;Noise;Music from number 16 all night long\n"
MORE = "A/002;21/10/2026 11:00;Litter;Bags by the bins of the flats again\n"


def test_day_or_month_is_told_by_a_date_that_has_one_reading_only():
    assert feed_of(ROWS + MORE).fields.received_at.formats == ["%d/%m/%Y %H:%M"]
    american = (ROWS + MORE).replace("21/10", "10/21")
    assert feed_of(american).fields.received_at.formats == ["%m/%d/%Y %H:%M"]


def test_day_or_month_is_asked_where_no_date_tells_even_if_the_file_name_would():
    unclear = (ROWS + MORE).replace("21/10", "10/11")
    tried = drafted(("log_20261110.csv", unclear.encode()))
    assert tried.draft.is_blocked
    assert [one.key for one in tried.draft.questions if one.is_blocking] == ["date_order"]
    assert tried.draft.files == {}
    assert feed_of(unclear, date_order=MONTH_FIRST).fields.received_at.formats == ["%m/%d/%Y %H:%M"]


def test_dates_that_contradict_each_other_are_asked():
    tried = drafted(("log.csv", (ROWS + MORE.replace("21/10", "10/21")).encode()))
    question = next(one for one in tried.draft.questions if one.is_blocking)
    assert "some dates can only be read one way and some only the other" in question.words


@pytest.mark.parametrize(
    ("cell", "format_"),
    [
        ("21.10.2026 10:00", "%d.%m.%Y %H:%M"),
        ("21-Oct-26 10:00:05", "%d-%b-%y %H:%M:%S"),
        ("Wed 21 October 2026 10:00", "%a %d %B %Y %H:%M"),
        ("October 21, 2026 10:00 PM", "%B %d, %Y %I:%M %p"),
        ("20261021 1000", "%Y%m%d %H%M"),
        ("2026/10/21 10:00", "%Y/%m/%d %H:%M"),
        ("2026-10-21T10:00:00Z", "iso8601"),
        ("46000.5", "excel"),
    ],
)
def test_a_written_time_has_a_format_of_a_declaration(cell, format_):
    written = read_written(cell)
    assert written.format(DAY_FIRST) == format_
    if format_ not in ("iso8601", "excel"):
        dt.datetime.strptime(cell, format_)  # noqa: DTZ007 - whether the format reads the cell


@given(st.dates(dt.date(2000, 1, 1), dt.date(2089, 12, 31)), st.sampled_from("/.-"), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_numeric_date_is_never_read_in_an_order_that_it_does_not_have(moment, mark, is_day_first):
    form = f"%d{mark}%m{mark}%Y" if is_day_first else f"%m{mark}%d{mark}%Y"
    written = read_written(moment.strftime(form))
    assert written is not None
    order = DAY_FIRST if is_day_first else MONTH_FIRST
    assert written.format(order) == form


def test_a_date_and_a_time_in_two_cells_are_one_moment():
    rows = "Case Ref|Date Reported|Time Reported|Incident Date|Incident Time|Case Type|Details of case\n" + "".join(
        f"C{number}|2{number}/10/2026|10:0{number}|20/10/2026|00:00|Noise|Somebody shouted in the street at night\n"
        for number in range(1, 5)
    )
    fields = feed_of(rows.replace("20/10/2026|00:00", "20/10/2026|22:15", 2)).fields
    assert fields.received_at.columns == ["Date Reported", "Time Reported"]
    assert fields.received_at.formats == ["%d/%m/%Y %H:%M"]
    assert fields.occurred_from.unknown_time == "00:00"


def test_names_texts_and_lines_of_an_address_are_joined():
    rows = (
        "Ref,Logged,Category,House No,Street,Town,Forename,Surname,Description,Action notes\n"
        "R1,2026-10-21 09:00,Noise,14,Dynes Road,Kemsing,Robin,Ashdown,Loud music from next door all night,"
        "Officer visited and spoke to them twice\n"
        "R2,2026-10-21 10:00,Graffiti,2,High Street,Swanley,Sasha,Merrow,Tags on the wall of the underpass,"
        "Cleaning crew booked for Friday this week\n"
    )
    fields = feed_of(rows).fields
    assert fields.place == ["House No", "Street", "Town"]
    assert fields.caller_name == ["Forename", "Surname"]
    assert fields.text == ["Description", "Action notes"]
    with pytest.raises(TaskingError, match="priority is read from one column"):
        feed_of(rows, priority="House No+Town")


def test_grid_references_with_letters_are_a_position():
    rows = "URN\tDate/time received\tNature\tGrid ref\tNarrative of call\n" + "".join(
        f"U-10{n}\t21/10/2026 1{n}:00\tNoise\tTQ 5312 54{n}3\tNoise of a party in the park\n" for n in range(3)
    )
    feed = feed_of(rows)
    assert (feed.file.delimiter, feed.fields.position.grid_reference) == ("\t", "Grid ref")


def test_records_under_a_key_and_compressed_files_are_read():
    records = {
        "count": 1,
        "data": [{"id": "X-1", "created": "2026-10-21T09:00:00Z", "type": "Noise", "description": "Loud music"}],
    }
    tried = drafted(("noise_2026-10-22.json.gz", gzip.compress(json.dumps(records).encode())))
    assert tried.draft.feed.file.records == "data"
    assert tried.dry_run.counts["read"] == 1


def test_a_column_that_may_be_the_reference_or_not_is_asked():
    rows = "Case ref,Log ref,Reported,Type,Details\n" + "".join(
        f"C{n},L{n},2026-10-21 1{n}:00,Noise,Loud music from next door again\n" for n in range(3)
    )
    tried = drafted(("log.csv", rows.encode()))
    question = next(one for one in tried.draft.questions if one.is_blocking)
    assert (question.key, [one.value for one in question.choices][:2]) == ("source_ref", ["Case ref", "Log ref"])
    assert feed_of(rows, source_ref="Log ref").fields.source_ref == "Log ref"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty (0 bytes)"),
        (
            b"A/001;21/10/2026;Noise\nA/002;22/10/2026;Litter\n",
            "line 1, column 1: a value was seen where the name of a column",
        ),
        (b'[{"id": 1,}', "is damaged at line 1, column 11"),
        (b'{"a": 1,\n"b": 2}', "an object without one list of records"),
        (b"%PDF-1.7 something", "the file is a PDF"),
        (b"Ref;Reported;Type;Details\n", "there are no rows below the header"),
    ],
)
def test_what_cannot_be_drafted_is_said_with_its_place(content, words):
    with pytest.raises(TaskingError) as error:
        drafted(("log.csv", content))
    assert "log.csv" in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"date_ordre": "day_first"}, "there is no such question"),
        ({"text": "Detials"}, "there is no column 'Detials'"),
        ({"text": "none"}, "every report needs it"),
        ({"transport": "pigeon"}, "choose one of: folder"),
        ({"sample_day": "yesterday"}, "give a day as YYYY-MM-DD"),
        ({"file_name": "log.csv"}, "the name must hold the day"),
        ({"encoding": "latin"}, "choose one of: utf-8"),
    ],
)
def test_a_wrong_answer_is_refused_with_what_is_right(answers, words):
    with pytest.raises(TaskingError, match=words.replace("(", r"\(")):
        drafted(("log_20261022.csv", (ROWS + MORE).encode()), **answers)


@pytest.mark.parametrize(
    ("feed", "partner", "names"),
    [
        ("Bad Name", "P", ["a.csv"]),
        ("desk", "P", ["a.csv"]),
        ("newfeed", " ", ["a.csv"]),
        ("newfeed", "P", ["a.csv", "a.csv"]),
    ],
)
def test_a_wrong_request_is_refused_in_words(feed, partner, names):
    samples = tuple(SampleFile(name, (ROWS + MORE).encode()) for name in names)
    with pytest.raises(TaskingError, match=r"can't be the name|Enter the partner|a name of its own"):
        draft(Include.of(ROOT / "include"), DraftRequest(feed, partner, samples))


def test_several_samples_tell_more_than_one():
    first = ("log_20261022.csv", ROWS.replace("21/10/2026", "05/10/2026").encode())
    tried = drafted(first, ("log_20261023.csv", (ROWS + MORE).encode()))
    assert not tried.draft.is_blocked
    assert len(tried.dry_run.rows) == 3
    assert tried.draft.feed.delivery.name == "log_{day:%Y%m%d}.csv"


def test_a_name_whose_day_has_two_readings_is_read_by_its_reports():
    assert [one.day for one in days_in("asb_221026.csv")] == [dt.date(2026, 10, 22), dt.date(2022, 10, 26)]
    assert feed_of(ROWS + MORE, "asb_221026.csv").delivery.name == "asb_{day:%d%m%y}.csv"
    assert feed_of(ROWS + MORE, "asb extract.csv").delivery.name == "newfeed-{day:%Y-%m-%d}.csv"


def test_references_are_a_pattern_and_get_other_numbers_of_the_same_shape():
    ours = ["46/00002/26", "46/00003/26", "46/09034/26"]
    assert reference_pattern(ours) == "^[0-9]{2}/[0-9]+/[0-9]{2}$"
    assert reference_pattern(["KB-0012", "RT-0013"]) == "^[A-Z]{2}-[0-9]+$"
    new = Renumbered([*ours, "KB-0012", "RT-0013"])
    assert [new.of(one) for one in ours] == ["46/00001/26", "46/00002/26", "46/00003/26"]
    assert {new.of("KB-0012"), new.of("RT-0013")} == {"AA-0001", "AB-0001"}


@given(st.lists(st.from_regex(r"[A-Z]{0,3}[-/]?[0-9]{1,6}", fullmatch=True), min_size=1, max_size=40, unique=True))
@settings(max_examples=100, deadline=None)
def test_two_references_never_become_one(references):
    new = Renumbered(references)
    assert len({new.of(one) for one in references}) == len(references)


def test_words_of_a_columns_name():
    assert words_of("CallerTel") == "caller tel"
    assert words_of("extended_attributes.about_name") == "about name"
    assert spans_of([2, 3, 4, 7]) == "2 to 4, 7"


def test_a_draft_is_written_whole_or_not_at_all(tmp_path):
    tried = drafted(("log_20261022.csv", (ROWS + MORE).encode()))
    (tmp_path / "expectations").mkdir()
    (tmp_path / "expectations/newfeed.json").write_text("{}")
    with pytest.raises(TaskingError, match="is there already"):
        write_draft(tried.draft, tmp_path)
    assert not (tmp_path / "feeds").exists()


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_drafted_or_refused_in_words(content):
    refused = ""
    try:
        tried = drafted(("log.csv", content))
    except TaskingError as error:
        refused = str(error)
    assert refused.startswith("log.csv") or tried.draft.questions or tried.draft.files
