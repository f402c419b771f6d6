"""Is tonight all right? One sentence, and for each feed what was found, what happens next and whom to ring."""

import datetime as dt
import html
import re
from zoneinfo import ZoneInfo

import pytest

from tasking.briefing import store
from tasking.delivery.store import outbox
from tasking.intake.store import feed_days
from tasking.model.delivery import Outcome, Receipt
from tasking.model.feed_status import morning_at
from tasking.pages import May

from .conftest import Pages

LONDON = ZoneInfo("Europe/London")
DAY = dt.date(2026, 11, 27)  # a Friday
SATURDAY = dt.date(2026, 11, 28)
FEEDS = ("police", "council", "wardens", "housing", "fire", "residents")


def local(clock: str, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), LONDON)


@pytest.fixture
def night(desk):
    """night(now, police=(outcome, reason, asked)): the page of a night in which the feeds stand so; others landed."""

    def of(now: str, *, day: dt.date = DAY, on: dt.date | None = None, **stands) -> "Shown":
        for feed in FEEDS:
            outcome, reason, at = stands.get(feed, (Outcome.LANDED, "", "06:06"))
            if outcome is not None:
                receipt = Receipt(feed, day, outcome, reason=reason)
                feed_days.store(desk.open().warehouse, receipt, local(at, day))
        return shown(desk, local(now, on or day))

    return of


class Shown:
    def __init__(self, page: str) -> None:
        self.page = html.unescape(page)
        self.headline = re.search(r'<strong class="big">(.*?)</strong>', self.page)[1]
        self.rows = {
            feed: " | ".join(re.sub(r"<[^>]+>", " ", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row))
            for row in re.findall(r"<tr>.*?</tr>", self.page, re.DOTALL)
            for feed in re.findall(r"#(\w+)\"", row)
        }
        self.text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.page))


def shown(desk, now: dt.datetime, path: str = "/tonight", may=frozenset({May.READ})) -> Shown:
    desk.now = now
    return Shown(Pages(desk, may, "viewer").get(path).text)


NOT_THERE = (Outcome.MISSING, "", "07:12")


def test_a_feed_is_not_missing_before_we_have_looked_after_the_due_time(night):
    page = night("07:13", fire=NOT_THERE, council=NOT_THERE)
    assert page.headline == ("On track so far: 4 of 6 feeds are in. 2 are not there yet. We check until 07:30.")
    assert page.rows["fire"].split(" | ")[1:] == [
        "07:12",
        "not there yet at 07:12",
        "–",
        "checked again until 07:30",
        "–",
    ]
    assert "missing" not in page.text


def test_what_was_last_looked_for_before_the_due_time_is_not_missing_after_it(night):
    page = night("07:35", fire=NOT_THERE)
    assert "not there at 07:12, not checked since" in page.rows["fire"]
    assert "checked once more by 07:50" in page.rows["fire"]
    assert page.rows["fire"].endswith("–")  # nobody is rung
    assert "missing" not in page.text
    assert page.headline.startswith(
        "Needs attention: Kent Fire & Rescue Service had sent nothing before the cut-off and has"
    )
    later = night("08:10", fire=NOT_THERE)
    assert "ops: is the scheduler running?" in later.rows["fire"]


def test_a_feed_that_we_looked_for_after_the_due_time_is_missing_and_its_partner_is_rung(night):
    page = night("07:35", fire=(Outcome.MISSING, "", "07:31"))
    assert "missing at 07:31, after the due time" in page.rows["fire"]
    assert "the briefing goes out without it; if you upload the file, the briefing is updated" in page.rows["fire"]
    assert page.rows["fire"].split(" | ")[-1] not in ("–", "")
    assert page.headline.startswith("Needs attention: Kent Fire & Rescue Service is missing")


def test_an_old_file_sent_again_is_told_as_that(night):
    old = (Outcome.SAME_AS_BEFORE, "the file of Fri 20 Nov was sent again: nothing new", "07:31")
    row = night("07:35", fire=old).rows["fire"]
    assert "missing" in row
    assert "the file of Fri 20 Nov was sent again" in row


