"""Whatever people record, every report that is owed a follow-up is in exactly one, in one state."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from tasking.meeting.follow_ups import OwedReport, grouped
from tasking.model.follow_up import Act, Counts, How, Result, State, Verb, acts_in_force

START = dt.datetime(2026, 10, 19, 8, 0, tzinfo=dt.UTC)
HOURS = dt.timedelta(hours=72)
PEOPLE = ("ann", "bob", "cat")


def report(number: int, person: str, hours: int, is_restricted: bool = False) -> OwedReport:
    return OwedReport(
        report_id=f"council:{number}", feed="council", source_ref=str(number), person=person,
        received_at=START + dt.timedelta(hours=hours), occurred_from=None, category="noise", place="The Vine",
        incident_id=f"I{number}", is_restricted=is_restricted,
    )  # fmt: skip


def act(number: int, verb: Verb, reports: tuple[str, ...], result: Result | None = None, undoes: int | None = None):
    at = START + dt.timedelta(days=10, minutes=number)
    how = How.CALL if verb == Verb.CONTACT else None
    return Act(number, verb, at.date(), at, "Hale", reports, "Kent Police", how, at, result, undoes=undoes)


reports = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.integers(0, 400), st.booleans()), min_size=1, max_size=8
).map(lambda rows: [report(number, *row) for number, row in enumerate(rows)])  # fmt: skip
choices = st.lists(st.tuples(st.sampled_from(Verb), st.sampled_from(Result), st.integers(0, 99)), max_size=12)


def recorded(some: list[OwedReport], wanted) -> tuple[list[Act], dict[str, State]]:
    """The acts that the product would take of those wanted, and the state of each report, kept in the simplest way."""
    acts: list[Act] = []
    settled: dict[str, Act] = {}
    for verb, result, pick in wanted:
        if verb == Verb.UNDO:
            standing = acts_in_force(acts)
            if standing:
                taken_back = standing[pick % len(standing)]
                acts.append(act(len(acts) + 1, verb, taken_back.report_ids, undoes=taken_back.number))
                settled = {name: by for name, by in settled.items() if by.number != taken_back.number}
            continue
        first = some[pick % len(some)]
        same = (first.person, first.is_restricted)
        about = tuple(
            one.report_id for one in some if (one.person, one.is_restricted) == same and one.report_id not in settled
        )
        if about:
            acts.append(act(len(acts) + 1, verb, about, result if verb == Verb.CONTACT else None))
            if verb == Verb.CANCEL or result in (Result.REACHED, Result.LEFT_MESSAGE, Result.SENT):
                settled |= dict.fromkeys(about, acts[-1])
    ended = {name: State.CANCELLED if by.verb == Verb.CANCEL else State.CONTACTED for name, by in settled.items()}
    return acts, {one.report_id: ended.get(one.report_id, State.OPEN) for one in some}


@given(reports, choices)
def test_every_report_is_in_exactly_one_follow_up_of_its_state(some, wanted):
    acts, states = recorded(some, wanted)
    found = grouped(some, acts_in_force(acts), HOURS)
    listed = [(name, one.state) for one in found for name in one.report_ids]
    assert len(listed) == len(states)
    assert dict(listed) == states


@given(reports, choices)
def test_a_person_has_one_open_follow_up_at_most_and_restricted_reports_are_apart(some, wanted):
    acts, _ = recorded(some, wanted)
    found = grouped(some, acts_in_force(acts), HOURS)
    still = [(one.person, one.is_restricted) for one in found if one.state == State.OPEN]
    assert len(still) == len(set(still))
    assert all(len({report.is_restricted for report in one.reports}) == 1 for one in found)
    assert all(len({report.person for report in one.reports}) == 1 for one in found)
    assert len({one.follow_up_id for one in found}) == len(found)


@given(reports, choices, st.randoms())
def test_neither_the_order_of_rows_nor_time_makes_anybody_drop_off(some, wanted, dice):
    acts, _ = recorded(some, wanted)
    shuffled = some.copy()
    dice.shuffle(shuffled)
    assert grouped(shuffled, acts_in_force(acts), HOURS) == grouped(some, acts_in_force(acts), HOURS)


def test_the_hours_are_counted_from_the_first_report_that_is_still_open():
    some = [report(1, "ann", 0), report(2, "ann", 50)]
    assert [one.due_at for one in grouped(some, [], HOURS)] == [START + HOURS]
    contacted = act(1, Verb.CONTACT, ("council:1",), Result.REACHED)
    done, still = grouped(some, [contacted], HOURS)
    assert (done.state, still.state) == (State.CONTACTED, State.OPEN)
    assert still.due_at == START + dt.timedelta(hours=50) + HOURS


def test_tries_are_counted_and_leave_it_open():
    tries = [act(number, Verb.CONTACT, ("council:1",), Result.NO_ANSWER) for number in (1, 2)]
    (one,) = grouped([report(1, "ann", 0)], tries, HOURS)
    assert (one.state, len(one.tries)) == (State.OPEN, 2)


def test_counts_say_people_and_reports_apart():
    counts = Counts(people=3, reports=4, overdue=1, due_today=0, oldest_on=dt.date(2026, 11, 23))
    assert counts.words == "3 people to contact (4 reports), oldest since Mon 23 Nov, 1 overdue"
    alone = Counts(people=1, reports=1, oldest_on=dt.date(2026, 11, 23))
    assert alone.words == "1 person to contact (1 report), oldest since Mon 23 Nov"
    assert Counts().words == "nobody to contact"
