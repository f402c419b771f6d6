"""Briefings of every earlier version: read, rendered, and unchanged when their day is run again."""

import json
from typing import get_args

import pytest
from conftest import client_of

from tasking.model.briefing import Briefing
from tasking.model.clearance import Classified
from tasking.pages import Host, May, Person, create_app

from .stored import DAYS, DOCUMENTS, RELEASED, editions, old_desk
from .test_document import in_every_form


@pytest.fixture(scope="module")
def run_again(tmp_path_factory):
    """The desk of 11b6efd after today's code has run both of its days again, and its briefings before that."""
    desk = old_desk(tmp_path_factory.mktemp("released"))
    before = editions(desk)
    versions = [desk.run(day).version for day in DAYS]
    return desk, before, versions


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_briefing_of_an_earlier_version_renders_in_every_form(name):
    briefing = Briefing.read(DOCUMENTS[name])
    text, page, *others = in_every_form(briefing)
    assert f"{briefing.incidents} incident" in text
    assert briefing.ledger_words in page
    assert all(briefing.marking in one for one in others)


def test_a_day_that_11b6efd_briefed_keeps_its_version_and_its_bytes(run_again):
    desk, before, versions = run_again
    assert before == {(day, 1): DOCUMENTS[f"11b6efd-{day}"] for day in DAYS}
    assert versions == [1, 1]
    assert editions(desk) == before


def test_the_page_shows_a_day_that_11b6efd_briefed(run_again):
    opened = run_again[0].open()

    async def officer(_request):
        return Person("officer", frozenset({May.READ, May.DETAILS, May.DECIDE}))

    host = Host(lambda: opened, officer, lambda *_: "", lambda *_: "", b"a secret", hosts=frozenset({"desk.example"}))
    client = client_of(create_app(host), follow_redirects=True)
    for day in DAYS:
        shown = client.get("/today", params={"day": day}, headers={"Accept": "text/html"})
        assert shown.status_code == 200
        assert json.loads(DOCUMENTS[f"11b6efd-{day}"])["ledger_words"] in shown.text


def fields_of(model, prefix="") -> list[str]:
    """`feeds.partner` for every field of a document, at every depth."""
    found = []
    for name, field in model.model_fields.items():
        inside = next((one for one in get_args(field.annotation) or (field.annotation,) if isinstance(one, type)), None)
        is_nested = inside is not None and issubclass(inside, Classified)
        found += fields_of(inside, f"{prefix}{name}.") if is_nested else [f"{prefix}{name}"]
    return sorted(found)


def test_a_schema_keeps_its_fields():
    pinned = RELEASED / f"schema-{Briefing.SCHEMA}.fields"
    assert fields_of(Briefing) == pinned.read_text(encoding="utf-8").split(), (
        "raise Briefing.SCHEMA: see released/README.md"
    )
