"""Groups that people start: without a rule, with places chosen by hand, and one before-and-after over all of them."""

import datetime as dt

import pytest
import sqlalchemy as sa

from tasking import flows, meeting
from tasking.meeting import NewGroup
from tasking.meeting.comparison import compare_around
from tasking.meeting.effect import Counts
from tasking.meeting.group_places import GroupPlace, places_of
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Verb
from tasking.model.trigger import CountedReport, Finding, cell_of
from tasking.triggers.cool_down import FindingStatus, assess_finding, matching_proposals
from tasking.warehouse import tables

OPERATION = NewGroup(
    name="Operation Lantern", theme="disorder", places=["The Vine", "knole park"], lead="Sgt Hale",
    objective="no damage over half term", partners=["Kent Police"], ends_on=dt.date(2026, 11, 6),
)  # fmt: skip


@pytest.fixture
def opened(copied):
    copied.now = dt.datetime(2026, 10, 24, 9, 0, tzinfo=dt.UTC)
    return copied.open()


def started(opened, **changes) -> str:
    from dataclasses import replace

    return meeting.start_by_hand(opened.meeting, "Sgt Hale", replace(OPERATION, **changes))


def group_of(opened, proposal_id: str):
    return next(one for one in meeting.groups(opened.meeting) if one.proposal_id == proposal_id)


def test_an_operation_has_a_name_places_of_the_gazetteer_and_dates(copied, opened):
    group = group_of(opened, started(opened))
    assert (group.name, group.places) == ("Operation Lantern", ("The Vine", "Knole Park"))
    assert (group.status, group.lead, group.began_on) == (Status.ACTIVE, "Sgt Hale", dt.date(2026, 10, 24))
    assert group.review_on == group.ends_on == dt.date(2026, 11, 6)
    actions = [row["action"] for row in copied.rows("log") if row["subject"] == group.proposal_id]
    assert actions == ["proposal: raised", "proposal: approve", "proposal: start"]


def test_what_is_typed_by_hand_is_not_in_the_weekly_alert(copied, opened):
    from tasking import triggers
    from tasking.briefing import weekly_digest

    started(opened, name="See Jean Whitlock")
    copied.now = dt.datetime(2026, 11, 2, 8, 30, tzinfo=dt.UTC)
    alert = triggers.build_weekly_alert(copied.open().triggers, "2026-W45")
    assert alert.reviews == ("The Vine and 1 more place: due Fri 6 Nov",)
    assert "Whitlock" not in weekly_digest(alert, None).text
    assert not any(line.startswith("by hand") for line in alert.precision)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"places": ["41 Whitlock Cottages"]}, "There is no place “41 Whitlock Cottages”"),
        ({"places": [" "]}, "1 to 20 places"),
        ({"theme": "mischief"}, "There is no theme 'mischief'"),
        ({"lead": " "}, "a name, a lead and an objective"),
        ({"ends_on": dt.date(2026, 10, 1)}, "The last day must not be before the first day."),
    ],
)
def test_what_is_missing_or_unknown_is_refused_and_nothing_is_stored(copied, opened, changes, words):
    before = copied.rows("proposal")
    with pytest.raises(TaskingError, match=words):
        started(opened, **changes)
    assert copied.rows("proposal") == before


def test_places_are_added_and_removed_on_any_group(opened):
    lakes = next(
        one.proposal.proposal_id for one in meeting.tracked_proposals(opened.meeting)
        if one.proposal.rule == "cluster" and "Bradbourne" in one.proposal.subject
    )  # fmt: skip
    meeting.start_group(opened.meeting, lakes, "Sgt Hale", "Sgt Hale", [], "no fires at the lakes")
    assert meeting.add_place(opened.meeting, lakes, "PC Moss", "greatness rec").counted
    with pytest.raises(TaskingError, match="already"):
        meeting.add_place(opened.meeting, lakes, "PC Moss", "Greatness Recreation Ground")
    with pytest.raises(TaskingError, match="There is no place"):
        meeting.add_place(opened.meeting, lakes, "PC Moss", "behind the shed")
    assert group_of(opened, lakes).places == ("Bradbourne Lakes", "Greatness Recreation Ground")
    meeting.remove_place(opened.meeting, lakes, "PC Moss", "Bradbourne Lakes")
    assert group_of(opened, lakes).places == ("Greatness Recreation Ground",)
    with pytest.raises(TaskingError, match="the only place"):
        meeting.remove_place(opened.meeting, lakes, "PC Moss", "Greatness Recreation Ground")
    with pytest.raises(TaskingError, match="is not a place of the group"):
        meeting.remove_place(opened.meeting, lakes, "PC Moss", "The Vine")
    assert group_of(opened, lakes).lead == "Sgt Hale"


