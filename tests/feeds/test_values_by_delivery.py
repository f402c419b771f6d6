"""What a delivery's values come to: needed ones are held with words, optional ones blanked with a note."""

import datetime as dt
import re

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasking.config.feed import Feed, load_feed
from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.config.suite import load_suite
from tasking.intake.normalise import Normalised, normalise
from tasking.intake.pseudonyms import Pseudonyms
from tasking.intake.quality.suites import check
from tasking.intake.readers import Rows
from tasking.model.text import clean
from tasking.runtime.local import open_conventions

INCLUDE = Include.of(ROOT / "include")
HOUSE = open_conventions(INCLUDE, load_partnership(INCLUDE), Pseudonyms("k1", bytes(32)))
FEEDS = {path.stem: load_feed(path) for path in sorted((ROOT / "include/feeds").glob("*.yml"))}
SUITE = load_suite(ROOT / "include/expectations/report.json")
DAY = dt.date(2026, 10, 22)

RESIDENT = {
    "Reference": "CSU-2026-1000", "Submitted": "2026-10-21T07:52:00Z", "Name": "Ann Ash", "Phone": "07700 900703",
    "Stay anonymous": "N", "Reply wanted": "Y", "Date of incident": "2026-10-21", "Time of incident": "06:15",
    "Where": "The Green Westerham", "Postcode": "TN16 1AN", "About": "Rubbish dumped", "Someone at risk": "N",
    "Tell us what happened": "words",
}  # fmt: skip
WARDEN = {
    "ID": "1", "Completion time": "2026-10-21T09:15:00", "When did it happen?": "2026-10-21T08:00:00",
    "Where was it?": "Pells Lane", "What kind of issue is it?": "Environmental", "What happened?": "words",
}  # fmt: skip
POLICE = {
    "IncidentNo": "46/00010/26", "CreatedDT": "21/10/2026 07:05", "OccurredFrom": "21/10/2026 06:55", "Grade": "GRADE 1",
    "OpenCode": "CONCERN FOR WELFARE", "LocText": "MARKET SQ", "Log": "WORDS",
}  # fmt: skip
COUNCIL = {
    "service_request_id": "SDC-1", "requested_datetime": "2026-10-21T09:14:00+01:00", "service_name": "Fly-tipping",
    "description": "words",
}  # fmt: skip
HOUSING = {"Case Ref": "ASB260001", "Date Reported": "21/10/26", "Time Reported": "10:22", "Details": "words"}


def taken(feed: str | Feed, base: dict[str, str], *changes: dict[str, str | None]) -> Normalised:
    """A delivery of one row a change."""
    declared = FEEDS[feed] if isinstance(feed, str) else feed
    rows = pd.DataFrame([{**base, **change} for change in changes], dtype="str")
    rows = rows.reindex(columns=declared.fields.columns).astype("str").set_axis(range(1, len(changes) + 1))
    return normalise(declared, Rows(rows), DAY, HOUSE)


def held(feed: str, result: Normalised) -> dict[int, str]:
    return check(result.reports, [SUITE], feed, FEEDS[feed].placeholders).reasons


def values(result: Normalised, column: str) -> list[str | None]:
    return [None if pd.isna(one) else str(one) for one in result.reports[column]]


def london(result: Normalised, column: str = "occurred_from") -> list[str | None]:
    times = result.reports[column].dt.tz_convert("Europe/London")
    return [None if pd.isna(at) else f"{at:%Y-%m-%d %H:%M}" for at in times]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2016-10-21T07:52:00Z", "received long before this delivery: \"Submitted\" is more than 21 days before it"),
        ("0202-10-21T07:52:00Z", "not a date (no such year)"),
        ("9999-12-31T23:59:59-12:00", "not a date (no such year)"),
        ("2026-11-22T07:52:00Z", "in the future"),
        ("1792570440000", "not a date"),
        ("2026-10-21T09:14:00+99:00", "not a date"),
        ("2026-10-21T31:14:00Z", "not a time of day"),
        (None, "no time received"),
    ],
)  # fmt: skip
def test_a_time_received_that_cannot_be_is_held_with_words(text, reason):
    assert held("residents", taken("residents", RESIDENT, {"Submitted": text}))[1].startswith(reason)


