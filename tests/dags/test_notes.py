"""What the note of a run says of a feed at each moment, and that it stands there while the run goes on."""

import asyncio
import datetime as dt
import json
import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking.intake.store import feed_days
from tasking.model.delivery import NOT_WHOLE, Outcome, Receipt
from tasking.model.feed_status import MorningClock, NextStepContext
from tasking.runtime import run_notes

from .conftest import airflow_environment

sys.path.insert(0, str(ROOT / "plugins"))
LONDON = ZoneInfo("Europe/London")
DAY = dt.date(2026, 11, 27)
FOLLOW = NextStepContext(is_briefed=False, has_meeting=True, where_ops_look="the connection feed_police")


def local(clock: str) -> dt.datetime:
    return dt.datetime.combine(DAY, dt.time.fromisoformat(clock), LONDON)


@pytest.fixture
def note(desk):
    """note(outcome, reason, asked, now): what the note of Kent Police says."""
    opened = desk.open()
    morning = MorningClock(DAY, opened.partnership.meeting, LONDON)

    def of(outcome: Outcome | None, reason: str, asked: str, now: str) -> str:
        if outcome:
            feed_days.store(opened.warehouse, Receipt("police", DAY, outcome, reason=reason), local(asked))
        return run_notes.of_feed(opened.warehouse, "police", morning, local(now), FOLLOW, "the data desk")

    return of


@pytest.mark.parametrize(
    ("outcome", "reason", "asked", "now", "words"),
    [
        (None, "", "", "06:06", "not checked. Next: checked within 5 minutes."),
        (None, "", "", "05:00", "not checked. Next: checked from 06:05."),
        (None, "", "", "06:30", "not checked. Next: ops: is the scheduler running, and is the feed's DAG switched on?"),
        (Outcome.MISSING, "", "07:12", "07:12", "not there yet at 07:12. Next: checked again until 07:30."),
        (Outcome.MISSING, "", "07:12", "07:31", "not there at 07:12, not checked since. Next: checked once more by 07:50."),
        (Outcome.MISSING, "what came and could not be taken: “J Doe.csv” (another day's)", "07:31", "07:31",
         "missing at 07:31, after the due time: what came and could not be taken: “…” (another "
         "day's). Next: the briefing goes out without it; if you upload the file, the briefing is updated. Ring the data desk."),
        (Outcome.MISSING, f"{NOT_WHOLE}KP.csv is still being written", "07:12", "07:12",
         "still being sent at 07:12: KP.csv is still being written. Next: checked again until 07:30."),
        (Outcome.MISSING, f"{NOT_WHOLE}KP.csv is still being written", "07:29", "07:31",
         "still being sent at 07:29, not checked since: KP.csv is still being written. Next: checked once more by 07:50."),
        (Outcome.MISSING, f"{NOT_WHOLE}KP.csv is still being written", "07:31", "07:32",
         "still being sent at 07:31: KP.csv is still being written. Next: the briefing goes out without it; if you "
         "upload the file, the briefing is updated. Ring the data desk."),
        (Outcome.UNREACHABLE, "the password was refused", "06:40", "06:41",
         "could not be reached at 06:40: the password was refused. Next: ops: check the connection feed_police; checked again "
         "until 07:30."),
        (Outcome.UNREACHABLE, "the password was refused", "07:31", "07:35",
         "could not be reached at 07:31: the password was refused. Next: ops: check the connection feed_police; the "
         "briefing goes out without it; if you upload the file, the briefing is updated."),
        (Outcome.UNREACHABLE, "a fault in Tasking (KeyError)", "07:31", "07:35",
         "could not be stored at 07:31: a fault in Tasking (KeyError). Next: ops: see the log of the feed's task; the briefing goes "
         "out without it; if you upload the file, the briefing is updated."),
        (Outcome.REFUSED, "a PDF.", "06:40", "06:41",
         "refused at 06:40: a PDF. Next: checked again until 07:30 for a good file."),
        (Outcome.REFUSED, "a PDF.", "07:31", "07:32",
         "refused at 07:31: a PDF. Next: the briefing goes out without it; if you upload the file, the briefing is updated. Ring the data "
         "desk."),
        (Outcome.SAME_AS_BEFORE, "the file of Thu 26 Nov was sent again: nothing new", "07:31", "07:31",
         "missing at 07:31, after the due time: the file of Thu 26 Nov was sent again: nothing "
         "new. Next: the briefing goes out without it; if you upload the file, the briefing is updated. Ring the data desk."),
    ],
)  # fmt: skip
def test_a_note_says_how_a_feed_stands(note, outcome, reason, asked, now, words):
    assert note(outcome, reason, asked, now) == f"Fri 27 Nov 2026: {words}"


