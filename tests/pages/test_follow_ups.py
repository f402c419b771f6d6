"""Follow-ups on the desk: who is to be contacted, what is recorded, and who sees how to reach somebody."""

import datetime as dt
import html
import re

import pytest

from tasking import meeting
from tasking.model.follow_up import State
from tasking.model.proposal import Verb
from tasking.pages import May
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import KEEPER, OFFICER

READER = frozenset({May.READ})
CONTACT = {"how": "call", "partner": "Kent Police", "on": "2026-11-02", "at": "06:30", "result": "reached"}


def open_ones(desk, visibility=PUBLIC_VISIBILITY):
    return [one for one in meeting.follow_ups(desk.open().meeting, visibility) if one.settled_by is None]


def restricted_one(desk):
    return next(one for one in open_ones(desk, FULL_VISIBILITY) if one.is_restricted)


def with_caller(desk):
    """A public follow-up whose caller gave name and telephone number: (follow-up, row of report_person)."""
    people = {row["report_id"]: row for row in desk.rows("report_person")}
    for one in open_ones(desk):
        person = people[one.report_ids[-1]]
        if person["caller_name"] and person["caller_phone"] and len(one.reports) == 1:
            return one, person
    raise AssertionError("nobody in the fortnight gave a name and a number")


def test_the_list_says_people_and_reports_and_links_to_incident_and_report(copied, pages):
    shown = pages().get("/follow-ups").text
    counts = meeting.counts_of(copied.open().meeting, open_ones(copied))
    assert counts.words in shown
    assert counts.reports > counts.people
    assert "Anonymous callers and people who do not want to be contacted are not listed" in shown
    first = open_ones(copied)[0].reports[0]
    assert f'href="/incidents/{first.incident_id}#{html.escape(first.report_id)}"' in shown
    there = pages().get(f"/incidents/{first.incident_id}").text
    assert f'id="{html.escape(first.report_id)}"' in there


def test_an_incident_says_how_its_follow_ups_stand(copied, pages):
    one = next(one for one in open_ones(copied) if len(one.reports) > 1)
    officer = pages()
    path = f"/incidents/{one.reports[-1].incident_id}"
    link = re.escape(f'/follow-ups/{one.follow_up_id}">')
    assert re.search(rf"{link}Reported [^<]+</a>: contact by", officer.get(path).text)
    officer.post(f"/follow-ups/{one.follow_up_id}/record", CONTACT)
    assert re.search(
        rf"{link}Reported [^<]+</a>: contacted 2 November 2026, 06:30 by Kent Police", officer.get(path).text
    )
    opened = copied.open().meeting
    everything = meeting.follow_ups(opened, FULL_VISIBILITY)
    for other in everything[:20]:
        incident = other.reports[0].incident_id
        assert meeting.follow_ups(opened, FULL_VISIBILITY, incident) == [
            each for each in everything if incident in {report.incident_id for report in each.reports}
        ]


def test_every_open_follow_up_is_on_one_of_the_pages(copied, pages):
    reader = pages()
    found: list[str] = []
    path = "/follow-ups?show=open"
    while path:
        shown = reader.get(path).text
        found += re.findall(r'id="(F-\w+)"', shown)
        older = re.search(r'rel="next" href="([^"]+)"', shown)
        path = html.unescape(older[1]) if older else ""
    assert found == [one.follow_up_id for one in open_ones(copied)]
    assert len(found) > 50, "one page holds them all: nothing is shown about paging"


def test_a_partners_follow_ups_alone(copied, pages):
    police = [one.follow_up_id for one in open_ones(copied) if "police" in one.feeds]
    shown = pages().get("/follow-ups?partner=Kent+Police").text
    assert re.findall(r'id="(F-\w+)"', shown) == police
    assert f"All open ({len(police)})" in shown


def test_tabs_follow_the_clock(copied, pages):
    last = max(open_ones(copied), key=lambda one: one.due_at)
    copied.now = last.due_at - dt.timedelta(minutes=5)
    assert last.follow_up_id in pages().get("/follow-ups?show=today").text
    copied.now = last.due_at + dt.timedelta(minutes=5)
    assert last.follow_up_id not in pages().get("/follow-ups?show=today").text
    assert f"Overdue ({len(open_ones(copied))})" in pages().get("/follow-ups?show=overdue").text


def test_how_to_reach_somebody_is_for_those_with_details_and_each_look_is_logged(copied, pages):
    one, person = with_caller(copied)
    path = f"/follow-ups/{one.follow_up_id}"
    reader, officer = pages(READER, "reader"), pages(name="hale")
    shown = reader.get(path).text
    assert "Your role does not let you see who reported it." in shown
    assert person["caller_phone"] not in shown
    assert html.escape(person["caller_name"]) not in shown
    assert not any(row["action"] == "follow-up looked at" for row in reader.log())
    shown = officer.get(path).text
    assert person["caller_phone"] in shown
    assert html.escape(f"Dear {person['caller_name']}") in shown
    looked = [(row["actor"], row["subject"]) for row in officer.log() if row["action"] == "follow-up looked at"]
    assert looked == [("hale", report) for report in one.report_ids]
    assert person["caller_phone"] not in officer.get("/follow-ups").text