def test_a_report_that_is_released_was_received_long_before_and_nothing_else():
    result = taken("police", POLICE, {"CreatedDT": "10/09/2026 06:34", "OccurredFrom": "10/09/2026 06:25"}, {})
    checked = check(result.reports, [SUITE], "police", FEEDS["police"].placeholders)
    assert list(checked.reasons) == [1]
    assert checked.releasable == {1}
    assert FEEDS["police"].source_columns(checked.columns[1][0]) == ["CreatedDT"]


@pytest.mark.parametrize(
    "text",
    ["2026-10-21T09:14:00+0100", "2026-10-21T09:14:00+01", "2026-10-21T08:14Z", "2026-10-21T08:14:00.123456789Z",
     "2026-10-21t08:14:00z", "20261021T081400Z", "2026-10-21T09:14:00 +01:00", "2026-10-21 09:14", "2026-W43-3T09:14:00",
     "２０２６-10-21T09:14", "2026-10-21T08:13:60Z"],
)  # fmt: skip
def test_every_form_of_iso_8601_is_read(text):
    result = taken("council", COUNCIL, {"requested_datetime": text})
    assert london(result, "received_at") == ["2026-10-21 09:14"]
    assert held("council", result) == {}


@pytest.mark.parametrize(
    ("day", "clock", "expected", "is_known"),
    [
        ("2026-10-21", "06:15", "2026-10-21 06:15", True),
        ("2026-10-21", "6:15", "2026-10-21 06:15", True),
        ("2026-10-21", "06:15:00", "2026-10-21 06:15", True),
        ("2026-10-20", "6.15pm", "2026-10-20 18:15", True),
        ("2026-10-20", "6 PM", "2026-10-20 18:00", True),
        ("2026-10-21", "12.30 a.m.", "2026-10-21 00:30", True),
        ("2026-10-21", "about 0615hrs", "2026-10-21 06:15", True),
        ("2026-10-20", "24:00", "2026-10-21 00:00", True),
        ("2026-10-21", "26:00", "2026-10-21 00:00", False),
        ("2026-10-21", "24:61", "2026-10-21 00:00", False),
        ("2026-10-21", "evening", "2026-10-21 00:00", False),
        ("2026-10-21", "0.25", "2026-10-21 00:00", False),
        ("2026-10-21", None, "2026-10-21 00:00", False),
        ("2026-10-21T00:00:00", "06:15", "2026-10-21 06:15", True),
        ("2026-11-10", "06:15", None, False),
        ("1926-10-21", "06:15", None, False),
        ("0202-10-21", "06:15", None, False),
        ("2026-13-21", "06:15", None, False),
        ("2026-02-31", "06:15", None, False),
        (None, "06:15", None, False),
    ],
)  # fmt: skip
def test_when_it_happened_is_read_as_far_as_it_can_be_and_never_held(day, clock, expected, is_known):
    result = taken("residents", RESIDENT, {"Date of incident": day, "Time of incident": clock})
    assert london(result) == [expected]
    assert bool(result.reports["is_occurred_time_known"].iloc[0]) == is_known
    assert held("residents", result) == {}
    is_whole = is_known or clock is None
    assert bool(result.notes) != is_whole
    assert all("“Time of incident”" in note and "(1)" in note for note in result.notes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("46316.333333333336", "2026-10-21 08:00"),
        ("46000.5", "2025-12-09 12:00"),
        ("44854.33333333334", None),  # the same morning, counted from 1904
        ("2026", None), ("1430", None), ("915", None), ("8", None), ("0.6", None), ("26:00", None), ("14:30:00", None),
        ("21/10", None), ("21102026", None), ("1900-01-01T02:00:00", None), ("79999", None), ("-46316", None),
        ("1E400", None), ("9" * 400, None), ("20261021", "2026-10-21 00:00"),
    ],
)  # fmt: skip
def test_a_number_is_a_date_only_where_that_date_can_be(text, expected):
    result = taken("wardens", WARDEN, {"When did it happen?": text})
    assert london(result) == [expected]
    assert held("wardens", result) == {}
    assert values(result, "occurred_text") == [text]
    assert bool(result.notes) == (expected is None)


def test_a_time_after_the_report_was_received_is_left_out():
    result = taken("residents", RESIDENT, {"Date of incident": "2026-10-21", "Time of incident": "23:30"})
    assert london(result) == [None]
    assert any("after the report was received" in note for note in result.notes)


