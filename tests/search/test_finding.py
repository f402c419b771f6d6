"""What a search finds: places, postcodes, references, words, categories, people; and for whom."""

import datetime as dt

import pytest
import sqlalchemy as sa

from search.search_desk import DAY, KEEPER, OFFICER, READER
from tasking.search import Reader
from tasking.search.periods import period_in
from tasking.search.results import Kind
from tasking.warehouse import tables
from tasking.warehouse.visibility import FULL_VISIBILITY

NOW = dt.date(2026, 11, 20)  # a Friday, the day of the clock


# Words.


def test_part_of_a_place_name_finds_its_incidents_and_the_place(searched):
    incident = searched.report(place_name="Bradbourne Lakes, Sevenoaks", town="Sevenoaks")
    found = searched.find("bradb", READER)
    assert [one.incident.incident_id for one in found.incidents] == [incident]
    assert ("Bradbourne Lakes", 1) in [(one.name, one.incidents) for one in found.places]
    assert found.incidents[0].where == "Place"


def test_a_place_counts_the_public_incidents_that_began_there_like_its_own_page(searched):
    incident = searched.report(place_name="The Vine", town="Sevenoaks")
    searched.report(place_name="Knole Park", incident=incident)  # a later report of the same incident
    searched.report(place_name="Knole Park", is_restricted=True)
    for reader in (READER, KEEPER):
        assert [(one.name, one.incidents) for one in searched.find("knole park", reader).places] == [("Knole Park", 0)]
        assert ("The Vine", 1) in [(one.name, one.incidents) for one in searched.find("the vine", reader).places]


def test_every_word_has_to_be_there(searched):
    both = searched.report("youths with a catapult", place_name="Swanley Park")
    searched.report("youths with a ball", place_name="Swanley Park")
    assert searched.incidents("catapults swanley") == [both]


def test_the_very_word_comes_before_words_that_begin_with_it_and_the_newest_first(searched):
    begins = searched.report(place_name="Swanley Park", day=DAY)
    older = searched.report("a dead swan", day=DAY - dt.timedelta(3))
    newer = searched.report("two swans", day=DAY - dt.timedelta(1))
    assert searched.incidents("swan") == [newer, older, begins]


def test_words_of_a_text_are_for_those_who_may_read_it(searched):
    incident = searched.report("a swan", place_text="behind 14 Acacia Avenue", category_text="Wildlife: harmed")
    for query in ("swan", "acacia", "wildlife"):
        assert searched.incidents(query) == [incident]
        assert searched.find(query, READER).incidents == ()


def test_a_snippet_shows_the_words_with_what_is_around_them(searched):
    searched.report("caller says " + "much " * 40 + "of a SWAN’s nest by the lake " + "and more " * 40)
    one = searched.find("swans").incidents[0]
    assert one.where == "Report"
    assert [piece.text for piece in one.snippet if piece.is_match] == ["SWAN’s"]
    assert len("".join(piece.text for piece in one.snippet)) < 180


def test_a_category_is_found_by_its_label_and_by_what_partners_call_it(searched):
    incident = searched.report(category="fly_tip", town="Swanley")
    searched.report(category="noise", town="Swanley")
    for query in ("fly tip", "fly-tipping", "flytip", "FLY TIPPING swanley"):
        assert searched.incidents(query, READER) == [incident], query


def test_words_that_nobody_looks_for_are_left_out(searched):
    incident = searched.report("a swan", day=dt.date(2026, 11, 12))
    searched.report("a swan", day=dt.date(2026, 11, 18))
    found = searched.find("find last week's report about the swan")
    assert [one.incident.incident_id for one in found.incidents] == [incident]
    assert (found.period.since, found.period.until) == (dt.date(2026, 11, 9), dt.date(2026, 11, 15))


@pytest.mark.parametrize(("words", "since", "until"), [
    ("swan yesterday", (11, 19), (11, 19)), ("todays swan", (11, 20), (11, 20)), ("swan this week", (11, 16), (11, 20)),
    ("last months swan", (10, 1), (10, 31)), ("swan this year", (1, 1), (11, 20)),
])  # fmt: skip
def test_a_period_is_read(words, since, until):
    period, rest = period_in(words.split(), NOW)
    assert (period.since, period.until) == (dt.date(2026, *since), dt.date(2026, *until))
    assert rest == ["swan"]


def test_a_period_alone_is_words():
    assert period_in(["last", "week"], NOW) == (None, ["last", "week"])


# Postcodes and references.


