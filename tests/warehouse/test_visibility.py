"""Who may read which rows, asked of both databases."""

import datetime as dt

import pytest
import sqlalchemy as sa
from conftest import ROOT

from tasking.intake.held_filter import HeldFilter
from tasking.intake.store.delivery_list import reports_of_day
from tasking.intake.store.held_list import held, held_reasons, held_row
from tasking.linkage.incident_filter import IncidentFilter
from tasking.linkage.store.incident_list import decisions_on, incidents, incidents_named, reports_side_by_side
from tasking.linkage.store.linked_days import clear_doubts, store_linkage
from tasking.linkage.store.restricted_list import restricted_count
from tasking.meeting.store.proposals import restricted_among
from tasking.model.incident import Linkage, Membership
from tasking.model.report import REPORT_COLUMNS
from tasking.warehouse import open_warehouse, tables
from tasking.warehouse.log_list import LogFilter, log_entries, log_names
from tasking.warehouse.visibility import PUBLIC_VISIBILITY, Visibility, restricted_incidents
from tasking.warehouse.withheld import readable_proposals, readable_reports, withheld_incidents, withheld_taskings

DAY, AT = dt.date(2026, 10, 22), dt.datetime(2026, 10, 22, 5, 0, tzinfo=dt.UTC)
FULL_VISIBILITY = Visibility(has_restricted=True)


@pytest.fixture
def warehouse(database_url):
    """police:1 is restricted and in I-1 with police:2; police:3 is in I-2, police:4 in I-3, of which police:1 once was."""
    opened = open_warehouse(database_url, ROOT / "include" / "sql")
    with opened.writing() as connection:
        for number in range(1, 5):
            connection.execute(sa.insert(tables.report).values(**report(number)))
            connection.execute(sa.insert(tables.report_person).values(report_id=f"police:{number}", revision=1))
        for number, incident, left in ((1, "I-3", DAY), (1, "I-1", None), (2, "I-1", None), (3, "I-2", None),
                                       (4, "I-3", None)):  # fmt: skip
            connection.execute(sa.insert(tables.incident_report).values(
                report_id=f"police:{number}", linked_on=DAY - dt.timedelta(days=bool(left)), left_on=left,
                incident_id=incident, linked_to="police:1" if number == 4 else None, score=0.9, version="x",
                evidence=[["when", "received together", 1.0]],
            ))  # fmt: skip
        connection.execute(sa.insert(tables.delivery).values(
            delivery_id="d", feed="police", day=DAY, sha256="s", file_name="f.csv", size_bytes=1, outcome="landed",
            reason="", notes=[], received_at=AT,
            **dict.fromkeys(("rows_in", "new_reports", "repeats", "revisions", "held", "out_of_area"), 0),
        ))  # fmt: skip
        for number, reference, is_restricted in ((1, "9", True), (2, "1", False), (3, "2", False), (4, None, False),
                                                 (5, "8", False)):  # fmt: skip
            connection.execute(sa.insert(tables.held).values(
                held_id=f"d:{number}", delivery_id="d", feed="police", day=DAY, row_number=number, source_ref=reference,
                reason="not a date", can_be_released=True, row_as_sent={}, columns_at_fault=[], about={},
                is_restricted=is_restricted, state="held",
            ))  # fmt: skip
    yield opened
    opened.engine.dispose()


def report(number: int, **changed) -> dict:
    blank = {"bool": False, "utc": None, "float": None, "str": None}
    values = {name: blank[kind] for name, kind in REPORT_COLUMNS.items()}
    return values | {
        "report_id": f"police:{number}", "revision": 1, "feed": "police", "day": DAY, "delivery_id": "d",
        "row_number": number, "content_hash": "h", "source_ref": str(number), "received_at": AT, "category": "noise",
        "is_restricted": number == 1,
    } | changed  # fmt: skip


def add(warehouse, table, **values) -> None:
    with warehouse.writing() as connection:
        connection.execute(sa.insert(table).values(**values))


def listed(warehouse, visibility) -> set[str]:
    """The incidents that somebody sees. The restricted register has the others, found in another way."""

    def among(wanted: IncidentFilter, reader: Visibility) -> set[str]:
        return {one.incident_id for one in incidents(warehouse, wanted, reader, None, 10)}

    shown, hidden = (
        among(IncidentFilter(), PUBLIC_VISIBILITY),
        among(IncidentFilter(is_restricted=True), FULL_VISIBILITY),
    )
    with warehouse.reading() as connection:
        assert set(connection.execute(restricted_incidents()).scalars()) == hidden
    assert among(IncidentFilter(), FULL_VISIBILITY) == shown | hidden
    assert not shown & hidden
    assert restricted_count(warehouse, FULL_VISIBILITY) == len(hidden)
    assert restricted_count(warehouse, PUBLIC_VISIBILITY) == 0
    return among(IncidentFilter(), visibility)


