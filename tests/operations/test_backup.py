"""What was backed up is there again, to the byte, on both databases; what does not fit is refused in words."""

import shutil
import stat
import tarfile

import pytest
from conftest import NOW, TestDesk, home_for
from made_desks import desk_in, run_two_days

from tasking.model.errors import TaskingError
from tasking.runtime.backup import back_up, restore
from tasking.runtime.settings import Settings

DAYS = ("2026-10-22", "2026-10-23")
TABLES = ("report", "report_person", "held", "incident_report", "delivery", "briefing", "log", "outbox", "step")


@pytest.fixture
def desk(database_url, deliveries, tmp_path, prepared) -> TestDesk:
    if database_url.startswith("sqlite"):
        return desk_in(prepared.folder("two_days_posted", run_two_days, tmp_path), NOW)
    made = TestDesk(home_for(tmp_path / "home"), deliveries.folder, database_url)
    for day in DAYS:
        made.run(day)
    return made


def settings_of(desk: TestDesk) -> Settings:
    return Settings(home=desk.home, database_url=desk.database_url, pseudonym_key="ab" * 32)


def rows(desk: TestDesk) -> dict[str, list[str]]:
    return {table: sorted(map(repr, desk.rows(table))) for table in TABLES}


def test_all_of_it_comes_back(desk, tmp_path):
    file = tmp_path / "backup.tar.gz"
    back_up(settings_of(desk), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before, kept = rows(desk), desk.open().archive.digests()
    desk.run("2026-10-24")
    shutil.rmtree(desk.home / "var")
    restore(settings_of(desk), file, is_replacing=True)
    assert rows(desk) == before
    assert desk.open().archive.digests() == kept
    assert [desk.run(day).version for day in DAYS] == [1, 1]


def test_what_is_there_is_not_replaced_unasked(desk, tmp_path):
    file = tmp_path / "backup.tar.gz"
    back_up(settings_of(desk), file)
    before = rows(desk)
    with pytest.raises(TaskingError, match="--replace"):
        restore(settings_of(desk), file)
    assert rows(desk) == before


def test_the_key_is_apart_unless_asked_for(desk, tmp_path):
    (desk.home / "var" / "pseudonym.key").write_text(f"k1:{'cd' * 32}\n")
    for has_key in (False, True):
        file = tmp_path / f"{has_key}.tar.gz"
        back_up(settings_of(desk), file, has_key=has_key)
        with tarfile.open(file) as tar:
            assert ("pseudonym.key" in tar.getnames()) == has_key


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda file: file.write_bytes(b"no archive at all"), "not a Tasking back-up"),
    (lambda file: file.write_bytes(file.read_bytes()[:-2_000]), "damaged"),
])  # fmt: skip
def test_what_is_damaged_is_refused(desk, tmp_path, spoil, words):
    file = tmp_path / "backup.tar.gz"
    back_up(settings_of(desk), file)
    spoil(file)
    before = rows(desk)
    with pytest.raises(TaskingError, match=words):
        restore(settings_of(desk), file, is_replacing=True)
    assert rows(desk) == before