def test_a_change_of_the_lead_keeps_the_name_and_the_dates(opened):
    operation = started(opened)
    meeting.start_group(opened.meeting, operation, "Sgt Hale", "PC Moss", [], "no damage")
    group = group_of(opened, operation)
    assert (group.lead, group.name, group.ends_on) == ("PC Moss", "Operation Lantern", dt.date(2026, 11, 6))


def test_it_lives_like_any_group(copied, opened):
    operation = started(opened)
    copied.now = dt.datetime(2026, 11, 9, 9, 0, tzinfo=dt.UTC)
    later = copied.open()
    meeting.review_group(later.meeting, operation, "Sgt Hale", "quiet so far")
    taken, _ = meeting.close_group(later.meeting, operation, "Sgt Hale", "patrols twice a week, no damage")
    assert taken.counted
    assert any("Started by hand" in line for line in meeting.explain_proposal(later.meeting, operation, "pc moss"))


def test_the_rules_propose_no_second_group_where_one_was_started_by_hand(opened):
    started(opened)
    rule = next(one for one in opened.rules if one.rule == "cluster")
    tracked = [one for one in meeting.tracked_proposals(opened.meeting) if one.proposal.rule == "by_hand"]
    knole = places_of(tracked[0].proposal.proposal_id, tracked)[1]
    reports = tuple(CountedReport(f"police:{one}", f"I{one}", "police", None) for one in range(4))
    rules = {one.rule: one for one in opened.rules}

    def answer(theme: str, east_m: int) -> FindingStatus:
        found = Finding(theme, "I0", reports, {"incidents": 4}, east_m, knole.north_m)
        matches = matching_proposals(rule, found, "High Street", tracked, rules)
        return assess_finding(rule, found, matches, dt.date(2026, 10, 26))[0]

    assert answer("disorder", knole.east_m + 200) == FindingStatus.SUPPRESSED
    assert answer("disorder", knole.east_m + 300) == FindingStatus.NEW
    assert answer("waste and vehicles", knole.east_m + 200) == FindingStatus.NEW


# Before and after, over made incidents.


@pytest.fixture
def empty(desk):
    return desk.open()


def store_incidents(opened, spots) -> None:
    """Puts one incident of damage on each (day, easting)."""
    with opened.warehouse.writing() as connection:
        for number, (day, east) in enumerate(spots):
            report_id, at = f"police:{number}", dt.datetime.combine(day, dt.time(3), dt.UTC)
            connection.execute(sa.insert(tables.report).values(
                report_id=report_id, revision=1, feed="police", day=day, delivery_id="made", row_number=number,
                content_hash="-", source_ref=str(number), received_at=at, category="damage",
                is_occurred_time_known=True, is_restricted=False, is_out_of_area=False, is_anonymous=False,
                wants_feedback=False, is_vulnerable=False,
            ))  # fmt: skip
            connection.execute(sa.insert(tables.report_fact).values(
                report_id=report_id, revision=1, version="made", day=day, happened_h=0.0, told_h=0.0, east_m=east,
                north_m=155_000, slack_m=0, cell=cell_of(east, 155_000), is_concern=False, is_high_risk=False,
            ))  # fmt: skip
            connection.execute(sa.insert(tables.incident_report).values(
                report_id=report_id, linked_on=day, incident_id=f"I{number}", evidence=[], version="made"
            ))  # fmt: skip


def store_landings(opened, first: dt.date, last: dt.date, feed: str = "police", without=()) -> None:
    days = [first + dt.timedelta(days=one) for one in range((last - first).days + 1)]
    rows = [
        {"day": day, "feed": feed, "outcome": "landed", "reason": "", "asked_at": opened.clock()}
        for day in days if day not in without
    ]  # fmt: skip
    with opened.warehouse.writing() as connection:
        connection.execute(sa.insert(tables.feed_day), rows)


BEFORE, AFTER = (dt.date(2026, 9, 1), dt.date(2026, 9, 21)), (dt.date(2026, 10, 1), dt.date(2026, 10, 21))
TWO = [GroupPlace("The Vine", 553_000, 155_000), GroupPlace("Knole Park", 553_300, 155_000)]


def test_an_incident_where_two_circles_overlap_counts_once_and_the_ring_is_around_both(empty):
    day = dt.date(2026, 10, 5)
    store_landings(empty, BEFORE[0], AFTER[1])
    store_incidents(empty, [(day, 553_150), (day, 552_800), (day, 553_700), (day, 553_900), (day, 552_400)])
    effect = compare_around(empty.meeting, ["damage"], TWO, 250, BEFORE, AFTER)
    assert effect.place == Counts(0, 2)
    assert effect.ring == Counts(0, 1)
    assert effect.elsewhere == Counts(0, 2)
    assert effect.short_words == "Before: 0 in 20 days. Since: 2. Too few to tell."


