"""Which edition stands when a day is run again: newer wording makes none, any change of what it was made from may."""

import datetime as dt
import json
import random
import shutil
from dataclasses import replace

import pytest
import sqlalchemy as sa
import yaml
from conftest import TestDesk

from tasking.briefing import compose, store, versions
from tasking.model.briefing import Briefing
from tasking.warehouse import open_warehouse

from .stored import old_desk

DAY = dt.date(2026, 10, 22)


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """The desk of 11b6efd with what its edition of the day rests on, which no document of that time says."""
    desk = old_desk(tmp_path_factory.mktemp("settled"))
    opened = desk.open()
    assert versions.current_briefing(opened.briefings, DAY)[1] == 1
    opened.warehouse.engine.dispose()
    return desk, opened


@pytest.fixture
def copied(settled, tmp_path) -> TestDesk:
    desk, _ = settled
    shutil.copy(desk.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    shutil.copytree(desk.home / "include", tmp_path / "home" / "include")
    return replace(desk, home=tmp_path / "home", database_url=f"sqlite:///{tmp_path / 'tasking.db'}")


@pytest.fixture
def reworded(monkeypatch):
    """Later code: the same facts in other words, and a section that nothing asked for before."""

    def composed(inputs, day):
        made = compose(inputs, day)
        inputs.query("held", day=day, first_day=day - dt.timedelta(days=3))
        return made.model_copy(update={"restricted": "Ask for the register.", "marking": "OFFICIAL-SENSITIVE"})

    monkeypatch.setattr(versions, "compose", composed)


def change(desk, *statements: str) -> None:
    with desk.warehouse.writing() as connection:
        for one in statements:
            connection.exec_driver_sql(one)


def contents(desk) -> list[str]:
    return [content for _, content in store.briefings(desk.warehouse, DAY)]


def test_other_words_for_the_same_facts_make_no_new_version(copied, reworded):
    opened = copied.open()
    before = contents(opened)
    briefing, version = versions.current_briefing(opened.briefings, DAY)
    assert (version, contents(opened)) == (1, before)
    assert briefing.marking == "OFFICIAL"


def test_a_feed_that_is_asked_once_more_is_no_news(copied, reworded):
    opened = copied.open()
    change(opened, "UPDATE feed_day SET asked_at = '2029-01-01 07:00:00'")
    assert versions.current_briefing(opened.briefings, DAY)[1] == 1


def test_a_column_that_a_later_query_adds_is_no_news(copied, reworded):
    opened = copied.open()
    query = copied.home / "include" / "sql" / "briefing" / "feeds.sql"
    wider = query.read_text().replace("    f.reason,\n", "    f.reason,\n    1 AS weight,\n", 1)
    query.write_text(wider.replace(" reason text,", " reason text, weight integer,", 1))
    assert versions.current_briefing(opened.briefings, DAY)[1] == 1


def test_a_query_that_is_gone_makes_the_day_news_where_words_differ(copied, reworded):
    opened = copied.open()
    with opened.warehouse.writing() as connection:
        inputs = store.newest_version(opened.warehouse, DAY).inputs
        inputs["given"]["answers"][0]["query"] = "retired"
        connection.execute(sa.text("UPDATE briefing SET inputs = :inputs WHERE day = :day"),
                           {"inputs": json.dumps(inputs), "day": str(DAY)})  # fmt: skip
    assert versions.current_briefing(opened.briefings, DAY)[1] == 2


def test_an_edition_that_says_nothing_of_its_inputs_is_followed_by_what_differs(copied, reworded):
    opened = copied.open()
    change(opened, "UPDATE briefing SET inputs = '{}'")
    assert versions.current_briefing(opened.briefings, DAY)[1] == 2


def test_an_edition_that_says_the_same_learns_what_it_rests_on(settled):
    _, opened = settled
    kept = store.newest_version(opened.warehouse, DAY).inputs
    assert kept["linkage"] == "linkage-1+signals-2"  # what it was made with stays
    assert kept["given"]["schema"] == 3


def test_what_partnership_yml_says_otherwise_is_a_new_version(copied, reworded):
    path = copied.home / "include" / "partnership.yml"
    declared = yaml.safe_load(path.read_text())
    declared["taskings"]["most"] = 1
    path.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False))
    assert versions.current_briefing(copied.open().briefings, DAY)[1] == 2


def test_where_messages_go_is_nothing_that_a_briefing_is_made_from(copied, reworded):
    path = copied.home / "include" / "partnership.yml"
    declared = yaml.safe_load(path.read_text())
    declared["channels"]["mail_to"] = ["lead@csu.example"]
    path.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False))
    assert versions.current_briefing(copied.open().briefings, DAY)[1] == 1


