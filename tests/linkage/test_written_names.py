"""Names of people as partners write them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking.linkage.person_keys import person_keys
from tasking.linkage.written_names import WrittenName, written_name


def key(domain, value):
    return abs(hash((domain, value))) % 2**40 + 1


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("Mr Alfred Tolhurst", "alfred", "tolhurst"),
        ("TOLHURST, Alfred", "alfred", "tolhurst"),
        ("Tolhurst, Mr Alfred James", "alfred", "tolhurst"),
        ("TOLHURST Alfred", "alfred", "tolhurst"),
        ("Alfred TOLHURST", "alfred", "tolhurst"),
        ("Alfred John Tolhurst", "alfred", "tolhurst"),
        ("A Tolhurst", "a", "tolhurst"),
        ("A. Tolhurst, Neighbourhood Officer", "a", "tolhurst"),
        ("DC Ann Tolhurst", "ann", "tolhurst"),
        ("DE SOUZA, Maria", "maria", "souza"),
        ("van der Berg, Jan", "jan", "berg"),
        ("ap Rhys, Dafydd", "dafydd", "rhys"),
        ("Smith Jones, John", "john", "jones"),
        ("John Brown OBE", "john", "brown"),
        ("Łukasz Wałęsa", "lukasz", "walesa"),
        ("José Núñez", "jose", "nunez"),
        ("Jürgen Groß", "jurgen", "gross"),
        ("Иван Петров", "иван", "петров"),
        ("Mr Tolhurst", "", "tolhurst"),
        ("Tolhurst, Mr", "", "tolhurst"),
        ("WHITE, Callum", "callum", "white"),
        ("My dad Alf", "alf", ""),
        ("Alf T.", "alf", "t"),
        ("A.T.", "a", "t"),
        ("Zoe (surname n/k)", "zoe", ""),
        ("Zoe n/k", "zoe", ""),
    ],
)
def test_a_name_is_read_whatever_its_order(written, first, last):
    assert written_name(written) == WrittenName(first, last)


@pytest.mark.parametrize(
    "written",
    [
        "Anon",
        "my daughter, 14",
        "n/k white male",
        "an elderly woman",
        "Parish Clerk",
        "N/K",
        "j.brown@example.com",
        "",
        " , ",
        "?",
    ],
)
def test_what_is_nobody(written):
    assert written_name(written) is None


LETTERS = st.text(string.ascii_lowercase, min_size=4, max_size=12)


@given(first=LETTERS, last=LETTERS)
def test_the_order_of_a_name_says_nothing_of_who_it_is(first, last):
    first, last = f"q{first}x", f"q{last}z"  # no word of any list
    usual = person_keys(f"{first.title()} {last.title()}", None, key)
    assert person_keys(f"{last.upper()}, {first.title()}", None, key) == usual
    assert person_keys(f"{last.upper()} {first.title()}", None, key) == usual
    assert person_keys(f"Ms {first.title()} {last.upper()}", None, key) == usual


@given(st.text(max_size=300))
def test_any_text_is_a_name_or_nobody(text):
    found = written_name(text)
    assert found is None or found.first or found.last