@pytest.mark.parametrize("now", ["07:00", "07:45"])
def test_what_could_not_be_reached_is_ours_and_nobody_is_rung(night, now):
    page = night(now, police=(Outcome.UNREACHABLE, "the password was refused (connection feed_police)", "06:59"))
    row = page.rows["police"]
    assert "could not be reached at 06:59" in row
    assert "the password was refused" in row
    assert "ops: check the connection feed_police" in row
    assert row.endswith("–")
    assert page.headline.startswith("Needs attention: Kent Police could not be reached, which is for us to fix")
    assert "Ring" not in page.page.replace('data-name="Ring"', "")


def test_a_refused_file_names_whom_to_ring_and_nothing_that_a_partner_wrote(night, desk):
    why = 'housing: the workbook has no sheet "Log"; it has “Jane Doe”. For the maintainer of the feed: change it.'
    page = night("07:00", housing=(Outcome.REFUSED, why, "06:30"))
    assert "refused at 06:30" in page.rows["housing"]
    assert "checked again until 07:30 for a good file" in page.rows["housing"]
    assert not page.rows["housing"].endswith("–")
    for hidden in ("Jane", "whoever looks after"):
        assert hidden not in page.text
    officer = shown(desk, local("07:00"), may=frozenset({May.READ, May.DETAILS}))
    assert "Jane Doe" in officer.text
    assert "whoever looks after" not in officer.text


def test_when_nobody_asked_the_page_says_so_instead_of_blaming_anybody(night, desk):
    stands = dict.fromkeys(FEEDS, (None, "", ""))
    assert night("06:07", **stands).headline == "Not started: we check 6 feeds from 06:05 on Fri 27 Nov."
    never = night("07:00", **stands)
    assert never.headline.startswith("Needs attention: no feed has ever been checked. Checks start at 06:05. Ops:")
    before = Receipt("police", DAY - dt.timedelta(days=1), Outcome.LANDED)
    feed_days.store(desk.open().warehouse, before, local("07:31", before.day))
    since = shown(desk, local("07:00"))
    assert "no feed has been checked since Thu 26 Nov 07:31" in since.headline
    assert "is the scheduler running" in since.rows["police"]
    over = shown(desk, local("12:00", dt.date(2026, 12, 1)), f"/tonight?day={DAY}")
    assert over.headline == "No feed was checked for Fri 27 Nov."


def test_when_asking_stops_half_way_the_page_says_since_when(night):
    page = night("07:00", fire=(Outcome.MISSING, "", "06:20"))
    assert page.headline.startswith("Needs attention: no feed has been checked since 06:20")


def test_many_things_that_are_wrong_are_a_list_below_a_short_sentence(night):
    gone, bad = (Outcome.UNREACHABLE, "no answer", "07:00"), (Outcome.REFUSED, "a PDF", "07:00")
    page = night("07:05", police=gone, council=gone, fire=bad, wardens=NOT_THERE)
    assert page.headline == ("3 things need attention. 2 of 6 feeds are in. 1 is not there yet. We check until 07:30.")
    assert "<li>Kent Police could not be reached, which is for us to fix.</li>" in page.page
    assert "<li>The file from Kent Fire & Rescue Service was refused.</li>" in page.page


def test_all_right_is_said_when_everything_is_in_and_posted(night, desk):
    warehouse = desk.open().warehouse
    store.store_briefing(warehouse, DAY, "{}", "hash", {})
    key = outbox.MessageKey(DAY, "console", "briefing")
    outbox.claim(warehouse, key, 1, "test", dt.timedelta(minutes=1))
    outbox.record_sent(warehouse, key, "test", 1, "ref", "hash", local("07:02"))
    page = night("08:30")
    assert page.headline == "No problems: all 6 feeds are in."
    assert "Version 1 is ready." in page.text
    assert "console: posted (version 1), first posted 27 November 2026, 07:02" in page.text


def test_a_briefing_that_is_not_there_when_it_should_be_is_not_all_right(night, desk):
    assert "there is no briefing yet" in night("07:41").headline
    assert night("07:31").headline == "No problems: all 6 feeds are in."
    store.store_briefing(desk.open().warehouse, DAY, "{}", "hash", {})
    assert "the briefing has not been posted" in night("07:56").headline


