"""What is filled into the texts of a follow-up, and which file they are made from."""

import datetime as dt
import shutil

import pytest

from tasking.meeting.follow_up_texts import TEMPLATES, FollowUpTexts, text_values
from tasking.model.follow_up import How

from .conftest import open_ones, restricted_ones

ANN = {"caller_name": "Ann Reader", "caller_phone": "+447700900123", "caller_email": None}
BOB = ANN | {"caller_name": "Bob Reader"}


@pytest.fixture
def texts(copied):
    return copied.open().follow_up_texts


def several(service):
    return next(one for one in open_ones(service) if len(one.reports) > 2)


@pytest.mark.parametrize("how", TEMPLATES)
def test_each_text_has_the_name_what_was_reported_and_where_and_a_gap_for_what_is_not_known(service, texts, how):
    one = several(service)
    text = texts.render(how, text_values(service, one, [], [ANN]))
    first = one.reports[0]
    reported = first.received_at.astimezone(service.partnership.zone).date()
    for words in ("Ann Reader", service.labels[first.category], first.place, f"{reported.day} {reported:%B %Y}"):
        assert words in text
    assert "+447700900123" not in text
    assert "hat was done" in text


def test_the_same_thing_reported_twice_a_day_is_said_once(service):
    one = several(service)
    said = text_values(service, one, [], [])["reports"]
    assert len(said) == len(set(said)) <= len(one.reports)


def test_where_several_people_share_a_number_there_is_a_gap_for_the_name(service, texts):
    one = several(service)
    letter = texts.render(How.LETTER, text_values(service, one, [], [ANN, BOB]))
    assert "Dear [name]" in letter
    assert "Reader" not in letter


def test_a_text_about_a_restricted_report_says_neither_what_nor_where(service, texts):
    one = next(one for one in restricted_ones(service) if one.reports[0].place)
    for how in TEMPLATES:
        text = texts.render(how, text_values(service, one, [], [ANN]))
        assert one.reports[0].place not in text
        assert service.labels[one.reports[0].category] not in text
        assert "You contacted us on" in text


def test_a_partner_without_a_declared_contact_is_not_named(service, texts):
    contacts = service.partnership.follow_ups.contacts
    named = next(one for one in open_ones(service) if one.feeds == ("police",))
    other = next(one for one in open_ones(service) if one.feeds == ("residents",))
    assert f"Kent Police: {contacts['Kent Police']}" in texts.render(How.CALL, text_values(service, named, [], []))
    assert "contact us: [how to reach them]" in texts.render(How.CALL, text_values(service, other, [], []))


def test_a_partnership_overrides_one_text_and_keeps_the_others(service, copied, tmp_path):
    own, shared = tmp_path / "own", copied.home / "include" / "templates" / "follow_up"
    own.mkdir()
    (own / "letter.txt.j2").write_text("Dear neighbour of {{ reports[0].where }}, {{ today | date }}")
    texts = FollowUpTexts((own, shared))
    one = several(service)
    values = text_values(service, one, [], [ANN])
    assert texts.render(How.LETTER, values) == f"Dear neighbour of {one.reports[0].place}, 2 November 2026"
    assert "Am I speaking to Ann Reader?" in texts.render(How.CALL, values)


def test_an_include_of_its_own_is_used(copied, tmp_path):
    from dataclasses import replace

    home = tmp_path / "another"
    shutil.copytree(copied.home, home)
    (home / "include" / "templates" / "follow_up" / "call.txt.j2").write_text("Hello {{ name }}")
    opened = replace(copied, home=home).open()
    assert opened.follow_up_texts.render(How.CALL, {"name": "Ann"}) == "Hello Ann"
    assert dt.timedelta(hours=opened.partnership.follow_ups.hours) == dt.timedelta(days=3)
