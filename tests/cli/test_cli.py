"""The command line as a newcomer meets it: sentences, exit codes, CSV."""

import csv
import datetime as dt
import io
import json

import pytest
import sqlalchemy as sa
from made_desks import desk_in, replay_with_faults
from typer.testing import CliRunner

from tasking import flows
from tasking.cli import app
from tasking.intake import receiving
from tasking.intake.store import feed_days
from tasking.model.delivery import Outcome, Receipt

runner = CliRunner()


@pytest.fixture
def shell(desk_with_deliveries, monkeypatch):
    """A desk on which nothing has happened, and its command line: call(*arguments, status=0)."""
    return shell_of(desk_with_deliveries, monkeypatch)


@pytest.fixture
def shell_after(prepared, tmp_path, monkeypatch):
    """The same after the labelled fortnight, run day by day."""
    return shell_of(desk_in(prepared.folder("faulty", replay_with_faults, tmp_path)), monkeypatch)


def shell_of(desk, monkeypatch):
    monkeypatch.setenv("TASKING_HOME", str(desk.home))
    monkeypatch.setenv("TASKING_DATABASE_URL", desk.database_url)
    monkeypatch.setenv("TASKING_DROPS", str(desk.drops))

    def call(*arguments: str, status: int = 0):
        result = runner.invoke(app, list(arguments))
        assert result.exit_code == status, result.output
        return result

    return desk, call


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_day_is_run_posted_and_written(shell, tmp_path):
    desk, call = shell
    desk.path("fire", "2026-10-22").unlink()
    result = call("run", "--day", "2026-10-22", "--out", str(tmp_path / "out"))
    assert "Kent Fire & Rescue Service: nothing yet; no file came" in result.stdout
    assert "console: posted v1" in result.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "briefing.html", "briefing.json", "briefing.txt", "slack.json", "teams.json"
    ]  # fmt: skip
    assert "already posted, unchanged" in call("run", "--day", "2026-10-22").stderr


def test_the_stored_briefing_is_shown_in_each_form(shell):
    _, call = shell
    call("run", "--day", "2026-10-22")
    assert json.loads(call("briefing", "--day", "2026-10-22", "--format", "json").stdout)["day"] == "2026-10-22"
    assert call("briefing", "--day", "2026-10-22", "--format", "html").stdout.startswith("<!doctype html>")
    assert json.loads(call("briefing", "--day", "2026-10-22", "--format", "slack").stdout)["blocks"]
    assert call("briefing", "--day", "2026-10-22").stdout.startswith("OFFICIAL · CSU briefing · Thu 22 Oct 2026")


def test_a_replay_posts_nothing_and_exports_balance(shell):
    _, call = shell
    assert "OVERNIGHT" not in call("replay", "--from", "2026-10-22", "--to", "2026-10-23").stdout
    ledger = rows(call("export", "ledger").stdout)
    assert list(ledger[0]) == [
        "day",
        "feed",
        "rows_in",
        "new",
        "repeats",
        "revisions",
        "held",
        "out_of_area",
        "ignored",
    ]
    assert len(ledger) == 12
    for row in ledger:
        assert int(row["rows_in"]) == sum(int(row[k]) for k in ("new", "repeats", "revisions", "held", "out_of_area"))
    held = rows(call("export", "held", "--from", "2026-10-22", "--to", "2026-10-22").stdout)
    assert list(held[0]) == ["day", "feed", "source_ref", "row_number", "reason"]
    links = rows(call("export", "links").stdout)
    assert list(links[0]) == ["feed", "source_ref", "incident_id", "link_score", "reasons"]
    assert len({(row["feed"], row["source_ref"]) for row in links}) == len(links)


def test_held_rows_are_listed_and_put_right(shell):
    desk, call = shell
    call("replay", "--from", "2026-10-21", "--to", "2026-10-21")
    held = next(row for row in desk.held() if row["reason"].startswith("nothing reported"))
    assert held["held_id"][:8] in call("held", "list").stdout
    call("held", "correct", held["held_id"], "--set", "description=A tip of tyres in the lay-by")
    assert held["held_id"] not in {row["held_id"] for row in desk.held()}
    assert "was already corrected, by " in call("held", "release", held["held_id"], status=2).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["briefing", "--day", "2026-10-22"], "There is no briefing for 2026-10-22"),
        (["replay", "--from", "2026-10-22", "--to", "2026-10-20"], "is before --from"),
        (["run", "--day", "22/10/2026"], "Enter a day as YYYY-MM-DD"),
        (["run", "--day", "2026-10-22", "--drops", "/nowhere"], "There is no folder of deliveries at /nowhere"),
        (["feeds", "check", "polis"], "there is no include/feeds/polis.yml"),
    ],
)
def test_a_mistake_is_one_sentence(shell, arguments, words):
    _, call = shell
    result = call(*arguments, status=2)
    assert words in " ".join((result.stderr + result.stdout).replace("│", " ").split())
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://csu:secret-word@127.0.0.1:9/x", "nonsense", "sqlite:////proc/no/x.db"]
)
def test_a_warehouse_that_does_not_open_is_one_sentence_without_its_password(shell, monkeypatch, url):
    _, call = shell
    monkeypatch.setenv("TASKING_DATABASE_URL", url)
    result = call("export", "ledger", status=2)
    assert "Error:" in result.stderr
    assert "secret-word" not in result.output
    assert "Traceback" not in result.output


def test_a_broken_promise_ends_with_one(shell, monkeypatch):
    from tasking.model.errors import PromiseBroken

    def broken(*_arguments):
        raise PromiseBroken("police on 2026-10-22: 12 rows came in and 11 are accounted for")

    monkeypatch.setattr(flows, "check_promises", broken)
    _, call = shell
    assert "A check has failed" in call("run", "--day", "2026-10-22", status=1).stderr