# What can change of what a day's briefing is made from, after it was made. Each is one statement.
STEP = (
    "INSERT INTO step (subject_id, number, verb, day, at, actor, reason, details) "
    "VALUES ('{id}', 1, '{verb}', '2026-10-21', '2026-10-21 08:00:00', 'Sgt Hale', '', '{{}}')"
)
OLD_TASKING = (
    "INSERT INTO tasking (tasking_id, proposed_on, what, place, owner, due_on, why) "
    "VALUES ('T-20261020-00000001', '2026-10-20', 'patrol', 'The Vine', 'Kent Police', '2026-10-21', '')"
)
EVIDENCE = json.dumps({
    "rule": "cluster", "version": 1, "title": "Cluster", "why": "", "theme": "asb", "day": "2026-10-22",
    "since": "2026-10-16", "numbers": {"incidents": 4, "partners": 2, "days": 7, "radius_m": 200},
    "counts": {"incidents": 5, "partners": 2, "reports": 6, "complainants": 3}, "measures": {}, "incidents": [],
    "feeds_missing": {}, "is_partial": False, "is_warning": False,
})  # fmt: skip
PROPOSAL = (
    "INSERT INTO proposal (proposal_id, raised_on, rule, theme, subject, subject_key, is_restricted, evidence) "
    "VALUES ('D-20261022-00000001', '2026-10-22', 'cluster', 'asb', 'The Vine', 'k', RESTRICTED, '" + EVIDENCE + "')"
)
CHANGES = {
    "a report is restricted": "UPDATE report SET is_restricted = 1 WHERE report_id = '{report}'",
    "a report has another kind": "UPDATE report SET category = 'noise' WHERE report_id = '{report}'",
    "a report has another place": "UPDATE report SET place_name = 'The Vine', ward = 'Swanley' WHERE report_id = '{report}'",
    "a report is out of the area": "UPDATE report SET is_out_of_area = 1 WHERE report_id = '{report}'",
    "a report was revised": "UPDATE report SET superseded_on = '2026-10-22' WHERE report_id = '{report}'",
    "a caller wants to hear": "UPDATE report SET wants_feedback = 1, is_anonymous = 0 WHERE report_id = '{report}'",
    "a report happened at another time": "UPDATE report SET occurred_from = '2026-10-21 03:00:00.000000' "
                                         "WHERE report_id = '{report}'",
    "a report is placed elsewhere": "UPDATE report SET latitude = 51.39, longitude = 0.17 WHERE report_id = '{report}'",
    "a caller was contacted": "INSERT INTO follow_up_report (act_number, report_id) VALUES (1, '{report}');"
                              "INSERT INTO follow_up (act_number, verb, day, at, actor, partner, note, is_settled) "
                              "VALUES (1, 'contact', '2026-10-21', '2026-10-21 09:00:00', 'x', '', '', 1)",
    "two incidents are one": "UPDATE incident_report SET incident_id = (SELECT MIN(incident_id) FROM incident_report) "
                             "WHERE report_id = '{report}'",
    "a question is answered": "INSERT INTO link_decision (decision_number, report_a, report_b, is_same, decided_at, actor, note) "
                              "SELECT 1, report_a, report_b, 1, '2026-10-24 09:00:00', 'x', '' "
                              "FROM link_question ORDER BY asked_on, report_a LIMIT 1",
    "a held row is released": "UPDATE held SET state = 'released'",
    "a held row has another reason": "UPDATE held SET reason = 'no reference' WHERE day = '2026-10-22'",
    "a delivery has other figures": "UPDATE delivery SET repeats = repeats + 1 WHERE day = '2026-10-22' AND feed = 'police'",
    "a feed is missing after all": "UPDATE feed_day SET outcome = 'missing' WHERE day = '2026-10-22' AND feed = 'fire'",
    "a day before is whole": "INSERT INTO feed_day SELECT '2026-10-15', feed, outcome, '', asked_at FROM feed_day "
                             "WHERE day = '2026-10-22'",
    "a proposal waits": PROPOSAL.replace("RESTRICTED", "0"),
    "a restricted proposal waits": PROPOSAL.replace("RESTRICTED", "1"),
    "a tasking is open": OLD_TASKING + ";" + STEP.format(id="T-20261020-00000001", verb="take"),
    "a tasking is done": OLD_TASKING + ";" + STEP.format(id="T-20261020-00000001", verb="done"),
}  # fmt: skip


def elsewhere(opened, source: str, target):
    """The same desk over a copy of a database."""
    shutil.copy(source, target)
    return replace(opened, warehouse=open_warehouse(f"sqlite:///{target}", opened.warehouse.sql))


@pytest.mark.parametrize("seed", range(len(CHANGES) + 8))
def test_a_changed_input_never_leaves_a_stale_briefing_in_force(settled, tmp_path, reworded, seed):
    """Each change alone, then several at once: where this version would say otherwise, later code makes a new one."""
    desk, opened = settled
    dice = random.Random(seed)
    names = [list(CHANGES)[seed]] if seed < len(CHANGES) else dice.sample(list(CHANGES), dice.randint(0, 4))
    here = elsewhere(opened, desk.database_url.removeprefix("sqlite:///"), tmp_path / "changed.db")
    reports = [row["report_id"] for row in desk.rows("report") if str(row["day"]) == str(DAY)]
    for name in names:
        change(here, *CHANGES[name].format(report=dice.choice(reports)).split(";") if "{report}" in CHANGES[name]
               else CHANGES[name].split(";"))  # fmt: skip
    now = compose(versions._input_recorder(here.briefings, DAY).inputs, DAY)
    stored = Briefing.read(contents(here)[-1])
    version = versions.current_briefing(here.briefings, DAY)[1]
    here.warehouse.engine.dispose()
    if not now.has_same_content(stored):
        assert version == 2, names
    elif not names:
        assert version == 1


def test_a_stored_briefing_that_is_damaged_is_followed_by_one_that_is_not(copied):
    opened = copied.open()
    change(opened, "UPDATE briefing SET content = '{' WHERE day = '2026-10-22'")
    assert versions.current_briefing(opened.briefings, DAY)[1] == 2


def test_two_runs_at_once_store_one_version_each_after_the_other(copied):
    opened = copied.open()
    assert store.store_briefing(opened.warehouse, DAY, "{}", "hash", {}, after=0) is None
    assert store.store_briefing(opened.warehouse, DAY, "{}", "hash", {}, after=1) == 2
