"""`make dev`: the desk's pages for development, with any role, for this machine alone."""

import os
import shutil
import sys
import zipfile
from datetime import date
from types import SimpleNamespace

import dev
import dev_bar
import pytest
from conftest import ROOT, home_for
from fastapi.testclient import TestClient


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """The runner's settings, with a folder of its own, over a shell that has other ones."""
    monkeypatch.setenv("TASKING_DATABASE_URL", "postgresql+psycopg://csu@db.example/tasking")
    monkeypatch.setenv("TASKING_SLACK_BOT_TOKEN", "xoxb-ours")
    before = dict(os.environ)
    dev.settle_environment(tmp_path / "dev")
    yield tmp_path / "dev"
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def browser(sample):
    """browser(client=..., **headers): somebody who asks from an address."""
    application = dev.application(sample)

    def of(client="127.0.0.1", **headers):
        return TestClient(
            application, base_url="http://localhost:8090", client=(client, 50000), follow_redirects=False,
            headers={"Accept": "text/html"} | headers,
        )  # fmt: skip

    return of


def choose(browser, role: str) -> None:
    assert browser.post("/dev/role", data={"role": role}).status_code == 303


def test_it_is_in_no_wheel_and_in_no_image(wheel):
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith(("/dev.py", "/dev.js", "/up.py"))]
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    assert [line for line in let_through if line.startswith("!demo")] == ["!demo/deliveries"]


def test_the_shells_own_database_and_tokens_are_not_used(sample):
    from tasking.runtime.settings import Settings

    settings = Settings()
    assert settings.warehouse_url == f"sqlite:///{sample / 'tasking.db'}"
    assert settings.slack_bot_token is None


@pytest.mark.parametrize(
    ("role", "log", "details"),
    [
        ("Tasking viewer", 403, False),
        ("Tasking operator", 403, False),
        ("Tasking auditor", 200, False),
        ("Tasking officer", 200, True),
        ("Tasking officer + Tasking restricted", 200, True),
    ],
)
def test_a_role_may_do_on_the_desk_what_access_yml_says(browser, role, log, details):
    somebody = browser()
    choose(somebody, role)
    today = somebody.get("/today")
    assert today.status_code == 200
    assert f'value="{role}" aria-pressed="true"' in today.text
    assert today.text.count('aria-pressed="true"') == 1
    assert ("read only" in today.text) is not details
    assert ("Restricted matters are not shown here" in today.text) is ("restricted" not in role)
    assert somebody.get("/log").status_code == log


def test_nobody_is_sent_to_the_choice_of_roles(browser):
    somebody = browser()
    choose(somebody, "nobody")
    answer = somebody.get("/today")
    assert (answer.status_code, answer.headers["location"]) == (302, "/dev/roles")
    assert "Nobody is logged in" in somebody.get("/dev/roles").text


def test_a_role_that_is_not_declared_is_refused(browser):
    assert browser().post("/dev/role", data={"role": "Admin"}).status_code == 403
    made_up = browser(Cookie=f"{dev_bar.ROLE}=Admin").get("/today")
    assert 'value="Tasking officer" aria-pressed="true"' in made_up.text


@pytest.mark.parametrize("path", ["/today", "/dev/roles", "/dev/version", "/static/desk.css"])
@pytest.mark.parametrize("client", ["192.168.1.20", "10.0.0.1", "2001:db8::1", "testclient"])
def test_whoever_asks_from_elsewhere_is_refused(browser, client, path):
    assert browser(client).get(path).status_code == 403


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host"])
def test_what_a_proxy_on_this_machine_passes_on_is_refused(browser, name):
    assert browser(**{name: "203.0.113.9"}).get("/today").status_code == 403


def test_another_name_of_this_machine_is_refused(browser):
    assert browser(Host="desk.example.org").get("/today").status_code == 400


def test_the_runner_listens_on_loopback_and_can_not_be_told_otherwise(monkeypatch, sample):
    import uvicorn

    asked = {}
    monkeypatch.setattr(uvicorn, "run", lambda _app, **options: asked.update(options))
    monkeypatch.setattr(dev, "load_sample", lambda *_: None)
    monkeypatch.setattr(dev, "settle_environment", lambda: None)
    monkeypatch.setattr(sys, "argv", ["dev.py", "--port", "8123"])
    dev.main()
    assert (asked["host"], asked["port"], asked["reload"], asked["proxy_headers"]) == ("127.0.0.1", 8123, True, False)
    monkeypatch.setattr(sys, "argv", ["dev.py", "--host", "192.168.1.20"])
    with pytest.raises(SystemExit):
        dev.main()


def test_an_edit_of_a_template_changes_what_the_page_asks_for(browser, tmp_path, monkeypatch):
    shutil.copytree(dev.PAGES, tmp_path / "pages")
    monkeypatch.setattr(dev, "PAGES", tmp_path / "pages")
    somebody = browser()
    before = somebody.get("/dev/version").json()
    assert somebody.get("/dev/version").json() == before
    path = tmp_path / "pages" / "templates" / "today.html.j2"
    later = path.stat().st_mtime_ns + 10**12
    os.utime(path, ns=(later, later))
    assert somebody.get("/dev/version").json() != before


def test_a_feed_is_asked_and_its_day_briefed_again_in_this_process_and_nothing_is_posted(sample, monkeypatch):
    from tasking import flows

    steps = []
    landed = SimpleNamespace(receipt=SimpleNamespace(outcome="landed_in_part"))
    monkeypatch.setattr(flows, "poll", lambda services, feed, day: steps.append((services, feed, day)) or landed)
    monkeypatch.setattr(flows, "finish", lambda services, day, **options: steps.append((services, day, options)))
    host = dev.host_of(sample, dev.declared_roles())
    words = host.poll_feed("police", date(2026, 10, 22), "officer")
    assert words == "The delivery was asked for: landed in part. The briefing of Thu 22 Oct has been made again."
    assert steps == [
        (host.open_services(), "police", date(2026, 10, 22)),
        (host.open_services(), date(2026, 10, 22), {"is_posting": False, "polls_again": False}),
    ]


def test_the_desk_is_opened_again_when_a_declaration_has_changed(sample, tmp_path):
    os.environ["TASKING_HOME"] = str(home_for(tmp_path / "home"))
    opened = dev.Opened()
    before = opened.services()
    assert opened.services() is before
    path = tmp_path / "home" / "include" / "partnership.yml"
    path.write_text(path.read_text().replace("name: Sevenoaks District", "name: Another District"))
    later = dev.newest_declaration() + 10**9
    os.utime(path, ns=(later, later))
    assert opened.services().partnership.name.startswith("Another District")


def test_the_answers_that_are_no_pages_stay_as_they_are(browser):
    answer = browser().get("/static/desk.js")
    assert answer.content == (dev.PAGES / "static" / "desk.js").read_bytes()