def test_a_postcode_is_found_in_any_spacing_and_in_full_by_those_who_may_read_it(searched):
    incident = searched.report(postcode="TN13 1AB")
    searched.report(postcode="TN13 1AD")
    searched.report(postcode="TN1 3AB")
    for query in ("TN13 1AB", "tn131ab", "Tn13  1aB".replace("  ", " ")):
        assert searched.incidents(query) == [incident], query
        assert searched.incidents(query, READER) == [], query
    assert len(searched.incidents("tn13", READER)) == 2
    assert len(searched.incidents("tn1", READER)) == 1


def test_the_reference_of_a_report_leads_to_its_incident(searched):
    incident = searched.report(source_ref="MT-2026/00417")
    searched.report(source_ref="MT-2026/00418")
    for query in (
        "MT-2026/00417",
        "mt 2026 00417",
        "MT202600417",
        " mt-2026-00417 ",
        "police:MT-2026/00417",
        "mt–2026–00417",
    ):
        assert searched.find(query, READER).target == f"incidents/{incident}", query


def test_a_reference_that_two_partners_use_lists_both(searched):
    one = searched.report(source_ref="REF 12", report_id="police:REF 12")
    other = searched.report(source_ref="REF-12", report_id="housing:REF-12")
    assert set(searched.incidents("ref12")) == {one, other}


def test_the_id_of_an_incident_leads_to_it_in_any_spelling_and_after_it_was_merged(searched):
    incident = searched.report(report_id="police:1", incident="I261118-0000abcd")
    for query in ("I261118-0000abcd", "i261118 0000ABCD", "i2611180000abcd"):
        assert searched.find(query, READER).target == f"incidents/{incident}", query
    searched.run("INSERT INTO incident_name (incident_id, report_id) VALUES ('I261101-00000001', 'police:1')")
    assert searched.find("I261101-00000001", READER).target == f"incidents/{incident}"


def test_other_references_lead_to_their_pages(searched):
    tasking, proposal = searched.tasking(), searched.proposal(subject="CR-1a2b3c")
    incident = searched.report(wants_feedback=True, caller_key="k1:a")
    follow_up = searched.find(incident).target and searched.find("mt-00001", kind="follow-ups")
    assert searched.find("t 20261118 0000000A").target == f"taskings?show=proposed#{tasking}"
    assert searched.find("D-20261118-0000000a").target == f"groups/{proposal}"
    assert searched.find("cr 1a2b3c").target == f"groups/{proposal}"
    found = (
        searched.find("asb", kind="follow-ups").follow_ups or searched.find("anti social", kind="follow-ups").follow_ups
    )
    assert follow_up is not None
    assert searched.find(found[0].follow_up_id.lower()).target == f"follow-ups/{found[0].follow_up_id}"
    assert searched.find("F-000000000000").target == ""


# The other kinds.


def test_taskings_and_groups_are_found_by_their_words(searched):
    searched.tasking(what="Clear the needles", place="The Vine", owner="Town wardens")
    searched.proposal(subject="The Vine", theme="drug use")
    found = searched.find("vine", READER)
    assert [one.what for one in found.taskings] == ["Clear the needles"]
    assert [one.proposal.subject for one in found.groups] == ["The Vine"]
    assert searched.find("wardens needles", READER).taskings
    assert searched.find("drug", READER).groups


def test_a_reason_that_somebody_typed_is_for_those_who_may_read_it(searched):
    tasking = searched.tasking()
    with searched.warehouse.writing() as connection:
        connection.execute(sa.insert(tables.step).values(
            subject_id=tasking, number=1, verb="take", day=DAY, at=dt.datetime(2026, 11, 18, 9, tzinfo=dt.UTC),
            actor="a", reason="Mr Quarrington will open the gate", details={"owner": "Parks team"},
        ))  # fmt: skip
    assert searched.find("quarrington").taskings
    assert not searched.find("quarrington", READER).taskings
    assert searched.find("parks team", READER).taskings


def test_an_incident_is_found_by_a_note_on_its_follow_up(searched):
    incident = searched.report(report_id="police:1")
    at = dt.datetime(2026, 11, 18, 9, tzinfo=dt.UTC)
    with searched.warehouse.writing() as connection:
        connection.execute(sa.insert(tables.follow_up).values(
            act_number=1, verb="contact", day=DAY, at=at, actor="a", partner="", how="call", contacted_at=at,
            result="reached", note="spoke to the gamekeeper", is_settled=True,
        ))  # fmt: skip
        connection.execute(sa.insert(tables.follow_up_report).values(act_number=1, report_id="police:1"))
    found = searched.find("gamekeeper").incidents[0]
    assert (found.incident.incident_id, found.where) == (incident, "Note")
    assert searched.incidents("gamekeeper", READER) == []
    searched.run("UPDATE report SET is_restricted = true")
    assert searched.incidents("gamekeeper") == []


