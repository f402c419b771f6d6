"""The desk as people use it, in a browser against a running Airflow; and for every route and role, who is let in."""

import datetime as dt
import re
import time

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe

from .conftest import client_of

pytestmark = pytest.mark.server

PAGES = ["tonight", "today", "feeds", "held", "incidents", "incidents/confirm", "taskings", "taskings?show=proposed", "groups", "map",
         "rules"]  # fmt: skip


def newest(warehouse) -> tuple[str, int]:
    """The newest day that has a briefing, and its newest version."""
    with warehouse.connect() as connection:
        row = connection.execute(
            sa.text("SELECT day, MAX(version) AS version FROM briefing GROUP BY day ORDER BY day DESC LIMIT 1")
        ).one()
    return str(row.day), row.version


def test_nothing_is_there_without_a_login(up):
    nobody = client_of(up)
    assert nobody.get("/tasking/today").status_code == 401
    page = nobody.get("/tasking/today", headers={"Accept": "text/html"})
    assert page.status_code == 302
    assert "/auth/login" in page.headers["location"]
    assert nobody.post("/tasking/search", data={"q": "x"}).status_code == 401


def test_the_desk_stands_in_airflows_navigation(as_):
    officer = as_("officer")
    officer.page.goto(officer.up.url)
    officer.page.get_by_role("link", name="Tasking").first.click()
    inside = officer.page.frame_locator("iframe")
    inside.get_by_role("heading", name=re.compile("^Today, ")).wait_for()
    inside.get_by_role("link", name="Feeds").first.click()
    inside.get_by_role("heading", name=re.compile("Feeds")).wait_for()


def test_a_missing_partner_stands_first_on_today(as_):
    officer = as_("officer")
    assert officer.go("today") == 200
    paper = officer.page.locator(".columns .paper").first.inner_text()
    assert paper.strip().startswith("Partial. Feeds 5 of 6")


def test_a_mended_row_makes_version_2_of_the_briefing(as_, warehouse):
    officer = as_("officer")
    day, version = newest(warehouse)
    officer.go("held")
    row = officer.page.get_by_role("row").filter(has_text="CreatedDT").last
    row.get_by_role("link", name=re.compile("^Correct this row")).click()
    cell = officer.page.get_by_label(re.compile("^CreatedDT"))
    assert cell.get_attribute("aria-invalid") == "true"
    cell.fill("yesterday")
    officer.press("Accept the row")
    assert "is still held" not in officer.text().casefold()  # said in words of the row, beside what was typed
    assert "not a date" in officer.page.locator("[role=alert]").inner_text()
    assert officer.page.get_by_label(re.compile("^CreatedDT")).input_value() == "yesterday"
    year, month, date = day.split("-")
    officer.page.get_by_label(re.compile("^CreatedDT")).fill(f"{date}/{month}/{year} 05:10")
    officer.press("Accept the row")
    assert "Accepted." in officer.page.locator("[role=status]").inner_text()
    deadline = time.monotonic() + 150
    while newest(warehouse)[1] == version and time.monotonic() < deadline:
        time.sleep(1)
    assert newest(warehouse) == (day, version + 1)
    officer.go("today")
    assert f"version {version + 1}" in officer.text()
    assert "Held rows: 1 → 0" in officer.page.locator("main").inner_text()


def test_the_run_says_in_airflow_what_came_of_it(up, as_, warehouse):
    """The note of the run that the test above started, and the link of its tasks to the desk."""
    day, version = newest(warehouse)
    client = client_of(up, "officer")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        runs = client.get("/api/v2/dags/daily_briefing/dagRuns", params={"order_by": "-run_after"}).json()["dag_runs"]
        if runs and runs[0]["state"] in ("success", "failed") and f"Version {version}." in (runs[0]["note"] or ""):
            break
        time.sleep(1)
    on = dt.date.fromisoformat(day)
    begun = f"{on:%a} {on.day} {on:%b} {on:%Y}: started "
    assert re.search(rf"{begun}(\w+ \d+ \w+ )?\d\d:\d\d\. Version {version}\. 5 of 6 feeds", runs[0]["note"])
    assert "Started on the Tasking desk by officer." in runs[0]["note"]
    path = f"/api/v2/dags/daily_briefing/dagRuns/{runs[0]['dag_run_id']}/taskInstances/every_feed_heard/links"
    assert client.get(path).json()["extra_links"] == {"Tasking desk": f"/tasking/feeds?day={day}"}


