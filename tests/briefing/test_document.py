"""A stored document is read whichever version wrote it, and written back as it was."""

import copy
import json
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasking.briefing import digest, render_blocks, render_card, render_html, render_mail, render_text
from tasking.model.briefing import Briefing, FeedLine
from tasking.model.clearance import Clearance, Public
from tasking.model.errors import TaskingError
from tasking.model.weekly import Weekly

from .made import TEMPLATES, edition, made
from .stored import DOCUMENTS, RELEASED

OLD = DOCUMENTS["11b6efd-2026-11-02"]


def spelt(raw: dict) -> str:
    return json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def in_every_form(briefing: Briefing) -> list[str]:
    said = digest(briefing, edition())
    return [
        render_text(briefing, edition(), TEMPLATES), render_html(briefing, edition(), TEMPLATES),
        render_mail(said, TEMPLATES), json.dumps(render_blocks(said)), json.dumps(render_card(said)),
    ]  # fmt: skip


def from_the_future() -> dict:
    """A document of a later version: fields that we do not know, at every depth, and one that has changed its shape."""
    raw = json.loads(OLD)
    raw |= {"schema": 9, "weather": {"wind": [1, 2.5]}, "incidents": {"public": 3}}
    raw["feeds"][0]["lag_s"] = 12
    raw["areas"][0]["incidents"] = [{"label": "Noise", "grade": 2}]
    del raw["usual_note"]
    return raw


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_that_was_read_is_written_back_byte_for_byte(name):
    assert Briefing.read(DOCUMENTS[name]).canonical() == DOCUMENTS[name]


def test_a_document_of_a_later_version_is_read_as_far_as_it_is_known():
    read = Briefing.read(spelt(from_the_future()))
    assert read.feeds == Briefing.read(OLD).feeds
    assert (read.incidents, read.usual_note) == (0, "")
    assert read.areas[0].incidents[0].label == "Noise"
    assert all(in_every_form(read))


def test_what_a_later_version_added_is_kept_when_its_document_is_copied():
    text = spelt(from_the_future())
    read = Briefing.read(text)
    assert read.canonical() == text
    changed = json.loads(read.model_copy(update={"marking": "OFFICIAL-SENSITIVE"}).canonical())
    assert changed == from_the_future() | {"marking": "OFFICIAL-SENSITIVE"}


def test_what_we_do_not_know_is_shown_to_nobody():
    shown = json.loads(Briefing.read(spelt(from_the_future())).cleared_for(Clearance.RESTRICTED).canonical())
    assert "weather" not in shown
    assert "lag_s" not in shown["feeds"][0]
    assert shown["schema"] == 9


def test_an_old_document_is_shown_without_what_its_schema_did_not_have():
    shown = json.loads(Briefing.read(DOCUMENTS["6080f1c-2026-10-23"]).cleared_for(Clearance.PUBLIC).canonical())
    assert shown == json.loads(DOCUMENTS["6080f1c-2026-10-23"])


PATHS = st.lists(st.integers(0, 40), min_size=1, max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@example([([1, 0, 0], False)])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(PATHS, VALUES | st.just("gone")), min_size=1, max_size=5))
def test_any_document_is_read_rendered_and_written_back_whatever_its_fields_hold(damage):
    raw = copy.deepcopy(json.loads(OLD))
    for path, value in damage:
        at = raw
        for step in path[:-1]:
            inside = list(at.values() if isinstance(at, dict) else at)
            below = inside[step % len(inside)] if inside else None
            at = below if isinstance(below, dict | list) and below else at
        key = sorted(at)[path[-1] % len(at)] if isinstance(at, dict) else path[-1] % len(at)
        if value == "gone" and isinstance(at, dict) and len(at) > 1:
            del at[key]
        else:
            at[key] = value
    raw["schema"] = 1
    read = Briefing.read(spelt(raw))
    assert read.canonical() == spelt(raw)
    assert all(in_every_form(read))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "1"])
def test_what_is_no_document_is_refused_in_words(text):
    with pytest.raises(TaskingError, match="damaged"):
        Briefing.read(text)


def test_writing_is_strict():
    whole = {name: getattr(made(), name) for name in Briefing.model_fields}
    with pytest.raises(ValidationError):
        Briefing(**whole, weather="wet")


def test_what_is_written_says_its_schema():
    newest = max(int(path.stem.removeprefix("schema-")) for path in RELEASED.glob("schema-*.fields"))
    assert json.loads(made().canonical())["schema"] == Briefing.SCHEMA == newest
    words = dict.fromkeys(("reviews", "stalled", "waiting", "never_raised", "groups", "feeds", "precision"), ())
    told = {"partnership": "A", "marking": "B", "week": "2026-W44", "day": made().day, "taskings": "", "restricted": ""}
    weekly = Weekly(**words, **told)
    assert json.loads(weekly.canonical())["schema"] == 2
    assert Weekly.read(weekly.canonical()) == weekly


class Lamp(FeedLine):
    """A feed's line of a later version."""

    lag_s: Public[int] = 0


class Later(Briefing):
    """The briefing of a later version."""

    SCHEMA: ClassVar[int] = 3
    feeds: Public[tuple[Lamp, ...]]
    weather: Public[str] = ""


def later(stored: str, **changed) -> Later:
    """What a later version composes of a day that was stored before."""
    fields = vars(Later.read(stored)) | {"weather": "wet"} | changed
    feeds = tuple(Lamp(**vars(one) | {"lag_s": 7}) for one in fields.pop("feeds"))
    return Later(**fields, feeds=feeds)


def test_a_field_that_is_added_makes_no_old_day_another():
    assert later(OLD).has_same_content(Later.read(OLD))
    assert not later(OLD, incidents=99).has_same_content(Later.read(OLD))


def test_a_field_that_was_added_counts_from_the_first_document_that_has_it():
    stored = later(OLD).canonical()
    assert later(OLD).has_same_content(Later.read(stored))
    assert not later(OLD, weather="dry").has_same_content(Later.read(stored))


def test_rows_that_are_ignored_now_and_were_not_then_are_news():
    read = Briefing.read(OLD)
    fields = vars(read) | {"feeds": (read.feeds[0].model_copy(update={"ignored": 3}), *read.feeds[1:])}
    assert not Briefing(**fields).has_same_content(read)
