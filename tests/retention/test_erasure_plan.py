"""Before anything is changed: who is meant, what would be changed, what is refused; and what a person decides."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import sqlalchemy as sa
from conftest import TestDesk
from leaks import leaks

from tasking import meeting
from tasking.linkage import linking
from tasking.linkage.lock import linking_lock
from tasking.model.errors import TaskingError
from tasking.privacy import erasure
from tasking.privacy.erasure import OutsideStores, carry_out
from tasking.privacy.store import text_columns
from tasking.warehouse import audit_log, tables

from .conftest import CANARIES, EMAIL, NAME, PHONE, receive, told_people
from .test_erasure import stores

DUE = dt.date(2026, 12, 1)


def planned(desk, ref=PHONE, **options):
    opened = desk.open()
    return erasure.plan(opened.privacy, erasure.find_person(opened.privacy, ref, **options), OutsideStores())


def everything(desk) -> dict[str, list]:
    """All rows of the warehouse, and the names of kept files."""
    return {name: desk.rows(name) for name in tables.metadata.tables} | {"files": desk.open().archive.digests()}


def store(desk, table, values, where=None):
    """Puts values into the rows of a table."""
    with desk.open().warehouse.writing() as connection:
        statement = sa.update(table).values(values)
        connection.execute(statement if where is None else statement.where(where))


def change_text(desk, old: str, new: str) -> None:
    p = tables.report_person
    with desk.open().warehouse.writing() as connection:
        connection.execute(sa.update(p).where(p.c.text == old).values(text=new))


def text_of(desk, report_id: str) -> str:
    return next(one["text"] for one in desk.rows("report_person") if one["report_id"] == report_id)


def report_with(desk, text: str) -> str:
    return next(one["report_id"] for one in desk.rows("report_person") if one["text"] == text)


BYSTANDER = "Nothing to do with anybody"


def test_every_change_is_listed_in_its_context(traces):
    (told,) = [one for one in planned(traces).changes if one.where == "report_person.text"
               and one.match == "Zoe Quarrington"]  # fmt: skip
    assert (told.before, told.after, told.is_sure) == ("Neighbour rang for ", " on 07700 900987", True)


def test_what_may_be_theirs_is_listed_apart_and_left(traces):
    change_text(traces, BYSTANDER, "Mrs Quarrington waved")
    report = report_with(traces, "Mrs Quarrington waved")
    listed = [(one.match, one.is_sure) for one in planned(traces).changes if one.before == "" and one.after == " waved"]
    assert listed == [("Mrs Quarrington", False)]
    certificate = erasure.erase(traces.open().privacy, PHONE, "records officer")
    assert text_of(traces, report) == "Mrs Quarrington waved"
    assert certificate["left_by_decision"] == {"title and surname": 1}
    assert certificate["is_complete"]


def test_what_a_person_ticks_goes_and_what_they_untick_stays(traces):
    change_text(traces, BYSTANDER, "Mrs Quarrington waved")
    change_text(traces, "A bin burned", "Zoe Quarrington saw a bin burn")
    reports = report_with(traces, "Mrs Quarrington waved"), report_with(traces, "Zoe Quarrington saw a bin burn")
    changes = planned(traces).changes
    ticked = next(one.change_id for one in changes if one.after == " waved")
    kept = next(one.change_id for one in changes if one.after.startswith(" saw a bin"))
    certificate = erasure.erase(traces.open().privacy, PHONE, "records officer", decided={ticked: True, kept: False})
    assert [text_of(traces, one) for one in reports] == ["[erased] waved", "Zoe Quarrington saw a bin burn"]
    assert certificate["kept_against_the_plan"] == {"name": 1}


def test_a_tick_for_something_else_is_refused_before_anything_is_changed(traces):
    before = everything(traces)
    with pytest.raises(TaskingError, match="no change of this erasure"):
        erasure.erase(traces.open().privacy, PHONE, "records officer", decided={"0123456789": True})
    assert everything(traces) == before


@pytest.mark.parametrize(
    ("ref", "words"),
    [("07700 900555", "there is no record"), ("Rose Park", "too common"), ("John Smith", "too common"), ("Al Li", "too short"),
     ("Basil Quarrington; 07700 900987", "another name"), ("residents:nothing", "no report"), ("Zoë", "a forename")],
)  # fmt: skip
def test_a_refusal_comes_before_anything_is_changed(traces, ref, words):
    before = everything(traces)
    with pytest.raises(TaskingError, match=words):
        erasure.erase(traces.open().privacy, ref, "records officer")
    assert everything(traces) == before


def test_a_number_that_two_people_use_needs_a_name(traces):
    store(traces, tables.report_person, {"caller_phone": "+447700900987", "caller_name": "Alan Quarrington"},
          tables.report_person.c.text == "A bin burned")  # fmt: skip
    with pytest.raises(TaskingError, match="2 people"):
        planned(traces)
    erasure.erase(traces.open().privacy, f"{NAME}; {PHONE}", "records officer")
    (alan,) = [one for one in traces.rows("report_person") if one["caller_name"] == "Alan Quarrington"]
    assert (alan["caller_phone"], alan["text"]) == ("+447700900987", "A bin burned")


def test_a_name_that_two_callers_bear_needs_a_number(traces):
    store(traces, tables.report_person, {"caller_name": NAME}, tables.report_person.c.text == "A bin burned")
    with pytest.raises(TaskingError, match="2 different numbers"):
        planned(traces, NAME)
    change_text(traces, BYSTANDER, f"spoke to {NAME}")
    report = report_with(traces, f"spoke to {NAME}")
    erasure.erase(traces.open().privacy, PHONE, "records officer")
    assert text_of(traces, report) == f"spoke to {NAME}"
    assert NAME in {one["caller_name"] for one in traces.rows("report_person")}


def test_a_date_of_birth_tells_two_people_of_a_name_apart(traces):
    p = tables.report_person
    store(traces, p, {"subject_born_on": "1951-02-03"}, p.c.subject_name == NAME)
    store(traces, p, {"subject_name": NAME, "subject_born_on": "1988-08-08"}, p.c.text == "A bin burned")
    with pytest.raises(TaskingError, match="2 dates of birth"):
        planned(traces, NAME)
    erasure.erase(traces.open().privacy, f"{NAME}; {PHONE}; 3 Feb 1951", "records officer")
    assert [one["subject_born_on"] for one in traces.rows("report_person") if one["subject_name"]] == ["1988-08-08"]


def test_words_and_feeds_that_look_like_a_name_stay(traces):
    """*Wai Ting* rewrote "waiting", *Po Lice* the name of a feed."""
    p, feeds = tables.report_person, [one["feed"] for one in traces.rows("report")]
    change_text(traces, BYSTANDER, "he was waiting for the police, Po Lice said")
    report = report_with(traces, "he was waiting for the police, Po Lice said")
    store(traces, p, {"caller_name": "Po Lice", "caller_phone": "+447700900111"}, p.c.text == "A bin burned")
    erasure.erase(traces.open().privacy, "07700 900111", "records officer")
    assert text_of(traces, report) == "he was waiting for the police, [erased] said"
    assert [one["feed"] for one in traces.rows("report")] == feeds


def test_keys_states_and_public_places_are_never_changed(traces):
    meeting.add_tasking(
        traces.open().meeting, "Zoe Quarrington", "Zoe Quarrington: ring", "Zoe Quarrington", "Swanley", DUE
    )
    certificate = erasure.erase(traces.open().privacy, PHONE, "records officer")
    (tasking,) = [one for one in traces.rows("tasking") if one["what"] == "[erased]: ring"]
    assert tasking["owner"] == "[erased]"
    (step,) = [one for one in traces.rows("step") if one["subject_id"] == tasking["tasking_id"]]
    assert step["actor"] == "Zoe Quarrington"
    assert certificate["in_columns_without_words_of_anybody"]["step.actor"] == 1


def test_a_reference_that_holds_their_number_is_replaced_wherever_it_stands(traces):
    desk = with_number_as_reference(traces)
    old = next(one for one in desk.rows("report") if one["source_ref"].startswith("07700900987"))["report_id"]
    meeting.add_tasking(desk.open().meeting, "officer", f"see {old}", "CSU", "Swanley", DUE)
    incidents = len({one["incident_id"] for one in desk.rows("incident_report")})
    certificate = erasure.erase(desk.open().privacy, PHONE, "records officer")
    assert leaks(stores(desk, OutsideStores()), [*CANARIES, "07700900987-1"]) == []
    new = next(one["report_id"] for one in desk.rows("report") if "erased-" in one["report_id"])
    for table in ("report_person", "report_fact", "incident_report"):
        assert new in {one["report_id"] for one in desk.rows(table)}, table
    assert [one["what"] for one in desk.rows("tasking") if one["what"].startswith("see ")] == [f"see {new}"]
    assert len({one["incident_id"] for one in desk.rows("incident_report")}) == incidents
    assert certificate["removed"]["report.report_id"] >= 1
    with desk.open().warehouse.engine.connect() as connection:
        assert audit_log.broken_at(connection) is None
    desk.run("2026-10-26", is_posting=False)


def with_number_as_reference(desk: TestDesk) -> TestDesk:
    """The same desk, but the residents' form numbers reports by telephone."""
    opened = desk.open()
    r = next(one for one in desk.rows("report") if one["feed"] == "residents")
    from tasking.privacy.store.erasure import replace_references

    with opened.warehouse.writing() as connection:
        replace_references(
            connection, {r["report_id"]: "residents:07700900987-1"}, {("residents", r["source_ref"]): "07700900987-1"}
        )
    return desk


