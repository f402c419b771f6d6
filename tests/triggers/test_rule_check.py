"""`tasking triggers check`: what is wrong with a rule is said before a morning finds it."""

import pytest
from conftest import TestDesk

from tasking.model.errors import DeclarationError
from tasking.runtime.rule_check import check_rules
from tasking.runtime.settings import Settings

RULE, QUERY = "include/rules/near_repeat.yml", "include/sql/rules/near_repeat.sql"


def fault(desk: TestDesk, file: str = RULE, old: str = "", new: str = "") -> str:
    """What is said of near_repeat after a change of one of its files."""
    path = desk.home / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    (result,) = check_rules(Settings(home=desk.home), ["near_repeat"])
    assert result.is_sound == (not result.fault)
    return result.fault


def test_every_rule_of_ours_is_sound(desk):
    results = check_rules(Settings(home=desk.home), [])
    assert len(results) == len(list((desk.home / "include" / "rules").glob("*.yml"))) > 5
    assert [one for one in results if not one.is_sound] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (QUERY, "-- columns:", "-- colums:", "its header has no line `-- columns: ...`"),
        (QUERY, "-- as of: day\n", "", "`-- as of: ...` and relations as of a day go together"),
        (QUERY, ":since_day", ":since_when", "the parameter since_when is used and is not declared"),
        (QUERY, "FROM told_as_of", "FROM told_as_off", "no such table: told_as_off"),
        (QUERY, "apart_h number", "apart_hours number", "apart_h"),
        (QUERY, "complainant", "teller", "no such column"),
        (QUERY, "text, complainant text", "text", "its columns are"),
        (RULE, "  apart_h: 12", "  apart_hours: 12", "the parameter apart_h is declared and was not given"),
        (RULE, "  incidents: 2", "  incidents: 2\n  within_m: 5", "numbers: within_m changes nothing"),
        (RULE, "  incidents: 2", "  knocks: 2\n  incidents: 2", "numbers: knocks changes nothing"),
        (RULE, "  - [incidents]", "  - [apart_h]", "needs: apart_h is not counted"),
    ],
)
def test_what_is_wrong_is_said_in_words(desk, file, old, new, words):
    assert words in fault(desk, file, old, new)


def test_a_column_that_evaluating_needs_is_missed_before_the_night(desk):
    query = "-- x\n-- parameters: day date\n-- columns: subject_key text\nSELECT 'a' AS subject_key WHERE :day > ''"
    assert fault(desk, QUERY, (desk.home / QUERY).read_text(), query) == (
        "include/sql/rules/near_repeat.sql: it has no column report_id"
    )


def test_the_rules_of_one_of_several_partnerships_are_checked(desk):
    own = desk.home / "include" / "partnerships" / "weald"
    own.mkdir(parents=True)
    (own / "partnership.yml").write_text("name: Weald CSU\n")
    settings = Settings(home=desk.home, database_url=f"sqlite:///{desk.home}/{{partnership}}.db").of("weald")
    assert [one.fault for one in check_rules(settings, ["cluster"])] == [""]


def test_a_name_without_a_rule_is_refused_and_nothing_is_left_behind(desk):
    with pytest.raises(DeclarationError, match=r"there is no include/rules/theft.yml; declared are: case_review"):
        check_rules(Settings(home=desk.home), ["theft"])
    assert not (desk.home / "var").exists()
