"""After erasure a person is nowhere: not in the database's own bytes, a kept file, a log, or Airflow's database."""

import datetime as dt
import json
import sqlite3
from dataclasses import replace

import pytest
from conftest import empty_database
from leaks import leaks

from tasking import meeting
from tasking.briefing import versions
from tasking.model.errors import TaskingError
from tasking.privacy import erasure, rekeying

from .conftest import CANARIES, DAYS, EMAIL, NAME, OTHER, OTHERS_PHONE, PHONE, STORY

DAY = dt.date(2026, 10, 26)


@pytest.fixture
def elsewhere(traces, tmp_path):
    """A log and a database of Airflow's in which something of her stands, though nothing should."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "attempt=1.log").write_text(f"somebody printed {NAME} and {PHONE}")
    (logs / "other.log").write_text("a task began")
    database = tmp_path / "airflow.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE xcom (id INTEGER PRIMARY KEY, value JSON)")
        connection.execute("INSERT INTO xcom VALUES (1, ?)", (json.dumps({"rang": PHONE}),))
    connection.close()
    return erasure.OutsideStores([logs], [f"sqlite:///{database}"])


def stores(desk, elsewhere) -> dict[str, bytes]:
    """Every file that we keep, as bytes; the partners' own deliveries, which are theirs, left out."""
    roots = [desk.home / "var", *elsewhere.folders]
    files = [path for root in roots for path in root.rglob("*") if path.is_file()]
    files += desk.drops.parent.glob("*.db*")
    return {str(path): path.read_bytes() for path in files}


def test_she_is_nowhere_afterwards(traces, elsewhere):
    meeting.add_tasking(
        traces.open().meeting,
        "officer",
        f"ring {NAME} on {PHONE}",
        f"{NAME}, her sister",
        "Swanley",
        dt.date(2026, 12, 1),
    )
    assert {word for _, word in leaks(stores(traces, elsewhere), CANARIES)} == set(CANARIES)
    certificate = erasure.erase(traces.open().privacy, PHONE, "records officer", elsewhere)
    assert leaks(stores(traces, elsewhere), CANARIES) == []
    assert certificate["found_afterwards"] == 0
    assert certificate["reports"] == 5
    assert certificate["removed"]["held.row_as_sent"] == 1
    assert certificate["removed"]["kept files"] >= 4
    assert certificate["removed"]["Airflow's database"] == 1
    assert certificate["removed"]["tasking.what"] == 1
    assert certificate["removed"]["tasking.owner"] == 1
    assert leaks({"certificate": json.dumps(certificate).encode()}, CANARIES) == []


@pytest.mark.parametrize("ref", [EMAIL, NAME, "zoë quarrington", "+44 7700 900987", "0044 7700 900987"])
def test_by_whatever_she_is_known(traces, elsewhere, ref):
    erasure.erase(traces.open().privacy, ref, "records officer", elsewhere)
    assert leaks(stores(traces, elsewhere), CANARIES) == []


def test_by_the_reference_of_a_report_that_she_made(traces, elsewhere):
    hers = next(one for one in traces.rows("report") if one["feed"] == "residents")
    erasure.erase(traces.open().privacy, f"residents:{hers['source_ref']}", "records officer", elsewhere)
    assert leaks(stores(traces, elsewhere), CANARIES) == []


def test_others_stay_as_they_are(traces, elsewhere):
    before = {one["report_id"]: one for one in traces.rows("report_person")}
    erasure.erase(traces.open().privacy, PHONE, "records officer", elsewhere)
    after = {one["report_id"]: one for one in traces.rows("report_person")}
    assert after.keys() == before.keys()
    others = [one for one in after.values() if one["caller_name"] == OTHER]
    assert len(others) == 4
    assert {one["caller_phone"] for one in others} == {"+44" + OTHERS_PHONE.replace(" ", "")[1:]}
    untouched = [one for one in after.values() if one == before[one["report_id"]]]
    assert {one["text"] for one in untouched} == {"Nothing to do with anybody", "A bin burned"}


