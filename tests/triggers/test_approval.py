"""What follows from approving, and from taking a decision back."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking import meeting
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.errors import TaskingError
from tasking.model.proposal import ANSWERS, BACK, BY_THE_RULES, PAST, Standing, Status, Step, Verb
from tasking.model.trigger import Proposes

AT = dt.datetime(2026, 11, 2, 7, 0, tzinfo=dt.UTC)


def rules_of(opened, proposes: Proposes) -> set[str]:
    return {rule.rule for rule in opened.rules if rule.proposes == proposes}


def proposed(opened, proposes: Proposes) -> TrackedProposal:
    rules = rules_of(opened, proposes)
    return next(
        one for one in meeting.tracked_proposals(opened.meeting)
        if one.proposal.rule in rules and one.standing.status == Status.PROPOSED
    )  # fmt: skip


def of_proposal(opened, proposal_id: str) -> list[meeting.Tasking]:
    return [one for one in meeting.taskings(opened.meeting, is_all=True) if one.proposal_id == proposal_id]


@pytest.fixture
def opened(copied):
    return copied.open()


@pytest.fixture
def burglary(opened) -> str:
    return proposed(opened, Proposes.TASKING).proposal.proposal_id


def test_an_approved_group_starts_with_a_lead_an_objective_and_a_review(opened):
    one = proposed(opened, Proposes.GROUP).proposal
    taken = meeting.approve(opened.meeting, one.proposal_id, "Sgt Hale")
    (group,) = [group for group in meeting.groups(opened.meeting) if group.proposal_id == one.proposal_id]
    assert (taken.counted, group.status) == (True, Status.ACTIVE)
    assert group.lead in opened.partnership.taskings.declared_owners
    assert group.objective == f"Fewer reports of {one.theme} at {one.subject}"
    assert group.review_on in (dt.date(2026, 11, 16), dt.date(2026, 11, 30))
    assert of_proposal(opened, one.proposal_id) == []


def test_an_approved_repeat_of_burglaries_is_a_tasking_for_the_declared_owner(opened, burglary):
    taken = meeting.approve(opened.meeting, burglary, "Sgt Hale")
    (tasking,) = of_proposal(opened, burglary)
    assert tasking.status == Status.OPEN
    assert (tasking.owner, tasking.what) == (
        "Kent Police, crime prevention", "visit, advise on prevention and check CCTV",
    )  # fmt: skip
    assert (tasking.place, tasking.due_on) == (
        meeting.proposal_of(opened.meeting, burglary).proposal.subject, dt.date(2026, 11, 4),
    )  # fmt: skip
    assert taken.words(opened.meeting) == "Approved: Kent Police, crime prevention, by Wed 4 Nov."
    assert any("Kent Police, crime prevention, by Wed 4 Nov" in line for line in
               meeting.explain_proposal(opened.meeting, burglary, "x"))  # fmt: skip


def test_who_and_by_when_are_as_the_meeting_says(opened, burglary):
    owners, due_on = ["Sgt Hale", "West Kent Homes", "Sgt Hale", " "], dt.date(2026, 11, 9)
    meeting.approve(opened.meeting, burglary, "Sgt Hale", owners=owners, due_on=due_on)
    (tasking,) = of_proposal(opened, burglary)
    assert (tasking.owner, tasking.owners, tasking.due_on) == ("Sgt Hale", ("Sgt Hale", "West Kent Homes"), due_on)
    with pytest.raises(TaskingError, match="1 November 2026 is in the past"):
        meeting.approve(opened.meeting, burglary, "Sgt Hale", due_on=dt.date(2026, 11, 1))


def test_a_case_review_has_the_declared_working_days_from_when_its_threshold_was_met(opened):
    one = proposed(opened, Proposes.OWNER)
    meeting.approve(opened.meeting, one.proposal.proposal_id, "Sgt Hale")
    (tasking,) = of_proposal(opened, one.proposal.proposal_id)
    assert tasking.what == f"acknowledge and arrange the case review {one.proposal.subject}"
    within = opened.partnership.case_reviews.acknowledge_in
    assert tasking.due_on == opened.partnership.calendar.working_days_after(one.waiting_since, within)


@pytest.mark.parametrize(
    ("rule", "owner", "words"),
    [("surge", "CSU analyst", "look into it"), ("stalled", "CSU manager", "take it up"),
     ("vulnerable_person", "CSU duty officer", "refer it on the restricted route")],
)  # fmt: skip
def test_each_kind_of_rule_has_somebody_who_answers_for_it(opened, rule, owner, words, monkeypatch):
    one = proposed(opened, Proposes.TASKING)
    other = one._replace(proposal=replace(one.proposal, rule=rule, is_restricted=rule == "vulnerable_person"))
    monkeypatch.setattr("tasking.meeting.approval.proposal_of", lambda *_: other)
    plan = meeting.plan_for(opened.meeting, one.proposal.proposal_id)
    assert (plan.owners, plan.place, plan.is_group) == ((owner,), "", False)
    assert plan.what.startswith(words)
    assert plan.what.endswith(f": {one.proposal.subject}")


def test_without_declared_roles_whoever_acts_otherwise_answers(opened):
    one = proposed(opened, Proposes.OWNER).proposal.proposal_id
    roles = dict.fromkeys(("case_reviews", "analyst", "senior", "restricted", "lead"))
    taskings = opened.partnership.taskings.model_copy(update=roles)
    bare = replace(opened, partnership=opened.partnership.model_copy(update={"taskings": taskings}))
    assert meeting.plan_for(bare.meeting, one).owners == ("CSU duty officer",)


def test_the_tasking_of_a_restricted_proposal_is_counted_nowhere_in_public(copied, opened):
    from tasking.meeting.agenda import agenda_for
    from tasking.warehouse.visibility import PUBLIC_VISIBILITY

    tomorrow = dt.date(2026, 11, 3)
    before = agenda_for(opened.meeting, tomorrow).taskings
    one = proposed(opened, Proposes.RESTRICTED).proposal.proposal_id
    meeting.approve(opened.meeting, one, "keeper")
    (tasking,) = of_proposal(opened, one)
    assert tasking.place == ""
    assert opened.guard.withheld_taskings(PUBLIC_VISIBILITY, [tasking.tasking_id]) == {tasking.tasking_id}
    assert agenda_for(opened.meeting, tomorrow).taskings == before


def test_nothing_is_stored_where_part_of_it_fails(copied, opened, burglary, monkeypatch):
    from tasking.meeting import approval

    def refuse(service, subject_id, *given, **named):
        if subject_id.startswith("T-"):
            raise TaskingError("no")
        return meeting.decide(service, subject_id, *given, **named)

    kept = {table: copied.rows(table) for table in ("tasking", "step", "log")}
    monkeypatch.setattr(approval, "decide", refuse)
    with pytest.raises(TaskingError, match="no"):
        meeting.approve(opened.meeting, burglary, "Sgt Hale")
    assert {table: copied.rows(table) for table in kept} == kept


def test_a_second_approval_makes_no_second_tasking(opened, burglary):
    meeting.approve(opened.meeting, burglary, "Sgt Hale")
    second = meeting.approve(opened.meeting, burglary, "PC Moss", owners=["SDC"])
    assert second.words(opened.meeting).startswith("Approved already, by Sgt Hale")
    assert len(of_proposal(opened, burglary)) == 1


def test_a_proposed_tasking_is_approved_or_rejected_with_a_reason(opened):
    first, second = [one.tasking_id for one in meeting.taskings(opened.meeting, is_all=True)
                     if one.status == Status.PROPOSED][:2]  # fmt: skip
    meeting.approve(opened.meeting, first, "Sgt Hale", owners=["SDC", "West Kent Homes"], due_on=dt.date(2026, 11, 5))
    one = meeting.tasking_of(opened.meeting, first)
    assert (one.status, one.owners, one.due_on) == (Status.OPEN, ("SDC", "West Kent Homes"), dt.date(2026, 11, 5))
    meeting.assign(opened.meeting, first, "Sgt Hale", "PC Moss")
    assert meeting.tasking_of(opened.meeting, first).owners == ("PC Moss",)
    with pytest.raises(TaskingError, match="Enter a reason"):
        meeting.decide(opened.meeting, second, Verb.REJECT, "Sgt Hale")
    meeting.decide(opened.meeting, second, Verb.REJECT, "Sgt Hale", "in hand already")
    assert meeting.tasking_of(opened.meeting, second).status == Status.DROPPED


# Taken back.


def test_an_undone_approval_takes_its_tasking_with_it_and_deletes_nothing(copied, opened, burglary):
    meeting.approve(opened.meeting, burglary, "Sgt Hale")
    undone = meeting.undo(opened.meeting, burglary, "PC Moss")
    assert undone.words(opened.meeting) == "Undone: approved by Sgt Hale on Mon 2 Nov at 07:00. It is proposed again."
    (tasking,) = of_proposal(opened, burglary)
    assert tasking.status == Status.WITHDRAWN
    assert [one.tasking_id for one in meeting.taskings(opened.meeting) if one.proposal_id == burglary] == []
    kept = [(row["subject_id"][0], row["verb"], row["actor"]) for row in copied.rows("step")
            if row["subject_id"] in (burglary, tasking.tasking_id) and row["actor"] != "tasking"]  # fmt: skip
    assert sorted(kept) == sorted([
        ("D", "approve", "Sgt Hale"), ("T", "approve", "Sgt Hale"), ("T", "undo", "PC Moss"), ("D", "undo", "PC Moss"),
    ])  # fmt: skip
    lines = meeting.explain_proposal(opened.meeting, burglary, "x")
    assert any("(undone by PC Moss at 07:00)" in line for line in lines)
    meeting.approve(opened.meeting, burglary, "Sgt Hale")
    assert [one.status for one in of_proposal(opened, burglary)].count(Status.OPEN) == 1


def test_undoing_the_tasking_that_was_made_undoes_the_approval(opened, burglary):
    meeting.approve(opened.meeting, burglary, "Sgt Hale")
    (tasking,) = of_proposal(opened, burglary)
    assert meeting.undo(opened.meeting, tasking.tasking_id, "Sgt Hale").step.subject_id == burglary
    assert meeting.standing_of(opened.meeting, burglary).status == Status.PROPOSED


def test_what_is_done_is_undone_before_the_approval_that_it_came_of(opened, burglary):
    meeting.approve(opened.meeting, burglary, "Sgt Hale")
    (tasking,) = of_proposal(opened, burglary)
    meeting.decide(opened.meeting, tasking.tasking_id, Verb.DONE, "PC Moss")
    with pytest.raises(TaskingError, match=r"is already done\. Undo that first"):
        meeting.undo(opened.meeting, burglary, "Sgt Hale")
    meeting.undo(opened.meeting, tasking.tasking_id, "PC Moss")
    assert meeting.tasking_of(opened.meeting, tasking.tasking_id).status == Status.OPEN
    meeting.undo(opened.meeting, burglary, "Sgt Hale")
    assert meeting.tasking_of(opened.meeting, tasking.tasking_id).status == Status.WITHDRAWN


def test_a_group_that_was_started_by_approving_is_taken_back_whole(opened):
    one = proposed(opened, Proposes.GROUP).proposal.proposal_id
    meeting.approve(opened.meeting, one, "Sgt Hale")
    meeting.undo(opened.meeting, one, "Sgt Hale")
    assert meeting.standing_of(opened.meeting, one).status == Status.PROPOSED
    assert one not in [group.proposal_id for group in meeting.groups(opened.meeting)]
    with pytest.raises(TaskingError, match="there is no decision to undo"):
        meeting.undo(opened.meeting, one, "Sgt Hale")


def test_merging_closing_and_reopening_are_undone_one_after_the_other(opened):
    groups = rules_of(opened, Proposes.GROUP)
    one, other = [found.proposal.proposal_id for found in meeting.tracked_proposals(opened.meeting)
                  if found.proposal.rule in groups and found.standing.status == Status.PROPOSED][:2]  # fmt: skip
    meeting.approve(opened.meeting, one, "Sgt Hale")
    meeting.merge(opened.meeting, other, one, "Sgt Hale")
    assert len(next(group for group in meeting.groups(opened.meeting) if group.proposal_id == one).places) == 2
    meeting.undo(opened.meeting, other, "Sgt Hale")
    assert len(next(group for group in meeting.groups(opened.meeting) if group.proposal_id == one).places) == 1
    meeting.close_group(opened.meeting, one, "Sgt Hale", "patrols and a fence")
    meeting.decide(opened.meeting, one, Verb.REOPEN, "Sgt Hale", "fires again")
    for status in (Status.CLOSED, Status.ACTIVE, Status.PROPOSED):
        meeting.undo(opened.meeting, one, "Sgt Hale")
        assert meeting.standing_of(opened.meeting, one).status == status


def test_a_later_day_corrects_with_a_reason_and_the_days_between_keep_what_was_decided(copied, burglary):
    meeting.approve(copied.open().meeting, burglary, "Sgt Hale")
    copied.now += dt.timedelta(days=2)
    later = copied.open()
    with pytest.raises(TaskingError, match=r"decided on 2 November 2026: .* needs a reason"):
        meeting.undo(later.meeting, burglary, "Sgt Hale")
    words = meeting.undo(later.meeting, burglary, "Sgt Hale", "the wrong street").words(later.meeting)
    assert words == "Corrected: approved by Sgt Hale on Mon 2 Nov at 07:00. It is proposed again."
    standing = meeting.standing_of(later.meeting, burglary)
    statuses = [standing.as_of(dt.date(2026, 11, day)).status for day in (2, 3, 4, 5)]
    assert statuses == [Status.PROPOSED, Status.APPROVED, Status.APPROVED, Status.PROPOSED]
    assert [len(_open_of(later, burglary, dt.date(2026, 11, day))) for day in (3, 4, 5)] == [1, 1, 0]


def _open_of(opened, proposal_id: str, day: dt.date) -> list[meeting.Tasking]:
    return [one for one in meeting.taskings(opened.meeting, day) if one.proposal_id == proposal_id]


def test_what_is_done_and_undone_is_not_counted_as_done(copied, opened, burglary):
    meeting.approve(opened.meeting, burglary, "Sgt Hale")
    (tasking,) = of_proposal(opened, burglary)
    today, tomorrow = dt.date(2026, 11, 2), dt.date(2026, 11, 3)
    before = meeting.done_since(opened.meeting, today, tomorrow)
    meeting.decide(opened.meeting, tasking.tasking_id, Verb.DONE, "PC Moss")
    assert meeting.done_since(opened.meeting, today, tomorrow) == before + 1
    meeting.undo(opened.meeting, tasking.tasking_id, "PC Moss")
    assert meeting.done_since(opened.meeting, today, tomorrow) == before


OWN = [verb for verb in PAST if verb not in BACK]


@given(st.lists(st.sampled_from([*OWN, *BY_THE_RULES, Verb.UNDO, Verb.CORRECT]), max_size=25), st.booleans())
def test_steps_and_undos_leave_what_the_other_steps_alone_leave(verbs, is_tasking):
    standing, counting = Standing(is_tasking=is_tasking), list[Step]()
    for number, verb in enumerate(verbs, 1):
        step = Step("T-1", verb, "x", AT, AT.date(), number=number)
        own = [one for one in counting if one.verb not in BY_THE_RULES | ANSWERS]
        if verb not in BACK:
            counting.append(step)
        elif own:
            assert standing.last_act == (own[-1],)
            counting.remove(own[-1])
            step = step._replace(undoes=own[-1].number)
        else:
            continue
        standing = standing._replace(history=(*standing.history, step))
        assert standing.steps == tuple(counting)
        assert standing.status == Standing(tuple(counting), is_tasking).status
        assert standing.open_verbs == Standing(tuple(counting), is_tasking).open_verbs


@given(st.lists(st.tuples(st.sampled_from([Verb.TAKE, Verb.ASSIGN, Verb.CARRY, Verb.DONE, Verb.UNDO]),
                          st.integers(0, 5)), max_size=15), st.integers(0, 7))  # fmt: skip
def test_a_day_is_the_same_whatever_is_undone_after_it(steps, on):
    history, first = (), AT.date()
    for number, (verb, days) in enumerate(sorted(steps, key=lambda one: one[1]), 1):
        standing = Standing(history, is_tasking=True)
        step = Step("T-1", verb, "x", AT, first + dt.timedelta(days=days), number=number)
        if verb == Verb.UNDO:
            if not standing.last_act:
                continue
            step = step._replace(undoes=standing.last_act[-1].number)
        history = (*history, step)
    day = first + dt.timedelta(days=on)
    then = Standing(tuple(step for step in history if step.day < day), is_tasking=True)
    assert Standing(history, is_tasking=True).as_of(day) == then


def test_a_date_that_is_a_slip_of_the_year_is_refused_and_one_that_is_stored_stops_no_night(opened):
    one = proposed(opened, Proposes.TASKING)
    with pytest.raises(TaskingError, match=r"more than two years ahead\. Check the year"):
        meeting.approve(opened.meeting, one.proposal.proposal_id, "Sgt Hale", due_on=dt.date(9999, 12, 31))
    with pytest.raises(TaskingError, match="more than two years ahead"):
        meeting.add_tasking(opened.meeting, "Sgt Hale", "lights", "Council", "The Vine", dt.date(2062, 11, 30))
    last = dt.date(9999, 12, 31)  # an older version stored it
    assert opened.partnership.calendar.meeting_days_after(last, 3) == last
