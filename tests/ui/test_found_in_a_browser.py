"""Search, a place, an incident, a person and a list in Chromium by keyboard alone: desktop and phone, axe clean."""

import pytest

from .served import Somebody

pytestmark = pytest.mark.server


@pytest.fixture
def officer(at) -> Somebody:
    return at("officer")


def enter(somebody: Somebody, name: str) -> None:
    """Reaches a link or button by the tabulator key, follows it by Enter, and looks at the page that it leads to."""
    somebody.tab_to(name, most=400)
    with somebody.page.expect_navigation():
        somebody.page.keyboard.press("Enter")
    somebody.check()


def find(somebody: Somebody, words: str) -> None:
    with somebody.page.expect_navigation():
        somebody.page.keyboard.press("/")
        somebody.page.keyboard.type(words)
        somebody.page.keyboard.press("Enter")
    somebody.check()


def test_half_of_a_street_that_is_mistyped_leads_to_its_place_and_its_incidents(officer):
    officer.open("today")
    find(officer, "bradborn")
    assert "Showing results for bradbourne instead of bradborn" in officer.main()
    enter(officer, "Bradbourne Vale Road")
    officer.open("places?name=Bradbourne+Lakes")
    assert "incidents in the last 12 months" in officer.main()
    officer.page.locator("table.sheet a").first.focus()
    with officer.page.expect_navigation():
        officer.page.keyboard.press("Enter")
    officer.check()
    assert "Bradbourne Lakes" in officer.page.inner_text("h1")
    enter(officer, "Bradbourne Lakes")
    assert officer.address().startswith("/places?name=Bradbourne")


def test_nothing_found_says_what_to_try_and_keeps_what_was_typed(officer):
    officer.open("help")
    find(officer, "zzzzqqqq")
    assert "Check the spelling." in officer.main()
    assert officer.page.locator("#q").input_value() == "zzzzqqqq"
    assert "zzzzqqqq" not in officer.page.url


def test_a_note_and_a_status_are_typed_on_an_incident_and_stand_in_its_timeline(officer):
    officer.open("incidents?shared=true")
    enter(officer, officer.page.locator("tbody a").nth(1).inner_text().split("\n")[0])
    officer.tab_to("Add a note", most=400)
    officer.page.keyboard.type("The park warden rang: the gate is mended.")
    enter(officer, "Add note")
    assert "the gate is mended" in officer.page.inner_text("#timeline")
    officer.page.locator("summary", has_text="Change the status").press("Enter")
    officer.tab_to("Status", most=400)
    officer.page.keyboard.type("Closed")
    enter(officer, "Save status")
    assert officer.page.title().startswith("Error: ")  # an outcome and a reason are missing
    assert officer.page.evaluate("document.activeElement.id") == "problems"
    assert officer.page.locator("#status-to").input_value() == "closed"  # what was chosen is kept
    officer.tab_to("Outcome, if closed", most=400)
    officer.page.keyboard.type("Resolved")
    officer.tab_to("Reason, if closed")
    officer.page.keyboard.type("mended")
    enter(officer, "Save status")
    assert "Incident closed. You can undo it below." in officer.page.inner_text("[role=status]")
    enter(officer, "Undo")
    assert "Undone" in officer.page.inner_text("[role=status]")


def test_everything_from_a_caller_is_a_page_that_is_logged(officer):
    officer.open("incidents?shared=true")
    for number in range(officer.page.locator("tbody a").count()):
        officer.open("incidents?shared=true")
        with officer.page.expect_navigation():
            officer.page.locator("tbody a").nth(number).press("Enter")
        if officer.page.get_by_role("link", name="Everything from this caller").count():
            break
    enter(officer, "Everything from this caller")
    assert "Your look is in the log." in officer.main()
    assert "Reports are put together by telephone number" in officer.main()


def test_a_list_is_filtered_saved_and_downloaded_by_keyboard(officer):
    officer.open("incidents")
    officer.tab_to("Category")
    officer.page.keyboard.type("Fly-tip")
    enter(officer, "Apply")
    assert "Category: Fly-tip" in officer.main()
    officer.page.locator("summary", has_text="Saved filters").press("Enter")
    officer.tab_to("Save the filters in use")
    name = f"Fly-tips at {officer.size['width']}"
    officer.page.keyboard.type(name)
    enter(officer, "Save filter")
    assert f"Filter “{name}” saved." in officer.page.inner_text("[role=status]")
    officer.tab_to("Download for Excel", most=400)
    with officer.page.expect_download() as found:
        officer.page.keyboard.press("Enter")
    assert found.value.suggested_filename.endswith(".xlsx")
    officer.page.locator("summary", has_text="Saved filters").press("Enter")
    enter(officer, f"Delete filter {name}")
    assert name not in officer.page.inner_text("main details")
