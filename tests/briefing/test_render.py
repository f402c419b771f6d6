"""The briefing as people read it: complete, in order, and within each channel's limits for any input."""

import datetime as dt
import json
import re

import pytest
from slackblocks import Block

from tasking.briefing import digest, render_blocks, render_card, render_html, render_mail, render_text
from tasking.briefing.card import SIZE_LIMIT
from tasking.briefing.compose import ledger_words
from tasking.briefing.digest import MESSAGE_LIMIT, SUMMARY_LIMIT
from tasking.briefing.message import Digest, Line, Part, Reply, Run
from tasking.briefing.thread import MOST_REPLIES
from tasking.model.delivery import Ledger
from tasking.model.wire import webhook_json

from .made import HOSTILE, TEMPLATES, edition, made

LONG = "A very long name of a place indeed " * 8
DAYS = [
    (many, words, whole)
    for many in (0, 1, 10, 40, 400)
    for words in ("The Vine", LONG, "W" * 300, HOSTILE)
    for whole in (True, False)
]


def size(blocks: list) -> int:
    """Characters that a reader of a message reads, its buttons included."""
    return sum(len(text) for block in blocks for text in texts(block))


def texts(value):
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def check(block: dict) -> None:
    """Slack's own limits. slackblocks checks headers and contexts; rich text and buttons it does not read yet."""
    if block["type"] == "rich_text":
        assert set(block) == {"type", "elements"}
        for element in block["elements"]:
            sections = element["elements"] if element["type"] == "rich_text_list" else [element]
            for section in sections:
                assert section["type"] == "rich_text_section"
                assert section["elements"]
                for one in section["elements"]:
                    assert one["type"] in ("text", "link")
                    assert 0 < len(one["text"]) <= 3000
    elif block["type"] == "actions":
        assert 1 <= len(block["elements"]) <= 25
        for button in block["elements"]:
            assert set(button) <= {"type", "text", "action_id", "value", "style"}
            assert len(button["text"]["text"]) <= 75
            assert len(button["action_id"]) <= 255
    else:
        Block.from_dict(block)


@pytest.mark.parametrize(("many", "words", "is_complete"), DAYS)
def test_a_slack_message_keeps_within_the_limits_whatever_the_day(many, words, is_complete):
    message = render_blocks(digest(made(words, many, is_complete), edition(3)))
    assert len(message["blocks"]) <= 15
    assert size(message["blocks"]) <= MESSAGE_LIMIT
    assert len(message["text"]) <= SUMMARY_LIMIT * 5  # escaped
    for block in message["blocks"]:
        check(block)


@pytest.mark.parametrize(("many", "words", "is_complete"), DAYS)
def test_the_thread_keeps_within_the_limits_whatever_the_day(many, words, is_complete):
    thread = render_blocks(digest(made(words, many, is_complete), edition(3)))["thread"]
    assert len(thread) <= MOST_REPLIES
    assert len({reply["key"] for reply in thread}) == len(thread)
    for reply in thread:
        assert len(reply["blocks"]) <= 50
        assert size(reply["blocks"]) <= 10_000
        for block in reply["blocks"]:
            check(block)
    ids = [
        element["action_id"]
        for reply in thread
        for block in reply["blocks"]
        for element in block.get("elements", ())
        if "action_id" in element
    ]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("many", "words", "is_complete"), DAYS)
def test_a_card_keeps_within_teams_limit_whatever_the_day(many, words, is_complete):
    card = render_card(digest(made(words, many, is_complete), edition(3)), "http://127.0.0.1:8080/tasking")
    assert len(webhook_json(card)) <= SIZE_LIMIT
    assert card["attachments"][0]["content"]["version"] == "1.5"


def test_a_card_of_any_digest_keeps_within_the_limit_and_says_what_is_left_out():
    part = Part("many", tuple(Line((Run("𝔉 " * 9),), is_item=True) for _ in range(90)))
    card = render_card(Digest("title", "", "summary", (part,) * 9, ("foot",), (Reply("detail", "Detail", (part,)),)))
    assert len(webhook_json(card)) <= SIZE_LIMIT
    said = [run["text"] for one in card["attachments"][0]["content"]["body"] for run in texts_of(one)]
    assert "There is more on the desk." in said


def texts_of(one: dict) -> list[dict]:
    return one.get("inlines", []) + [run for item in one.get("items", ()) for run in texts_of(item)]


@pytest.mark.parametrize("many", [1, 10, 40])
def test_every_folded_detail_of_a_card_can_be_opened(many):
    content = render_card(digest(made(many=many), edition(3)), "http://127.0.0.1:8080/tasking")["attachments"][0][
        "content"
    ]
    folded = {one["id"] for one in content["body"] if one.get("isVisible") is False}
    opened = [target for action in content["actions"] for target in action.get("targetElements", ())]
    assert folded == set(opened)
    assert len(opened) == len(set(opened))
    assert len(content["actions"]) <= 6


def test_what_is_missing_comes_first_then_what_matters_then_what_to_decide_and_figures_last():
    blocks = render_blocks(digest(made(is_complete=False), edition()))["blocks"]
    said = json.dumps(blocks)
    order = ("PARTIAL", "WHAT MATTERS", "DECIDE", "STILL TO DECIDE", "OPEN TASKINGS", "FIGURES")
    assert sorted(order, key=said.index) == list(order)


