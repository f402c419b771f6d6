"""Partners' words for categories that no declaration knows: matched by meaning, listed, and mapped by a person."""

import datetime as dt
import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking.config.categories import is_odd, load_categories, word_key
from tasking.config.category_match import CategoryMatcher
from tasking.config.yaml_file import read_yaml
from tasking.intake import category_words
from tasking.model.errors import DeclarationError, TaskingError
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-10-22"
DECLARED, PHRASES = ROOT / "include/categories.yml", ROOT / "include/category_phrases.yml"
CATEGORIES = load_categories(DECLARED, PHRASES)


def read(word, mapped=None):
    return CATEGORIES.reading_of(word, mapped or {})


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("CRIM DAM", "damage"),
        ("VEH CRIME", "vehicle_crime"),
        ("Burgalry (dwelling)", "burglary"),
        ("Bikes and cars on the path", "nuisance_bikes"),
        ("Street Scene > Dumped items > Tyres", "fly_tip"),
        ("RACIAL CRIM", "hate"),
        ("Music, loud", "noise"),
        ("Primary Fire: dwelling", "fire_other"),
        ("Cold callers at the door", "scam"),
    ],
)
def test_a_word_that_nobody_declared_is_read_by_its_meaning(word, code):
    found = read(word)
    assert (found.code, found.is_restricted) == (code, False)
    assert found.match.confidence >= 0.6


@pytest.mark.parametrize(
    "word",
    ["DV", "Worried about sombody", "Adults > First contact > Concern about an adult", "WELFARE", "Prevent duty concern",
     "SM20 DOMESTIC", "Concern 4 person", "Trafficking?", "Visit to a vulnerable resident"],
)  # fmt: skip
def test_a_word_that_is_like_something_sensitive_restricts_the_report(word):
    assert read(word).is_restricted


@pytest.mark.parametrize("word", ["Vehicle", "SPACE DEBRIS", "Zzyzx"])
def test_a_word_that_says_too_little_is_not_classified_and_not_restricted(word):
    found = read(word)
    assert (found.code, found.is_restricted, found.match) == ("unknown", False, None)


def test_what_may_be_no_category_at_all_restricts_the_report_and_is_not_shown():
    for cell in ("Mrs Orla Pentreath rang at length about the state of the lane and the verge again",
                 "07700 900123", "orla@example.org"):  # fmt: skip
        assert is_odd(cell)
        assert read(cell).is_restricted
    assert not is_odd("Regulation > Selective Licensing > Property condition > Damp and disrepair")


def test_declared_patterns_come_first_then_what_a_person_said_then_meaning():
    assert read("NOISE - PARTY", {word_key("noise - party"): "fire"}).code == "noise"
    assert read("Bins  Alight", {"bins alight": "fire"}).code == "fire"
    assert read("Bins  Alight", {"bins alight": "fire"}).match is None
    assert not read("WELFARE", {"welfare": "other"}).is_restricted
    assert read("Bins alight", {"bins alight": "gone_category"}).code != "gone_category"