def test_an_entry_of_the_log_that_is_changed_is_named_and_the_chain_holds(traces):
    opened = traces.open()
    audit_log.log(opened.warehouse, audit_log.Entry("officer", "search", f"looked for {NAME}", ""), opened.clock())
    audit_log.log(opened.warehouse, audit_log.Entry("officer", "search", "looked for nobody", ""), opened.clock())
    erasure.erase(opened.privacy, PHONE, "records officer")
    with opened.warehouse.engine.connect() as connection:
        assert audit_log.broken_at(connection) is None
    entry = next(one for one in traces.rows("log") if one["subject"] == "looked for nobody")
    store(traces, tables.log, {"subject": "looked for somebody"}, tables.log.c.entry_number == entry["entry_number"])
    with traces.open().warehouse.engine.connect() as connection:
        assert audit_log.broken_at(connection) == entry["entry_number"]


def test_a_briefing_that_named_them_keeps_a_hash_of_its_own_words(traces):
    import hashlib

    b = tables.briefing
    content = next(one["content"] for one in traces.rows("briefing"))
    store(traces, b, {"content": content.replace('"usual_note":"', f'"usual_note":"{NAME} ')}, b.c.content == content)
    erasure.erase(traces.open().privacy, PHONE, "records officer")
    for one in traces.rows("briefing"):
        assert hashlib.sha256(one["content"].encode()).hexdigest() == one["content_hash"]