def test_a_contact_is_recorded_and_undone(copied, pages):
    one = open_ones(copied)[0]
    officer, path = pages(name="hale"), f"/follow-ups/{one.follow_up_id}"
    assert "stays open" in officer.said(officer.post(f"{path}/record", CONTACT | {"result": "no answer"}))
    assert "1 try, the last 2 November 2026, 06:30: no answer" in officer.get("/follow-ups").text
    said = officer.said(officer.post(f"{path}/record", CONTACT | {"note": "grateful"}))
    assert "The person has been contacted" in said
    assert one.follow_up_id not in officer.get("/follow-ups").text
    assert "contacted 2 November 2026, 06:30 by Kent Police, call: reached" in officer.get("/follow-ups?show=done").text
    shown = officer.get(path).text
    assert "grateful" in shown
    assert "grateful" not in pages(READER, "reader").get(path).text
    number = max(re.findall(r'name="act" value="(\d+)"', shown), key=int)
    assert "Undone" in officer.said(officer.post(f"{path}/undo", {"act": number}))
    assert one.follow_up_id in officer.get("/follow-ups").text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (CONTACT | {"on": "2026-11-03"}, "The contact is in the future"),
        (CONTACT | {"how": "letter"}, "Choose a result that goes with “letter”"),
        (CONTACT | {"partner": "somebody"}, "There is no partner somebody"),
        (CONTACT | {"at": "soon"}, "At must be a real time"),
        (CONTACT | {"report": ["police:1"]}, "Police:1 is no longer part of this follow-up"),
    ],
)
def test_what_cannot_be_recorded_is_said_on_the_page(copied, pages, form, words):
    officer = pages()
    path = f"/follow-ups/{open_ones(copied)[0].follow_up_id}/record"
    assert words in officer.said(officer.post(path, form))
    assert copied.rows("follow_up") == []


def test_a_cancellation_needs_a_reason_that_those_with_details_read(copied, pages):
    one = open_ones(copied)[0]
    officer, path = pages(), f"/follow-ups/{one.follow_up_id}/cancel"
    assert "Enter reason" in officer.said(officer.post(path, {"reason": ""}))
    assert "Cancelled." in officer.said(officer.post(path, {"reason": "has moved away"}))
    assert "has moved away" in officer.get("/follow-ups?show=done").text
    assert "has moved away" not in pages(READER, "reader").get("/follow-ups?show=done").text


def test_a_restricted_follow_up_has_a_route_of_its_own(copied, pages):
    one = restricted_one(copied)
    path = f"/follow-ups/{one.follow_up_id}"
    officer, keeper = pages(), pages(KEEPER, "keeper")
    assert officer.get(path).status_code == 404
    assert officer.post(f"{path}/record", CONTACT).status_code == 404
    assert "Restricted" not in re.findall(r'<ul class="tabs".*?</ul>', officer.get("/follow-ups").text)[0]
    assert one.follow_up_id not in keeper.get("/follow-ups").text
    assert meeting.counts_of(copied.open().meeting, open_ones(copied)).words in keeper.get("/follow-ups").text
    listed = keeper.get("/follow-ups?show=restricted").text
    assert one.follow_up_id in listed
    assert one.reports[0].source_ref not in listed
    assert "Enter why you need to see it" in keeper.get(path).text
    shown = keeper.post(f"{path}/look", {"reason": "call after MARAC"}).text
    assert html.escape(one.reports[0].source_ref) in shown
    assert "Check with the partner that it is safe" in shown
    texts = "".join(re.findall(r"<pre.*?</pre>", shown, re.DOTALL))
    label = copied.open().conventions.categories.labels[one.reports[0].category]
    assert "You contacted us on" in texts
    assert label not in texts
    looked = [row for row in keeper.log() if row["action"] == "restricted follow-up looked at"]
    assert {row["note"] for row in looked} == {"call after MARAC"}
    assert "contacted" in keeper.said(keeper.post(f"{path}/record", CONTACT))
    settled = meeting.follow_up_of(copied.open().meeting, one.follow_up_id)
    assert settled.state == State.CONTACTED
    assert "Done (0)" in keeper.get("/follow-ups").text


def test_a_letter_says_what_was_done_and_holds_nothing_that_anybody_typed(copied, pages):
    one, _ = with_caller(copied)
    opened = copied.open()
    declared = opened.partnership.taskings.owners[0]
    incident, place = one.reports[0].incident_id, "The Vine"
    due_on = dt.date(2026, 11, 4)
    for what, owner in ((declared.what, declared.owner), ("see Zelda Quorn at number 9", "Zelda Quorn")):
        made = meeting.add_tasking(opened.meeting, "hale", what, owner, place, due_on, incident)
        meeting.decide(opened.meeting, made, Verb.DONE, "hale", "Zelda Quorn was warned")
    shown = pages(OFFICER).get(f"/follow-ups/{one.follow_up_id}").text
    letter = html.unescape(re.search(r"Letter</summary><pre[^>]*>(.*?)</pre>", shown, re.DOTALL)[1])
    assert f"{declared.owner} was asked to {declared.what}. This was done on 2 November 2026." in letter
    assert "[What was done on 2 November 2026]" in letter
    assert "Zelda" not in letter
    people = {row["report_id"]: row for row in copied.rows("report_person")}
    others = {row["caller_phone"] for row in people.values()} | {row["subject_name"] for row in people.values()}
    assert not any(other in letter for other in others - {None, ""})
    assert "Zelda Quorn was warned" in shown  # for whoever writes it
