"""`make drill-chat`: posting through every fault, each with the messages that were promised and those that were found.

Every run is a process of its own, forked from this one, and killed by SIGKILL where the drill says so.
"""

import datetime as dt
import importlib
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from conftest import HURRIED, TestDesk, home_for
from rich.console import Console
from rich.table import Table

from tasking import delivery, flows
from tasking.delivery.channels import Channel, MailChannel, MailServer, UnopenedChannel
from tasking.delivery.channels.slack import SlackChannel, calls
from tasking.model.errors import NotComplete, NotPosted

from .stand_ins import TOKEN, Mailbox, SlackStandIn, mailbox, slack_stand_in

pytestmark = pytest.mark.server

DAY = dt.date(2026, 10, 22)
WEEK = [dt.date(2026, 10, 20) + dt.timedelta(days=n) for n in range(4)]
POINTS = {
    "before the claim": ("tasking.delivery.store.outbox", "claim", "before"),
    "after the claim": ("tasking.delivery.store.outbox", "claim", "after"),
    "after the post": ("tasking.delivery.channels.slack.channel:SlackChannel", "send", "after"),
    "before recording": ("tasking.delivery.store.outbox", "record_sent", "before"),
}
REAL_WAITS = replace(HURRIED, lease_s=2, pause_s=0.2, look_up_pauses_s=(0.2, 0.5), sleep=time.sleep)
NOT_POSTED, INCOMPLETE = 3, 4
TABLE: list[tuple[str, str, str]] = []


def at(clock: str, day: dt.date = DAY) -> dt.datetime:
    london = dt.timezone(dt.timedelta(hours=1))
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), london).astimezone(dt.UTC)


@dataclass
class Night:
    """A warehouse with a made briefing, a channel of its own in Slack, and a mailbox."""

    desk: TestDesk
    slack: SlackStandIn
    box: Mailbox
    channel: str

    def post(
        self, clock: str = "07:31", kill: str | None = None, day: dt.date = DAY, is_made_anew: bool = False
    ) -> int:
        """One run in a process of its own; its exit status, -9 where it was killed."""
        return wait(self.start(clock, kill, day, is_made_anew))

    def start(
        self, clock: str = "07:31", kill: str | None = None, day: dt.date = DAY, is_made_anew: bool = False
    ) -> int:
        return forked(lambda: self._run(clock, kill, day, is_made_anew))

    def _run(self, clock: str, kill: str | None, day: dt.date, is_made_anew: bool) -> None:
        if kill:
            die_at(*POINTS[kill])
        opened = self.open(clock)
        if is_made_anew:
            flows.run_day(opened, day)
        else:
            flows.post(opened, day)

    def open(self, clock: str, day: dt.date = DAY, before: Sequence[Channel] = ()):
        """The desk at a time of day; `before`: channels of the briefing that come before Slack."""
        slack = SlackChannel(TOKEN, self.channel, self.slack.url)
        mail = MailChannel(
            MailServer("127.0.0.1", self.box.port, security="none"), "tasking@csu.example", ["duty@csu.example"]
        )
        routes = {"briefing": [*before, slack], "fallback": [mail]}
        return replace(
            self.desk.open(),
            open_channels=lambda kind: routes.get(kind, []),
            clock=lambda: at(clock, day),
            retry_policy=REAL_WAITS,
        )

    def found(self) -> str:
        """`1 message, 0 mails`; and what stands there more than once, which is never promised."""
        keys = self.slack.keys(self.channel)
        parents = sum(count for key, count in keys.items() if "/" not in key and not key.endswith(".png"))
        twice = [key for key, count in keys.items() if count > 1]
        return f"{told(parents, 'message')}, {told(len(self.box.mails), 'mail')}" + (
            f", TWICE: {twice}" if twice else ""
        )

    def parts(self) -> str:
        """`whole` where the message has its replies and its picture below it, in this order."""
        (parent,) = self.slack.messages(self.channel)
        below = self.slack.thread(self.channel, parent["ts"])
        kinds = ["picture" if message.get("files") else "reply" for message in below]
        return "whole" if kinds[-1:] == ["picture"] and kinds == sorted(kinds, reverse=True) else str(kinds)

    def said(self) -> str:
        return str([(message["text"], message.get("blocks")) for message in self.slack.messages(self.channel)])

    def expect(self, fault: str, promised: str, *more: str) -> None:
        found = ", ".join([self.found(), *more])
        TABLE.append((fault, promised, found))
        assert found == promised, fault