def test_one_restricted_report_makes_its_incident_restricted(warehouse):
    assert listed(warehouse, PUBLIC_VISIBILITY) == {"I-2", "I-3"}
    assert listed(warehouse, FULL_VISIBILITY) == {"I-1", "I-2", "I-3"}
    assert (
        reports_side_by_side(warehouse, "I-1", PUBLIC_VISIBILITY)
        == reports_side_by_side(warehouse, "I-9", PUBLIC_VISIBILITY)
        == []
    )
    assert [row["report_id"] for row in reports_side_by_side(warehouse, "I-1", FULL_VISIBILITY)] == [
        "police:1",
        "police:2",
    ]


def test_a_reference_finds_no_restricted_incident_by_any_of_its_names(warehouse):
    for name in ("1", "2", "police:1", "police:2", "I-1", "nothing"):
        assert incidents_named(warehouse, name, ["police"], PUBLIC_VISIBILITY) == []
    assert incidents_named(warehouse, "2", ["police"], FULL_VISIBILITY) == ["I-1"]
    assert incidents_named(warehouse, "3", ["police"], PUBLIC_VISIBILITY) == ["I-2"]


def test_a_report_is_restricted_by_itself_or_by_its_incident(warehouse):
    ids = [f"police:{number}" for number in range(1, 6)]
    assert readable_reports(warehouse, ids, PUBLIC_VISIBILITY) == {"police:3", "police:4"}
    assert [row["source_ref"] for row in reports_of_day(warehouse, "police", DAY, PUBLIC_VISIBILITY, 0, 10)] == [
        "3",
        "4",
    ]


def test_a_report_that_is_in_no_incident_yet_is_restricted_by_itself(warehouse):
    add(warehouse, tables.report, **report(7, is_restricted=True))
    assert readable_reports(warehouse, ["police:7"], PUBLIC_VISIBILITY) == frozenset()


def test_what_a_later_revision_says_counts(warehouse):
    with warehouse.writing() as connection:
        connection.execute(sa.update(tables.report).where(tables.report.c.report_id == "police:3")
                           .values(superseded_on=DAY))  # fmt: skip
        connection.execute(sa.insert(tables.report).values(**report(3, revision=2, is_restricted=True)))
        connection.execute(sa.insert(tables.report_person).values(report_id="police:3", revision=2))
    assert listed(warehouse, PUBLIC_VISIBILITY) == {"I-3"}


def test_a_link_to_a_report_that_left_is_not_shown(warehouse):
    (side,) = reports_side_by_side(warehouse, "I-3", PUBLIC_VISIBILITY)
    assert (side["linked_to"], side["evidence"]) == (None, ())


def test_held_rows_under_the_reference_of_a_restricted_report_are_not_listed(warehouse):
    shown = [row["held_id"] for row in held(warehouse, HeldFilter(), PUBLIC_VISIBILITY, None, 10)]
    assert shown == ["d:5", "d:4"]
    assert [one["held_rows"] for one in held_reasons(warehouse, PUBLIC_VISIBILITY)] == [2]
    assert [one["held_rows"] for one in held_reasons(warehouse, FULL_VISIBILITY)] == [5]
    assert [held_row(warehouse, f"d:{number}", PUBLIC_VISIBILITY) is None for number in (1, 2, 3, 4, 9)] == [
        True, True, True, False, True,
    ]  # fmt: skip
    assert held_row(warehouse, "d:3", FULL_VISIBILITY)["is_withheld"] is True
    assert held_row(warehouse, "d:4", FULL_VISIBILITY)["is_withheld"] is False


def test_a_decision_on_a_restricted_report_is_not_told_beside_the_other_one(warehouse):
    for number, (a, b) in enumerate((("police:3", "police:1"), ("police:3", "police:4")), 1):
        add(warehouse, tables.link_decision, decision_number=number, report_a=a, report_b=b, is_same=False,
            decided_at=AT + dt.timedelta(minutes=number), actor="keeper", note=f"{a} {b}")  # fmt: skip
    assert [one["note"] for one in decisions_on(warehouse, ["police:3"], PUBLIC_VISIBILITY)] == ["police:3 police:4"]
    assert len(decisions_on(warehouse, ["police:3"], FULL_VISIBILITY)) == 2


