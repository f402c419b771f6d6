"""Postcodes, phones, pseudonyms, categories and positions in one form."""

import datetime as dt
import json

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from tasking.config.categories import load_categories
from tasking.config.layers import Include
from tasking.intake.contacts import normalised_phones
from tasking.intake.positions import Area
from tasking.intake.postcodes import read_postcodes
from tasking.intake.pseudonyms import Pseudonyms
from tasking.places import load_gazetteer

CATEGORIES = load_categories(ROOT / "include" / "categories.yml")
AREA = Area(ROOT / "include/geo/district.geojson", 1000, (50.85, 51.55, -0.15, 1.55))
GAZETTEER = load_gazetteer(Include.of(ROOT / "include"))


def series(*values: str | None) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def postcodes(*values: str) -> list[str | None]:
    return [None if pd.isna(one) else one for one in read_postcodes(series(*values)).first]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tn131aa", "TN13 1AA"),
        ("TN13 1aa ", "TN13 1AA"),
        ("BR8 8DD", "BR8 8DD"),
        ("TN14 7AU", "TN14 7AU"),
        ("TN13 OAA", "TN13 0AA"),  # letter O for zero
        ("TN13 IOO", None),
        ("not known", None),
        ("", None),
    ],
)
def test_a_postcode_is_put_right_or_left_out(text, expected):
    assert postcodes(text) == [expected]


def test_real_postcodes_are_left_as_they_are():
    real = list(GAZETTEER.postcodes.index[:500])
    assert postcodes(*real) == real


@given(st.text(max_size=12))
def test_no_text_breaks_the_postcode_reader(text):
    (found,) = postcodes(text)
    assert found is None or postcodes(found) == [found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("07700 900821", "+447700900821"),
        ("+44 7700 900821", "+447700900821"),
        ("(01632) 960 501", "+441632960501"),
        ("0044 1632 960501", "+441632960501"),
        ("someone@example.org", None),
        ("Anon", None),
        (None, None),
    ],
)
def test_a_phone_is_put_in_one_form(text, expected):
    found = normalised_phones(series(text)).iloc[0]
    assert (None if pd.isna(found) else found) == expected


def test_a_pseudonym_tells_callers_apart_and_says_nothing():
    ours, other = Pseudonyms("k1", b"a" * 32), Pseudonyms("k1", b"b" * 32)
    phone = "+447700900821"
    assert ours.for_value("caller", phone) == ours.for_value("caller", phone)
    assert ours.for_value("caller", phone) != ours.for_value("person", phone)
    assert ours.for_value("caller", phone) != other.for_value("caller", phone)
    assert ours.for_value("caller", phone).startswith("k1:")


def judged(word: str | None, text: str = "nothing special"):
    result = CATEGORIES.classify(series(word), series(text))
    named = [*result.restricted_words, *(one for one, _, _ in result.matched_words), *result.unknown_words]
    return result.category.iloc[0], bool(result.is_restricted.iloc[0]), named


def test_a_category_belongs_to_a_priority_and_an_asb_kind():
    found = CATEGORIES.classify(series("ASB - NOISE", "BURGLARY - RESIDENTIAL", "SPACE DEBRIS"), series("a", "b", "c"))
    assert found.priority.fillna("").tolist() == ["asb", "serious_acquisitive", ""]
    assert found.asb_kind.fillna("").tolist() == ["nuisance", "", ""]


def test_an_unknown_category_is_named_and_restricted_only_where_the_text_says_so():
    assert judged("SPACE DEBRIS") == ("unknown", False, ['"SPACE DEBRIS"'])
    assert judged("SPACE DEBRIS", "his ex-partner threw it")[1]
    assert judged(None)[:2] == ("unknown", True)


def test_a_sentence_in_the_category_column_is_not_quoted():
    assert judged("Jane Doe of 14 High Street rang us again on 07700 900123")[2] == ["(a long or odd value)"]


@pytest.mark.parametrize(
    "word",
    ["DOMESTIC INCIDENT", "Stalking", "PREVENT REFERRAL", "MISSING PERSON - CHILD", "Safeguarding referral - adult",
     "MENTAL HEALTH / CONCERN FOR SAFETY", "ASB Cat A - DA", "Cuckooing concern", "Modern slavery concern"],
)  # fmt: skip
def test_what_is_sensitive_by_its_kind_is_restricted_without_a_flag(word):
    assert judged(word)[1]


@pytest.mark.parametrize("text", ["He says he is SUICIDAL", "her ex-partner is outside", "Refer to adult social care"])
def test_what_is_sensitive_by_its_words_is_restricted_whatever_the_category(text):
    assert judged("ASB - NOISE", text)[1]
    assert not judged("ASB - NOISE", "loud music until two")[1]


def test_the_labelled_words_are_all_known():
    lines = (ROOT / "tests/gold/dev.jsonl").read_text().splitlines()
    words = {json.loads(line)["kind"] for line in lines}
    assert [word for word in words if CATEGORIES.code_of(word) == "unknown"] == []


def test_positions_are_ours_within_a_kilometre_of_the_line():
    latitude = pd.Series([51.2768, 51.41298, 51.45, 51.27])
    longitude = pd.Series([0.1817, 0.16978, 0.37, 0.52])
    assert AREA.contains(latitude, longitude).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MANSE WAY, SWANLEY", "Manse Way, Swanley"),
        ("14 Dynes Rd, Kemsing", "Dynes Road, Kemsing"),
        ("the vine bandstand", "The Vine"),
        ("Robert'); DROP TABLE report;--", None),
        ("Jane Doe's back garden", None),
    ],
)
def test_a_public_name_is_ours_and_never_the_partners_wording(text, name):
    assert GAZETTEER.public_name(text)[0] == name


def test_bank_holidays_are_no_meeting_days():
    from tasking.config.partnership_file import load_partnership

    calendar = load_partnership(Include.of(ROOT / "include")).calendar
    assert not calendar.is_meeting_day(dt.date(2026, 12, 28))  # Boxing Day falls on a Saturday
    assert calendar.previous_meeting(dt.date(2026, 12, 29)) == dt.date(2026, 12, 24)
    since, until = calendar.reporting_window(dt.date(2026, 3, 30))
    assert (until - since).total_seconds() / 3600 == 71
