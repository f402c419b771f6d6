"""What Airflow loads beside the DAGs: light, and with the words that ops staff see."""

import subprocess
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "plugins"))


def test_a_scheduler_that_loads_the_plugins_carries_none_of_the_desk():
    code = (
        "import sys; sys.path.insert(0, 'plugins'); import run_notes, tasking_desk; "
        "print([m for m in ('pandas', 'great_expectations', 'tasking.pages', 'h3', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("dag_id", "task_id", "address"),
    [
        ("feed_police", "receive", "/tasking/feeds?day=2026-10-22#police"),
        ("daily_briefing", "every_feed_heard", "/tasking/feeds?day=2026-10-22"),
        ("daily_briefing", "link", "/tasking/incidents"),
        ("daily_briefing", "post", "/tasking/today?day=2026-10-22"),
        ("weekly_task_and_finish", "post", "/tasking/groups"),
        ("task_and_finish_decisions", "decide", "/tasking/groups"),
    ],
)
def test_a_task_leads_to_the_page_that_mends_it(dag_id, task_id, address):
    from run_notes import address_of

    assert address_of(dag_id, task_id, "2026-10-22") == address


def test_a_note_says_what_came_and_why_rows_are_held_without_quoting_anybody(desk_with_deliveries):
    import datetime as dt

    from tasking.warehouse import run_words

    desk_with_deliveries.run("2026-10-27", is_posting=False)
    opened = desk_with_deliveries.open()
    day = dt.date(2026, 10, 27)
    notes = {feed: run_words.of_feed(opened.warehouse, feed, day) for feed in opened.partnership.feeds}
    assert all(note.startswith("2026-10-27: ") for note in notes.values())
    held = desk_with_deliveries.held()
    assert held
    for row in held:
        assert "Held: " in notes[row["feed"]]
    assert not any("“" in note and "“…”" not in note for note in notes.values())
    briefing = run_words.of_briefing(opened.warehouse, day)
    assert briefing.startswith("2026-10-27: version 1. ")
    assert run_words.of_briefing(opened.warehouse, dt.date(2020, 1, 1)) == ""
    assert run_words.of_feed(opened.warehouse, "police", dt.date(2020, 1, 1)) == ""
