"""A collector on loopback gets the figures of a day; without one nothing is sent; logs say what they are about."""

import datetime as dt
import json
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import structlog
from background import serve_in_background

from tasking import flows
from tasking.delivery import briefing
from tasking.intake import receiving
from tasking.model.log_context import in_context
from tasking.privacy import retention
from tasking.runtime.metrics import day_metrics
from tasking.runtime.telemetry import send_day_metrics

DAY = dt.date(2026, 10, 22)


@pytest.fixture
def run(briefed):
    briefed.now = dt.datetime(2026, 10, 22, 6, 20, tzinfo=dt.UTC)  # 07:20 in Kent
    flows.post(briefed.open(), DAY)
    return briefed


@pytest.fixture
def collector(monkeypatch):
    class Collector(BaseHTTPRequestHandler):
        taken: list[bytes] = []  # noqa: RUF012

        def do_POST(self) -> None:
            self.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Collector)
    serve_in_background(server)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    yield Collector.taken
    server.shutdown()
    server.server_close()


def test_the_figures_are_those_of_the_ledger(run):
    found = day_metrics(run.open(), DAY)
    rows = sum(one.value for one in found if one.name == "tasking.rows")
    assert rows == sum(row["rows_in"] for (day, _), row in run.ledger().items() if day == str(DAY))
    assert {one.about["feed"] for one in found if one.name == "tasking.feed.landed" and one.value} == {
        feed for (day, feed), row in run.ledger().items() if day == str(DAY) and row["outcome"] == "landed"
    }
    assert next(one.value for one in found if one.name == "tasking.briefing.due_in") == 40 * 60
    assert {one.value for one in found if one.name == "tasking.feed.lateness"} == {60.0}  # seconds
    assert next(one.value for one in found if one.name == "tasking.held.waiting") == len(run.held())


def test_a_collector_gets_them(run, collector):
    assert send_day_metrics(run.open(), DAY) > 40
    (sent,) = collector
    for name in (
        b"tasking.feed.lateness",
        b"tasking.rows",
        b"tasking.briefing.posted_after",
        b"tasking.posts",
        b"police",
    ):
        assert name in sent


def test_without_a_collector_nothing_is_sent_and_one_that_is_away_harms_nothing(run, monkeypatch):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert send_day_metrics(run.open(), DAY) == 0
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    send_day_metrics(run.open(), DAY)


def test_a_line_of_a_log_says_its_day_and_feed(desk):
    seen = []

    @in_context
    def step(desk, feed_name, day):
        seen.append(structlog.contextvars.get_contextvars())

    step(desk.open(), "police", DAY)
    assert seen == [{"step": "step", "day": "2026-10-22", "feed": "police"}]
    assert structlog.contextvars.get_contextvars() == {}


def test_on_the_command_line_a_log_is_json_where_asked_for(monkeypatch, capsys):
    from tasking.runtime.logs import set_up_logs

    monkeypatch.setenv("TASKING_LOG_FORMAT", "json")
    set_up_logs()
    try:
        with structlog.contextvars.bound_contextvars(day="2026-10-22", feed="police"):
            structlog.get_logger("x").warning("a word")
    finally:
        structlog.reset_defaults()
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["day"], line["feed"], line["level"]) == ("a word", "2026-10-22", "police", "warning")


def test_a_log_goes_to_the_errors_of_the_moment_and_not_to_a_file_that_was_closed(monkeypatch, capsys):
    from io import StringIO

    from tasking.runtime.logs import set_up_logs

    with StringIO() as gone, monkeypatch.context() as while_it_is_open:
        while_it_is_open.setattr("sys.stderr", gone)
        set_up_logs()
    try:
        structlog.get_logger("x").warning("a word")
    finally:
        structlog.reset_defaults()
    assert "a word" in capsys.readouterr().err


def test_every_step_is_told():
    for step in (receiving.receive, flows.link, flows.trigger, flows.brief, briefing.post, retention.purge):
        assert hasattr(step, "__wrapped__"), step
