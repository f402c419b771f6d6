"""A folder: whole files are taken, half-sent ones are not, and what looks as if it was meant is named."""

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conftest import settle

from tasking.intake.transports import open_drops
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.folder import FolderTransport
from tasking.intake.transports.objects import ObjectStore
from tasking.model.delivery import FetchResult
from tasking.model.errors import DeliveryNotComplete, TransportError

NOW_S = 1_792_640_000.0


@dataclass
class Hands:
    """A clock that is turned by sleeping; `meanwhile` happens in the first sleep."""

    now_s: float = NOW_S
    slept_s: float = 0.0
    meanwhile: object = None

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.slept_s += seconds
        if self.meanwhile:
            self.meanwhile()
            self.meanwhile = None

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now_s, lambda: self.now_s, self.sleep)


@pytest.fixture
def hands():
    return Hands()


def put(path: Path, content: bytes, age_s: float) -> Path:
    path.write_bytes(content)
    os.utime(path, (NOW_S - age_s, NOW_S - age_s))
    return path


def test_a_file_is_taken_unchanged(tmp_path, request_for):
    wanted = request_for("residents")
    path = tmp_path / wanted.file_name
    path.write_bytes(b"\xff\x00 as it is")
    settle(path)
    (file,) = FolderTransport(tmp_path).fetch(wanted).files
    assert (file.name, file.content, file.note, file.lacking) == (wanted.file_name, b"\xff\x00 as it is", "", "")


def test_no_file_is_no_delivery_and_an_empty_folder_may_be_a_share_that_is_gone(tmp_path, request_for):
    fetch = FolderTransport(tmp_path).fetch(request_for("residents"))
    assert (fetch.files, fetch.not_taken) == ((), ())
    assert fetch.hints == ("the folder is empty, without even an older file: if it is a share, is it mounted?",)
    (tmp_path / "minutes.docx").write_bytes(b"")
    assert FolderTransport(tmp_path).fetch(request_for("residents")) == FetchResult()


def test_a_missing_folder_is_not_a_missing_file(tmp_path, request_for):
    with pytest.raises(TransportError, match="residents: there is no folder to look into"):
        FolderTransport(tmp_path / "share").fetch(request_for("residents"))
    (tmp_path / "share").write_bytes(b"")
    with pytest.raises(TransportError, match="no folder"):
        FolderTransport(tmp_path / "share").fetch(request_for("residents"))


def test_among_drops_a_feed_without_a_folder_has_sent_nothing(tmp_path, request_for):
    from conftest import ROOT

    from tasking.config.feed import load_feed

    feed = load_feed(ROOT / "include" / "feeds" / "residents.yml")
    assert open_drops(feed, tmp_path).fetch(request_for("residents")) == FetchResult()
    with pytest.raises(TransportError, match="no folder"):
        open_drops(feed, tmp_path / "not there").fetch(request_for("residents"))


def test_a_file_that_was_just_written_is_waited_for_and_taken(tmp_path, request_for, hands):
    wanted = request_for("residents")
    put(tmp_path / wanted.file_name, b"whole", age_s=1)
    fetch = FolderTransport(tmp_path, 5, clock=hands.clock).fetch(wanted)
    assert fetch.files[0].content == b"whole"
    assert hands.slept_s == pytest.approx(4)


def test_a_file_that_has_stood_still_is_not_waited_for(tmp_path, request_for, hands):
    wanted = request_for("residents")
    put(tmp_path / wanted.file_name, b"whole", age_s=6)
    assert FolderTransport(tmp_path, 5, clock=hands.clock).fetch(wanted).files
    assert hands.slept_s == 0


@pytest.mark.parametrize("ahead_s", [1, 3600, 400_000_000])
def test_a_clock_that_is_off_makes_nobody_wait_for_ever(tmp_path, request_for, hands, ahead_s):
    wanted = request_for("residents")
    put(tmp_path / wanted.file_name, b"whole", age_s=-ahead_s)
    assert FolderTransport(tmp_path, 5, clock=hands.clock).fetch(wanted).files
    assert hands.slept_s == pytest.approx(5)


