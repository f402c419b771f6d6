"""`tasking config check`: every declaration of every partnership, and what each says of others."""

import pytest
from cli.typed import outcome
from conftest import home_for

from tasking.cli import shell


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = home_for(tmp_path)
    monkeypatch.setenv("TASKING_HOME", str(home))
    monkeypatch.setattr(shell.output, "width", 500)
    return home


def edit(path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text, before
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_what_is_sound_is_counted(home):
    assert outcome("config", "check").endswith("declarations: sound")


def test_faults_of_all_files_and_between_them_are_named_at_once(home):
    include = home / "include"
    edit(include / "feeds" / "police.yml", "tells_once", "tels_once")
    edit(include / "expectations" / "fire.json", '"severity"', '"sevrity"')
    edit(include / "partnership.yml", "feeds: [police, council,", "feeds: [police, parish,")
    edit(include / "partnership.yml", "categories: [asb, youth_nuisance", "categories: [asb, youth")
    edit(
        include / "partnership.yml",
        "recipients: []",
        "recipients: [{name: Ward, contact: w@example.org, categories: [x]}]",
    )
    edit(include / "rules" / "cluster.yml", "themes:\n", "themes:\n  odd things: [oddity]\n")
    edit(include / "harm.yml", "categories: [burglary]", "categories: [burglry]")
    edit(include / "access.yml", "airflow: [see, act]", "airflow: [see, act, dance]")
    (include / "sql" / "rules" / "marac.sql").unlink()
    (include / "expectations" / "housing.json").unlink()
    said = outcome("config", "check", status=2)
    for words in (
        'feeds/police.yml, line 37, column 1: tels_once: there is no such key; did you mean "tells_once"?',
        'expectations.meta.sevrity: there is no such key; did you mean "severity"?',
        "feeds: there is no include/feeds/parish.yml",
        "taskings.owners: Kent Police, local policing team: there is no category youth",
        "recipients: Ward: there is no category 'x'",
        "rules/cluster.yml, ",
        "themes: there is no category oddity",
        "kinds: there is no category burglry",
        "roles.Tasking officer.airflow: there is no list 'dance'",
        "rule: there is no include/sql/rules/marac.sql",
        "expectations/housing.json: no such suite under include/expectations; every feed needs one",
        "feeds/council.yml, line 3, column 1: feed: partnership.yml does not list it under feeds",
        "Samples of feeds and queries of rules are tried once these are corrected.",
    ):
        assert words in said
    assert said.count("tels_once") == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("harms.yml", "harms.yml: no declaration has this name, so nothing reads the file; did you mean harm.yml?"),
        ("feeds/parish.yaml", "feeds/parish.yaml: no declaration has this name, so nothing reads the file; did you mean feeds/parish.yml?"),
        ("rules/old/x.yml", "rules/old/x.yml: no declaration has this name"),
    ],
)  # fmt: skip
def test_a_file_that_nothing_reads_is_named(home, name, words):
    path = home / "include" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("a: 1\n")
    assert words in outcome("config", "check", status=2)


def test_samples_and_queries_are_tried_where_the_files_are_sound(home):
    include = home / "include"
    (include / "feeds" / "samples" / "fire.jsonl").write_text("{}\n")
    edit(include / "sql" / "rules" / "surge.sql", "SELECT", "SELEKT")
    said = outcome("config", "check", status=2)
    assert "fire" in said
    assert "rules/surge.yml: include/sql/rules/surge.sql" in said


def test_the_layers_of_each_partnership_are_checked_and_a_shared_fault_is_named_once(home):
    for name in ("ashdown", "weald"):
        own = home / "include" / "partnerships" / name
        own.mkdir(parents=True)
        (own / "partnership.yml").write_text(f"name: {name.title()} CSU\nchannels: {{slack_channel: '#{name}'}}\n")
    assert outcome("config", "check").endswith(" declarations: sound")
    weald = home / "include" / "partnerships" / "weald"
    edit(weald / "partnership.yml", "slack_channel", "slack_chanel")
    (weald / "feeds").mkdir()
    (weald / "feeds" / "police.yml").write_text("feed: police\npartner: Weald Police\n")
    edit(home / "include" / "harm.yml", "line: 40", "line: 0")
    said = outcome("config", "check", status=2)
    assert said.count("harm.yml, line 6, column 7: line: 0; wanted: whole number, from 1") == 1
    assert "partnerships/weald/feeds/police.yml, line 1, column 1: delivery: this key is missing" in said
    assert "partnerships/weald/partnership.yml, line 2, column 12: channels.slack_chanel: there is no such key" in said
    assert "ashdown" not in said


def test_a_recipient_who_is_no_owner_is_to_be_looked_at_and_no_fault(home):
    edit(home / "include" / "partnership.yml", "recipients: []", "recipients: [{name: Parish, contact: p@example.org}]")
    said = outcome("config", "check")
    assert "to check: recipients: Parish is no owner under taskings, so nothing is proposed to them" in said