@pytest.mark.parametrize("answer", ["No", "N/A", "NULL", "-", "not sensitive"])
def test_a_plain_no_to_is_it_sensitive_restricts_nothing(answer):
    assert values(taken("residents", RESIDENT, {"Handling": answer}), "sensitivity") == [None]


@pytest.mark.parametrize("text", ["NULL", "...", "?!?!", "n/a", "-"])
def test_words_for_nothing_are_nothing_reported(text):
    result = taken("residents", RESIDENT, {"Tell us what happened": text})
    assert held("residents", result)[1].startswith("nothing reported")


@pytest.mark.parametrize("reference", ["0", "000", "true", '["a"]'])
def test_what_is_no_reference_is_held(reference):
    assert held("residents", taken("residents", RESIDENT, {"Reference": reference}))[1].startswith("no reference")


def test_a_picture_says_something():
    assert held("residents", taken("residents", RESIDENT, {"Tell us what happened": "🔥🔥🔥"})) == {}


def test_a_clock_where_the_time_received_should_be_is_held():
    assert held("wardens", taken("wardens", WARDEN, {"Completion time": "915"}))[1].startswith("not a date")


def test_a_time_in_1970_or_next_year_is_left_out_with_one_note():
    at = "extended_attributes.occurred_datetime"
    result = taken(
        "council", COUNCIL, *({at: text} for text in ("1970-01-01T00:00:00Z", "2027-03-01T10:00:00+00:00", None))
    )
    assert london(result) == [None, None, None]
    assert held("council", result) == {}
    assert result.notes == (
        "2 rows (1, 2) with a time under “extended_attributes.occurred_datetime” that can't be right (after the "
        "delivery, or more than 366 days before it); kept without it",
    )


def test_an_end_before_the_beginning_is_left_out():
    result = taken("police", POLICE, {"OccurredTo": "21/10/2026 06:00"}, {"OccurredTo": "21/10/2026 07:00"})
    assert london(result, "occurred_to") == [None, "2026-10-21 07:00"]
    assert result.notes == ("1 row (1) with an end time under “OccurredTo” that is before the start; kept without it",)


@pytest.mark.parametrize(
    ("born", "is_kept"),
    [("1941-03-09", True), ("09/03/1941", True), ("1941-03-09T00:00:00", True), ("1899-12-31", False), ("2027-01-01", False),
     ("31/02/1941", False), ("1941", False), ("about 80", False), ("9999-12-31", False)],
)  # fmt: skip
def test_a_date_of_birth_that_cannot_be_is_left_out(born, is_kept):
    result = taken("police", POLICE, {"SubjectDOB": born})
    assert values(result, "subject_born_on") == [born if is_kept else None]
    assert bool(result.notes) != is_kept
    assert held("police", result) == {}


@pytest.mark.parametrize(
    ("text", "reference", "reason"),
    [
        ("46/00010/26", "46/00010/26", None),
        ("00042", "00042", None),
        ("700010.0", "700010", None),
        ("9007199254740993", "9007199254740993", None),
        ("2E45", "2E45", None),
        ("9.00719925474099E+15", "9.00719925474099E+15", "the reference has lost digits"),
        ("1e+16", "1e+16", "the reference has lost digits"),
        ("9007199254740993.0", "9007199254740993.0", "the reference has lost digits"),
        *((word, None, "no reference") for word in ("nan", "NaN", "null", "None", "#N/A", "#REF!", "-", "n/a", "\u200b")),
        ("46/" * 22, "46/" * 22, "not a reference"),
    ],
)  # fmt: skip
def test_a_reference_is_what_the_partner_meant_or_held(text, reference, reason):
    result = taken("police", POLICE, {"IncidentNo": text})
    assert values(result, "source_ref") == [reference]
    found = held("police", result)
    assert found == {} if reason is None else found[1].startswith(reason)


def test_references_are_one_in_any_case_where_the_feed_says_so():
    feed = FEEDS["housing"].model_copy(update={"ref_ignores_case": True})
    changes = ({}, {"Case Ref": "asb260001"})
    assert values(taken(feed, HOUSING, *changes), "source_ref") == ["ASB260001", "ASB260001"]
    assert values(taken("housing", HOUSING, *changes), "source_ref") == ["ASB260001", "asb260001"]


