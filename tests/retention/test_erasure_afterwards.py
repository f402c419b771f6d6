"""Afterwards: what was deleted has left the disk, or the certificate says not yet; the search finds what is left."""

import base64
import bz2
import datetime as dt
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
from email.message import EmailMessage
from functools import partial

import openpyxl
import pytest
from conftest import empty_database
from leaks import leaks
from typer.testing import CliRunner

from tasking.cli import app
from tasking.model.errors import TaskingError
from tasking.privacy import erasure
from tasking.privacy.erasure import OutsideStores
from tasking.privacy.erasure.file_contents import kinds_in_file
from tasking.privacy.erasure.search import Exemptions, search
from tasking.privacy.erasure.search_terms import search_terms_of
from tasking.privacy.store import redaction
from tasking.privacy.store.freed_pages import database_files, vacuum
from tasking.runtime.backup import back_up, restore
from tasking.runtime.settings import Settings

from .conftest import CANARIES, NAME, PHONE
from .random_people import build, copied, erased, faults_of, left_of, move_to, tables_of
from .test_erasure import elsewhere, stores  # noqa: F401 - a fixture

HERS = search_terms_of([NAME], ["+447700900987", "zoe.quarrington@example.org"])


@pytest.fixture
def reader(traces):
    """Somebody who reads the warehouse, in a transaction, all the while."""
    connection = sqlite3.connect(traces.home.parent / "tasking.db", isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM report_person").fetchall()
    yield connection
    connection.close()


def test_with_a_reader_the_certificate_says_not_yet_and_it_can_be_finished(traces, reader):
    certificate = erasure.erase(traces.open().privacy, PHONE, "records officer", wait_s=1)
    assert (certificate["is_complete"], certificate["deleted_pages_given_up"]) == (False, False)
    assert certificate["still_to_do"][0].startswith("not yet: close ")
    assert f"tasking erase --finish {certificate['erasure']}" in certificate["still_to_do"][0]
    assert leaks(stores(traces, OutsideStores()), CANARIES)
    reader.close()
    finished = erasure.finish(traces.open().privacy, certificate["erasure"], "records officer", wait_s=1)
    assert finished["is_complete"]
    assert finished["removed"] == certificate["removed"]
    assert leaks(stores(traces, OutsideStores()), CANARIES) == []
    (kept,) = traces.rows("erasure")
    assert json.loads(kept["certificate"]) == finished


def test_a_reader_who_leaves_in_time_is_waited_for(traces, reader):
    engine = traces.open().warehouse.engine
    waits = []

    def leave(_seconds: float) -> None:
        waits.append(1)
        reader.close()

    assert vacuum(engine, 5, leave).is_done
    assert waits == [1]
    assert all(path.stat().st_size == 0 for path in database_files(engine) if path.name.endswith("-wal"))


def test_what_is_left_in_free_pages_is_found(traces):
    with sqlite3.connect(traces.home.parent / "tasking.db") as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("DELETE FROM report_person")
        connection.execute("UPDATE held SET row_as_sent = '{}'")
    connection.close()
    desk = traces.open()
    found = search(desk.privacy, HERS, Exemptions((), {}), OutsideStores(), are_pages_gone=True)
    assert any(place.startswith("the bytes of tasking.db") for place in found.places)


def test_an_erasure_that_is_not_there_can_not_be_finished(traces):
    with pytest.raises(TaskingError, match="no erasure E-00000000"):
        erasure.finish(traces.open().privacy, "E-00000000", "records officer")


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Who?", 7700900987, "Zoë Quarrington"])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "kent@example.org", "Zoë Quarrington"
    message.set_content(f"rang from {PHONE}")
    message.add_attachment(workbook(), maintype="application", subtype="vnd.ms-excel", filename="log.xlsx")
    return message.as_bytes()


def zipped(content: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner.csv", content)
    return written.getvalue()


def tarred(content: bytes) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        info = tarfile.TarInfo("inner")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return written.getvalue()


TEXT = f"told by Zoë Quarrington ({PHONE})"
FILES = {
    "text": partial(str.encode, TEXT), "cp1252": lambda: TEXT.encode("cp1252"), "utf-16": lambda: TEXT.encode("utf-16"),
    "json": lambda: json.dumps({"text": TEXT}).encode(), "html": lambda: b"Zo&euml; <b>Quarrington</b> 07700&nbsp;900987",
    "address": lambda: b"q=Zo%C3%AB+Quarrington&t=07700900987", "gzip": lambda: gzip.compress(TEXT.encode()),
    "bzip2": lambda: bz2.compress(TEXT.encode()), "xz": lambda: lzma.compress(TEXT.encode()),
    "zip": lambda: zipped(TEXT.encode()), "gzip in zip": lambda: zipped(gzip.compress(TEXT.encode())),
    "tar": lambda: tarred(TEXT.encode()), "workbook": workbook, "mail": mail,
    "base64": lambda: base64.b64encode(TEXT.encode()),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_the_search_looks_into_files_of_every_kind(kind):
    found, closed = kinds_in_file(HERS, FILES[kind]())
    assert found == {"name", "telephone"}
    assert closed == []


@pytest.mark.parametrize(("content", "words"), [(b"%PDF-1.7 x", "PDF"), (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
                                                (b"PK\x03\x04 broken", "a damaged file")])  # fmt: skip
def test_what_can_not_be_looked_into_is_named(content, words):
    assert kinds_in_file(HERS, content) == (set(), [words])


@pytest.mark.parametrize("text", ["Zoe Quarringtonsen", "waiting", "order 077009009871", "quarrington"])
def test_the_search_takes_nobody_else_for_her(text):
    assert HERS.kinds_in(text) == set()


def test_values_that_stand_side_by_side_in_a_database_are_told_apart():
    assert HERS.kinds_in_bytes("behind the binsZoë Quarrington+447700900123".encode()) == {"name"}
    assert search_terms_of(["Zoë Quarrington"], []).kinds_in_bytes("Zoë Quarringtonsen".encode()) == set()


def test_a_log_keeps_every_other_byte(traces, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    lines = ['{"event": "rang Zo\\u00eb Quarrington", "level": "info"}', "Zo\u00eb saw it  ", '{"a":1}']
    path = logs / "attempt=1.log"
    path.write_bytes("\r\n".join(lines).encode())
    erasure.erase(traces.open().privacy, PHONE, "records officer", OutsideStores([logs]))
    lines[0] = '{"event": "rang [erased]", "level": "info"}'
    assert path.read_bytes() == "\r\n".join(lines).encode()


def test_a_back_up_is_named_with_what_to_do(traces, monkeypatch):
    settings = Settings(home=traces.home, database_url=traces.database_url)
    folder = traces.home.parent / "back-ups"
    folder.mkdir()
    back_up(settings, folder / "monday.tar.gz")
    certificate = erasure.erase(traces.open().privacy, PHONE, "records officer", OutsideStores(only_searched=[folder]))
    assert "monday.tar.gz: they are in it" in certificate["back_ups"]
    assert any(one.startswith("monday.tar.gz, of ") for one in certificate["back_ups"])
    assert "erase again after restoring" in certificate["still_to_do"][-1]
    assert (folder / "monday.tar.gz").exists()


def test_a_back_up_that_is_restored_says_who_has_to_be_erased_again(traces):
    settings = Settings(home=traces.home, database_url=traces.database_url)
    path = traces.home.parent / "monday.tar.gz"
    back_up(settings, path)
    certificate = erasure.erase(traces.open().privacy, PHONE, "records officer")
    manifest = restore(settings, path, is_replacing=True)
    assert manifest["erased_since"] == [certificate["erasure"]]
    assert certificate["erasure"] in {one["erasure_id"] for one in traces.rows("erasure")}
    path.unlink()
    erasure.erase(traces.open().privacy, PHONE, "records officer")
    assert leaks(stores(traces, OutsideStores()), CANARIES) == []


def test_an_erasure_that_was_cut_off_is_named_where_nobody_is_known_any_more(traces, monkeypatch):
    def cut(*_given, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("tasking.privacy.erasure.carry_out._vacuum", cut)
    with pytest.raises(KeyboardInterrupt):
        erasure.erase(traces.open().privacy, PHONE, "records officer")
    monkeypatch.undo()
    with pytest.raises(TaskingError, match="was cut off") as error:
        erasure.erase(traces.open().privacy, PHONE, "records officer")
    erasure_id = str(error.value).rpartition(" ")[2].rstrip("`")
    half = erasure.finish(traces.open().privacy, erasure_id, "records officer")
    assert (half["is_complete"], half["still_to_do"][0].split(":")[0]) == (False, "not searched yet")
    assert erasure.finish(traces.open().privacy, erasure_id, "records officer", ref=PHONE)["is_complete"]
    assert leaks(stores(traces, OutsideStores()), CANARIES) == []


def test_only_declared_columns_of_airflow_are_changed(traces, tmp_path):
    database = tmp_path / "airflow.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE dag_run_note (dag_run_id INTEGER PRIMARY KEY, user_id TEXT, content TEXT)")
        connection.execute("INSERT INTO dag_run_note VALUES (1, 'Zoe Quarrington', ?)", (json.dumps({"who": NAME}),))
    connection.close()
    with pytest.raises(TaskingError, match=r"Airflow: dag_run_note\.user_id"):
        erasure.erase(traces.open().privacy, PHONE, "records officer", OutsideStores((), [f"sqlite:///{database}"]))
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT * FROM dag_run_note").fetchall() == [
            (1, "Zoe Quarrington", '{"who": "[erased]"}')
        ]
    connection.close()


def test_the_command_lists_takes_ticks_and_prints_a_certificate(traces, monkeypatch, tmp_path):
    monkeypatch.setenv("TASKING_HOME", str(traces.home))
    monkeypatch.setenv("TASKING_DATABASE_URL", traces.database_url)
    monkeypatch.setenv("TASKING_PSEUDONYM_KEY", "ab" * 32)
    listed = tmp_path / "list.csv"
    run = CliRunner().invoke(app, ["erase", "--subject", PHONE, "--dry-run", "--out", str(listed)])
    assert run.exit_code == 0, run.output
    assert "Possible matches" in run.output
    assert leaks(stores(traces, OutsideStores()), CANARIES)
    run = CliRunner().invoke(app, ["erase", "--subject", "-", "--ticked", str(listed)], input=f"{NAME}\n{PHONE}\n")
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout[: run.stdout.rindex("}") + 1])["is_complete"]
    assert leaks(stores(traces, OutsideStores()), CANARIES) == []


def test_values_of_json_are_changed_where_they_stand():
    value = {"a": ['{"b": "Zo\\u00eb"}', 7], "c": None}
    assert dict(redaction.leaves(value)) == {("a", 0, redaction.EMBEDDED, "b"): "Zoë", ("a", 1): "7"}
    changed = redaction.with_leaves(value, {("a", 0, redaction.EMBEDDED, "b"): "é"})
    assert changed == {"a": ['{"b": "\\u00e9"}', 7], "c": None}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    from conftest import GOLD

    return build(tmp_path_factory.mktemp("world"), GOLD / "dev.jsonl", 1, 3)


@pytest.mark.parametrize("number", range(3))
def test_a_random_person_is_gone_and_nobody_else_is_changed(world, tmp_path, number):
    one, desk = world.people[number * 7 % len(world.people)], copied(world, tmp_path)
    before = tables_of(desk)
    _, certificate = erased(world, desk, one)
    assert certificate["is_complete"]
    assert faults_of(world, desk, one, before, tables_of(desk)) == []
    assert left_of(world, desk, one) == []


@pytest.mark.server
def test_on_postgresql_deleted_rows_leave_the_files_too(traces, tmp_path):
    import sqlalchemy as sa

    with empty_database("postgresql", tmp_path) as url:
        move_to(traces, url)
        desk = type(traces)(traces.home, traces.drops, url)
        admin = sa.create_engine(url)
        reader = admin.connect()
        reader.execute(sa.text("BEGIN ISOLATION LEVEL REPEATABLE READ"))
        reader.execute(sa.text("SELECT count(*) FROM linked_day"))
        certificate = erasure.erase(desk.open().privacy, PHONE, "records officer", wait_s=1)
        assert not certificate["is_complete"]
        assert "not yet: close session (process" in certificate["still_to_do"][0]
        reader.close()
        finished = erasure.finish(desk.open().privacy, certificate["erasure"], "records officer", ref=PHONE, wait_s=30)
        assert finished["is_complete"], finished["still_to_do"]
        assert any("write-ahead log" in one for one in finished["still_to_do"])
        assert leaks({"rows": repr(tables_of(desk)).encode(), "files": files_of_postgresql(admin)}, CANARIES) == []
        admin.dispose()


def files_of_postgresql(engine) -> bytes:
    """The bytes of every table, index and catalogue of statistics of a database, as on the disk."""
    import sqlalchemy as sa

    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CHECKPOINT"))
        names = (
            "SELECT oid FROM pg_class WHERE relkind IN ('r', 'i', 't') AND relfilenode <> 0 OR relname = 'pg_statistic'"
        )
        query = f"SELECT pg_read_binary_file(pg_relation_filepath(oid), 0, 100000000, true) FROM ({names}) AS named"  # noqa: S608
        return b"\n".join(bytes(one) for one in connection.execute(sa.text(query)).scalars() if one)


def test_an_old_certificate_can_still_be_read(traces):
    from tasking.privacy.store import certificates as store

    with traces.open().warehouse.writing() as connection:
        at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        store.store_certificate(connection, "E-0a1b2c3d", json.dumps(OLD), "records officer", "certificate 00", at)
    finished = erasure.finish(traces.open().privacy, "E-0a1b2c3d", "records officer")
    assert finished["deleted_pages_given_up"]
    assert finished["reports"] == 5


OLD = {
    "erasure": "E-0a1b2c3d", "partnership": "CSU", "erased_at": "2026-11-01T09:00:00+00:00", "by": "records officer",
    "subject": "00", "reports": 5, "removed": {"reports": 5}, "looked_through": [], "found_afterwards": 0,
    "deleted_pages_given_up": False, "not_ours_to_erase": [],
}  # fmt: skip
