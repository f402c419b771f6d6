"""include/privacy.yml: it knows every field and column, what it says is done, and the record of processing shows it."""

import csv
import io
import shutil

import pytest
import yaml
from cli.typed import outcome
from conftest import ROOT
from typer.testing import CliRunner

from tasking.cli import app
from tasking.config.feed_columns import Fields
from tasking.config.layers import Include
from tasking.config.privacy_file import PHOTOS, load_privacy
from tasking.model.access import May
from tasking.model.errors import DeclarationError
from tasking.model.report import PERSONAL_COLUMNS, REPORT_FIELDS, Audience
from tasking.pages import Person
from tasking.privacy import erasure, retention
from tasking.privacy.store import text_columns
from tasking.runtime.local import open_services
from tasking.runtime.settings import Settings

from .conftest import PHONE
from .test_retention import after

PRIVACY = ROOT / "include" / "privacy.yml"


@pytest.fixture
def home(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "include", tmp_path / "include")
    monkeypatch.setenv("TASKING_HOME", str(tmp_path))
    return tmp_path


def declare(path, **changes) -> None:
    """Writes privacy.yml with some fields changed; None: without its entry."""
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, change in changes.items():
        if change is None:
            del declared["fields"][name]
        else:
            declared["fields"][name] = declared["fields"].get(name, {}) | change
    path.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False), encoding="utf-8")


def say_of(home, feed: str, text: str) -> None:
    path = home / "include" / "feeds" / f"{feed}.yml"
    path.write_text(path.read_text(encoding="utf-8") + f"privacy: {text}\n", encoding="utf-8")


def record(*arguments: str) -> list[dict[str, str]]:
    result = CliRunner().invoke(app, ["privacy", "record", *arguments, "--format", "csv"])
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.output)))


# What is declared


def test_every_field_of_a_report_and_of_a_feed_has_its_entry():
    privacy = load_privacy(PRIVACY)
    assert set(privacy.fields) == {*REPORT_FIELDS, PHOTOS}
    assert {source for one in privacy.fields.values() for source in one.read_from} == {*Fields.model_fields, PHOTOS}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ward": None}, "ward has no entry: say what it is, why and for how long it is kept"),
        ({"priority_text": None}, "no entry has priority under read_from: say what becomes of it"),
        ({"wards": {"what": "x", "data": "none", "purpose": "record", "kept": "reports_days", "read_from": ["place"]}},
         "fields.wards: a report has no such column"),
        ({"town": {"read_from": ["plaice"]}}, "fields.town.read_from: a feed has no field 'plaice'"),
        ({"town": {"purpose": "curiosity"}}, "fields.town.purpose: there is no purpose 'curiosity'; there are: record, "),
        ({"caller_name": {"data": "special"}}, "the purpose follow_up names no condition for it: special"),
        ({"text": {"kept": "reports_days"}}, "fields.text.kept: it goes with the people of a report"),
        ({"is_vulnerable": {"kept": "people_days"}}, "fields.is_vulnerable.kept: a report can't be kept without it"),
        ({"town": {"data": "secret"}}, 'fields.town.data: "secret"; wanted: none or personal or special or criminal'),
    ],
)  # fmt: skip
def test_what_is_missing_or_could_not_be_done_is_refused_with_its_place(tmp_path, changes, said):
    path = tmp_path / "privacy.yml"
    shutil.copy(PRIVACY, path)
    declare(path, **changes)
    with pytest.raises(DeclarationError) as raised:
        load_privacy(path)
    assert any(said in str(one) and one.line > 1 for one in raised.value.faults)


def test_a_column_that_is_added_without_an_entry_stops_everything(home):
    declare(home / "include" / "privacy.yml", ward=None)
    with pytest.raises(DeclarationError, match="ward has no entry"):
        open_services(Settings(home=home, pseudonym_key="ab" * 32))
    assert "privacy.yml, line" in outcome("config", "check", status=2)


