"""A rule's files: a new one needs no Python, and what can't be meant is said by file and key."""

import datetime as dt

import pytest

from tasking.briefing import versions
from tasking.model.errors import DeclarationError
from tasking.triggers import run

DAY = dt.date(2026, 10, 22)
RULE = """
rule: bins
version: 1
title: Bins burn
why: Bins that burn are set alight by somebody.
proposes: note
route: briefing
severity: low
themes: {fires: [fire]}
numbers: {reports: 1, days: 7}
needs: [[reports]]
cool_down: {rejected_days: 14, grown_by: 0.5, closed_days: 28}
wording: {headline: "Bins", detail: "{reports} reports of {theme} in {days} days"}
"""
QUERY = """-- One row per report of a fire, of all the district (the subject).
-- as of: day
-- parameters: since_day date, day date, categories text[]
-- columns: subject_key text, report_id text, incident_id text, feed text, complainant text
SELECT
    category AS subject_key,
    report_id,
    incident_id,
    feed,
    complainant
FROM told_as_of
WHERE day >= :since_day AND category IN :categories
ORDER BY report_id
"""


@pytest.fixture
def declared(desk_with_deliveries):
    """A desk with a rule of its own, which tests spoil."""
    include = desk_with_deliveries.home / "include"
    (include / "rules" / "bins.yml").write_text(RULE)
    (include / "sql" / "rules" / "bins.sql").write_text(QUERY)
    return desk_with_deliveries, include


def test_a_new_rule_needs_two_files_and_no_python(declared):
    desk, _ = declared
    for day in ("2026-10-22", "2026-10-23", "2026-10-24"):
        desk.run(day)
    found = [row for row in run.export_rows(desk.open().triggers, dt.date.min, dt.date.max) if row["rule"] == "bins"]
    assert len(found) == 1
    assert found[0]["subject"] == "Deliberate fire"
    briefing = versions.stored_briefing(desk.open().briefings, dt.date(2026, 10, 24))[0]
    assert any(one.headline == "Bins" and "of fires in 7 days" in one.detail for one in briefing.decisions)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("rule: bins", "rule: boxes", "rules/bins.yml, line 2, column 1: rule: is 'boxes'"),
        ("[fire]", "[fires]", ": themes: there is no category fires"),
        ("{reports: 1, days: 7}", "{reports: 1}", "days or months is missing"),
        ("[[reports]]", "[[rows]]", "needs: rows is not among the numbers"),
        ("{reports} reports", "{many} reports", "wording.detail: {many} is neither a count nor a number"),
        ("days: 7}", "days: 7, radius_m: 900}", "numbers.radius_m: 400 at most"),
        ("severity: low", "severity: grave", "severity"),
    ],
)
def test_what_cannot_be_meant_is_said_by_file_and_key(declared, before, after, said):
    desk, include = declared
    path = include / "rules" / "bins.yml"
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(DeclarationError, match=r"bins\.yml") as raised:
        desk.open()
    assert said in str(raised.value)


def test_a_rule_without_its_query_is_named(declared):
    desk, include = declared
    (include / "sql" / "rules" / "bins.sql").unlink()
    with pytest.raises(
        DeclarationError, match=r"bins\.yml, line 2, column 1: rule: there is no include/sql/rules/bins\.sql"
    ):
        desk.open()
