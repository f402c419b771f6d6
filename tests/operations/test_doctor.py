"""The doctor finds what is ill, one thing at a time, and says what to do."""

import datetime as dt
import socket
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tasking import flows
from tasking.casefile.scanning import Clamd
from tasking.runtime.doctor import examine
from tasking.runtime.settings import Settings
from tasking.warehouse.audit_log import Entry, log

DAY = dt.date(2026, 10, 22)
MORNING = dt.datetime(2026, 10, 22, 7, 0, tzinfo=dt.UTC)


@pytest.fixture
def run(briefed):
    flows.post(briefed.open(), DAY)
    briefed.now = MORNING
    for look in ("first", "second", "third"):
        log(briefed.open().warehouse, Entry("officer", "looked", "row", look), MORNING)
    return briefed


def found(desk, **settings):
    given = Settings(
        home=desk.home, database_url=desk.database_url, drops=desk.drops, pseudonym_key="ab" * 32, **settings
    )
    return {one.name: one for one in examine(given, lambda _settings: desk.open())}


def ill(desk, **settings) -> dict[str, str]:
    return {name: f"{one.words}; {one.advice}" for name, one in found(desk, **settings).items() if not one.is_well}


def test_all_is_well_after_a_day(run):
    assert ill(run) == {}


def test_a_meeting_without_a_briefing_is_found(run):
    run.now = MORNING + dt.timedelta(days=1)
    assert list(ill(run)) == ["briefing"]
    assert "tasking run --day 2026-10-23" in ill(run)["briefing"]


def test_before_the_meeting_that_of_the_day_before_counts(run):
    run.now = MORNING + dt.timedelta(hours=20)
    assert ill(run) == {}


def test_a_partner_that_can_not_be_sent_its_work_is_found(run, monkeypatch):
    from tasking.model.recipient import Recipient

    wardens = Recipient(name="Town wardens", contact="wardens@example.org")
    opened = run.open()
    partnership = opened.partnership.model_copy(update={"recipients": [wardens]})
    monkeypatch.setattr(type(run), "open", lambda _desk: replace(opened, partnership=partnership))
    assert ill(run)["channels"].startswith("Town wardens can’t be sent anything: partnership.yml names email, but")
    elsewhere = wardens.model_copy(update={"areas": ["Swanley", "Atlantis"]})
    partnership = opened.partnership.model_copy(update={"recipients": [elsewhere]})
    monkeypatch.setattr(type(run), "open", lambda _desk: replace(opened, partnership=partnership))
    assert ill(run)["channels"].startswith("Town wardens: 'Atlantis' is no place, town or ward here")


def test_a_log_that_somebody_changed_is_found(run):
    with run.open().warehouse.writing() as connection:
        connection.execute(sa.text("UPDATE log SET note = 'nothing' WHERE entry_number = 2"))
    assert "entry 2" in ill(run)["log"]


def test_a_missing_entry_of_the_log_is_found(run):
    with run.open().warehouse.writing() as connection:
        connection.execute(sa.text("DELETE FROM log WHERE entry_number = 2"))
    assert "log" in ill(run)


def test_a_row_that_is_lost_is_found(run):
    with run.open().warehouse.writing() as connection:
        connection.execute(sa.text("UPDATE delivery SET rows_in = rows_in + 1 WHERE feed = 'police'"))
    assert "police" in ill(run)["ledger"]


def test_older_tables_are_found(run):
    desk = run.open()
    with desk.warehouse.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0099'"))
    assert "deploy the newer version" in ill(run)["migrations"]


def test_people_who_are_kept_too_long_are_found(run):
    run.now = MORNING + dt.timedelta(days=800)
    assert "the limit is 730 days" in ill(run)["retention"]


def test_a_key_that_was_not_finished_is_found(run):
    desk = run.open()
    pseudonyms = replace(desk.conventions.pseudonyms, key_id="k2")
    checks = examine(Settings(home=run.home, drops=run.drops), lambda _settings: replace(desk, conventions=replace(desk.conventions, pseudonyms=pseudonyms)))  # fmt: skip
    assert next(one.advice for one in checks if one.name == "keys") == "tasking keys rekey"


def test_a_channel_without_an_address_is_found(run):
    from tasking.model.errors import DeclarationError

    def none(_kind):
        raise DeclarationError("partnership.yml names slack, but there is no bot token")

    given = Settings(home=run.home, database_url=run.database_url, drops=run.drops, pseudonym_key="ab" * 32)
    checks = examine(given, lambda _settings: replace(run.open(), open_channels=none))
    assert "no bot token" in next(one.words for one in checks if one.name == "channels")


def test_an_airflow_that_does_not_answer_is_found(run):
    assert "does not answer" in ill(run, airflow_url="http://127.0.0.1:9")["airflow"]


def test_a_desk_that_does_not_open_hides_nothing_else(run):
    (run.home / "include" / "feeds" / "police.yml").write_text("feed: [")
    checks = {one.name: one for one in examine(Settings(home=run.home, drops=run.drops))}
    assert "police.yml" in checks["declarations and database"].words
    assert checks["disk"].is_well


@pytest.fixture
def scanned(run, monkeypatch):
    """scanned(address): the desk with a virus scanner there, or none."""

    def at(address):
        opened = run.open()
        scanner = Clamd(address, timeout_s=2) if address else None
        monkeypatch.setattr(type(run), "open", lambda _desk: replace(opened, scanner=scanner))
        return found(run)["virus scanner"]

    return at


def test_without_a_virus_scanner_it_says_what_happens_with_files(scanned):
    check = scanned(None)
    assert check.is_well
    assert check.words == "TASKING_CLAMD is not set: photos are kept without a scan, and PDF files are refused"


def test_a_virus_scanner_that_does_not_answer_is_found(scanned):
    check = scanned("tcp://127.0.0.1:9")
    assert not check.is_well
    assert "no photo or document is accepted" in check.words
    assert "TASKING_CLAMD" in check.advice


def test_a_virus_scanner_that_answers_is_well(scanned):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                while b"tasking doctor" not in connection.recv(4096):
                    pass
                connection.sendall(b"stream: OK\0")

        daemon = threading.Thread(target=answer)
        daemon.start()
        check = scanned(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        daemon.join(10)
    assert check.is_well
    assert "it answers" in check.words
