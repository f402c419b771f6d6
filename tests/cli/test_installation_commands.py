"""Keys, back-ups, accounts, places and partnerships from a shell: nothing secret is shown, nothing is half done."""

import re
import runpy
import stat
import sys

import pytest

from tasking.model.errors import TaskingError
from tasking.places.build import BuildCounts
from tasking.privacy.store.certificates import store_certificate
from tasking.runtime import access

from .typed import outcome

KEY = "cd" * 32


@pytest.fixture
def call(desk, monkeypatch):
    """call(*arguments): the output of a command that has to end with `status`, in a home with an empty warehouse."""
    monkeypatch.setenv("TASKING_HOME", str(desk.home))
    monkeypatch.setenv("TASKING_DATABASE_URL", desk.database_url)
    return outcome


def test_python_m_is_the_same_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["tasking", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("tasking.cli", run_name="__main__")
    assert ended.value.code == 0
    assert "tasking run --day" in capsys.readouterr().out


# The key of the pseudonyms


@pytest.fixture
def key_file(desk):
    path = desk.home / "var" / "pseudonym.key"
    path.parent.mkdir()
    path.write_text(f"k1:{KEY}\n")
    return path


def test_the_key_is_named_and_never_shown(call, key_file):
    assert call("keys", "show") == "in force: k1"


def test_a_new_key_takes_the_place_of_the_old_one_and_neither_is_shown(call, key_file):
    words = call("keys", "rotate")
    assert words == "new key: k2 0 reports put under the new key; 1 old key destroyed"
    (line,) = key_file.read_text().splitlines()
    assert re.fullmatch(r"k2:[0-9a-f]{64}", line)
    assert KEY not in line
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_rotation_that_is_cut_off_keeps_the_old_key_until_rekey_has_gone_through(call, key_file, monkeypatch):
    def cut_off(_service):
        raise TaskingError("the warehouse does not answer")

    with monkeypatch.context() as patch:
        patch.setattr("tasking.privacy.rekeying.rekey", cut_off)
        assert "the warehouse does not answer" in call("keys", "rotate", status=2)
    assert [line[:2] for line in key_file.read_text().splitlines()] == ["k1", "k2"]
    assert "1 old key destroyed" in call("keys", "rekey")
    assert [line[:2] for line in key_file.read_text().splitlines()] == ["k2"]


def test_a_key_from_the_environment_is_not_replaced_by_a_file(call, desk, monkeypatch):
    monkeypatch.setenv("TASKING_PSEUDONYM_KEY", KEY)
    words = call("keys", "rotate", status=2)
    assert "put a new one there with the next id" in words
    assert KEY not in words
    assert not (desk.home / "var" / "pseudonym.key").exists()
    assert "0 old keys destroyed" in call("keys", "rekey")


def test_a_key_that_is_cut_short_is_refused_without_quoting_it(call, key_file):
    key_file.write_text(f"k1:{KEY[:40]}\n")
    words = call("keys", "show", status=2)
    assert "pseudonym.key must be at least 64 hex digits" in words
    assert KEY[:40] not in words


# Back-ups


@pytest.fixture
def backup(call, key_file, tmp_path):
    """A back-up of the empty warehouse, and what was said of it."""
    path = tmp_path / "backup.tar.gz"
    return path, call("backup", str(path))


def test_a_back_up_says_that_the_key_is_not_in_it(backup):
    assert backup[1].endswith("without the key)")


def test_a_back_up_with_the_key_says_so(call, key_file, tmp_path):
    assert call("backup", str(tmp_path / "all.tar.gz"), "--with-key").endswith("with the key)")


def test_who_was_erased_since_a_back_up_is_named_when_it_is_restored(call, backup, desk):
    warehouse = desk.open().warehouse
    with warehouse.writing() as connection:
        store_certificate(connection, "E-20261120-1", '{"by": "records officer"}', "records officer", "", desk.now)
    warehouse.engine.dispose()
    words = call("restore", str(backup[0]))
    assert "People erased since then must be erased again." in words
    assert "Erased since: E-20261120-1. Find out who asked for these." in words


def test_without_an_erasure_since_nobody_is_named(call, backup):
    assert "Erased since" not in call("restore", str(backup[0]))


def test_what_is_no_back_up_is_refused_in_a_sentence(call, tmp_path):
    (tmp_path / "notes.txt").write_text("no archive")
    assert "notes.txt is not a Tasking back-up, or it is damaged" in call(
        "restore", str(tmp_path / "notes.txt"), status=2
    )


# Roles and accounts


def test_roles_that_are_as_declared_are_said_to_be_so(call, monkeypatch):
    monkeypatch.setattr(access, "apply_roles", lambda *_: [])
    assert call("access", "apply") == "the roles are as declared"


def test_what_changed_in_the_roles_is_said(call, monkeypatch):
    monkeypatch.setattr(access, "apply_roles", lambda *_: ["Tasking viewer: 2 permissions given, 1 taken away"])
    assert call("access", "apply") == "Tasking viewer: 2 permissions given, 1 taken away"


def test_the_password_of_a_new_account_is_shown_as_it_is(call, monkeypatch):
    monkeypatch.setattr(access, "make_account", lambda *_: "[b]x")  # brackets are no mark-up
    assert call("access", "account", "moss") == "moss [b]x"


def test_an_account_that_is_there_keeps_its_password(call, monkeypatch):
    monkeypatch.setattr(access, "make_account", lambda *_: None)
    assert "airflow users reset-password -u moss" in call("access", "account", "moss")


# Places


def test_a_folder_of_places_that_is_not_there_is_named(call, tmp_path):
    words = call("places", "build", "--postcodes", str(tmp_path / "none"), "--names", str(tmp_path), status=2)
    assert "none: there is no such file or folder; Code-Point Open is wanted" in words


def test_what_was_built_is_counted(call, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "tasking.places.build", lambda *_: BuildCounts(3_100, 2_400, 120, 80, notes=("1 site is outside",))
    )
    words = call("places", "build", "--postcodes", str(tmp_path), "--names", str(tmp_path))
    assert words == "3,100 postcodes, 2,400 streets, 120 towns, 80 sites 1 site is outside"


# Several partnerships


@pytest.fixture
def several(call, desk):
    """declare(name, text): a partnership's own part of partnership.yml."""

    def declare(name: str, text: str) -> None:
        own = desk.home / "include" / "partnerships" / name
        own.mkdir(parents=True, exist_ok=True)
        (own / "partnership.yml").write_text(text)

    for name in ("ashdown", "weald"):
        declare(name, f"name: {name.title()}\nchannels: {{slack_channel: '#{name}'}}\n")
    return declare


def test_partnerships_are_listed_a_line_each(call, several):
    assert call("partnerships", "list") == "ashdown weald"


def test_where_there_is_one_partnership_it_is_the_one_that_is_checked(call):
    assert call("partnerships", "check") == "1 partnership: sound"


def test_partnerships_that_are_sound_are_counted(call, several):
    assert call("partnerships", "check") == "2 partnerships: sound"


def test_a_declaration_that_is_wrong_ends_the_check_with_its_partnership_named(call, several):
    several("weald", "name: Weald\nfeeds: [parish]\n")
    words = call("partnerships", "check", status=2)
    assert (
        "weald: partnerships/weald/partnership.yml, line 2, column 9: feeds: there is no include/feeds/parish.yml"
        in words
    )
    assert "sound" not in words


@pytest.mark.parametrize(("fault", "status"), [("", 0), ("the warehouse does not answer", 1)])
def test_a_run_of_all_ends_with_a_fault_if_one_of_them_failed(call, several, monkeypatch, fault, status):
    monkeypatch.setattr("tasking.runtime.partnerships.run_all", lambda *_: {"ashdown": "", "weald": fault})
    words = call("partnerships", "run", "--day", "2026-10-22", status=status)
    assert words == f"ashdown 2026-10-22: done weald 2026-10-22: {fault or 'done'}"
