"""What partnership.yml may say, and what is refused in words."""

import datetime as dt
import inspect
import re
from types import SimpleNamespace

import pytest
import yaml
from conftest import ROOT

from tasking.briefing import BriefingInputs, input_recorder
from tasking.config.categories import load_categories
from tasking.config.harm import load_harm
from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.model.errors import DeclarationError
from tasking.model.feed_status import MorningClock
from tasking.model.partnership import Channels, Partnership
from tasking.pages import feeds
from tasking.runtime.channels import OPENERS, Addresses, mail_server_of, open_channels


@pytest.fixture
def declared() -> Partnership:
    return load_partnership(Include.of(ROOT / "include"))


def spoilt(tmp_path, change) -> None:
    value = yaml.safe_load((ROOT / "include" / "partnership.yml").read_text())
    change(value)
    (tmp_path / "partnership.yml").write_text(yaml.safe_dump(value, sort_keys=False))
    load_partnership(Include.of(tmp_path))


def test_times_must_follow_each_other(tmp_path):
    with pytest.raises(DeclarationError, match="must follow each other"):
        spoilt(tmp_path, lambda value: value["meeting"].update(fallback_at="07:56"))


def test_the_deadline_alarm_is_set_by_its_old_key_too(tmp_path):
    text = (ROOT / "include" / "partnership.yml").read_text()
    assert "deadline_alarm_set_at:" in text
    home, own = tmp_path / "include", tmp_path / "include" / "partnerships" / "weald"
    own.mkdir(parents=True)
    (home / "partnership.yml").write_text(text.replace("deadline_alarm_set_at:", "dead_man_set_at:"))
    assert load_partnership(Include.of(home)) == load_partnership(Include.of(ROOT / "include"))
    for below, above in (("deadline_alarm", "dead_man"), ("dead_man", "deadline_alarm"), ("dead_man", "dead_man")):
        (home / "partnership.yml").write_text(text.replace("deadline_alarm_set_at:", f"{below}_set_at:"))
        (own / "partnership.yml").write_text(f'meeting: {{{above}_set_at: "19:15"}}\n')
        assert load_partnership(Include.of(home, "weald")).meeting.deadline_alarm_set_at == dt.time(19, 15)
    (home / "partnership.yml").write_text(text.replace("  weekly_at:", '  dead_man_set_at: "18:30"\n  weekly_at:'))
    with pytest.raises(DeclarationError, match="dead_man_set_at"):
        load_partnership(Include.of(home))


def test_a_key_with_a_new_name_does_not_count_as_a_change_of_what_a_briefing_was_made_from(declared):
    """Version 0.1 recorded the old name, and a briefing that it stored keeps its version."""
    categories = [one.code for one in load_categories(ROOT / "include" / "categories.yml").categories]
    harm = load_harm(ROOT / "include" / "harm.yml", categories)
    inputs = BriefingInputs(lambda _name, **_parameters: [], declared, {}, {}, harm)
    as_in_0_1 = declared.model_dump(mode="json", exclude_unset=True, exclude=dict(input_recorder._NOT_READ))
    as_in_0_1["meeting"]["dead_man_set_at"] = as_in_0_1["meeting"].pop("deadline_alarm_set_at")
    assert input_recorder.InputRecorder(inputs).record()["declared"] == input_recorder._hash([as_in_0_1, {}, {}])


def test_the_restricted_route_is_read_by_nobody_else(tmp_path):
    with pytest.raises(DeclarationError, match="is read by others too"):
        spoilt(tmp_path, lambda value: value["channels"].update(restricted=["console"]))


def test_a_person_needs_an_id_that_slack_could_have_given(tmp_path):
    with pytest.raises(DeclarationError, match="people"):
        spoilt(tmp_path, lambda value: value.update(people=[{"name": "Sgt Hale", "slack": "@hale"}]))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("carrier-pigeon", "is no channel; there are: " + ", ".join(sorted(OPENERS))),
        ("slack", "set TASKING_SLACK_BOT_TOKEN"),
        ("teams", "set TASKING_TEAMS_WEBHOOK"),
        ("email", "set TASKING_SMTP_URL"),
    ],
)
def test_a_channel_that_can_not_be_opened_says_what_is_missing(declared, tmp_path, name, words):
    with pytest.raises(DeclarationError, match=words):
        open_channels([name], declared, Addresses(home=tmp_path))


