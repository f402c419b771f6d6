"""What Airflow loads beside the DAGs: light, and with the words that ops staff see."""

import subprocess
import sys

import pytest
from conftest import ROOT, client_of

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


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/daily_briefing", "/tasking/today"),
        ("/daily_briefing/asset_triggered__2026-10-22__07:31:12__k3Fa", "/tasking/today?day=2026-10-22"),
        ("/feed_police/scheduled__2026-10-22__06:05", "/tasking/feeds?day=2026-10-22#police"),
        ("/task_and_finish_decisions", "/tasking/groups"),
        ("/partnership_nights/manual__1", "/tasking/"),
    ],
)
def test_the_tab_of_a_dag_or_a_run_opens_what_it_is_about(monkeypatch, asked, leads_to):
    assert door(monkeypatch, user="officer").get(asked).headers["location"] == leads_to


def test_the_tab_asks_for_a_login_first_and_looks_nothing_up(monkeypatch):
    found = door(monkeypatch, user=None).get("/daily_briefing/x")
    assert (found.status_code, found.headers["location"]) == (302, "/login?/daily_briefing/x")


def door(monkeypatch, user):
    import run_notes
    import tasking_desk

    async def user_of(_request):
        return user

    def day_of_run(_dag_id, _run_id):
        assert user, "looked up for somebody without a login"
        return "2026-10-22"

    monkeypatch.setattr(tasking_desk, "user_of", user_of)
    monkeypatch.setattr(tasking_desk, "login_url", lambda where: f"/login?{where}")
    monkeypatch.setattr(run_notes, "day_of_run", day_of_run)
    return client_of(tasking_desk.make_door(), "http://testserver")


def test_the_desk_is_in_the_menu_and_a_tab_of_each_dag_and_run():
    from tasking_desk import TaskingDesk

    views = {view["destination"]: view["href"] for view in TaskingDesk.external_views}
    assert views == {
        "nav": "tasking/today", "dag": "tasking-tab/{DAG_ID}", "dag_run": "tasking-tab/{DAG_ID}/{RUN_ID}"
    }  # fmt: skip
    assert len({view["url_route"] for view in TaskingDesk.external_views}) == 3