def test_a_group_about_a_means_counts_incidents_that_name_it(empty):
    day = dt.date(2026, 10, 5)
    store_landings(empty, BEFORE[0], AFTER[1])
    store_incidents(empty, [(day, 553_000), (day, 553_010)])
    with empty.warehouse.writing() as connection:
        fact = tables.report_fact
        values = {"concepts": "|act:catapulting|thing:bus|"}
        connection.execute(sa.update(fact).where(fact.c.report_id == "police:1").values(values))
    effect = compare_around(empty.meeting, ["damage"], TWO, 250, BEFORE, AFTER, "act:catapulting")
    assert effect.place == Counts(0, 1)


def test_days_without_data_are_left_out_of_both_windows(empty):
    silent = {dt.date(2026, 9, 3), dt.date(2026, 10, 5)}
    store_landings(empty, BEFORE[0], AFTER[1], without=silent)
    store_incidents(empty, [(dt.date(2026, 10, 5), 553_000), (dt.date(2026, 10, 6), 553_000)])
    effect = compare_around(empty.meeting, ["damage"], TWO, 250, BEFORE, AFTER)
    assert (effect.place, effect.days) == (Counts(0, 1), Counts(19, 19))


def test_before_the_first_delivery_there_is_no_data(empty):
    store_landings(empty, dt.date(2026, 9, 25), AFTER[1])
    store_incidents(empty, [(dt.date(2026, 10, 6 + one), 553_000) for one in range(8)])
    effect = compare_around(empty.meeting, ["damage"], TWO, 250, BEFORE, AFTER)
    assert effect.short_words == "Before: no data before 25 September. Since: 8 in 20 days with data."


def test_a_feed_that_brings_nothing_of_the_theme_need_not_have_come(empty):
    store_landings(empty, BEFORE[0], AFTER[1])
    store_landings(empty, dt.date(2026, 10, 1), AFTER[1], feed="fire")
    store_incidents(empty, [(dt.date(2026, 10, 6), 553_000)])
    assert compare_around(empty.meeting, ["damage"], TWO, 250, BEFORE, AFTER).days == Counts(20, 20)


# Case reviews.


def case(opened):
    return next(
        one for one in meeting.tracked_proposals(opened.meeting)
        if one.proposal.rule == "case_review" and one.standing.status == Status.PROPOSED
    )  # fmt: skip


def test_a_case_review_has_a_clock_of_working_days(copied):
    opened = copied.open()
    proposal_id, since = case(opened).proposal.proposal_id, case(opened).waiting_since

    def now(day: dt.date):
        copied.now = dt.datetime.combine(day, dt.time(9), dt.UTC)
        found = {one.proposal_id: one for one in meeting.case_reviews(copied.open().meeting)}
        return found.get(proposal_id)

    offered = now(since)
    assert (offered.since, offered.complaints, offered.is_overdue) == (since, 4, False)
    assert offered.due_on == opened.partnership.calendar.working_days_after(since, 5)
    assert offered.next_step.startswith("Inform the person")
    assert now(offered.due_on + dt.timedelta(days=1)).is_overdue
    monday = dt.date(2026, 11, 2)
    now(monday)
    meeting.decide(copied.open().meeting, proposal_id, Verb.APPROVE, "Sgt Hale")
    assert (now(monday).next_step, now(monday).due_on) == ("Acknowledge the request", dt.date(2026, 11, 9))
    meeting.acknowledge_review(copied.open().meeting, proposal_id, "Sgt Hale")
    assert now(monday).next_step.startswith("Decide whether")
    assert now(monday).due_on == dt.date(2026, 11, 16)
    assert proposal_id not in {group.proposal_id for group in meeting.groups(copied.open().meeting)}
    meeting.decide_review(copied.open().meeting, proposal_id, "Sgt Hale", "a review is held on 23 November")
    assert now(monday) is None


def test_a_right_that_nobody_used_outlasts_the_proposal_and_ends_with_the_window(copied):
    one = case(copied.open())
    flows.trigger(copied.open(), dt.date(2026, 11, 30))
    assert meeting.standing_of(copied.open().meeting, one.proposal.proposal_id).status == Status.EXPIRED
    later = meeting.case_reviews(copied.open().meeting, dt.date(2027, 4, 1))
    assert one.proposal.proposal_id in {review.proposal_id for review in later}
    assert meeting.case_reviews(copied.open().meeting, dt.date(2027, 6, 1)) == []


def test_what_is_no_case_review_is_not_acknowledged(opened):
    with pytest.raises(TaskingError, match="is not a case review"):
        meeting.acknowledge_review(opened.meeting, started(opened), "Sgt Hale")