def told(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def forked(work: Callable[[], None]) -> int:
    """Does the work in a child process that ends with 0, NOT_POSTED, INCOMPLETE or 1; returns its number."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except NotComplete:
        status = INCOMPLETE
    except NotPosted:
        status = NOT_POSTED
    except BaseException as error:
        print(f"a run ended with {type(error).__name__}: {error}", flush=True)
    finally:
        os._exit(status)


def wait(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die_at(module: str, name: str, when: str) -> None:
    """From here on, the process is killed before or after the first call of this function."""
    module, _, kind = module.partition(":")
    owner = importlib.import_module(module)
    owner = getattr(owner, kind) if kind else owner
    real = getattr(owner, name)

    def killed(*arguments, **named):
        if when == "after":
            real(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, killed)


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory) -> Iterator[tuple[SlackStandIn, Mailbox]]:
    patch = pytest.MonkeyPatch()
    patch.setattr(calls, "TIMEOUT_S", 2)
    with slack_stand_in(tmp_path_factory.mktemp("slack")) as slack, mailbox() as box:
        yield slack, box
    patch.undo()


@pytest.fixture(scope="module")
def made(tmp_path_factory, deliveries) -> TestDesk:
    """Days that are received, linked and briefed; nothing is posted."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copytree(deliveries.folder, folder / "drops")
    desk = TestDesk(home_for(folder / "home"), folder / "drops", f"sqlite:///{folder / 'made.db'}")
    for day in WEEK:
        desk.run(str(day), is_posting=False)
    return desk


@pytest.fixture
def night(made, stand_ins, tmp_path, request) -> Iterator[Night]:
    slack, box = stand_ins
    made_db, night_db = (
        sqlite3.connect(path) for path in (made.database_url.removeprefix("sqlite:///"), tmp_path / "night.db")
    )
    made_db.backup(night_db)  # a copy of the file would lack what is still in its write-ahead log
    made_db.close()
    night_db.close()
    shutil.copytree(made.drops, tmp_path / "drops")
    box.mails.clear()
    slack.fail()
    name = f"drill-{abs(hash(request.node.name)) % 10**9}"
    yield Night(
        TestDesk(made.home, tmp_path / "drops", f"sqlite:///{tmp_path / 'night.db'}"), slack, box, slack.channel(name)
    )
    slack.fail()


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Prints what was promised and what was found, fault by fault."""
    TABLE.clear()
    yield
    shown = Table("fault", "promised", "found", title="drill-chat: at most one message a day and channel")
    for row in TABLE:
        shown.add_row(*row)
    Console(width=130, file=os.fdopen(os.dup(2), "w")).print(shown)


FAULTS = [
    "429",
    "500 before storing",
    "500 after storing",
    "reply lost",
    "hang before storing",
    "hang after storing",
    "cut reply",
]


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault(night, fault):
    faults = [fault] * (2 if fault == "429" else 1)
    night.slack.fail(chat_postMessage=faults)
    assert night.post() == 0
    night.expect(fault + (", twice" if len(faults) > 1 else ""), "1 message, 0 mails")


@pytest.mark.parametrize("fault", ["500 after storing", "reply lost", "cut reply"])
def test_one_fault_at_every_message_of_the_thread(night, fault):
    night.slack.fail(chat_postMessage=[None, *[fault] * 6], files_completeUploadExternal=[fault])
    assert night.post() == 0
    night.expect(f"{fault}, at every reply and picture", "1 message, 0 mails")


@pytest.mark.parametrize("kill", POINTS)
def test_killed(night, kill):
    assert night.post(kill=kill) == -signal.SIGKILL
    assert night.post() == 0
    night.expect(f"worker killed {kill}, and run again", "1 message, 0 mails")


def test_four_runs_at_once(night):
    runs = [night.start() for _ in range(4)]
    assert [wait(run) for run in runs] == [0, 0, 0, 0]
    night.expect("four runs at once", "1 message, 0 mails")


def test_four_runs_at_once_and_a_lost_reply(night):
    night.slack.fail(chat_postMessage=["reply lost"])
    runs = [night.start() for _ in range(4)]
    assert [wait(run) for run in runs] == [0, 0, 0, 0]
    night.expect("four runs at once, the first reply lost", "1 message, 0 mails")


def test_down_for_ten_minutes_before_the_fallback(night):
    for minute in range(36, 48):
        night.slack.fail(down=minute < 46)
        status = night.post(f"07:{minute}")
    assert status == 0
    night.expect("down for 10 minutes from 07:36", "1 message, 0 mails")
    assert "LATE" not in night.said()


def test_down_for_ten_minutes_over_the_fallback_and_the_meeting(night):
    for clock in ("07:52", "07:54", "07:56", "07:58", "08:00", "08:02"):
        night.slack.fail(down=clock < "08:02")
        status = night.post(clock)
        if clock == "07:54":
            assert night.found() == "0 messages, 1 mail"
    assert status == 0
    night.expect("down for 10 minutes from 07:52: a mail, then late", "1 message, 1 mail")
    assert "LATE: posted at 08:02" in night.said()


def test_the_same_day_again(night):
    assert night.post() == 0
    assert night.post(is_made_anew=True) == 0
    night.expect("rerun with the same data", "1 message, 0 mails")
    assert "v1" in night.said()


def test_the_same_day_with_other_data(night):
    assert night.post() == 0
    night.desk.path("police", str(DAY)).write_bytes(night.desk.path("police", str(WEEK[0])).read_bytes())
    night.desk.path("council", str(DAY)).unlink()
    (extra,) = [night.desk.path("fire", str(DAY))]
    extra.write_bytes(extra.read_bytes() + night.desk.path("fire", str(WEEK[1])).read_bytes())
    assert night.post(is_made_anew=True) == 0
    night.expect("rerun with changed data: edited", "1 message, 0 mails")
    assert "v2" in night.said()
    assert f"briefing:{DAY}/v2" in night.slack.keys(night.channel)


def test_a_backfill_of_days(night):
    for day in WEEK:
        if day != DAY:
            assert night.post(day=day) == 0
    night.expect("backfill of old days", "0 messages, 0 mails")


# Posted is one fact: the headline. At 07:51 the fallback is due, and nothing below the headline calls for it.


def test_the_thread_fails(night):
    night.slack.fail(chat_postMessage=[None, *["500 before storing"] * 3])
    assert night.post("07:51") == INCOMPLETE
    night.expect("the thread fails at 07:51", "1 message, 0 mails")
    assert night.post("07:53") == 0
    night.expect("and is completed by the next run", "1 message, 0 mails, whole", night.parts())


def test_a_picture_raises(night):
    night.slack.fail(files_getUploadURLExternal=["500 before storing"] * 3)
    assert night.post("07:51") == INCOMPLETE
    night.expect("a picture raises at 07:51", "1 message, 0 mails")
    assert night.post("07:53") == 0
    night.expect("and is there after the next run", "1 message, 0 mails, whole", night.parts())


class Raises(UnopenedChannel):
    """A channel with a fault that nobody foresaw."""

    def send(self, _note):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("what", "first"),
    [
        ("channel 1 of 2 raises", Raises("teams", "")),
        ("channel 1 of 2 is not configured", UnopenedChannel("teams", "there is no webhook")),
    ],
)
def test_one_of_two_channels(night, what, first):
    assert wait(forked(lambda: flows.post(night.open("07:51", before=[first]), DAY))) == NOT_POSTED
    night.expect(f"{what}, at 07:51", "1 message, 0 mails, whole", night.parts())


def test_the_only_channel_is_not_configured(night):
    opened = night.open("07:51")
    only = replace(
        opened,
        open_channels=lambda kind: [UnopenedChannel("teams", "")] if kind == "briefing" else opened.open_channels(kind),
    )
    assert wait(forked(lambda: flows.post(only, DAY))) == NOT_POSTED
    night.expect("the only channel is not configured, at 07:51", "0 messages, 1 mail")


def in_two_meetings(night: Night) -> dt.date:
    """A day to come: Slack takes no message for a time that is past."""
    partnership = night.desk.open().partnership
    return partnership.calendar.meeting_days_after(dt.datetime.now(partnership.zone).date(), 2)


def test_the_withdrawal_itself_fails(night):
    day = in_two_meetings(night)
    evening = night.open("18:00", day - dt.timedelta(days=1))
    assert wait(forked(lambda: delivery.schedule_deadline_alarm(evening.delivery, day))) == 0
    night.slack.fail(chat_deleteScheduledMessage=["500 before storing"] * 4)
    assert wait(forked(lambda: flows.run_day(night.open("07:31", day), day))) == INCOMPLETE
    night.expect("taking the deadline message back fails", "1 message, 0 mails")
    assert wait(forked(lambda: flows.ensure_posted(night.open("07:50", day), day))) == 0
    waiting = told(len(night.slack.scheduled(night.channel)), "message") + " wait"
    TABLE.append(("and the last look takes it back", "0 messages wait", waiting))
    assert night.slack.scheduled(night.channel) == []
    night.expect("with one briefing", "1 message, 0 mails")


def test_the_deadline_alarm(night):
    day = in_two_meetings(night)
    evening = night.open("18:00", day - dt.timedelta(days=1))
    assert wait(forked(lambda: delivery.schedule_deadline_alarm(evening.delivery, day))) == 0
    waiting = told(len(night.slack.scheduled(night.channel)), "message") + " waits"
    TABLE.append(("nothing of ours alive at 07:55", "1 message waits", waiting))
    assert waiting == "1 message waits"
    assert wait(forked(lambda: flows.run_day(night.open("07:31", day), day))) == 0
    assert night.slack.scheduled(night.channel) == []
    night.expect("that message, taken back by the briefing", "1 message, 0 mails")
