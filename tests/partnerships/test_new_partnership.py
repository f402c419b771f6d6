"""A district is set up from open data by one command, and `check` finds what does not fit it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import home_for
from places import open_data as york

from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.model.errors import DeclarationError, TaskingError
from tasking.places import load_gazetteer
from tasking.runtime.local import open_services
from tasking.runtime.new_partnership import OpenData, new_partnership
from tasking.runtime.partnerships import declaration_faults, points_to_settle
from tasking.runtime.settings import Settings


@pytest.fixture
def home(tmp_path):
    return home_for(tmp_path / "home")


@pytest.fixture
def data(tmp_path):
    return OpenData(**york.shipped(tmp_path / "shipped"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def of(home: Path, name: str):
    return open_services(Settings(home=home, pseudonym_key="ab" * 32).of(name))


def test_a_district_stands_with_all_that_is_its_own(home, data):
    made = new_partnership(home / "include", "york", data)
    assert (made.wards, made.counts.postcodes, made.counts.towns) == (4, 24, 4)
    assert made.counts.areas == ("YO",)
    desk = of(home, "york")
    assert desk.partnership.name == "York Community Safety Unit"
    assert desk.gazetteer.public_name("12 High Street, Fulford") == ("High Street, Fulford", "Fulford")
    assert desk.gazetteer.public_name("Osbaldwick rail station") == ("Osbaldwick station", None)
    assert desk.gazetteer.public_name("Heslington school")[0] == "Heslington Primary School"
    assert desk.gazetteer.public_name("Fordlands woods") == ("Fordlands Wood", None)
    assert desk.gazetteer.postcode_areas == frozenset({"YO"})
    assert desk.gazetteer.public_name("Bradbourne Lakes") == (None, None)
    assert desk.gazetteer.public_name("Briggate") == (None, None)


def test_nothing_of_the_shared_district_is_in_it(home, data):
    new_partnership(home / "include", "york", data, partners={"police": "North Yorkshire Police"})
    desk = of(home, "york")
    names = {*desk.partners.values(), *(one.owner for one in desk.partnership.taskings.owners)}
    assert "North Yorkshire Police" in names
    assert "York Council" in names
    for word in ("Kent", "Sevenoaks", "SDC", "KCC", "West Kent"):
        assert not [name for name in names if word in name]
    assert desk.partnership.area.county.north > 53.9 > desk.partnership.area.county.south
    assert desk.partnership.channels.slack_channel == "#csu-york"
    assert (home / "include/partnerships/york/places.yml").read_text().rstrip().endswith("places: []")


def test_a_new_district_is_sound(home, data):
    new_partnership(home / "include", "york", data)
    assert declaration_faults(Settings(home=home)) == []
    (line,) = points_to_settle(Settings(home=home))
    assert "reports@westkenthomes.example" in line


def test_another_district_is_not_touched(home, data):
    new_partnership(home / "include", "york", data)
    before = contents(home / "include")
    new_partnership(home / "include", "york_two", data)
    after = contents(home / "include")
    assert {path: content for path, content in after.items() if "york_two" not in path} == before
    with pytest.raises(TaskingError, match="is there already; nothing is overwritten"):
        new_partnership(home / "include", "york", data)
    assert contents(home / "include") == after


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("postcodes", "no postcode is in the district's outline; the file's postcodes begin with LS"),
        ("names", "no street or settlement is in the district's outline"),
        ("wards", "cover 0% of the district's outline"),
        ("sites", "none of its sites is in the district's outline"),
    ],
)
def test_another_districts_data_are_refused_and_nothing_is_left(home, data, tmp_path, option, words):
    files = {**vars(data)}
    other = tmp_path / "other"
    if option == "postcodes":
        other = york.code_point_zip(other, york.postcode_rows()[-1:])
    elif option == "names":
        other = york.open_names_zip(other, york.names_rows()[-1:])
    elif option == "wards":
        other.write_text(york.collection(({"WD24NM": "Far"}, york.geometry(400_000, 300_000, 9000))))
    else:
        other.write_text("name,lat,lon\nKnole Park,51.2665,0.2060\n")
    before = contents(home / "include")
    with pytest.raises(DeclarationError, match=words):
        new_partnership(home / "include", "york", OpenData(**files | {option: other}))
    assert contents(home / "include") == before
    assert not (home / "include" / "partnerships").exists()


def test_a_part_of_the_data_is_refused(home, data, tmp_path):
    few = york.code_point_zip(tmp_path / "few.zip", york.postcode_rows()[:6])
    with pytest.raises(DeclarationError, match="only 1 of the district's 4 wards have a postcode"):
        new_partnership(home / "include", "york", OpenData(**{**vars(data)} | {"postcodes": few}))


@pytest.mark.parametrize("name", ["York", "../x", "y", "york city", ""])
def test_a_name_that_is_none_is_refused(home, data, name):
    with pytest.raises(TaskingError, match="no name of a partnership"):
        new_partnership(home / "include", name, data)


def test_names_are_written_so_that_they_read_back_as_they_are(home, data):
    area, police = 'King\'s "Lynn": {x} # 1\n- y', "Police: #1 {north}"
    new_partnership(home / "include", "york", data, area, {"police": police})
    desk = of(home, "york")
    assert desk.partnership.area_name == 'King\'s "Lynn": {x} # 1 - y'
    assert desk.partners["police"] == police
    assert desk.partnership.taskings.owners[0].owner == f"{police}, local policing team"


def test_a_partner_of_a_feed_that_is_none_is_refused(home, data):
    with pytest.raises(TaskingError, match="there is no such feed; there are: police"):
        new_partnership(home / "include", "york", data, partners={"ambulance": "Yorkshire Ambulance"})


# The check


def fitting(home, data):
    new_partnership(home / "include", "york", data)
    return home / "include" / "partnerships" / "york"


def test_a_box_that_leaves_out_the_district_is_found(home, data):
    own = fitting(home, data) / "partnership.yml"
    box = load_partnership(Include.of(home / "include", "york")).area.county
    own.write_text(own.read_text().replace(f"north: {box.north}", "north: 53.93"))
    (line,) = declaration_faults(Settings(home=home))
    assert line.startswith("york: area.county leaves out a part of the district")
    assert "north 53.93, the outline 53.9" in line
    own.write_text(own.read_text().replace(f"south: {box.south}", "south: 51").replace("north: 53.93", "north: 51.5"))
    assert "leaves out all of the district" in declaration_faults(Settings(home=home))[0]


def test_names_taken_over_from_the_shared_declarations_are_found(home, data):
    own = fitting(home, data) / "partnership.yml"
    box = load_partnership(Include.of(home / "include", "york")).area.county
    own.write_text(f"name: York\narea: {{county: {box.model_dump()}}}\n")
    partners, owners = declaration_faults(Settings(home=home))
    assert "Kent Police (police)" in partners
    assert "SDC Environmental Health" in owners
    own.write_text(own.read_text() + "partners: {police: {name: North Yorkshire Police}}\n")
    partners, _ = declaration_faults(Settings(home=home))
    assert "(police)" not in partners
    assert "Sevenoaks District Council (council)" in partners


def test_recipients_taken_over_from_the_shared_declarations_are_found(home, data):
    own, shared = fitting(home, data) / "partnership.yml", home / "include" / "partnership.yml"
    text = shared.read_text().replace("recipients: []", "recipients: [{name: Wardens, contact: w@example.org}]")
    shared.write_text(text.replace("chair: null", "chair: {name: The chair, contact: c@example.org}"))
    own.write_text(own.read_text().replace("recipients: []\nchair: null\n", ""))
    (line,) = declaration_faults(Settings(home=home))
    assert "send this district's work to: Wardens, The chair;" in line
    own.write_text(own.read_text() + "recipients: []\nchair: null\n")
    assert declaration_faults(Settings(home=home)) == []


def test_anothers_geography_is_found(home, data):
    own = fitting(home, data)
    shutil.copy(home / "include/geo/postcodes.csv", own / "geo/postcodes.csv")
    shutil.copy(home / "include/geo/wards.geojson", own / "geo/wards.geojson")
    shutil.copy(home / "include/places.yml", own / "places.yml")
    faults = declaration_faults(Settings(home=home))
    assert [fault for fault in faults if "0 of 3,671 postcodes lie in the outline" in fault]
    assert [fault for fault in faults if "the wards are not those of the outline" in fault]
    assert [fault for fault in faults if "52 of its 52 places lie outside the district" in fault]


def test_one_partnership_alone_is_checked_too(home):
    assert declaration_faults(Settings(home=home)) == []
    path = home / "include" / "partnership.yml"
    path.write_text(path.read_text().replace("north: 51.55", "north: 51.3"))
    assert declaration_faults(Settings(home=home))[0].startswith("area.county leaves out a part of the district")


@pytest.mark.parametrize(
    ("name", "content"),
    [("wards.geojson", "{"), ("towns.csv", "town\nYork\n"), ("streets.csv", ""), ("postcodes.csv", "a,b\n1,2\n"),
     ("sites.csv", "name\nx\n"), ("district.geojson", "nothing")],
)  # fmt: skip
def test_a_file_of_the_geography_that_is_spoilt_is_named(home, data, name, content):
    (fitting(home, data) / "geo" / name).write_text(content)
    (line,) = declaration_faults(Settings(home=home))
    assert line.startswith("york: ")
    assert name in line


def test_a_place_without_a_letter_in_its_name_stops_nothing(home, data):
    own = fitting(home, data)
    (own / "places.yml").write_text("places:\n  - {name: '?', latitude: 53.92, longitude: -1.13}\n")
    assert declaration_faults(Settings(home=home)) == []
    assert (
        load_gazetteer(Include.of(home / "include", "york")).public_name("? by the Fordlands wood")[0]
        == "Fordlands Wood"
    )


# The gazetteer of a district


def test_without_places_of_its_own_it_has_nobody_elses(home, data):
    (fitting(home, data) / "places.yml").unlink()
    assert "Knole Park" not in {one.name for one in load_gazetteer(Include.of(home / "include", "york")).names.values()}


def test_places_of_its_own_come_before_those_of_open_data(home, data):
    own = fitting(home, data)
    (own / "places.yml").write_text("places:\n  - {name: Fordlands Wood, latitude: 53.92, longitude: -1.05}\n")
    (spot,) = load_gazetteer(Include.of(home / "include", "york")).names["fordlands", "wood"].spots
    assert spot.extent_m == 120


def test_a_name_that_two_sites_bear_has_a_spot_for_each(home, data):
    own = fitting(home, data)
    (own / "geo/sites.csv").write_text(
        "name,kind,latitude,longitude,extent_m,other_names\n"
        "Fulford Asda,supermarket,53.92,-1.13,100,asda;asda fulford\nWheldrake Asda,supermarket,53.94,-1.10,100,asda\n"
    )
    names = load_gazetteer(Include.of(home / "include", "york")).names
    assert (names["asda",].name, len(names["asda",].spots)) == ("asda", 2)
    assert names["asda", "fulford"].name == "Fulford Asda"


def test_the_commands_say_what_was_made_and_what_is_next(home, data):
    environment = {"TASKING_HOME": str(home), "PATH": "/usr/bin:/bin", "HOME": "/tmp", "COLUMNS": "300"}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2] / "src")

    def tasking(*arguments):
        command = [sys.executable, "-c", "from tasking.cli import app; app()", *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    options = [word for option, path in vars(data).items() if path for word in (f"--{option}", path)]
    made = tasking("partnerships", "new", "york", *options, "--partner", "police=North Yorkshire Police")
    assert made.returncode == 0
    assert "4 wards, 24 postcodes (YO)" in made.stderr
    assert "This deployment served one partnership until now." in made.stderr
    again = tasking("partnerships", "new", "york", *options)
    assert (again.returncode, again.stderr) == (
        2, "Error: include/partnerships/york is there already; nothing is overwritten\n",
    )  # fmt: skip
    checked = tasking("partnerships", "check")
    assert (checked.returncode, checked.stdout) == (0, "1 partnership: sound\n")
    built = tasking("--partnership", "york", "places", "build", "--postcodes", data.postcodes, "--names", data.names)
    assert built.stderr.startswith("24 postcodes")


def test_places_are_never_built_into_the_shared_districts_folder(home, data):
    own = home / "include" / "partnerships" / "weald"
    own.mkdir(parents=True)
    (own / "partnership.yml").write_text("name: Weald\n")
    before = contents(home / "include")
    environment = {"TASKING_HOME": str(home), "PATH": "/usr/bin:/bin", "HOME": "/tmp", "COLUMNS": "300"}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2] / "src")
    command = [sys.executable, "-c", "from tasking.cli import app; app()", "--partnership", "weald", "places", "build",
               "--postcodes", data.postcodes, "--names", data.names]  # fmt: skip
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "there is no district.geojson in" in done.stderr
    assert contents(home / "include") == before