def test_a_file_that_is_still_growing_is_not_taken(tmp_path, request_for, hands):
    wanted = request_for("residents")
    path = put(tmp_path / wanted.file_name, b"first half", age_s=0)
    hands.meanwhile = lambda: put(path, b"first half, second half", age_s=-1)
    with pytest.raises(DeliveryNotComplete, match=f"residents: {wanted.file_name} is still being written"):
        FolderTransport(tmp_path, 5, clock=hands.clock).fetch(wanted)


def test_a_file_that_grows_while_it_is_read_is_not_taken(tmp_path, request_for, hands, monkeypatch):
    from tasking.intake.transports import folder

    wanted = request_for("residents")
    path = put(tmp_path / wanted.file_name, b"first half", age_s=100)
    read = folder._Folder.read

    def reads_and_grows(self, name, size):
        content = read(self, name, size)
        path.write_bytes(b"first half, second half")
        return content

    monkeypatch.setattr(folder._Folder, "read", reads_and_grows)
    with pytest.raises(DeliveryNotComplete, match="still being written"):
        FolderTransport(tmp_path, 5, clock=hands.clock).fetch(wanted)


def test_an_empty_file_is_a_placeholder_for_ten_minutes(tmp_path, request_for, hands):
    wanted = request_for("residents")
    put(tmp_path / wanted.file_name, b"", age_s=60)
    with pytest.raises(DeliveryNotComplete, match="is empty so far"):
        FolderTransport(tmp_path, 5, clock=hands.clock).fetch(wanted)
    hands.now_s += 600
    assert FolderTransport(tmp_path, 5, clock=hands.clock).fetch(wanted).files[0].content == b""


def test_an_upload_that_goes_on_is_not_a_missing_file(tmp_path, request_for, hands):
    wanted = request_for("residents")
    put(tmp_path / f"{wanted.file_name}.filepart", b"half", age_s=100)
    with pytest.raises(DeliveryNotComplete, match="still being sent"):
        FolderTransport(tmp_path, 5, clock=hands.clock).fetch(wanted)


def test_a_good_file_does_not_wait_for_a_copy_that_is_not_whole(tmp_path, request_for, hands):
    wanted = request_for("residents")
    put(tmp_path / wanted.file_name, b"whole", age_s=100)
    put(tmp_path / wanted.file_name.replace(".csv", " (1).csv"), b"", age_s=100)
    fetch = FolderTransport(tmp_path, 5, clock=hands.clock).fetch(wanted)
    assert [file.content for file in fetch.files] == [b"whole"]
    assert fetch.not_taken == ("“concerns-20261022 (1).csv” (is empty so far)",)


def test_copies_come_in_the_order_in_which_they_were_put_there(tmp_path, request_for, hands):
    wanted = request_for("residents")
    put(tmp_path / "concerns-20261022 (1).csv", b"first", age_s=300)
    put(tmp_path / "Concerns 20261022.CSV", b"second", age_s=200)
    put(tmp_path / "concerns-20261022.csv", b"third", age_s=100)
    put(tmp_path / "concerns-20261021.csv", b"another day's", age_s=100)
    put(tmp_path / "concerns-20261022 with notes.csv", b"no", age_s=100)
    (tmp_path / "concerns-20261022.zip").mkdir()
    fetch = FolderTransport(tmp_path, 5, clock=hands.clock).fetch(wanted)
    assert [file.content for file in fetch.files] == [b"first", b"second", b"third"]
    assert [file.note for file in fetch.files] == [
        "came as “concerns-20261022 (1).csv”",
        "came as “Concerns 20261022.CSV”",
        "",
    ]
    assert {name.partition(" (")[0] for name in fetch.not_taken} == {
        "“concerns-20261022 with notes.csv”",
        "“concerns-20261022.zip”",
    }


def test_another_ending_is_taken_only_where_the_right_one_is_not_there(tmp_path, request_for, hands):
    wanted = request_for("residents")
    put(tmp_path / "concerns-20261022.txt", b"text", age_s=300)
    assert FolderTransport(tmp_path, clock=hands.clock).fetch(wanted).files[0].content == b"text"
    put(tmp_path / wanted.file_name, b"right", age_s=300)
    fetch = FolderTransport(tmp_path, clock=hands.clock).fetch(wanted)
    assert [file.content for file in fetch.files] == [b"right"]
    assert fetch.not_taken == ("“concerns-20261022.txt” (not the name that we ask for)",)


