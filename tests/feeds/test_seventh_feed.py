"""A seventh feed is one YAML, one suite and one sample. No Python."""

import pytest
from conftest import NOW

from tasking.config.feed import load_feed
from tasking.config.layers import Include
from tasking.model.errors import DeclarationError
from tasking.runtime.feed_check import check_feeds

YAML = """
feed: parish
partner: Edenbridge Town Council
contact: the town clerk
delivery:
  name: "parish-{day:%Y-%m-%d}.csv"
  transport: {kind: folder, path: drops/parish}
file: {format: csv, delimiter: "|"}
fields:
  source_ref: No
  received_at: {columns: [When], formats: ["%d.%m.%Y %H:%M"]}
  category: What
  place: Where
  text: Story
ignored: [Clerk]
sample: samples/parish.csv
sample_day: 2026-10-22
"""
SUITE = """{"name": "parish", "expectations": [
  {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "source_ref", "regex": "^E[0-9]+$"},
   "meta": {"severity": "row", "reason": "not a parish number: \\"{source_ref_column}\\" should be E and figures"}}]}"""
SAMPLE = b"No|When|What|Where|Story|Clerk\nE1|21.10.2026 10:00|Graffiti|Stangrove Park|Tags on the wall|A\n7|21.10.2026 11:00|Graffiti|Park|More|B\n"


@pytest.fixture
def with_parish(desk):
    include = desk.home / "include"
    (include / "feeds/parish.yml").write_text(YAML)
    (include / "expectations/parish.json").write_text(SUITE)
    (include / "feeds/samples/parish.csv").write_bytes(SAMPLE)
    partnership = include / "partnership.yml"
    partnership.write_text(partnership.read_text().replace("fire, residents]", "fire, residents, parish]"))
    return desk


def test_it_is_checked_received_and_briefed(with_parish):
    result = check_feeds(Include.of(with_parish.home / "include"), ["parish"])[0]
    assert result.is_sound
    assert "2 rows, 1 reports, 1 held" in result.words
    with_parish.put("parish", "2026-10-22", SAMPLE)
    done = with_parish.run("2026-10-22")
    assert done.briefing.feeds[-1].partner == "Edenbridge Town Council"
    assert done.briefing.areas[-1].incidents[0].label == "Graffiti"
    assert with_parish.held()[0]["reason"] == 'not a parish number: "No" should be E and figures'
    assert with_parish.rows("delivery")[0]["received_at"].startswith(f"{NOW:%Y-%m-%d}")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("partner:", "partnr:", 'parish.yml, line 3, column 1: partnr: there is no such key; did you mean "partner"?'),
        ('"parish-{day:%Y-%m-%d}.csv"', "parish.csv", "the file name must hold the day"),
        ("[Clerk]", "[Story]", "read and ignored at once"),
        ("kind: folder", "kind: pigeon", "pigeon"),
        ("feed: parish", "feed: parrish", "the file must be named parrish.yml"),
        ("fields:", "fields: [", "not valid YAML"),
    ],
)
def test_a_declaration_that_says_what_nobody_knows_is_an_error(with_parish, before, after, words):
    path = with_parish.home / "include/feeds/parish.yml"
    path.write_text(YAML.replace(before, after))
    with pytest.raises(DeclarationError) as error:
        load_feed(path)
    assert words in str(error.value)


def test_a_step_that_was_forgotten_is_named(with_parish):
    include = with_parish.home / "include"

    def said() -> str:
        return check_feeds(Include.of(include), ["parish"])[0].words

    not_asked = "feeds in include/partnership.yml does not name it"
    assert not_asked not in said()
    partnership = include / "partnership.yml"
    partnership.write_text(partnership.read_text().replace("residents, parish]", "residents]"))
    assert not_asked in said()
    (include / "feeds/samples/parish.csv").unlink()
    assert said() == "feeds/parish.yml, line 16, column 1: sample: there is no include/feeds/samples/parish.csv"
    (include / "expectations/parish.json").unlink()
    assert "no such suite under include/expectations" in said()


def test_an_unknown_expectation_is_an_error_and_no_silence(with_parish):
    suite = with_parish.home / "include/expectations/parish.json"
    suite.write_text(SUITE.replace("expect_column_values_to_match_regex", "expect_column_values_to_be_nice"))
    result = check_feeds(Include.of(with_parish.home / "include"), ["parish"])[0]
    assert not result.is_sound
    assert "expect_column_values_to_be_nice" in result.words


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('"severity": "row", ', "", "meta.severity: this key is missing"),
        ('"regex": "^E[0-9]+$"', '"regex": "^E", "mostly": 0.9', "`mostly` means nothing"),
        ('"column": "source_ref"', '"column": "sauce_ref"', "no column 'sauce_ref'"),
    ],
)
def test_an_expectation_without_meaning_is_an_error(with_parish, before, after, words):
    suite = with_parish.home / "include/expectations/parish.json"
    suite.write_text(SUITE.replace(before, after))
    assert words in check_feeds(Include.of(with_parish.home / "include"), ["parish"])[0].words
