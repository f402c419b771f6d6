"""`make pictures-desk`: the Tasking desk in a browser, docs/pictures/desk-*.png, from Airflow as `make up` has it.

The sample fortnight ends within a week before today: the days in the pictures are those of when they were drawn.
"""

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME / "demo"))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from up import Up  # noqa: E402

OUT = HOME / "docs" / "pictures"
WORK = HOME / "var" / "pictures" / "up"
PORT = 8793
WIDE, PHONE = {"width": 1200, "height": 820}, {"width": 390, "height": 780}


def main() -> None:
    chromium = shutil.which("chromium") or sys.exit("chromium is needed: apt-get install chromium")
    shutil.rmtree(WORK, ignore_errors=True)
    up = Up(WORK, PORT)
    try:
        up.environment  # noqa: B018 - makes its folders
        with ThreadPoolExecutor() as pool:
            sample = pool.submit(up.load_sample)
            up.passwords = up.prepare({"officer": "Tasking officer", "viewer": "Tasking viewer"})
            up.start()
            sample.result()
        up.wait_until_ready()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            draw(up, browser)
            browser.close()
    finally:
        up.stop()


def draw(up: Up, browser: Browser) -> None:
    officer = logged_in(up, browser, "officer")

    officer.goto(up.url)
    officer.get_by_role("link", name="Tasking").first.click()
    officer.frame_locator("iframe").get_by_role("heading", name="CSU briefing").wait_for()
    officer.wait_for_timeout(800)  # Airflow's own page settles
    save(officer, "in-airflow")

    show(officer, up, "tonight", "tonight")
    show(officer, up, "feeds", "feeds")
    show(officer, up, "held", "held")
    officer.get_by_role("link", name="not a date").last.click()
    save(officer, "held-row")
    show(officer, up, "incidents", "incidents")
    officer.goto(f"{up.url}/tasking/incidents?shared=true")
    officer.locator("table a").nth(1).click()
    save(officer, "incident")
    show(officer, up, "incidents/confirm", "confirm")

    decide(officer, up)
    show(officer, up, "groups", "groups")
    show(officer, up, "taskings", "taskings")
    show(officer, up, "map", "map")
    officer.goto(f"{up.url}/tasking/rules")
    officer.locator("#cluster-incidents").fill("3")
    officer.get_by_role("button", name="What would have been proposed").click()
    officer.locator("#tried").wait_for(timeout=120_000)
    save(officer, "rules")
    show(officer, up, "log", "log")
    show(officer, up, "taskings?show=done", "empty")

    phone = logged_in(up, browser, "viewer", PHONE, "dark")
    show(phone, up, "today", "phone-dark")
    show(phone, up, "incidents", "phone-incidents")
    show(phone, up, "log", "error")


def decide(page: Page, up: Up) -> None:
    """A group with a lead, and a tasking with a long name."""
    page.goto(f"{up.url}/tasking/today")
    page.get_by_role("link", name="Greatness Recreation Ground").first.click()
    page.get_by_label("Lead").fill("Sgt Hale, Sevenoaks local policing team")
    page.get_by_label("Objective").fill("No fires at the pavilion and fewer than two calls a week by half-term")
    page.get_by_label("Kent Police").check()
    page.get_by_label("Kent Fire & Rescue Service").check()
    page.get_by_role("button", name="Set the group going").click()
    page.goto(f"{up.url}/tasking/taskings")
    what = "ask the parish council, the school and the bus company for their cameras, and write to both landowners"
    page.get_by_label("What is to be done").fill(what)
    page.get_by_label("Who does it").fill("Trading Standards and community wardens")
    page.get_by_label("Where").fill("Halstead, Knockholt and Badgers Mount")
    page.get_by_role("button", name="Add").click()
    page.goto(f"{up.url}/tasking/taskings?show=proposed")
    for _ in range(2):
        page.get_by_role("button", name="Take").first.click()


def logged_in(up: Up, browser: Browser, name: str, size: dict[str, int] = WIDE, scheme: str = "light") -> Page:
    context = browser.new_context(viewport=size, color_scheme=scheme, locale="en-GB", device_scale_factor=1)
    page = context.new_page()
    page.goto(f"{up.url}/tasking/today")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", up.passwords[name])
    page.click("[type=submit]")
    page.wait_for_url("**/tasking/today")
    return page


def show(page: Page, up: Up, path: str, name: str) -> None:
    page.goto(f"{up.url}/tasking/{path}")
    save(page, name)


def save(page: Page, name: str) -> None:
    page.wait_for_load_state()
    path = OUT / f"desk-{name}.png"
    page.screenshot(path=path)
    print(f"{path.relative_to(HOME)}", flush=True)


if __name__ == "__main__":
    main()
