"""The gazetteer of another district, from open data as Ordnance Survey lays it out."""

import csv
import json
import shutil

import pytest

from tasking.config.layers import Include
from tasking.model.errors import DeclarationError
from tasking.places import build, load_gazetteer

from .test_location_candidates import ROOT

NAMES = "ID NAMES_URI NAME1 NAME1_LANG NAME2 NAME2_LANG TYPE LOCAL_TYPE GEOMETRY_X GEOMETRY_Y MOST_DETAIL_VIEW_RES"
NAMES += " LEAST_DETAIL_VIEW_RES MBR_XMIN MBR_YMIN MBR_XMAX MBR_YMAX POSTCODE_DISTRICT"


def square(west, south, size):
    corners = [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


@pytest.fixture
def elsewhere(tmp_path):
    """A district around York, with two postcodes, two streets and a village, and as many of them outside."""
    include = tmp_path / "include"
    shutil.copytree(ROOT / "include", include)
    outline = square(-1.12, 53.93, 0.08)
    (include / "geo/district.geojson").write_text(json.dumps(outline))
    ward = {"type": "Feature", "properties": {"name": "Guildhall"}, "geometry": outline}
    (include / "geo/wards.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [ward]}))
    (include / "places.yml").write_text(
        "places:\n  - {name: Clifford's Tower, latitude: 53.9558, longitude: -1.0800}\n"
    )
    codes, names = tmp_path / "codepo", tmp_path / "opname"
    codes.mkdir()
    names.mkdir()
    postcodes = [
        ["YO1 9SA", 10, 460500, 451500],
        ["YO1 7HH", 10, 460300, 452200],
        ["LS1 1UR", 10, 430000, 433500],
        ["YO1 0XX", 90, 0, 0],
    ]
    with (codes / "yo.csv").open("w", newline="") as file:
        csv.writer(file).writerows([*row, "E92000001", "", "", "", "E06000014", "E05010328"] for row in postcodes)
    rows = [("Stonegate", "Named Road", 460300, 452000), ("High Petergate", "Named Road", 460200, 452200),
            ("Heworth", "Village", 461500, 452800), ("Briggate", "Named Road", 430200, 433400)]  # fmt: skip
    with (names / "SE.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, NAMES.split(), restval="")
        writer.writeheader()
        for name, kind, east, north in rows:
            writer.writerow({"NAME1": name, "TYPE": "x", "LOCAL_TYPE": kind, "GEOMETRY_X": east, "GEOMETRY_Y": north,
                             "MBR_XMIN": east - 600, "MBR_XMAX": east + 600, "MBR_YMIN": north - 500, "MBR_YMAX": north + 500})  # fmt: skip
    return include, codes, names


def test_another_districts_gazetteer_is_built_and_nothing_of_ours_is_left_in_it(elsewhere):
    include, codes, names = elsewhere
    built = build(include / "geo", codes, names)
    assert (built.postcodes, built.streets, built.towns) == (2, 2, 1)
    gazetteer = load_gazetteer(Include.of(include))
    assert list(gazetteer.postcodes.index) == ["YO1 7HH", "YO1 9SA"]
    assert set(gazetteer.postcodes["ward"]) == {"Guildhall"}
    assert gazetteer.public_name("12 High Petergate, Heworth") == ("High Petergate, Heworth", "Heworth")
    assert gazetteer.public_name("by Cliffords Tower")[0] == "Clifford's Tower"
    assert gazetteer.public_name("Manse Way, Swanley") == (None, None)


def test_a_file_of_another_layout_is_refused_in_words(elsewhere):
    include, codes, names = elsewhere
    (codes / "yo.csv").write_text("postcode,lat,lon\nYO1 9SA,53.9,-1.08\n")
    with pytest.raises(DeclarationError, match=r"yo\.csv, line 1: not as Code-Point Open"):
        build(include / "geo", codes, names)


def test_names_of_another_layout_are_refused_in_words(elsewhere):
    include, codes, names = elsewhere
    (names / "SE.csv").write_text("name,kind\nStonegate,road\n")
    with pytest.raises(DeclarationError, match=r"SE\.csv: column NAME1 is missing"):
        build(include / "geo", codes, names)
