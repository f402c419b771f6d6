"""Numbers, addresses, postcodes and positions are found in what people type; what is nobody's is not taken."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speed import assert_soon

from tasking.config.feed import load_feed
from tasking.config.feed_columns import Position, TimeColumns
from tasking.intake.contacts import addresses_in, is_nobodys_number, numbers_in, read_emails, read_phones
from tasking.intake.positions import Area, read_positions
from tasking.intake.postcodes import postcodes_in, read_postcodes
from tasking.intake.pseudonyms import name_keys
from tasking.intake.time_formats import TimeRange
from tasking.intake.times import read_times
from tasking.model.text import clean

from conftest import ROOT  # isort: skip

AREA = Area(ROOT / "include/geo/district.geojson", 1000, (50.85, 51.55, -0.15, 1.55))
FEEDS = [load_feed(path) for path in sorted((ROOT / "include/feeds").glob("*.yml"))]
MUM = "+447700900123"


def series(*values: str | None) -> pd.Series:
    return pd.Series(list(values), dtype="str", index=range(1, len(values) + 1))


@pytest.mark.parametrize(
    "text",
    ["07700 900123 (mum)", "tel: 07700-900-123", "07700 900123 after 6pm", "ring 6pm 07700900123", "07700.900.123",
     "7700900123", "7700900123.0", "447700900123", "+44 07700 900123", "+44 (0)7700 900123", "0044 (0) 7700 900 123",
     "'07700900123", "０７７００ ９００１２３", "07700\u200b900123", "07700 900123 ext 4", "mob07700900123mob", "07700/900/123"],
)  # fmt: skip
def test_a_number_is_found_in_text(text):
    found = read_phones(series(text))
    if "/" in text:
        assert numbers_in(text) in ([], [MUM])  # three cells' worth of figures: read or left out, never another number
    else:
        assert found.first.tolist() == [MUM]
        assert not found.has_others.any()
        assert not found.is_unusable.any()


@pytest.mark.parametrize(
    "text", ["07700 900123 / 01632 960123", "07700900123;01632960123", "07700 900123 01632 960123", "07700900123-01632960123",
             "07700 900123 or (01632) 960 123"],
)  # fmt: skip
def test_of_two_numbers_the_first_is_kept(text):
    found = read_phones(series(text))
    assert found.first.tolist() == [MUM]
    assert found.has_others.all()
    assert numbers_in(text) == [MUM, "+441632960123"]


@pytest.mark.parametrize(
    "text",
    ["her sister, after 6pm, flat 2", "café", "12/10", "999 or 101", "ask for Zoë at no. 14", "２２３３４４", "4002"],
)
def test_words_with_fewer_than_seven_digits_are_not_searched_for_a_number(text, monkeypatch):
    monkeypatch.setattr("phonenumbers.PhoneNumberMatcher", lambda *_, **__: pytest.fail("searched"))
    found = read_phones(series(text))
    assert found.first.isna().all()
    assert found.is_unusable.all()


def test_the_shortest_numbers_abroad_are_found():
    assert numbers_in("+683 4002") == ["+6834002"]


def test_a_placeholder_before_a_number_is_passed_over():
    assert numbers_in("00000000000 / 07700 900123") == [MUM]


@pytest.mark.parametrize(
    "text",
    ["0770090012", "0770090012 6pm", "077009001234", "7.7009E+09", "4.477009E+11", "4.47700900123E+11", "999", "101", "111", "112",
     "ext 4", "0000", "12/10/2026", "her sister's"],
)  # fmt: skip
def test_what_is_no_number_is_told_as_unusable(text):
    found = read_phones(series(text))
    assert found.first.isna().all()
    assert found.is_unusable.all()


@pytest.mark.parametrize("text", ["n/a", "N/A", "-", "none", "Unknown", "not known", "withheld", "\u200b", None])
def test_a_word_for_nothing_is_no_loss(text):
    assert not read_phones(series(text)).is_unusable.any()
    assert not read_emails(series(text)).is_unusable.any()
    assert not read_postcodes(series(text)).is_unusable.any()


@pytest.mark.parametrize(
    "text", ["020 7946 0000", "020 7946 0999", "0191 498 0000", "0161 496 0000", "029 2018 0000", "0808 157 0000", "01632 960000",
             "07700 900000", "07700 900999", "01622 690690", "01732 222222", "+1 415 555 2671", "0033 1 42 68 53 00", "0800 555 111"],
)  # fmt: skip
def test_numbers_for_drama_and_numbers_that_are_easy_to_remember_are_somebodys(text):
    assert len(numbers_in(text)) == 1


@given(st.sampled_from("0123456789"), st.integers(9, 11))
def test_one_digit_over_and_over_is_nobodys(digit, length):
    assert numbers_in(digit * length) == []
    assert numbers_in("0" + digit * 10) == []
    assert numbers_in("07" + digit * 9) == []


@given(st.integers(0, 9), st.sampled_from([1, -1]))
def test_a_run_up_or_down_is_nobodys(start, step):
    run = "".join(str((start + step * place) % 10) for place in range(10))
    assert numbers_in("0" + run) == []
    assert numbers_in("07" + run[:9]) == []
    assert numbers_in("01" + run[:9]) == []


@given(st.from_regex(r"[0-9]{2}", fullmatch=True), st.from_regex(r"[0-9]{3}", fullmatch=True))
def test_a_pair_or_three_digits_repeated_are_nobodys(pair, three):
    assert is_nobodys_number("77" + pair * 4)
    assert is_nobodys_number("7" + three * 3)


@given(st.integers(0, 999))
def test_numbers_for_drama_are_never_placeholders(end):
    for start in ("07700 900", "01632 960", "0191 498 0", "020 7946 0"):
        assert len(numbers_in(f"{start}{end:03d}")) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jane.Doe@Example.org", ["jane.doe@example.org"]),
        ("Jane <jane@example.org>, home", ["jane@example.org"]),
        ("mailto:jane@example.org.", ["jane@example.org"]),
        ("jane @ example.org", ["jane@example.org"]),
        ("jane@example.org; joe@example.org", ["jane@example.org", "joe@example.org"]),
        ("none@none.com / jane@example.org", ["jane@example.org"]),
        ("o'brien+csu@example.co.uk", ["o'brien+csu@example.co.uk"]),
        ("nona@example.org", ["nona@example.org"]),
        ("ann@unknownpleasures.example", ["ann@unknownpleasures.example"]),
        ("jane＠example.org", ["jane@example.org"]),
        *((text, []) for text in (
            "noemail@council.gov.uk", "no-email@x.org", "no.email.provided@x.org", "n/a@", "n/a@x.org", "unknown@unknown.com",
            "none@none", "test@test.com", "test123@gmail.com", "noreply@x.gov.uk", "a@b.com", "xxx@xxx.com", "1@1.com",
            "anonymous@x.org", "jane@", "@example.org", "jane", "jane@home", "a..b@example.org")),
    ],
)  # fmt: skip
def test_an_address_is_found_and_a_placeholder_is_not(text, expected):
    assert addresses_in(text) == expected
    assert read_emails(series(text)).first.dropna().tolist() == expected[:1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Westerham TN16 1AN", ["TN16 1AN"]), ("TN16 1AN, Kent", ["TN16 1AN"]), ("TN16 1AN.", ["TN16 1AN"]),
        ("TN161AN", ["TN16 1AN"]), ("tn16  1an", ["TN16 1AN"]), ("TN16 IAN", ["TN16 1AN"]), ("ＴＮ１６ １ＡＮ", ["TN16 1AN"]),
        ("TN16\u00a01AN", ["TN16 1AN"]), ("TN16 1AN TN16 1AB", ["TN16 1AN", "TN16 1AB"]), ("TN16 1AN / TN16 1AN", ["TN16 1AN"]),
        ("TN16", []), ("unknown", []), ("Westerham", []), ("", []),
    ],
)  # fmt: skip
def test_a_postcode_is_found_in_text(text, expected):
    assert postcodes_in(text) == expected


def test_half_a_postcode_is_no_loss_and_a_town_is():
    assert read_postcodes(series("TN16", "Westerham", None, "TN16 1AN")).is_unusable.tolist() == [
        False,
        True,
        False,
        False,
    ]


PAIR = Position(pair="pin")
GRID = Position(easting="e", northing="n")
DEGREES = Position(latitude="e", longitude="n")


@pytest.mark.parametrize(
    "text",
    ["51.27,0.19", "51.27, 0.19", "(51.27, 0.19)", "51.27 0.19", "51.27;0.19", "51,27; 0,19", "51,27 0,19", "51.27N 0.19E",
     "N 51.27 E 0.19", "51.27° N, 0.19° E", "lat: 51.27 long: 0.19", "0.19,51.27", "https://maps.example.org/?q=51.27,0.19"],
)  # fmt: skip
def test_a_pair_is_read_where_nothing_else_can_be_meant(text):
    found = read_positions(pd.DataFrame({"pin": series(text)}), PAIR, AREA)
    assert (found.latitude.iloc[0], found.longitude.iloc[0]) == (51.27, 0.19)


def test_west_is_west():
    found = read_positions(pd.DataFrame({"pin": series("51.27N 0.1W", "N 51.27 W 0.1", "51.27,-0.1")}), PAIR, AREA)
    assert found.longitude.tolist() == [-0.1] * 3


@pytest.mark.parametrize(("first", "second"), [("51.27N", "0.19E"), ("0.19E", "51.27N"), ("E 0.19", "51.27")])
def test_letters_of_the_compass_say_which_number_is_which(first, second):
    alone = read_positions(pd.DataFrame({"e": series(first), "n": series(second)}), DEGREES, AREA)
    together = read_positions(pd.DataFrame({"pin": series(f"{first} {second}")}), PAIR, AREA)
    for found in (alone, together):
        assert (found.latitude.iloc[0], found.longitude.iloc[0]) == (51.27, 0.19)
        assert [note.split(" with ")[1] for note in found.notes] == (
            [] if first == "51.27N" else ["latitude and longitude swapped; put the right way round"]
        )


@pytest.mark.parametrize(
    ("first", "second"), [("51.27N", "0.19N"), ("51.27E", "0.19"), ("51.27E", "0.19N"), ("51.27", "0.19S")]
)
def test_a_letter_of_the_other_axis_makes_no_position(first, second):
    alone = read_positions(pd.DataFrame({"e": series(first), "n": series(second)}), DEGREES, AREA)
    together = read_positions(pd.DataFrame({"pin": series(f"{first} {second}")}), PAIR, AREA)
    for found in (alone, together):
        assert found.latitude.isna().all()
        assert found.longitude.isna().all()


@pytest.mark.parametrize(
    "text", ["51,27", "51 0", "51.27", "nan,nan", "inf,inf", "1e400,0", "51.27,0.19,17", "1" * 400, "here"]
)
def test_a_pair_that_can_mean_two_things_is_left_out(text):
    found = read_positions(pd.DataFrame({"pin": series(text)}), PAIR, AREA)
    assert found.latitude.isna().all()
    assert found.notes == ["1 row (1) with no usable position under “pin”; kept without one"]


@pytest.mark.parametrize(
    ("field", "first", "second"),
    [
        (GRID, "552000", "155000"), (GRID, "552000.0", "155000.0"), (GRID, "E552000", "N155000"), (GRID, "552,000", "155,000"),
        (GRID, "5.52E+05", "1.55E+05"), (GRID, "552000 m", "155000m"),
        (DEGREES, "51.2744", "0.1772"), (DEGREES, "51,2744", "0,1772"), (DEGREES, "51.2744N", "0.1772E"),
        (DEGREES, "51.2744°", "0.1772°"), (DEGREES, "51°16'28\"N", "0°10'38\"E"), (DEGREES, "0.1772", "51.2744"),
    ],
)  # fmt: skip
def test_a_position_in_two_cells_is_read(field, first, second):
    found = read_positions(pd.DataFrame({"e": series(first), "n": series(second)}), field, AREA)
    assert found.latitude.iloc[0] == pytest.approx(51.2744, abs=0.002)
    assert found.longitude.iloc[0] == pytest.approx(0.1772, abs=0.002)


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "1e400", "9" * 400, "0", "TQ 52 55", "٥٢", "12345678901234567890"]
)
@pytest.mark.parametrize("field", [GRID, DEGREES])
def test_a_number_that_is_no_position_is_left_out(field, text):
    found = read_positions(pd.DataFrame({"e": series(text), "n": series(text)}), field, AREA)
    assert found.latitude.isna().all()
    assert found.longitude.isna().all()


@pytest.mark.parametrize(
    ("text", "year"),
    [("21/10/41", 1941), ("21/10/26", None), ("21/10/1926", 1926), ("20/10/2026", 2026), ("21/10/69", 1969)],
)
def test_two_digits_are_no_century_where_two_centuries_can_be_meant(text, year):
    field = TimeColumns(columns=["born"], formats=["%d/%m/%y", "%d/%m/%Y"])
    span = TimeRange(pd.Timestamp("1900-01-01", tz="UTC"), pd.Timestamp("2026-10-22", tz="UTC"))
    at = read_times(pd.DataFrame({"born": series(text)}), field, "UTC", span).at.iloc[0]
    assert (None if pd.isna(at) else at.year) == year


def test_a_century_in_which_there_was_no_such_day_is_not_meant():
    field = TimeColumns(columns=["born"], formats=["%d/%m/%y"])
    span = TimeRange(pd.Timestamp("1900-01-01", tz="UTC"), pd.Timestamp("2026-10-22", tz="UTC"))
    at = read_times(pd.DataFrame({"born": series("29/02/00")}), field, "UTC", span).at
    assert at.dt.strftime("%Y-%m-%d").tolist() == ["2000-02-29"]  # 1900 had no 29 February


def test_midnight_means_not_known_in_any_writing():
    field = TimeColumns(columns=["d", "t"], formats=["%d/%m/%y %H:%M"], unknown_time="00:00")
    clocks = series("00:00", "0:00", "00:00:00", "12am", "00:01")
    found = read_times(pd.DataFrame({"d": series(*["21/10/26"] * 5), "t": clocks}), field, "Europe/London")
    assert found.is_time_known.tolist() == [False] * 4 + [True]


ANY = st.one_of(
    st.text(max_size=60),
    st.from_regex(r"[0-9T:/., +\-()Zapm°NSEW'@;]{0,40}", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4}[ T]?[0-9.:apm+Z-]{0,14}", fullmatch=True),
).map(clean)  # fmt: skip
FIELDS = [
    field
    for feed in FEEDS
    for field in (
        feed.fields.received_at,
        feed.fields.occurred_from,
        feed.fields.occurred_to,
        feed.fields.subject_born_on,
    )
    if field is not None
]


@settings(deadline=None, max_examples=120)
@given(st.sampled_from(FIELDS), st.lists(st.tuples(st.none() | ANY, st.none() | ANY), max_size=4), st.booleans())
def test_any_text_is_a_time_or_a_problem(field, cells, has_span):
    frame = pd.DataFrame(
        {name: series(*(pair[place] or None for pair in cells)) for place, name in enumerate(field.columns)}
    )
    span = TimeRange(pd.Timestamp("2025-10-20", tz="UTC"), pd.Timestamp("2026-10-22", tz="UTC")) if has_span else None
    read = read_times(frame, field, "Europe/London", span)
    assert read.at.index.equals(frame.index)
    assert str(read.at.dtype) == "datetime64[us, UTC]"
    assert (read.problem.notna() == (read.text.notna() & read.at.isna())).all()
    assert not (read.is_time_known & read.at.isna()).any()


@settings(deadline=None, max_examples=120)
@given(st.lists(st.none() | ANY, max_size=5))
def test_any_text_is_a_number_an_address_a_postcode_a_name_or_nothing(cells):
    text = series(*(cell or None for cell in cells))
    for one in read_phones(text).first.dropna():
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", one)
        assert read_phones(series(one)).first.tolist() == [one]
    for one in read_emails(text).first.dropna():
        assert read_emails(series(one)).first.tolist() == [one]
    for one in read_postcodes(text).first.dropna():
        assert read_postcodes(series(one)).first.tolist() == [one]
    assert name_keys(name_keys(text)).equals(name_keys(text))
    if len(text):
        frame = pd.DataFrame({"pin": text, "e": text, "n": text[::-1].to_numpy()})
        for field in (PAIR, GRID, DEGREES):
            found = read_positions(frame, field, AREA)
            assert found.latitude.dropna().between(50.85, 51.55).all()


@pytest.mark.parametrize(
    "cell",
    ["1 " * 50_000, "0" * 100_000, "(" * 100_000, "-" * 100_000, "a." * 50_000, "@" * 100_000, "a@" * 50_000, "+44 " * 25_000,
     "TN16 " * 20_000, "x" * 100_000, "1." * 50_000, "é" * 100_000, "\u200b" * 100_000, "no" * 50_000 + "@x.org", "51.2 " * 20_000],
)  # fmt: skip
def test_a_long_cell_is_read_at_once(cell):
    text = series(cell)

    def read():
        read_phones(text), read_emails(text), read_postcodes(text), name_keys(text)
        read_positions(pd.DataFrame({"pin": text}), PAIR, AREA)
        read_positions(pd.DataFrame({"e": text, "n": text}), DEGREES, AREA)
        for field in FIELDS:
            read_times(pd.DataFrame(dict.fromkeys(field.columns, text)), field, "Europe/London")

    assert_soon(read, 1.5)
