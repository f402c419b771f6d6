"""Faults of declarations: all of them at once, by line and column, with what was seen and what is allowed."""

import json
import random
import shutil
from functools import partial

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasking.config.categories import load_categories
from tasking.config.feed import load_feed
from tasking.config.harm import load_harm
from tasking.config.json_file import parse_json
from tasking.config.layers import Include
from tasking.config.lexicon import load_lexicon
from tasking.config.located import located
from tasking.config.partnership_file import load_partnership
from tasking.config.rule import load_rules
from tasking.config.suite import load_suite
from tasking.config.yaml_file import parse_yaml
from tasking.linkage.match_weights import load_weights
from tasking.model.errors import DeclarationError
from tasking.places import declared_places
from tasking.runtime.access import load_access

INCLUDE = ROOT / "include"
CATEGORIES = [one.code for one in load_categories(INCLUDE / "categories.yml").categories]


@pytest.fixture
def include(tmp_path):
    shutil.copytree(INCLUDE, tmp_path / "include")
    return tmp_path / "include"


def edit(path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")


def faults(read) -> list[str]:
    with pytest.raises(DeclarationError) as raised:
        read()
    return [str(one) for one in raised.value.faults]


def spot(path, words: str) -> str:
    """`line 7, column 21` of the first place of some words in a file."""
    text = path.read_text(encoding="utf-8")
    at = text.index(words)
    return f"line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"


def test_every_fault_of_a_feed_is_named_with_its_place_what_was_seen_and_what_is_allowed(include):
    path = include / "feeds" / "police.yml"
    edit(
        path, ("contact: the force", "kontact: the force"), ("kind: sftp", "kind: sftq"), ("cp1252", "cp1253"),
        ("DA: domestic_abuse", "DA: domestic"), ("text: Log", "text: 5"), ("tells_once: true", "tells_once: ja"),
        ("2026-10-21", "2026-10-41"), ("columns: [CreatedDT]", "columns: []"),
    )  # fmt: skip
    assert faults(lambda: load_feed(path)) == [
        f"feeds/police.yml, {spot(path, 'feed: police')}: contact: this key is missing: "
        "who to ask if the delivery is missing or damaged",
        f'feeds/police.yml, {spot(path, "kontact")}: kontact: there is no such key; did you mean "contact"?',
        f'feeds/police.yml, {spot(path, "sftq")}: delivery.transport.kind: "sftq"; '
        'wanted: folder or objects or sftp or imap or open311; did you mean "sftp"?',
        f'feeds/police.yml, {spot(path, "cp1253")}: file.encoding: "cp1253"; '
        'wanted: utf-8 or utf-8-sig or cp1252; did you mean "cp1252"?',
        f"feeds/police.yml, {spot(path, '[], formats')}: fields.received_at.columns: an empty list; "
        "wanted: list of text, at least 1 long",
        f"feeds/police.yml, {spot(path, 'domestic' + chr(10))}: fields.sensitivity: unknown sensitivity ['domestic']; "
        "use one of ['cse', 'domestic_abuse', 'mental_health', 'modern_slavery', 'prevent', 'safeguarding', "
        "'unspecified']",
        f"feeds/police.yml, {spot(path, '5' + chr(10) + 'tells')}: fields.text: 5; wanted: text or list of text; "
        "put it in quotes to make it text",
        f'feeds/police.yml, {spot(path, "ja   #")}: tells_once: "ja"; wanted: true or false',
        f'feeds/police.yml, {spot(path, "2026-10-41")}: sample_day: "2026-10-41"; wanted: day, 2026-10-22',
    ]


def test_a_message_names_the_first_five_faults_and_how_many_more_there_are(include):
    path = include / "places.yml"
    path.write_text("places:\n" + "- {name: X, latitude: a, longitude: 0.1}\n" * 8)
    with pytest.raises(DeclarationError, match=r"places\.yml, line 6.* and 3 more: see tasking config check") as raised:
        declared_places(Include.of(include))
    assert "line 7" not in str(raised.value)
    assert len(raised.value.faults) == 8


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1, column 1: the file is empty"),
        (b"# nothing but a comment\n", "line 1, column 1: the file is empty"),
        (b"feed: police\n\tpartner: x\n", "line 2, column 1: not valid YAML: a tab; indent with spaces"),
        (b"feed: police\npartner: a: b\n", "line 2, column 11: not valid YAML: a colon that can't be here"),
        (b"feed: police\nfeed: police\n", 'line 2, column 1: the key "feed" is there twice, first in line 1'),
        (b"feed: police\nfile: {format: csv, format: json}\n", 'line 2, column 21: the key "format" is there twice'),
        (b"---\nfeed: a\n---\nfeed: b\n", "line 3, column 1: not valid YAML: a second document begins here"),
        (b"feed: &all [*all]\n", "line 1, column 7: an alias (*) of what it stands in, which has no end"),
        (b"feed: *nowhere\n", "line 1, column 7: not valid YAML: found undefined alias"),
        (b"feed: !!python/object/apply:os.system [id]\n", "line 1, column 7: not valid YAML: could not determine"),
        (b"feed: police\npartner: Caf\xe9\n", "line 2, column 13: not UTF-8: the byte 0xe9 is here"),
        ("feed: police\n".encode("utf-16"), "line 1, column 1: saved as UTF-16; save it as UTF-8"),
        (b"feed: po\x00lice\n", "line 1, column 9: not valid YAML: the character U+0000 is not allowed"),
        (b"[" * 3000, "not valid YAML"),
        (b"- feed: police\n", "line 1, column 1: a list of 1; wanted: a mapping with feed, partner"),
        (b"just words\n", 'line 1, column 1: "just words"; wanted: a mapping with feed, partner'),
    ],
)
def test_a_file_that_is_no_declaration_says_where(include, content, said):
    path = include / "feeds" / "police.yml"
    path.write_bytes(content)
    assert said in faults(lambda: load_feed(path))[0]


