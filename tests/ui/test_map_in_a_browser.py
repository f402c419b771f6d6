"""The map in Chromium: zoomed and moved by every means there is, and parts listed by mouse, finger and key."""

import pytest

from .served import DESKTOP, PHONE, Somebody

pytestmark = pytest.mark.server


@pytest.fixture
def at_desk(at_screen) -> Somebody:
    one = at_screen("officer", DESKTOP)
    one.open("map")
    return one


def view(one) -> list[float]:
    """x, y, width and height of what the map shows."""
    return [float(number) for number in one.page.get_attribute("svg.map", "viewBox").split()]


def middle(one) -> tuple[float, float]:
    one.page.evaluate("document.querySelector('svg.map').scrollIntoView({behavior: 'instant', block: 'start'})")
    box = one.page.locator("svg.map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + 250


def test_buttons_wheel_and_keys_zoom(at_desk):
    whole = view(at_desk)
    at_desk.page.get_by_role("button", name="Zoom in").click()
    assert view(at_desk)[2] < whole[2]
    at_desk.check()
    at_desk.page.get_by_role("button", name="Zoom out").click()
    assert view(at_desk) == whole
    at_desk.page.mouse.move(*middle(at_desk))
    at_desk.page.mouse.wheel(0, -100)
    at_desk.page.wait_for_function("document.querySelector('.map-view').classList.contains('is-near')")
    at_desk.page.locator("[data-zoom=all]").focus()
    at_desk.page.keyboard.press("0")
    assert view(at_desk) == whole
    at_desk.page.keyboard.press("+")
    near = view(at_desk)
    at_desk.page.keyboard.press("ArrowDown")
    assert view(at_desk)[1] > near[1]
    for _ in range(40):
        at_desk.page.keyboard.press("+")
    assert view(at_desk)[2] > whole[2] / 20  # there is an end to it
    for _ in range(40):
        at_desk.page.keyboard.press("ArrowRight")
    assert view(at_desk)[0] + view(at_desk)[2] <= whole[0] + whole[2] + 0.01  # and an edge


def test_dragging_moves_the_map_and_opens_nothing(at_desk):
    at_desk.page.get_by_role("button", name="Zoom in").click()
    before, address = view(at_desk), at_desk.page.url
    x, y = middle(at_desk)
    at_desk.page.mouse.move(x, y)
    at_desk.page.mouse.down()
    at_desk.page.mouse.move(x - 90, y - 60, steps=6)
    at_desk.page.mouse.up()
    assert view(at_desk)[0] > before[0]
    assert (view(at_desk)[2], at_desk.page.url) == (before[2], address)


def test_a_part_is_listed_by_mouse_and_by_key_without_losing_the_zoom(at_desk):
    at_desk.page.get_by_role("button", name="Zoom in").click()
    near = view(at_desk)
    part = at_desk.page.locator("svg.map a[aria-label]").first
    words = part.get_attribute("aria-label")
    part.focus()
    at_desk.page.keyboard.press("Enter")
    at_desk.page.wait_for_selector("#incidents-here li")
    assert at_desk.page.locator("#incidents-here li").count() == int(words.split()[0])
    assert at_desk.page.evaluate("document.activeElement.id") == "incidents-here"
    assert view(at_desk)[2] == near[2]
    assert part.get_attribute("aria-current") == "true"
    at_desk.check()
    at_desk.page.get_by_role("link", name="Close list").click()
    at_desk.page.wait_for_selector("#incidents-here >> text=Choose a shaded part")
    assert part.get_attribute("aria-current") is None


def test_two_fingers_zoom_on_a_phone_and_one_moves(at_screen):
    one = at_screen("officer", PHONE)
    one.open("map")
    x, y = middle(one)
    fingers = one.context.new_cdp_session(one.page)

    def touch(kind: str, *spots: tuple[float, float]) -> None:
        points = [{"x": at[0], "y": at[1], "id": number} for number, at in enumerate(spots)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    whole = view(one)
    touch("touchStart", (x - 30, y), (x + 30, y))
    for step in range(1, 6):
        touch("touchMove", (x - 30 - 12 * step, y), (x + 30 + 12 * step, y))
    touch("touchEnd")
    near = view(one)
    assert near[2] < whole[2] / 1.5
    touch("touchStart", (x, y))
    for step in range(1, 6):
        touch("touchMove", (x - 12 * step, y - 12 * step))
    touch("touchEnd")
    assert view(one)[0] > near[0]
    assert view(one)[1] > near[1]
    one.check()


def test_without_script_a_part_is_a_link(browser, running):
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
    context.add_cookies([{"name": "who", "value": "viewer", "url": running.url}])
    page = context.new_page()
    page.goto(f"{running.url}/map")
    assert not page.locator("[data-map-tools]").is_visible()
    part = page.locator("svg.map a[aria-label]").first
    count = int(part.get_attribute("aria-label").split()[0])
    part.locator("path").click()
    assert page.locator("#incidents-here li").count() == count
    context.close()
