"""A report by hand, a correction, a split and possible duplicates in Chromium: desktop and phone, by keyboard, axe clean."""

import datetime as dt
import shutil
from dataclasses import replace

import pytest

from .served import Somebody, served

pytestmark = pytest.mark.server
PATIENCE_MS = 120_000  # linking is done while the page is awaited


@pytest.fixture(scope="module")
def running(faulty, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), folder / "tasking.db")
    now = dt.datetime(2026, 11, 2, 10, 0, tzinfo=dt.UTC)
    desk = replace(faulty, database_url=f"sqlite:///{folder / 'tasking.db'}", others={}, now=now)
    with served(desk) as found:
        yield found


@pytest.fixture
def officer(at) -> Somebody:
    return at("officer")


def press(somebody, name: str) -> None:
    """Reaches a button by the tabulator key and presses it."""
    somebody.tab_to(name, most=400)
    with somebody.page.expect_navigation(timeout=PATIENCE_MS):
        somebody.page.keyboard.press("Enter")
    somebody.check()


def test_a_call_is_recorded_by_keyboard_and_corrected(officer):
    assert officer.open("reports/new") == 200
    officer.page.fill("#text", "Loud music since ten, and somebody in a mask shouting")
    officer.page.select_option("#category", "noise")
    officer.page.fill("#place", "High Street")
    officer.page.fill("#caller_phone", "x")
    officer.page.focus("#caller_phone")
    press(officer, "Continue")
    assert "There is a problem" in officer.main()
    assert officer.page.input_value("#text").startswith("Loud music")  # what was typed is kept
    officer.page.fill("#caller_phone", "01632 960 001")
    press(officer, "Continue")
    assert "Which of these places?" in officer.main()
    press(officer, "Continue")
    assert "Check the report before you record it" in officer.main()
    press(officer, "Record the report")
    assert "The reference for the caller is CSU-26-" in officer.main()
    with officer.page.expect_navigation(timeout=PATIENCE_MS):
        officer.page.get_by_role("link", name="Correct report").click()
    officer.check()
    officer.page.select_option("#category", "drugs")
    officer.page.fill("#reason-category", "needles, by the photo")
    press(officer, "Correct the category")
    assert "Corrected to “Drugs” by officer" in officer.main()


def test_a_split_shows_every_report_before_it_is_done(officer):
    officer.open("incidents?shared=true")
    with officer.page.expect_navigation(timeout=PATIENCE_MS):
        officer.page.locator("tbody a").first.click()
    references = officer.page.locator("input[name=report]").count()
    officer.page.locator("input[name=report]").last.check()
    press(officer, "Split the incident")
    assert officer.main().count("Reported by") == references
    assert officer.page.locator("input[value=alone]").is_checked()
    press(officer, "Split the incident")
    assert "Incident split." in officer.main()
    assert "apart from every other incident" in officer.main()
    press(officer, "Undo the newest decision")
    assert "Undone" in officer.main()


def test_possible_duplicates_list_all_reports_and_take_keys(officer):
    officer.open("incidents/confirm")
    before = officer.main()
    assert "Taken together" in before
    assert "log-odds" not in before
    with officer.page.expect_navigation(timeout=PATIENCE_MS):
        officer.page.keyboard.press("s")
    officer.check()
    assert officer.main() != before
