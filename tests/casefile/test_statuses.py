"""Status and outcome: kept as steps, undone, and on the right reports after a merge and a split."""

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from tasking import casefile
from tasking.linkage import decisions
from tasking.model.casefile import IncidentState
from tasking.model.errors import TaskingError
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import a_restricted_incident, a_shared_incident, merged, reports_of, run_sql, two_incidents

CLOSED, IN_HAND, NEW = IncidentState.CLOSED, IncidentState.IN_HAND, IncidentState.NEW


def close(services, incident, outcome="resolved", actor="officer", **options):
    options = {"reason": "the swan is well", **options}
    return casefile.set_status(
        services.casefile, incident, reports_of(services, incident), actor, CLOSED, outcome, **options
    )


def status(services, incident, visibility=PUBLIC_VISIBILITY):
    return casefile.statuses_of(services.casefile, [incident], visibility)[incident]


def test_an_incident_is_new_then_in_hand_then_closed_with_an_outcome(services):
    incident = a_shared_incident(services)
    assert status(services, incident).words == "new"
    casefile.set_status(services.casefile, incident, reports_of(services, incident), "officer", IN_HAND)
    assert status(services, incident).words == "in hand"
    partner = casefile.partners_to_pass_to(services.casefile)[0]
    close(services, incident, "passed_on", passed_to=partner)
    assert status(services, incident).words == f"closed: passed to {partner}"


@pytest.mark.parametrize(
    ("outcome", "options", "field"),
    [
        ("unheard of", {}, "outcome"), ("", {}, "outcome"), ("passed_on", {}, "passed_to"),
        ("passed_on", {"passed_to": "Nobody Ltd"}, "passed_to"), ("resolved", {"reason": "  "}, "reason"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_by_its_field_and_nothing_is_stored(services, outcome, options, field):
    incident = a_shared_incident(services)
    with pytest.raises(TaskingError) as caught:
        close(services, incident, outcome, **options)
    assert caught.value.field == field
    assert status(services, incident).state == NEW


def test_the_newest_change_is_undone_the_same_day_and_later_with_a_reason(services, copied):
    incident = a_shared_incident(services)
    casefile.set_status(services.casefile, incident, reports_of(services, incident), "officer", IN_HAND)
    step = close(services, incident)
    casefile.undo_status(services.casefile, incident, reports_of(services, incident), "another", step.step_id)
    assert status(services, incident).words == "in hand"
    later = replace(services, clock=lambda: copied.now + dt.timedelta(days=1))
    newest = status(services, incident).step
    with pytest.raises(TaskingError, match="earlier day"):
        casefile.undo_status(later.casefile, incident, reports_of(services, incident), "officer", newest.step_id)
    casefile.undo_status(later.casefile, incident, reports_of(services, incident), "officer", newest.step_id, "slip")
    assert status(services, incident).words == "new"
    history = casefile.history_of(services.casefile, [row["report_id"] for row in reports_of(services, incident)],
                                  PUBLIC_VISIBILITY)  # fmt: skip
    assert [bool(one.undoes) for one in history] == [False, False, True, True]


def test_whoever_comes_second_is_told_who_was_first(services):
    incident = a_shared_incident(services)
    close(services, incident, actor="Sgt Hale", seen="")
    with pytest.raises(TaskingError, match="Sgt Hale changed it"):
        close(services, incident, "not_founded", actor="PC Moss", seen="")
    with pytest.raises(TaskingError, match="changed since"):
        casefile.undo_status(services.casefile, incident, reports_of(services, incident), "PC Moss", "S-none")


def test_a_merge_keeps_the_history_of_both_and_says_which_report_came_later(services):
    first, second = two_incidents(services)
    close(services, first)
    one = merged(services, first, second)
    stands = status(services, one)
    assert stands.words == "closed: resolved"
    assert stands.later_reports == 1
    close(services, one)  # again, for both
    assert status(services, one).later_reports == 0


def test_after_a_split_both_parts_show_the_history_up_to_then(services):
    incident = a_shared_incident(services)
    close(services, incident)
    reports = [row["report_id"] for row in reports_of(services, incident)]
    decisions.split(services.linkage, incident, reports[-1:], "officer")
    gone, left = (services.linkage.incidents_named(one, (), PUBLIC_VISIBILITY)[0] for one in (reports[-1], reports[0]))
    assert gone != left
    assert {status(services, one).words for one in (gone, left)} == {"closed: resolved"}
    casefile.set_status(services.casefile, gone, reports_of(services, gone), "officer", IN_HAND)
    assert status(services, gone).words == "in hand"
    assert status(services, left).words == "closed: resolved"


def test_what_was_said_while_an_incident_was_restricted_stays_with_those_who_may_see_that(services):
    incident = a_restricted_incident(services)
    step = close(services, incident, reason="her sister rang")
    assert step.is_restricted
    run_sql(services, "UPDATE report SET is_restricted = false")
    assert status(services, incident, FULL_VISIBILITY).state == CLOSED
    seen = status(services, incident)
    assert seen.state == NEW
    casefile.set_status(services.casefile, incident, reports_of(services, incident), "officer", IN_HAND, seen="",
                        visibility=PUBLIC_VISIBILITY)  # fmt: skip
    assert status(services, incident).words == "in hand"  # and nobody was told that there is another


def test_a_restricted_incident_has_no_status_for_others(services):
    incident = a_restricted_incident(services)
    close(services, incident)
    assert status(services, incident).words == "new"
    assert status(services, incident, FULL_VISIBILITY).words == "closed: resolved"


def test_the_export_has_status_and_outcome_at_its_end(services, copied, monkeypatch):
    from tasking.cli import app

    incident = a_shared_incident(services)
    close(services, incident)
    monkeypatch.setenv("TASKING_HOME", str(copied.home))
    monkeypatch.setenv("TASKING_DATABASE_URL", copied.database_url)
    monkeypatch.setenv("TASKING_PSEUDONYM_KEY", "ab" * 32)
    done = CliRunner().invoke(app, ["export", "incidents"])
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0])[-2:] == ["status", "outcome"]
    assert {row["incident_id"]: (row["status"], row["outcome"]) for row in rows}[incident] == ("closed", "resolved")
    assert sum(row["status"] == "new" for row in rows) == len(rows) - 1
    shown = CliRunner().invoke(app, ["incidents", "status", incident])
    assert f"{incident}: closed: resolved" in shown.stdout
