"""Each class of data goes when its time has come, and not a day before; what is under a hold stays."""

import datetime as dt

import pytest
import yaml

from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.delivery.channels import FolderChannel
from tasking.model.errors import DeclarationError
from tasking.privacy import erasure, retention

from .conftest import DAYS, PHONE


def keep(desk, **days) -> None:
    path = desk.home / "include" / "partnership.yml"
    declared = yaml.safe_load(path.read_text())
    declared["retention"] |= days
    path.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False))


def after(days: int) -> dt.date:
    """The day on which what is of the second day is `days` old."""
    return DAYS[1] + dt.timedelta(days=days)


def kept_files(desk) -> int:
    return len(desk.open().archive.digests())


def test_nothing_goes_before_its_time(traces):
    tables = ("report", "report_person", "held", "briefing", "incident_report")
    before = {name: traces.rows(name) for name in tables}, kept_files(traces)
    gone = retention.purge(traces.open().privacy, DAYS[0] + dt.timedelta(days=90))
    assert not any(gone.values())
    assert ({name: traces.rows(name) for name in tables}, kept_files(traces)) == before


def test_kept_files_and_cells_of_held_rows_go_after_ninety_days(traces):
    assert kept_files(traces) > 5
    gone = retention.purge(traces.open().privacy, after(91))
    assert kept_files(traces) == 0
    assert gone["deliveries"] > 5
    (held,) = traces.rows("held")
    assert (held["row_as_sent"], held["state"], held["source_ref"]) == ("{}", "expired", None)
    assert held["reason"]
    assert len(traces.rows("report_person")) == 8


def test_who_people_are_goes_after_two_years_and_the_figures_stay(traces):
    ledger = traces.ledger()
    retention.purge(traces.open().privacy, after(731))
    assert traces.rows("report_person") == traces.rows("report_signal") == []
    assert len(traces.rows("report")) == 8
    assert traces.ledger() == ledger


def test_reports_and_briefings_go_after_seven_years(traces):
    retention.purge(traces.open().privacy, after(2556))
    for table in ("report", "report_fact", "incident_report", "briefing", "link_question", "tasking"):
        assert traces.rows(table) == [], table


def test_a_hold_keeps_what_is_theirs(traces):
    erasure.place_hold(traces.open().privacy, PHONE, "court case 12", "records officer")
    retention.purge(traces.open().privacy, after(2556))
    told = traces.rows("report_person")
    assert {one["caller_phone"][-6:] for one in told if one["subject_name"] is None} == {"900987"}
    assert len(told) == len(traces.rows("report")) == 5  # four by her, one about her
    assert kept_files(traces) == 5


def test_what_is_kept_for_ever_stays(traces):
    keep(traces, deliveries_days=None, held_days=None, people_days=None, reports_days=None, briefings_days=None)
    before = kept_files(traces)
    retention.purge(traces.open().privacy, after(10_000))
    assert kept_files(traces) == before
    assert len(traces.rows("report_person")) == 8


def test_messages_go_where_the_channel_lets_us(desk, workspace, tmp_path):
    slack, channel = workspace
    desk.channel = channel
    keep(desk, chat_days=30)
    desk.run(str(DAYS[0]), is_old_day_posted=True)
    assert slack.parents()
    retention.purge(desk.open().privacy, DAYS[0] + dt.timedelta(days=31))
    assert slack.messages == []
    assert {one["state"] for one in desk.rows("outbox")} == {"withdrawn"}
    desk.run(str(DAYS[0]), is_old_day_posted=True)
    assert slack.parents() == []


def test_files_of_messages_go_too(desk, tmp_path):
    desk.channel = FolderChannel(tmp_path / "posted")
    keep(desk, chat_days=30)
    desk.run(str(DAYS[0]), is_old_day_posted=True)
    assert list((tmp_path / "posted").iterdir())
    retention.purge(desk.open().privacy, DAYS[0] + dt.timedelta(days=31))
    assert list((tmp_path / "posted").iterdir()) == []


def test_it_is_in_the_log_as_figures(traces):
    retention.purge(traces.open().privacy, after(91))
    entry = next(one for one in traces.rows("log") if one["action"] == "retention")
    assert "1 held rows" in entry["note"]


def test_people_are_not_kept_longer_than_their_reports(traces):
    keep(traces, people_days=3000)
    with pytest.raises(DeclarationError, match="people_days"):
        load_partnership(Include.of(traces.home / "include"))
