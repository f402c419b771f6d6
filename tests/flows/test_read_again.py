"""What was read of reports is read again when the declarations it was read with change, and only what depends on them."""

import datetime as dt
import shutil
from dataclasses import dataclass, field, replace

import pytest
import yaml
from briefing.stored import old_desk
from conftest import TestDesk

from tasking.linkage import FeatureExtractor, linking

LAST, NEXT = dt.date(2026, 10, 23), dt.date(2026, 10, 24)


@dataclass(frozen=True)
class Counting(FeatureExtractor):
    """A reader that tells which feeds' reports it has read."""

    read_of: list[str] = field(default_factory=list)

    def extract(self, report, location):
        self.read_of.append(report["feed"])
        return super().extract(report, location)


@pytest.fixture(scope="module")
def read_once(tmp_path_factory) -> TestDesk:
    """The desk of 11b6efd, everything read by today's code with today's declarations."""
    desk = old_desk(tmp_path_factory.mktemp("read"))
    opened = desk.open()
    linking.link(opened.linkage, LAST)
    opened.warehouse.engine.dispose()
    return desk


@pytest.fixture
def copied(read_once, tmp_path) -> TestDesk:
    shutil.copy(read_once.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    shutil.copytree(read_once.home / "include", tmp_path / "home" / "include")
    return replace(read_once, home=tmp_path / "home", database_url=f"sqlite:///{tmp_path / 'tasking.db'}")


def declare(desk: TestDesk, name: str, change) -> None:
    path = desk.home / "include" / name
    declared = yaml.safe_load(path.read_text())
    change(declared)
    path.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False))


def link_next(desk: TestDesk) -> list[str]:
    """Links the next day, on which nothing came. Returns the feed of each report whose words were read for it."""
    opened = desk.open()
    one = opened.extractor
    extractor = Counting(one.lexicon, one.zone, one.pseudonym, one.sensitive)
    linking.link(replace(opened, extractor=extractor).linkage, NEXT)
    return extractor.read_of


def facts(desk: TestDesk) -> dict[str, dict]:
    return {row["report_id"]: row for row in desk.rows("report_fact")}


def test_nothing_is_read_again_where_nothing_has_changed(copied):
    before = desk_state(copied)
    assert link_next(copied) == []
    assert desk_state(copied) == before


def desk_state(desk: TestDesk) -> list[str]:
    return sorted(str(row) for table in ("report_fact", "report_signal") for row in desk.rows(table))


def test_a_name_that_is_nobodys_from_now_on_is_no_complainant_in_older_reports_either(copied):
    before = facts(copied)
    name = next(row["caller_name"] for row in copied.rows("report_person")
                if row["caller_name"] and before[row["report_id"]]["complainant"])  # fmt: skip
    theirs = {row["report_id"] for row in copied.rows("report_person") if row["caller_name"] == name}
    declare(copied, "partnership.yml", lambda one: one["callers"]["nobody"].append(name))
    assert link_next(copied) == []  # their words are not read again: what was read of them is kept
    now = facts(copied)
    assert {one for one in now if now[one]["complainant"] != before[one]["complainant"]} == theirs
    for one in now.keys() - theirs:
        assert {**now[one], "version": ""} == {**before[one], "version": ""}


def test_once_read_again_it_is_not_read_a_third_time(copied):
    declare(copied, "partnership.yml", lambda one: one["callers"]["nobody"].append("Zyx"))
    link_next(copied)
    state = desk_state(copied)
    assert link_next(copied) == []
    assert desk_state(copied) == state


def test_a_feeds_accuracy_concerns_that_feeds_reports_alone(copied):
    feeds = [row["feed"] for row in copied.rows("report") if row["feed"] == "residents"]
    path = copied.home / "include" / "feeds" / "residents.yml"
    path.write_text(path.read_text().replace("{pair: Map pin}", "{pair: Map pin, error_m: 400}"))
    assert link_next(copied) == feeds


def test_a_new_word_of_the_lexicon_is_looked_for_in_every_report(copied):
    declare(copied, "lexicon.yml", lambda one: one["thing"].update(zeppelin=["zeppelin"]))
    assert sorted(link_next(copied)) == sorted(row["feed"] for row in copied.rows("report"))


def test_a_report_whose_words_are_gone_is_left_as_it_was_read(copied):
    with copied.open().warehouse.writing() as connection:
        connection.exec_driver_sql("DELETE FROM report_person WHERE report_id LIKE 'police:%'")
    before = {one: row for one, row in facts(copied).items() if one.startswith("police:")}
    declare(copied, "lexicon.yml", lambda one: one["thing"].update(zeppelin=["zeppelin"]))
    assert "police" not in link_next(copied)
    assert {one: row for one, row in facts(copied).items() if one.startswith("police:")} == before
