"""Open data as it is shipped: what is read, in every form, and what is refused, in words."""

import csv
import io
import json
import math
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking.model.errors import DeclarationError
from tasking.places.open_data.boundaries import read_outline, read_wards, to_geojson
from tasking.places.open_data.code_point import postcode_area, read_code_point
from tasking.places.open_data.open_names import read_open_names, square_of
from tasking.places.open_data.sites import Site, merge_sites, read_sites, usual_names

from . import open_data as york

EVERYWHERE = (0.0, 0.0, 700_000.0, 1_300_000.0)
# Files


@pytest.fixture
def there(tmp_path):
    return york.shipped(tmp_path / "shipped")


def unpacked(path: Path) -> Path:
    folder = path.with_suffix("")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


def test_a_zip_its_folder_and_its_data_alone_are_read_alike(there):
    for option, read in (("postcodes", read_code_point), ("names", lambda path: read_open_names(path, EVERYWHERE))):
        folder = unpacked(there[option])
        found = list(read(there[option]))
        assert len(found) > 10
        assert list(read(folder)) == found
        assert list(read(folder / "Data")) == found
        assert list(read(next((folder / "Data").rglob("*.csv")))) == found


def test_a_header_put_among_the_data_is_none_of_them(there):
    """As the product guide advises: renamed, so that it comes first when the files are put together."""
    folder = unpacked(there["names"])
    before = list(read_open_names(folder, EVERYWHERE))
    (folder / "Doc" / "OS_Open_Names_Header.csv").rename(folder / "Data" / "a_OS_Open_Names_Header.csv")
    assert list(read_open_names(folder / "Data", EVERYWHERE)) == before
    one = folder / "all.csv"
    one.write_text(york.csv_text([york.NAMES_HEADER, *york.names_rows()]))
    assert list(read_open_names(one, EVERYWHERE)) == before


def test_columns_are_those_of_the_header(there):
    folder = unpacked(there["names"])
    before = list(read_open_names(folder, EVERYWHERE))
    rows = list(
        csv.reader(io.StringIO(york.csv_text([[one.lower() for one in york.NAMES_HEADER], *york.names_rows()])))
    )
    turned = folder.parent / "turned.csv"
    turned.write_text(york.csv_text([[*row[8:], *row[:8]] for row in rows]))
    assert list(read_open_names(turned, EVERYWHERE)) == before


def test_the_files_of_squares_far_away_are_left_unread(there):
    folder = unpacked(there["names"])
    (folder / "Data" / "TQ64.csv").write_text(
        york.csv_text([york.name_row("Far Lane", "transportNetwork", "Named Road", 561_000, 141_000)]) + '"no end'
    )
    box = (york.WEST, york.SOUTH, york.WEST + york.SIDE, york.SOUTH + york.SIDE)
    assert "Far Lane" not in {name for row in read_open_names(folder, box) for name in row.names}


def test_a_file_named_for_another_square_than_its_rows_is_read(there):
    folder = unpacked(there["names"])
    (folder / "Data" / "SE44.csv").rename(folder / "Data" / "TQ64.csv")
    box = (york.WEST, york.SOUTH, york.WEST + york.SIDE, york.SOUTH + york.SIDE)
    assert len(list(read_open_names(folder, box))) > 10


@pytest.mark.parametrize(
    ("name", "square"),
    [
        ("SE.csv", (400_000, 400_000, 500_000, 500_000)),
        ("TQ64.csv", (560_000, 140_000, 580_000, 160_000)),
        ("SV80.csv", (80_000, 0, 100_000, 20_000)),
        ("HP40.csv", (440_000, 1_200_000, 460_000, 1_220_000)),
        ("NO22.csv", (320_000, 720_000, 340_000, 740_000)),
    ],
)
def test_squares_of_the_national_grid(name, square):
    assert square_of(name) == square


@pytest.mark.parametrize("name", ["me.csv.csv", "SI.csv", "outputfile.csv", "SE4.csv", "SE444.csv"])
def test_other_names_are_no_squares(name):
    assert square_of(name) is None


