"""Whatever anybody writes is read: no exception, and soon."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from speed import assert_soon

from tasking.config.categories import load_categories
from tasking.linkage import features_from_json, text_features
from tasking.linkage.event_time import event_time
from tasking.linkage.features import ReportLocation
from tasking.linkage.person_keys import person_keys
from tasking.linkage.report_facts import _Complainants, facts_of, wall_hours
from tasking.places import location_candidates

LONDON = ZoneInfo("Europe/London")
RECEIVED = dt.datetime(2026, 10, 21, 9, 0, tzinfo=LONDON)
SOON_S = 0.1  # processor seconds
ANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

WORDS = """FRİDAY sıx lİast monday Sun o'clock between 9 and 10 half past seven quarter to ten yesterday last night weekend
23:59 0:00 99.99am 31/02 30/13/2026 29/02 00/00 5 nov 999 hours ago ten past 99 12 noon midnight since tonight £ £1,000,000k
hundred thousand pounds val tbc flat 6 no 16 (41) St Marys Road GN58 IQD AB12 SDC-700012 ABC12345 separate again update:
domestic abuse do\u200bmestic Anon Mr O'Neill C.D. Kathryn\u212a \u0661\u0662:\u0663\u0660 \ud83d \x00 \u202e ﬁve ½ ²""".split()
ODD = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=st.characters(), max_size=60),  # half an emoji too
    st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=40).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=8).map("".join),
)
LONG = [
    "between 9 " + " " * 50_000, "a" * 12_000, "a-" * 6_000, "1," * 6_000, "no 1 " * 3_000, "mon " * 3_000, "MON " * 3_000,
    "ten past " * 1_500, "one hundred " * 1_500 + "pounds", "GN58 IQD AB12 " * 900, "£" + "9" * 12_000, "(" * 12_000,
    "5 " + "x " * 6_000, "farm road " * 1_200, "\u0301" * 12_000, "ﷺ" * 12_000, "sending " * 2_000, "dash " + "is " * 4_000,
    " ".join(f"AB{n:02d} C{chr(65 + n % 26)}D" for n in range(1_000)), "domestic " * 1_500, "\ud800" * 12_000, "a" + "\u0301\u0316" * 65_000,
]  # fmt: skip
MOMENTS = st.datetimes(timezones=st.sampled_from([dt.UTC, LONDON, ZoneInfo("Pacific/Kiritimati")])) | st.sampled_from(
    [
        dt.datetime.min.replace(tzinfo=dt.UTC),
        dt.datetime.max.replace(tzinfo=dt.UTC),
        dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
    ]
)


def key(domain: str, value: str) -> int:
    value.encode()  # a pseudonym is made of bytes
    return hash((domain, value)) % 2**47 + 1


@ANY
@example("FRİDAY sıx lİast ten past sıx", RECEIVED, None, None)
@example("yesterday", dt.datetime.min.replace(tzinfo=dt.UTC), None, None)
@example("last night", dt.datetime.max.replace(tzinfo=dt.UTC), None, dt.datetime.min.replace(tzinfo=dt.UTC))
@given(ODD, MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS)
def test_when_it_happened_can_be_said_of_any_text_and_any_times(text, received, since, until):
    for is_known in (True, False):
        found = event_time(received, since, until, is_known, text, LONDON)
        assert found.first <= found.last
        assert found.slack_h > 0
        assert wall_hours(found.first.timestamp() / 3600, LONDON) == pytest.approx(
            found.first.timestamp() / 3600,
            abs=2.01,  # in the war the clocks were two hours ahead
        )


@pytest.mark.parametrize(
    ("text", "hour"), [("at sıx o'clock this morning", 6), ("FRİDAY half past seven", 7), ("ｔｅｎ past five", 5)]
)
def test_letters_that_only_look_otherwise_are_read_as_what_they_are(text, hour):
    received = dt.datetime(2026, 10, 23, 9, 0, tzinfo=LONDON)
    assert event_time(received, None, None, False, text, LONDON).first.astimezone(LONDON).hour == hour


@pytest.mark.parametrize("read", [
    text_features.plates, text_features.sums_of_money, text_features.count, text_features.house_numbers, text_features.says_separate, text_features.says_reported_before, text_features.references,
    text_features.normalised_reference, lambda text: person_keys(text, text, key),
    lambda text: event_time(RECEIVED, None, None, False, text, LONDON),
])  # fmt: skip
def test_things_times_and_people_are_read_of_any_text(read):
    @ANY
    @given(ODD)
    def check(text):
        read(text)

    check()
    for text in LONG:
        assert_soon(lambda text=text: read(text), SOON_S, text[:20])


