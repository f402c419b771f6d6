"""The life of a proposal, a group and a tasking: people decide, the first word counts, and every word is in the log."""

import datetime as dt

import pytest

from tasking import flows, meeting
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.errors import TaskingError
from tasking.model.follow_up import Contact, How, Result
from tasking.model.proposal import Status, Verb
from tasking.model.trigger import CountedReport, Finding, Proposal
from tasking.triggers.cool_down import FindingStatus, assess_finding, matching_proposals
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

RAISED = dt.date(2026, 10, 5)


def one(desk, rule: str, subject: str = ""):
    return next(
        known for known in meeting.tracked_proposals(desk.meeting)
        if known.proposal.rule == rule and subject in known.proposal.subject and known.standing.status == Status.PROPOSED
    )  # fmt: skip


@pytest.fixture
def opened(copied):
    return copied.open()


@pytest.fixture
def lakes(opened):
    return one(opened, "cluster", "Bradbourne").proposal.proposal_id


def test_the_first_word_counts_wherever_it_is_said(opened, lakes):
    first = meeting.decide(opened.meeting, lakes, Verb.APPROVE, "Sgt Hale", by="slack:U1")
    second = meeting.decide(opened.meeting, lakes, Verb.REJECT, "PC Moss", "not one problem", by="airflow:moss")
    assert (first.counted, second.counted) == (True, False)
    assert second.words(opened.meeting).startswith("Approved already, by Sgt Hale on Mon 2 Nov")
    assert meeting.standing_of(opened.meeting, lakes).status == Status.APPROVED


def test_every_step_is_in_the_log_with_who_and_why(copied, opened, lakes):
    meeting.decide(opened.meeting, lakes, Verb.REJECT, "Sgt Hale", "patrols have begun", by="slack:U1")
    entry = max(copied.rows("log"), key=lambda row: row["entry_number"])
    assert (entry["actor"], entry["action"], entry["subject"], entry["note"]) == (
        "slack:U1", "proposal: reject", lakes, "patrols have begun",
    )  # fmt: skip


def test_a_rejection_needs_a_reason(opened, lakes):
    with pytest.raises(TaskingError, match="Enter a reason"):
        meeting.decide(opened.meeting, lakes, Verb.REJECT, "Sgt Hale")


def test_what_is_not_open_is_refused_in_words(opened, lakes):
    with pytest.raises(TaskingError, match="is proposed: it can't be closed"):
        meeting.decide(opened.meeting, lakes, Verb.CLOSE, "Sgt Hale", "all quiet now")


def test_a_group_is_led_reviewed_and_closed_with_an_assessment(copied, opened, lakes):
    meeting.start_group(opened.meeting, lakes, "Sgt Hale", "Sgt Hale", ["Kent Police", "SDC"], "no fires at the lakes")
    group = next(group for group in meeting.groups(opened.meeting) if group.proposal_id == lakes)
    assert (group.status, group.lead, group.review_on) == (Status.ACTIVE, "Sgt Hale", dt.date(2026, 11, 16))
    with pytest.raises(TaskingError, match="Enter an assessment"):
        meeting.close_group(opened.meeting, lakes, "Sgt Hale", "done")
    copied.now = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
    later = copied.open()
    meeting.review_group(later.meeting, lakes, "Sgt Hale", "two patrols a week", dt.date(2026, 12, 1))
    taken, effect = meeting.close_group(later.meeting, lakes, "Sgt Hale", "patrols and a camera; nothing since")
    assert taken.counted
    assert effect is not None
    assert effect.words == "Before: no data before 20 October. Since: no data."
    assert meeting.groups(later.meeting) == []
    meeting.decide(later.meeting, lakes, Verb.REOPEN, "Sgt Hale", "fires again")
    assert [group.proposal_id for group in meeting.groups(later.meeting)] == [lakes]


def test_what_is_merged_becomes_a_place_of_the_group(opened, lakes):
    greatness = one(opened, "cluster", "Greatness").proposal.proposal_id
    meeting.start_group(opened.meeting, lakes, "Sgt Hale", "Sgt Hale", [], "no fires at the lakes")
    meeting.merge(opened.meeting, greatness, lakes, "Sgt Hale", "the same boys")
    group = next(group for group in meeting.groups(opened.meeting) if group.proposal_id == lakes)
    assert group.places == ("Bradbourne Lakes", "Greatness Recreation Ground")
    assert meeting.standing_of(opened.meeting, greatness).status == Status.MERGED


def test_nothing_is_merged_into_itself_or_into_what_is_over(opened, lakes):
    greatness = one(opened, "cluster", "Greatness").proposal.proposal_id
    meeting.decide(opened.meeting, greatness, Verb.REJECT, "Sgt Hale", "one match day")
    for into in (lakes, greatness):
        with pytest.raises(TaskingError, match="nothing can be merged"):
            meeting.merge(opened.meeting, lakes, into, "Sgt Hale")