def test_a_wrong_merge_that_is_split_stays_split_after_a_rerun(up, as_, warehouse):
    officer = as_("officer")
    officer.go("incidents?shared=true")
    officer.page.locator("td.what a").first.click()
    officer.page.wait_for_load_state()
    before = officer.page.url.rpartition("/")[2]
    reports = officer.page.locator("input[name=report]")
    number = reports.count()
    taken_out = reports.last.get_attribute("value")
    reports.last.check()
    officer.press("Split the incident")
    assert "Keep apart from every other incident" in officer.page.locator("main").inner_text()
    officer.press("Split the incident")
    assert "Incident split" in officer.page.locator("[role=status]").inner_text()
    after = officer.page.url.rpartition("/")[2]
    assert after != before
    split = reports_in(warehouse, before, after)

    day, _ = newest(warehouse)
    client = client_of(up, "officer")
    started = client.post("/api/v2/dags/daily_briefing/dagRuns", json={"conf": {"day": day}, "logical_date": None})
    assert started.is_success, started.text
    path = f"/api/v2/dags/daily_briefing/dagRuns/{started.json()['dag_run_id']}"
    deadline = time.monotonic() + 150
    while client.get(path).json()["state"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(1)
    assert reports_in(warehouse, before, after) == split
    assert split[after] == {taken_out}  # it joins no other incident
    assert len(split[before]) == number - 1


def reports_in(warehouse, *incidents) -> dict[str, set[str]]:
    """Incident -> the reports that are in it now."""
    query = sa.text("SELECT report_id FROM incident_report WHERE left_on IS NULL AND incident_id = :incident")
    with warehouse.connect() as connection:
        return {one: set(connection.execute(query, {"incident": one}).scalars()) for one in incidents}


def test_possible_duplicates_are_confirmed_by_keyboard(as_):
    officer = as_("officer")
    officer.go("incidents/confirm")
    asked = officer.page.locator(".sides").all_inner_texts()
    officer.page.keyboard.press("n")
    officer.page.locator("[role=status]").wait_for()
    assert re.search("Kept apart|Split", officer.page.locator("[role=status]").inner_text())
    assert officer.page.locator(".sides").all_inner_texts() != asked
    officer.page.wait_for_load_state()  # a key is heard once the script of the page has run
    officer.page.keyboard.press("s")
    officer.page.wait_for_url("**skip=1")
    assert re.search(r"^2 of \d+", officer.text(), re.MULTILINE)


def test_a_trigger_is_approved_and_the_group_set_going(as_):
    officer = as_("officer")
    officer.go("today")
    officer.page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
    groups = officer.page.locator("ol.decide > li").filter(has=officer.page.get_by_label("Lead"))
    proposal = groups.first  # which it is depends on the day of the week: the sample ends today
    assert proposal.get_by_label("Lead").input_value()
    proposal.get_by_label("Lead").fill("Sgt Hale")
    proposal.get_by_label("Objective").fill("No fires by half-term")
    proposal.get_by_label("Kent Police", exact=True).check()
    proposal.get_by_role("button", name="Approve").click()
    officer.page.wait_for_load_state()
    assert "Approved: Sgt Hale and Kent Police, by " in officer.page.locator("[role=status]").inner_text()
    officer.go("groups")
    assert "No fires by half-term" in officer.text()


def test_a_tasking_is_taken_and_completed(as_):
    officer = as_("officer")
    officer.go("taskings?show=proposed")
    officer.press("Take")
    officer.go("taskings?show=mine")
    assert "Mine (1)" in officer.text()
    officer.press("Done")
    assert "Done." in officer.page.locator("[role=status]").inner_text()
    officer.go("taskings?show=done")
    assert "Done by officer" in officer.text()


def test_a_restricted_incident_is_seen_for_a_reason_that_is_logged(as_, warehouse):
    with warehouse.connect() as connection:
        incident = connection.execute(
            sa.text("SELECT i.incident_id FROM incident_report i JOIN report r ON r.report_id = i.report_id "
                    "WHERE r.is_restricted AND i.left_on IS NULL ORDER BY r.day DESC LIMIT 1")
        ).scalar()  # fmt: skip
    assert as_("officer").go(f"incidents/{incident}") == 404
    keeper = as_("keeper")
    assert keeper.go(f"incidents/{incident}") == 200
    assert "Reported by" not in keeper.text()
    keeper.page.get_by_label("Reason").fill("strategy meeting at ten")
    keeper.press("Show it")
    assert "Reported by" in keeper.text()
    with warehouse.connect() as connection:
        entry = connection.execute(sa.text("SELECT * FROM log WHERE action = 'restricted incident looked at'")).one()
    assert (entry.actor, entry.subject, entry.note) == ("keeper", incident, "strategy meeting at ten")


def test_a_viewer_can_do_none_of_it(as_, warehouse):
    viewer = as_("viewer")
    for path in PAGES:
        assert viewer.go(path) == 200
        forms = viewer.page.locator("main form[method=post]")
        actions = {str(form.get_attribute("action")) for form in forms.all()}
        others = {action for action in actions if not action.startswith("/tasking/lists/")}  # files, saved filters
        assert others == set(), path
    with warehouse.connect() as connection:
        proposal = connection.execute(sa.text("SELECT proposal_id FROM proposal ORDER BY raised_on LIMIT 1")).scalar()
        tasking = connection.execute(sa.text("SELECT tasking_id FROM tasking LIMIT 1")).scalar()
        held = connection.execute(sa.text("SELECT held_id FROM held WHERE state = 'held' LIMIT 1")).scalar()
        incident = connection.execute(sa.text("SELECT incident_id FROM incident_report LIMIT 1")).scalar()
    viewer.go("incidents")  # its search carries a good token
    assert viewer.go(f"held/{held}") == 403
    viewer.go("incidents")
    for path in (f"held/{held}/release", f"held/{held}/reject", f"incidents/{incident}/split", "incidents/confirm",
                 f"groups/{proposal}/approve", f"taskings/{tasking}/done", "taskings", "feeds/police/ask",
                 "rules"):  # fmt: skip
        assert viewer.post(path) == 403, path
    assert viewer.go("log") == 403


def test_an_administrator_of_airflow_sees_no_case_data(as_):
    boss = as_("boss")
    for path in (*PAGES, "log"):
        assert boss.go(path) == 403, path
        assert "You do not have access to this" in boss.text()


def test_somebody_signs_out_and_is_out(up, browser):
    from .conftest import Reader

    auditor = Reader(up, browser, "auditor")
    auditor.page.get_by_role("link", name="Sign out").click()
    auditor.page.wait_for_url("**/auth/login**")
    auditor.page.goto(f"{up.url}/tasking/today")
    assert "/auth/login" in auditor.page.url
    auditor.context.close()


def test_a_form_from_elsewhere_is_refused(as_):
    officer = as_("officer")
    assert officer.post("rules", with_token=False) == 403


@pytest.mark.parametrize("name", ["officer", "viewer"])
def test_axe_finds_no_violation_and_no_page_complains(as_, name):
    reader = as_(name)
    for scheme, width in (("light", 1280), ("dark", 390)):
        reader.page.emulate_media(color_scheme=scheme)
        reader.page.set_viewport_size({"width": width, "height": 900})
        for path in [*PAGES, *(["log"] if name == "officer" else [])]:
            reader.go(path)
            found = Axe().run(reader.page).response["violations"]
            assert not found, (path, scheme, [(one["id"], one["nodes"][0]["html"][:200]) for one in found])
            wide = reader.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} is {wide} px too wide at {width}"
    reader.page.set_viewport_size({"width": 1280, "height": 900})