def test_a_note_says_what_came_and_why_rows_are_held_without_quoting_anybody(desk_with_deliveries):
    desk_with_deliveries.run("2026-10-27", is_posting=False)
    opened = desk_with_deliveries.open()
    morning = MorningClock(dt.date(2026, 10, 27), opened.partnership.meeting, LONDON)
    notes = {
        feed: run_notes.of_feed(opened.warehouse, feed, morning, desk_with_deliveries.now, FOLLOW, "x")
        for feed in opened.partnership.feeds
    }
    landed = [note for note in notes.values() if note.startswith("Tue 27 Oct 2026: landed")]
    assert landed
    assert all(" rows in = " in note for note in landed)
    held = desk_with_deliveries.held()
    assert held
    for row in held:
        assert "Held: " in notes[row["feed"]]
    assert not any("“" in note and "“…”" not in note for note in notes.values())
    briefing = run_notes.of_briefing(opened.warehouse, morning.day)
    assert briefing.startswith("Tue 27 Oct 2026: version 1. ")
    assert run_notes.of_briefing(opened.warehouse, dt.date(2020, 1, 1)) == ""


def ours(state: str) -> str:
    return f"{run_notes.named(DAY)}{state}"


def test_what_people_wrote_in_a_note_stays_and_ours_is_replaced():
    first = run_notes.with_words("Started on the Tasking desk by jo.", ours("not there."), DAY)
    assert first.startswith(
        "Started on the Tasking desk by jo.\n\nFri 27 Nov 2026: not there.\n[Tasking’s part ends here: "
    )
    again = run_notes.with_words(f"Look here!\n{first}\nRang them. jo", ours("landed."), DAY)
    assert again.startswith("Look here!\nStarted on the Tasking desk by jo.\n\nFri 27 Nov 2026: landed.\n[")
    assert again.endswith("]\nRang them. jo")
    assert "not there." not in again
    assert run_notes.with_words(again, ours("landed."), DAY) == again


LOOKS_LIKE_OURS = st.sampled_from(
    [
        "\n\n", "\n", " ", run_notes.named(DAY), ours("not there."), ours("landed.\n\nTwice."), "[Tasking’s part ends here: 1-",
        "[Tasking’s part ends here: 7-00000000]", "0a1b2c3d]", "…", "Rang them. jo",
        run_notes.with_words("", ours("state 0."), DAY, "another run"),
        run_notes.with_words(run_notes.with_words("", ours("a."), DAY, "run"), ours("older."), DAY, "run")[:-1],
    ]
)  # fmt: skip
WRITTEN = st.lists(LOOKS_LIKE_OURS | st.text(max_size=20), max_size=5).map("".join).filter(lambda text: len(text) < 250)


@settings(deadline=None)  # on a busy machine
@given(theirs=WRITTEN, edits=st.lists(st.tuples(WRITTEN, WRITTEN), min_size=1, max_size=3))
def test_whatever_people_write_before_and_after_ours_stays_letter_for_letter(theirs, edits):
    note = run_notes.with_words(theirs, ours("state 0."), DAY, "run")
    above, below = f"{theirs}\n\n" if theirs else "", ""
    for number, (before, after) in enumerate(edits, 1):
        if len(before) + len(note) + len(after) > run_notes.MOST:
            break
        above, below = before + above, below + after
        note = run_notes.with_words(before + note + after, ours(f"state {number}."), DAY, "run")
        assert note.startswith(above)
        assert note.endswith(below)
        part = note[len(above) : len(note) - len(below)]
        assert part.startswith(ours(f"state {number}.\n[Tasking’s part ends here: {number + 1}-"))
        assert len(part.splitlines()) == 2


def test_an_older_part_of_ours_that_somebody_kept_a_copy_of_stays_where_they_put_it():
    kept = run_notes.with_words("", ours("not there yet at 06:10."), DAY)
    note = f"{kept}\n\nAs it was: {kept}"
    for state in ("not there yet at 06:20.", "landed."):
        note = run_notes.with_words(note, ours(state), DAY)
        assert note.startswith(ours(state))
        assert note.endswith(f"\n\nAs it was: {kept}")


def test_what_somebody_wrote_within_our_part_is_theirs_from_then_on():
    edited = run_notes.with_words("", ours("not there."), DAY).replace("not there.", "not there. I rang. jo")
    assert run_notes.with_words(edited, ours("landed."), DAY).startswith(f"{edited}\n\n{ours('landed.')}")


def test_other_line_ends_do_not_hide_our_part():
    note = run_notes.with_words("By jo.", ours("not there."), DAY).replace("\n", "\r\n")
    assert run_notes.with_words(note, ours("landed."), DAY).count("Tasking’s part") == 1