def test_what_nobody_decides_within_ten_meetings_expires(copied, lakes):
    opened = copied.open()
    flows.trigger(opened, dt.date(2026, 11, 6))  # the tenth meeting after Saturday the 24th
    assert meeting.standing_of(opened.meeting, lakes).status == Status.PROPOSED
    flows.trigger(opened, dt.date(2026, 11, 9))
    assert meeting.standing_of(opened.meeting, lakes).status == Status.EXPIRED


def test_explaining_a_restricted_proposal_is_logged(copied, opened):
    restricted = one(opened, "vulnerable_person").proposal.proposal_id
    assert "repeated concerns about a person at risk" in " ".join(
        meeting.explain_proposal(opened.meeting, restricted, "pc moss")
    )
    assert max(copied.rows("log"), key=lambda row: row["entry_number"])["action"] == "restricted proposal looked at"


def test_a_decided_proposal_is_asked_no_more_and_one_that_waits_says_since_when(copied, lakes):
    opened = copied.open()
    copied.now = dt.datetime(2026, 10, 26, 9, 0, tzinfo=dt.UTC)
    day = dt.date(2026, 10, 27)
    waits = next(one for one in flows.brief(opened, day)[0].decisions if one.proposal_id == lakes)
    assert waits.detail.endswith(" · since 24 Oct")
    meeting.decide(copied.open().meeting, lakes, Verb.APPROVE, "Sgt Hale")
    assert lakes not in {one.proposal_id for one in flows.brief(copied.open(), day)[0].decisions}


# Cool-downs, over made proposals.


def known(desk, status: Verb | None, ended_on: dt.date, incidents: int = 4) -> TrackedProposal:
    from tasking.model.proposal import Standing, Step

    evidence = {"incidents": [{"incident_id": f"I{number}"} for number in range(incidents)]}
    proposal = Proposal(
        "D-20261005-00000000", RAISED, "cluster", "disorder", "The Vine", "I0", 553_000, 155_000, False, evidence
    )
    verbs = {None: (), Verb.CLOSE: (Verb.APPROVE, Verb.START, Verb.CLOSE)}.get(status, (status,))
    steps = tuple(Step(proposal.proposal_id, verb, "somebody", desk.clock(), ended_on) for verb in verbs)
    return TrackedProposal(proposal, Standing(steps))


def finding(first: int, last: int, east: int = 553_000) -> Finding:
    reports = tuple(CountedReport(f"police:{one}", f"I{one}", "police", None) for one in range(first, last))
    return Finding("disorder", f"I{first}", reports, {"incidents": len(reports)}, east, 155_000)


@pytest.mark.parametrize(
    ("status", "days_after", "first", "last", "answer"),
    [
        (None, 3, 0, 4, FindingStatus.SUPPRESSED),
        (None, 3, 0, 5, FindingStatus.GROWN),
        (Verb.REJECT, 14, 1, 6, FindingStatus.SUPPRESSED),
        (Verb.REJECT, 14, 0, 6, FindingStatus.NEW),  # half as much again
        (Verb.REJECT, 15, 0, 5, FindingStatus.SUPPRESSED),  # still what was rejected
        (Verb.REJECT, 15, 2, 6, FindingStatus.NEW),
        (Verb.CLOSE, 28, 10, 20, FindingStatus.SUPPRESSED),
        (Verb.CLOSE, 29, 10, 14, FindingStatus.NEW),
        (Verb.EXPIRE, 10, 0, 5, FindingStatus.SUPPRESSED),
    ],
)
def test_nobody_is_proposed_the_same_thing_twice(fortnight, status, days_after, first, last, answer):
    desk = fortnight.open()
    rule = next(rule for rule in desk.rules if rule.rule == "cluster")
    before, found = known(desk, status, RAISED), finding(first, last)
    matches = matching_proposals(rule, found, "The Vine", [before], {rule.rule: rule for rule in desk.rules})
    assert matches == [before]
    assert assess_finding(rule, found, matches, RAISED + dt.timedelta(days=days_after))[0] == answer


@pytest.mark.parametrize(
    ("status", "days_after", "first", "last", "answer"),
    [
        (Verb.APPROVE, 0, 0, 4, FindingStatus.SUPPRESSED),  # a referral is not asked for twice
        (Verb.APPROVE, 0, 0, 5, FindingStatus.NEW),  # late news of the day on which it was accepted
        (Verb.APPROVE, 90, 0, 5, FindingStatus.NEW),  # a repeat after a referral
        (Verb.APPROVE, 400, 2, 4, FindingStatus.SUPPRESSED),
        (Verb.REJECT, 0, 0, 4, FindingStatus.SUPPRESSED),
        (Verb.REJECT, 0, 0, 5, FindingStatus.NEW),
        (Verb.REJECT, 60, 0, 4, FindingStatus.SUPPRESSED),
        (Verb.REJECT, 60, 0, 5, FindingStatus.NEW),
        (Verb.EXPIRE, 20, 0, 5, FindingStatus.NEW),
        (None, 3, 0, 5, FindingStatus.GROWN),
    ],
)
def test_any_new_incident_asks_again_about_a_referral(fortnight, status, days_after, first, last, answer):
    desk = fortnight.open()
    rule = next(rule for rule in desk.rules if rule.rule == "marac")
    before = known(desk, status, RAISED)
    found = finding(first, last)
    assert assess_finding(rule, found, [before], RAISED + dt.timedelta(days=days_after))[0] == answer


