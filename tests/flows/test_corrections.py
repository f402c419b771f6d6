"""Corrections of a report: what counts, from when, and what a partner's next rows do to them."""

import datetime as dt
import json
import shutil
from dataclasses import replace

import pytest

from tasking import flows
from tasking.intake import by_hand, corrections
from tasking.intake.by_hand import NewReport
from tasking.intake.receiving import receive_by_hand
from tasking.model.errors import TaskingError
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

DAY = dt.date(2026, 10, 22)


@pytest.fixture
def desk(briefed):
    briefed.now = dt.datetime(2026, 10, 22, 7, 30, tzinfo=dt.UTC)  # 08:30 in London, after the briefing
    return briefed


@pytest.fixture
def opened(desk):
    return desk.open()


def public_report(desk, feed: str = "council", **having) -> dict:
    """A report of today's that is public and alone, from a feed."""
    hidden = {row["report_id"] for row in desk.rows("report") if row["is_restricted"]}
    return next(
        row for row in sorted(desk.rows("report"), key=lambda row: row["report_id"])
        if row["feed"] == feed and row["report_id"] not in hidden and not row["is_out_of_area"] and row["place_name"]
        and row["day"] == str(DAY) and all(row[name] == value for name, value in having.items())
    )  # fmt: skip


def now(opened, report_id: str) -> dict:
    return opened.intake.report(report_id, FULL_VISIBILITY)


def test_a_category_is_corrected_everywhere_and_what_was_sent_stays(desk, opened):
    row = public_report(desk)
    code = "drugs" if row["category"] != "drugs" else "noise"
    before = desk.run(str(DAY), is_posting=False)
    assert corrections.correct_category(
        opened.intake, row["report_id"], code, "needles, by the photo", "hale", has_restricted=False
    ) == DAY  # fmt: skip
    flows.link(opened, DAY)
    assert now(opened, row["report_id"])["category"] == code
    (one,) = corrections.corrections(opened.intake, row["report_id"])
    assert (one.sent["category"], one.corrected_to["category"], one.actor) == (row["category"], code, "hale")
    assert not one.needs_attention
    after = desk.run(str(DAY), is_posting=False)
    assert after.version == before.version + 1
    counted = {count.label: count.incidents for count in after.briefing.categories}
    label = opened.conventions.categories.labels[code]
    assert counted[label] == {count.label: count.incidents for count in before.briefing.categories}.get(label, 0) + 1
    exported = {one["incident_id"]: one["category"] for one in opened.linkage.public_incidents(DAY, DAY)}
    (incident,) = opened.linkage.incidents_named(row["report_id"], (), FULL_VISIBILITY)
    assert exported[incident] == code
    assert after.briefing.is_balanced


def test_an_earlier_day_stays_as_it_was(desk, opened):
    row = public_report(desk)
    before = desk.run(str(DAY), is_posting=False)
    desk.now = dt.datetime(2026, 10, 23, 8, 0, tzinfo=dt.UTC)
    opened = desk.open()
    assert corrections.correct_category(
        opened.intake, row["report_id"], "drugs", "needles", "hale", has_restricted=False
    ) == dt.date(2026, 10, 23)
    flows.link(opened, dt.date(2026, 10, 23))
    again = desk.run(str(DAY), is_posting=False)
    assert again.briefing.canonical() == before.briefing.canonical()
    assert again.version == before.version


def test_it_holds_when_the_same_file_comes_again_and_is_undone(desk, opened):
    row = public_report(desk)
    corrections.correct_category(opened.intake, row["report_id"], "drugs", "needles", "hale", has_restricted=False)
    path = desk.path("council", str(DAY))
    receive_by_hand(opened.intake, "council", DAY, "again.csv", path.read_bytes() + b"\n", "hale")
    assert now(opened, row["report_id"])["category"] == "drugs"
    assert not [held for held in desk.held() if held["source_ref"] == row["source_ref"]]
    corrections.undo(opened.intake, row["report_id"], "category", "it was right", "marsh", has_restricted=False)
    assert now(opened, row["report_id"])["category"] == row["category"]
    assert corrections.corrections(opened.intake, row["report_id"]) == []
    with pytest.raises(TaskingError, match="no correction"):
        corrections.undo(opened.intake, row["report_id"], "category", "again", "marsh", has_restricted=False)
    flows.check_promises(opened, DAY)


def revised(desk, row, old: str, new: str) -> bytes:
    """The council's file with another cell in the record of a report, and no other record."""
    text = desk.path("council", str(DAY)).read_bytes().decode()
    records = json.loads(text)
    record = next(one for one in records if row["source_ref"] in one.values())
    changed = json.dumps([record]).replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
    assert changed != json.dumps([record])
    return changed.encode()


def test_it_holds_when_the_partner_revises_something_else(desk, opened):
    row = public_report(desk)
    corrections.correct_category(opened.intake, row["report_id"], "drugs", "needles", "hale", has_restricted=False)
    text = opened.intake.report(row["report_id"], FULL_VISIBILITY)["text"]
    receive_by_hand(
        opened.intake, "council", DAY, "more.csv", revised(desk, row, text[:12], f"PLEASE: {text[:12]}"), "hale"
    )
    found = now(opened, row["report_id"])
    assert "PLEASE" in found["text"]
    assert found["category"] == "drugs"
    assert not corrections.corrections(opened.intake, row["report_id"])[0].needs_attention
    assert desk.ledger()[str(DAY), "council"]["revisions"] >= 1
    flows.check_promises(opened, DAY)


