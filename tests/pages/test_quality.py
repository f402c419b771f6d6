"""Quality: twelve weeks of each partner's deliveries, and the monthly letter."""

import datetime as dt
import html
import json
import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from conftest import empty_database
from typer.testing import CliRunner

from tasking.cli import app
from tasking.intake.expectation_words import expectation_words
from tasking.intake.feed_quality import day_of_feed, feed_quality, weeks_until
from tasking.intake.partner_quality import quality_between
from tasking.intake.quality_letter import month_of, quality_letter, shown_reference
from tasking.meeting.sheet import sheet_text
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.pages.quality import arrival_words, percent
from tasking.warehouse import tables
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import KEEPER, LAST, Pages

OCTOBER = dt.date(2026, 10, 1)


def of_police(desk, visibility=FULL_VISIBILITY):
    return quality_between(desk.open().intake, ["police"], weeks_until(LAST), visibility)["police"]


def test_the_counts_are_those_of_the_ledger(faulty):
    first = weeks_until(LAST)[0][0]
    opened = faulty.open()
    ledger = [row for row in opened.intake.ledger(first, LAST) if row["outcome"] in ("landed", "landed_in_part")]
    found = quality_between(opened.intake, opened.partnership.feeds, weeks_until(LAST), FULL_VISIBILITY)
    for feed, one in found.items():
        own = [row for row in ledger if row["feed"] == feed]
        assert one.landed == len(own) > 5
        assert one.rows == sum(row["rows_in"] - row["ignored"] for row in own)
        assert one.held == sum(row["held"] for row in own)
        assert sum(rows for _, rows, _ in one.reasons) == one.held
    assert sum(one.held for one in found.values()) > 5


def test_expectations_are_counted_once_a_day(faulty):
    results = [row for row in faulty.open().intake.quality(dt.date.min, LAST) if row["feed"] == "police"]
    days = {}
    for row in results:
        key = (row["suite"], row["expectation"], row["day"])
        days[key] = days.get(key, True) and bool(row["is_met"])
    assert of_police(faulty).met == (sum(days.values()), len(days))


