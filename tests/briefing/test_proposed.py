"""Taskings that nobody touched follow the newest briefing of their day; a version is shown as it was."""

import datetime as dt
import json
import shutil
from dataclasses import replace

import pytest
from conftest import ROOT

from tasking import meeting
from tasking.briefing import digest, render_blocks, render_html, render_text, store, versions
from tasking.delivery import shown_briefing
from tasking.model.briefing import Briefing, TaskingLine
from tasking.model.proposal import Status, Verb
from tasking.warehouse import open_warehouse
from tasking.warehouse.log_list import LogFilter, log_entries
from tasking.warehouse.visibility import Visibility

from .made import made

DAY = dt.date(2026, 10, 22)
VINE = TaskingLine(
    proposal_id="T-20261022-0000000a", what="patrol", place="The Vine", owner="Kent Police", due_on=DAY, why="Noise",
    incident_id="I1",
)  # fmt: skip
LAKES = VINE.model_copy(update={"proposal_id": "T-20261022-0000000b", "place": "Bradbourne Lakes", "incident_id": "I2"})
MOVED = {
    "what": "visit",
    "place": "Knole Park",
    "owner": "West Kent Homes",
    "due_on": dt.date(2026, 10, 26),
    "why": "Fire",
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A desk with the real declarations and an empty warehouse."""
    from tasking.runtime.local import open_services
    from tasking.runtime.settings import Settings

    url = f"sqlite:///{tmp_path_factory.mktemp('proposed') / 'none.db'}"
    return open_services(Settings(home=ROOT, database_url=url, pseudonym_key="ab" * 32))


def over(plain, url: str):
    """The desk over a warehouse, on the day after the briefing."""
    clock = dt.datetime(2026, 10, 23, 7, 10, tzinfo=dt.UTC)
    return replace(plain, warehouse=open_warehouse(url, ROOT / "include" / "sql"), clock=lambda: clock)


@pytest.fixture
def opened(plain, tmp_path):
    """The desk over an empty warehouse of its own."""
    shutil.copy(plain.warehouse.engine.url.database, tmp_path / "own.db")
    return over(plain, f"sqlite:///{tmp_path / 'own.db'}")


@pytest.fixture
def on_both(plain, database_url):
    """The desk over an empty warehouse of each kind."""
    desk = over(plain, database_url)
    yield desk
    desk.warehouse.engine.dispose()


def brief(desk, *lines: TaskingLine) -> Briefing:
    """Stores the next version of the day's briefing, with these taskings."""
    briefing = made(many=1).model_copy(update={"taskings": lines, "decisions": ()})
    after = len(store.briefings(desk.warehouse, DAY))
    assert store.store_briefing(desk.warehouse, DAY, briefing.canonical(), "", {}, after) == after + 1
    versions.propose_taskings(desk.briefings, DAY, briefing)
    return briefing


def told(desk) -> dict[str, meeting.Tasking]:
    return {one.tasking_id: one for one in meeting.taskings(desk.meeting, is_all=True)}


def logged(desk) -> list[tuple[str, str]]:
    return [
        (row["action"], row["subject"])
        for row in log_entries(desk.warehouse, LogFilter(), Visibility(has_restricted=True))
    ]


def test_a_tasking_that_nobody_touched_follows_the_newest_version(on_both):
    brief(on_both, VINE)
    brief(on_both, VINE.model_copy(update=MOVED))
    now = told(on_both)[VINE.proposal_id]
    assert (now.what, now.place, now.owner, now.due_on) == ("visit", "Knole Park", "West Kent Homes", MOVED["due_on"])
    assert now.status == Status.PROPOSED


def test_one_that_somebody_touched_stays_as_it_was_taken(opened):
    brief(opened, VINE, LAKES)
    meeting.decide(opened.meeting, VINE.proposal_id, Verb.TAKE, "Sgt Hale")
    meeting.decide(opened.meeting, LAKES.proposal_id, Verb.DROP, "Sgt Hale", "done already")
    brief(opened, VINE.model_copy(update=MOVED))
    now = told(opened)
    assert (now[VINE.proposal_id].owner, now[VINE.proposal_id].status) == ("Kent Police", Status.OPEN)
    assert now[LAKES.proposal_id].status == Status.DROPPED


def test_one_that_the_newest_version_does_not_propose_is_withdrawn_and_stays_in_sight(on_both):
    brief(on_both, VINE, LAKES)
    brief(on_both, VINE)
    gone = told(on_both)[LAKES.proposal_id]
    assert (gone.status, gone.withdrawn_on) == (Status.WITHDRAWN, dt.date(2026, 10, 23))
    assert gone.status_words == "withdrawn"
    assert ("tasking: withdrawn", LAKES.proposal_id) in logged(on_both)


def test_one_that_was_withdrawn_is_proposed_again_by_a_later_version(opened):
    brief(opened, VINE, LAKES)
    brief(opened, VINE)
    brief(opened, VINE, LAKES)
    assert told(opened)[LAKES.proposal_id].status == Status.PROPOSED
    assert logged(opened)[0] == ("tasking: proposed again", LAKES.proposal_id)


def test_one_that_was_withdrawn_can_still_be_taken_and_is_then_like_any_other(opened):
    brief(opened, VINE, LAKES)
    brief(opened, VINE)
    assert meeting.decide(opened.meeting, LAKES.proposal_id, Verb.TAKE, "Sgt Hale").counted
    brief(opened, VINE)
    assert told(opened)[LAKES.proposal_id].status == Status.OPEN


def test_the_same_briefing_again_changes_and_logs_nothing(opened):
    briefing = brief(opened, VINE, LAKES)
    before = told(opened)
    versions.propose_taskings(opened.briefings, DAY, briefing)
    assert told(opened) == before
    assert logged(opened) == []


def test_a_tasking_of_the_meeting_or_of_another_day_follows_no_briefing(opened):
    own = meeting.add_tasking(opened.meeting, "Sgt Hale", "lights", "Council", "The Vine", dt.date(2026, 10, 30))
    brief(opened, VINE)
    brief(opened)
    versions.propose_taskings(opened.briefings, dt.date(2026, 10, 23), made(many=0))
    assert told(opened)[own].status == Status.OPEN
    assert told(opened)[VINE.proposal_id].status == Status.WITHDRAWN


def shown(desk, version: int | None = None) -> list[str]:
    one = shown_briefing(desk.delivery, DAY, version)
    texts = [
        render_text(one.briefing, one.edition, desk.templates),
        render_html(one.briefing, one.edition, desk.templates),
    ]
    return [*texts, json.dumps(render_blocks(digest(one.briefing, one.edition)), ensure_ascii=False)]


def test_an_older_version_has_later_steps_in_a_part_of_its_own_with_their_dates(opened):
    brief(opened, VINE)
    brief(opened, VINE.model_copy(update={"why": "Noise and fire"}))
    meeting.decide(opened.meeting, VINE.proposal_id, Verb.TAKE, "Sgt Hale")
    for text in shown(opened, version=1):
        head = "SINCE THIS VERSION" if "SINCE THIS VERSION" in text else "Since this version"
        before, _, after = text.partition(head)
        assert "Taken" not in before
        assert "Fri 23 Oct 08:10: Taken by Sgt Hale: Kent Police, patrol, The Vine" in after


def test_the_newest_version_says_when_something_was_done_on_another_day(opened):
    brief(opened, VINE)
    meeting.decide(opened.meeting, VINE.proposal_id, Verb.TAKE, "Sgt Hale")
    for text in shown(opened):
        assert "Taken by Sgt Hale Fri 23 Oct 08:10" in text
        assert "since this version" not in text.lower()


def test_a_new_version_says_which_taskings_it_proposes_no_more(opened):
    brief(opened, VINE, LAKES)
    brief(opened, VINE)
    assert "Some are no longer proposed" in shown(opened)[0]
