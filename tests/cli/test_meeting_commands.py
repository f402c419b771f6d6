"""Groups and taskings from a shell: what was decided is said and stored, and what is refused is one sentence."""

import datetime as dt

import pytest

from tasking import meeting
from tasking.cli import groups, reviews, shell, taskings, triggers, undo
from tasking.meeting.store.proposals import store_proposals
from tasking.model.proposal import Status
from tasking.model.trigger import Proposal

from .typed import outcome

GROUP = "D-20261022-0000abcd"
EVIDENCE = {"rule": "cluster", "incidents": [], "counts": {}, "since": "2026-10-08"}


@pytest.fixture
def opened(desk):
    return desk.open()


@pytest.fixture
def call(opened, monkeypatch):
    """call(*arguments): the output of a command that has to end with `status`."""
    for module in (groups, reviews, taskings, triggers, undo):
        monkeypatch.setattr(module, "open_services", lambda: opened)
    monkeypatch.setattr(shell.output, "width", 250)
    return outcome


@pytest.fixture
def proposed(opened) -> str:
    """A cluster at The Vine, for a group."""
    proposal = Proposal(
        GROUP, dt.date(2026, 10, 22), "cluster", "disorder", "The Vine", "I0", 553_000, 155_000, False, EVIDENCE
    )
    store_proposals(opened.warehouse, [(proposal, "cluster 1")], "tasking", opened.clock())
    return GROUP


def start(call) -> str:
    return call("groups", "start", GROUP, "--lead", "Sgt Hale", "--objective", "fewer nights of noise",
                "--partner", "Kent Police", "--review-on", "2026-12-04")  # fmt: skip


def last_step(opened, subject: str = GROUP):
    return meeting.standing_of(opened.meeting, subject).steps[-1]


# Groups


def test_a_group_that_is_started_is_listed_with_who_leads_it_and_when_it_is_reviewed(call, proposed):
    start(call)
    listed = call("groups", "list")
    for words in (GROUP, "The Vine", "Sgt Hale", "Kent Police", "fewer nights of noise", "2026-12-04", "active"):
        assert words in listed


def test_a_review_is_kept_with_what_was_found_and_moves_the_next_one(call, proposed, opened):
    start(call)
    call("groups", "review", GROUP, "--note", "lights mended, still noise", "--next-on", "2027-01-08")
    assert last_step(opened).reason == "lights mended, still noise"
    (group,) = meeting.groups(opened.meeting)
    assert group.review_on == dt.date(2027, 1, 8)


def test_a_group_is_not_closed_without_an_assessment(call, proposed, opened):
    start(call)
    assert "Enter an assessment" in call("groups", "close", GROUP, "--assessment", "done", status=2)
    assert meeting.standing_of(opened.meeting, GROUP).status == Status.ACTIVE


def test_a_group_that_was_too_short_to_compare_is_closed_and_says_so(call, proposed, opened):
    start(call)
    assert "Not yet: the group has no place, or has run for less than a week" in call("groups", "effect", GROUP)
    words = call("groups", "close", GROUP, "--assessment", "lights were mended at once")
    assert "No before and after" in words
    assert meeting.standing_of(opened.meeting, GROUP).status == Status.CLOSED


def test_a_closed_group_is_taken_up_again_with_the_reason_kept(call, proposed, opened):
    start(call)
    call("groups", "close", GROUP, "--assessment", "lights were mended at once")
    call("groups", "reopen", GROUP, "--reason", "noise is back")
    assert (meeting.standing_of(opened.meeting, GROUP).status, last_step(opened).reason) == (
        Status.ACTIVE,
        "noise is back",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("start", "D-1", "--lead", "Sgt Hale", "--objective", "x"),
        ("review", "D-1", "--note", "x"),
        ("close", "D-1", "--assessment", "nothing came of it"),
        ("effect", "D-1"),
    ],
)
def test_a_proposal_that_is_not_there_is_refused_in_a_sentence(call, arguments):
    assert "There is no proposal D-1" in call("groups", *arguments, status=2)


def test_a_group_is_started_by_hand_and_given_another_place(call, opened):
    said = call("groups", "start", "--name", "Operation Lantern", "--place", "The Vine", "--lead", "Sgt Hale",
                "--objective", "no damage", "--ends-on", "2026-12-04")  # fmt: skip
    proposal_id = said.split()[0]
    call("groups", "add-place", proposal_id, "knole park")
    listed = call("groups", "list")
    for words in (proposal_id, "Operation Lantern", "The Vine; Knole Park", "2026-12-04", "active"):
        assert words in listed
    call("groups", "remove-place", proposal_id, "The Vine")
    assert [group.places for group in meeting.groups(opened.meeting)] == [("Knole Park",)]


def test_a_proposal_keeps_its_own_place_when_it_is_started(call, proposed):
    arguments = ("start", GROUP, "--lead", "Sgt Hale", "--objective", "x", "--place", "Knole Park")
    assert "A proposal has its own place" in call("groups", *arguments, status=2)


