"""Nothing personal leaves: invented people in every field of all six feeds, two days through Airflow, and then a search.

Slack's stand-in, a mail server and a Teams workflow stand on loopback; what they were sent is searched, and so are Airflow's
database (with XCom and rendered fields), its logs, out/ and the exports.
"""

import datetime as dt
import itertools
import json
import subprocess
import sys
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from background import serve_in_background
from conftest import GOLD, free_port, home_for, settle
from drills.stand_ins import TOKEN, mailbox, slack_stand_in
from leaks import leaks

from tasking.delivery.channels import MailChannel, MailServer, Note
from tasking.delivery.channels.slack import SlackChannel
from tasking.delivery.channels.teams import TeamsChannel

from .conftest import airflow_environment, running_airflow, stop_the_clock

pytestmark = pytest.mark.server

FEEDS = ["police", "council", "wardens", "housing", "fire", "residents"]
DAYS = [dt.date(2026, 10, 22), dt.date(2026, 10, 23)]
PLACE = "Manse Way, Swanley"


def canary(feed: str, day: dt.date, number: int) -> dict[str, str]:
    """An invented person, unlike anybody else: all that a report can say of who somebody is."""
    at = FEEDS.index(feed) * 40 + (day.day - 22) * 20 + number
    tag = "".join("abcdefghij"[int(digit)] for digit in f"{at:03d}")
    return {
        "caller": f"Zoë Quarrint{tag}",
        "subject": f"Ulysses Brambl{tag}",
        "phone": f"01632 960{at:03d}",
        "mobile": f"07700 900{at:03d}",
        "email": f"zq{tag}@example.org",
        "registration": f"ZQ51 X{tag.upper()}",
        "address": f"{700 + at} Quillmarsh Cottages{tag}",
        "told": f"hush{tag} kettlewhisper",
        "kind": f"Nattering{tag}",
    }


def planted(feed: str, day: dt.date, number: int, base: dict) -> dict:
    """A report of the labelled set with the canary in every field that somebody types into."""
    c = canary(feed, day, number)
    received = dt.datetime.combine(day - dt.timedelta(days=1), dt.time(12, number))
    text = f"{c['caller']} of {c['address']} ({c['phone']}, {c['email']}) says {c['subject']}, {c['mobile']}, {c['registration']}, {c['told']}."
    is_sensitive, is_new_word = number == 2, number == 3
    return base | {
        "feed": feed,
        "seq": 7000 + FEEDS.index(feed) * 100 + (day.day - 22) * 20 + number,
        "received": received.isoformat(timespec="minutes"),
        "occurred": (received - dt.timedelta(hours=2)).isoformat(timespec="minutes"),
        "occurred_to": None,
        "kind": c["kind"] if is_new_word else "Noise",
        "place": f"{c['address']}, {PLACE}",
        "text": text,
        "reporter": {"name": c["caller"], "phone": c["phone"], "email": c["email"]},
        "about": {"name": c["subject"], "dob": "1951-02-03"},
        "anonymous": False,
        "wants_feedback": True,
        "sensitive": "safeguarding" if is_sensitive else "none",
    }


def all_canaries() -> set[str]:
    """Every invented word that was planted, and the surnames alone; addresses also without their number."""
    words: set[str] = set()
    for feed, day, number in itertools.product(FEEDS, DAYS, range(5)):
        c = canary(feed, day, number)
        if number != 3:
            del c["kind"]
        words |= set(c.values()) | {c["caller"].split()[1], c["subject"].split()[1]}
        words |= {c["address"].split(" ", 1)[1], c["told"].split()[0]}
    return words