@pytest.mark.parametrize("theirs", ["", "x" * 900, "x" * 999, "x" * 1000])
def test_a_note_is_never_longer_than_airflow_keeps(theirs):
    note = run_notes.with_words(theirs, ours("y" * 3000), DAY)
    assert len(note) <= 1000
    assert note.startswith(theirs)
    again = run_notes.with_words(note, ours("z" * 3000), DAY)
    assert len(again) <= 1000
    assert again.startswith(theirs)


def test_notes_are_written_while_the_server_lives_and_no_longer(monkeypatch):
    import notes_while_waiting

    written = []

    def write_notes() -> int:
        written.append(1)
        if len(written) == 1:
            raise OSError("the database is away")
        return 0

    monkeypatch.setattr(notes_while_waiting, "EVERY_S", 0.01)
    monkeypatch.setattr(notes_while_waiting, "write_notes", write_notes)

    async def app(_scope, _receive, _send) -> None:
        await asyncio.sleep(0.3)

    async def live() -> int:
        await notes_while_waiting.NotesWhileWaiting(app)({"type": "lifespan"}, None, None)
        ended = len(written)
        await asyncio.sleep(0.05)
        return ended

    ended = asyncio.run(live())
    assert ended > 1  # the first failed, and it went on
    assert len(written) == ended


PROGRAM = """
import datetime as dt, json, sys
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunType
sys.path.insert(0, "plugins")
import notes_while_waiting

now = dt.datetime.now(dt.UTC)
day = str(now.date())
def run(dag_id, run_id, state, begun_h, ended_h=None, note=None, partition=day, conf=None):
    ended = now - dt.timedelta(hours=ended_h) if ended_h is not None else None
    made = DagRun(dag_id=dag_id, run_id=run_id, run_type=DagRunType.SCHEDULED, run_after=now, state=state, conf=conf,
                  start_date=now - dt.timedelta(hours=begun_h))
    made.end_date, made.partition_key = ended, partition
    if note:
        made.note = note
    return made

with create_session() as session:
    session.add_all([
        run("feed_police", "waits", DagRunState.RUNNING, 1, note="Started by jo."),
        run("feed_fire", "first", DagRunState.FAILED, 2, ended_h=1, note="as it ended"),
        run("feed_fire", "second", DagRunState.RUNNING, 0.5, partition=None, conf={"day": day}),
        run("feed_council", "old", DagRunState.SUCCESS, 40, ended_h=39),
        run("daily_briefing", "asset", DagRunState.RUNNING, 0.1),
        run("housekeeping", "other", DagRunState.RUNNING, 0.1),
        run("feedback", "no_feed", DagRunState.RUNNING, 0.1),
        run("feed_gone", "gone", DagRunState.RUNNING, 0.1),
    ])
counts = [notes_while_waiting.write_notes(), notes_while_waiting.write_notes()]

import run_notes
words_of = run_notes.words_of
def while_words_are_found(warehouse, dag_id, day, started_at):
    if dag_id == "daily_briefing":
        with create_session(scoped=False) as session:
            run = session.query(DagRun).where(DagRun.dag_id == dag_id).one()
            run.note += "\\nRang them. jo"
        return words_of(warehouse, dag_id, day, started_at) + " Later."
    return words_of(warehouse, dag_id, day, started_at)
run_notes.words_of = while_words_are_found
counts.append(notes_while_waiting.write_notes())
with create_session() as session:
    print(json.dumps({"counts": counts, "notes": {f"{r.dag_id} {r.run_id}": r.note for r in session.query(DagRun)}}))
"""


def test_the_runs_that_go_on_have_notes_in_airflows_own_database(tmp_path, desk, airflow_database):
    environment = airflow_environment(tmp_path, 8080, desk.home, desk.drops)
    airflow_database(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.strip().splitlines()[-1])
    notes = said["notes"]
    assert said["counts"] == [4, 0, 1]
    assert notes["feed_police waits"].startswith("Started by jo.\n\n")
    assert ": not checked." in notes["feed_police waits"]
    assert notes["feed_fire first"] == "as it ended"
    assert ": not checked." in notes["feed_fire second"]
    assert "started " in notes["daily_briefing asset"].casefold()
    assert "No briefing yet. Later." in notes["daily_briefing asset"]
    assert notes["daily_briefing asset"].endswith("]\nRang them. jo")  # who wrote while our words were being found
    assert "is no feed of" in notes["feed_gone gone"]
    for run in ("feed_council old", "housekeeping other", "feedback no_feed"):
        assert notes[run] is None
