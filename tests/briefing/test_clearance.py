"""Who may read a field is said where the field is, and holds at every depth and for every renderer."""

import json

import pytest

from tasking.briefing import digest, render_blocks, render_card, render_html, render_mail, render_text
from tasking.model.clearance import Classified, Clearance, DeskOnly, Public, Restricted

from .made import TEMPLATES, edition, made

DESK_WORDS, REGISTER_WORDS = "what was found in the file", "police:46/00001/26"


class Inner(Classified):
    told: Public[str]
    found: DeskOnly[str] = ""


class Outer(Classified):
    inner: Public[tuple[Inner, ...]]
    register: Restricted[tuple[str, ...]] = ()


OUTER = Outer(inner=(Inner(told="a", found="b"),), register=("c",))


@pytest.mark.parametrize(
    ("clearance", "found", "register"),
    [(Clearance.PUBLIC, "", ()), (Clearance.DESK, "b", ()), (Clearance.RESTRICTED, "b", ("c",))],
)
def test_each_clearance_reads_what_those_before_it_read_and_no_more(clearance, found, register):
    value = OUTER.cleared_for(clearance)
    assert (value.inner[0].told, value.inner[0].found, value.register) == ("a", found, register)


def test_a_field_that_does_not_say_who_may_read_it_is_no_field():
    with pytest.raises(TypeError, match="does not say who may read it"):

        class Forgotten(Classified):
            words: str


def test_a_field_for_some_needs_something_to_show_the_others():
    with pytest.raises(TypeError, match="needs a default"):

        class NoDefault(Classified):
            words: DeskOnly[str]


def test_what_is_not_public_is_in_no_rendering_of_a_cleared_briefing():
    whole = made()
    assert DESK_WORDS in whole.canonical()
    assert REGISTER_WORDS in whole.canonical()
    public = whole.cleared_for(Clearance.PUBLIC)
    said = digest(public, edition())
    shown = [
        public.canonical(),
        render_text(public, edition(), TEMPLATES),
        render_html(public, edition(), TEMPLATES),
        render_mail(said, TEMPLATES),
        json.dumps(render_blocks(said)),
        json.dumps(render_card(said)),
    ]
    for one in shown:
        assert DESK_WORDS not in one
        assert REGISTER_WORDS not in one