def test_her_reports_still_count_as_one_complainants(traces, elsewhere):
    def callers() -> list[str]:
        return [one["caller_key"] for one in traces.rows("report")]

    before = callers()
    erasure.erase(traces.open().privacy, PHONE, "records officer", elsewhere)
    after = callers()
    assert len(set(after)) == len(set(before))
    assert sorted(map(after.count, set(after))) == sorted(map(before.count, set(before)))
    assert sum(key.startswith("e0:") for key in after) == 4


def test_the_ledger_and_the_briefings_stay(traces, elsewhere):
    before = traces.ledger(), [versions.stored_briefing(traces.open().briefings, day) for day in DAYS]
    erasure.erase(traces.open().privacy, PHONE, "records officer", elsewhere)
    assert (traces.ledger(), [versions.stored_briefing(traces.open().briefings, day) for day in DAYS]) == before


def test_the_next_day_and_a_new_key_work_afterwards(traces, elsewhere):
    erasure.erase(traces.open().privacy, PHONE, "records officer", elsewhere)
    desk = traces.open()
    pseudonyms = replace(desk.conventions.pseudonyms, key_id="k2", key=b"2" * 32)
    assert rekeying.rekey(replace(desk, conventions=replace(desk.conventions, pseudonyms=pseudonyms)).privacy) > 0
    assert sum(one["caller_key"].startswith("e0:") for one in traces.rows("report")) == 4
    traces.run(str(DAY), is_posting=False)


def test_a_second_time_there_is_nobody(traces, elsewhere):
    erasure.erase(traces.open().privacy, PHONE, "records officer", elsewhere)
    with pytest.raises(TaskingError, match="there is no record"):
        erasure.erase(traces.open().privacy, PHONE, "records officer", elsewhere)


def test_it_is_in_the_log_without_saying_who(traces, elsewhere):
    certificate = erasure.erase(traces.open().privacy, PHONE, "records officer", elsewhere)
    entry = next(one for one in traces.rows("log") if one["action"] == "person erased")
    assert (entry["actor"], entry["subject"]) == ("records officer", certificate["erasure"])


def test_a_legal_hold_keeps_her_from_erasure_until_it_is_lifted(traces, elsewhere):
    hold = erasure.place_hold(traces.open().privacy, PHONE, "court case 12", "records officer")
    with pytest.raises(TaskingError, match=hold):
        erasure.erase(traces.open().privacy, NAME, "records officer", elsewhere)
    assert leaks(stores(traces, elsewhere), [STORY])
    erasure.lift_hold(traces.open().privacy, hold, "the case is over", "records officer")
    erasure.erase(traces.open().privacy, NAME, "records officer", elsewhere)
    assert leaks(stores(traces, elsewhere), CANARIES) == []


@pytest.mark.parametrize(("ref", "words"), [("", "Enter a telephone number"), ("Zoë", "forename and a surname"), ("0770", "not a telephone number"),
                                            ("07700 900555", "there is no record"), ("Ida Nobody", "there is no record")])  # fmt: skip
def test_what_can_not_be_meant_is_said(traces, ref, words):
    with pytest.raises(TaskingError, match=words):
        erasure.erase(traces.open().privacy, ref, "records officer")


@pytest.mark.server
def test_on_postgresql_too(traces, elsewhere, tmp_path):
    with empty_database("postgresql", tmp_path) as url:
        there = replace(traces, database_url=url)
        for day in DAYS:
            there.run(str(day), is_posting=False)
        erasure.erase(there.open().privacy, PHONE, "records officer", elsewhere)
        told = {table: json.dumps(there.rows(table), default=str).encode()
                for table in ("report", "report_person", "held", "report_signal", "report_fact", "log", "delivery", "erasure")}  # fmt: skip
        assert leaks(told, CANARIES) == []
        there.open().warehouse.engine.dispose()