@pytest.mark.parametrize(
    ("refined", "said"),
    [
        ("{Logg: {data: special}}", "privacy: Logg: the feed does not read such a column; it reads: IncidentNo, "),
        ("{Log: {purpose: x}}", "privacy: Log: there is no purpose 'x'"),
        ("{CallerName: {data: special}}", "the purpose follow_up names no condition for it: special"),
        ("{Log: {kept: for_ever}}", "privacy.Log.kept: there is no such key"),
    ],
)
def test_a_feed_can_not_say_what_nobody_can_do(home, refined, said):
    say_of(home, "police", refined)
    words = outcome("config", "check", status=2)
    assert said in words
    assert "feeds/police.yml, line 40, column " in words


# Who may read what


def test_what_names_somebody_is_read_with_the_right_to_details_at_least():
    for name in PERSONAL_COLUMNS:
        assert REPORT_FIELDS[name].read_by >= Audience.DETAILS
    privacy = load_privacy(PRIVACY)
    personal = {*PERSONAL_COLUMNS, *text_columns.PERSONAL["report"]}
    assert {name for name in personal if privacy.fields[name].data == "none"} == set()
    in_chat = {name for name in text_columns.FREE_TEXT["report"] if REPORT_FIELDS[name].read_by == Audience.EVERYONE}
    assert in_chat == set()


def test_the_page_of_a_report_gets_no_field_that_its_reader_may_not_have():
    row = dict.fromkeys(REPORT_FIELDS, "x") | {"report_id": "police:1"}
    viewer = Person("viewer", frozenset({May.READ})).readable(row)
    officer = Person("officer", frozenset({May.READ, May.DETAILS})).readable(row)
    assert viewer["report_id"] == "police:1"
    assert viewer["place_name"] == viewer["source_ref"] == "x"
    assert {viewer[name] for name in (*PERSONAL_COLUMNS, "place_text", "postcode", "category_text")} == {None}
    assert officer["caller_name"] == officer["place_text"] == "x"
    assert officer["caller_key"] is officer["subject_born_on"] is None
    assert set(Person("nobody", frozenset()).readable(row).values()) == {None, "police:1"}


def test_a_query_of_the_briefing_is_given_nothing_personal(home):
    path = home / "include" / "sql" / "briefing" / "incidents.sql"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("-- columns: incident_id text,", "-- columns: place_text text, incident_id text,"))
    said = "include/sql/briefing/incidents.sql: a briefing may not be made from place_text: it is personal"
    assert said in outcome("config", "check", status=2)


# For how long


def words_of_places(desk) -> set[tuple]:
    return {(row["place_text"], row["category_text"]) for row in desk.rows("report")}


def test_a_place_in_a_partners_words_goes_with_the_people_and_the_public_place_stays(traces):
    before = words_of_places(traces)
    public = sorted(row["place_name"] for row in traces.rows("report"))
    retention.purge(traces.open().privacy, after(729))
    assert words_of_places(traces) == before
    assert {place for place, _ in before} != {None}
    gone = retention.purge(traces.open().privacy, after(731))
    assert gone["reports emptied of partners' words"] == 8
    assert words_of_places(traces) == {(None, None)}
    assert sorted(row["place_name"] for row in traces.rows("report")) == public


def test_what_privacy_yml_says_of_a_field_is_what_retention_does(traces):
    declare(traces.home / "include" / "privacy.yml", place_text={"kept": "reports_days"}, town={"kept": "people_days"})
    retention.purge(traces.open().privacy, after(731))
    rows = traces.rows("report")
    assert {row["town"] for row in rows} == {row["category_text"] for row in rows} == {None}
    assert None not in {row["place_text"] for row in rows}


def test_a_legal_hold_keeps_the_words_of_a_place_too(traces):
    erasure.place_hold(traces.open().privacy, PHONE, "court case 12", "records officer")
    retention.purge(traces.open().privacy, after(731))
    kept = [row["report_id"] for row in traces.rows("report") if row["place_text"]]
    assert sorted(kept) == sorted({row["report_id"] for row in traces.rows("report_person")})
    assert 0 < len(kept) < 8


