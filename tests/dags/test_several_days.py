"""Several days, several states: clocks that change, feeds that are paused, renamed, deleted or added, days made up for.

What the runbook says of them under "Several days". `lived` is Airflow's own scheduler under a moved clock, see
several_days.py; the rest is what our steps and pages make of it.
"""

import datetime as dt
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from conftest import ROOT, FakeChannel, free_port, home_for

from tasking import delivery, flows, triggers
from tasking.briefing import versions
from tasking.intake import polling
from tasking.intake.store import feed_days
from tasking.model.delivery import Outcome, Receipt
from tasking.runtime.doctor import examine
from tasking.runtime.settings import Settings

from .conftest import airflow_environment, running_airflow, stop_the_clock

SIX = ["police", "council", "wardens", "housing", "fire", "residents"]
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (dt.date(2026, 10, number) for number in (19, 20, 21, 22))


@pytest.fixture(scope="module")
def lived(tmp_path_factory, airflow_database) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("several-days")
    environment = airflow_environment(folder, 8080, home_for(folder / "home"), folder)
    environment["PYTHONPATH"] = str(ROOT / "src")
    airflow_database(folder)
    program = [sys.executable, Path(__file__).with_name("several_days.py")]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def of(runs: list[str], beginning: str) -> list[str]:
    return [run for run in runs if f" {beginning}" in f" {run}"]


# A week in which the clocks change


@pytest.mark.parametrize(
    ("season", "days"),
    [("autumn", ["Sat 2026-10-24", "Sun 2026-10-25", "Mon 2026-10-26", "Tue 2026-10-27"]),
     ("spring", ["Sat 2027-03-27", "Sun 2027-03-28", "Mon 2027-03-29"])],
)  # fmt: skip
def test_over_a_change_of_the_clocks_each_thing_runs_once_a_day_at_its_local_time(lived, season, days):
    times = {"housekeeping": "03:20", "briefing_cut_off": "07:30", "briefing_last_look": "07:50"}
    times |= dict.fromkeys([f"feed_{feed}" for feed in SIX] + ["daily_briefing"], "06:05")
    for dag_id, clock in times.items():
        expected = [f"{day[:3]} {clock} {dag_id} {day[4:]}" for day in days]
        assert of(lived[season], f"{dag_id} ") == expected


def test_the_weekly_alert_is_looked_after_on_every_weekday_of_its_week(lived):
    """Five runs, one partition: two of one name would end the scheduler."""
    assert of(lived["autumn"], "weekly") == [f"{day} 08:30 weekly_task_and_finish 2026-W44" for day in ("Mon", "Tue")]
    assert [run[:3] for run in of(lived["paused"], "weekly")] == ["Wed", "Thu", "Fri"]


@pytest.mark.parametrize(
    ("meeting", "hours"),
    [("2026-10-26", 3 * 24 + 1), ("2027-03-30", 5 * 24 - 1), ("2026-11-02", 3 * 24)],  # the second after Easter
)
def test_the_weekend_on_which_the_clocks_change_is_an_hour_longer_or_shorter(desk, meeting, hours):
    partnership = desk.open().partnership
    since, until = partnership.calendar.reporting_window(dt.date.fromisoformat(meeting))
    assert until - since == dt.timedelta(hours=hours)
    assert f"{partnership.due_at(dt.date.fromisoformat(meeting)).astimezone(partnership.zone):%H:%M}" == "07:30"


# A paused feed


def test_a_paused_feed_has_no_runs_and_the_briefing_goes_at_the_cut_off(lived):
    assert of(lived["paused"], "feed_fire") == []
    assert {run[4:9] for run in of(lived["paused"], "daily_briefing")} == {"07:30"}


def test_a_feed_that_is_switched_on_again_is_asked_for_today_alone(lived):
    assert of(lived["unpaused"], "feed_") == ["feed_fire 2026-10-31"]


def test_what_is_paused_is_seen_and_what_airflow_does_not_know_counts_as_on(lived):
    assert lived["switched off"] == ["fire"]


def test_a_paused_feed_comes_in_by_no_other_door_and_is_named(desk_with_deliveries):
    desk = desk_with_deliveries
    opened = desk.open()
    flows.poll(opened, "fire", WEDNESDAY)
    polling.poll_again(opened.intake, THURSDAY, switched_off=["fire"])
    briefing, _ = flows.brief(opened, THURSDAY)
    assert feed_days.outcome_of(opened.warehouse, "police", THURSDAY) == Outcome.LANDED
    assert [notice for notice in briefing.notices if "Fire" in notice] == [
        "Kent Fire & Rescue Service: nothing since Wed 21 Oct; we have not checked for it"
    ]
    flows.ensure_posted(opened, THURSDAY, switched_off=["fire"])
    assert feed_days.outcome_of(opened.warehouse, "fire", THURSDAY) is None
    flows.ensure_posted(opened, THURSDAY)  # switched on again
    assert feed_days.outcome_of(opened.warehouse, "fire", THURSDAY) == Outcome.LANDED