def test_strangers_with_a_placeholder_are_not_one_caller():
    phones = [{"Phone": "00000000000"}, {"Phone": "07000000000"}, {"Phone": "01234567890"}, {"Phone": "withheld"}]
    emails = [
        {"Phone": None, "Email": one} for one in ("noemail@council.gov.uk", "n/a@", "unknown@unknown.com", "none@none")
    ]
    result = taken("residents", RESIDENT, *phones, *emails)
    assert values(result, "caller_key") == [None] * 8
    assert values(result, "caller_name") == ["Ann Ash"] * 8
    assert [note.split(" with ")[0] for note in result.notes] == ["3 rows (1, 2, 3)", "4 rows (5, 6, 7, 8)"]
    assert not any("0000" in note or "@" in note for note in result.notes)


def test_of_two_numbers_and_two_postcodes_the_first_is_kept_and_the_rest_noted():
    result = taken("residents", RESIDENT, {"Phone": "07700900123 / 01632 960123", "Postcode": "TN16 1AN TN16 1AB"})
    assert values(result, "caller_phone") == ["+447700900123"]
    assert values(result, "postcode") == ["TN16 1AN"]
    assert result.notes == (
        "1 row (1) with more than one postcode under “Postcode”; the first was kept",
        "1 row (1) with more than one telephone number under “Phone”; the first was kept",
    )


def test_one_box_for_a_number_or_an_address_is_lost_only_where_it_has_neither():
    box = "Their contact number"
    result = taken("wardens", WARDEN, {box: "jane@example.org"}, {box: "07700 900123"}, {box: "her sister"})
    assert values(result, "caller_email") == ["jane@example.org", None, None]
    assert values(result, "caller_phone") == [None, "+447700900123", None]
    assert result.notes == (
        "1 row (3) with no usable telephone number or email address under “Their contact number”; kept without one",
    )


def test_a_person_is_one_in_any_spacing_case_and_unicode_form():
    names = ["Zoë Ash", "Zoe\u0308 Ash", "ZOË  ASH", "Zo\u200bë\u00a0Ash", "Ｚｏë Ash"]
    result = taken("residents", RESIDENT, *({"Person at risk": name} for name in names))
    assert len(set(values(result, "subject_key"))) == 1
    assert values(result, "subject_name") == names


def test_a_name_that_looks_like_nothing_is_kept_as_written_and_makes_no_two_people_one():
    names = ["Null", "NA", "None", "nan", "N/A"]
    result = taken(
        "residents",
        RESIDENT,
        *({"Name": name, "Person at risk": name} for name in names),
        {"Person at risk": "Jo Null"},
    )
    assert values(result, "caller_name")[:5] == names
    assert values(result, "subject_name")[:5] == names
    keys = values(result, "subject_key")
    assert keys[:5] == [None] * 5
    assert keys[5] is not None


def test_words_that_fit_anybody_make_no_person():
    names = ["Unknown male", "elderly lady", "NOT KNOWN", "Mrs Young", "Mr Man"]
    result = taken("residents", RESIDENT, *({"Person at risk": name} for name in names))
    assert [key is None for key in values(result, "subject_key")] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("clock", "expected", "is_noted"),
    [("10:22", "2026-10-21 10:22", False), ("10.22am", "2026-10-21 10:22", False), (None, "2026-10-21 00:00", False),
     ("lunchtime", "2026-10-21 00:00", True), ("25:61", "2026-10-21 00:00", True)],
)  # fmt: skip
def test_a_report_is_not_held_for_the_clock_beside_the_day_on_which_it_was_received(clock, expected, is_noted):
    result = taken("housing", HOUSING, {"Time Reported": clock})
    assert london(result, "received_at") == [expected]
    assert held("housing", result) == {}
    words = "1 row (1) with a time of day under “Time Reported” that can't be read; kept with the date only"
    assert (words in result.notes) == is_noted


def test_a_clock_without_its_day_is_no_time_received():
    assert held("housing", taken("housing", HOUSING, {"Date Reported": None}))[1].startswith("not a date")