def test_nothing_was_asked_of_another_machine_and_nothing_went_wrong(as_):
    for name in ("officer", "viewer", "keeper"):
        assert as_(name).elsewhere == []
        words = "Failed to load resource: the server responded with a status of "
        refused = {f"{words}403 (Forbidden)", f"{words}404 (Not Found)"}  # asked for above
        assert set(as_(name).complaints) <= refused


RIGHTS = {
    "viewer": {"read"},
    "officer": {"read", "details", "decide", "log"},
    "auditor": {"read", "log"},
    "keeper": {"read", "details", "decide", "log", "restricted"},
    "boss": set(),
}


def routes() -> list[tuple[str, str, frozenset[str]]]:
    """(method, path, what it needs) of everything that the desk serves; a route that asks for nothing fails here."""
    from fastapi.routing import APIRoute

    from tasking.pages import Host, create_app
    from tasking.pages.access import Allowed

    app = create_app(Host(*[None] * 4, secret=b"", login_url=None))
    found = []
    for route in app.routes:
        if not isinstance(route, APIRoute):
            assert route.path == "/static"
            continue
        if route.path == "/answer/{token}":  # whoever has the link that we signed: tests/taskings/test_answers.py
            continue
        needed = [one.call.needed for one in route.dependant.dependencies if isinstance(one.call, Allowed)]
        assert len(needed) == 1, f"{route.path} lets everybody in"
        found += [(method, route.path, needed[0]) for method in route.methods - {"HEAD"}]
    return found


def filled(path: str) -> str:
    values = {"feed": "police", "day": "2026-10-22", "verb": "done", "form": "csv"}
    if path.startswith("/groups"):
        values["verb"] = "reject"
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "D-20261022-00000000"), path)


def test_every_route_asks_for_something():
    assert len(routes()) > 35


@pytest.mark.parametrize("name", sorted(RIGHTS))
def test_each_role_gets_what_it_may_and_nothing_else(up, name):
    client = client_of(up, name)
    page = client.get("/tasking/incidents").text
    token = re.search(r'name="sent_from" value="(\w+)"', page)
    assert bool(token) == ("read" in RIGHTS[name])
    data = {"sent_from": token[1]} if token else {}
    for method, path, needed in routes():
        if (method, path) == ("POST", "/rules"):  # replays a year; see tests/pages
            continue
        answer = client.request(method, f"/tasking{filled(path)}", data=data if method == "POST" else None)
        is_let_in = answer.status_code not in (401, 403)
        assert is_let_in == (needed <= RIGHTS[name]), (name, method, path, answer.status_code)


def test_no_route_answers_somebody_who_is_not_logged_in(up):
    nobody = client_of(up)
    for method, path, _ in routes():
        assert nobody.request(method, f"/tasking{filled(path)}").status_code == 401, path


def test_every_answer_is_kept_from_caches_and_frames_of_others(up):
    viewer = client_of(up, "viewer")
    for path in ("/today", "/nothing-there", "/static/desk.css"):
        answer = viewer.get(f"/tasking{path}")
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'self'" in policy


def test_roles_that_are_made_again_are_as_they_were(up):
    assert "the roles are as declared" in up.command("tasking", "access", "apply")