# A feed that is renamed, deleted or added


def declare(home: Path, feeds: list[str], **renamed: str) -> None:
    """The feeds of the partnership; `renamed`: new name -> the feed whose declaration it takes over."""
    include = home / "include"
    partnership = yaml.safe_load((include / "partnership.yml").read_text())
    for feed in set(partnership["feeds"]) - set(feeds):
        (include / "feeds" / f"{feed}.yml").rename(include / "feeds" / f"{feed}.yml.gone")
    for new, old in renamed.items():
        text = (include / "feeds" / f"{old}.yml.gone").read_text()
        (include / "feeds" / f"{new}.yml").write_text(text.replace(f"feed: {old}", f"feed: {new}"))
        suite = (include / "expectations" / f"{old}.json").read_text()
        (include / "expectations" / f"{new}.json").write_text(suite.replace(f'"name": "{old}"', f'"name": "{new}"'))
    (include / "partnership.yml").write_text(yaml.safe_dump(partnership | {"feeds": feeds}, allow_unicode=True))


def ill(desk) -> dict[str, str]:
    given = Settings(home=desk.home, database_url=desk.database_url, drops=desk.drops, pseudonym_key="ab" * 32)
    checks = examine(given, lambda _settings: desk.open())
    return {one.name: f"{one.words}; {one.advice}" for one in checks if not one.is_well}


def test_under_a_new_name_the_same_day_is_asked_again_if_it_is_renamed_in_the_morning(lived):
    assert "Sat 07:00 feed_police_force 2026-11-21" in lived["renamed"]
    assert "feed_police" not in lived["dags renamed"]
    assert of(lived["renamed"], "daily_briefing")[-1] == "Sun 06:05 daily_briefing 2026-11-22"


def test_what_comes_again_under_a_new_name_counts_twice_and_the_doctor_says_so(desk_with_deliveries):
    desk = desk_with_deliveries
    flows.poll(desk.open(), "police", WEDNESDAY)
    flows.poll(desk.open(), "police", THURSDAY)
    before = desk.ledger()[str(THURSDAY), "police"]
    declare(desk.home, ["police_force", *SIX[1:]], police_force="police")
    shutil.copytree(desk.drops / "police", desk.drops / "police_force")
    flows.poll(desk.open(), "police_force", THURSDAY)
    assert desk.ledger()[str(THURSDAY), "police_force"]["new_reports"] == before["new_reports"] > 0
    desk.now = dt.datetime(2026, 10, 22, 12, 0, tzinfo=dt.UTC)
    assert "police is no longer a feed, and police_force began when it ended" in ill(desk)["feeds of before"]


def test_a_weekend_under_two_names_is_in_one_briefing_and_nobody_is_missed_before_it_began(desk_with_deliveries):
    desk = desk_with_deliveries
    saturday, sunday, monday = (dt.date(2026, 10, number) for number in (24, 25, 26))
    desk.put("police", str(saturday), desk.path("police", str(THURSDAY)).read_bytes())
    flows.poll(desk.open(), "police", saturday)
    declare(desk.home, ["police_force", *SIX[1:]], police_force="police")
    opened = desk.open()
    for feed in ("police_force", *SIX[1:]):
        for day in (sunday, monday) if feed == "police_force" else (saturday, sunday, monday):
            feed_days.store(opened.warehouse, Receipt(feed, day, Outcome.LANDED), desk.now)
    briefing, _ = flows.brief(opened, monday)
    assert briefing.covers == (saturday, sunday, monday)
    assert briefing.notices == ()
    assert [briefing.feeds[0].partner, briefing.feeds[-1].partner] == ["Kent Police", "police"]
    assert briefing.feeds[-1].rows_in > 0  # Saturday's rows are in the figures


def test_the_briefing_waits_no_more_for_a_feed_that_is_deleted(lived):
    assert "feed_parish" not in lived["dags without it"]
    assert of(lived["deleted, next day"], "daily_briefing") == ["Sat 06:05 daily_briefing 2026-11-21"]


def test_where_feeds_are_added_or_deleted_in_the_morning_that_days_briefing_goes_at_the_cut_off(lived):
    """Airflow forgets what had landed for a briefing that waits, when what it waits for changes."""
    assert lived["before it is deleted"] == ["2026-11-20"]
    assert lived["the last of the others lands"] == []
    assert of(lived["deleted, that day"], "daily_briefing") == ["Fri 07:30 daily_briefing 2026-11-20"]
    assert lived["the sixth lands"] == []
    assert of(lived["seventh, that day"], "daily_briefing") == ["Wed 07:30 daily_briefing 2026-11-18"]