def test_more_words_than_categories_can_be_are_no_categories():
    words = pd.Series([f"Orla {chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(600)])
    found = CATEGORIES.classify(words, pd.Series("nothing", index=words.index))
    assert found.is_restricted.all()
    assert set(found.category) == {"unknown"}


def test_phrases_say_of_declared_words_what_the_declaration_says():
    """How far meaning carries: every heading of the labelled sets that a pattern knows, by the phrases alone."""
    alone = CategoryMatcher(read_yaml(PHRASES))
    words = {
        json.loads(line)["kind"]
        for name in ("dev", "spring", "winter")
        for line in (ROOT / f"tests/gold/{name}.jsonl").read_text().splitlines()
    }
    known = {word: code for word in words if (code := CATEGORIES.code_of(word)) != "unknown"}
    sure = {word: best[0].code for word in known if (best := alone.match(word)) and best[0].confidence >= 0.6}
    right = sum(known[word] == code for word, code in sure.items())
    assert len(sure) > 0.6 * len(known)
    assert right > 0.8 * len(sure)


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_word_is_read_and_its_confidence_is_a_share(word):
    matches = CATEGORIES.matches(word)
    assert all(0 <= one.confidence <= 1 for one in matches)
    assert len({one.code for one in matches}) == len(matches)
    assert (
        CATEGORIES.matches(word.swapcase()) == CATEGORIES.matches(word) or word.casefold() != word.swapcase().casefold()
    )
    assert read(word) == read(word)


def test_phrases_for_a_category_that_there_is_not_are_refused_in_words(tmp_path):
    (tmp_path / "categories.yml").write_text(DECLARED.read_text())
    (tmp_path / "category_phrases.yml").write_text("weather: [snow]\n")
    with pytest.raises(DeclarationError, match="there is no category weather"):
        load_categories(tmp_path / "categories.yml", tmp_path / "category_phrases.yml")
    own = tmp_path / "partnerships" / "york"
    own.mkdir(parents=True)
    (own / "categories.yml").write_text(DECLARED.read_text())
    assert "weather" not in load_categories(own / "categories.yml", tmp_path / "category_phrases.yml").phrases


# On the desk


@pytest.fixture
def with_new_words(desk):
    """A day on which residents use two words of their own, one of them for a sensitive matter."""
    shutil.copytree(ROOT / "demo" / "deliveries", desk.drops, dirs_exist_ok=True)
    path = desk.path("residents", DAY)
    rows = path.read_text().splitlines()
    header = rows[0].split(",")
    at = header.index("About")

    def row(number, about, text):
        cells = dict.fromkeys(header, "")
        cells |= {"Reference": f"CSU-2026-{number}", "Submitted": "2026-10-21T10:00:00Z", "Where": "Stangrove Park",
                  "About": about, "Tell us what happened": text}  # fmt: skip
        return ",".join(cells.values())

    assert at
    made = [
        row(8001, "Zip wire", "it is broken"),
        row(8002, "zip  WIRE", "still broken"),
        row(8003, "WELFARE", "she is low"),
    ]
    path.write_text("\n".join([*rows, *made]) + "\n")
    os.utime(path, (0, 0))
    return desk


def listed(services, visibility=FULL_VISIBILITY):
    return {one.word: one for one in category_words.unmapped_words(services.intake, visibility, days=60)}


def test_words_are_listed_mapped_and_taken_back(with_new_words):
    from tasking import flows

    services = with_new_words.open()
    flows.run_day(services, dt.date.fromisoformat(DAY), is_posting=False)
    found = listed(services)
    assert (found["Zip wire"].reports, found["Zip wire"].read_as) == (2, "unknown")
    assert (found["WELFARE"].suggestion.code, found["WELFARE"].is_restricted) == ("safeguarding", True)
    assert "WELFARE" not in listed(services, PUBLIC_VISIBILITY)
    category_words.map_word(services.intake, "zip wire", "damage", "ann", has_restricted=False)
    assert "Zip wire" not in listed(services)
    in_force = category_words.conventions_in_force(services.intake)
    assert in_force.categories.reading_of("ZIP WIRE", in_force.mapped_words).code == "damage"
    category_words.map_word(services.intake, "zip wire", "asb", "bea", has_restricted=False)
    assert category_words.conventions_in_force(services.intake).mapped_words == {"zip wire": "asb"}
    category_words.unmap_word(services.intake, "Zip Wire", "bea")
    assert "Zip wire" in listed(services)
    with pytest.raises(TaskingError, match="No category has been chosen for this name"):
        category_words.unmap_word(services.intake, "Zip wire", "bea")


@pytest.mark.parametrize(
    ("word", "category", "words"),
    [
        ("zip wire", "weather", "There is no category 'weather'"),
        ("zip wire", "unknown", "There is no category 'unknown'"),
        ("NOISE", "asb", "include/categories.yml already has this name: Noise"),
        ("07700 900123", "asb", "This can’t be a category name"),
        ("  ", "asb", "This can’t be a category name"),
        ("WELFARE", "other", "Reports with this category name are restricted"),
    ],
)
def test_what_can_not_be_mapped_is_refused_in_words(desk, word, category, words):
    with pytest.raises(TaskingError, match=words):
        category_words.map_word(desk.open().intake, word, category, "ann", has_restricted=False)


def test_a_mapped_word_counts_from_the_next_delivery_on(with_new_words):
    from tasking import flows

    services = with_new_words.open()
    category_words.map_word(services.intake, "zip wire", "damage", "ann", has_restricted=False)
    category_words.map_word(services.intake, "welfare", "safeguarding", "ann", has_restricted=True)
    flows.run_day(services, dt.date.fromisoformat(DAY), is_posting=False)
    assert listed(services) == {}
    rows = services.intake.reports_of_day("residents", dt.date.fromisoformat(DAY), FULL_VISIBILITY, 0, 100)
    assert [one["category"] for one in rows if one["source_ref"] in ("CSU-2026-8001", "CSU-2026-8002")] == [
        "damage"
    ] * 2