def restrict(desk, feed: str) -> int:
    """Makes half the held rows of a feed restricted; returns how many."""
    with desk.open().warehouse.writing() as connection:
        h = tables.held
        ids = list(connection.execute(sa.select(h.c.held_id).where(h.c.feed == feed, ~h.c.is_restricted)).scalars())
        chosen = ids[: len(ids) // 2 + 1]
        connection.execute(sa.update(h).where(h.c.held_id.in_(chosen)).values(is_restricted=True))
    return len(chosen)


def test_held_rows_that_are_restricted_are_counted_for_those_alone_who_may_see_them(copied):
    before = of_police(copied, PUBLIC_VISIBILITY).held
    whole = of_police(copied).held
    hidden = restrict(copied, "police")
    assert hidden > 0
    assert of_police(copied, PUBLIC_VISIBILITY).held == before - hidden
    assert of_police(copied).held == whole


def test_nothing_that_counts_restricted_rows_reaches_who_may_not_see_them(copied):
    """Failures of what holds rows, of what is stored and of held rows as such may differ: the pages are the same."""
    officer = Pages(copied, frozenset(May) - {May.RESTRICTED})
    paths = ("/quality", "/quality/police")
    shown = [officer.get(path).text for path in paths]
    v = tables.validation_result
    with copied.open().warehouse.writing() as connection:
        extra = dict.fromkeys(("checked", "failed"), 1)
        delivery = connection.execute(sa.select(v).where(v.c.feed == "police").limit(1)).mappings().one()
        changed = (v.c.severity == "row") | (v.c.suite == "stored")
        connection.execute(sa.update(v).where(changed).values(is_met=sa.not_(v.c.is_met), failed=v.c.failed + 3))
        connection.execute(sa.insert(v).values({
            **delivery, **extra, "suite": "delivery", "severity": "watch", "is_met": False,
            "expectation": "expect_column_values_to_be_between(held)",
        }))  # fmt: skip
    assert [officer.get(path).text for path in paths] == shown
    assert "number of held rows" in Pages(copied, KEEPER).get("/quality").text


def test_a_removed_feed_is_still_there_under_its_own_name(copied):
    pages = Pages(copied, KEEPER)
    kept = [feed for feed in pages.opened.partnership.feeds if feed != "fire"]
    partnership = pages.opened.partnership.model_copy(update={"feeds": type(pages.opened.partnership.feeds)(kept)})
    feeds = {name: one for name, one in pages.opened.feeds.items() if name != "fire"}
    pages.opened = replace(pages.opened, partnership=partnership, feeds=feeds)
    assert "no longer declared" in pages.get("/quality").text
    page = pages.get("/quality/fire").text
    assert "This feed is no longer declared" in page
    assert "letter/pdf" not in page
    assert pages.get("/quality/fire/letter/pdf?month=2026-10").status_code == 404


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def test_both_databases_count_the_same(desk_with_deliveries, tmp_path, kind):
    desk = desk_with_deliveries
    day = dt.date(2026, 10, 22)

    def counted(desk):
        opened = desk.open()
        feeds, weeks = opened.partnership.feeds, weeks_until(day)
        return [quality_between(opened.intake, feeds, weeks, one) for one in (FULL_VISIBILITY, PUBLIC_VISIBILITY)]

    desk.run(str(day))
    first, letter = counted(desk), letter_text(desk)
    assert sum(one.held for one in first[0].values()) > 0
    with empty_database(kind, tmp_path) as url:
        desk.database_url = url
        desk.run(str(day))
        assert counted(desk) == first
        assert letter_text(desk) == letter
        desk.open().warehouse.engine.dispose()


def test_a_feed_that_never_was_has_no_page(pages):
    assert pages().get("/quality/nothing").status_code == 404


def test_an_empty_desk_says_so(desk):
    page = Pages(desk).get("/quality").text
    assert "Nothing was asked for in these weeks" in page
    one = Pages(desk).get("/quality/police").text
    assert "Nothing was checked in these weeks" in one
    assert "No row was held" in one


def test_partners_are_in_order_of_their_names_and_names_are_escaped(copied):
    pages = Pages(copied)
    opened = pages.opened
    police = opened.feeds["police"].model_copy(update={"partner": "<b>Ärger & Co</b>"})
    feeds = {**opened.feeds, "police": police}
    pages.opened = replace(opened, feeds=feeds)
    page = pages.get("/quality").text
    assert "<b>Ärger" not in page
    names = [html.unescape(one) for one in re.findall(r'<th scope="row"><a[^>]*>(.*?)</a>', page)]
    assert "<b>Ärger & Co</b>" in names
    assert names == sorted(names, key=str.casefold)
    assert "<b>" not in pages.get("/quality/police").text
    assert pages.get("/quality/police/letter/pdf?month=2026-10").content.startswith(b"%PDF")


def row(day: dt.date, outcome: str = "landed", hours: float = 6.0, rows: int = 10) -> dict:
    at = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(hours=hours)
    received = at if outcome.startswith("landed") else None
    return {"day": day, "outcome": outcome, "asked_at": at, "received_at": received, "rows_in": rows, "ignored": 1}


def test_twelve_weeks_end_on_the_day_and_each_day_is_in_one_week(desk):
    until = dt.date(2026, 11, 2)
    weeks = weeks_until(until)
    assert len(weeks) == 12
    assert weeks[-1][1] == until
    assert weeks[0][0] == until - dt.timedelta(days=83)
    partnership = desk.open().partnership
    every = [row(until - dt.timedelta(days=back)) for back in range(86)]
    days = [day_of_feed(partnership, one) for one in every if weeks[0][0] <= one["day"] <= until]
    found = feed_quality("police", weeks, days, [], [])
    assert [one.expected for one in found.weeks] == [7] * 12
    assert (found.landed, found.rows, found.recent_rows, found.usual_rows) == (84, 84 * 9, 28 * 9, 28 * 9)


def test_what_we_did_not_look_for_is_not_held_against_a_partner(desk):
    partnership, day = desk.open().partnership, dt.date(2026, 10, 22)
    looked = {
        one: day_of_feed(partnership, row(day, one, hours)).is_expected
        for one, hours in (("missing", 8), ("refused", 4), ("same_as_before", 8), ("unreachable", 8))
    }
    assert looked == {"missing": True, "refused": True, "same_as_before": True, "unreachable": False}
    assert not day_of_feed(partnership, row(day, "missing", 3)).is_expected
    late = day_of_feed(partnership, row(day, "landed_in_part", 30))
    assert (late.has_landed, late.is_late, late.arrived) == (True, True, 31 * 60)  # British Summer Time


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(372, "06:12"), (31 * 60, "07:00 a day later"), (3 * 1440, "00:00 3 days later"), (-30, "23:30 a day before")],
)
def test_an_arrival_is_a_time_of_day(minutes, words):
    assert arrival_words(minutes) == words