def test_old_reports_whose_people_went_before_this_rule_are_emptied_too(traces):
    declare(traces.home / "include" / "privacy.yml", place_text={"kept": "reports_days"})
    retention.purge(traces.open().privacy, after(731))
    declare(traces.home / "include" / "privacy.yml", place_text={"kept": "people_days"})
    retention.purge(traces.open().privacy, after(732))
    assert words_of_places(traces) == {(None, None)}


# The record of processing


def test_every_column_of_every_feed_is_in_the_record_with_all_that_is_asked_for(home):
    lines = record()
    feeds = open_services(Settings(home=home, pseudonym_key="ab" * 32)).feeds
    assert {(one["feed"], one["column"]) for one in lines} == {
        (name, column) for name, feed in feeds.items() for column in feed.columns
    }
    assert all(one[name] for one in lines for name in one)
    (log,) = [one for one in record("police") if one["field"] == "text"]
    assert (log["column"], log["data"], log["kept_for"], log["seen_by"]) == (
        "Log", "special (art. 9)", "730 days", "Tasking officer",
    )  # fmt: skip
    assert "article 9(2)(g)" in log["basis"]
    assert "article 10" not in log["basis"]


def test_a_column_that_is_not_read_is_in_the_record_as_long_as_its_file_is_kept(home):
    (line,) = [one for one in record("council") if one["column"] == "status"]
    assert (line["field"], line["kept_for"]) == ("(not read)", "90 days")


def test_a_feed_may_say_more_of_its_own_column_and_only_of_what_is_sent_in_it(home):
    say_of(home, "police", "{SubjectName: {what: the suspect's name, data: criminal}, Log: {data: criminal}}")
    said = {one["field"]: one for one in record("police") if one["column"] in ("SubjectName", "Log")}
    assert said["subject_name"]["what"] == "the suspect's name"
    assert "pseudonym" in said["subject_key"]["what"]
    assert said["text"]["data"] == "criminal (art. 10)"
    assert said["is_restricted"]["data"] == "personal"
    assert {one["data"] for one in record("fire") if one["field"] == "text"} == {"special (art. 9)"}


def test_the_record_on_screen_and_as_markdown_has_what_holds_for_all(home):
    for form in ((), ("--format", "markdown")):
        said = outcome("privacy", "record", "housing", *form)
        assert "Only people with the right “restricted” read a restricted report" in said
        assert "kept for 90 days" in said
        assert "Case Ref" in said


def test_a_heading_of_a_partner_breaks_no_table(home):
    path = home / "include" / "feeds" / "residents.yml"
    text = path.read_text(encoding="utf-8")
    declared = yaml.safe_load(text)
    column = declared["fields"]["text"]
    path.write_text(text.replace(f"text: {column}", 'text: "a|b\\n=cmd()<b>"'), encoding="utf-8")
    assert "a\\|b =cmd()&lt;b>" in outcome("privacy", "record", "residents", "--format", "markdown")
    path.write_text(text.replace(f"text: {column}", 'text: "=cmd()"'), encoding="utf-8")
    assert "'=cmd()" in {one["column"] for one in record("residents")}


def test_a_feed_that_the_partnership_does_not_receive_is_named(home):
    assert "receives no feed parish; there are: police," in outcome("privacy", "record", "parish", status=2)


def test_a_partnership_of_several_has_its_own_record(home, monkeypatch):
    own = home / "include" / "partnerships" / "weald"
    own.mkdir(parents=True)
    (own / "partnership.yml").write_text("name: Weald CSU\nretention: {people_days: 365}\nfeeds: [police]\n")
    assert load_privacy(Include.of(home / "include", "weald") / "privacy.yml") == load_privacy(PRIVACY)
    monkeypatch.setenv("TASKING_PARTNERSHIP", "weald")
    lines = record()
    assert {one["feed"] for one in lines} == {"police", "desk"}
    assert {one["kept_for"] for one in lines if one["field"] == "text"} == {"365 days"}