def test_another_persons_report_under_a_legal_hold_is_not_changed(traces):
    text = "Neighbour rang for Zoe Quarrington on 07700 900987"
    report = report_with(traces, text)
    erasure.place_hold(traces.open().privacy, report, "court case 12", "records officer")
    kept = next(
        one["sha256"] for one in traces.rows("delivery") if one["feed"] == "police" and one["day"] == "2026-10-23"
    )
    certificate = erasure.erase(traces.open().privacy, EMAIL, "records officer")
    assert text_of(traces, report) == text
    assert certificate["kept_by_legal_holds_of_others"]["name"] == 1
    assert kept in traces.open().archive.digests()


def test_every_column_of_text_is_declared_to_hold_words_or_not():
    kinds = (
        text_columns.FREE_TEXT,
        text_columns.PERSONAL,
        text_columns.REFERENCES,
        text_columns.LISTED_REFERENCES,
        text_columns.NOT_PERSONAL,
    )
    declared = {(table, column) for kind in kinds for table, columns in kind.items() for column in columns}
    there = {(table.name, column.name) for table in tables.metadata.tables.values() for column in table.columns
             if isinstance(column.type, sa.String | sa.JSON)}  # fmt: skip
    assert declared == there


GONE = (None, None, None, None)
BOB = ("Bob Fenwick", "07700 900999", "another matter")
BOB_AS_KEPT = ("Bob Fenwick", "+447700900999", None, "another matter")


