"""Each part of an incident's harm is shown on the desk to those who may read details, and to nobody else."""

import re

from tasking.model.access import May

PART = re.compile(r"\([+-]\d+\)</li>")


def test_the_parts_of_the_harm_are_for_those_who_may_read_details(pages):
    officer, viewer = pages().get("/today").text, pages(frozenset({May.READ})).get("/today").text
    assert "Why it is here" in officer
    assert PART.search(officer)
    assert "WHAT MATTERS" in viewer.upper()
    assert "Why it is here" not in viewer
    assert not PART.search(viewer)
