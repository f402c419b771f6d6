"""Each part of the desk in Chromium as a person uses it: on a desk's screen and a phone, and by keyboard alone."""

import pytest

pytestmark = pytest.mark.server


PAGES = ["today", "today?day=2026-10-30", "today?day=2026-10-01", "tonight", "feeds", "held", "incidents", "incidents/confirm",
         "taskings", "taskings?show=proposed", "follow-ups", "groups", "groups/past", "case-reviews", "feeds/deliveries",
         "quality", "quality/police",
         "incidents/duplicates", "map", "rules", "help", "search", "places", "meeting/agenda", "meeting/minutes", "handover"]  # fmt: skip


@pytest.mark.parametrize("name", ["viewer", "officer", "keeper"])
def test_every_page_is_accessible_and_fits_the_screen(at, name):
    somebody = at(name)
    for path in [*PAGES, *(["log", "groups/new", "reports/new"] if name != "viewer" else [])]:
        assert somebody.open(path) == 200, path


def test_an_error_page_leads_on(at):
    viewer = at("viewer")
    assert viewer.open("log") == 403
    assert "Your roles do not let you read the log." in viewer.main()
    viewer.page.get_by_role("link", name="Help").click()
    assert "Who can, and who gives access" in viewer.main()
    assert viewer.open("nothing-of-the-kind") == 404
    viewer.page.get_by_role("link", name="Go to Today").click()
    assert viewer.address() == "/today"


def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_field(at):
    officer = at("officer")
    officer.open("taskings")
    officer.page.get_by_label("What is to be done").fill("look at the swan on the pond")
    officer.page.get_by_label("By", exact=True).fill("")
    officer.page.get_by_role("button", name="Add").click()
    officer.check()
    assert officer.page.title().startswith("Error: ")
    assert officer.page.evaluate("document.activeElement.id") == "problems"
    assert officer.page.get_by_label("What is to be done").input_value() == "look at the swan on the pond"
    officer.page.locator("#problems a").first.click()
    assert officer.page.evaluate("document.activeElement.name") == "owner"
    officer.page.keyboard.type("Community wardens")
    officer.page.get_by_label("By", exact=True).fill("2026-11-05")
    officer.page.get_by_role("button", name="Add").click()
    assert "Added: look at the swan on the pond" in officer.page.locator("[role=status]").inner_text()


def test_the_keyboard_alone_opens_a_page_and_reads_it(at):
    officer = at("officer")
    officer.open("today")
    officer.page.keyboard.press("Tab")
    officer.page.keyboard.press("Enter")
    assert officer.address().endswith("#main")
    officer.tab_to("Approve")
    officer.page.keyboard.press("Enter")
    officer.tab_to("By when")
    officer.check()


def test_an_earlier_briefing_can_be_read_and_not_decided_on(at):
    officer = at("officer")
    officer.open("today")
    assert officer.page.get_by_text("Approve…").count() > 0
    officer.open("today?day=2026-10-30")
    assert "This is not today’s briefing" in officer.main()
    assert officer.page.get_by_text("Approve…").count() == 0
    assert officer.page.locator("main form[method=post]").count() == 0