@pytest.mark.parametrize("answer", ["Y", "y", "Y ", "y.", "Ｙ", "\u200bY"])
def test_yes_is_yes_however_it_is_typed(answer):
    result = taken("residents", RESIDENT, {"Reply wanted": answer, "Someone at risk": answer})
    assert result.reports[["wants_feedback", "is_vulnerable"]].iloc[0].tolist() == [True, True]
    assert result.notes == ()


def test_a_figure_is_yes_only_where_the_feed_declares_it():
    result = taken("residents", RESIDENT, {"Someone at risk": "1"}, {"Reply wanted": "1"})
    assert result.notes == (
        "1 row (2) with an answer under “Reply wanted” that is neither yes nor no; treated as no",
        "1 row (1) with an answer under “Someone at risk” that is neither yes nor no; treated as yes",
    )


def test_words_that_nobody_can_see_are_nothing_reported():
    assert held("residents", taken("residents", RESIDENT, {"Tell us what happened": "\u200b\u2060"}))[1].startswith(
        "nothing reported"
    )


def test_a_note_counts_rows_and_category_words_as_people_do():
    odd = {"When did it happen?": "soon", "What kind of issue is it?": "SPACE DEBRIS"}
    one, two = (taken("wardens", WARDEN, *[odd] * count).notes for count in (1, 2))
    assert one[0] == "1 row (1) with a time under “When did it happen?” that can't be read; kept without it"
    assert two[0].startswith("2 rows (1, 2) with a time")
    assert one[1].startswith("1 category word that include/categories.yml does not know, like no known category, ")


def test_a_report_with_a_date_alone_does_not_claim_a_time():
    formats = {"formats": ["iso8601", "excel", "%d %B %Y"], "unknown_time": None}
    feed = FEEDS["wardens"]
    occurred = feed.fields.occurred_from.model_copy(update=formats)
    feed = feed.model_copy(update={"fields": feed.fields.model_copy(update={"occurred_from": occurred})})
    result = taken(feed, WARDEN, {"When did it happen?": "21 October 2026"}, {"When did it happen?": "46316.25"})
    assert london(result) == ["2026-10-21 00:00", "2026-10-21 06:00"]
    assert result.reports["is_occurred_time_known"].tolist() == [False, True]


TRICKY = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"[0-9T:/., +\-Zapm°NSEW@]{0,24}", fullmatch=True),
    st.sampled_from(
        ["nan", "NaT", "inf", "-inf", "1e400", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-10-25 01:30",
         "29/03/2026 01:30", "31/12/99", "29/02/00", "46316.5", "9" * 400, "07700 900123", "\u0661\u0662", "İıſK", "51,27", "0,0",
         "a@b", "@", "+", "+44", "(" * 50, "-" * 300, "1 " * 200, "a." * 200 + "@x.org", "x" * 100_000, "1" * 100_000, "@" * 5000]
    ),
).map(clean)  # fmt: skip


@pytest.mark.parametrize("name", sorted(FEEDS))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_cell_of_any_feed_stops_a_delivery_or_loses_a_row(name, data):
    feed = FEEDS[name]
    columns = feed.fields.columns
    cells = data.draw(st.lists(st.lists(st.none() | TRICKY, min_size=len(columns), max_size=len(columns)), max_size=9))
    frame = pd.DataFrame(cells, columns=columns, dtype="str", index=pd.RangeIndex(1, len(cells) + 1))
    frame = frame.mask(frame == "").astype("str")
    result = normalise(feed, Rows(frame), DAY, HOUSE)
    assert result.reports.index.equals(frame.index)
    for column in ("occurred_from", "occurred_to"):
        known = result.reports[column].dropna()
        assert known.empty or (
            known.min() > pd.Timestamp("2025-10-01", tz="UTC") and known.max() < pd.Timestamp("2026-10-23", tz="UTC")
        )
    assert all(
        re.match(r"(1 row|[2-9] rows) \(|(1 category word|[2-9] category words) ", note) for note in result.notes
    )


def test_a_feed_that_declares_a_longer_span_reads_older_reports():
    feed = FEEDS["police"].model_copy(update={"received_within_days": 60, "occurred_within_days": 4000})
    result = taken(feed, POLICE, {"CreatedDT": "10/09/2026 06:34", "OccurredFrom": "21/10/2017 06:55"})
    assert check(result.reports, [SUITE], "police", feed.placeholders).reasons == {}
    assert london(result) == ["2017-10-21 06:55"]