def proposal(warehouse, name: str, *incident_ids: str, counts_restricted: bool = False, is_restricted: bool = False):
    evidence = {"incidents": [{"incident_id": one, "is_restricted": counts_restricted} for one in incident_ids]}
    add(warehouse, tables.proposal, proposal_id=name, raised_on=DAY, rule="cluster", theme="noise", subject="The Vine",
        subject_key="k", is_restricted=is_restricted, evidence=evidence)  # fmt: skip


def test_a_proposal_is_withheld_that_counts_what_is_restricted_or_has_nothing_else_left(warehouse):
    proposal(warehouse, "D-open", "I-2", "I-3")
    proposal(warehouse, "D-partly", "I-1", "I-2")  # what it rests on in part has become restricted since
    proposal(warehouse, "D-wholly", "I-1")
    proposal(warehouse, "D-flagged", "I-2", is_restricted=True)
    proposal(warehouse, "D-counted", "I-2", counts_restricted=True)
    names = ["D-open", "D-partly", "D-wholly", "D-flagged", "D-counted", "D-none"]
    assert readable_proposals(warehouse, names, PUBLIC_VISIBILITY) == {"D-open", "D-partly"}
    assert readable_proposals(warehouse, names, FULL_VISIBILITY) == set(names) - {"D-none"}


def test_a_tasking_goes_with_its_incident_and_its_group(warehouse):
    proposal(warehouse, "D-flagged", "I-2", is_restricted=True)
    for name, incident, group in (("T-1", "I-1", None), ("T-2", "I-2", None), ("T-3", None, "D-flagged"),
                                  ("T-4", None, None)):  # fmt: skip
        add(warehouse, tables.tasking, tasking_id=name, proposed_on=DAY, what="look", place="", owner="hale",
            due_on=DAY, why="", incident_id=incident, proposal_id=group)  # fmt: skip
    assert withheld_taskings(warehouse, PUBLIC_VISIBILITY) == {"T-1", "T-3"}
    assert withheld_taskings(warehouse, PUBLIC_VISIBILITY, ["T-2", "T-3"]) == {"T-3"}
    assert withheld_taskings(warehouse, FULL_VISIBILITY) == frozenset()


def test_an_incident_that_is_no_more_is_as_its_reports_are(warehouse):
    with warehouse.writing() as connection:
        i = tables.incident_report
        connection.execute(sa.update(i).where(i.c.report_id == "police:4").values(left_on=DAY))
    assert withheld_incidents(warehouse, ["I-1", "I-2", "I-3", "I-none"], PUBLIC_VISIBILITY) == {"I-1", "I-3"}


def test_the_log_leaves_out_what_was_done_to_something_restricted(warehouse):
    told = ["I-2", "I-1", "police:3 police:1", "police:3 police:4", "d:2", "police 2026-10-22", "I-1"]
    for number, subject in enumerate(told, 1):
        action = "restricted incident looked at" if number == len(told) else f"did {number}"
        add(warehouse, tables.log, entry_number=number, at=AT, actor=f"a{number}", action=action, subject=subject,
            note="", entry_hash="h")  # fmt: skip
    shown = [entry["subject"] for entry in log_entries(warehouse, LogFilter(), PUBLIC_VISIBILITY)]
    assert shown == ["police 2026-10-22", "police:3 police:4", "I-2"]
    assert len(list(log_entries(warehouse, LogFilter(), FULL_VISIBILITY))) == len(told)
    assert log_names(warehouse, PUBLIC_VISIBILITY) == (["a1", "a4", "a6"], ["did 1", "did 4", "did 6"])