def test_another_place_is_another_matter_and_another_rule_for_a_group_there_is_not(fortnight):
    desk = fortnight.open()
    rules = {rule.rule: rule for rule in desk.rules}
    before = known(desk, None, RAISED)
    assert matching_proposals(rules["cluster"], finding(10, 14, east=554_000), "Knole Park", [before], rules) == []
    people = Finding(
        "young people and damage", "I20", (CountedReport("police:1", "I20", "police", "k1:1"),), {}, 553_050, 155_000
    )
    assert matching_proposals(rules["many_complainants"], people, "Dartford Road", [before], rules) == [before]
    noise = Finding(
        "noise and neighbours", "I20", (CountedReport("police:1", "I20", "police", "k1:1"),), {}, 553_050, 155_000
    )
    assert matching_proposals(rules["many_complainants"], noise, "Dartford Road", [before], rules) == []


# Taskings.


def test_a_tasking_is_taken_carried_over_and_done(copied):
    copied.now = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
    opened = copied.open()
    tasking_id = meeting.add_tasking(
        opened.meeting, "Sgt Hale", "patrol", "Kent Police", "The Vine", dt.date(2026, 11, 3)
    )  # fmt: skip
    with pytest.raises(TaskingError, match="a later day"):
        meeting.carry(opened.meeting, tasking_id, "Sgt Hale", dt.date(2026, 11, 3))
    copied.now = dt.datetime(2026, 11, 4, 9, 0, tzinfo=dt.UTC)
    opened = copied.open()
    assert meeting.tasking_of(opened.meeting, tasking_id).is_overdue
    assert meeting.carry(opened.meeting, tasking_id, "Sgt Hale", dt.date(2026, 11, 5)).step.verb == Verb.CARRY
    copied.now = dt.datetime(2026, 11, 10, 9, 0, tzinfo=dt.UTC)
    opened = copied.open()
    assert meeting.carry(opened.meeting, tasking_id, "Sgt Hale", dt.date(2026, 11, 12)).step.verb == Verb.CARRY_LATE
    standing = flows.brief(opened, dt.date(2026, 11, 13))[0].open_taskings
    assert (standing.open, standing.overdue) == (1, (f"{tasking_id} Kent Police, The Vine",))
    assert meeting.decide(opened.meeting, tasking_id, Verb.DONE, "Sgt Hale").counted
    assert not meeting.decide(opened.meeting, tasking_id, Verb.DROP, "Sgt Hale", "no need").counted


def test_what_was_typed_by_hand_is_not_told_in_public(copied):
    opened = copied.open()
    due = dt.date(2026, 11, 3)
    meeting.add_tasking(opened.meeting, "Sgt Hale", "see Mrs Whitlock", "Jean's nephew", "41 Whitlock Cottages", due)
    overdue = flows.brief(opened, dt.date(2026, 11, 5))[0].open_taskings.overdue
    assert len(overdue) == 1
    assert overdue[0].endswith(" owner on the desk")


def test_a_briefing_counts_the_people_to_contact_until_they_are(copied):
    day = dt.date(2026, 11, 2)
    owed = meeting.follow_ups(copied.open().meeting, PUBLIC_VISIBILITY)
    before = flows.brief(copied.open(), day)[0]
    assert before.feedback_owed > 1
    copied.now = dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.UTC)
    opened = copied.open()
    meeting.record_contact(
        opened.meeting, owed[0], "Sgt Hale", Contact(How.CALL, "Kent Police", copied.now, Result.REACHED)
    )
    assert flows.brief(copied.open(), day)[0].feedback_owed == before.feedback_owed - 1


def test_a_stalled_tasking_says_who_what_where_and_since_when(copied):
    owner, what = "Kent Police, local policing team", "patrol and speak to those involved"

    def at(day: dt.date):
        copied.now = dt.datetime.combine(day, dt.time(9), dt.UTC)
        return copied.open()

    opened = at(dt.date(2026, 11, 2))
    declared = meeting.add_tasking(opened.meeting, "Sgt Hale", what, owner, "The Vine", dt.date(2026, 11, 3))
    typed = meeting.add_tasking(opened.meeting, "Sgt Hale", "see Mrs Whitlock", owner, "No 41", dt.date(2026, 11, 3))
    for tasking_id in (declared, typed):
        meeting.carry(at(dt.date(2026, 11, 10)).meeting, tasking_id, "Sgt Hale", dt.date(2026, 11, 11))
        meeting.carry(at(dt.date(2026, 11, 17)).meeting, tasking_id, "Sgt Hale", dt.date(2026, 11, 18))
    day = dt.date(2026, 11, 24)
    flows.trigger(at(day), day)
    asked = {one.headline: one.detail for one in flows.brief(at(day), day)[0].decisions if "put back" in one.detail}
    assert asked == {
        f"{owner}: {what}, The Vine": "due Wed 18 Nov, put back twice: who takes it on?",
        f"{owner}: tasking {typed}": "due Wed 18 Nov, put back twice: who takes it on?",
    }
