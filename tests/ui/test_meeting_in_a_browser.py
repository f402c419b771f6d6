"""The meeting in Chromium as the chair holds it: by keyboard alone, on a desk's screen and a phone, and without script."""

import re
import shutil
from dataclasses import replace

import pytest
from made_desks import REPLAYED_AT

from tasking.model.recipient import Attendee

from .served import WHO, Somebody, served

pytestmark = pytest.mark.server


@pytest.fixture
def running(faulty, tmp_path, monkeypatch):
    """The desk before a meeting that nobody has started."""
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    desk = replace(faulty, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", now=REPLAYED_AT)
    attendees = [Attendee(name="Sgt Hale", partner="Kent Police"), Attendee(name="Ama Obi")]
    opened = desk.open()
    declared = replace(opened, partnership=opened.partnership.model_copy(update={"attendees": attendees}))
    monkeypatch.setattr(type(desk), "open", lambda _desk: declared)
    with served(desk) as found:
        yield found


def press(chair: Somebody, key: str) -> None:
    """A key that leads to another page, which is checked."""
    with chair.page.expect_navigation():
        chair.page.keyboard.press(key)
    chair.check()


def heading(somebody: Somebody) -> str:
    return somebody.page.inner_text("h1")


def focused(somebody: Somebody, what: str = "name") -> str:
    return somebody.page.evaluate(f"document.activeElement.{what} || ''")


def start(chair: Somebody) -> None:
    chair.open("meeting")
    chair.page.get_by_label("Sgt Hale is here").check()
    chair.page.get_by_label("Ama Obi sent apologies").check()
    chair.page.get_by_label("Others who are here").fill("Łukasz Şahin, Town Council")
    with chair.page.expect_navigation():
        chair.page.get_by_role("button", name="Start the meeting").click()
    chair.check()


def to_the_first_question(chair: Somebody) -> None:
    while not heading(chair).startswith("A. "):
        press(chair, "n")


def test_the_chair_holds_the_meeting_by_keyboard_alone(at):
    chair = at("officer")
    start(chair)
    assert heading(chair).startswith("1. ")
    assert focused(chair, "id") == "item"  # what a screen reader reads first
    press(chair, "ArrowRight")
    press(chair, "ArrowLeft")
    to_the_first_question(chair)
    asked = heading(chair)
    chair.page.keyboard.press("d")
    assert focused(chair) == "due_on"
    chair.page.keyboard.press("Escape")
    chair.page.keyboard.press("a")
    assert focused(chair) == "owner"
    chair.page.keyboard.type("West Kent Homes")
    chair.tab_to("By when")
    chair.tab_to("Note")
    chair.page.keyboard.type("as agreed at the meeting")
    press(chair, "Enter")
    assert f"{asked}. Approved: West Kent Homes" in chair.page.inner_text(".said")
    assert heading(chair).startswith("B. ")
    press(chair, "u")
    assert heading(chair) == asked
    chair.page.keyboard.press("r")
    press(chair, "Enter")
    assert focused(chair, "id") == "problems"
    chair.page.locator("#problems a").first.press("Enter")
    chair.page.keyboard.type("known to the housing officer")
    press(chair, "Enter")
    assert heading(chair).startswith("B. ")
    press(chair, "s")
    assert heading(chair).startswith("C. ")


def test_a_note_and_a_tasking_are_typed_without_leaving_the_item(at):
    chair = at("officer")
    start(chair)
    item = heading(chair)
    chair.page.keyboard.press("m")
    assert focused(chair) == "words"
    chair.page.keyboard.type("the gate is mended")
    press(chair, "Enter")
    assert "the gate is mended" in chair.main()
    chair.page.keyboard.press("t")
    chair.page.keyboard.type("nine keys: n p a r s t m o d")  # no key acts while somebody types
    assert focused(chair) == "what"
    chair.page.keyboard.press("Escape")
    assert focused(chair, "id") == "item"
    assert heading(chair) == item
    chair.page.keyboard.press("?")
    chair.check()
    assert chair.page.get_by_text("next item").is_visible()


def test_somebody_else_follows_and_everything_works_by_buttons(at):
    chair, viewer = at("officer"), at("viewer")
    start(chair)
    chair.page.get_by_role("button", name="Next").click()
    viewer.open("meeting")
    assert heading(viewer) == heading(chair)
    viewer.page.get_by_role("link", name="Follow the chair").click()
    viewer.check()
    chair.open("meeting/finish")
    chair.page.get_by_role("button", name="Finish the meeting and send the minutes").click()
    chair.page.wait_for_url("**/meeting/minutes/**")
    chair.check()
    assert "Łukasz Şahin, Town Council" in chair.main()
    for path in ("meeting", "meeting/minutes", "meeting/agenda", "handover"):
        assert viewer.open(path) == 200


def test_the_agenda_prints_on_two_pages(at, tmp_path):
    viewer = at("viewer")
    viewer.open("meeting/agenda")
    printed = viewer.page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2


def test_the_meeting_works_without_script(at, browser):
    chair = at("officer")
    start(chair)
    to_the_first_question(chair)
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies([{"name": WHO, "value": "officer", "url": chair.running.url}])
    page = plain.new_page()
    page.goto(f"{chair.running.url}/meeting")
    asked = page.inner_text("h1")
    page.locator("#fold-approve > summary").click()
    page.get_by_label("Who does it", exact=True).fill("West Kent Homes")
    page.get_by_role("button", name="Approve and go on").click()
    assert f"{asked}. Approved: West Kent Homes" in page.inner_text(".said")
    plain.close()