def test_every_declared_feed_is_sound(shell):
    _, call = shell
    assert call("feeds", "check").stdout.count(": sound:") == 6


def test_an_export_holds_no_formula(capsys):
    from tasking.cli.shell import write_csv

    write_csv(("a",), [{"a": value} for value in ("=1+1", "+44", "-1", "@x", "\uff1d1+1", " =1", "a =1")])
    assert capsys.readouterr().out.splitlines()[1:] == ["'=1+1", "'+44", "'-1", "'@x", "'\uff1d1+1", "' =1", "a =1"]


def test_links_review_and_series_are_exported_with_their_reasons(shell_after):
    _, call = shell_after
    links = rows(call("export", "links").stdout)
    assert set(links[0]) == {"feed", "source_ref", "incident_id", "link_score", "reasons"}
    linked = [row for row in links if row["link_score"]]
    assert linked
    assert all(0 < float(row["link_score"]) <= 1 and row["reasons"] for row in linked)
    review = rows(call("export", "review").stdout)
    assert list(review[0]) == ["feed_a", "source_ref_a", "feed_b", "source_ref_b", "score", "question", "kind"]
    assert {row["kind"] for row in review} <= {"merge", "part"}
    assert len(review) <= 0.2 * len(links)
    series = rows(call("export", "series").stdout)
    assert list(series[0]) == ["series_id", "incident_id", "feed", "source_ref", "why"]


def test_an_incident_is_shown_split_merged_and_kept_apart(shell_after):
    desk, call = shell_after
    link = next(row for row in rows(call("export", "links").stdout) if row["link_score"])
    report = f"{link['feed']}:{link['source_ref']}"
    shown = call("incidents", "show", link["incident_id"]).stdout
    assert report in shown
    assert "    counts " in shown
    call("incidents", "split", link["incident_id"], report, "--note", "another night")

    def incident():
        return next(
            row for row in rows(call("export", "links").stdout) if f"{row['feed']}:{row['source_ref']}" == report
        )

    assert incident()["incident_id"] != link["incident_id"]
    call("incidents", "merge", link["incident_id"], report)
    assert incident()["incident_id"] == link["incident_id"]
    assert "asked" not in call("incidents", "questions").output
    log = [row["action"] for row in desk.rows("log")]
    assert [one for one in log if one.startswith("incident")] == ["incident split", "incidents merged"]
    assert "There is no incident" in call("incidents", "show", "I0", status=2).output


def test_a_fit_prints_old_beside_new_and_keeps_the_old_unless_the_new_are_better(shell_after, deliveries):
    desk, call = shell_after
    before = (desk.home / "include" / "linkage_model.json").read_bytes()
    result = call("linkage", "fit", "--labels", str(deliveries.folder / "truth.csv"), "--write", status=1)
    assert "old  linkage-2: precision" in result.output
    assert "new  linkage-3: precision" in result.output
    assert (desk.home / "include" / "linkage_model.json").read_bytes() == before
    assert "there is no file" in call("linkage", "fit", "--labels", "none.csv", status=2).output


def test_feeds_are_exported_with_one_of_five_outcomes(shell):
    desk, call = shell
    warehouse = desk.open().warehouse
    stands = {
        "wardens": (Outcome.LANDED_IN_PART, "page 3 did not come"),
        "fire": (Outcome.SAME_AS_BEFORE, "the file of Wed 21 Oct was sent again: nothing new"),
        "housing": (Outcome.UNREACHABLE, "the password was refused"),
        "residents": (Outcome.SAME_AS_BEFORE, ""),
        "council": (Outcome.REFUSED, "a PDF"),
        "police": (Outcome.MISSING, ""),
    }
    for feed, (outcome, reason) in stands.items():
        feed_days.store(warehouse, Receipt(feed, dt.date(2026, 10, 22), outcome, reason=reason), desk.now)
    found = rows(call("export", "feeds").stdout)
    assert list(found[0]) == ["day", "feed", "outcome", "reason", "files", "rows_in", "landed_at"]
    assert {row["feed"]: (row["outcome"], row["reason"]) for row in found} == {
        "wardens": ("landed_in_part", "page 3 did not come"),
        "fire": ("missing", "the file of Wed 21 Oct was sent again: nothing new"),
        "housing": ("unreachable", "the password was refused"),
        "residents": ("missing", "the file of an earlier day was sent again: nothing new"),
        "council": ("refused", "a PDF"),
        "police": ("missing", ""),
    }


def test_what_landed_in_part_has_its_time_and_what_is_missing_has_none(shell):
    desk, call = shell
    day = dt.date(2026, 10, 22)
    opened = desk.open()
    content = desk.path("residents", str(day)).read_bytes()
    taken = receiving.receive_by_hand(opened.intake, "residents", day, "x.csv", content, "jo")
    assert taken.outcome == Outcome.LANDED
    for outcome, landed_at in (
        (Outcome.LANDED_IN_PART, "2026-11-20T07:00:00+00:00"),
        (Outcome.LANDED, "2026-11-20T07:00:00+00:00"),
    ):
        feed_days.store(opened.warehouse, Receipt("residents", day, outcome), desk.now)
        assert rows(call("export", "feeds").stdout)[0]["landed_at"] == landed_at
    # A file of an earlier day came late, as the only one: the feed itself is missing.
    with opened.warehouse.writing() as connection:
        connection.execute(sa.text("UPDATE feed_day SET outcome = 'missing'"))
    missing = rows(call("export", "feeds").stdout)[0]
    assert (missing["outcome"], missing["landed_at"]) == ("missing", "")