class Workflow(BaseHTTPRequestHandler):
    cards: list[bytes]

    def do_POST(self) -> None:
        type(self).cards.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Two days of canaries, run through Airflow; the folder, and whatever took messages."""
    folder = tmp_path_factory.mktemp("canaries")
    base = json.loads((GOLD / "dev.jsonl").read_text().splitlines()[0])
    rows = [planted(feed, day, number, base) for feed, day, number in itertools.product(FEEDS, DAYS, range(5))]
    (folder / "gold.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = [sys.executable, GOLD / "export.py", folder / "gold.jsonl", folder / "drops", "--faults", "3"]
    subprocess.run(command, check=True, capture_output=True)
    settle(*(path for path in (folder / "drops").rglob("*") if path.is_file()))
    home = home_for(folder / "home")
    partnership = home / "include" / "partnership.yml"
    declared = yaml.safe_load(partnership.read_text())
    declared["channels"] |= {
        "briefing": ["slack", "teams", "email", "file"], "ops": ["slack:#csu-ops"], "restricted": ["email:register@csu.example"],
        "mail_from": "tasking@csu.example", "mail_to": ["duty@csu.example"], "folder": "out",
    }  # fmt: skip
    partnership.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False))
    stop_the_clock(home)
    handler = type("Here", (Workflow,), {"cards": []})
    teams = HTTPServer(("127.0.0.1", 0), handler)
    serve_in_background(teams)
    with slack_stand_in(folder / "slack") as slack, mailbox() as box:
        slack.channel("csu-ops")
        (folder / "airflow").mkdir()
        webhook = f"http://127.0.0.1:{teams.server_address[1]}/workflow"
        environment = airflow_environment(folder / "airflow", free_port(), home, folder / "drops") | {
            "TASKING_DATABASE_URL": f"sqlite:///{folder / 'tasking.db'}",
            "AIRFLOW_CONN_SLACK_BRIEFING": json.dumps(
                {"conn_type": "slack", "password": TOKEN, "extra": {"base_url": slack.direct}}
            ),
            "AIRFLOW_CONN_TEAMS_BRIEFING": json.dumps({"conn_type": "generic", "password": webhook}),
            "AIRFLOW_CONN_SMTP_BRIEFING": json.dumps(
                {"conn_type": "smtp", "host": "127.0.0.1", "port": box.port, "extra": {"security": "none"}}
            ),
        }
        with running_airflow(environment) as airflow:
            run_two_days(airflow)
        yield folder, environment, slack, box, handler, webhook
    teams.shutdown()
    teams.server_close()


def run_two_days(airflow) -> None:
    def state_of(dag_id: str, run_id: str) -> str | None:
        return next(
            (
                r["state"]
                for r in airflow.runs(dag_id)
                if r["dag_run_id"] == run_id and r["state"] in ("success", "failed")
            ),
            None,
        )

    airflow.wait_for(lambda: known(airflow), 120, "the DAGs are read")
    for day in DAYS:
        runs = {f"feed_{feed}": airflow.trigger(f"feed_{feed}", {"day": str(day)}) for feed in FEEDS}
        for dag_id, run_id in runs.items():
            assert airflow.wait_for(lambda d=dag_id, r=run_id: state_of(d, r), 240, dag_id) == "success"
        run_id = airflow.trigger("daily_briefing", {"day": str(day), "posting": "always"})
        airflow.wait_for(lambda r=run_id: state_of("daily_briefing", r), 240, "the briefing")
        assert airflow.states("daily_briefing", run_id)["post"] == "success"


def known(airflow) -> bool:
    try:
        return all(
            airflow.runs(dag_id) is not None for dag_id in (*(f"feed_{feed}" for feed in FEEDS), "daily_briefing")
        )
    except Exception:
        return False


def what_left(places) -> dict[str, bytes]:
    """Everything that the stand-ins keep, that Airflow keeps, and that is written or printed for people."""
    folder, _, slack, box, handler, _ = places
    stores: dict[str, bytes] = {}
    for channel in slack.call("conversations.list", limit=200)["channels"]:
        for message in slack.messages(channel["id"]):
            thread = slack.thread(channel["id"], message["ts"])
            stores[f"slack {channel['name']} {message['ts']}"] = json.dumps(
                [message, thread], ensure_ascii=False
            ).encode()
    stores |= {f"mail {number}": mail for number, mail in enumerate(box.mails)}
    stores |= {f"card {number}": card for number, card in enumerate(handler.cards)}
    for root in (folder / "airflow", folder / "home" / "out", folder / "slack"):
        stores |= {str(path.relative_to(folder)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    return stores


def what_is_printed(places) -> dict[str, bytes]:
    """Every export, and every form of the briefings."""
    _, environment, *_ = places
    tasking = Path(sys.executable).with_name("tasking")
    asked = [["export", what] for what in ("links", "ledger", "held", "review", "series", "triggers")]
    asked += [["weekly", "--week", f"{DAYS[1]:%G-W%V}"], ["triggers", "list", "--all"], ["taskings", "list", "--all"]]
    forms = ("text", "json", "html", "slack", "teams", "mail")
    asked += [["briefing", "--day", str(DAYS[1]), "--format", form] for form in forms]
    printed = {}
    for arguments in asked:
        done = subprocess.run([tasking, *arguments], env=environment, capture_output=True, check=True)
        printed[f"tasking {' '.join(arguments)}"] = done.stdout + done.stderr
    return printed


def what_was_delivered(folder: Path) -> dict[str, bytes]:
    """The deliveries, workbooks unpacked."""
    raw = {}
    for path in (path for path in (folder / "drops").rglob("*") if path.is_file()):
        raw[path.name] = path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                raw |= {f"{path.name}/{name}": book.read(name) for name in book.namelist()}
    return raw


def test_no_canary_leaves_by_any_way(places):
    folder, *_ = places
    stores = what_left(places) | what_is_printed(places)
    assert sum(name.startswith("slack csu-briefing") for name in stores) == len(DAYS)
    assert sum(name.startswith("card") for name in stores) == len(DAYS)
    assert sum(name.startswith("mail") for name in stores) == 2 * len(DAYS)  # the briefing, and the restricted route
    assert any(name.endswith("airflow.db") for name in stores)
    assert any("feed_police" in name and name.endswith(".log") for name in stores)
    assert any(name.startswith("home/out/") for name in stores)
    # Who searches for what is not there must show that it would be found: the deliveries hold every canary.
    assert {word for _, word in leaks(what_was_delivered(folder), all_canaries())} == all_canaries()
    assert leaks(stores, all_canaries()) == []


def test_the_briefings_told_of_the_place_and_not_of_the_people(places):
    stores = what_left(places)
    told = b"".join(content for name, content in stores.items() if name.startswith("slack csu-briefing")).decode()
    assert "Noise" in told
    assert "Restricted matters are never in this message: check the restricted register." in told


@pytest.mark.parametrize("way", ["slack", "slack in capitals", "mail", "card", "log"])
def test_a_canary_in_a_message_on_purpose_is_found(places, way):
    folder, _, slack, box, _, webhook = places
    word = canary("fire", DAYS[0], 1)["caller"]
    said = word.upper() if way == "slack in capitals" else word
    blocks = [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": said}]}]}
    ]
    if way.startswith("slack"):
        SlackChannel(TOKEN, "#csu-ops", slack.direct).send(Note("on purpose", "", "a word", {"blocks": blocks}))
    elif way == "mail":
        server = MailServer("127.0.0.1", box.port, security="none")
        MailChannel(server, "a@csu.example", ["b@csu.example"]).send(
            Note("on purpose", "a word", said + "\n" + "x" * 80)
        )
    elif way == "card":
        TeamsChannel(webhook).send(Note("on purpose", "", "", {"said": said}))
    else:
        (folder / "airflow" / "on-purpose.log").write_text(json.dumps(said))
    assert word in {found for _, found in leaks(what_left(places), [word])}