def test_what_a_deleted_feed_told_can_still_be_read_and_its_held_rows_rejected(desk_with_deliveries):
    from pages.conftest import Pages

    desk = desk_with_deliveries
    days = [dt.date(2026, 10, number) for number in range(19, 23)]
    for day in days:
        desk.run(str(day), is_posting=False)
    held = next(row for row in desk.held() if row["feed"] == "police")
    declare(desk.home, SIX[1:])
    pages = Pages(desk)
    for path in ("held", "held?feed=police", f"held/{held['held_id']}", "incidents", "feeds", f"feeds?day={THURSDAY}",
                 f"feeds/police/{THURSDAY}", f"tonight?day={THURSDAY}", "today", "map", "log"):  # fmt: skip
        assert pages.get(f"/{path}").status_code == 200, path
    assert "police is no longer a feed" in pages.post(f"/held/{held['held_id']}/correct", {"cell:IncidentNo": "1"}).text
    pages.post(f"/held/{held['held_id']}/reject", {"reason": "the feed is gone"})
    assert [row["state"] for row in desk.rows("held") if row["held_id"] == held["held_id"]] == ["rejected"]
    assert versions.stored_briefing(desk.open().briefings, THURSDAY)[0].feeds[0].partner == "Kent Police"
    flows.brief(desk.open(), THURSDAY)  # and that day's can be made again


def test_a_feed_that_is_added_in_the_morning_is_asked_that_day_and_waited_for_from_the_next(lived):
    assert lived["seventh added"] == ["feed_parish 2026-11-18"]
    assert "Thu 06:05 feed_parish 2026-11-19" in lived["seventh, next day"]
    assert of(lived["seventh, next day"], "daily_briefing") == ["Thu 06:05 daily_briefing 2026-11-19"]


def test_nobody_misses_a_feed_on_days_before_it_was_added(desk):
    opened = desk.open()
    days = [dt.date(2026, 10, number) for number in (24, 25, 26)]
    for day in days:
        for feed in SIX[:5]:
            feed_days.store(opened.warehouse, Receipt(feed, day, Outcome.LANDED), desk.now)
    assert flows.brief(opened, days[-1])[0].notices == ("Residents: nothing yet; we have not checked for it",)
    feed_days.store(opened.warehouse, Receipt("residents", days[1], Outcome.MISSING), desk.now)  # added on Sunday
    feed_days.store(opened.warehouse, Receipt("residents", days[2], Outcome.LANDED), desk.now)
    briefing, _ = flows.brief(opened, days[-1])
    assert briefing.notices == ("Residents: nothing for Sun 25 Oct; no file came",)
    assert briefing.feeds[-1].state == "missing on 1 of 2 days"
    assert (
        "Residents: nothing on 1 of 1 days, last missing Sun 25 Oct"
        in triggers.build_weekly_alert(opened.triggers, "2026-W44").feeds
    )


# Days that are made up for


def test_after_two_days_off_the_newest_day_starts_by_itself_and_one_old_day_may(lived):
    """Airflow keeps the tick that was next when it stopped; the days between are never made up for."""
    started = {run.split()[1] for run in of(lived["off"], "feed_")}
    assert started == {"2026-11-03", "2026-11-05"}
    assert max(Counter(lived["off"]).values(), default=0) <= 2  # the weekly alert's week
    assert of(lived["off, next day"], "daily_briefing") == ["Fri 06:05 daily_briefing 2026-11-06"]


@pytest.fixture
def off(desk_with_deliveries):
    """A machine that was off on Tuesday and Wednesday, on Thursday at nine, with a chat that people read."""
    desk = desk_with_deliveries
    desk.channel = FakeChannel(reaches_people=True)
    desk.others["ops"] = [FakeChannel("ops", form="text")]
    desk.now = dt.datetime(2026, 10, 19, 6, 31, tzinfo=dt.UTC)
    desk.run(str(MONDAY))
    desk.now = dt.datetime(2026, 10, 22, 8, 0, tzinfo=dt.UTC)  # 09:00
    return desk


