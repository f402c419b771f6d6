"""Markup from any field is inert: a property over the JSON that is really sent, and over the mail as it arrives."""

import email
import email.policy
import json
from html.parser import HTMLParser

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasking.briefing import digest, render_card, render_html, render_mail, render_text
from tasking.briefing.blocks import render_blocks
from tasking.delivery.channels import MailChannel, MailServer, Note

from .made import DESK, HOSTILE, TEMPLATES, edition, made

UNSEEN = set(
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\x00\x07\x1b"
)
PIECES = ["<!here>", "<@U1>", "<#C1>", "<http://x|y>", "[y](http://x)", "*", "_", "~", "`", "```", ">", "&lt;", "<b>", "</td>", "<img src=x onerror=a>",
          "{{ 7*7 }}", "=1+1", "@channel", ":smile:", "https://evil.example", "\u202e", "\u2066", "\u200b", "\n", "\r\nBcc: x@evil.example", '"', "'", "\\", "{", "<at>x</at>"]  # fmt: skip
WORDS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), min_size=1, max_size=6).map("".join)
OFTEN = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def walk(value, at=()):
    """Every dict of a JSON value with the key it stands under."""
    if isinstance(value, dict):
        yield at, value
        for key, inner in value.items():
            yield from walk(inner, (*at, key))
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, at)


@given(WORDS)
@OFTEN
def test_slack_is_sent_words_only_where_it_reads_no_markup(workspace, words):
    handler, channel = workspace
    handler.messages.clear()
    message = render_blocks(digest(made(HOSTILE[:20] + words, 2, is_complete=False), edition(2, words)))
    parent = channel.send(Note("briefing:2026-10-22", "", message["text"], {"blocks": message["blocks"]}))
    for reply in message["thread"]:
        channel.reply(
            parent, Note(f"briefing:2026-10-22/{reply['key']}", "", reply["text"], {"blocks": reply["blocks"]})
        )
    assert len(handler.messages) == len(message["thread"]) + 1
    for sent in handler.messages:
        assert sent["mrkdwn"] is False
        assert not set(sent["text"]) & set("<>*_~`")
        assert not set(json.dumps(sent, ensure_ascii=False)) & UNSEEN
        for _, one in walk(sent["blocks"]):
            assert one.get("type") != "mrkdwn"
            if "text" in one and isinstance(one["text"], str):
                assert one["type"] in ("plain_text", "text", "link")
            if one.get("type") == "link":
                assert one["url"].startswith(DESK)
            assert one.get("type") not in ("user", "usergroup", "broadcast", "channel", "emoji", "image")


@given(WORDS)
@OFTEN
def test_teams_is_sent_words_only_in_text_runs(words):
    card = render_card(digest(made(HOSTILE[:20] + words, 2, is_complete=False), edition(2, words)), DESK)
    sent = json.loads(httpx.Request("POST", "http://127.0.0.1/", json=card).content)
    assert not set(json.dumps(sent, ensure_ascii=False)) & UNSEEN
    for _, one in walk(sent["attachments"][0]["content"]["body"]):
        assert one.get("type") in ("RichTextBlock", "TextRun", "Container", "Action.OpenUrl")
        if "url" in one:
            assert one["url"].startswith(DESK)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))


@given(WORDS)
@OFTEN
def test_a_mail_and_a_page_hold_no_tag_that_is_not_ours(words):
    plain, hostile = made("The Vine", 2, is_complete=False), made(HOSTILE[:20] + words, 2, is_complete=False)
    for render in (
        lambda one: render_html(one, edition(), TEMPLATES),
        lambda one: render_mail(digest(one, edition()), TEMPLATES),
    ):
        ours, theirs = Tags(), Tags()
        ours.feed(render(plain))
        theirs.feed(render(hostile))
        assert {tag for tag, _ in theirs.found} == {tag for tag, _ in ours.found}
        assert all(attrs["href"].startswith(DESK) for tag, attrs in theirs.found if tag == "a")
        assert not [name for _, attrs in theirs.found for name in attrs if name.startswith("on")]


@given(WORDS)
@OFTEN
def test_a_mail_as_it_is_sent_has_our_headers_only(words):
    one = made(words, 1)
    said = digest(one, edition())
    channel = MailChannel(MailServer("127.0.0.1", 25), "tasking@csu.example", ["duty@csu.example"])
    note = Note(
        "briefing:2026-10-22", words, render_text(one, edition(), TEMPLATES), {"html": render_mail(said, TEMPLATES)}
    )
    mail = email.message_from_bytes(channel.as_mail(note).as_bytes(), policy=email.policy.default)
    assert set(mail.keys()) == {
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    }
