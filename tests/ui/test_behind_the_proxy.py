"""The door of docker/Caddyfile: people log in through it, by TLS, and find what they find without it."""

import os
import re
import shutil
import ssl
import subprocess
import time
from contextlib import contextmanager

import httpx
import pytest
import yaml
from conftest import ROOT, end, free_port

pytestmark = pytest.mark.server


@contextmanager
def running(command, environment, log):
    with log.open("wb") as told:
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=told, start_new_session=True)
    try:
        yield
    finally:
        end(process)


@pytest.fixture(scope="module")
def door(up, tmp_path_factory):
    """A second API server on the same Airflow, as compose has it, with the proxy before it; a client who trusts it."""
    from installation import BIN

    caddy = shutil.which("caddy")
    assert caddy, "caddy is not installed; .ci/run installs it"
    folder, api, port = tmp_path_factory.mktemp("door"), free_port(), free_port()
    url = f"https://localhost:{port}"
    proxied = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "XDG_DATA_HOME": str(folder), "TASKING_URL": url,
        "TASKING_API": f"127.0.0.1:{api}", "TASKING_HTTP_PORT": str(free_port()),
    }  # fmt: skip
    compose = yaml.safe_load((ROOT / "docker" / "compose.yml").read_text())["services"]["api-server"]
    behind = [BIN / "airflow", *compose["command"], "--host", "127.0.0.1", "--port", str(api)]
    settings = up.environment | {
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__FAB__COOKIE_SECURE": compose["environment"]["AIRFLOW__FAB__COOKIE_SECURE"],
    }
    caddyfile = ["--config", ROOT / "docker" / "Caddyfile", "--adapter", "caddyfile"]
    with (
        running([caddy, "run", *caddyfile], proxied, folder / "caddy.log"),
        running(behind, settings, folder / "api-server.log"),
    ):
        authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        deadline = time.monotonic() + 120
        while not (authority.exists() and answers(f"{url}/api/v2/version", authority)):
            assert time.monotonic() < deadline, (folder / "caddy.log").read_text()[-2000:]
            time.sleep(0.5)
        yield httpx.Client(base_url=url, verify=ssl.create_default_context(cafile=authority), timeout=60)


def answers(url, authority) -> bool:
    try:
        return httpx.get(url, verify=ssl.create_default_context(cafile=authority), timeout=5).is_success
    except httpx.TransportError:
        return False


def test_somebody_logs_in_through_it_and_stays_on_tls(door, up, browser):
    url = str(door.base_url).rstrip("/")
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{url}/tasking/today")
    page.fill("input[name=username]", "officer")
    page.fill("input[name=password]", up.passwords["officer"])
    page.click("[type=submit]")
    page.wait_for_url(f"{url}/tasking/today")
    page.get_by_role("heading", name=re.compile("^(Today|Briefing)")).wait_for()
    page.goto(url)
    page.get_by_role("link", name="Tasking").first.click()
    page.frame_locator("iframe").get_by_role("heading", name=re.compile("^(Today|Briefing)")).wait_for()
    assert all(one.startswith((url, "data:", "blob:", "about:")) for one in asked)
    assert [one["name"] for one in context.cookies() if not one["secure"]] == []
    assert {one["name"] for one in context.cookies()} >= {"_token", "session"}
    context.close()


def test_it_says_that_it_is_tls_for_good_and_sends_others_to_log_in(door):
    answer = door.get("/tasking/today", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert "http:" not in answer.headers["location"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_how_workers_report_is_not_let_through(door):
    for path in ("/execution/health", "/execution", "/execution/task-instances/x/run"):
        answer = door.get(path)
        assert (answer.status_code, answer.text) == (404, "")