def test_every_channel_can_be_opened():
    """A class of a channel that no entry of OPENERS makes could be named by nobody."""
    channels = ROOT / "src" / "tasking" / "delivery" / "channels"
    classes = {
        name
        for path in channels.rglob("*.py")
        for name in re.findall(r"^class (\w+Channel)\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    openers = "".join(inspect.getsource(one) for one in OPENERS.values())
    assert {"MailChannel", "SlackChannel", "TeamsChannel"} <= classes
    assert {name for name in classes - {"UnopenedChannel"} if f"{name}(" not in openers} == set()


def test_a_channel_may_have_an_address_of_its_own(declared, tmp_path):
    server = mail_server_of("smtp://tasking:s%40cret@mail.example:2525")
    addresses = Addresses(home=tmp_path, slack_token="xoxb-a", mail_server=server)
    slack, ops, register = open_channels(["slack", "slack:#csu-ops", "email:register@csu.example"], declared, addresses)
    assert (slack.channel, ops.channel) == ("#csu-briefing", "#csu-ops")
    assert register.recipients == ["register@csu.example"]
    assert (server.port, server.password, server.security) == (2525, "s@cret", "starttls")
    assert "s@cret" not in repr(server) + repr(addresses)
    assert "xoxb-a" not in repr(slack) + repr(addresses)


def test_mail_to_nobody_is_refused(declared, tmp_path):
    addresses = Addresses(home=tmp_path, mail_server=mail_server_of("smtps://mail.example"))
    with pytest.raises(DeclarationError, match="mail_to is empty"):
        open_channels(["email"], declared, addresses)


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example"])
def test_what_is_no_mail_server_is_refused(url):
    with pytest.raises(DeclarationError, match="no address like"):
        mail_server_of(url)


def test_there_are_buttons_only_where_somebody_listens_and_somebody_may(declared, tmp_path):
    person = {"name": "Sgt Hale", "slack": "U0HALE"}
    peopled = Partnership.model_validate(declared.model_dump() | {"people": [person]})
    for partnership, has_listener, has_buttons in (
        (declared, True, False),
        (peopled, False, False),
        (peopled, True, True),
    ):
        addresses = Addresses(home=tmp_path, slack_token="xoxb-a", has_listener=has_listener)
        (slack,) = open_channels(["slack"], partnership, addresses)
        assert slack.traits.has_buttons is has_buttons


def test_every_kind_of_message_has_its_channels():
    channels = Channels(
        briefing=["slack"], fallback=["email"], ops=["slack:#ops"], weekly=["teams"], restricted=["email:r@x.example"]
    )
    assert [channels.of(kind) for kind in ("briefing", "fallback", "ops", "weekly", "restricted")] == [
        ["slack"], ["email"], ["slack:#ops"], ["teams"], ["email:r@x.example"]
    ]  # fmt: skip


def test_an_owner_with_places_is_asked_for_what_was_there_and_the_next_one_elsewhere():
    from tasking.model.owners import Owner, Taskings

    here = Owner(owner="Swanley Town Council", what="clear it", categories=["fly_tip"], places=["Swanley"])
    anywhere = Owner(owner="SDC", what="clear it", categories=["fly_tip"])
    taskings = Taskings(most=8, owners=[here, anywhere], otherwise=Owner(owner="CSU", what="find out"))
    assert taskings.owner_of("fly_tip", ["Manse Way, Swanley", "Swanley"]) == here
    assert taskings.owner_of("fly_tip", ["Otford"]) == anywhere
    assert taskings.owner_of("fly_tip") == anywhere
    assert taskings.owner_of("noise", ["Swanley"]).owner == "CSU"


@pytest.mark.parametrize(("day", "at"), [((2026, 10, 22), "06:30"), ((2026, 11, 20), "07:30")])
def test_a_delivery_is_due_at_the_local_cut_off_in_summer_and_in_winter(declared, day, at):
    day = dt.date(*day)
    due_at = declared.due_at(day)
    assert (due_at.utcoffset(), f"{due_at:%H:%M}") == (dt.timedelta(0), at)
    cut_off = MorningClock(day, declared.meeting, declared.zone).cut_off
    assert (cut_off, f"{cut_off:%H:%M}") == (due_at, "07:30")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, ""),
        (12, "12 min after the cut-off"),
        (150, "2 h after the cut-off"),
        (3 * 1440, "3 days after the cut-off"),
    ],
)
def test_how_late_a_delivery_came_counts_from_when_it_was_due(declared, minutes, words):
    day = dt.date(2026, 10, 22)
    received_at = declared.due_at(day) + dt.timedelta(minutes=minutes)
    assert feeds._late(SimpleNamespace(partnership=declared), day, received_at) == words
