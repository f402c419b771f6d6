"""Where a report may have happened: weighted spots from all that a partner sends."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tasking.config.layers import Include
from tasking.places import load_gazetteer, location_candidates
from tasking.places.names import words_of
from tasking.places.spots import to_grid

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def gazetteer():
    return load_gazetteer(Include.of(ROOT / "include"))


def found(gazetteer, place=None, postcode=None, latitude=np.nan, longitude=np.nan, text="nothing"):
    frame = pd.DataFrame(
        [{"place_text": place, "postcode": postcode, "latitude": latitude, "longitude": longitude, "text": text}]
    )
    return location_candidates(gazetteer, frame, 110.0)


def spots(one):
    return [
        (one.east_m[0, k], one.north_m[0, k], one.extent_m[0, k], one.weight[0, k])
        for k in range(4)
        if one.weight[0, k] > 0
    ]


def test_position_postcode_and_street_are_all_candidates(gazetteer):
    one = found(gazetteer, "MANSE WAY, SWANLEY", "BR8 8DD", 51.3925, 0.1880)
    assert len(spots(one)) == 4  # and the town, which says least
    assert one.weight[0].sum() == pytest.approx(1.0)
    assert one.weight[0].argmin() == 3
    assert one.names[0] == ("Manse Way",)


def test_a_street_is_the_one_of_its_town(gazetteer):
    edenbridge = spots(found(gazetteer, "High Street, Edenbridge"))[0]
    brasted = spots(found(gazetteer, "HIGH ST, BRASTED"))[0]
    assert np.hypot(edenbridge[0] - brasted[0], edenbridge[1] - brasted[1]) > 5000


def test_a_street_that_we_know_in_another_town_only_is_not_this_one(gazetteer):
    one = found(gazetteer, "Manse Way, Edenbridge")
    town_only = spots(one)
    assert len(town_only) == 1
    assert town_only[0][2] > 1000


def test_a_park_is_wider_than_a_door(gazetteer):
    park = spots(found(gazetteer, "Bradbourne Lakes"))[0]
    street = spots(found(gazetteer, "Manse Way"))[0]
    assert park[2] > street[2]


def test_near_and_opposite_widen_a_place(gazetteer):
    assert spots(found(gazetteer, "opp. Manse Way"))[0][2] > spots(found(gazetteer, "Manse Way"))[0][2]


def test_other_names_and_short_forms_are_one_place(gazetteer):
    assert found(gazetteer, "Greatness rec").names == found(gazetteer, "GREATNESS RECREATION GRD, SEVENOAKS").names
    assert found(gazetteer, "the station forecourt, Sevenoaks").names[0] == ("Sevenoaks station",)
    assert words_of("ST MARY'S RD") == words_of("St Marys Road") == ["saint", "marys", "road"]
    assert words_of("High St, Sevenoaks") == ["high", "street", "sevenoaks"]


def test_house_and_flat_numbers_are_read(gazetteer):
    assert found(gazetteer, "Flat 6, 40 St Mary's Road").house_numbers[0] == ("flat 6", "40")


def test_nothing_said_is_no_candidate(gazetteer):
    assert spots(found(gazetteer)) == []
    assert spots(found(gazetteer, "by the bins")) == []


def test_a_place_in_the_text_counts_only_where_the_place_says_nothing(gazetteer):
    assert spots(found(gazetteer, None, text="kids at Bradbourne Lakes again"))
    own = found(gazetteer, "Manse Way, Swanley", text="then off to Bradbourne Lakes")
    lakes = spots(found(gazetteer, "Bradbourne Lakes"))[0]
    assert all(np.hypot(spot[0] - lakes[0], spot[1] - lakes[1]) > 1000 for spot in spots(own))
    assert own.names_in_text[0] == ("Bradbourne Lakes",)


def test_grid_metres_are_those_of_the_ordnance_survey():
    east, north = to_grid(np.array([51.27687]), np.array([0.19221]))  # The Vine
    assert (round(float(east[0]), -2), round(float(north[0]), -2)) == (553000, 155400)