def test_aliases_that_make_a_small_file_huge_are_refused(include):
    path = include / "lexicon.yml"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    path.write_text("\n".join(lines))
    assert "more than 500,000 values with its aliases (*)" in faults(lambda: load_lexicon(path))[0]


def test_a_mark_that_windows_editors_put_first_and_anchors_are_no_fault(include):
    path = include / "feeds" / "police.yml"
    edit(
        path,
        ('["%d/%m/%Y %H:%M"]', '&times ["%d/%m/%Y %H:%M"]'),
        ('["%d/%m/%Y %H:%M"]}\n  occurred_to', "*times}\n  occurred_to"),
    )
    before = load_feed(INCLUDE / "feeds" / "police.yml")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_feed(path) == before


def test_a_time_without_quotes_is_no_number_of_seconds(include):
    path = include / "partnership.yml"
    edit(path, ('deadline_alarm_set_at: "18:00"', "deadline_alarm_set_at: 18:30"))
    assert load_partnership(Include.of(include)).meeting.deadline_alarm_set_at.hour == 18
    edit(path, ('cut_off_at: "07:30"', "cut_off_at: 7.30"))
    assert faults(lambda: load_partnership(Include.of(include))) == [
        f"partnership.yml, {spot(path, '7.30')}: meeting.cut_off_at: 7.3 is a number; "
        'enter a time in quotes, such as "07:30"'
    ]


def test_a_comma_for_a_decimal_point_is_a_key_that_there_is_not(include):
    path = include / "places.yml"
    path.write_text("places:\n- {name: Rec, latitude: 51,3, longitude: 0.2}\n")
    said = "places.yml, line 2, column 28: places: there is no such key: it is no text"
    assert faults(lambda: declared_places(Include.of(include))) == [said]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1, column 1: the file is empty"),
        ('{"name": "police",\n  "expectations": [}', "line 2, column 20: not valid JSON: expecting value"),
        ('{"name": "a",\n "name": "b", "expectations": []}', 'line 2, column 2: the key "name" is there twice'),
        ('{"name": "a\\u00e9\\"", "expectations": [\n  5]}', "line 2, column 3: expectations: 5; wanted: a mapping with"),
        ('{"name": "a", "expectations": [], "expectation": 1}', 'expectation: there is no such key; did you mean "expectations"?'),
        ("[" * 100_000, "not valid JSON"),
    ],
)  # fmt: skip
def test_a_suite_says_where_too(include, content, said):
    path = include / "expectations" / "police.json"
    path.write_text(content, encoding="utf-8")
    assert said in faults(lambda: load_suite(path))[0]


def test_what_a_partnership_says_of_its_own_is_named_in_its_own_file(include):
    own = include / "partnerships" / "weald"
    own.mkdir(parents=True)
    (own / "partnership.yml").write_text(
        "name: Weald CSU\nmeeting: {starts_at: noon}\ntaskings:\n  owners:\n    - {owner: Weald Police, wat: patrol}\n"
    )
    edit(include / "partnership.yml", ("margin_m: 1000", "margin_m: far"))
    assert faults(lambda: load_partnership(Include.of(include, "weald"))) == [
        f'partnership.yml, {spot(include / "partnership.yml", "far ")}: area.margin_m: "far"; wanted: number, from 0',
        'partnerships/weald/partnership.yml, line 2, column 22: meeting.starts_at: "noon"; wanted: time, "07:30"',
        "partnerships/weald/partnership.yml, line 5, column 7: taskings.owners.what: this key is missing: "
        "what they are asked to do",
        'partnerships/weald/partnership.yml, line 5, column 29: taskings.owners.wat: there is no such key; did you mean "what"?',
    ]