def test_no_incident_is_cut_out_of_the_night_by_a_long_name():
    lines = ["".join(run.text for run in one.runs) for part in digest(made(LONG, 10), edition()).parts
             for one in part.lines if part.key == "night"]  # fmt: skip
    assert [line[:2] for line in lines[1:]] == ["1.", "2.", "3.", "4.", "5."]
    assert all("20:15" in line for line in lines[1:])


def test_the_summary_says_what_matters_to_those_who_hear_it():
    said = digest(made(is_complete=False), edition(late_at=dt.datetime(2026, 10, 22, 7, 12, tzinfo=dt.UTC))).summary
    assert said.startswith(
        "CSU briefing Thu 22 Oct. LATE: posted at 08:12. Partial: 0 of 6 feeds. The Vine: nothing since"
    )
    assert "2 incidents: The Vine, The Vine; The Vine, The Vine." in said
    assert "4 decisions needed today." in said


def test_buttons_are_for_what_is_still_open():
    message = render_blocks(digest(made(), edition()))
    replies = message["thread"]
    questions = next(reply for reply in replies if reply["key"] == "questions")
    in_message, in_thread = (
        [[one["text"]["text"] for one in block["elements"]] for block in blocks if block["type"] == "actions"]
        for blocks in (message["blocks"], questions["blocks"])
    )
    assert in_message == [["Approve…", "Reject…"], ["Approve…", "Reject…"], ["Done"]]
    assert in_thread == [["Approve…", "Reject…"]]  # the first three have their buttons in the message
    assert "Taken by Sgt Hale 08:10" in json.dumps(questions, ensure_ascii=False)
    assert "a reason" not in json.dumps(replies)


def test_without_a_listener_there_are_links_and_no_buttons():
    message = render_blocks(digest(made(), edition(has_buttons=False)))
    said = json.dumps(message)
    assert '"actions"' not in said
    assert "http://127.0.0.1:8080/tasking/taskings#T-20261022-00000001" in said


def test_without_a_desk_there_is_no_link():
    message = render_blocks(digest(made(many=400), edition(desk_url=None)))
    assert "http" not in json.dumps(message)
    assert "and 117 more in the thread" in json.dumps(message)  # of 100 new decisions and 20 taskings


def test_a_new_version_says_what_changed_in_the_thread():
    message = render_blocks(digest(made(), edition(2, "Incidents: 3 → 4")))
    assert message["thread"][0]["key"] == "v2"
    assert "Incidents: 3 → 4" in json.dumps(message["thread"][0], ensure_ascii=False)


def test_the_page_and_the_mail_fetch_nothing():
    said = digest(made(), edition(desk_url=None))
    for page in (render_html(made(), edition(), TEMPLATES), render_mail(said, TEMPLATES)):
        for word in ("src=", "href=", "@import", "url(", "<script"):
            assert word not in page


def test_a_missing_partner_stands_before_every_figure():
    for render in (render_text, render_html):
        shown = render(made(is_complete=False), edition(), TEMPLATES)
        assert shown.index("nothing since") < shown.lower().index("new reports")


def test_a_partner_that_is_missing_is_not_counted_among_those_that_sent_reports():
    """It may have reported one of the incidents days ago: `partners` counts it."""
    feed = made().feeds[0]
    feeds = tuple(
        feed.model_copy(update={"partner": partner, "new": new, "is_complete": is_complete})
        for partner, new, is_complete in [
            ("Police", 0, False),
            ("Council", 3, True),
            ("Council", 2, True),
            ("Fire", 0, True),
        ]
    )
    briefing = made().model_copy(update={"feeds": feeds, "partners": 2, "incidents": 4, "new_by_hand": 0})
    assert "FIGURES 5 new reports from 1 partner; 4 incidents" in render_text(briefing, edition(), TEMPLATES)
    page = " ".join(re.sub("<[^>]+>", " ", render_html(briefing, edition(), TEMPLATES)).split())
    assert "5 new reports 1 partner sent them 4 incidents" in page


def test_the_ledger_in_words():
    assert (
        ledger_words(Ledger(19, 11, 3, 1, 2, 2))
        == "19 rows in = 11 new + 3 repeats + 1 revision + 2 held + 2 out of area"
    )
    assert ledger_words(Ledger()) == "0 rows in = 0 new"


@pytest.mark.parametrize("render", [render_text, render_html])
def test_a_night_is_not_called_quiet_while_a_feed_is_missing(render):
    partial = made(many=0, is_complete=False)
    for shown in (render(partial, edition(), TEMPLATES), json.dumps(render_blocks(digest(partial, edition())))):
        assert "quiet" not in shown.casefold()
        assert "No incidents in the reports received." in shown


def test_a_quiet_day_is_a_briefing_too():
    quiet = made(many=0)
    assert "No incidents overnight." in render_text(quiet, edition(), TEMPLATES)
    assert "No incidents overnight." in json.dumps(render_blocks(digest(quiet, edition())))
