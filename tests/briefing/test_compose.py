"""What the briefing says, and what it never says."""

import datetime as dt
import json
import re

import pytest
from conftest import GOLD

from tasking.briefing import digest, render_blocks, render_card, render_html, render_mail, render_text
from tasking.briefing.versions import stored_briefing

from .made import edition


@pytest.fixture(scope="module")
def fortnight(faulty):
    """The desk after a fortnight, and the briefings of its first week and a half. Tests only look at it."""
    days = [dt.date(2026, 10, day) for day in range(20, 31)]
    return faulty, [stored_briefing(faulty.open().briefings, day)[0] for day in days]


def test_nothing_personal_is_in_any_briefing(fortnight):
    desk, briefings = fortnight
    templates = desk.open().templates
    shown = []
    for one in briefings:
        said = digest(one, edition())
        shown += [
            render_text(one, edition(), templates),
            render_html(one, edition(), templates),
            render_mail(said, templates),
        ]
        shown += [json.dumps(render_blocks(said)), json.dumps(render_card(said)), one.canonical()]
    everything = "\n".join(shown).casefold()
    for line in (GOLD / "dev.jsonl").read_text().splitlines():
        row = json.loads(line)
        people = [row["reporter"] or {}, row["about"] or {}]
        for value in [value for person in people for key, value in person.items() if value and key != "dob"]:
            if value.casefold() in ("anon", "anonymous"):
                continue
            assert not re.search(rf"\b{re.escape(value.casefold())}\b", everything), row["feed"]
        assert row["text"][:60].casefold() not in everything


def test_no_restricted_report_is_told_or_counted(fortnight):
    desk, briefings = fortnight
    labels = desk.open().conventions.categories.labels
    restricted = {labels[c.code] for c in desk.open().conventions.categories.categories if c.restricted}
    for day in briefings:
        told = {line.label for area in day.areas for line in area.incidents}
        counted = {count.label for count in day.categories}
        assert not (told | counted) & restricted
        assert day.restricted == briefings[0].restricted  # the same sentence whether there are any or not


def test_incidents_told_by_area_are_the_incidents_counted(fortnight):
    _, briefings = fortnight
    for briefing in briefings:
        assert sum(len(area.incidents) for area in briefing.areas) == briefing.incidents
        assert sum(count.incidents for count in briefing.categories) == briefing.incidents


def test_a_place_where_incidents_gather_from_two_partners_is_a_decision(fortnight):
    _, briefings = fortnight
    decisions = {decision.headline: decision.detail for day in briefings for decision in day.decisions}
    assert any("incidents in 7 days" in detail for detail in decisions.values())
    told = [
        found
        for detail in decisions.values()
        if (found := re.search(r"(\d+) incidents in 7 days, (\d+) partners", detail))
    ]
    assert told
    assert all(int(found[1]) >= 4 and int(found[2]) >= 2 for found in told)