def test_an_incident_is_found_by_a_note_until_it_is_withdrawn(searched):
    incident = searched.report(report_id="police:1")
    at = dt.datetime(2026, 11, 18, 9, tzinfo=dt.UTC)
    with searched.warehouse.writing() as connection:
        row = {"report_id": "police:1", "at": at, "actor": "a"}
        connection.execute(
            sa.insert(tables.note).values(
                row | {"note_id": "N-1", "text": "ask the lock-keeper", "is_restricted": False}
            )
        )
        connection.execute(sa.insert(tables.note).values(
            row | {"note_id": "N-2", "text": "the beekeeper knows", "is_restricted": True}))  # fmt: skip
    assert searched.incidents("lock keeper") == [incident]
    assert searched.incidents("beekeeper", KEEPER) == []
    assert searched.incidents("lock keeper", READER) == []
    searched.run("UPDATE note SET withdrawn_at = :at, text = text", at="2026-11-19 09:00:00")
    assert searched.incidents("lock keeper") == []


# People.


def test_people_are_found_by_name_telephone_number_and_address_and_the_search_is_logged(searched):
    searched.report(caller_name="Quarrington, Zoë", caller_phone="+447700900987", caller_email="zoe@example.org",
                    caller_key="k1:z", report_id="police:1")  # fmt: skip
    searched.report(subject_name="Zoe Quarrington", subject_key="k1:s", report_id="police:2")
    for query in ("zoe quarrington", "Quarring", "07700 900 987", "+44 (0)7700 900987", "ZOE@example.org"):
        found = searched.find(query)
        assert ("k1:z", True) in [(one.key, one.is_caller) for one in found.people], query
        assert found.incidents == (), query
        assert searched.log()[-1][:2] == ("officer", "person searched for")
        assert "police:1" in searched.log()[-1][2]
        assert not any("uarring" in word.lower() or "7700" in word for entry in searched.log() for word in entry)
    assert {one.key for one in searched.find("zoe quarrington").people} == {"k1:z", "k1:s"}


def test_nobody_without_the_permission_finds_a_person(searched):
    searched.report(caller_name="Zoe Quarrington", caller_phone="+447700900987", caller_email="zoe@example.org")
    for query in ("zoe", "quarrington", "07700 900987", "zoe@example.org"):
        assert searched.find(query, READER).is_empty, query
    assert searched.log() == []


def test_who_stays_anonymous_is_not_found(searched):
    searched.report(caller_name="Zoe Quarrington", caller_phone="+447700900987", is_anonymous=True)
    assert searched.find("quarrington", KEEPER).people == searched.find("07700 900987", KEEPER).people == ()


def test_a_search_for_a_number_that_nobody_has_is_logged_too(searched):
    searched.find("07700 900111")
    assert searched.log() == [("officer", "person searched for", "search")]


def test_words_of_two_people_are_not_one_person(searched):
    searched.report(caller_name="Zoe Quarrington", subject_name="Bob Fenwick")
    assert searched.find("zoe fenwick").people == ()


# Restricted matters.


def test_what_is_restricted_does_not_exist_for_others(searched):
    searched.report("a swan was shot", is_restricted=True, place_name="Bradbourne Lakes", source_ref="SECRET-77",
                    caller_name="Zoe Quarrington", report_id="police:SECRET-77", incident="I261118-00000bad")  # fmt: skip
    searched.tasking(is_restricted=True, what="quiet visit")
    searched.proposal(is_restricted=True, subject="Quiet subject")
    for query in ("swan", "SECRET-77", "police:SECRET-77", "I261118-00000bad", "quarrington", "quiet", "T-20261118-0000000a",
                  "D-20261118-0000000a"):  # fmt: skip
        for reader in (OFFICER, READER):
            found = searched.find(query, reader)
            assert (found.target, found.incidents, found.people, found.taskings, found.groups) == (
                "",
                (),
                (),
                (),
                (),
            ), query
    assert {one.incidents for one in searched.find("bradbourne").places} == {0}
    assert not [entry for entry in searched.log() if entry[2] != "search"]


def test_those_entitled_find_it_without_its_words_and_that_is_logged_apart(searched):
    incident = searched.report(
        "a swan was shot", is_restricted=True, caller_name="Zoe Quarrington", report_id="police:1"
    )
    found = searched.find("swan", KEEPER)
    assert [(one.incident.incident_id, one.snippet) for one in found.incidents] == [(incident, ())]
    assert searched.log() == [("keeper", "restricted incidents found", incident)]
    one = searched.find("quarrington", KEEPER).people[0]
    assert (one.is_restricted, one.name, one.contact, one.key) == (True, "", "", "")
    assert searched.log()[1] == ("keeper", "restricted person searched for", "police:1")


