"""Kept deliveries: whole or not at all, each once, and for nobody else on the machine."""

import os
import stat
from pathlib import Path

import pytest

from tasking.intake.archive import Archive


@pytest.fixture
def archive(tmp_path) -> Archive:
    return Archive(tmp_path / "deliveries")


def files(archive: Archive) -> list[str]:
    return [path.name for path in archive.folder.rglob("*") if path.is_file()]


def test_what_is_kept_twice_is_there_once_to_the_byte(archive):
    digest = archive.keep(b"Ref,Text\r\n1,\xa3\r\n")
    assert archive.keep(b"Ref,Text\r\n1,\xa3\r\n") == digest == Archive.digest_of(b"Ref,Text\r\n1,\xa3\r\n")
    assert archive.digests() == files(archive) == [digest]
    (path,) = (path for path in archive.folder.rglob("*") if path.is_file())
    assert path.read_bytes() == b"Ref,Text\r\n1,\xa3\r\n"
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)


@pytest.mark.parametrize("end", [OSError("no space left"), KeyboardInterrupt()])
def test_a_write_that_is_cut_off_leaves_no_half_and_can_be_done_again(archive, monkeypatch, end):
    def cut_off(_handle):
        raise end

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", cut_off)
        with pytest.raises(type(end)):
            archive.keep(b"a delivery")
    assert files(archive) == []
    assert archive.keep(b"a delivery") in archive.digests()


def test_a_file_that_is_being_written_is_not_among_those_that_are_kept(archive):
    digest = archive.keep(b"a delivery")
    Path(archive.folder / digest[:2] / ".half-x").write_bytes(b"a del")
    assert archive.digests() == [digest]


def test_what_is_removed_is_gone_and_said_to_have_been_there_once(archive):
    digest = archive.keep(b"a delivery")
    assert (archive.remove(digest), archive.remove(digest)) == (True, False)
    assert files(archive) == []
