"""What Airflow loads beside the DAGs: light, and with the words that ops staff see."""

import subprocess
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "plugins"))


def test_a_scheduler_that_loads_the_plugins_carries_none_of_the_desk():
    code = (
        "import sys; sys.path.insert(0, 'plugins'); import run_notes, tasking_desk, notes_while_waiting, run_names; "
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
