"""The briefing as people read it: complete, inert, and within the channel's limits for any input."""

import datetime as dt
import json

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slackblocks import Block

from tasking.briefing import Wording, render_html, render_slack, render_text
from tasking.briefing.compose import ledger_words
from tasking.briefing.render import SLACK_TEXT_LIMIT
from tasking.model.briefing import Area, Briefing, CategoryCount, Decision, FeedLine, HeldLine, HotPlace, IncidentLine
from tasking.model.delivery import Ledger

WORDING = Wording(ROOT / "include" / "templates")
HOSTILE = "<!channel> <http://evil.example|click> *bold* _x_ ~y~ `z` & <script>alert(1)</script> \u202egnp.exe\u200b"


def briefing(words: str = "The Vine", many: int = 2, is_complete: bool = True) -> Briefing:
    """A briefing with the same words in every place that takes words, `many` lines a section."""
    line = IncidentLine(label=words, place=words, when="Thu 22 Oct 20:15", reports=2, partners=(words,))
    feed = FeedLine(
        partner=words,
        state="landed",
        is_complete=is_complete,
        rows_in=5,
        new=5,
        repeats=0,
        revisions=0,
        held=0,
        out_of_area=0,
    )
    return Briefing(
        partnership=words,
        marking="OFFICIAL",
        day=dt.date(2026, 10, 22),
        covers=(dt.date(2026, 10, 22),),
        window_from=dt.datetime(2026, 10, 21, 5, tzinfo=dt.UTC),
        window_to=dt.datetime(2026, 10, 22, 5, tzinfo=dt.UTC),
        window_words="06:00 Wed 21 Oct to 06:00 Thu 22 Oct (24 h)",
        notices=() if is_complete else tuple(f"{words}: nothing since Wed 21 Oct" for _ in range(many)),
        feeds=(feed,) * 6,
        decisions=tuple(Decision(headline=words, detail=words) for _ in range(many)),
        incidents=many,
        partners=3,
        categories=tuple(CategoryCount(label=words, incidents=many, usual=(1, 4)) for _ in range(many)),
        usual_note="No usual range yet.",
        hot_places=tuple(HotPlace(place=words, incidents=4, days=14) for _ in range(many)),
        areas=tuple(Area(name=words, incidents=(line,) * 3) for _ in range(many)),
        changed=(words,) * many,
        feedback_owed=many,
        held=tuple(HeldLine(partner=words, reason=words, rows=1) for _ in range(many)),
        restricted="Restricted matters are never in this message.",
        ledger_words="30 rows in = 30 new",
        is_balanced=True,
    )


def size(message: dict) -> int:
    return sum(len(text) for block in message["blocks"] for text in texts(block))


def texts(value):
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


@pytest.mark.parametrize("many", [0, 1, 10, 400])
@pytest.mark.parametrize("words", ["The Vine", "A very long name of a place indeed " * 8, HOSTILE])
@pytest.mark.parametrize("is_complete", [True, False])
def test_a_slack_message_keeps_within_the_limits_whatever_the_day(many, words, is_complete):
    message = render_slack(briefing(words, many, is_complete), 3)
    assert len(message["blocks"]) <= 15
    assert size(message) <= SLACK_TEXT_LIMIT
    assert all(len(text) <= 3000 for text in message["thread"])
    for block in message["blocks"]:
        Block.from_dict(block)


def test_an_ordinary_day_is_short():
    assert size(render_slack(briefing(many=5), 1)) <= SLACK_TEXT_LIMIT


@given(st.text(min_size=1, max_size=80))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_becomes_markup_in_slack(words):
    message = render_slack(briefing("<!here> <@U1> <http://x|y> " + words, 2, is_complete=False), 1)
    sent = json.dumps(message, ensure_ascii=False)
    mrkdwn = (
        [b["text"]["text"] for b in message["blocks"] if b["type"] == "section"] + message["thread"] + [message["text"]]
    )
    for text in mrkdwn:
        assert "<" not in text
        assert ">" not in text
    assert not set(sent) & set("\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff")


def test_no_text_becomes_markup_in_the_page():
    page = render_html(briefing(HOSTILE), 1, WORDING)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<http" not in page


def test_the_page_fetches_nothing():
    page = render_html(briefing(), 1, WORDING)
    for word in ("src=", "href=", "@import", "url(", "<script"):
        assert word not in page


def test_a_missing_partner_stands_before_every_figure():
    for shown in (
        render_text(briefing(is_complete=False), 1, WORDING),
        render_html(briefing(is_complete=False), 1, WORDING),
    ):
        assert shown.index("nothing since") < shown.lower().index("overnight")


def test_the_ledger_in_words():
    assert (
        ledger_words(Ledger(19, 11, 3, 1, 2, 2))
        == "19 rows in = 11 new + 3 repeats + 1 revision + 2 held + 2 out of area"
    )
    assert ledger_words(Ledger()) == "0 rows in = 0 new"


def test_a_quiet_day_is_a_briefing_too():
    assert "A quiet night." in render_text(briefing(many=0), 1, WORDING)