def test_looking_back_brings_the_files_of_the_days_before_too(tmp_path, request_for, hands):
    wanted = replace(request_for("residents"), earlier_names=("concerns-20261021.csv", "concerns-20261020.csv"))
    for day in (20, 21, 22):
        put(tmp_path / f"concerns-202610{day}.csv", str(day).encode(), age_s=(30 - day) * 86_400)
    fetch = FolderTransport(tmp_path, clock=hands.clock).fetch(wanted)
    assert [(file.name, file.content) for file in fetch.files] == [
        ("concerns-20261022.csv", b"22"), ("concerns-20261021.csv", b"21"), ("concerns-20261020.csv", b"20"),
    ]  # fmt: skip


def test_a_file_that_is_larger_than_we_take_is_named(tmp_path, request_for, hands):
    wanted = request_for("residents")
    put(tmp_path / wanted.file_name, b"more than ten bytes", age_s=300)
    fetch = FolderTransport(tmp_path, clock=hands.clock, most_bytes=10).fetch(wanted)
    assert fetch == FetchResult((), ("“concerns-20261022.csv” (19 bytes; file.max_bytes is 10)",))


def test_many_that_were_meant_are_told_shortly(tmp_path, request_for, hands):
    for number in range(30):
        put(tmp_path / f"concerns-20261022 FINAL{chr(97 + number % 26)}{'x' * (number // 26)}.csv", b"x", age_s=300)
    others = FolderTransport(tmp_path, clock=hands.clock).fetch(request_for("residents")).not_taken
    assert (len(others), others[-1]) == (21, "and 10 more")


def test_names_that_are_no_text_are_no_hindrance(tmp_path, request_for, hands):
    wanted = request_for("residents")
    put(tmp_path / wanted.file_name, b"whole", age_s=300)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/concerns-20261022\xff.csv")).write_bytes(b"x")
    (tmp_path / "concerns-20261022 (2).csv").symlink_to(tmp_path / "nowhere")
    fetch = FolderTransport(tmp_path, clock=hands.clock).fetch(wanted)
    assert [file.content for file in fetch.files] == [b"whole"]
    for name in fetch.not_taken:
        name.encode()


def test_with_the_real_clock_a_file_that_was_just_written_lands_at_once(tmp_path, request_for):
    wanted = request_for("residents")
    (tmp_path / wanted.file_name).write_bytes(b"whole")
    started = time.monotonic()
    assert FolderTransport(tmp_path, still_for_s=0.3).fetch(wanted).files
    assert time.monotonic() - started < 2


def test_object_storage_may_be_any_that_fsspec_knows(tmp_path, request_for):
    wanted = request_for("fire")
    store = ObjectStore(f"file://{tmp_path}", None)
    nothing = store.fetch(wanted)
    assert (nothing.files, nothing.not_taken) == ((), ())
    assert nothing.hints[0].startswith("the folder is empty")
    (tmp_path / "KFRS 2026-10-22.JSONL").write_bytes(b"{}\n")
    (file,) = store.fetch(wanted).files
    assert (file.name, file.content, file.note) == (wanted.file_name, b"{}\n", "came as “KFRS 2026-10-22.JSONL”")


def test_object_storage_tells_what_is_ours_from_what_is_not_there(tmp_path, request_for):
    wanted = request_for("fire")
    for url, words in (
        (f"file://{tmp_path}/no", "there is no such folder"),
        ("unheard://x/y", "address can't be used"),
    ):
        with pytest.raises(TransportError, match=f"fire: .*{words}"):
            ObjectStore(url, None).fetch(wanted)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path, request_for):
    secret = tmp_path / "secret.txt"
    secret.write_text("not theirs")
    folder = tmp_path / "drops"
    folder.mkdir()
    wanted = request_for("residents")
    for target in (secret, tmp_path / "nowhere"):
        link = folder / wanted.file_name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        fetch = FolderTransport(folder).fetch(wanted)
        assert fetch.files == ()
        assert fetch.not_taken