@pytest.mark.parametrize(
    ("option", "content", "words"),
    [
        ("postcodes", york.csv_text(york.names_rows()), "line 1: not as Code-Point Open is laid out; this looks like OS Open Names"),
        ("names", york.csv_text(york.postcode_rows()), "column NAME1 is missing.*this looks like Code-Point Open"),
        ("names", "name,kind\nStonegate,road\n", "column NAME1 is missing; OS Open Names has it"),
        ("names", york.csv_text([*york.names_rows()[:1], ["x", "y"]]), "line 2: not as OS Open Names is laid out"),
        ("postcodes", 'YO1 9SA,10,"460500', "not as Code-Point Open|can't be read"),
        ("postcodes", "YO1 9SA,10,nan,inf,,,,,,\n", "line 1: not as Code-Point Open"),
        ("names", b"\xff\xfe\x00x", "not text in UTF-8"),
        ("postcodes", b"PK\x03\x04 cut short", "not text in UTF-8|not as Code-Point Open"),
    ],
)  # fmt: skip
def test_what_is_not_the_product_is_refused_in_words(tmp_path, option, content, words):
    path = tmp_path / "given.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    read = read_code_point if option == "postcodes" else (lambda source: read_open_names(source, EVERYWHERE))
    with pytest.raises(DeclarationError, match=words):
        list(read(path))