def test_a_day_without_a_meeting_posts_nothing(night):
    page = night("09:00", day=SATURDAY)
    assert page.headline == "No problems: all 6 feeds are in."
    assert (
        "There is no meeting on Sat 28 Nov. Nothing is posted. Its reports go into the briefing for Mon 30 Nov."
        in page.text
    )
    assert "The last look" not in page.text


def test_the_clock_of_the_night_says_what_is_past(night):
    steps = re.findall(r"(\d\d:\d\d)</th><td>(.*?)</td><td[^>]*>(?:<strong>)?(past|next|later)", night("07:35").page)
    assert [(clock, when) for clock, _, when in steps] == [
        ("18:00", "past"), ("06:05", "past"), ("07:30", "past"), ("07:50", "next"), ("07:55", "later"),
        ("08:00", "later"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-26 03:00", "2026-11-26"),
        ("2026-11-26 12:00", "2026-11-26"),
        ("2026-11-26 17:59", "2026-11-26"),
        ("2026-11-26 18:00", "2026-11-27"),
        ("2026-11-26 23:00", "2026-11-27"),
        ("2026-10-24 23:30", "2026-10-25"),  # the clocks go back that night
        ("2026-10-25 01:30", "2026-10-25"),
    ],
)
def test_tonight_is_the_morning_that_people_mean(desk, now, day):
    meeting = desk.open().partnership.meeting
    assert morning_at(dt.datetime.fromisoformat(now).replace(tzinfo=LONDON), meeting, LONDON) == dt.date.fromisoformat(
        day
    )


def test_in_the_evening_before_the_next_morning_is_shown(desk):
    page = shown(desk, local("23:00", DAY - dt.timedelta(days=1)))
    assert "For the morning of 27 November 2026" in page.text
    assert page.headline == "Not started: we check 6 feeds from 06:05 on Fri 27 Nov."


def test_the_page_looks_again_only_when_somebody_asks_it_to(desk):
    viewer = Pages(desk, frozenset({May.READ}), "viewer")
    plain = viewer.get("/tonight")
    assert "Refresh" not in plain.headers
    assert "<meta http-equiv" not in plain.text
    again = viewer.get("/tonight?refresh=true")
    assert again.headers["Refresh"] == "60"
    assert ">Stop</a>" in again.text


IMPOSSIBLE = ("0001-01-01", "0001-01-02", "1999-12-31", "2100-01-01", "9999-12-31")


@pytest.mark.parametrize("day", IMPOSSIBLE)
def test_a_day_that_can_not_be_has_no_page(desk, day):
    officer = Pages(desk, frozenset(May))
    paths = [f"/{name}?day={day}" for name in ("tonight", "today", "feeds", "held")]
    paths += [f"/{name}?{end}={day}" for name in ("incidents", "map", "log") for end in ("since", "until")]
    for path in [*paths, f"/feeds/police/{day}"]:
        assert officer.get(path).status_code == 400, path
    assert officer.get(f"/incidents?after={day}~x").status_code in (200, 400)
    assert "day" in officer.said(officer.post("/feeds/police/ask", {"day": day}))
    assert "Due on" in officer.said(officer.post("/taskings", {"what": "x", "owner": "y", "due_on": day}))
    assert officer.started == []


def test_a_day_that_is_left_empty_in_a_filter_is_none(desk):
    officer = Pages(desk, frozenset(May))
    for path in (
        "/incidents?since=&until=",
        "/log?actor=&action=&since=&until=",
        "/map?since=&until=",
        "/tonight?day=",
    ):
        assert officer.get(path).status_code == 200, path
    assert officer.get("/tonight?day=2026-02-30").status_code == 400


@pytest.mark.parametrize("day", ["2000-01-01", "2099-12-31"])
def test_the_first_and_the_last_day_of_the_desk_have_pages(desk, day):
    officer = Pages(desk, frozenset(May))
    for path in (f"/tonight?day={day}", f"/feeds?day={day}", f"/feeds/police/{day}", f"/incidents?since={day}&until={day}",
                 f"/log?since={day}&until={day}"):  # fmt: skip
        assert officer.get(path).status_code == 200, path
