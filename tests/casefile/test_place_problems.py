"""The page of a place shows the problems that incidents there are part of, as the pages of these incidents do."""

import re
from urllib.parse import quote

import pytest
from pages.conftest import OFFICER, Pages

from tasking import meeting
from tasking.linkage.incident_filter import IncidentFilter
from tasking.model.access import May
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

from .conftest import run_sql

PROBLEMS = re.compile(r"<h2>Problems, groups and proposals</h2>(.*?)</section>", re.DOTALL)


@pytest.fixture
def of_a_rule(services):
    """of_a_rule(is_placed): (a public proposal by such a rule, an incident of its evidence, the place of that), where
    the proposal is not called after the place."""

    def found(*, is_placed: bool):
        rules = {rule.rule for rule in services.rules if rule.is_placed == is_placed}
        hidden = services.guard.withheld_proposals(PUBLIC_VISIBILITY)
        for one in meeting.tracked_proposals(services.meeting):
            if one.proposal.rule not in rules or one.proposal.proposal_id in hidden:
                continue
            wanted = IncidentFilter(ids=tuple(one.incident_ids))
            for row in services.linkage.incidents(wanted, PUBLIC_VISIBILITY, None, 50):
                name = services.gazetteer.public_name(row.place_name)[0] if row.place_name else None
                if name and name == row.place_name and name != one.proposal.subject:
                    return one, row.incident_id, name
        raise AssertionError("no such proposal")

    return found


def problems_at(pages: Pages, place: str) -> str:
    return PROBLEMS.search(pages.get(f"/places?name={quote(place)}").text)[1]


def test_a_problem_is_linked_with_the_title_of_its_rule(copied, services, of_a_rule):
    one, incident, place = of_a_rule(is_placed=True)
    link = f'href="/groups/{one.proposal.proposal_id}"'
    title = next(rule.title for rule in services.rules if rule.rule == one.proposal.rule)
    for may in (OFFICER, frozenset({May.READ})):
        pages = Pages(copied, may)
        assert link in pages.get(f"/incidents/{incident}").text
        shown = problems_at(pages, place)
        assert link in shown
        assert title in shown


def test_a_problem_of_a_person_is_for_those_who_may_read_details(copied, of_a_rule):
    one, _, place = of_a_rule(is_placed=False)
    link = f'href="/groups/{one.proposal.proposal_id}"'
    assert link in problems_at(Pages(copied, OFFICER), place)
    assert link not in problems_at(Pages(copied, frozenset({May.READ})), place)


def test_a_restricted_problem_is_on_no_page_of_a_place(copied, services, of_a_rule):
    one, _, place = of_a_rule(is_placed=True)
    run_sql(services, "UPDATE proposal SET is_restricted = true WHERE proposal_id = :id", id=one.proposal.proposal_id)
    assert f'href="/groups/{one.proposal.proposal_id}"' not in problems_at(Pages(copied, frozenset(May)), place)
