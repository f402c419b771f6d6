"""`make pictures`: the messages of a busy, an ordinary, an empty and a partial day, as people see them.

Ten weeks of sample deliveries go through the engine; the messages are what channels are given. Needs npm and Debian's
chromium.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent
HOME = HERE.parents[1]
WORK = HOME / "var" / "pictures"
DOCS = HOME / "docs" / "pictures"
BUSY, ORDINARY, PARTIAL, EMPTY = date(2026, 10, 27), date(2026, 10, 29), date(2026, 10, 20), date(2026, 11, 4)
CHROMIUM = [
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--force-device-scale-factor=1.5",
]  # fmt: skip

sys.path.insert(0, str(HERE.parent))


def main() -> int:
    from weeks import write_weeks

    shutil.rmtree(WORK / "drops", ignore_errors=True)
    for path in WORK.glob("tasking.db*"):
        path.unlink()
    write_weeks(WORK)
    for path in (WORK / "drops").rglob("*"):
        os.utime(path, (0, 0))
    spoil(WORK / "drops")
    desk = opened()
    from tasking import flows

    first = BUSY - timedelta(weeks=9)
    flows.replay(desk, first, EMPTY, lambda done: print(f"{done.day} {done.briefing.ledger_words}", flush=True))
    DOCS.mkdir(exist_ok=True)
    for name, day in (("busy", BUSY), ("ordinary", ORDINARY), ("partial", PARTIAL), ("empty", EMPTY)):
        draw_day(desk, name, day)
    draw_week(desk)
    draw_simulation(desk, first)
    return 0


def opened():
    from tasking.runtime.local import open_services
    from tasking.runtime.settings import Settings

    settings = Settings(
        home=HOME, database_url=f"sqlite:///{WORK / 'tasking.db'}", drops=WORK / "drops", pseudonym_key="0" * 64,
        desk_url="http://127.0.0.1:8080/tasking",
    )  # fmt: skip
    return open_services(settings)


def spoil(drops: Path) -> None:
    """The police send nothing on the partial day."""
    (drops / "police" / f"KP_CSU_{PARTIAL:%Y%m%d}.csv").unlink(missing_ok=True)


def draw_day(desk, name: str, day: date) -> None:
    from tasking.briefing import digest, draw_pictures, render_blocks, render_card, render_html, render_mail
    from tasking.delivery.messages import shown_briefing

    if name == "busy":
        somebody_acts(desk, day)
    late = datetime(day.year, day.month, day.day, 8, 12, tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
    shown = shown_briefing(desk.delivery, day, has_buttons=True, first_sent_at=late if name == "partial" else None)
    said = digest(shown.briefing, shown.edition)
    pictures = draw_pictures(shown.briefing, desk.geography)
    print(f"{name}: {said.size} characters, {len(render_blocks(said)['blocks'])} blocks")
    folder = WORK / name
    folder.mkdir(exist_ok=True)
    for one in pictures:
        (folder / f"{one.key}.png").write_bytes(one.png)
    (folder / "slack.json").write_text(json.dumps(render_blocks(said)), encoding="utf-8")
    (folder / "teams.json").write_text(json.dumps(render_card(said, desk.desk_url)), encoding="utf-8")
    mail = render_mail(said, desk.templates, pictures)
    for one in pictures:
        mail = mail.replace(f"cid:{one.key}", f"{one.key}.png")
    (folder / "mail.html").write_text(mail, encoding="utf-8")
    node("slack.mjs", folder / "slack.json", folder / "slack.html")
    node("slack.mjs", folder / "slack.json", folder / "slack-thread.html", folder / "map.png", folder / "strip.png")
    node("teams.mjs", folder / "teams.json", folder / "teams.html")
    for page, width in (("slack", 730), ("slack-thread", 730), ("teams", 752), ("mail", 680)):
        screenshot(folder / f"{page}.html", DOCS / f"{name}-{page}.png", width)
    if name == "partial":
        page = render_html(shown.briefing, shown.edition, desk.templates, pictures)
        (folder / "page.html").write_text(page, encoding="utf-8")
        screenshot(folder / "page.html", HOME / "docs" / "briefing.png", 1000)
    if name == "busy":
        for one in pictures:
            shutil.copy(folder / f"{one.key}.png", DOCS / f"{one.key}.png")


def draw_week(desk) -> None:
    """The weekly alert after a group was set going and a proposal rejected."""
    from dataclasses import replace

    from tasking import meeting, triggers
    from tasking.briefing import render_blocks, weekly_digest
    from tasking.model.proposal import Verb

    started = replace(desk, clock=lambda: datetime(2026, 10, 12, 9, 0, tzinfo=UTC))
    waiting = [one for one in meeting.tracked_proposals(desk.meeting) if Verb.APPROVE in one.standing.open_verbs]
    groups = [one for one in waiting if one.proposal.rule == "cluster"]
    meeting.start_group(
        started.meeting,
        groups[0].proposal.proposal_id,
        "Sgt Hale",
        "Kent Police",
        [],
        "quiet evenings",
        date(2026, 11, 4),
    )
    others = [one for one in waiting if one.proposal.rule == "near_repeat"]
    meeting.decide(started.meeting, others[0].proposal.proposal_id, Verb.REJECT, "Sgt Hale", "in hand already")
    folder = WORK / "weekly"
    folder.mkdir(exist_ok=True)
    said = weekly_digest(triggers.build_weekly_alert(desk.triggers, "2026-W45"), desk.desk_url)
    print(f"weekly: {said.size} characters, {len(render_blocks(said)['blocks'])} blocks")
    (folder / "slack.json").write_text(json.dumps(render_blocks(said)), encoding="utf-8")
    node("slack.mjs", folder / "slack.json", folder / "slack.html")
    screenshot(folder / "slack.html", DOCS / "weekly-slack.png", 730)


def draw_simulation(desk, first: date) -> None:
    """Ten weeks again, with a cluster of three incidents instead of four."""
    from tasking.triggers import simulation_picture
    from tasking.triggers.simulation import simulate

    simulated = simulate(desk.triggers, first, EMPTY, {"cluster.incidents": 3})
    (DOCS / "simulated.png").write_bytes(simulation_picture.draw_simulation(simulated).png)
    print("drawn: docs/pictures/simulated.png")


def somebody_acts(desk, day: date) -> None:
    """A tasking is taken, so that the picture shows how that looks."""
    from tasking.delivery.messages import shown_briefing
    from tasking.meeting.store.proposals import take_step
    from tasking.model.proposal import Step, Verb

    first = shown_briefing(desk.delivery, day).briefing.taskings[0]
    at = datetime(day.year, day.month, day.day, 8, 10, tzinfo=ZoneInfo("Europe/London"))
    take_step(desk.warehouse, Step(first.proposal_id, Verb.TAKE, "Sgt Hale", at, day), by="the picture")


def node(script: str, *arguments: Path) -> None:
    subprocess.run(["node", WORK / "node" / script, *arguments], check=True)


def screenshot(page: Path, picture: Path, width: int) -> None:
    """A picture of the whole page: it is asked how long it is first."""
    with tempfile.TemporaryDirectory() as profile:
        command = [*CHROMIUM, f"--user-data-dir={profile}"]
        probe = page.with_suffix(".probe.html")
        asks = "<script>onload = () => document.title = document.documentElement.scrollHeight</script>"
        probe.write_text(page.read_text(encoding="utf-8") + asks, encoding="utf-8")
        seen = subprocess.run(
            [*command, f"--window-size={width},400", "--dump-dom", probe.as_uri()],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        height = int(seen.rsplit("<title>", 1)[1].split("<", 1)[0])
        subprocess.run(
            [*command, f"--window-size={width},{min(height, 5000)}", f"--screenshot={picture}", page.as_uri()],
            check=True, capture_output=True,
        )  # fmt: skip
    print(f"drawn: {picture.relative_to(HOME)} ({height} px)")


if __name__ == "__main__":
    sys.exit(main())
