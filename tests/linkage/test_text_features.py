"""Names, vehicles, numbers and references in a report, and what may never be taken for one."""

import pytest

from tasking.config.lexicon import load_lexicon
from tasking.linkage import text_features
from tasking.linkage.person_keys import NOBODY, person_keys

from .conftest import ROOT


def key(domain, value):
    return abs(hash((domain, value))) % 2**40 + 1


def test_short_forms_and_initials_are_parts_of_one_name():
    whole, short, initial = (
        person_keys("Mr Alfred Tolhurst", None, key),
        person_keys("Alf", None, key),
        person_keys("A Tolhurst", None, key),
    )
    assert whole.forename == short.forename
    assert (initial.surname, initial.initial) == (whole.surname, whole.initial)
    assert short.surname == 0


@pytest.mark.parametrize("name", ["Anon", "anonymous", "CSU duty desk", "Parish Clerk", "not given", "", None])
def test_what_is_nobody(name):
    assert person_keys(name, None, key) == NOBODY


@pytest.mark.parametrize(
    ("text", "full", "half"),
    [
        ("VRM GN58 IQD flat tyre", ("GN58 IQD",), ()),
        ("first half was GN16.", (), ("GN16",)),
        ("near TN13 1LD and BR8", (), ()),
        ("VRM EO67TRX left", ("EO67 TRX",), ()),
    ],
)
def test_registration_marks_and_not_postcodes(text, full, half):
    assert text_features.plates(text, frozenset({"TN", "DA", "BR"})) == (full, half)


def test_marks_a_character_apart_share_a_masked_one():
    assert set(text_features.masked_plates("GN58 IQD")) & set(text_features.masked_plates("GM58 IQD"))
    assert not set(text_features.masked_plates("GN58 IQD")) & set(text_features.masked_plates("GM59 IQD"))


def test_sums_in_figures_and_words_are_one():
    assert (
        text_features.sums_of_money("£2,400 cash")
        == text_features.sums_of_money("two thousand four hundred pounds")
        == (2400,)
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [("5 X YOUTHS", (5, 5)), ("four or five lads", (4, 5)), ("15-20 YOUTHS", (15, 20)), ("Occupier 73M", None)],
)
def test_how_many(text, count):
    assert text_features.count(text) == count


def test_a_reference_has_one_spelling():
    assert text_features.references("ref SDC-700012 earlier") == ("sdc700012",)


def test_what_says_that_it_is_another_matter_and_what_that_it_is_the_same():
    assert text_features.says_separate("Separate to earlier job")
    assert text_features.says_separate("an entirely different matter")
    assert text_features.says_reported_before("As per my call this morning")
    assert not text_features.says_separate("four different people leaned in")


def test_a_lexicon_finds_things_by_any_of_their_words():
    lexicon = load_lexicon(ROOT / "include" / "lexicon.yml")
    one, _ = lexicon.find_concepts("Steel shot all over the path, dead swan")
    other, _ = lexicon.find_concepts("boys with catapults, the cob is dead")
    shared = {lexicon.concepts[number] for number in one & other}
    assert shared == {"act:catapulting", "animal:swan"}


def test_numbers_of_houses_and_flats_are_read():
    assert text_features.house_numbers("the party at no 41, next door (39)") == ("41", "39")
    assert "flat 6" in text_features.house_numbers("door of flat 6")
