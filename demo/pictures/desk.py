"""`make pictures-desk`: the Tasking desk in a browser, docs/pictures/desk-*.png, from Airflow as `make up` has it.

The sample fortnight ends today: the days in the pictures are those of when they were drawn. Draw them on a day with a
meeting: on others there is nothing to decide.
"""

import io
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME / "demo"))

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Locator, Page, sync_playwright  # noqa: E402
from up import Up  # noqa: E402

OUT = HOME / "docs" / "pictures"
WORK = HOME / "var" / "pictures" / "up"
PORT = 8793
WIDE, PHONE = {"width": 1200, "height": 820}, {"width": 390, "height": 780}
COLOURS = 128  # a page has few: the files are a third of the size
LINKING_MS = 120_000  # reports are linked while the page is awaited


def main() -> None:
    chromium = shutil.which("chromium") or sys.exit("chromium is needed: apt-get install chromium")
    shutil.rmtree(WORK, ignore_errors=True)
    up = Up(WORK, PORT)
    try:
        up.environment  # noqa: B018 - makes its folders
        with ThreadPoolExecutor() as pool:
            sample = pool.submit(up.load_sample)
            roles = {"officer": "Tasking officer", "viewer": "Tasking viewer", "keeper": "Tasking officer"}
            up.passwords = up.prepare(roles)
            up.command("airflow", "users", "add-role", "-u", "keeper", "-r", "Tasking restricted")
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
    desk = f"{up.url}/tasking"
    officer = logged_in(up, browser, "officer")
    officer.goto(up.url)
    officer.get_by_role("link", name="Tasking").first.click()
    officer.frame_locator("iframe").get_by_role("heading", name="Today").wait_for()
    officer.wait_for_timeout(800)  # Airflow's own page settles
    save(officer, "in-airflow")

    draw_the_morning(officer, desk)
    draw_what_is_found(officer, desk)
    draw_incidents(officer, desk)
    draw_a_report_by_hand(officer, desk)
    draw_the_meeting(officer, desk)
    draw_decisions(officer, desk)
    draw_the_register(logged_in(up, browser, "keeper"), desk)
    draw_a_phone(logged_in(up, browser, "viewer", PHONE, "dark"), desk)


def draw_the_morning(page: Page, desk: str) -> None:
    for path in ("today", "tonight", "feeds", "held", "help", "map"):
        show(page, f"{desk}/{path}", path)
    page.goto(f"{desk}/held")
    page.get_by_role("link", name="not a date").last.click()
    save(page, "held-row")


def draw_what_is_found(page: Page, desk: str) -> None:
    page.goto(f"{desk}/today")
    page.keyboard.press("/")
    page.keyboard.type("bradborn")  # the beginning of Bradbourne, mistyped
    press(page, "Enter")
    save(page, "search")
    show(page, f"{desk}/places?name=Bradbourne+Lakes", "place")


def open_one_with_a_caller(page: Page, incidents: str) -> None:
    """Opens the first incident of a list of which somebody is known who reported it."""
    page.goto(incidents)
    for address in page.locator("tbody a").evaluate_all("all => all.map(one => one.href)"):
        page.goto(address)
        if page.get_by_role("link", name="Everything from this caller").count():
            return
    raise LookupError(f"{incidents}: no incident has a caller")


def draw_incidents(page: Page, desk: str) -> None:
    """A list with filters, an incident from its head down to the reports, what a split asks, a person."""
    show(page, f"{desk}/incidents?category=fly_tip", "list")
    page.locator("#filters-name").locator("xpath=ancestor::details").evaluate("one => one.open = true")
    page.get_by_label("Save the filters in use").fill("Fly-tips")
    go_on(page.get_by_role("button", name="Save filter"))
    show(page, f"{desk}/incidents", "incidents")
    open_one_with_a_caller(page, f"{desk}/incidents?shared=true")
    page.get_by_label("Add a note").fill("The leisure centre rang: the side gate is locked from 18:00.")
    go_on(page.get_by_role("button", name="Add note"))
    page.goto(page.url.partition("#")[0])
    save(page, "incident")
    page.locator("#reports").evaluate("one => one.scrollIntoView({behavior: 'instant'})")
    save(page, "reports")
    person = page.get_by_role("link", name="Everything from this caller").first.get_attribute("href")
    page.locator("input[name=report]").last.check()
    go_on(page.get_by_role("button", name="Split the incident"))
    save(page, "split")
    page.goto(f"{desk.removesuffix('/tasking')}{person}")
    save(page, "person")
    show(page, f"{desk}/incidents/confirm", "confirm")


