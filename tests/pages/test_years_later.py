"""The desk years later: the words and people of reports are no longer kept, the reports and incidents are."""

import datetime as dt

import pytest
from casefile.conftest import a_shared_incident

from tasking.model.access import May
from tasking.privacy import retention

from .conftest import LAST, Pages


@pytest.fixture
def years_later(pages) -> Pages:
    desk = pages(frozenset(May))
    kept_for = desk.opened.partnership.retention
    removed = retention.purge(desk.opened.privacy, LAST + dt.timedelta(days=kept_for.people_days + 1))
    assert removed["people"]
    assert not removed["reports"]
    return desk


def test_an_incident_can_be_opened_for_as_long_as_it_is_kept(years_later):
    incident = a_shared_incident(years_later.opened)
    answer = years_later.get(f"/incidents/{incident}")
    assert answer.status_code == 200
    assert "Report 2" in answer.text


def test_possible_duplicates_that_nobody_has_answered_do_not_stop_the_page(years_later):
    answer = years_later.get("/incidents/confirm")
    assert answer.status_code == 200
    assert 'name="is_same"' in answer.text
