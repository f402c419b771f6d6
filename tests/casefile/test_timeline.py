"""The timeline: everything that happened to an incident, in order, with nothing of another one."""

import datetime as dt
from dataclasses import replace

from tasking import casefile, meeting
from tasking.linkage import decisions
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.follow_up import Contact, How, Result
from tasking.model.proposal import Step, Verb
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import a_restricted_incident, a_shared_incident, reports_of, run_sql


def around_of(services, incident, ids) -> casefile.Around:
    names = {incident, *casefile.former_names_of(services.casefile, ids)}
    taskings = [one for one in meeting.taskings(services.meeting, is_all=True) if one.incident_id in names]
    proposals: list[TrackedProposal] = [
        one for one in meeting.tracked_proposals(services.meeting) if incident in one.incident_ids
    ]
    follow_ups = meeting.follow_ups(services.meeting, PUBLIC_VISIBILITY, incident)
    briefed_on = casefile.briefing_days_of(services.casefile, incident, reports_of(services, incident))
    decided = services.linkage.decisions_on(ids, PUBLIC_VISIBILITY)
    return casefile.Around(decided, taskings, proposals, follow_ups, briefed_on)


def timeline(services, incident):
    rows = reports_of(services, incident)
    around = around_of(services, incident, [row["report_id"] for row in rows])
    return casefile.timeline_of(services.casefile, incident, rows, around, PUBLIC_VISIBILITY)


def test_reports_links_briefings_taskings_steps_and_contacts_are_in_it_in_order(services, copied):
    incident = a_shared_incident(services)
    one = meeting.add_tasking(services.meeting, "Sgt Hale", "look after the swan", "Kent Police", "", dt.date(2026, 11, 9),
                              incident)  # fmt: skip
    later = replace(services, clock=lambda: copied.now + dt.timedelta(hours=1))
    meeting.decide(later.meeting, one, meeting.tasking_of(later.meeting, one).standing.steps[0].verb.DONE, "Sgt Hale")
    entries = timeline(services, incident)
    words = [entry.words for entry in entries]
    assert words[0] == "Tasking done: look after the swan"
    assert len([entry for entry in entries if entry.kind == "report"]) == len(reports_of(services, incident))
    assert {"link", "briefing", "tasking"} <= {entry.kind for entry in entries}
    days = [entry.day for entry in entries]
    assert days == sorted(days, reverse=True)
    assert any(word.startswith("In the briefing of ") and word.endswith("2026") for word in words)


def test_a_contact_and_a_decision_are_in_it_and_their_notes_apart(services):
    found = next(
        one for one in meeting.follow_ups(services.meeting, PUBLIC_VISIBILITY)
        if one.settled_by is None and one.reports[0].incident_id
    )  # fmt: skip
    contact = Contact(How.CALL, "Kent Police", services.clock(), Result.REACHED, "kettlewhisper was glad")
    meeting.record_contact(services.meeting, found, "PC Moss", contact)
    entries = timeline(services, found.reports[0].incident_id)
    told = next(entry for entry in entries if entry.kind == "follow-up")
    assert told.words == "Follow-up: call by Kent Police: reached"
    assert told.details == "kettlewhisper was glad"
    assert not [entry for entry in entries if "kettlewhisper" in entry.words]


def test_a_revision_says_what_changed_and_no_word_of_it(services):
    incident = a_shared_incident(services)
    report = reports_of(services, incident)[0]["report_id"]
    columns = """feed, delivery_id, row_number, content_hash, source_ref, received_at, category, is_restricted,
        is_occurred_time_known, is_out_of_area, is_anonymous, wants_feedback, is_vulnerable"""
    statement = (
        "INSERT INTO report (report_id, revision, day, place_name, {columns}) SELECT report_id, 99, "
        "'2026-11-02', 'The Vine', {columns} FROM report WHERE report_id = :one AND superseded_on IS NULL"
    )
    run_sql(services, statement.replace("{columns}", columns), one=report)
    run_sql(
        services, "INSERT INTO report_person (report_id, revision, text) VALUES (:one, 99, 'kettlewhisper')", one=report
    )
    changed = next(entry for entry in timeline(services, incident) if entry.kind == "revision")
    assert "the place" in changed.words
    assert "the description" in changed.words
    assert "kettlewhisper" not in repr(changed)


def test_after_a_split_nothing_is_said_of_what_is_restricted(services):
    incident = a_shared_incident(services)
    ids = [row["report_id"] for row in reports_of(services, incident)]
    secret = reports_of(services, a_restricted_incident(services))[0]["report_id"]
    decisions.keep_apart(services.linkage, ids[0], secret, "keeper", "bobbinquill")
    assert "bobbinquill" not in repr(timeline(services, incident))


def test_evidence_for_a_proposal_never_stands_before_the_reports_that_it_rests_on(services):
    looked_at = 0
    for one in meeting.tracked_proposals(services.meeting):
        for incident in one.incident_ids:
            rows = reports_of(services, incident)
            quoted = {row["report_id"]: row for row in rows} if rows else {}
            named = {report for some in one.proposal.evidence["incidents"] for report in some["reports"]}
            latest = max((quoted[report]["received_at"] for report in named & quoted.keys()), default=None)
            if latest is None:
                continue
            around = casefile.Around([], [], [one], [], [])
            entries = casefile.timeline_of(services.casefile, incident, rows, around, FULL_VISIBILITY)
            at = next(place for place, entry in enumerate(entries) if entry.words.startswith("Evidence for a proposal"))
            before = [entry for entry in entries[:at] if entry.kind == "report" and entry.at <= latest]
            assert before == [], "newest first: what stands above it came later"
            looked_at += 1
    assert looked_at > 3


def test_evidence_by_which_a_proposal_grew_has_the_day_on_which_it_grew(services):
    one = next(one for one in meeting.tracked_proposals(services.meeting) if one.incident_ids)
    incident = a_shared_incident(services)
    rows = reports_of(services, incident)
    grown_on = dt.date(2026, 11, 5)
    grown = {"rule": one.proposal.rule, "incidents": [{"incident_id": incident, "reports": [rows[0]["report_id"]]}]}
    step = Step(
        subject_id=one.proposal.proposal_id, number=99, verb=Verb.GROW, day=grown_on,
        at=dt.datetime(2026, 11, 5, 6, 40, tzinfo=dt.UTC), actor="tasking", details=grown,
    )  # fmt: skip
    tracked = one._replace(standing=one.standing._replace(history=(*one.standing.history, step)))
    around = casefile.Around([], [], [tracked], [], [])
    entries = casefile.timeline_of(services.casefile, incident, rows, around, PUBLIC_VISIBILITY)
    assert next(entry.day for entry in entries if entry.words.startswith("Evidence")) == grown_on