def draw_a_report_by_hand(page: Page, desk: str) -> None:
    """A form that is refused, the same form to check, and the correction of a place."""
    page.goto(f"{desk}/reports/new")
    said = "Two lads on a quad bike on the green again. They nearly hit the caller's dog."
    page.get_by_label("What was said").fill(said)
    page.get_by_label("Place (a street").fill("manse way")
    page.get_by_label("Name of the caller").fill("R Patel")
    page.get_by_label("Telephone number").fill("01632 960123")
    page.get_by_label("The caller wants to be contacted").check()
    go_on(page.get_by_role("button", name="Continue"))
    save(page, "refused")
    page.get_by_label("Category", exact=True).select_option(label="Bikes and nuisance vehicles")
    go_on(page.get_by_role("button", name="Continue"))
    save(page, "report-check")
    go_on(page.get_by_role("button", name="Record the report"))
    go_on(page.get_by_role("link", name="Correct").first)
    page.locator("#place").fill("Greatness Recreation Ground")
    page.locator("#reason-place").fill("the caller rang back")
    go_on(page.get_by_role("button", name="Correct the place"))
    save(page, "corrected")


def draw_the_meeting(page: Page, desk: str) -> None:
    page.goto(f"{desk}/meeting/agenda")
    save(page, "agenda")
    page.goto(f"{desk}/meeting")
    page.get_by_label("Who is here").fill("Sgt Hale, Kent Police\nAma Obi, Sevenoaks District Council")
    go_on(page.get_by_role("button", name="Start the meeting"))
    while not page.inner_text("h1").startswith("A. "):
        press(page, "n")
    page.keyboard.press("a")
    save(page, "meeting")
    press(page, "Enter")
    go_on(page.get_by_role("link", name="Finish the meeting"))
    go_on(page.get_by_role("button", name="Finish the meeting and send the minutes"))
    save(page, "minutes")


def draw_decisions(page: Page, desk: str) -> None:
    """Groups with one that was started, taskings with a long name, other thresholds, the log, an empty list."""
    page.goto(f"{desk}/groups")
    go_on(page.get_by_role("link", name="Bradbourne Lakes").first)
    page.get_by_label("Lead").fill("Sgt Hale, Sevenoaks local policing team")
    page.get_by_label("Objective").fill("No fires at the lakes and fewer than two calls a week by half-term")
    page.locator("summary", has_text="Partners in the group").click()
    page.get_by_label("Kent Fire & Rescue Service").check()
    go_on(page.get_by_role("button", name="Approve"))
    show(page, f"{desk}/groups", "groups")
    page.goto(f"{desk}/taskings")
    what = "ask the parish council, the school and the bus company for their cameras, and write to both landowners"
    added = page.locator("form", has=page.get_by_label("What is to be done"))
    added.get_by_label("What is to be done").fill(what)
    added.get_by_label("Who does it").fill("Trading Standards and community wardens")
    added.get_by_label("Where").fill("Halstead, Knockholt and Badgers Mount")
    go_on(added.get_by_role("button", name="Add"))
    page.goto(f"{desk}/taskings?show=proposed")
    for _ in range(2):
        go_on(page.get_by_role("button", name="Take").first)
    show(page, f"{desk}/taskings", "taskings")
    show(page, f"{desk}/taskings?show=proposed", "proposed")
    page.goto(f"{desk}/rules")
    page.locator("#cluster-incidents").fill("3")
    page.get_by_role("button", name="Show what would have been proposed").click()
    page.locator("#tried").wait_for(timeout=LINKING_MS)
    save(page, "rules")
    show(page, f"{desk}/log", "log")
    show(page, f"{desk}/taskings?show=done", "empty")


def draw_the_register(page: Page, desk: str) -> None:
    page.goto(f"{desk}/register")
    page.get_by_label("Why do you need the register?").fill("Preparing the MARAC list")
    save(page, "register-opened")
    go_on(page.get_by_role("button", name="Open register"))
    show(page, f"{desk}/register?show=marac", "register")


def draw_a_phone(page: Page, desk: str) -> None:
    show(page, f"{desk}/today", "phone-dark")
    show(page, f"{desk}/incidents", "phone-incidents")
    show(page, f"{desk}/log", "error")


def logged_in(up: Up, browser: Browser, name: str, size: dict[str, int] = WIDE, scheme: str = "light") -> Page:
    context = browser.new_context(viewport=size, color_scheme=scheme, locale="en-GB", device_scale_factor=1)
    page = context.new_page()
    page.goto(f"{up.url}/tasking/today")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", up.passwords[name])
    page.click("[type=submit]")
    page.wait_for_url("**/tasking/today")
    return page


def go_on(pressed: Locator) -> None:
    """Presses something that leads to another page."""
    with pressed.page.expect_navigation(timeout=LINKING_MS):
        pressed.click()


def press(page: Page, key: str) -> None:
    """Presses a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)
    page.wait_for_load_state()


def show(page: Page, address: str, name: str) -> None:
    page.goto(address)
    save(page, name)


def save(page: Page, name: str) -> None:
    page.wait_for_load_state()
    path = OUT / f"desk-{name}.png"
    drawn = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(HOME)}", flush=True)


if __name__ == "__main__":
    main()
