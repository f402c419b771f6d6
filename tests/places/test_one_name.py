"""One place has one name, whatever partners call it; a street has its town."""

from pathlib import Path

import pytest
from conftest import ROOT

from tasking.config.layers import Include
from tasking.places import load_gazetteer
from tasking.places.place_choices import place_choices


@pytest.fixture(scope="module")
def gazetteer():
    return load_gazetteer(Include.of(Path(ROOT) / "include", None))


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (("Bradbourne Lakes", "bradbourne lks, Sevenoaks", "B'BOURNE LAKES SEVENOAKS"), "Bradbourne Lakes"),
        (("The Vine", "the vine, Sevenoaks"), "The Vine"), (("Broke Hill, Halstead", "broke hill golf club"), "Broke Hill"),
        (("Manse Way", "MANSE WAY, SWANLEY", "12 Manse Way Swanley"), "Manse Way, Swanley"),
        (("40 St Mary's Road", "flats St Mary's rd", "ST MARYS ROAD, SWANLEY"), "St Mary's Road, Swanley"),
        (("the station forecourt, Sevenoaks", "Sevenoaks stn"), "Sevenoaks station"),
        (("High Street, Edenbridge", "23 HIGH ST EDENBRIDGE"), "High Street, Edenbridge"),
    ],
)  # fmt: skip
def test_whatever_partners_call_it(gazetteer, texts, name):
    assert {gazetteer.public_name(text)[0] for text in texts} == {name}


def test_a_street_of_several_towns_without_its_town_has_none(gazetteer):
    assert gazetteer.public_name("High Street") == ("High Street", None)


def test_a_report_by_hand_has_the_name_that_partners_reports_have(gazetteer):
    # Swanley Village is nearer to Manse Way than the middle of Swanley, in which it lies.
    for typed in ("manse way", "Bradbourne Lakes", "holly bush lane", "pells lane", "hever road, edenbridge"):
        assert [one.name for one in place_choices(gazetteer, typed)] == [gazetteer.public_name(typed)[0]]


def test_a_name_is_the_name_of_itself(gazetteer):
    for text in ("Bradbourne Lakes", "Manse Way", "High Street, Swanley", "Pells Lane", "swimming pool, Sevenoaks"):
        name, _ = gazetteer.public_name(text)
        assert gazetteer.public_name(name)[0] == name


def test_names_of_earlier_versions_are_known_as_the_same_place(gazetteer):
    assert gazetteer.is_same_place("Bradbourne Lakes, Sevenoaks", "Bradbourne Lakes")
    assert gazetteer.is_same_place("Manse Way", "Manse Way, Swanley")
    assert not gazetteer.is_same_place("High Street", "High Street, Swanley")
    assert not gazetteer.is_same_place("The Vine", "Knole Park")


def test_the_name_is_ours_and_never_a_partners_words(gazetteer):
    name, town = gazetteer.public_name("Flat 6, 40 St Mary's Road, ask for Nell Tredinnick")
    assert (name, town) == ("St Mary's Road, Swanley", None)
