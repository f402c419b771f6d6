"""What of a text is surely a person's, what may be, and what is not: names of every kind, in every spelling."""

import datetime as dt

import pytest
from speed import assert_soon

from tasking.privacy.erasure.contacts import address_key, parse_birth_date
from tasking.privacy.erasure.mentions import PersonIdentifiers
from tasking.privacy.erasure.name_parsing import name_of, names_in
from tasking.privacy.erasure.names import is_same_name, is_same_person
from tasking.privacy.erasure.search_terms import search_terms_of

PHONE, EMAIL = "+447700900987", "zoe.q@example.org"


def sought(name: str, **options) -> PersonIdentifiers:
    return PersonIdentifiers((name_of(name),), frozenset({PHONE}), frozenset({EMAIL}), **options)


def sure(name: str, text: str, **options) -> list[str]:
    return [text[one.start : one.end] for one in sought(name, **options).mentions(text) if one.is_sure]


def possible(name: str, text: str, **options) -> list[str]:
    return [text[one.start : one.end] for one in sought(name, **options).mentions(text) if not one.is_sure]


# The name as it is known, and a text in which it stands in another spelling.
SPELLINGS = [
    ("Wai Ting", "spoke to Wai Ting"),
    ("Wai Ting", "TING, Wai rang"),
    ("Wai Ting", "wai-ting rang"),
    ("Po Lice", "Mr Po Lice rang"),
    ("Anne-Marie O'Neill", "Anne Marie O’Neill rang"),
    ("Anne Marie O’Neill", "ANNE-MARIE O`NEILL rang"),
    ("Anne-Marie O'Neill", "Annemarie ONeill rang"),
    ("Anne-Marie O'Neill", "anne‑marie o neill rang"),
    ("Zoë Quarrington", "Zoe Quarrington rang"),
    ("Zoe Quarrington", "Zoe\u0308 Quarrington rang"),
    ("Zoë Quarrington", "ZOË QUARRINGTON’S dog"),
    ("Zoë Quarrington", "Quarrington, Zoë"),
    ("Zoë Quarrington", "Quarrington Zoe"),
    ("Zoë Quarrington", "Zo\u200be Quar\u00adrington"),
    ("Zoë Quarrington", "Zoe\u00a0Quarrington"),
    ("Zoë Quarrington", "Zoe\n  Quarrington"),
    ("Zoë Quarrington", "zoe.quarrington left it"),
    ("Zoë Quarrington", "zoe_quarrington left it"),
    ("Zoë Quarrington", "Zoe K. Quarrington"),
    ("Mrs Zoë Quarrington OBE", "zoe quarrington"),
    ("Zoë Jane Quarrington", "Zoe Quarrington"),
    ("Quarrington, Zoë", "Zoe Quarrington"),
    ("Jan van der Berg", "Jan Vanderberg"),
    ("Jan van der Berg", "van der Berg, Jan"),
    ("Máire Ní Dhomhnaill", "Maire Ni Dhomhnaill"),
    ("Seán Ó Briain", "Sean O'Briain"),
    ("Ahmed bin Rashid", "Ahmed Bin-Rashid"),
    ("Ian McDonald", "Ian Mc Donald"),
    ("İpek Yılmaz", "IPEK YILMAZ"),
    ("Ipek Yilmaz", "ipek yılmaz"),
    ("Łukasz Żółć", "Lukasz Zolc"),
    ("Jürgen Müller", "Juergen Mueller"),
    ("Søren Kjær", "Soren Kjaer"),
    ("Мария Иванова", "ИВАНОВА Мария"),
    ("محمد علي", "اتصل محمد علي اليوم"),
    ("王伟明", "邻居王伟明说"),
    ("王伟", "邻居 王伟 说"),
]


@pytest.mark.parametrize(("name", "text"), SPELLINGS)
def test_a_whole_name_is_found_in_any_spelling(name, text):
    (found,) = sure(name, text)
    assert search_terms_of([name], []).kinds_in(found) == {"name"}


