"""Two people do the same thing at once, on both databases: one wins, the other is told who did what and when."""

import datetime as dt
import importlib
import re
import shutil
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import TestDesk, empty_database, home_for
from made_desks import link_again

from tasking import flows, meeting
from tasking.intake import quarantine
from tasking.linkage import decisions, linking
from tasking.meeting.store.proposals import store_proposals
from tasking.model.errors import TaskingError
from tasking.model.follow_up import Contact, How, Result
from tasking.model.proposal import Status, Verb
from tasking.model.trigger import Proposal
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

groups = importlib.import_module("tasking.meeting.groups")
DAY = dt.date(2026, 10, 22)
WHEN = "on Thu 22 Oct at 07:31"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def made(request, tmp_path_factory, deliveries) -> TestDesk:
    """A day with incidents and held rows. Each test takes others of them."""
    folder = tmp_path_factory.mktemp("at-once")
    shutil.copytree(deliveries.folder, folder / "drops")
    with empty_database(request.param, folder) as url:
        desk = TestDesk(home_for(folder / "home"), folder / "drops", url)
        desk.now = dt.datetime(2026, 10, 22, 6, 31, tzinfo=dt.UTC)
        opened = desk.open()
        for day in (DAY - dt.timedelta(days=1), DAY):
            for feed in opened.partnership.feeds:
                flows.receive(opened, feed, day)
        for number in (1, 2, 3):  # held rows that can be released
            for feed in ("police", "council"):
                flows.receive(opened, feed, DAY + dt.timedelta(days=number))
        flows.link(opened, DAY)
        yield desk
        opened.warehouse.engine.dispose()