def test_a_folder_without_csv_a_missing_one_and_a_damaged_zip_are_refused_in_words(tmp_path, there):
    with pytest.raises(DeclarationError, match="no such file or folder; Code-Point Open is wanted"):
        list(read_code_point(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DeclarationError, match="there is no CSV in it"):
        list(read_code_point(tmp_path / "empty"))
    content = bytearray(there["postcodes"].read_bytes())
    start = content.index(b"yo.csv") + 20
    content[start : start + 60] = b"\x00" * 60
    there["postcodes"].write_bytes(content)
    with pytest.raises(DeclarationError, match=r"can't be|not text|not as Code-Point"):
        list(read_code_point(there["postcodes"]))


# Properties of the readers


letters = st.sampled_from("ABDEFGHJLNPQRSTUWXYZ")
outwards = st.one_of(
    st.builds("{}{}".format, letters, st.integers(1, 9)),
    st.builds("{}{}{}".format, letters, letters, st.integers(1, 99)),
    st.builds("{}{}{}".format, letters, st.integers(1, 9), letters),
)
postcodes = st.builds("{} {}{}{}".format, outwards, st.integers(0, 9), letters, letters)


@given(st.lists(st.tuples(postcodes, st.integers(10, 60), st.integers(1, 699_999), st.integers(1, 1_299_999)), max_size=20),
       st.booleans(), st.sampled_from(["", " ", "  "]), st.booleans())  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_every_postcode_comes_out_as_it_is_usually_written(rows, has_header, gap, is_quoted):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL)
    writer.writerows(york.CODE_POINT_HEADERS if has_header else [])
    writer.writerows([code.replace(" ", gap), *rest, *[""] * 6] for code, *rest in rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_text(out.getvalue(), newline="")
        assert [tuple(row) for row in read_code_point(path)] == [(code, east, north) for code, _, east, north in rows]
    assert all(code.startswith(postcode_area(code)) and postcode_area(code).isalpha() for code, *_ in rows)


names = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(str.strip)


@given(st.lists(st.tuples(names, st.integers(0, 699_999), st.integers(0, 1_299_999)), max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_name_is_read_as_it_stands(rows):
    made = [york.name_row(name, "transportNetwork", "Named Road", east, north) for name, east, north in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = york.open_names_zip(Path(folder) / "x.zip", made or [york.NAMES_HEADER])
        found = [(row.names, row.east_m, row.north_m) for row in read_open_names(path, EVERYWHERE)]
    assert found == [((name.strip(),), east, north) for name, east, north in rows]


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused_in_words(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.csv"
        path.write_bytes(content)
        for read in (
            lambda: list(read_code_point(path)),
            lambda: list(read_open_names(path, EVERYWHERE)),
            lambda: read_sites(path),
            lambda: read_outline(path),
        ):
            with suppress(DeclarationError):
                read()


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["type", "features", "geometry", "coordinates", "properties"]),
        inner | st.sampled_from(["Polygon", "MultiPolygon", "Feature", "FeatureCollection", "Point"]), max_size=4),
    max_leaves=25,
)  # fmt: skip


@given(json_values)
@settings(max_examples=200, deadline=None)
def test_any_json_is_an_outline_or_is_refused_in_words(value):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.geojson"
        path.write_text(json.dumps(value))
        with pytest.raises(DeclarationError, match=r"given\.geojson"):
            read_outline(path)


# Boundaries


@pytest.mark.parametrize("in_degrees", [False, True])
def test_an_outline_is_the_same_in_degrees_and_on_the_grid(tmp_path, in_degrees):
    files = york.shipped(tmp_path, in_degrees)
    outline = read_outline(files["outline"])
    assert outline.area == pytest.approx(york.SIDE**2, rel=1e-3)
    assert [ward.name for ward in read_wards(files["wards"], outline)] == york.WARDS
    assert all(ward.code.startswith("E0501") for ward in read_wards(files["wards"], outline))


def test_an_outline_may_be_a_geometry_a_feature_or_one_of_several_by_name(tmp_path):
    path = tmp_path / "x.geojson"
    mine, other = york.geometry(york.WEST, york.SOUTH, york.SIDE), york.geometry(400_000, 300_000, 9000)
    path.write_text(json.dumps(mine))
    assert read_outline(path).area == york.SIDE**2
    path.write_text(json.dumps({"type": "Feature", "properties": None, "geometry": mine}))
    assert read_outline(path).area == york.SIDE**2
    path.write_text(york.collection(({"LAD24NM": "Selby"}, other), ({"LAD24NM": "City of York"}, mine)))
    assert read_outline(path, ["york"]).area == york.SIDE**2
    with pytest.raises(DeclarationError, match=r"2 areas \(City of York, Selby\) where the outline of one district"):
        read_outline(path, ["leeds"])


@pytest.mark.parametrize("name", ["WD24NM", "wd23nm", "WD11NM", "name", "Name", "WARD_NAME", "ward"])
def test_wards_are_named_by_whichever_property_their_publisher_uses(tmp_path, name):
    files = york.shipped(tmp_path)
    files["wards"].write_text(york.wards_geojson(name=name))
    assert [ward.name for ward in read_wards(files["wards"], read_outline(files["outline"]))] == york.WARDS


def test_wards_of_other_districts_are_left_out(tmp_path):
    files = york.shipped(tmp_path)
    neighbour = ({"WD24NM": "Escrick"}, york.geometry(york.WEST + york.SIDE - 50, york.SOUTH, 2000))
    files["wards"].write_text(york.wards_geojson(others=[neighbour]))
    assert [ward.name for ward in read_wards(files["wards"], read_outline(files["outline"]))] == york.WARDS


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (york.collection(({"name": "x"}, {"type": "Point", "coordinates": [0, 51]})), "this has Point"),
        (york.collection(), "no area in it"),
        ("{", "not valid JSON"),
        (york.collection(({}, york.geometry(50.9, 0.2, 0.3))), "latitude comes before longitude"),
        (york.collection(({}, york.geometry(6_000_000, 6_700_000, 9000))), "neither degrees in Britain nor metres"),
        (york.collection(({}, york.geometry(0, 0, 0))), "no extent"),
    ],
)
def test_an_outline_that_is_none_is_refused_in_words(tmp_path, content, words):
    path = tmp_path / "x.geojson"
    path.write_text(content)
    with pytest.raises(DeclarationError, match=words):
        read_outline(path)


def test_wards_that_are_anothers_or_nameless_are_refused_in_words(tmp_path):
    files = york.shipped(tmp_path)
    outline = read_outline(files["outline"])
    files["wards"].write_text(york.collection(({"WD24NM": "Elsewhere"}, york.geometry(400_000, 300_000, 9000))))
    with pytest.raises(DeclarationError, match="cover 0% of the district's outline"):
        read_wards(files["wards"], outline)
    with pytest.raises(DeclarationError, match="no name: its properties are LAD24CD, LAD24NM"):
        read_wards(files["outline"], outline)