def test_the_names_in_the_log_are_asked_for_at_once_and_those_behind_something_restricted_are_found(warehouse):
    told = [("hale", "looked", "I-2"), ("hale", "looked", "I-1"), ("marsh", "looked", "I-1"), ("obi", "merged", "I-2"),
            ("obi", "split", "I-2")]  # fmt: skip
    for number, (actor, action, subject) in enumerate(told, 1):
        add(warehouse, tables.log, entry_number=number, at=AT, actor=actor, action=action, subject=subject, note="",
            entry_hash="h")  # fmt: skip
    assert log_names(warehouse, PUBLIC_VISIBILITY) == (["hale", "obi"], ["looked", "merged", "split"])
    asked: list[str] = []
    sa.event.listen(warehouse.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert log_names(warehouse, FULL_VISIBILITY) == (["hale", "marsh", "obi"], ["looked", "merged", "split"])
    assert len([one for one in asked if "FROM log" in one]) == 1


def linked(day: dt.date, **incidents) -> Linkage:
    """I_9="12": police:1 and police:2 are in the incident I-9."""
    return Linkage(tuple(Membership(f"police:{one}", name.replace("_", "-"), None)
                         for name, reports in incidents.items() for one in reports), (), "x")  # fmt: skip


def relinked(warehouse, *days: tuple[dt.date, dict[str, str]]) -> None:
    for day, some in days:
        store_linkage(warehouse, day, linked(day, **some), 0)


def test_the_name_that_linking_again_took_from_an_incident_is_as_its_reports_are(warehouse):
    proposal(warehouse, "D-1", "I-1")
    relinked(warehouse, (DAY, {"I_4": "1", "I_5": "2", "I_6": "3", "I_7": "4"}))
    clear_doubts(warehouse, DAY)
    assert withheld_incidents(warehouse, ["I-1", "I-2", "I-3", "I-4", "I-6"], PUBLIC_VISIBILITY) == {
        "I-1",
        "I-3",
        "I-4",
    }
    assert readable_proposals(warehouse, ["D-1"], PUBLIC_VISIBILITY) == frozenset()
    assert restricted_among(warehouse, [{"incident_id": one} for one in ("I-1", "I-2")], DAY) == {"I-1"}
    assert readable_reports(warehouse, [f"police:{one}" for one in "1234"], PUBLIC_VISIBILITY) == {
        "police:2", "police:3", "police:4",
    }  # fmt: skip


def test_a_proposal_is_judged_by_the_reports_that_it_quotes(warehouse):
    evidence = {"incidents": [{"incident_id": "I-nowhere", "reports": ["police:2"]}]}
    add(warehouse, tables.proposal, proposal_id="D-1", raised_on=DAY, rule="cluster", theme="noise", subject="The Vine",
        subject_key="k", is_restricted=False, evidence=evidence)  # fmt: skip
    assert readable_proposals(warehouse, ["D-1"], PUBLIC_VISIBILITY) == frozenset()
    assert restricted_among(warehouse, evidence["incidents"], DAY) == {"I-nowhere"}


def test_what_is_restricted_stays_so_while_linking_runs_again(warehouse):
    after = DAY + dt.timedelta(days=1)
    add(warehouse, tables.report, **report(8, day=after))
    relinked(warehouse, (after, {"I_1": "1238"}))  # police:3 leaves I-2 for the restricted one
    assert listed(warehouse, PUBLIC_VISIBILITY) == {"I-3"}
    relinked(warehouse, (DAY, {"I_1": "1", "I_5": "2", "I_2": "3", "I_3": "4"}))  # and the next day is not there yet
    assert listed(warehouse, PUBLIC_VISIBILITY) == {"I-3"}
    assert readable_reports(warehouse, [f"police:{one}" for one in "12348"], PUBLIC_VISIBILITY) == {"police:4"}
    assert withheld_incidents(warehouse, ["I-1", "I-2", "I-5"], PUBLIC_VISIBILITY) == {"I-1", "I-2", "I-5"}
    clear_doubts(warehouse, after)
    assert listed(warehouse, PUBLIC_VISIBILITY) == {"I-2", "I-3", "I-5"}


def test_a_held_row_under_another_spelling_of_a_restricted_reference_is_not_listed(warehouse):
    add(warehouse, tables.report, **report(9, source_ref="SDC-700002", is_restricted=True))
    add(warehouse, tables.report, **report(10, source_ref="SDC-700003"))
    forms = ("sdc-700002", "SDC\u2010700002", "SDC-700002.0", "'SDC-700002", "sdc-700003", "SDC-70000")
    for number, form in enumerate(forms):
        add(warehouse, tables.held, held_id=f"e:{number}", delivery_id="d", feed="police", day=DAY, row_number=number,
            source_ref=form, reason="not a date", can_be_released=True, row_as_sent={}, columns_at_fault=[], about={},
            is_restricted=False, state="held")  # fmt: skip
    shown = [row["held_id"] for row in held(warehouse, HeldFilter(), PUBLIC_VISIBILITY, None, 20)]
    assert [one for one in shown if one.startswith("e")] == ["e:5", "e:4"]