def test_a_legal_hold_on_another_persons_report_outlives_an_erasure_of_the_number_in_its_reference(desk):
    receive(desk, ("Zoe Quarrington", "07700 900123", "dumped"), BOB, Reference="CSU-07700900123")
    erasure.place_hold(desk.open().privacy, "residents:CSU-07700900123", "court", "records officer")
    before = desk.rows("legal_hold")
    certificate = erasure.erase(desk.open().privacy, "07700 900123", "records officer")
    assert (certificate["is_complete"], certificate["found_afterwards"]) == (True, 0)
    assert certificate["kept_by_legal_holds_of_others"]["telephone number in a reference"] == 1
    assert desk.rows("legal_hold") == before
    with pytest.raises(TaskingError, match="legal hold"):
        erasure.erase(desk.open().privacy, "07700 900999", "records officer")
    assert told_people(desk) == [GONE, BOB_AS_KEPT]


def test_a_legal_hold_follows_a_report_that_gets_another_id(desk):
    receive(desk, BOB, ("Zoe Quarrington", "07700 900123", "dumped"), Reference="CSU-07700900123")
    hold = erasure.place_hold(desk.open().privacy, "residents:CSU-07700900123", "court", "records officer")
    erasure.lift_hold(desk.open().privacy, hold, "over", "records officer")
    erasure.erase(desk.open().privacy, "07700 900123", "records officer")
    (listed,) = [one["reports"] for one in desk.rows("legal_hold")]
    assert desk.rows("report")[1]["report_id"] in listed


@pytest.mark.parametrize(("written", "ref"), [
    ("QUARRINGTON ZOE", "Zoe Quarrington"), ("Zoe Quarrington", "Quarrington Zoe"),
])  # fmt: skip
def test_a_surname_written_first_is_the_same_name(desk, written, ref):
    receive(desk, BOB, (written, "07700 900123", "private words"))
    assert erasure.erase(desk.open().privacy, ref, "records officer")["is_complete"]
    assert told_people(desk) == [BOB_AS_KEPT, GONE]


def test_a_caller_whose_cell_has_the_name_among_other_words_is_listed_as_possibly_them(desk):
    receive(desk, ("Zoe Quarrington", "07700 900123", "dumped"), ("QUARRINGTON ZOE ANN", "07700 900124", "hers too"))
    found = planned(desk, "Zoe Quarrington; 07700 900123")
    assert [one.row for one in found.changes if one.kind == "report by them, perhaps"] == [
        "residents:CSU-2026-00002 (revision 1)"
    ]


def test_other_revisions_of_their_report_lose_their_words_too(desk):
    receive(desk, ("Zoe Quarrington", "07700 900123", "dumped"))
    receive(desk, ("Z. Quarrington", "", "dumped again"), day="2026-11-21")
    receive(desk, ("Zoe Quarrington", "01632 960111", "dumped thrice"), day="2026-11-22")
    assert len(told_people(desk)) == 3
    assert erasure.erase(desk.open().privacy, "07700 900123", "records officer")["is_complete"]
    assert told_people(desk) == [GONE, GONE, GONE]