# The name, and a text that speaks of something or somebody else: nothing in it may be changed.
OTHERS = [
    ("Wai Ting", "they were waiting; a waiter"),
    ("Po Lice", "the police came, Kent Police"),
    ("Al Li", "the metal lid, Alli"),
    ("Ann Hill", "Annhilde; Joann Hillier"),
    ("Zoë Quarrington", "Zoe Quarringtonshire"),
    ("Marie Jones", "Anne-Marie Jonesborough"),
    ("Zoë Quarrington", "Zoey Quarry"),
    ("Zoë Quarrington", "order 077009009871 and 7700 9009"),
    ("Zoë Quarrington", "write to zoe.q@example.org.uk or bzoe.q@example.org"),
]


@pytest.mark.parametrize(("name", "text"), OTHERS)
def test_other_words_are_left(name, text):
    assert sure(name, text) == possible(name, text) == []


# The name, a text, and what in it may be theirs: for a person to decide, and left until then.
DOUBTFUL = [
    ("Zoë Quarrington", "Mrs Quarrington rang", "Mrs Quarrington"),
    ("Zoë Quarrington", "Z. Quarrington rang", "Z. Quarrington"),
    ("Zoë Quarrington", "Quarrington Z rang", "Quarrington Z"),
    ("Zoë Quarrington", "the Quarringtons", "Quarringtons"),
    ("Zoë Quarrington", "Zoe Quarington rang", "Zoe Quarington"),
    ("Zoë Quarrington", "Zoe Quarrington-Smith rang", "Zoe Quarrington"),
    ("Zoë Quarrington", "met Zoe. Quarrington was out", "Zoe. Quarrington"),
    ("Zoë Quarrington", "Zoe Anne Quarrington", "Zoe Anne Quarrington"),
    ("Alfred Tolhurst", "Alf Tolhurst rang", "Alf Tolhurst"),
    ("Alfred Tolhurst", "in Alfred Tolhurst Way", "Alfred Tolhurst"),
    ("Marie Jones", "Anne-Marie Jones", "Marie Jones"),
    ("Will Hope", "we will hope for rain", "will hope"),
    ("Mark Church", "the Mark Church fete", "Mark Church"),
    ("May King", "May King rang", "May King"),
    ("John Smith", "John Smith rang", "John Smith"),
    ("Prakash", "spoke to Prakash", "Prakash"),
    ("王伟", "邻居王伟明说", "王伟"),
]


@pytest.mark.parametrize(("name", "text", "words"), DOUBTFUL)
def test_what_may_be_somebody_elses_is_for_a_person_to_decide(name, text, words):
    assert sure(name, text) == []
    assert words in possible(name, text)


def test_a_place_of_the_district_is_not_taken_for_somebody():
    places = frozenset({("primrose", "quarry")})
    assert sure("Primrose Quarry", "at Primrose Quarry", places=places) == []
    assert sure("Primrose Quarry", "at Primrose Quarry") == ["Primrose Quarry"]


def test_a_title_or_their_number_beside_it_makes_a_common_name_theirs():
    assert sure("Will Hope", "Mr Will Hope rang") == ["Will Hope"]
    assert sure("Will Hope", "Will Hope rang from 07700 900987") == ["Will Hope", "07700 900987"]


def test_a_name_that_two_people_bear_is_theirs_beside_their_number_only():
    assert sure("Zoë Quarrington", "Zoe Quarrington rang", is_name_shared=True) == []
    assert sure("Zoë Quarrington", f"Zoe Quarrington, {EMAIL}", is_name_shared=True) == ["Zoe Quarrington", EMAIL]


def test_part_of_another_persons_known_name_is_left():
    others = frozenset({("zoe", "quarrington", "smith")})
    assert sure("Zoë Quarrington", "Zoe Quarrington Smith rang", longer_names=others) == []
    assert sure("Zoë Quarrington", "Zoe Quarrington rang", longer_names=others) == ["Zoe Quarrington"]


def test_a_forename_alone_may_be_theirs_near_their_own_incident_only():
    known = sought("Zoë Quarrington")
    assert known.mentions("Zoe was there") == []
    (found,) = known.mentions("Zoe was there", is_same_incident=True)
    assert (found.kind, found.is_sure) == ("forename", False)


