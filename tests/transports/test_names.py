"""Is a file the delivery? One answer for mail, folders, SFTP and object stores."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speed import assert_soon

from tasking.intake.transports.names import Fit, base_name, came_as, match, quoted_name, summarised

POLICE = "KP_CSU_20261022.csv"
HOUSING = "asb_extract_221026.csv"
WARDENS = "Community Wardens daily log 22-10-2026.xlsx"


@pytest.mark.parametrize(
    ("name", "wanted", "fit"),
    [
        (HOUSING, HOUSING, Fit.SAME),
        (f"drop/{HOUSING}", HOUSING, Fit.SAME),
        ("asb_extract_221026 (1).csv", HOUSING, Fit.NEAR),
        ("asb_extract_221026(12).csv", HOUSING, Fit.NEAR),
        ("asb_extract_221026[1].csv", HOUSING, Fit.NEAR),
        ("Copy of asb_extract_221026.csv", HOUSING, Fit.NEAR),
        ("Copy (2) of asb_extract_221026.csv", HOUSING, Fit.NEAR),
        ("asb_extract_221026 - Copy.csv", HOUSING, Fit.NEAR),
        ("asb_extract_221026 - Copy (3).csv", HOUSING, Fit.NEAR),
        ("asb_extract_221026 copy 2.csv", HOUSING, Fit.NEAR),
        ("asb_extract_221026.csv (1)", HOUSING, Fit.NEAR),
        ("ASB_Extract_221026.CSV", HOUSING, Fit.NEAR),
        ("asb extract 221026.csv", HOUSING, Fit.NEAR),
        ("asb-extract-221026.csv", HOUSING, Fit.NEAR),
        ("asb%20extract%20221026.csv", HOUSING, Fit.NEAR),
        ("asb_extract_221026.csv.csv", HOUSING, Fit.NEAR),
        ("asb_extract_221026.csv.txt", HOUSING, Fit.NEAR),
        ("“asb_extract_221026.csv”", HOUSING, Fit.NEAR),
        (" asb_extract_221026 .csv ", HOUSING, Fit.NEAR),
        ("a\u200bsb_extract_221026.csv", HOUSING, Fit.NEAR),
        ("ｋｐ_csu_２０２６１０２２.csv", POLICE, Fit.NEAR),
        ("asb_extract_221026.txt", HOUSING, Fit.SAME_STEM),
        ("asb_extract_221026", HOUSING, Fit.SAME_STEM),
        ("Community_Wardens_daily_log_22-10-2026.xls", WARDENS, Fit.SAME_STEM),
        ("asb_extract_221026.zip", HOUSING, Fit.WRAPPED),
        ("asb_extract_221026.csv.gz", HOUSING, Fit.WRAPPED),
        ("asb_extract_221026 (1).csv.zip", HOUSING, Fit.WRAPPED),
        ("asb_extract_221026.csv.filepart", HOUSING, Fit.UNFINISHED),
        ("asb_extract_22102026.csv", HOUSING, Fit.SIMILAR),
        ("asb_extract_221026 FINAL.csv", HOUSING, Fit.SIMILAR),
        ("asb_extrct_221026.csv", HOUSING, Fit.SIMILAR),
        ("asb_extract_221026.pdf", HOUSING, Fit.SIMILAR),
        ("asb_extract_211026.csv", HOUSING, Fit.OTHER),
        ("asb_extract_211026 (1).csv", HOUSING, Fit.OTHER),
        ("asb_extract_221126.csv", HOUSING, Fit.OTHER),
        ("Community Wardens daily log 21-10-2026.xlsx", WARDENS, Fit.OTHER),
        ("KP_CSU_20261023.csv", POLICE, Fit.OTHER),
        ("minutes.docx", HOUSING, Fit.OTHER),
        ("", HOUSING, Fit.OTHER),
        ("..", HOUSING, Fit.OTHER),
    ],
)
def test_a_name_fits_as_a_person_would_say(name, wanted, fit):
    assert match(name, [wanted]).fit == fit


def test_a_declared_name_that_looks_like_a_copys_is_matched_whole():
    assert match("log 22 (1).csv", ["log 22 (2).csv"]).fit is not Fit.NEAR
    assert match("log 22 (2).csv", ["log 22 (2).csv"]).fit == Fit.SAME


def test_of_several_names_the_one_that_fits_best_is_told():
    found = match("asb_extract_211026 (1).csv", [HOUSING, "asb_extract_211026.csv"])
    assert (found.fit, found.wanted) == (Fit.NEAR, "asb_extract_211026.csv")


def test_how_a_file_came_is_said_within_quotes():
    assert came_as(HOUSING, HOUSING) == ""
    assert came_as("x”\u202e (1).csv", "x.csv") == "came as “x\u202e (1).csv”"
    assert quoted_name("a/b\x00.zip", "locked") == "“b.zip” (locked)"


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=500)
def test_any_name_has_a_fit_and_no_folder(name):
    assert match(name, [HOUSING, WARDENS]).fit in Fit
    assert not set("/\\\x00\r\n") & set(base_name(name))


@given(
    st.sampled_from([POLICE, HOUSING, WARDENS]),
    st.lists(
        st.sampled_from(
            [
                lambda stem: f"{stem} (1)",
                lambda stem: f"Copy of {stem}",
                lambda stem: f"{stem} - Copy",
                lambda stem: stem.upper(),
                lambda stem: stem.replace("_", " "),
                lambda stem: f"  {stem}",
            ]
        ),
        max_size=3,
    ),
)
def test_copies_of_copies_still_fit(wanted, renamings):
    stem, _, ending = wanted.rpartition(".")
    for rename in renamings:
        stem = rename(stem)
    assert match(f"{stem}.{ending}", [wanted]).fit in (Fit.SAME, Fit.NEAR)


def test_a_folder_of_years_is_looked_through_in_seconds():
    day = dt.date(2026, 10, 22)
    asked = tuple(f"KP_CSU_{day - dt.timedelta(days=back):%Y%m%d}.csv" for back in range(32))
    earlier = [day - dt.timedelta(days=32 + back) for back in range(1680)]
    old = [f"KP_CSU_{one:%Y%m%d}_{hour:02}00.csv" for one in earlier for hour in range(6)]
    found = set()
    assert_soon(lambda: found.update(match(name, asked).fit for name in old), 4)
    assert found <= {Fit.OTHER, Fit.SIMILAR}


def test_what_was_not_taken_is_told_once_and_of_many_how_many_more():
    assert summarised(["“a” (x)", "“b” (y)", "“a” (x)"]) == ("“a” (x)", "“b” (y)")
    assert summarised(str(n) for n in range(20)) == tuple(map(str, range(20)))
    assert summarised(str(n) for n in range(1500))[18:] == ("18", "19", "and 1,480 more")