def test_it_needs_attention_when_the_partner_changes_that_very_field(desk, opened):
    row = public_report(desk)
    corrections.correct_category(opened.intake, row["report_id"], "drugs", "needles", "hale", has_restricted=False)
    receive_by_hand(
        opened.intake, "council", DAY, "more.csv", revised(desk, row, row["category_text"], "Graffiti"), "hale"
    )
    assert now(opened, row["report_id"])["category"] == "graffiti"
    (one,) = corrections.corrections(opened.intake, row["report_id"])
    assert one.needs_attention
    assert (one.sent["category"], one.sent_since["category"]) == (row["category"], "graffiti")
    corrections.correct_category(
        opened.intake, row["report_id"], "drugs", "still needles", "hale", has_restricted=False
    )
    assert now(opened, row["report_id"])["category"] == "drugs"
    assert not corrections.corrections(opened.intake, row["report_id"])[0].needs_attention


def test_a_restricted_category_takes_it_out_of_sight_and_only_a_keeper_brings_it_back(desk, opened):
    row = public_report(desk)
    corrections.correct_category(
        opened.intake, row["report_id"], "safeguarding", "a child", "hale", has_restricted=False
    )
    assert opened.intake.report(row["report_id"], PUBLIC_VISIBILITY) is None
    with pytest.raises(TaskingError):
        corrections.undo(opened.intake, row["report_id"], "category", "a slip", "hale", has_restricted=False)
    corrections.undo(opened.intake, row["report_id"], "category", "a slip", "keeper", has_restricted=True)
    assert opened.intake.report(row["report_id"], PUBLIC_VISIBILITY)["category"] == row["category"]
    taken = by_hand.take(opened.intake, "0" * 32, NewReport("loud music", "prevent"), "hale")
    with pytest.raises(TaskingError, match="Ask somebody"):
        corrections.correct_category(opened.intake, taken.report_id, "noise", "a slip", "hale", has_restricted=False)
    corrections.correct_category(opened.intake, taken.report_id, "noise", "a slip", "keeper", has_restricted=True)
    assert opened.intake.report(taken.report_id, PUBLIC_VISIBILITY)["category"] == "noise"


def test_a_repeat_of_a_row_that_was_corrected_into_the_register_is_not_held(desk, opened):
    row = public_report(desk)
    corrections.correct_category(
        opened.intake, row["report_id"], "safeguarding", "a child", "hale", has_restricted=False
    )
    receive_by_hand(
        opened.intake, "council", DAY, "again.csv", desk.path("council", str(DAY)).read_bytes() + b"\n", "hale"
    )
    assert not [one for one in desk.held() if one["source_ref"] == row["source_ref"]]
    assert now(opened, row["report_id"])["is_restricted"]


def test_a_place_and_a_time_are_corrected(desk, opened):
    row = public_report(desk)
    (place,) = corrections.choices(opened.intake, "Bradbourne Lakes")
    corrections.correct_place(opened.intake, row["report_id"], place, "said by the caller", "hale")
    corrections.correct_time(opened.intake, row["report_id"], dt.date(2026, 10, 20), None, "the day before", "hale")
    found = now(opened, row["report_id"])
    assert (found["place_name"], found["latitude"]) == ("Bradbourne Lakes", place.latitude)
    assert found["occurred_from"] == dt.datetime(2026, 10, 19, 23, 0, tzinfo=dt.UTC)
    assert not found["is_occurred_time_known"]
    corrections.undo(opened.intake, row["report_id"], "place", "it was right", "hale", has_restricted=False)
    found = now(opened, row["report_id"])
    assert found["place_name"] == row["place_name"]
    assert not found["is_occurred_time_known"]
    corrections.correct_position(opened.intake, row["report_id"], "51.2855, 0.1845", "by the photo", "hale")
    assert now(opened, row["report_id"])["ward"] == "Sevenoaks Northern"
    for wrong in ("nowhere", "0,0", "=1+1"):
        with pytest.raises(TaskingError, match="position"):
            corrections.correct_position(opened.intake, row["report_id"], wrong, "so it is", "hale")
    with pytest.raises(TaskingError, match="future"):
        corrections.correct_time(opened.intake, row["report_id"], dt.date(2026, 12, 1), None, "so it is", "hale")
    with pytest.raises(TaskingError, match="why"):
        corrections.correct_time(opened.intake, row["report_id"], dt.date(2026, 10, 1), None, " ", "hale")


def test_a_correction_long_after_leaves_the_incident_together(faulty, tmp_path):
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    desk = replace(faulty, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", others={})
    opened = desk.open()
    members: dict[str, list[str]] = {}
    for row in desk.rows("incident_report"):
        if row["left_on"] is None and row["linked_on"] < "2026-10-25":
            members.setdefault(row["incident_id"], []).append(row["report_id"])
    incident, reports = next((one, some) for one, some in sorted(members.items()) if len(some) > 2)
    day = corrections.correct_time(opened.intake, reports[-1], dt.date(2026, 10, 18), None, "earlier", "hale")
    flows.link(opened, day)
    for report in reports:
        assert opened.linkage.incidents_named(report, (), FULL_VISIBILITY) == [incident]


def test_an_hour_that_the_clocks_left_out_is_asked_for_again(desk, opened):
    row = public_report(desk)
    with pytest.raises(TaskingError, match="There was no 01:30 on 29 March 2026: the clocks went forward") as refused:
        corrections.correct_time(
            opened.intake, row["report_id"], dt.date(2026, 3, 29), dt.time(1, 30), "so it is", "hale"
        )
    assert refused.value.field == "occurred_at"
    corrections.correct_time(opened.intake, row["report_id"], dt.date(2026, 3, 29), dt.time(2), "so it is", "hale")
    assert now(opened, row["report_id"])["occurred_from"] == dt.datetime(2026, 3, 29, 1, 0, tzinfo=dt.UTC)
