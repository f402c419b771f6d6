"""The numbers of a rule, as people read them."""

import pytest
import yaml
from conftest import ROOT

from tasking.meeting.thresholds import threshold_words, thresholds_words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("incidents", 4, "4 incidents"),
        ("complaints", 1, "1 complaint"),
        ("within_h", 744, "reported within 31 days"),
        ("apart_h", 6, "6 hours apart"),
        ("apart_h", 1, "1 hour apart"),
        ("radius_m", 250, "within 250 m"),
        ("z", 3, "3 times the usual variation"),
        ("their_own", 2.5, "their own: 2.5"),
    ],
)
def test_a_number_is_shown_with_its_unit(name, value, words):
    assert threshold_words(name, value) == words


def test_no_number_of_the_shipped_rules_is_shown_by_its_code_name():
    for path in (ROOT / "include" / "rules").glob("*.yml"):
        words = thresholds_words(yaml.safe_load(path.read_text(encoding="utf-8"))["numbers"])
        assert "_" not in words
        assert ":" not in words
