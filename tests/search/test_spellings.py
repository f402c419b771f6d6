"""Names from everywhere are found as they are typed on any keyboard, in any case."""

import pytest

from tasking.search.words import flat, spellings_of

NAMES = [
    ("Łukasz Żółkiewski", "lukasz", "Łukasz", "LUKASZ", "zolkiewski", "ŻÓŁKIEWSKI", "zolk"),
    ("Işık Yıldız", "isik", "ISIK", "IŞIK", "Işık", "yildiz", "YILDIZ", "YİLDİZ", "yıldız"),
    ("İbrahim Çelik", "ibrahim", "IBRAHIM", "İBRAHİM", "celik"),
    ("Siân Llŷn-Ŵyn", "sian", "SIÂN", "llyn", "wyn", "Llŷn"),
    ("Bjørn Sørensen", "bjorn", "BJØRN", "sorensen"),
    ("Nguyễn Thị Đào", "nguyen", "dao", "ĐÀO"),
    ("Jürgen Groß", "jurgen", "gross", "GROSS", "groß"),
    ("Æthel O’Shea", "aethel", "ÆTHEL", "oshea", "o'shea"),
    ("علی خان", "علی", "علي", "خان"),
    ("كريم حسيني", "کریم", "كريم", "حسینی"),
    ("王小明", "王小明"),
    ("Lukasz Isik", "Łukasz", "ŁUKASZ", "ışık"),  # as a partner's system writes them
]


@pytest.mark.parametrize(("name", "typed"), [(name, one) for name, *some in NAMES for one in some])
def test_a_name_is_found_as_it_is_typed(on_sqlite, name, typed):
    _is_found(on_sqlite, name, typed)


@pytest.mark.server
def test_a_name_is_found_as_it_is_typed_on_both_databases(searched):
    for name, *some in NAMES:
        for typed in some:
            _is_found(searched, name, typed)


def _is_found(searched, name: str, typed: str) -> None:
    incident = searched.report(f"Noise from {name} again", caller_name=name)
    found = searched.find(typed)
    result = next(one for one in found.incidents if one.incident.incident_id == incident)
    assert any(piece.is_match for piece in result.snippet)
    assert name in [one.name for one in found.people]
    assert not found.corrected


def test_other_names_are_not_found(on_sqlite):
    on_sqlite.report("Noise from Łukasz", caller_name="Łukasz")
    assert on_sqlite.incidents("lucas") == []
    assert on_sqlite.incidents("tukasz") == []


def test_a_long_word_has_few_spellings():
    assert flat("Łódź, Işık, Straße, Þór") == "lodz, isik, strasse, thor"
    assert len(spellings_of("illilllooiiooldd" * 12)) < 20
    assert spellings_of("noise")[:1] == ("noise",)
