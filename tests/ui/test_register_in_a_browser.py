"""The restricted register in Chromium, on a desk's screen and a phone."""

import re

import pytest

from .served import Somebody

pytestmark = pytest.mark.server


@pytest.fixture
def keeper(at) -> Somebody:
    return at("keeper")


def test_a_reason_once_then_every_list_and_a_proposal_decided(keeper):
    keeper.open("register")
    keeper.page.get_by_role("button", name="Open register").click()
    assert keeper.page.title().startswith("Error: ")
    keeper.page.get_by_label("Why do you need the register?").fill("Preparing the MARAC list")
    keeper.page.get_by_role("button", name="Open register").click()
    keeper.page.wait_for_selector("h1 >> text=Restricted register")
    for show in ("incidents", "marac", "others", "taskings", "follow-ups", "case-reviews"):
        assert keeper.open(f"register?show={show}") == 200
        assert "Why do you need the register?" not in keeper.main()
    keeper.open("register?show=marac")
    waiting = keeper.page.locator("section[aria-label='MARAC proposals'] > .paper h2 >> text=Consider").count()
    assert waiting
    keeper.page.get_by_text("Reject…").first.click()
    keeper.page.get_by_label("Why there is no referral").first.fill("Heard last week")
    keeper.page.get_by_role("button", name=re.compile("^Reject")).first.click()
    keeper.page.wait_for_selector("[role=status]")
    keeper.check()
    assert "/register?show=marac" in keeper.page.url
    keeper.page.get_by_role("button", name="Undo").first.click()
    keeper.page.wait_for_selector("[role=status] >> text=proposed again")
    keeper.open("register")
    keeper.page.get_by_label("Search the register").fill("burgin")
    keeper.page.get_by_role("button", name="Search register").click()
    keeper.page.wait_for_selector("text=found.")
    assert "burgin" not in keeper.page.url
    keeper.check()
    keeper.page.locator("table a").first.click()
    keeper.page.wait_for_selector("text=restricted")
    assert "Enter why you need to see it" not in keeper.main()
    keeper.open("register")
    keeper.page.get_by_role("button", name="Close register").click()
    keeper.page.wait_for_selector("[role=status] >> text=closed")
    keeper.open("register")
    assert "Why do you need the register?" in keeper.main()