def test_todays_briefing_is_posted_late_and_an_old_days_is_not(off):
    off.run(str(TUESDAY))  # the tick that was kept
    flows.ensure_posted(off.open(), TUESDAY)
    assert "has passed: no warning is scheduled" in delivery.schedule_deadline_alarm(off.open().delivery, TUESDAY)[0]
    assert [note.idempotency_key for note in off.channel.sent.values()] == [f"briefing:{MONDAY}"]
    off.run(str(THURSDAY))
    notes = list(off.channel.sent.values())
    assert [note.idempotency_key for note in notes] == [f"briefing:{MONDAY}", f"briefing:{THURSDAY}"]
    assert "LATE: posted at 09:00" in str(notes[-1])
    assert not any(str(TUESDAY) in note.idempotency_key for note in off.others["ops"][0].sent.values())


def test_the_doctor_names_the_days_that_nobody_asked_for_until_they_are_made_up_for(off):
    off.run(str(THURSDAY))
    off.now = dt.datetime(2026, 10, 22, 9, 0, tzinfo=dt.UTC)
    assert f"for {TUESDAY}, {WEDNESDAY}" in ill(off)["days"]
    assert f"tasking replay --from {TUESDAY} --to {WEDNESDAY}" in ill(off)["days"]
    posted = dict(off.channel.sent)
    flows.replay(off.open(), TUESDAY, WEDNESDAY, lambda _done: None)
    assert off.ledger()[str(TUESDAY), "police"]["new_reports"] > 0
    assert off.ledger()[str(WEDNESDAY), "police"]["new_reports"] > 0
    assert off.channel.sent == posted
    assert "days" not in ill(off)

    reports = len(off.rows("report"))
    flows.replay(off.open(), TUESDAY, WEDNESDAY, lambda _done: None)  # asked again, and nothing more comes of it
    assert len(off.rows("report")) == reports


def test_files_of_missed_days_that_are_looked_back_for_are_news_of_today_and_come_once(off):
    declaration = off.home / "include" / "feeds" / "police.yml"
    declaration.write_text(declaration.read_text().replace("delivery:\n", "delivery:\n  look_back: 2 days\n"))
    flows.poll(off.open(), "police", THURSDAY)
    days = [str(row["received_at"])[:10] for row in off.rows("report") if str(row["day"]) == str(THURSDAY)]
    assert {str(MONDAY), str(TUESDAY), str(WEDNESDAY)} <= set(days)
    for day in (TUESDAY, WEDNESDAY):
        assert flows.poll(off.open(), "police", day).receipt.ledger.new == 0


def test_a_backfill_leaves_out_its_last_day_and_asks_for_each_day_once(lived):
    five = [f"2026-09-{number}" for number in range(14, 18)]
    assert lived["backfill"] == [five, [], five]  # none that ran; and with "all runs", every one once more
    assert of(lived["after the backfill"], "feed_council") == ["Tue 06:05 feed_council 2026-12-08"]


# With a scheduler


@pytest.mark.server
def test_a_backfill_brings_data_and_no_post_and_a_paused_feed_is_not_asked(tmp_path, deliveries):
    home = home_for(tmp_path / "home")
    stop_the_clock(home)
    folder = tmp_path / "airflow"
    folder.mkdir()
    environment = airflow_environment(folder, free_port(), home, deliveries.folder)
    engine = sa.create_engine(environment["TASKING_DATABASE_URL"])

    def asked() -> set[tuple[str, str]]:
        """Of the days of the deliveries: after a backfill Airflow makes up for the newest tick of the clock too."""
        if not sa.inspect(engine).has_table("feed_day"):
            return set()
        with engine.connect() as connection:
            return set(connection.execute(sa.text("SELECT day, feed FROM feed_day WHERE day < '2026-11-01'")))

    def ended(dag_id: str, number: int) -> bool:
        return [run["state"] for run in airflow.runs(dag_id)].count("success") == number

    with running_airflow(environment) as airflow:
        known = lambda: len(airflow.get("/api/v2/dags")["dags"]) >= 11  # noqa: E731
        airflow.wait_for(known, 60, "the DAGs are read")
        airflow.patch("/api/v2/dags/feed_fire", {"is_paused": True})
        airflow.create_backfill("feed_council", "2026-10-20", "2026-10-22")
        airflow.wait_for(lambda: ended("feed_council", 2), 90, "the backfill")
        assert asked() == {("2026-10-20", "council"), ("2026-10-21", "council")}, airflow.runs("feed_council")
        airflow.trigger("briefing_cut_off", {"day": "2026-10-21"})
        over = lambda: [one for one in airflow.runs("daily_briefing") if one["state"] in ("success", "failed")]  # noqa: E731
        run = airflow.wait_for(over, 120, "the briefing of an old day")[0]
        assert airflow.states("daily_briefing", run["dag_run_id"])["post"] == "skipped"
    assert {feed for day, feed in asked() if day == "2026-10-21"} == set(SIX) - {"fire"}
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT day FROM outbox WHERE kind = 'briefing'")).all() == []