@pytest.mark.parametrize(
    "text",
    ["07700 900987", "(07700) 900-987", "+44 (0)7700 900 987", "00447700900987", "7700900987", "077 0090 0987",
     "tel:07700900987x2", "０７７００９００９８７", "07700\u200b900987", "07700.900.987"],
)  # fmt: skip
def test_a_telephone_number_is_found_in_any_spelling(text):
    assert len(sure("Zoë Quarrington", f"ring {text} today")) == 1
    assert search_terms_of([], [PHONE]).kinds_in(f"ring {text} today") == {"telephone"}


@pytest.mark.parametrize(
    "text", ["ZOE.Q@Example.ORG", "zoe.q @ example.org", "zoe.q＠example.org", "zoe.q%40example.org"]
)
def test_an_address_is_found_in_any_spelling(text):
    assert sure("Zoë Quarrington", f"mail {text}.") == [text]


@pytest.mark.parametrize(
    "text", ["3/2/51", "03.02.1951", "1951-02-03", "3rd of February 1951", "Feb 3, 1951", "03021951"]
)
def test_a_date_of_birth_goes_where_they_are_named(text):
    born = frozenset({dt.date(1951, 2, 3)})
    assert text in sure("Zoë Quarrington", f"Zoe Quarrington, born {text}.", birth_dates=born)
    assert sure("Zoë Quarrington", f"a bin burned on {text}.", birth_dates=born) == []


def test_an_address_goes_where_they_are_named():
    homes = frozenset({address_key("12 Manse Way, Swanley")})
    assert sure("Zoë Quarrington", "Zoe Quarrington of 12 Manse Way", homes=homes) == [
        "Zoe Quarrington",
        "12 Manse Way",
    ]
    assert sure("Zoë Quarrington", "a fire at 12 Manse Way", homes=homes) == []
    assert address_key("Manse Way") == ()


@pytest.mark.parametrize(
    ("one", "other", "same_name", "same_person"),
    [("Zoë Quarrington", "QUARRINGTON, Zoe", True, True), ("Zoë Quarrington", "Z Quarrington", False, True),
     ("Zoë Quarrington", "Mrs Quarrington", False, True), ("Zoë Quarrington", "Alan Quarrington", False, False),
     ("Zoë Quarrington", "A. Quarrington", False, False), ("Alfred Tolhurst", "Alf Tolhurst", False, True),
     ("Anne-Marie Jones", "Anne Marie Jones", True, True), ("Anne-Marie Jones", "Anne Jones", False, False),
     ("Zoë Quarrington", "Zoe", False, True), ("Ann Lee", "Ann Leeson", False, False)],
)  # fmt: skip
def test_names_are_told_apart(one, other, same_name, same_person):
    assert is_same_name(name_of(one), name_of(other)) is same_name
    assert is_same_person(name_of(one), name_of(other)) is same_person


@pytest.mark.parametrize("cell", ["", "Anon", "Mr", "A.", "Unknown male", "Parish clerk", "07700 900987", "?", "Ms - "])
def test_a_cell_that_names_nobody_names_nobody(cell):
    assert names_in(cell) == []


def test_a_cell_may_name_two_people():
    assert [name.key for name in names_in("Zoë and Alan Quarrington")][-1] == ("alan", "quarrington")


@pytest.mark.parametrize(("text", "day"), [("1951-02-03", dt.date(1951, 2, 3)), ("3/2/51", dt.date(1951, 2, 3)),
                                           ("1951-02-03T00:00:00", dt.date(1951, 2, 3)), ("unknown", None)])  # fmt: skip
def test_a_date_of_birth_is_read_as_partners_write_it(text, day):
    assert parse_birth_date(text) == day


@pytest.mark.parametrize("text", ["x" * 100_000, "zoe " * 25_000, "0 " * 50_000, "@" * 100_000, "'" * 100_000, "a-" * 50_000,
                                  "\u0301" * 100_000, "quarrington " * 8_000])  # fmt: skip
def test_a_long_text_takes_no_longer_than_it_is_long(text):
    assert_soon(lambda: sought("Zoë Quarrington").mentions(text), 5)