def test_a_revision_of_their_report_under_another_name_is_possibly_theirs(desk):
    receive(desk, ("Zoe Quarrington", "07700 900123", "dumped"))
    receive(desk, ("Ivor Pomfret", "01632 960111", "dumped again"), day="2026-11-21")
    found = planned(desk, "07700 900123")
    assert [one.is_sure for one in found.changes if one.where == "report"] == [True, False]


def test_an_address_that_is_the_end_of_a_strangers_is_left_with_the_strangers_delivery(desk):
    receive(desk, ("Jo Fenwick", "joann@example.org", "another matter"), day="2026-11-20")
    receive(desk, ("Ann Leeson", "ann@example.org", "dumped"), day="2026-11-21", Reference="CSU-2026-00009")
    out = desk.home / "out"
    out.mkdir()
    (out / "summary.txt").write_text("contact: joann@example.org")
    certificate = erasure.erase(desk.open().privacy, "ann@example.org", "records officer", OutsideStores([out]))
    assert certificate["is_complete"]
    assert told_people(desk) == [("Jo Fenwick", None, "joann@example.org", "another matter"), GONE]
    assert len(desk.open().archive.digests()) == 1
    assert (out / "summary.txt").exists()


@pytest.mark.parametrize(("written", "is_sure"), [
    ("write to 'ann@example.org' please", True),
    ("ring 0 7 7 0 0 9 0 0 1 2 3 please", True),
    ("ring 07700:900123 please", True),
    ("user ann.van.der.leeson said", True),
    ("saw Ann | van der Leeson", False),
])  # fmt: skip
def test_whatever_the_search_finds_is_in_the_plan(desk, written, is_sure):
    receive(desk, ("Ann van der Leeson", "07700 900123", "dumped"), ("Jo Fenwick", "07700 900999", written))
    ref = "Ann van der Leeson; 07700 900123; ann@example.org"
    found = [one for one in planned(desk, ref).changes if one.where == "report_person.text"]
    assert [one.is_sure for one in found] == [is_sure]
    certificate = erasure.erase(desk.open().privacy, ref, "records officer")
    assert (certificate["is_complete"], bool(certificate["left_by_decision"])) == (True, not is_sure)


