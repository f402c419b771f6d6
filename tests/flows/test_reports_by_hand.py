"""A report by hand: stored and counted like a partner's row, once for each form, in the right briefing."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from conftest import TestDesk, empty_database, home_for

from tasking import flows
from tasking.briefing.phrases import overnight
from tasking.intake import by_hand
from tasking.intake.by_hand import NewReport
from tasking.model.errors import TaskingError
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

FORM, OTHER_FORM = "0" * 32, "1" * 32
CALL = NewReport(
    'Loud music until two, =1+1 "again"\nand shouting — Ξένος', "noise", place="behind the café at Bradbourne Lakes",
    occurred_on=dt.date(2026, 10, 21), occurred_at=dt.time(22, 10), caller_name="Ann Test",
    caller_phone="01632 960 001", wants_contact=True,
)  # fmt: skip
TEN_ON_THURSDAY = dt.datetime(2026, 10, 22, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request, tmp_path_factory):
    with empty_database(request.param, tmp_path_factory.mktemp("by_hand")) as url:
        yield url


@pytest.fixture(scope="module")
def desk(database_url, tmp_path_factory) -> TestDesk:
    folder = tmp_path_factory.mktemp("home")
    (folder / "drops").mkdir()
    return TestDesk(home_for(folder / "home"), folder / "drops", database_url, now=TEN_ON_THURSDAY)


@pytest.fixture(scope="module")
def taken(desk):
    return by_hand.take(desk.open().intake, FORM, CALL, "hale")


def test_a_call_is_a_report_with_a_reference_for_the_caller(desk, taken):
    assert (taken.reference, taken.is_first, taken.is_restricted) == ("CSU-26-000001", True, False)
    row = desk.open().intake.report(taken.report_id, PUBLIC_VISIBILITY)
    assert (row["category"], row["place_name"], row["ward"]) == ("noise", "Bradbourne Lakes", "Sevenoaks Northern")
    assert (row["text"], row["caller_name"], row["caller_phone"]) == (CALL.text, "Ann Test", "+441632960001")
    assert row["occurred_from"] == dt.datetime(2026, 10, 21, 21, 10, tzinfo=dt.UTC)
    assert row["wants_feedback"]


def test_a_form_that_is_sent_twice_makes_one_report(desk, taken):
    again = by_hand.take(desk.open().intake, FORM, CALL, "hale")
    assert (again.reference, again.is_first) == (taken.reference, False)
    assert len([one for one in desk.rows("report") if one["source_ref"] == taken.reference]) == 1


def test_two_presses_at_once_make_one_report(desk):
    service = desk.open().intake
    made: list[str] = []
    both = [
        threading.Thread(target=lambda: made.append(by_hand.take(service, "2" * 32, CALL, "hale").reference))
        for _ in range(2)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join(120)
    assert len(made) == 2
    assert len(set(made)) == 1
    assert len([one for one in desk.rows("report") if one["source_ref"] == made[0]]) == 1


def test_every_row_of_it_is_in_the_ledger(desk, taken):
    by_hand.take(
        desk.open().intake, OTHER_FORM, replace(CALL, text="another call about a bonfire", category="smoke"), "hale"
    )
    row = desk.ledger()[str(taken.day), "desk"]
    assert row["rows_in"] == row["new_reports"] >= 2
    flows.check_promises(desk.open(), taken.day)


@pytest.mark.parametrize(
    ("at", "day", "briefing"),
    [
        ("2026-10-22T04:59", "2026-10-22", "2026-10-22"),  # 05:59 in London
        ("2026-10-22T05:00", "2026-10-23", "2026-10-23"),
        ("2026-10-23T09:00", "2026-10-24", "2026-10-26"),  # a Friday: Monday's briefing
        ("2026-12-24T10:00", "2026-12-25", "2026-12-29"),  # Boxing Day's holiday is on Monday 28
        ("2026-10-25T05:30", "2026-10-25", "2026-10-26"),  # the clocks go back: 05:30 in London
        ("2026-12-31T23:30", "2027-01-01", "2027-01-04"),
    ],
)
def test_it_belongs_to_the_reporting_day_of_its_moment(desk, at, day, briefing):
    service = desk.open().intake
    found = by_hand.reporting_day(service, dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC))
    assert (str(found), str(by_hand.briefing_on(service, found))) == (day, briefing)


def test_it_is_linked_and_in_the_next_briefing_and_its_giver_is_no_partner(desk, taken):
    desk.now = dt.datetime(2026, 10, 23, 6, 31, tzinfo=dt.UTC)
    opened = desk.open()
    flows.link(opened, taken.day)
    assert opened.linkage.incidents_named(taken.report_id, (), FULL_VISIBILITY)
    briefing = desk.run("2026-10-23", is_posting=False).briefing
    desk.now = TEN_ON_THURSDAY
    assert "Noise" in [one.label for one in briefing.night]
    taken_in = desk.ledger()["2026-10-23", "desk"]["new_reports"]
    assert briefing.new_by_hand == briefing.new_reports == taken_in > 0
    assert overnight(briefing).startswith(f"{taken_in} new report")
    assert briefing.partners == 0
    assert opened.partnership.name not in [one.partner for one in briefing.feeds]
    assert len(briefing.feeds) == len(opened.partnership.feeds)
    assert len(briefing.notices) == len(opened.partnership.feeds)  # each missing, as before
    assert briefing.is_balanced


def test_words_or_a_category_restrict_it(desk):
    service = desk.open().intake
    assert by_hand.check(service, replace(CALL, category="safeguarding")).is_restricted
    assert by_hand.check(service, replace(CALL, text="she says he is domestic abuse and stalking her")).is_restricted
    made = by_hand.take(service, "3" * 32, replace(CALL, category="prevent"), "hale")
    assert made.is_restricted
    assert service.report(made.report_id, PUBLIC_VISIBILITY) is None
    assert service.report(made.report_id, FULL_VISIBILITY)["category"] == "prevent"


@pytest.mark.parametrize("number", range(38))
def test_every_category_is_stored_as_it_was_chosen(desk, number):
    service = desk.open().intake
    one = service.conventions.categories.categories[number]
    made = by_hand.take(service, f"{number + 256:032x}", replace(CALL, category=one.code), "hale")
    row = service.report(made.report_id, FULL_VISIBILITY)
    assert (row["category"], row["priority"], row["asb_kind"]) == (one.code, one.priority, one.asb_kind)
    assert row["is_restricted"] or not one.restricted


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"text": "  \n "}, "text"),
        ({"text": "n/a"}, "text"),
        ({"text": "x" * 9000}, "text"),
        ({"text": "a lone \ud800 surrogate"}, "text"),
        ({"category": "unknown"}, "category"),
        ({"category": "<b>"}, "category"),
        ({"postcode": "nowhere"}, "postcode"),
        ({"occurred_on": dt.date(2026, 10, 23)}, "occurred_on"),
        ({"occurred_on": dt.date(2020, 1, 1)}, "occurred_on"),
        ({"occurred_on": None}, "occurred_on"),
        ({"occurred_on": dt.date(2026, 10, 22), "occurred_at": dt.time(23, 0)}, "occurred_at"),
        ({"caller_phone": "ring me"}, "caller_phone"),
        ({"caller_email": "nobody"}, "caller_email"),
        ({"is_anonymous": True}, "wants_contact"),
        ({"caller_phone": ""}, "caller_phone"),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_field(desk, changed, field):
    count = len(desk.rows("report_by_hand"))
    with pytest.raises(TaskingError) as found:
        by_hand.take(desk.open().intake, "f" * 32, replace(CALL, **changed), "hale")
    assert found.value.field == field
    assert len(desk.rows("report_by_hand")) == count


def test_a_place_that_several_towns_have_is_asked_for(desk):
    service = desk.open().intake
    found = by_hand.choices(service, replace(CALL, place="High Street"))
    assert {"High Street, Westerham", "High Street, Swanley"} & {one.name for one in found}
    assert len(found) > 3
    assert by_hand.check(service, replace(CALL, place="High Street")).place is None
    chosen = by_hand.check(service, replace(CALL, place="High Street", chosen=found[-1].name)).place
    assert chosen == found[-1]
    assert by_hand.choices(service, replace(CALL, place="High Street, Swanley"))[0].name == "High Street, Swanley"
    assert by_hand.choices(service, replace(CALL, place="Ξένος 中文")) == []
    assert by_hand.choices(service, replace(CALL, place="")) == []


def test_the_hour_that_came_twice_is_not_in_the_future_and_the_one_left_out_is_asked_for_again(desk):
    at_ten_past_one_again = replace(desk, now=dt.datetime(2026, 10, 25, 1, 10, tzinfo=dt.UTC), others={})
    service = at_ten_past_one_again.open().intake
    half_past_one = replace(CALL, occurred_on=dt.date(2026, 10, 25), occurred_at=dt.time(1, 30))
    assert by_hand.check(service, half_past_one).new == half_past_one
    with pytest.raises(TaskingError, match="not in the future"):
        by_hand.check(service, replace(half_past_one, occurred_at=dt.time(2, 30)))
    with pytest.raises(TaskingError, match="There was no 01:30 on 29 March 2026") as refused:
        by_hand.check(service, replace(half_past_one, occurred_on=dt.date(2026, 3, 29)))
    assert refused.value.field == "occurred_at"
