"""What was deleted is off the disk, or who prevents it is named. PostgreSQL's side, which speaks to a server, over a
driver that answers as one; the same against a server is in test_erasure_afterwards.py."""

import sqlite3
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tasking.privacy.store import freed_pages
from tasking.privacy.store.freed_pages import database_files, overwrite_deleted, vacuum


class ServerError(Exception):
    pass


class OperationalError(ServerError):
    pass


class Server:
    """A driver's connection and cursor. `kept`: dead rows that VACUUM could not remove; `refuses`: what a statement that
    fails begins with."""

    def __init__(self, kept: int = 0, refuses: str = "", archive_mode: str = "off", slots: int = 0) -> None:
        self.kept, self.refuses, self.about = kept, refuses, ("0/16B3748", archive_mode, slots)
        self.said, self.listeners, self.is_open = [], [], True
        self.dialect = SimpleNamespace(
            name="postgresql", loaded_dbapi=SimpleNamespace(OperationalError=OperationalError, Error=ServerError)
        )

    def raw_connection(self):
        return SimpleNamespace(driver_connection=self, rollback=lambda: None, invalidate=self.close, close=lambda: None)

    def close(self):
        self.is_open = False

    def add_notice_handler(self, listener):
        self.listeners.append(listener)

    def cursor(self):
        return self

    def execute(self, statement):
        self.said.append(statement)
        if self.refuses and statement.startswith(self.refuses):
            raise (ServerError if "pg_statistic" in statement else OperationalError)
        if statement.startswith("VACUUM (FULL, ANALYZE"):
            for listener in self.listeners:
                listener(SimpleNamespace(message_detail=f"{self.kept} dead row versions cannot be removed yet."))
                listener(SimpleNamespace(message_detail=None))

    def fetchall(self):
        return [("held",), ("report_person",)]

    def fetchone(self):
        return self.about


@pytest.fixture(autouse=True)
def _nobody_blocks(monkeypatch):
    monkeypatch.setattr(freed_pages, "_blockers", lambda _engine: "")


def test_every_table_is_rewritten_and_so_are_the_statistics():
    server = Server()
    result = vacuum(server)
    assert (result.is_done, result.why) == (True, "")
    rewritten = [one for one in server.said if one.startswith("VACUUM")]
    assert rewritten == [
        "VACUUM (FULL, ANALYZE, VERBOSE) held",
        "VACUUM (FULL, ANALYZE, VERBOSE) report_person",
        "VACUUM (FULL) pg_statistic",
    ]
    assert not server.is_open


def test_rows_that_an_older_transaction_may_still_see_are_not_gone():
    result = vacuum(Server(kept=2), wait_s=1)
    assert (result.is_done, result.why) == (False, "a session whose transaction began before the erasure")


def test_a_table_that_somebody_reads_is_named_and_the_connection_is_given_up():
    server = Server(refuses="VACUUM (FULL, ANALYZE, VERBOSE) report_person")
    result = vacuum(server, wait_s=1)
    assert (result.is_done, result.why) == (False, "a session that reads report_person")
    assert not server.is_open


def test_who_prevents_it_is_named_where_the_server_says(monkeypatch):
    monkeypatch.setattr(freed_pages, "_blockers", lambda _engine: "psql (process 41)")
    assert vacuum(Server(kept=2), wait_s=1).why == "psql (process 41)"
    assert vacuum(Server(refuses="VACUUM"), wait_s=1).why == "psql (process 41)"


def test_old_statistics_that_we_may_not_rewrite_are_left_to_an_administrator():
    result = vacuum(Server(refuses="VACUUM (FULL) pg_statistic"))
    assert result.is_done
    assert "have an administrator run VACUUM (FULL) pg_statistic" in result.notes[-1]


def test_the_log_an_archive_and_a_standby_that_still_have_the_rows_are_named():
    (log,) = vacuum(Server()).notes
    assert "write-ahead log up to 0/16B3748" in log
    log, archive, standby = vacuum(Server(archive_mode="on", slots=2)).notes
    assert "delete what was archived up to 0/16B3748, and base back-ups made before" in archive
    assert standby.startswith("2 replication slot(s)")


def test_it_is_tried_again_each_second_and_no_longer_than_was_asked():
    pauses = []
    assert not vacuum(Server(kept=1), wait_s=3, sleep=pauses.append).is_done
    assert pauses == [1.0, 1.0]


# SQLite


@pytest.fixture
def engine(tmp_path):
    made = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with made.begin() as connection:
        overwrite_deleted(connection)
        connection.exec_driver_sql("CREATE TABLE report (words TEXT)")
        connection.exec_driver_sql("INSERT INTO report VALUES ('kettlewhisper')")
    yield made
    made.dispose()


def test_the_words_of_a_deleted_row_are_in_no_file(engine):
    assert any(b"kettlewhisper" in path.read_bytes() for path in database_files(engine))
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM report")
    assert vacuum(engine).is_done
    assert not any(b"kettlewhisper" in path.read_bytes() for path in database_files(engine))


def test_a_process_that_writes_meanwhile_is_named(engine, monkeypatch):
    monkeypatch.setattr(freed_pages, "_TRY_MS", 1)
    other = sqlite3.connect(engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    result = vacuum(engine, wait_s=1)
    other.close()
    assert not result.is_done
    assert "(process " in result.why
    assert "database is locked" in result.why


def test_somebody_who_reads_what_was_there_before_keeps_it_from_being_gone(engine, monkeypatch):
    monkeypatch.setattr(freed_pages, "_TRY_MS", 1)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    reader = sqlite3.connect(engine.url.database, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT words FROM report").fetchall()
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM report")
    during = vacuum(engine, wait_s=1)
    reader.close()
    assert (during.is_done, "(process " in during.why) == (False, True)
    assert vacuum(engine).is_done
    assert not any(b"kettlewhisper" in path.read_bytes() for path in database_files(engine))


def test_a_database_in_memory_or_on_a_server_has_no_files():
    assert database_files(sa.create_engine("sqlite://")) == []
    assert database_files(SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))) == []
