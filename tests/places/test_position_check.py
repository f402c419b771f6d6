"""A position, a postcode and a place named that do not agree are noticed, and said in words."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking.config.layers import Include
from tasking.places import load_gazetteer
from tasking.places.position_check import conflict_words, place_conflict

from .test_location_candidates import ROOT

GAZETTEER = load_gazetteer(Include.of(ROOT / "include"))
MANSE_WAY = (51.3925, 0.1880)  # in Swanley; BR8 8DD is on it
EDENBRIDGE = (51.1960, 0.0660)
TN8 = str(next(code for code in GAZETTEER.postcodes.index if code.startswith("TN8 5")))


def conflict(place=None, postcode=None, at=(None, None)):
    report = {"place_text": place, "postcode": postcode, "latitude": at[0], "longitude": at[1]}
    return place_conflict(GAZETTEER, report, 110.0)


def test_what_agrees_is_no_conflict():
    assert conflict("MANSE WAY, SWANLEY", "BR8 8DD", MANSE_WAY) is None
    assert conflict("Manse Way, Swanley", None, MANSE_WAY) is None
    assert conflict("Manse Way, Swanley", "BR8 8DD") is None


@pytest.mark.parametrize(
    ("place", "postcode", "at", "odd", "words"),
    [
        ("Manse Way, Swanley", "BR8 8DD", EDENBRIDGE, "position",
         r"the position is 2\d\.\d km or more from the postcode and Manse Way, Swanley, which agree: it may be a mistake"),
        ("Manse Way, Swanley", TN8, MANSE_WAY, "postcode",
         r"the postcode is 2\d\.\d km or more from the position and Manse Way, Swanley, which agree: it may be the caller’s"),
        ("Stangrove Park", "BR8 8DD", MANSE_WAY, "place",
         r"Stangrove Park is 2\d\.\d km or more from the position and the postcode, which agree: there may be another"),
    ],
)  # fmt: skip
def test_of_three_the_odd_one_is_named(place, postcode, at, odd, words):
    found = conflict(place, postcode, at)
    assert found.odd == odd
    assert pd.Series([found.words]).str.match(words).all(), found.words


def test_of_two_nothing_tells_which_is_wrong():
    found = conflict("Manse Way, Swanley", None, EDENBRIDGE)
    assert found.odd is None
    assert found.words.startswith("the position is 2")
    assert found.words.endswith("km from Manse Way, Swanley; one of them may be wrong")


def test_less_than_two_of_them_are_no_conflict():
    for one in (conflict(), conflict("by the bins", None, MANSE_WAY), conflict(None, "ZZ1 1ZZ", MANSE_WAY)):
        assert one is None


def test_a_street_that_several_towns_have_is_near_if_one_of_them_is():
    assert conflict("High Street", None, EDENBRIDGE) is None


def test_a_farm_outside_the_village_is_said_to_be_in_it():
    town = next(one for one in GAZETTEER.towns.values() if one.name == "Penshurst").spot
    from pyproj import Transformer

    to_degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(town.east_m + town.extent_m + 1500, town.north_m)
    assert conflict("a farm in Penshurst", None, (latitude, longitude)) is None


def test_a_partners_wording_is_not_in_the_words():
    report = {"report_id": "police:1", "feed": "police", "place_text": "Flat 6, 40 Manse Way, Swanley, home of Orla Quill",
              "postcode": None, "latitude": EDENBRIDGE[0], "longitude": EDENBRIDGE[1]}  # fmt: skip
    (words,) = conflict_words(
        GAZETTEER, [report, report | {"report_id": "police:2", "latitude": None}], lambda _: 110
    ).values()
    assert "Orla" not in words
    assert "40" not in words.split("km")[1]


@given(st.floats(51.1, 51.45), st.floats(0.0, 0.35), st.sampled_from(list(GAZETTEER.postcodes.index[::97])),
       st.sampled_from(["Manse Way, Swanley", "High Street", "Otford", "Knole Park", None]))  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_a_conflict_is_of_what_is_said_and_far_enough(latitude, longitude, postcode, place):
    found = conflict(place, postcode, (latitude, longitude))
    if found is None:
        return
    assert len(set(found.said)) == len(found.said) in (2, 3)
    assert found.apart_m > 500
    assert np.isfinite(found.apart_m)
    assert place or "place" not in found.said