def test_an_erasure_is_not_finished_by_looking_for_somebody_else(desk, monkeypatch):
    receive(desk, ("Ann Leeson", "07700 900123", "dumped"), BOB)

    def cut_off(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tasking.privacy.erasure.carry_out._vacuum", cut_off)
    with pytest.raises(KeyboardInterrupt):
        erasure.erase(desk.open().privacy, "07700 900123", "records officer")
    monkeypatch.undo()
    (number,) = [one["erasure_id"] for one in desk.rows("erasure")]
    for ref in ("07700 900999", "Ivor Pomfret", "1951-02-03", "k1:" + "0" * 32):
        with pytest.raises(TaskingError, match="someone else"):
            erasure.finish(desk.open().privacy, number, "records officer", ref=ref)
    finished = erasure.finish(desk.open().privacy, number, "records officer", ref="07700 900123")
    assert finished["is_complete"]
    assert finished["removed"]["reports"] == 1


@pytest.mark.parametrize("name", ["Ray Parish", "Shay Given", "Mike Senior", "Susan Clerk", "Peter Lord"])
def test_people_who_are_called_like_a_role_or_a_title_are_erased(desk, name):
    receive(desk, (name, "07700 900123", "dumped"), ("Bob Fenwick", "07700 900999", f"{name} on 07700 900123 told me"))
    certificate = erasure.erase(desk.open().privacy, f"{name}; 07700 900123", "records officer")
    assert certificate["is_complete"]
    assert told_people(desk) == [GONE, ("Bob Fenwick", "+447700900999", None, "[erased] on [erased] told me")]


def test_the_certificate_says_where_a_caller_could_not_be_read_as_a_name(desk):
    receive(desk, ("Parish Clerk", "07700 900123", "dumped"), BOB)
    certificate = erasure.erase(desk.open().privacy, "07700 900123", "records officer")
    assert certificate["reports_whose_caller_could_not_be_read_as_a_name"] == 1
    assert any("could not be read as a name" in line for line in certificate["still_to_do"])


def test_what_is_not_in_a_list_of_ticks_stays(desk):
    receive(
        desk, ("Zoe Quarrington", "07700 900123", "dumped"), ("Bob Fenwick", "07700 900999", "Zoe Quarrington said")
    )
    ticks = {one.change_id: True for one in planned(desk, "07700 900123").changes if one.where != "report_person.text"}
    certificate = erasure.erase(
        desk.open().privacy, "07700 900123", "records officer", decided=ticks, is_whole_list=True
    )
    assert certificate["kept_against_the_plan"] == {"name": 1}
    assert told_people(desk) == [GONE, ("Bob Fenwick", "+447700900999", None, "Zoe Quarrington said")]


def test_that_files_may_be_gone_is_said_and_logged_where_the_warehouse_has_changed(desk, monkeypatch):
    receive(
        desk, ("Zoe Quarrington", "07700 900123", "dumped"), ("Bob Fenwick", "07700 900999", "Zoe Quarrington said")
    )
    outside = carry_out.change_outside

    def with_somebody_at_work(done):
        change_text(desk, "Zoe Quarrington said", "Zoe Quarrington said so")
        return outside(done)

    monkeypatch.setattr(carry_out, "change_outside", with_somebody_at_work)
    with pytest.raises(TaskingError, match="files may be gone"):
        erasure.erase(desk.open().privacy, "07700 900123", "records officer")
    assert desk.open().archive.digests() == []
    assert [one["action"] for one in desk.rows("log")] == ["erasure begun"]


def test_a_delivery_that_was_erased_is_not_kept_again_when_the_day_is_run_again(desk):
    receive(desk, ("Zoe Quarrington", "07700 900123", "dumped"), BOB)
    erasure.erase(desk.open().privacy, "07700 900123", "records officer")
    receive(desk, ("Zoe Quarrington", "07700 900123", "dumped"), BOB)
    assert desk.open().archive.digests() == []
    assert told_people(desk) == [GONE, BOB_AS_KEPT]


def test_an_erasure_waits_for_linking(desk, monkeypatch):
    receive(desk, ("Zoe Quarrington", "07700 900123", "dumped"))
    monkeypatch.setattr(carry_out, "linking_lock", partial(linking_lock, within_s=0))
    with (
        ThreadPoolExecutor(1) as others,
        desk.open().warehouse.lock("linkage"),
        pytest.raises(TaskingError, match="being linked"),
    ):
        others.submit(erasure.erase, desk.open().privacy, "07700 900123", "records officer").result()
    assert erasure.erase(desk.open().privacy, "07700 900123", "records officer")["is_complete"]


def test_an_incident_stays_together_when_a_report_of_it_was_erased(desk):
    told = "White flatbed van GN16 ABC tipped mattresses and tyres by the alley gate, two men, one in a red hoodie"
    receive(desk, ("Zoe Quarrington", "07700 900123", told), ("Bob Fenwick", "07700 900999", told))
    linking.link(desk.open().linkage, dt.date(2026, 11, 20))
    before = desk.rows("incident_report")
    assert len({one["incident_id"] for one in before}) == 1
    assert erasure.erase(desk.open().privacy, "07700 900123", "records officer")["is_complete"]
    for day in (dt.date(2026, 11, 20), dt.date(2026, 11, 21), dt.date(2026, 11, 20)):
        linking.link(desk.open().linkage, day)
        assert [(one["report_id"], one["incident_id"], one["left_on"]) for one in desk.rows("incident_report")] == [
            (one["report_id"], one["incident_id"], None) for one in before
        ]
