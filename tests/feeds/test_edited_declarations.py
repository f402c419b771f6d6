"""What a declaration says is cached by its text: an edit counts for the next desk, and an error is said each time."""

import shutil

import pytest
from conftest import ROOT

from tasking.config.categories import load_categories
from tasking.config.feed import load_feed
from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.config.suite import load_suite
from tasking.model.errors import DeclarationError
from tasking.places import load_gazetteer


@pytest.fixture
def include(tmp_path):
    shutil.copytree(ROOT / "include", tmp_path / "include")
    return Include.of(tmp_path / "include")


def edit(path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "read"),
    [
        ("feeds/police.yml", "partner: Kent", "partner: Surrey", lambda at: load_feed(at / "feeds/police.yml")),
        ("categories.yml", "label: ", "label: Other ", lambda at: load_categories(at / "categories.yml")),
        ("partnership.yml", "name: ", "name: New ", load_partnership),
        ("expectations/report.json", '"name": "', '"name": "new ', lambda at: load_suite(at / "expectations/report.json")),
    ],
)  # fmt: skip
def test_an_edit_counts_for_the_next_who_asks(include, name, old, new, read):
    before = read(include)
    assert read(include) is before
    edit(include / name, old, new)
    assert read(include) != before


def test_a_street_that_is_added_is_found(include):
    before = load_gazetteer(include)
    assert load_gazetteer(include) is before
    streets = include / "geo" / "streets.csv"
    header, first, *_ = streets.read_text(encoding="utf-8").splitlines()
    added = first.replace(first.split(",")[header.split(",").index("street")], "Quince Tree Passage", 1)
    streets.write_text(streets.read_text(encoding="utf-8") + added + "\n", encoding="utf-8")
    assert before.public_name("by Quince Tree Passage")[0] is None
    assert load_gazetteer(include).public_name("by Quince Tree Passage")[0].startswith("Quince Tree Passage")


def test_a_fault_is_said_each_time_and_gone_once_it_is_mended(include):
    path = include / "feeds" / "police.yml"
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound + "\nsurprise: 1\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(
            DeclarationError, match=r"feeds/police.yml, line \d+, column 1: surprise: there is no such key"
        ):
            load_feed(path)
    path.write_text(sound, encoding="utf-8")
    assert load_feed(path).feed == "police"