def at_once(desk: TestDesk, *acts: Callable[[Any], Any]) -> list[Any]:
    """Does each with a desk and an engine of its own, all at the same moment; what they return or raise, in order."""
    barrier, came = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, opened: Any) -> None:
        barrier.wait()
        try:
            came[number] = acts[number](opened)
        except TaskingError as error:
            came[number] = error
        finally:
            opened.warehouse.engine.dispose()

    threads = [threading.Thread(target=run, args=(number, desk.open())) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return came


def proposed(desk: TestDesk, number: int) -> str:
    """A proposal of a group that nobody has decided."""
    evidence = {"since": "2026-10-15", "incidents": []}
    one = Proposal(
        f"D-20261022-{number:08x}", DAY, "cluster", "disorder", "The Vine", "I0", 553_000, 155_000, False, evidence
    )
    store_proposals(desk.open().warehouse, [(one, "made for a test")], "test", desk.now)
    return one.proposal_id


def releasable(desk: TestDesk) -> list[str]:
    return [row["held_id"] for row in desk.rows("held") if row["state"] == "held" and row["can_be_released"]]


def balances(desk: TestDesk) -> bool:
    flows.check_promises(desk.open(), DAY)
    return True


def both_have_looked(monkeypatch, name: str) -> None:
    """From here on, nobody goes on from looking at a proposal until both have looked."""
    barrier, real, looked = threading.Barrier(2), getattr(groups, name), threading.local()

    def look(*arguments):
        found = real(*arguments)
        if not getattr(looked, "once", False):
            looked.once = True
            barrier.wait(20)
        return found

    monkeypatch.setattr(groups, name, look)


def test_of_two_who_start_a_group_one_leads_it_and_the_other_hears_who(made, monkeypatch):
    one = proposed(made, 1)
    both_have_looked(monkeypatch, "proposal_of")
    came = at_once(
        made,
        lambda desk: meeting.start_group(desk.meeting, one, "Sgt Hale", "Sgt Hale", [], "no fires"),
        lambda desk: meeting.start_group(desk.meeting, one, "PC Moss", "PC Moss", [], "no noise"),
    )
    (won,) = [taken for taken in came if taken.counted]
    (lost,) = [taken for taken in came if not taken.counted]
    assert lost.words(made.open()) == f"Started already, by {won.step.actor} {WHEN}."
    steps = [row for row in made.rows("step") if row["subject_id"] == one]
    assert [(row["verb"], row["actor"]) for row in steps] == [
        ("approve", won.step.actor),
        ("start", won.step.actor),
    ]


def test_of_one_who_starts_and_one_who_rejects_one_counts(made):
    one = proposed(made, 2)
    came = at_once(
        made,
        lambda desk: meeting.start_group(desk.meeting, one, "Sgt Hale", "Sgt Hale", [], "no fires"),
        lambda desk: meeting.decide(desk.meeting, one, Verb.REJECT, "PC Moss", "one match day"),
    )
    assert sorted(taken.counted for taken in came) == [False, True]
    verbs = [row["verb"] for row in made.rows("step") if row["subject_id"] == one]
    assert verbs in (["approve", "start"], ["reject"])


def test_of_two_who_review_a_group_the_second_hears_of_the_first(made, monkeypatch):
    one = proposed(made, 3)
    meeting.start_group(made.open().meeting, one, "Sgt Hale", "Sgt Hale", [], "no fires")
    both_have_looked(monkeypatch, "proposal_of")
    came = at_once(
        made,
        lambda desk: meeting.review_group(desk.meeting, one, "Sgt Hale", "two patrols a week", dt.date(2026, 12, 1)),
        lambda desk: meeting.review_group(desk.meeting, one, "PC Moss", "three patrols a week", dt.date(2026, 11, 1)),
    )
    assert sorted(taken.counted for taken in came) == [False, True]
    assert sum(row["verb"] == "review" for row in made.rows("step") if row["subject_id"] == one) == 1


def test_two_groups_are_not_merged_into_each_other(made):
    one, other = proposed(made, 4), proposed(made, 5)
    came = at_once(
        made,
        lambda desk: meeting.merge(desk.meeting, one, other, "Sgt Hale", "the same boys"),
        lambda desk: meeting.merge(desk.meeting, other, one, "PC Moss", "the same boys"),
    )
    (error,) = [one for one in came if isinstance(one, TaskingError)]
    assert "is merged: nothing can be merged into it. Merged already, by " in str(error)
    assert WHEN in str(error)
    stands = [meeting.standing_of(made.open().meeting, proposal).status for proposal in (one, other)]
    assert sorted(stands) == [Status.MERGED, Status.PROPOSED]


def test_of_two_who_assign_a_tasking_one_names_who_does_it(made):
    due = dt.date(2026, 10, 30)
    one = meeting.add_tasking(made.open().meeting, "Sgt Hale", "patrol", "Kent Police", "The Vine", due)
    came = at_once(
        made,
        lambda desk: meeting.decide(desk.meeting, one, Verb.DONE, "Sgt Hale"),
        lambda desk: meeting.decide(desk.meeting, one, Verb.DROP, "PC Moss", "no need"),
    )
    (lost,) = [taken for taken in came if not taken.counted]
    assert f"already, by {lost.step.actor} {WHEN}." in lost.words(made.open())


def test_a_contact_recorded_twice_is_one_and_the_second_hears_who_recorded_it(made):
    one = meeting.follow_ups(made.open().meeting, PUBLIC_VISIBILITY)[0]
    contact = Contact(How.CALL, "Kent Police", made.now, Result.REACHED)
    came = at_once(
        made,
        *(lambda desk, who=who: meeting.record_contact(desk.meeting, one, who, contact) for who in ("Hale", "Moss")),
    )
    (error,) = [one for one in came if isinstance(one, TaskingError)]
    assert re.fullmatch(f"contacted already, recorded by (Hale|Moss) {WHEN}", str(error))
    assert len(made.rows("follow_up")) == 1


def test_of_one_who_releases_a_held_row_and_one_who_rejects_it_one_counts(made):
    held = releasable(made)[0]
    came = at_once(
        made,
        lambda desk: quarantine.amend(desk.intake, held, {}, "Sgt Hale"),
        lambda desk: quarantine.reject(desk.intake, [held], "not ours", "PC Moss"),
    )
    (error,) = [one for one in came if isinstance(one, TaskingError)]
    state = next(row["state"] for row in made.rows("held") if row["held_id"] == held)
    winner = {"released": "Sgt Hale", "rejected": "PC Moss"}[state]
    assert str(error) == f"{held} was already {state}, by {winner} {WHEN}"
    assert balances(made)


def test_two_who_release_the_same_rows_release_each_once(made):
    rows = releasable(made)
    assert len(rows) >= 2
    came = at_once(
        made,
        lambda desk: quarantine.release_all(desk.intake, rows, "Sgt Hale"),
        lambda desk: quarantine.release_all(desk.intake, list(reversed(rows)), "PC Moss"),
    )
    released = [held_id for done, _ in came for held_id in done]
    kept = [words for _, others in came for words in others]
    assert sorted(released) == sorted(rows)
    assert len(kept) == len(rows)
    told = re.compile(rf"was already released, by (Sgt Hale|PC Moss) {WHEN}$")
    assert [words for words in kept if not told.search(words)] == []
    assert balances(made)


def incidents_of_two(desk: TestDesk) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for row in desk.rows("incident_report"):
        if row["left_on"] is None:
            found.setdefault(row["incident_id"], []).append(row["report_id"])
    return [[incident, *sorted(reports)] for incident, reports in sorted(found.items()) if len(reports) == 2]


def test_of_one_who_splits_an_incident_and_one_who_merges_it_one_counts(made):
    (incident, first, second), (other, *_) = incidents_of_two(made)[:2]
    came = at_once(
        made,
        lambda desk: decisions.split(desk.linkage, incident, [second], "Sgt Hale"),
        lambda desk: decisions.merge(desk.linkage, incident, other, "PC Moss"),
    )
    (error,) = [one for one in came if isinstance(one, TaskingError)]
    actors = {row["actor"] for row in made.rows("link_decision") if first in (row["report_a"], row["report_b"])}
    assert len(actors) == 1
    first_one = actors.pop()
    assert re.search(rf"^{first_one} decided on these reports {WHEN}|merged by {first_one} {WHEN}$", str(error))
    assert made.rows("relinking") == []


def test_two_who_merge_the_same_incidents_make_one_decision(made):
    (one, *_), (other, *_) = incidents_of_two(made)[-2:]
    came = at_once(
        made, *(lambda desk, who=who: decisions.merge(desk.linkage, one, other, who) for who in ("Hale", "Moss"))
    )
    (error,) = [one for one in came if isinstance(one, TaskingError)]
    assert WHEN in str(error)
    entries = [
        row for row in made.rows("log") if row["action"] == "incidents merged" and row["subject"] == f"{one} {other}"
    ]
    assert len(entries) == 1
    assert entries[0]["actor"] in str(error)


def test_a_decision_of_a_killed_process_is_followed_by_the_next_linking(made, monkeypatch):
    incident, first, second = incidents_of_two(made)[0]

    def killed(*_arguments):
        raise KeyboardInterrupt

    opened = made.open()
    with monkeypatch.context() as patch:
        patch.setattr(linking, "_link_day", killed)
        with pytest.raises(KeyboardInterrupt):
            decisions.split(opened.linkage, incident, [second], "Sgt Hale")
    assert len(made.rows("relinking")) == 1
    flows.link(made.open(), DAY)
    now = {row["report_id"]: row["incident_id"] for row in made.rows("incident_report") if row["left_on"] is None}
    assert now[first] != now[second]
    assert made.rows("relinking") == []


def test_a_fault_of_ours_while_linking_again_is_told_and_the_decision_is_kept(made, monkeypatch):
    incident, _, second = incidents_of_two(made)[0]

    def broken(*_arguments):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(linking, "_link_day", broken)
        with pytest.raises(TaskingError, match=r"Your decision is saved, .* The next run of linking will do it"):
            decisions.split(made.open().linkage, incident, [second], "Sgt Hale")
    flows.link(made.open(), DAY)
    assert made.rows("relinking") == []


def test_runs_of_linking_at_once_come_to_what_one_does(made):
    before = {row["report_id"]: row["incident_id"] for row in made.rows("incident_report") if row["left_on"] is None}
    came = at_once(made, *(lambda desk: link_again(desk, DAY) for _ in range(3)))
    assert came == [None, None, None]
    now = {row["report_id"]: row["incident_id"] for row in made.rows("incident_report") if row["left_on"] is None}
    assert now == before


def test_an_act_that_fails_in_the_middle_leaves_nothing(made, monkeypatch):
    one, opened = proposed(made, 6), made.open()
    real = meeting.decide

    def fails_at_start(desk, subject_id, verb, *arguments, **named):
        if verb in (Verb.START, Verb.TAKE):
            raise ZeroDivisionError
        return real(desk, subject_id, verb, *arguments, **named)

    before = {table: len(made.rows(table)) for table in ("step", "log", "tasking")}
    monkeypatch.setattr(groups, "decide", fails_at_start)
    monkeypatch.setattr(importlib.import_module("tasking.meeting.taskings"), "decide", fails_at_start)
    with pytest.raises(ZeroDivisionError):
        meeting.start_group(opened.meeting, one, "Sgt Hale", "Sgt Hale", [], "no fires")
    with pytest.raises(ZeroDivisionError):
        meeting.add_tasking(opened.meeting, "Sgt Hale", "patrol", "SDC", "The Vine", dt.date(2026, 10, 30))
    assert {table: len(made.rows(table)) for table in before} == before


def test_a_mass_release_that_fails_in_the_middle_releases_nothing(made, monkeypatch):
    from tasking.intake.store import held_decisions

    engine = made.open().warehouse.engine
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE held SET state = 'held' WHERE can_be_released"))  # what tests before took
    rows, real, seen = releasable(made), held_decisions.store_amendment, []

    def fails_at_the_second(*arguments):
        seen.append(arguments)
        if len(seen) == 2:
            raise ZeroDivisionError
        return real(*arguments)

    monkeypatch.setattr(held_decisions, "store_amendment", fails_at_the_second)
    entries = len(made.rows("log"))
    with pytest.raises(ZeroDivisionError):
        quarantine.release_all(made.open().intake, rows, "Sgt Hale")
    assert releasable(made) == rows
    assert len(made.rows("log")) == entries


def test_checks_of_several_threads_go_one_after_the_other(monkeypatch):
    """Great Expectations keeps state between the calls of a check, and gives one thread the results of another."""
    import time
    from types import SimpleNamespace

    import pandas as pd

    from tasking.config.suite import Expectation, Meta
    from tasking.intake.quality import great

    null = Expectation(
        type="expect_column_values_to_be_null", kwargs={"column": "text"}, meta=Meta(severity="row", reason="-")
    )

    at_it: list[int] = []
    most: list[int] = []

    class Batch:
        def get_batch(self, _options):
            return self

        def validate(self, *_arguments, **_named):
            at_it.append(1)
            most.append(len(at_it))
            time.sleep(0.02)
            at_it.pop()
            config = SimpleNamespace(meta={"position": 0})
            result = SimpleNamespace(success=True, exception_info={"raised_exception": False}, result={})
            return SimpleNamespace(results=[SimpleNamespace(**vars(result), expectation_config=config)])

    monkeypatch.setattr(great, "_in_memory", Batch)
    frame = pd.DataFrame({"text": ["x"]})
    threads = [threading.Thread(target=great.evaluate_with_library, args=(frame, [null])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == [1, 1, 1, 1]