def test_every_category_that_there_is_not_is_named_where_it_stands(include):
    edit(include / "categories.yml", ("continuing: [", "continuing: [nois, "), ("kin:\n  - [", "kin:\n  - [nuisanse, "))
    edit(include / "category_phrases.yml", ("\nhate: [", "\nhaet: ["))
    found = faults(lambda: load_categories(include / "categories.yml", include / "category_phrases.yml"))
    assert found == [
        f"categories.yml, {spot(include / 'categories.yml', 'nuisanse')}: kin: there is no category nuisanse",
        f"categories.yml, {spot(include / 'categories.yml', 'nois, ')}: continuing: there is no category nois",
    ]
    shutil.copy(INCLUDE / "categories.yml", include / "categories.yml")
    found = faults(lambda: load_categories(include / "categories.yml", include / "category_phrases.yml"))
    where = spot(include / "category_phrases.yml", "haet")
    assert found == [f"category_phrases.yml, {where}: phrases: there is no category haet"]


def test_the_faults_of_all_rules_are_named_at_once(include):
    edit(include / "rules" / "cluster.yml", ("severity: ", "severity: very "))
    edit(include / "rules" / "surge.yml", ("version: ", "version: x"))
    (include / "sql" / "rules" / "marac.sql").unlink()
    paths = sorted((include / "rules").glob("*.yml"))
    found = faults(lambda: load_rules(paths, include / "sql" / "rules", [*CATEGORIES, "unknown"]))
    assert [one.partition(",")[0] for one in found] == ["rules/cluster.yml", "rules/marac.yml", "rules/surge.yml"]
    assert "rule: there is no include/sql/rules/marac.sql" in found[1]


def test_an_address_of_a_person_is_in_no_message(include):
    edit(include / "partnership.yml", ("people: []", "people: [{name: Sgt Hale, slack: hale@example.org}, Sgt Moss]"))
    edit(include / "partnership.yml", ("mail_to: []", "mail_to: csu@example.org"))
    found = faults(lambda: load_partnership(Include.of(include)))
    assert "channels.mail_to: a text with an @; wanted: list of text" in found[0]
    assert "people.slack: a text; wanted: text like" in found[1]
    assert "people: a text; wanted: a mapping with name, slack" in found[2]
    assert not any(name in one for name in ("hale", "Hale", "Moss", "csu@") for one in found)


def faults_or_none(read):
    """The faults of what is refused, at least one; none of what is read. Any other exception is a failed test."""
    try:
        read()
    except DeclarationError as error:
        return error.faults or pytest.fail(f"no place: {error}")
    return ()


LOADERS = {
    "feeds/police.yml": load_feed,
    "expectations/report.json": load_suite,
    "categories.yml": load_categories,
    "harm.yml": lambda path: load_harm(path, [*CATEGORIES, "unknown"]),
    "lexicon.yml": load_lexicon,
    "linkage.json": load_weights,
    "rules/cluster.yml": lambda path: load_rules([path], INCLUDE / "sql" / "rules", [*CATEGORIES, "unknown"]),
    "partnership.yml": lambda path: load_partnership(Include.of(path.parent)),
    "access.yml": lambda path: load_access(Include.of(path.parent)),
    "places.yml": lambda path: declared_places(Include.of(path.parent)),
}
DAMAGE = [
    "",
    "\t",
    "  ",
    ":",
    "- ",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "#",
    "*",
    "&a ",
    "!!",
    "null",
    "no",
    "5",
    "é",
    "\x85",
    "\x00",
    "~",
]


@pytest.mark.parametrize("name", LOADERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damage_anywhere_is_a_fault_with_a_place_or_none(include, name, seed):
    """What is left of a file after a few cuts and insertions is read, or refused with places that are in it."""
    luck = random.Random(seed)
    text = (INCLUDE / name).read_text(encoding="utf-8")
    for _ in range(luck.randint(1, 3)):
        start = luck.randrange(len(text) + 1)
        text = text[:start] + luck.choice(DAMAGE) + text[start + luck.choice([0, 0, 1, 3, 20]) :]
    path = include / name
    path.write_text(text, encoding="utf-8", newline="")
    found = faults_or_none(lambda: LOADERS[name](path))
    assert {one.file for one in found} <= {name}
    assert all(1 <= one.line <= len(text.splitlines()) + 1 and one.column >= 1 and one.words for one in found)


@given(text=st.text())
def test_any_text_is_yaml_and_json_or_is_refused_in_words(text):
    for parse in (parse_yaml, parse_json):
        assert all(one.line >= 1 for one in faults_or_none(partial(parse, text, "x")))


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_a_place_in_json_is_where_its_value_stands(value):
    text = json.dumps(value, indent=1)
    lines = text.split("\n")

    def look(at, there) -> None:
        rest = lines[at.spot.line - 1][at.spot.column - 1 :]
        if isinstance(there, dict | list):
            assert rest[0] in "{["
            for key, inner in there.items() if isinstance(there, dict) else enumerate(there):
                look(at.step(key), inner)
        else:
            assert rest.startswith(json.dumps(there))

    look(located(text, is_json=True), value)
