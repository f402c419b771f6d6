"""Follow-ups on SQLite and PostgreSQL: the same acts give the same list, the same counts and the same export."""

import datetime as dt

import pytest
from conftest import TestDesk, home_for

from tasking import meeting
from tasking.model.errors import TaskingError
from tasking.model.follow_up import Contact, How, Result
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

DAY = "2026-10-22"
NOW = dt.datetime(2026, 10, 22, 9, 0, tzinfo=dt.UTC)
ALL_DAYS = (dt.date.min, dt.date.max)


def acted_on(desk: TestDesk) -> tuple:
    """What is listed, counted and exported after a try, a contact, a cancellation that is undone, and one that is not."""
    desk.run(DAY, is_posting=False)
    service = desk.open().meeting
    first, second, third, *_ = meeting.follow_ups(service, PUBLIC_VISIBILITY)
    restricted = next(one for one in meeting.follow_ups(service, FULL_VISIBILITY) if one.is_restricted)
    contact = Contact(How.VISIT, "Kent Police", NOW, Result.NO_ANSWER)
    meeting.record_contact(service, first, "Sgt Hale", contact)
    meeting.record_contact(service, second, "Sgt Hale", contact._replace(result=Result.REACHED, note="grateful"))
    meeting.record_contact(service, restricted, "keeper", contact._replace(result=Result.LEFT_MESSAGE))
    assert meeting.cancel_follow_ups(service, [first.follow_up_id, third.follow_up_id], "Sgt Hale", "has moved") == 2
    meeting.undo_follow_up(service, meeting.follow_up_of(service, first.follow_up_id), "Sgt Hale")
    with pytest.raises(TaskingError, match="cancelled already"):
        meeting.cancel_follow_up(service, third, "PC Moss", "has moved")
    days = [dt.date(2026, 10, 22) + dt.timedelta(days=number) for number in range(-2, 6)]
    return (
        meeting.follow_ups(service, FULL_VISIBILITY),
        meeting.follow_ups(service, PUBLIC_VISIBILITY),
        meeting.follow_ups(service, PUBLIC_VISIBILITY, first.reports[0].incident_id),
        [meeting.follow_up_counts(service, day) for day in days],
        meeting.exported_follow_ups(service, *ALL_DAYS),
        meeting.callers_of(service, second, "Sgt Hale", PUBLIC_VISIBILITY),
        [(row["action"], row["subject"], row["note"]) for row in desk.rows("log") if "follow-up" in row["action"]],
    )


def test_what_people_record_is_the_same_on_both(database_url, deliveries, tmp_path):
    desk = TestDesk(home_for(tmp_path / "home"), deliveries.folder, database_url, now=NOW)
    reference = TestDesk(desk.home, deliveries.folder, f"sqlite:///{tmp_path / 'reference.db'}", now=NOW)
    found = acted_on(desk)
    assert found == acted_on(reference)
    listed, public, of_incident, counts, *_ = found
    assert len(public) < len(listed)
    assert 0 < len(of_incident) < len(public)
    on_the_day, after, last = counts[2], counts[3], counts[-1]
    assert after.people == on_the_day.people - 2
    assert (on_the_day.overdue, last.overdue) == (0, last.people)