def test_what_is_read_of_a_text_can_be_stored():
    @ANY
    @example("one " + "hundred " * 10 + "thousand pounds")
    @example("£9999999999999")
    @given(ODD)
    def check(text):
        assert all(0 < value < 2**62 for value in text_features.sums_of_money(text))
        counted = text_features.count(text)
        assert counted is None or 0 <= counted.low <= counted.high <= 500

    check()


def test_words_and_places_are_read_of_any_text(linking_desk):
    gazetteer, lexicon = linking_desk.gazetteer, linking_desk.linker.lexicon

    @ANY
    @given(ODD, st.sampled_from([None, np.nan, 51.28, 0.0, 91.0, -1e308, np.inf]))
    def check(text, degrees):
        lexicon.find_concepts(text)
        gazetteer.public_name(text)
        frame = pd.DataFrame({
            "place_text": [text, None], "text": [None, text], "postcode": [text, None],
            "latitude": [degrees, 51.28], "longitude": [0.19, degrees],
        }, dtype=object)  # fmt: skip
        found = location_candidates(gazetteer, frame, 110.0)
        assert np.isfinite(found.east_m).all()

    check()
    for text in LONG:
        assert_soon(lambda text=text: lexicon.find_concepts(text), 2 * SOON_S, text[:20])
        assert_soon(lambda text=text: gazetteer.public_name(text), 2 * SOON_S, text[:20])


def test_what_is_restricted_can_be_judged_of_any_text():
    categories = load_categories(ROOT / "include/categories.yml")
    complainants = _Complainants(categories.high_risk, frozenset())

    @ANY
    @given(ODD)
    def check(text):
        stored = text.encode("utf-8", "replace").decode()
        categories.classify(pd.Series([stored, None], dtype="str"), pd.Series([None, stored], dtype="str"))
        categories.code_of(text)
        complainants.may_be({"is_anonymous": False, "caller_key": "k", "caller_phone": None, "caller_name": text})

    check()


@pytest.mark.parametrize("words", [
    "domestic abuse", "do\u200bmestic abuse", "ｄｏｍｅｓｔｉｃ abuse", "DOMESTİC ABUSE", "domestıc  abuse", "dome\u00adstic\nabuse",
    "dome\uffa0stic abuse", "x" * 9_000 + " domestic abuse",
])  # fmt: skip
def test_words_that_restrict_do_it_however_they_are_disguised(words):
    categories = load_categories(ROOT / "include/categories.yml")
    judged = categories.classify(pd.Series(["Noise"], dtype="str"), pd.Series([f"there was {words} here"], dtype="str"))
    assert judged.is_restricted.tolist() == [True]


def test_a_text_that_is_too_long_to_be_searched_is_restricted(linking_desk):
    text = "noise " * 20_000
    judged = linking_desk.conventions.categories.classify(
        pd.Series(["Noise"], dtype="str"), pd.Series([text], dtype="str")
    )
    assert judged.is_restricted.tolist() == [True]
    assert linking_desk.extractor.extract(row(text=text), ReportLocation()).is_sensitive


def row(**told):
    nothing = dict.fromkeys(
        ("text", "category_text", "caller_name", "subject_name", "subject_born_on", "occurred_from", "occurred_to"),
        None,
    )
    return nothing | {"received_at": RECEIVED, "is_occurred_time_known": False, "source_ref": "1"} | told


def test_a_whole_report_is_read_whatever_stands_in_its_fields(linking_desk):
    cell = ODD | st.none() | st.integers() | st.floats()

    @ANY
    @given(st.fixed_dictionaries({
        "text": cell, "category_text": cell, "caller_name": cell, "subject_name": cell, "subject_born_on": cell,
        "source_ref": cell, "received_at": MOMENTS, "occurred_from": st.none() | MOMENTS, "occurred_to": st.none() | MOMENTS,
        "is_occurred_time_known": st.booleans(),
    }))  # fmt: skip
    def check(report):
        read = linking_desk.extractor.extract(report, ReportLocation())
        assert features_from_json(read.to_json()) == read
        more = {"report_id": "a:1", "feed": "police", "revision": 1, "day": dt.date(2026, 10, 21), "is_vulnerable": False, "sensitivity": None,
                "category": "noise", "is_anonymous": False, "caller_key": "k", "caller_phone": None}  # fmt: skip
        if all(isinstance(report[name], str) or report[name] is None for name in ("text", "caller_name")):
            frame = pd.DataFrame([{**report, **more}], dtype=object)
            _, faults = facts_of(linking_desk.linkage, frame, [read], [None])
            assert not faults

    check()


@pytest.mark.parametrize("text", LONG, ids=lambda text: ascii(text[:12]))
def test_a_long_report_is_read_soon(linking_desk, text):
    report = row(text=text, caller_name=text, subject_name=text, category_text=text, source_ref=text)
    assert_soon(lambda: linking_desk.extractor.extract(report, ReportLocation()), 4 * SOON_S)
