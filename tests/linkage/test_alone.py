"""What a person split off stays apart from every other incident, and what they merged is what they were shown."""

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tasking.linkage.constraints import constraints_from_decisions
from tasking.model.incident import Decision

from .test_properties import (
    SLOW,
    labelled,  # noqa: F401 - a fixture
)
from .test_properties import incidents as linked

DAYS = [dt.date(2026, 10, 20), dt.date(2026, 10, 21), dt.date(2026, 10, 22)]


def alone(report: str, until: dt.date = dt.date.max) -> Decision:
    return Decision(report, report, False, until)


@SLOW
@given(data=st.data(), seed=st.integers(0, 2**31))
def test_what_was_split_off_is_joined_by_nothing_whatever_the_order_of_rows(linking_desk, labelled, data, seed):  # noqa: F811
    _, before = linked(linking_desk, labelled)
    group = data.draw(st.sampled_from(sorted(map(sorted, (one for one in before if len(one) > 1)))))
    taken = data.draw(st.lists(st.sampled_from(group), min_size=1, max_size=len(group) - 1, unique=True))
    rest = [one for one in group if one not in taken]
    decided = [Decision(a, b, True) for some in (taken, rest) for a, b in pairwise(some)]
    decided += [Decision(a, b, False) for a in taken for b in rest] + [alone(one) for one in taken]
    linkage, after = linked(linking_desk, labelled.sample(frac=1, random_state=seed), decided)
    assert frozenset(taken) in after
    assert any(set(rest) <= members for members in after)
    assert not any({one.report_a, one.report_b} & set(taken) for one in linkage.review_pairs)


@SLOW
@given(data=st.data())
def test_what_was_merged_takes_in_nothing_that_was_there(linking_desk, labelled, data):  # noqa: F811
    _, before = linked(linking_desk, labelled)
    groups = sorted(map(sorted, before))
    one, other = data.draw(st.lists(st.sampled_from(groups), min_size=2, max_size=2, unique_by=tuple))
    together = [*one, *other]
    last = labelled["received_at"].dt.date.max()
    decided = [Decision(a, b, True) for a, b in pairwise(together)]
    decided += [Decision(name, name, True, last) for name in together]
    _, after = linked(linking_desk, labelled, decided)
    assert frozenset(together) in after


def test_a_later_report_joins_what_was_merged_and_never_what_was_split_off():
    rows = {"a": 0, "b": 1, "new": 2}
    days = [DAYS[0], DAYS[0], DAYS[1]]
    merged = constraints_from_decisions([Decision("a", "b", True), alone("a", DAYS[0])], rows, days)
    assert not merged.keep_alone([0, 1], [2])
    assert constraints_from_decisions([alone("a")], rows, days).keep_alone([2], [0])


def test_a_merge_by_a_person_lifts_what_was_decided_before():
    rows, days = {"a": 0, "b": 1, "c": 2}, [DAYS[0]] * 3
    assert constraints_from_decisions([alone("a"), Decision("a", "b", True)], rows, days).alone_until == {}
    assert constraints_from_decisions([Decision("a", "b", True), alone("a")], rows, days).alone_until == {
        0: dt.date.max
    }