def test_an_open_report_of_a_restricted_incident_is_not_found(searched):
    incident = searched.report("a swan", report_id="police:1")
    searched.report("a secret", report_id="police:2", incident=incident, is_restricted=True)
    assert searched.incidents("swan") == []
    assert searched.incidents("swan", KEEPER) == [incident]


# Filters and pages.


def test_results_are_filtered(searched):
    one = searched.report("a swan", category="animals", ward="Kemsing", day=DAY)
    searched.report("a swan", category="asb", ward="Ash", day=DAY - dt.timedelta(30))
    for filters in ({"category": "animals"}, {"ward": "Kemsing"}, {"since": DAY}, {"since": DAY, "until": DAY}):
        assert searched.incidents("swan", **filters) == [one], filters
    assert searched.incidents("swan", until=DAY - dt.timedelta(31)) == []


def test_every_incident_is_on_one_page(searched):
    made = [searched.report("a swan", day=DAY - dt.timedelta(number)) for number in range(45)]
    for number in range(0, 45, 3):  # a second report of some
        searched.report("the swan again", incident=made[number], day=DAY)
    pages = [searched.find("swan", kind="incidents", page=number) for number in (1, 2, 3, 4)]
    found = [one.incident.incident_id for page in pages for one in page.incidents]
    assert sorted(found) == sorted(made)
    assert [Kind.INCIDENTS in page.has_more for page in pages] == [True, True, False, False]


# Corrections.


def test_a_mistyped_word_is_corrected_when_nothing_has_it(searched):
    incident = searched.report(place_name="Bradbourne Lakes")
    found = searched.find("bradborne lakes", READER)
    assert found.corrected == {"bradborne": "bradbourne"}
    assert [one.incident.incident_id for one in found.incidents] == [incident]


def test_a_word_of_several_reports_is_known_to_those_who_read_them(searched):
    made = {searched.report("a catapult was used") for _ in range(3)}
    assert set(searched.incidents("catapolt")) == made
    assert searched.find("catapolt", READER).corrected == {}


def test_a_name_is_never_offered(searched):
    for _ in range(4):
        searched.report("seen with Quarrington again", caller_name="Zoe Quarrington", caller_key="k1:z")
    assert searched.find("quarrinton").corrected == {}
    assert searched.find("quarrinton").is_empty


def test_a_word_of_restricted_reports_alone_is_not_offered(searched):
    for _ in range(4):
        searched.report("the cuckooing flat", is_restricted=True)
    searched.report("ordinary")
    assert searched.find("cukooing").corrected == {}


# Whatever is typed.


ODD = [
    "", " ", "'", '"', '"swan', "swan*", "swan OR goose", "NEAR(swan)", "public : swan", "swan & !goose", "swan | ", "( swan",
    "<->", ":*", "\\", "%", "_", "a" * 200, "swan " * 60, "🦢", "\u202eswan", "\ud800", "\x00", "kindreport", "null", "-", "()",
    "swan:A", "'; DROP TABLE report; --", "1", "0" * 30, "é" * 200, "日本語", "=HYPERLINK(1)", "<script>alert(1)</script>",
]  # fmt: skip


def test_whatever_is_typed_a_search_answers(searched):
    searched.report("a swan")
    for text in ODD:
        for reader in (OFFICER, READER):
            searched.find(text, reader)


def test_signs_of_a_query_language_are_not_one(searched):
    searched.report("a goose")
    assert searched.incidents("swan OR goose") == []


def test_somebody_without_details_but_with_restricted_finds_only_public_words(searched):
    searched.report("a swan", is_restricted=True)
    assert searched.incidents("swan", Reader("x", FULL_VISIBILITY, has_details=False)) == []


def test_a_text_with_the_word_comes_before_others_of_the_category_that_the_word_belongs_to(searched):
    with_word = searched.report("asbestos by the farm shop", category="fly_tip", day=DAY - dt.timedelta(3))
    other = searched.report("a mattress", category="fly_tip", day=DAY)
    assert searched.incidents("asbestos") == [with_word, other]
    first, second = searched.find("asbestos").incidents
    assert (first.where, second.where, second.snippet) == ("Report", "Category", ())
    assert searched.incidents("fly-tip") == [other, with_word]  # what the category is called: the newest first