def test_case_reviews_are_listed_with_what_comes_next(call, opened):
    proposal = Proposal(
        "D-20261116-0000cafe", dt.date(2026, 11, 16), "case_review", "complaints", "CR-1a2b3c", "k1:1", None, None, False,
        EVIDENCE | {"rule": "case_review", "counts": {"complaints": 3}},
    )  # fmt: skip
    store_proposals(opened.warehouse, [(proposal, "case_review 2")], "tasking", opened.clock())
    listed = call("reviews", "list")
    for words in ("CR-1a2b3c", "2026-11-16", "3", "Inform the person", "2026-11-23"):
        assert words in listed
    assert "can't be acknowledged" in call("reviews", "acknowledge", proposal.proposal_id, status=2)


# Approved, and undone


def test_approving_starts_the_group_as_declared_or_as_said(call, proposed, opened):
    call("triggers", "approve", GROUP, "--owner", "Sgt Hale", "--owner", "Kent Police", "--by", "2026-12-04",
         "--objective", "quiet nights")  # fmt: skip
    (group,) = meeting.groups(opened.meeting)
    assert (group.lead, group.partners, group.objective) == ("Sgt Hale", ("Kent Police",), "quiet nights")
    assert group.review_on == dt.date(2026, 12, 4)


def test_a_decision_is_undone_by_its_id_and_what_is_not_there_is_refused(call, proposed, opened):
    assert "there is no decision to undo" in call("undo", GROUP, status=2)
    assert "by Fri 4 Dec" in call("triggers", "approve", GROUP)
    undone = call("undo", GROUP)
    assert "Undone: approved by" in undone
    assert "It is proposed again." in undone
    assert meeting.standing_of(opened.meeting, GROUP).status == Status.PROPOSED
    assert "Undone by" in call("triggers", "explain", GROUP).replace("(undone", "(Undone")
    assert "There is no incident I261120-00000000" in call("undo", "I261120-00000000", status=2)


# Taskings


@pytest.fixture
def added(call) -> str:
    """A tasking that the meeting added, due on 27 November."""
    words = call("taskings", "add", "--what", "mend the lights", "--owner", "Kent Police", "--place", "The Vine",
                 "--by", "2026-11-27")  # fmt: skip
    return words.split()[0]


def test_a_tasking_that_is_added_is_open_with_its_owner_and_date(call, added):
    listed = call("taskings", "list")
    for words in (added, "2026-11-27", "Kent Police", "mend the lights", "The Vine", "open"):
        assert words in listed


def test_a_tasking_for_a_day_that_is_past_is_refused_and_not_stored(call, opened):
    call(
        "taskings",
        "add",
        "--what",
        "x",
        "--owner",
        "Kent Police",
        "--place",
        "The Vine",
        "--by",
        "2026-11-19",
        status=2,
    )
    assert meeting.taskings(opened.meeting, is_all=True) == []


def test_a_tasking_that_is_done_leaves_the_list_and_is_among_all(call, added, opened):
    call("taskings", "done", added, "--note", "new lamps")
    assert added not in call("taskings", "list")
    assert added in call("taskings", "list", "--all")
    assert last_step(opened, added).reason == "new lamps"


def test_a_tasking_is_given_to_another_and_carried_over_to_a_later_day_only(call, added, opened):
    call("taskings", "assign", added, "--owner", "Swanley Town Council")
    assert "choose a later day." in call("taskings", "carry", added, "--by", "2026-11-27", status=2)
    call("taskings", "carry", added, "--by", "2026-12-04", "--note", "parts are late")
    one = meeting.tasking_of(opened.meeting, added)
    assert (one.owner, one.due_on, one.status_words) == (
        "Swanley Town Council", dt.date(2026, 12, 4), "open, carried over 1 time"
    )  # fmt: skip


def test_a_tasking_is_dropped_with_a_reason_or_not_at_all(call, added, opened):
    call("taskings", "drop", added, status=2)
    assert meeting.tasking_of(opened.meeting, added).status == Status.OPEN
    call("taskings", "drop", added, "--reason", "the council does it")
    assert meeting.tasking_of(opened.meeting, added).status == Status.DROPPED


def test_what_was_done_already_says_who_did_it(call, added):
    call("taskings", "done", added)
    assert "already" in call("taskings", "done", added)


@pytest.mark.parametrize("verb", ["take", "done"])
def test_a_tasking_that_is_not_there_is_refused_and_where_to_look_is_said(call, verb):
    assert "There is no tasking T-1. To list them: tasking taskings list" in call("taskings", verb, "T-1", status=2)


# What partners and people write may hold square brackets, which rich takes for markup where it is let.


def test_square_brackets_are_printed_as_they_were_typed(call):
    what = "[/b] ring [red]Ann[/] about \\[x]"
    said = call(
        "taskings", "add", "--what", what, "--owner", "[urgent] wardens", "--place", "[x]", "--by", "2026-12-04"
    )
    listed = call("taskings", "list")
    for words in (what, "[urgent] wardens"):
        assert words in listed
    assert "Traceback" not in said
    assert "[/nobody]" in call("taskings", "done", "[/nobody]", status=2)