def test_a_share_is_all_or_nothing_only_where_it_is():
    shares = [percent(*one) for one in ((999, 1000), (1, 1000), (0, 5), (5, 5), (1, 3), (0, 0))]
    assert shares == ["over 99%", "under 1%", "0%", "100%", "33%", ""]


def test_every_declared_expectation_has_words_of_its_own(faulty):
    opened = faulty.open()
    for feed, suites in opened.intake.suites.items():
        for suite in suites:
            words = [expectation_words(suite.name, one.name, opened.feeds[feed].placeholders)
                     for one in suite.expectations]  # fmt: skip
            assert not [one for one in words if "expect" in one or "_problem" in one or "“”" in one], words
            assert len(set(words)) == len(words)


# The letter


def letter_text(desk, feed="police", month=OCTOBER) -> str:
    return sheet_text(quality_letter(desk.open().intake, feed, month))


def test_the_letter_names_each_public_row_and_no_person_text_or_restricted_row(copied):
    restrict(copied, "police")
    text = letter_text(copied)
    held = [one for one in copied.rows("held") if one["feed"] == "police" and one["state"] == "held"
            and str(one["day"]) < "2026-11"]  # fmt: skip
    hidden = {one["source_ref"] for one in held if one["is_restricted"] and one["source_ref"]}
    named = {one["source_ref"] for one in held if not one["is_restricted"]}
    assert not [one for one in hidden - named if one in text]
    open_rows = [one for one in held if not one["is_restricted"]]
    assert len(re.findall(r"\brow \d+ of \d+ October", text)) <= len(open_rows)
    people = copied.rows("report_person")
    said = {value for one in people for key in ("caller_name", "caller_phone", "caller_email", "text")
            if (value := one[key]) and len(value) > 6 and value.casefold() != "anonymous"}  # fmt: skip
    assert said
    assert not [one for one in said if one in text]
    cells = {str(cell) for one in held for cell in json.loads(one["row_as_sent"]).values() if len(str(cell)) > 25}
    assert not [cell for cell in cells if cell in text]


def test_the_letter_is_the_same_for_everybody(copied):
    pages = [
        Pages(copied, may).get("/quality/police/letter/pdf?month=2026-10") for may in (KEEPER, {May.READ, May.DETAILS})
    ]
    assert pages[0].content == pages[1].content
    assert pages[0].headers["content-type"] == "application/pdf"
    assert Pages(copied, {May.READ}).get("/quality/police/letter/pdf?month=2026-10").status_code == 403


@pytest.mark.parametrize(
    ("reference", "shown"),
    [("46/77777/26", True), ("ASB-12", True), ("Zelda Quorn", False), ("07700900123", False), ("+447700900123", False),
     ("zelda9@example.org", False), ("12 High Street", False), ("Quorn", False), ("", False), (None, False)],
)  # fmt: skip
def test_what_may_be_a_person_is_no_reference(reference, shown):
    assert bool(shown_reference(reference)) is shown


@pytest.mark.parametrize("text", ["October", "2026-13", "2026-1", "２０２６-10", "2026-10-01", ""])
def test_a_month_is_written_as_one(text, pages):
    with pytest.raises(TaskingError, match="2026-10"):
        month_of(text)
    assert pages().get("/quality/police/letter/pdf", params={"month": text}).status_code == 404


def test_a_month_without_a_delivery_and_one_to_come_have_no_letter(copied):
    for month in (dt.date(2025, 1, 1), dt.date(2027, 1, 1)):
        with pytest.raises(TaskingError, match="nothing to write about"):
            letter_text(copied, month=month)


def test_the_command_writes_text_and_pdf(copied, tmp_path, monkeypatch):
    monkeypatch.setenv("TASKING_HOME", str(copied.home))
    monkeypatch.setenv("TASKING_DATABASE_URL", copied.database_url)
    out = tmp_path / "letters"
    answer = CliRunner().invoke(app, ["quality", "letter", "police", "--month", "2026-10", "--out", str(out)])
    assert answer.exit_code == 0, answer.output
    assert sorted(one.name for one in out.iterdir()) == ["quality-police-2026-10.pdf", "quality-police-2026-10.txt"]
    text = (out / "quality-police-2026-10.txt").read_text()
    assert "THANK YOU" in text
    assert "WHAT WOULD HELP" in text
    refused = CliRunner().invoke(app, ["quality", "letter", "nobody", "--month", "2026-10", "--out", str(out)])
    assert refused.exit_code != 0
    assert "there is no feed 'nobody'" in refused.output
