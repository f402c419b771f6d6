"""What a proposal rests on is read whichever version stored it, and so are the steps that were taken with it."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from conftest import ROOT

from tasking.config.rule import Rule
from tasking.config.yaml_file import read_yaml
from tasking.linkage.store.incidents import evidence_of as link_evidence
from tasking.meeting.explanation import detail_of, evidence_of, explanation_lines
from tasking.model.proposal import Standing, Status, Step, Verb
from tasking.model.trigger import EVIDENCE_SCHEMA, Finding, Proposal, evidence_from_stored

DAY, LONDON = dt.date(2026, 10, 22), ZoneInfo("Europe/London")
CLUSTER = Rule.model_validate(read_yaml(ROOT / "include" / "rules" / "cluster.yml"))


def proposal(evidence) -> Proposal:
    return Proposal("D-20261022-00000001", DAY, "cluster", "asb", "The Vine", "k", None, None, False, evidence)


def test_evidence_says_its_schema():
    written = evidence_of(CLUSTER, Finding("asb", "k", (), {"incidents": 4}), [], {}, {"day": DAY}, LONDON)
    assert written["schema"] == EVIDENCE_SCHEMA == 2


def test_evidence_that_lacks_what_later_versions_keep_is_told_all_the_same():
    sparse = evidence_from_stored(
        {"rule": "cluster", "incidents": [{"incident_id": "I1", "reports": ["police:1"]}]}, DAY
    )
    lines = explanation_lines(proposal(sparse), (), {}, {}, LONDON)
    assert "Raised on Thu 22 Oct 2026 by the rule cluster" in lines[1]
    assert any("police:1" in line for line in lines)


def test_an_incident_of_which_nothing_is_said_counts_as_restricted():
    assert evidence_from_stored({"incidents": [{"incident_id": "I1"}]}, DAY)["incidents"][0]["is_restricted"] is True


def test_what_a_later_version_put_into_evidence_is_kept():
    stored = {"schema": 7, "weather": "wet", "incidents": [{"incident_id": "I1", "lamp": 1}]}
    read = evidence_from_stored(stored, DAY)
    assert (read["schema"], read["weather"], read["incidents"][0]["lamp"]) == (7, "wet", 1)


def test_a_count_that_a_rule_asks_for_now_and_was_not_made_then_is_said_to_be_lacking():
    wording = CLUSTER.wording.model_copy(update={"detail": "{incidents} incidents, {complainants} complainants"})
    now = CLUSTER.model_copy(update={"wording": wording})
    then = evidence_from_stored({"counts": {"incidents": 5}}, DAY)
    assert detail_of(now, then, "The Vine") == "5 incidents, (complainants: not counted at the time) complainants"


@pytest.mark.parametrize("verb", ["weigh", "", "TAKE"])
def test_a_step_that_only_a_later_version_knows_changes_nothing(verb):
    at = dt.datetime(2026, 10, 22, 8, tzinfo=dt.UTC)
    steps = (Step("T-1", Verb.TAKE, "x", at, DAY), Step("T-1", Verb(verb), "x", at, DAY))
    assert Standing(steps, is_tasking=True).status == Status.OPEN
    assert Verb.OTHER not in Standing(steps, is_tasking=True).open_verbs


def test_evidence_of_a_link_that_says_more_than_we_know_is_read_as_far_as_it_is_known():
    assert link_evidence([["where", "same spot", 2.5, {"metres": 12}]])[0].words == "same spot"
