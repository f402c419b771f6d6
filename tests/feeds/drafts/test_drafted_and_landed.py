"""A partner that nobody has declared: its sample is drafted by the command, and its delivery lands in a run."""

import shutil

import pytest
from conftest import ROOT, settle
from typer.testing import CliRunner

from drafts.made import CHICAGO, housing_workbook, police_csv
from tasking.cli import app


class Deployment:
    """A home with the project's declarations, and the commands in it."""

    def __init__(self, home, monkeypatch):
        shutil.copytree(ROOT / "include", home / "include")
        monkeypatch.setenv("TASKING_HOME", str(home))
        self.home, self.drops = home, home / "drops"

    def call(self, *arguments: str):
        return CliRunner().invoke(app, list(arguments))

    def draft(self, feed: str, name: str, content: bytes, *options: str):
        path = self.home / name
        path.write_bytes(content)
        return self.call("feeds", "draft", str(path), "--feed", feed, "--partner", "A new partner", *options)

    def land(self, feed: str, name: str, content: bytes, day: str):
        """Runs a day with nothing but this feed's delivery, and returns its reports by reference."""
        partnership = self.home / "include/partnership.yml"
        text = partnership.read_text().replace(
            "feeds: [police, council, wardens, housing, fire, residents]", f"feeds: [{feed}]"
        )
        partnership.write_text(text)
        (self.drops / feed).mkdir(parents=True)
        (self.drops / feed / name).write_bytes(content)
        settle(self.drops / feed / name)
        done = self.call("run", "--day", day, "--drops", str(self.drops))
        assert done.exit_code == 0, done.output
        from tasking.runtime.local import open_services
        from tasking.runtime.settings import Settings

        warehouse = open_services(Settings()).warehouse
        with warehouse.engine.connect() as connection:
            import sqlalchemy as sa

            query = sa.text("SELECT * FROM report JOIN report_person USING (report_id)")
            rows = [dict(row) for row in connection.execute(query).mappings()]
        warehouse.engine.dispose()
        return {row["source_ref"]: row for row in rows}


@pytest.fixture
def deployment(tmp_path, monkeypatch):
    return Deployment(tmp_path, monkeypatch)


def test_a_chicago_like_open311_file(deployment):
    drafted = deployment.draft("highways", CHICAGO.name, CHICAGO.read_bytes())
    assert drafted.exit_code == 0, drafted.output
    assert "3 rows: 2 read, 1 held" in drafted.output
    assert 'record 3: no reference: "service_request_id" is empty' in drafted.output
    assert "?!" not in drafted.output
    declared = (deployment.home / "include/feeds/highways.yml").read_text()
    assert "transport: {kind: open311}" in declared
    assert "text: [service_name, description]" in declared
    assert '"attributes.*"' in declared
    reports = deployment.land("highways", CHICAGO.name, CHICAGO.read_bytes(), "2026-10-22")
    assert set(reports) == {"26-00684314", "26-00684399"}
    assert reports["26-00684399"]["postcode"] == "BR8 7AP"
    assert reports["26-00684399"]["text"] == "Graffiti Removal Tags on the underpass again, both walls"


def test_a_housing_workbook_with_two_header_rows_and_a_row_of_totals(deployment):
    name, content = "MVH ASB cases 2026-10-22.xlsx", housing_workbook()
    drafted = deployment.draft("mvh", name, content)
    assert drafted.exit_code == 0, drafted.output
    assert "5 rows: 4 read, 0 held, 1 ignored" in drafted.output
    assert "row 6 to 9" in drafted.output
    declared = (deployment.home / "include/feeds/mvh.yml").read_text()
    assert "header_rows: 2" in declared
    assert 'ignored_rows: ["Total*"]' in declared
    assert "place: [Property No, Property Street]" in declared
    assert '"Internal *"' in declared
    reports = deployment.land("mvh", name, content, "2026-10-22")
    assert len(reports) == 4
    first = reports["MV/26/0412"]
    assert (first["place_text"], first["caller_name"]) == ("14 Dynes Road, Kemsing", "Mrs Petunia Canarybird")
    assert str(first["received_at"])[:16] == "2026-10-21 08:15"
    assert reports["MV/26/0414"]["is_restricted"]
    assert not reports["MV/26/0415"]["is_occurred_time_known"]


def test_a_police_file_whose_dates_can_be_read_in_two_ways_waits_for_an_answer(deployment):
    name, content = "WMP_CSU_20261111.csv", police_csv()
    asked = deployment.draft("wmp", name, content)
    assert asked.exit_code == 2
    assert '?! date_order: Is the day or the month first in "RPT_DT"' in asked.output
    assert not (deployment.home / "include/feeds/wmp.yml").exists()
    drafted = deployment.draft("wmp", name, content, "--answer", "date_order=day_first")
    assert drafted.exit_code == 0, drafted.output
    declared = (deployment.home / "include/feeds/wmp.yml").read_text()
    assert "encoding: cp1252" in declared
    assert "position: {easting: GRID_E, northing: GRID_N}" in declared
    assert 'sensitivity: {column: DV_FLAG, codes: {"Y": domestic_abuse}}' in declared
    reports = deployment.land("wmp", name, content, "2026-11-11")
    assert len(reports) == 4
    assert str(reports["42/0011/26"]["received_at"])[:16] == "2026-11-10 21:45"
    assert reports["42/0011/26"]["place_text"] == "High Street, Westerham – by the café"
    assert reports["42/0014/26"]["caller_email"] == "ida@canaryton.example"
    assert reports["42/0013/26"]["sensitivity"] == "domestic_abuse"
    assert abs(reports["42/0013/26"]["latitude"] - 51.306) < 0.01


def test_nothing_is_overwritten_unless_forced(deployment):
    assert deployment.draft("highways", CHICAGO.name, CHICAGO.read_bytes()).exit_code == 0
    again = deployment.draft("highways", CHICAGO.name, CHICAGO.read_bytes())
    assert again.exit_code == 2
    assert "highways.yml is there already, so nothing was written" in " ".join(again.output.split())
    assert deployment.draft("highways", CHICAGO.name, CHICAGO.read_bytes(), "--force").exit_code == 0


def test_what_was_drafted_is_sound_with_its_sample(deployment):
    deployment.draft("mvh", "MVH ASB cases 2026-10-22.xlsx", housing_workbook())
    checked = deployment.call("feeds", "check", "mvh")
    assert checked.exit_code == 0, checked.output
    assert "mvh: sound: 5 rows, 4 reports, 0 held" in checked.output or "4 rows, 4 reports, 0 held" in checked.output
