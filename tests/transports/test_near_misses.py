"""Where nothing of the day is there: what was likely meant for it is named, and what was not is left out."""

import datetime as dt
import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speed import assert_soon

from tasking.intake.transports.dates_in_names import day_in, may_name_a_day_near
from tasking.intake.transports.folder import FolderTransport
from tasking.intake.transports.names import Fit, match
from tasking.intake.transports.near_misses import FileEntry, near_misses
from tasking.model.errors import DeliveryNotComplete

DAY = dt.date(2026, 10, 22)
DUE_S = dt.datetime(2026, 10, 22, 4, 50, tzinfo=dt.UTC).timestamp()  # ten past to six, as the partner sends it
BEFORE_S = DUE_S - 86_400


def put(path, at_s, content=b"x"):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at_s, at_s))
    return path


def others(folder, request) -> tuple[str, ...]:
    fetch = FolderTransport(folder, still_for_s=0).fetch(request)
    assert fetch.files == ()
    return fetch.not_taken


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("KP_CSU_20261021.csv", "came for this day, and its name says 21 Oct 2026"),
        ("KP_CSU_20261023.csv", "came for this day, and its name says 23 Oct 2026"),
        ("KP CSU 20261021 (1).csv", "its name says 21 Oct 2026"),
        ("KP_CSU_221026.csv", "the day, written in another way than we ask for"),
        ("KP_CSU_22-10-2026.csv", "not the name that we ask for|the day, written in another way"),
        ("KP-CSU-22Oct2026.csv", "the day, written in another way"),
        ("kp_csu_22 October 2026.CSV", "the day, written in another way"),
        ("KP_CSU_10222026.csv", "the day, written in another way"),
        ("KP_CSU.csv", "came for this day, and its name has no day"),
        ("Kent Police extract 2026-10-22.csv", "has the day in its name, and is called something else"),
        ("KP_CSU_20261021.csv.zip", "its name says 21 Oct 2026"),
    ],
)
def test_a_file_that_came_for_the_day_under_another_name_is_named(tmp_path, request_for, name, words):
    put(tmp_path / name, DUE_S)
    (told,) = others(tmp_path, request_for("police"))
    assert re.search(words, told)
    assert told.startswith(f"“{name}” (")


@pytest.mark.parametrize(
    "name",
    ["KP_CSU_20261021.csv", "KP_CSU_20261020.csv", "KP_CSU.csv", "minutes 21-10-2026.docx", "readme.txt", "x.csv"],
)
def test_the_files_of_the_days_before_and_what_has_nothing_to_do_with_it_are_not_named(tmp_path, request_for, name):
    put(tmp_path / name, BEFORE_S)
    put(tmp_path / "unlike.csv", DUE_S)
    assert others(tmp_path, request_for("police")) == ()


@pytest.mark.parametrize(
    "name", ["KP_CSU_20261022.csv.part", "KP_CSU_20261022.csv.filepart", "KP_CSU_20261022.tmp",
             ".KP_CSU_20261022.csv.Xy12aB", ".in.KP_CSU_20261022.csv.", ".syncthing.KP_CSU_20261022.csv.tmp"],
)  # fmt: skip
def test_a_file_that_is_still_being_sent_is_waited_for(tmp_path, request_for, name):
    put(tmp_path / name, DUE_S)
    with pytest.raises(DeliveryNotComplete, match=r"KP_CSU_20261022\.csv is still being sent"):
        FolderTransport(tmp_path, still_for_s=0).fetch(request_for("police"))


def test_a_file_in_a_folder_of_its_own_is_named_with_its_folder(tmp_path, request_for):
    for number in range(20):
        put(tmp_path / f"older {number}" / "KP_CSU_20260101.csv", BEFORE_S)
    put(tmp_path / "2026-10-22" / "KP_CSU_20261022.CSV", DUE_S)
    assert others(tmp_path, request_for("police")) == (
        "“KP_CSU_20261022.CSV” (in the folder “2026-10-22”, where we do not look)",
    )


def test_a_folder_that_may_not_be_looked_into_hides_nothing_else(tmp_path, request_for, monkeypatch):
    from tasking.intake.transports import folder

    put(tmp_path / "closed" / "x", DUE_S)
    put(tmp_path / "KP_CSU_20261021.csv", DUE_S)

    def closed(_self, _name):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder._Folder, "names_in", closed)
    assert len(others(tmp_path, request_for("police"))) == 1


def test_five_at_most_are_named_the_likeliest_first(tmp_path, request_for):
    for number in range(15, 22):
        put(tmp_path / f"KP_CSU_202610{number}.csv", DUE_S)
    put(tmp_path / "KP_CSU_221026.csv", DUE_S)
    told = others(tmp_path, request_for("police"))
    assert len(told) == 5
    assert told[0].startswith("“KP_CSU_221026.csv”")


def test_where_the_days_file_is_there_nothing_else_is_named(tmp_path, request_for):
    put(tmp_path / "KP_CSU_20261022.csv", DUE_S)
    put(tmp_path / "KP_CSU_20261021.csv", DUE_S)
    fetch = FolderTransport(tmp_path, still_for_s=0).fetch(request_for("police"))
    assert (len(fetch.files), fetch.not_taken) == (1, ())


FORMS = st.sampled_from(["%Y%m%d", "%d%m%Y", "%d%m%y", "%y%m%d", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%y", "%d %b %Y",
                         "%d%B%Y", "%Y_%m_%d", "%d-%b-%y"])  # fmt: skip


@given(st.dates(dt.date(2020, 1, 1), dt.date(2039, 12, 31)), FORMS, st.sampled_from(["asb ", "KP_CSU_", "log-", ""]))
@settings(max_examples=300, deadline=None)
def test_a_day_is_read_in_whatever_way_it_is_written(day, form, before):
    name = f"{before}{day:{form}}"
    assert day_in(name, day) == day
    assert may_name_a_day_near(name, day)


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=500)
def test_any_name_is_gone_through(name):
    day_in(name, DAY)
    may_name_a_day_near(name, DAY)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="/\x00"), min_size=1, max_size=80), max_size=20)
)
@settings(max_examples=100, deadline=None)
def test_whatever_lies_there_words_are_few_and_quoted(names):
    from tasking.intake.transports import Request

    request = Request("police", "KP_CSU_20261022.csv", dt.datetime(2026, 10, 21, 5, tzinfo=dt.UTC),
                      dt.datetime(2026, 10, 22, 5, tzinfo=dt.UTC))  # fmt: skip
    listed = [FileEntry(name, 1, DUE_S) for name in names] + [FileEntry("folder", 0, is_file=False, is_folder=True)]

    class Store:
        def stat(self, name):
            return None

        def names_in(self, folder):
            return names

    told = near_misses(Store(), listed, request)
    assert len(told) <= 5
    assert all(one.startswith("“") and len(one) < 250 and "\n" not in one for one in told)


def test_a_folder_of_100_000_files_is_looked_through_in_seconds(tmp_path, request_for):
    class Store:
        def stat(self, name):
            return FileEntry(name, 1, BEFORE_S)

        def names_in(self, folder):
            return ()

    first = dt.date(2004, 1, 1)
    names = [f"KP_CSU_{first + dt.timedelta(days=n // 12):%Y%m%d}_{n % 12:02}00.csv" for n in range(100_000)]
    listed = [FileEntry(name, 1, BEFORE_S) for name in names]
    assert_soon(lambda: near_misses(Store(), listed, request_for("police")), 5)
    assert match(names[0], ["KP_CSU_20261022.csv"]).fit == Fit.OTHER
