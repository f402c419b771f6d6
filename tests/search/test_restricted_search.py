"""The search of the restricted register: by the index, restricted incidents alone."""

from dataclasses import replace

import sqlalchemy as sa

from search.search_desk import KEEPER, READER

WITHOUT_DETAILS = replace(KEEPER, has_details=False)


def found(searched, words, reader=KEEPER) -> list[str]:
    return searched.opened.search.restricted(words, reader, 9)


def test_restricted_incidents_alone_are_found_the_newest_first(searched):
    searched.report("a swan on the lake")
    first = searched.report("a swan in the bath", is_restricted=True)
    second = searched.report("two swans", is_restricted=True)
    assert found(searched, "swan") == [second, first]
    assert found(searched, "swa") == [second, first]
    assert found(searched, "bath swan") == [first]
    assert found(searched, "heron") == []


def test_a_report_in_an_incident_that_is_restricted_by_another_is_found(searched):
    incident = searched.report("a swan", is_restricted=True)
    searched.report("the heron", incident=incident)
    assert found(searched, "heron") == [incident]


def test_names_and_words_are_for_those_who_may_read_details(searched):
    incident = searched.report("a heron", is_restricted=True, caller_name="Zoe Quarrington", source_ref="46/00008/26",
                               place_name="Manse Way, Swanley")  # fmt: skip
    for words in ("heron", "quarrington"):
        assert found(searched, words) == [incident]
        assert found(searched, words, WITHOUT_DETAILS) == []
    for words in ("46/00008/26", "46 00008 26", incident, "manse"):
        assert found(searched, words) == found(searched, words, WITHOUT_DETAILS) == [incident]


def test_nobody_without_the_right_finds_any(searched):
    incident = searched.report("a swan", is_restricted=True)
    assert found(searched, "swan", READER) == found(searched, incident, READER) == []


def test_nothing_is_found_by_a_public_reference(searched):
    incident = searched.report("a swan", source_ref="46/00009/26")
    assert found(searched, "46/00009/26") == found(searched, incident) == []


def test_the_texts_are_not_read_for_it(on_sqlite):
    """The statement looks words up in the index and reads no column of report_person."""
    on_sqlite.report("a swan", is_restricted=True)
    ran: list[str] = []
    sa.event.listen(
        on_sqlite.warehouse.engine, "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: ran.append(statement),
    )  # fmt: skip
    assert found(on_sqlite, "swan")
    asked = [one for one in ran if "MATCH" in one]
    assert asked
    assert not any("report_person" in one or "LIKE" in one for one in ran)
