"""One reporting day, end to end, as the meeting would find it."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from tasking import flows
from tasking.briefing import versions
from tasking.intake import quarantine, row_isolation
from tasking.model.errors import TaskingError


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_a_missing_partner_is_named_first_with_when_we_last_heard(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.path("police", "2026-10-23").unlink()
    desk.run("2026-10-22")
    briefing = desk.run("2026-10-23").briefing
    assert briefing.notices[0] == "Kent Police: nothing since Thu 22 Oct; no file came"
    assert briefing.usual_note.startswith("Not compared")


def test_a_file_without_rows_is_not_a_missing_file(desk):
    header = (
        b"Reference,Submitted,Name,Email,Phone,Stay anonymous,Reply wanted,Date of incident,Time of incident,Where,"
    )
    header += b"Postcode,Map pin,About,Someone at risk,Person at risk,Handling,Tell us what happened\n"
    for date in ("2026-10-22", "2026-10-23"):  # the same bytes on two days: both days have landed
        desk.put("residents", date, header)
        done = desk.run(date)
        residents = next(line for line in done.briefing.feeds if line.partner.startswith("Residents"))
        assert residents.state == "landed, nothing to report"
        assert not any(notice.startswith("Residents") for notice in done.briefing.notices)


def test_yesterdays_file_under_todays_name_is_nothing_new(desk_with_deliveries):
    desk = desk_with_deliveries
    content = desk.path("police", "2026-10-21").read_bytes()
    desk.put("police", "2026-10-22", content)
    desk.run("2026-10-21")
    done = desk.run("2026-10-22")
    assert done.briefing.notices[0].endswith("the file of Wed 21 Oct was sent again: nothing new")
    assert desk.ledger()["2026-10-22", "police"]["rows_in"] == 0


def test_a_row_that_changed_is_a_revision_and_the_old_one_stays(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.run("2026-10-21")
    content = desk.path("police", "2026-10-21").read_bytes()
    header, first = content.split(b"\r\n")[:2]
    desk.put("police", "2026-10-22", b"\r\n".join([header, first[:-1] + b' UPDATE: NOTHING MORE."', first, b""]))
    done = desk.run("2026-10-22")
    ledger = desk.ledger()["2026-10-22", "police"]
    assert (ledger["rows_in"], ledger["revisions"], ledger["repeats"], ledger["new_reports"]) == (2, 1, 1, 0)
    assert "Kent Police: 1 earlier report changed" in done.briefing.changed
    reference = first.split(b",")[0].strip(b'"').decode()
    revisions = [row["revision"] for row in desk.rows("report") if row["report_id"] == f"police:{reference}"]
    assert sorted(revisions) == [1, 2]


def test_an_old_day_run_again_gives_the_same_bytes(briefed):
    desk = briefed
    first = versions.stored_briefing(desk.open().briefings, day("2026-10-22"))[0].canonical()
    desk.run("2026-10-23")
    again = desk.run("2026-10-22")
    assert again.briefing.canonical() == first
    assert again.version == 1


def test_monday_covers_the_weekend(desk_with_deliveries):
    desk = desk_with_deliveries
    for date in ("2026-10-23", "2026-10-24", "2026-10-25"):
        desk.run(date)
    monday = desk.run("2026-10-26").briefing
    assert [str(covered) for covered in monday.covers] == ["2026-10-24", "2026-10-25", "2026-10-26"]
    assert "(73 h)" in monday.window_words  # the clocks went back in the night to Sunday
    rows = sum(row["rows_in"] for (date, _), row in desk.ledger().items() if date in map(str, monday.covers))
    assert sum(feed.rows_in for feed in monday.feeds) == rows


def test_a_day_without_a_meeting_is_not_posted(desk_with_deliveries):
    done = desk_with_deliveries.run("2026-10-24")
    assert "not a meeting day" in done.posted[0]
    assert desk_with_deliveries.channel.sent == {}


def test_a_rerun_posts_nothing_and_late_news_edits(desk_with_deliveries):
    desk = desk_with_deliveries
    police = desk.path("police", "2026-10-22")
    late = police.rename(police.with_suffix(".late"))
    assert desk.run("2026-10-22").posted == ("fake: posted v1",)
    assert desk.run("2026-10-22").posted == ("fake: already posted, unchanged (v1)",)
    late.rename(police)
    assert desk.run("2026-10-22").posted == ("fake: edited to v2",)
    assert len(desk.channel.sent) == 1
    assert desk.channel.updates == 1


def test_an_old_day_is_edited_and_never_posted_anew_unless_somebody_says_so(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.channel.reaches_people = True
    assert "skipped" in desk.run("2026-10-22").posted[0]
    assert desk.channel.sent == {}
    assert desk.run("2026-10-22", is_old_day_posted=True).posted == ("fake: posted v1",)
    desk.put("police", "2026-10-22", desk.path("police", "2026-10-21").read_bytes())
    assert desk.run("2026-10-22").posted == ("fake: edited to v2",)
    assert len(desk.channel.sent) == 1


def test_a_briefing_says_what_it_was_made_with(briefed):
    import json

    inputs = json.loads(briefed.rows("briefing")[0]["inputs"])
    assert len(inputs["deliveries"]) == 6
    assert len(inputs["declarations"]) == 64
    assert inputs["linkage"]


def test_the_database_and_the_deliveries_are_their_owners_only(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.run("2026-10-22")
    database = Path(desk.database_url.removeprefix("sqlite:///"))
    kept = [path for path in (desk.home / "var").rglob("*") if path.is_file()]
    assert all(path.stat().st_mode & 0o077 == 0 for path in [database, *kept])


def test_killed_after_the_post_and_before_recording_it_posts_once(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.channel.is_killed_after_send = True
    with pytest.raises(KeyboardInterrupt):
        desk.run("2026-10-22")
    desk.channel.is_killed_after_send = False
    assert desk.run("2026-10-22").posted == ("fake: posted v1, found there after an unclear answer",)
    assert len(desk.channel.sent) == 1


def test_a_refused_feed_stops_no_other_and_can_be_mended(desk_with_deliveries):
    desk = desk_with_deliveries
    police = desk.path("police", "2026-10-22")
    right = police.read_bytes()
    desk.put("police", "2026-10-22", right.replace(b'"OccurredFrom"', b'"HappenedFrom"', 1))
    done = desk.run("2026-10-22")
    assert done.briefing.notices[0].startswith(
        "Kent Police: nothing yet; a file came and was refused: it is not in the agreed form"
    )
    assert done.briefing.feeds[0].reason.startswith("police: column ")
    assert "column" not in str(desk.channel.sent)
    assert sum(feed.is_complete for feed in done.briefing.feeds) == 5
    declaration = desk.home / "include/feeds/police.yml"
    declaration.write_text(declaration.read_text().replace("[OccurredFrom]", "[HappenedFrom]"))
    mended = desk.run("2026-10-22")
    assert mended.briefing.feeds_complete == 6
    assert mended.version == 2


def test_the_bytes_are_kept_unchanged(briefed):
    desk = briefed
    kept = {path.read_bytes() for path in (desk.home / "var" / "deliveries").rglob("*") if path.is_file()}
    sent = {desk.path(feed, "2026-10-22").read_bytes() for feed in desk.open().partnership.feeds}
    assert sent <= kept


def test_a_held_row_is_corrected_and_takes_the_same_way(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.run("2026-10-21")
    row = next(row for row in desk.held() if row["reason"].startswith("not a date"))
    before = desk.ledger()["2026-10-21", "police"]
    with pytest.raises(TaskingError, match="still held: not a date"):
        quarantine.amend(desk.open().intake, row["held_id"], {"CreatedDT": "30/02/2026 09:00"}, "ops")
    quarantine.amend(desk.open().intake, row["held_id"], {"CreatedDT": "20/10/2026 09:00"}, "ops")
    after = desk.ledger()["2026-10-21", "police"]
    assert (after["held"], after["new_reports"]) == (before["held"] - 1, before["new_reports"] + 1)
    assert desk.rows("log")[-1]["action"] == "held row corrected"
    assert desk.run("2026-10-21").version == 2


def test_a_held_row_is_released_only_where_the_check_allows_it(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.run("2026-10-23")
    future = next(row for row in desk.held() if row["reason"].startswith("in the future"))
    quarantine.amend(desk.open().intake, future["held_id"], {}, "ops")
    assert future["held_id"] not in {row["held_id"] for row in desk.held()}
    desk.run("2026-10-21")
    for words in ("not a date", "wrong number of columns"):
        stuck = next(row for row in desk.held() if row["reason"].startswith(words))
        with pytest.raises(TaskingError, match="can only be corrected"):
            quarantine.amend(desk.open().intake, stuck["held_id"], {}, "ops")
    with pytest.raises(TaskingError, match="was already released, by ops on"):
        quarantine.amend(desk.open().intake, future["held_id"], {}, "ops")


def test_a_case_printed_once_for_each_heading_is_one_report(desk, deliveries):
    source = next(path for path in sorted(Path(deliveries.folder, "housing").iterdir()) if b" / " in path.read_bytes())
    target = desk.drops / "housing" / source.name
    target.parent.mkdir()
    shutil.copy2(source, target)
    date = dt.date(2000 + int(source.stem[-2:]), int(source.stem[-4:-2]), int(source.stem[-6:-4]))
    desk.run(str(date))
    double = [row for row in desk.rows("report") if " + " in (row["category_text"] or "")]
    assert double
    assert all(row["revision"] == 1 for row in double)
    ledger = desk.ledger()[str(date), "housing"]
    assert ledger["repeats"] >= 1


def test_a_fault_of_ours_in_one_feed_stops_no_other_and_ends_red(desk_with_deliveries, monkeypatch):
    from tasking.model.errors import PromiseBroken

    def broken(feed, *arguments):
        if feed.feed == "police":
            raise ValueError("could not convert string to float: 'Dennis Rook'")
        return normalise(feed, *arguments)

    normalise = row_isolation.normalise
    monkeypatch.setattr(row_isolation, "normalise", broken)
    with pytest.raises(PromiseBroken, match=r"lost police \(ValueError\)") as error:
        desk_with_deliveries.run("2026-10-22")
    assert "Dennis" not in str(error.value)
    briefing, _ = versions.stored_briefing(desk_with_deliveries.open().briefings, day("2026-10-22"))
    assert briefing.notices == ("Kent Police: nothing yet; we could not receive it, which is for us to fix",)
    assert len(desk_with_deliveries.channel.sent) == 1


def test_a_broken_ledger_fails_the_run(briefed):
    from sqlalchemy import text

    from tasking.model.errors import PromiseBroken

    opened = briefed.open()
    with opened.warehouse.writing() as connection:
        connection.execute(text("UPDATE delivery SET rows_in = rows_in + 1 WHERE feed = 'police'"))
    with pytest.raises(PromiseBroken, match="police on 2026-10-22"):
        flows.check_promises(opened, day("2026-10-22"))