@given(st.floats(100_000, 600_000), st.floats(50_000, 900_000), st.floats(200, 5_000))
@settings(max_examples=40, deadline=None)
def test_what_is_written_in_degrees_is_read_as_the_same_area(west, south, side):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.geojson"
        path.write_text(json.dumps(york.geometry(west, south, side)))
        outline = read_outline(path)
        path.write_text(json.dumps(to_geojson(outline)))
        again = read_outline(path)
    assert again.symmetric_difference(outline).area < 5 * outline.length


# Sites


def test_sites_are_read_by_whatever_their_columns_are_called(tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("Name,Type,Lat,Long,Other_Names\nRowntree Park,park,53.9494,-1.0853,rowntrees|terry's rec\n")
    (one,) = read_sites(path)
    assert (one.name, one.kind, one.other_names) == ("Rowntree Park", "park", ("rowntrees", "terry's rec"))
    path.write_text(f"name,easting,northing,extent_m\nRowntree Park,{one.east_m},{one.north_m},300\n")
    (again,) = read_sites(path)
    assert math.hypot(again.east_m - one.east_m, again.north_m - one.north_m) < 1
    assert again.extent_m == 300


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("what,where\nx,y\n", "has the columns name, lat and lon"),
        ("name,lat,lon\nThe Rec,north,1\n", "line 2: its position or extent is no number"),
        ("name,lat,lon\n!!!,53,-1\n", "line 2: a site without a name"),
        ("name,lat,lon,extent_m\nThe Rec,53,-1,-5\n", "line 2: its position or extent can't be right"),
        ("", "has the columns name"),
    ],
)
def test_a_file_of_sites_that_is_none_is_refused_in_words(tmp_path, content, words):
    path = tmp_path / "sites.csv"
    path.write_text(content)
    with pytest.raises(DeclarationError, match=words):
        read_sites(path)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Sevenoaks station", "Sevenoaks railway station"),
        ("St Mary's Church of England Primary School", "St Mary's school"),
        ("Manor Academy", "Manor school"),
        ("Perry Wood", "Perry woods"),
        ("Greatness Recreation Ground", "Greatness Recreation"),
    ],
)
def test_sites_have_the_names_that_people_use(name, other):
    assert other in set(usual_names(name))


def test_a_bus_station_is_no_railway_station():
    assert list(usual_names("Tiverton Bus Station")) == []


def test_of_two_lists_the_first_ones_position_counts_and_names_are_put_together():
    mine = Site("Perry Wood", "wood", 1000.0, 1000.0, 400.0, ("perrywood",))
    theirs = Site("PERRY WOOD", "woodland or forest", 1300.0, 1000.0, 700.0, ("Perry woods", "High Street"))
    (one,) = merge_sites([mine, theirs], taken=["High Street"])
    assert (one.east_m, one.extent_m, one.other_names) == (1000.0, 400.0, ("perrywood", "Perry woods"))


def test_a_site_is_not_named_as_a_settlement_or_as_another_site():
    sites = [
        Site("Selling", "station", 0.0, 0.0, 100.0),
        Site("Oare Mill", "landmark", 0.0, 0.0, 100.0, ("Mill Field",)),
        Site("Mill Field", "park", 5000.0, 0.0, 100.0),
    ]
    assert [(one.name, one.other_names) for one in merge_sites(sites, taken=["Selling"])] == [
        ("Mill Field", ()), ("Oare Mill", ()),
    ]  # fmt: skip


def test_an_outline_that_is_a_folder_or_is_not_there_is_called_so(tmp_path):
    from tasking.places.open_data.boundaries import read_outline

    for path, words in ((tmp_path, "it is a folder"), (tmp_path / "none.geojson", "there is no such file")):
        with pytest.raises(DeclarationError, match=words):
            read_outline(path, ["Weald"])
