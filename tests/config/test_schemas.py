"""JSON Schemas for editors: they say what the models say, describe every key, and fit every file under include/."""

import json
import re

import jsonschema
import pytest
import yaml
from conftest import ROOT
from typer.testing import CliRunner

from tasking.cli import app
from tasking.config.schema import fields_of, is_sentence
from tasking.runtime.declarations import DECLARED, SUFFIX, kind_of, schema_path

INCLUDE = ROOT / "include"
FILES = sorted(
    path.relative_to(INCLUDE).as_posix()
    for pattern in ("*.yml", "*.json", "feeds/*.yml", "rules/*.yml", "expectations/*.json")
    for path in INCLUDE.glob(pattern)
)


class AsEditorsRead(yaml.SafeLoader):
    """YAML 1.2, as plugins of editors read it: a date is a text, and so is `no`."""


AsEditorsRead.yaml_implicit_resolvers = {
    letter: [(tag, form) for tag, form in resolvers if not tag.endswith(("timestamp", "bool"))]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
AsEditorsRead.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def as_an_editor_reads(text: str, name: str):
    return json.loads(text) if name.endswith(".json") else yaml.load(text, AsEditorsRead)  # noqa: S506 - a safe one


def faults_in_an_editor(kind, value) -> list[str]:
    validator = jsonschema.Draft7Validator(kind.schema(), format_checker=jsonschema.FormatChecker())
    return [error.message for error in validator.iter_errors(value)]


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: kind.name)
def test_the_schema_in_the_repository_is_that_of_the_model(kind):
    """If not: tasking schema --out include/schemas."""
    assert (INCLUDE / "schemas" / f"{kind.name}{SUFFIX}").read_text(encoding="utf-8") == kind.schema_text()


def test_no_schema_is_left_of_a_kind_that_is_gone():
    assert {path.name for path in (INCLUDE / "schemas").iterdir()} == {f"{one.name}{SUFFIX}" for one in DECLARED}


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: kind.name)
def test_every_key_is_described_in_one_sentence(kind):
    jsonschema.Draft7Validator.check_schema(kind.schema())
    described = {name: one.get("description", "") for name, one in fields_of(kind.schema())}
    assert {name: words for name, words in described.items() if not is_sentence(words)} == {}
    parts = kind.schema().get("$defs", {})
    assert {name for name, part in parts.items() if "description" not in part} == set()


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_of_a_kind_fits_its_schema_and_names_it(name):
    kind = kind_of(name)
    assert kind is not None
    text = (INCLUDE / name).read_text(encoding="utf-8")
    assert faults_in_an_editor(kind, as_an_editor_reads(text, name)) == []
    pointer = schema_path(name)
    assert ((INCLUDE / name).parent / pointer).resolve() == INCLUDE / "schemas" / f"{kind.name}{SUFFIX}"
    first = f"# yaml-language-server: $schema={pointer}" if not kind.is_json else f'"$schema": "{pointer}"'
    assert first in "".join(text.splitlines()[:2])


def test_there_are_files_of_every_kind_but_those_of_several_partnerships():
    assert {kind_of(name).name for name in FILES} == {one.name for one in DECLARED} - {"partnership_layer"}


@pytest.mark.parametrize(
    ("name", "before", "after", "words"),
    [
        ("feeds/police.yml", "encoding: cp1252", "encoding: cp1253", "'cp1253' is not one of"),
        ("feeds/police.yml", "tells_once", "tels_once", "'tels_once' was unexpected"),
        ("feeds/council.yml", "2 days", "two days", "'two days' does not match"),
        ("partnership.yml", '"07:30"', '"7:30"', "'7:30' does not match"),
        ("lexicon.yml", "\nact:", "\nacts:", "'acts' is not one of"),
        ("expectations/police.json", '"severity": "delivery"', '"severity": "rows"', "'rows' is not one of"),
    ],
)
def test_an_editor_marks_what_the_loader_would_refuse(name, before, after, words):
    text = (INCLUDE / name).read_text(encoding="utf-8")
    assert before in text
    value = as_an_editor_reads(text.replace(before, after), name)
    assert any(words in fault for fault in faults_in_an_editor(kind_of(name), value))


def test_one_of_several_partnerships_says_only_what_differs():
    kind = kind_of("partnerships/weald/partnership.yml")
    assert faults_in_an_editor(kind, {"name": "Weald CSU", "meeting": {"starts_at": "08:15"}}) == []
    assert faults_in_an_editor(kind, {"meeting": {"start_at": "08:15"}}) != []
    assert schema_path("partnerships/weald/feeds/police.yml") == "../../../schemas/feeds.schema.json"
    assert schema_path("partnerships/weald/partnership.yml") == "../../schemas/partnership_layer.schema.json"


def test_the_command_lists_prints_and_writes(tmp_path):
    def outcome(*arguments: str, status: int = 0) -> str:
        result = CliRunner().invoke(app, ["schema", *arguments])
        assert result.exit_code == status, result.output
        return result.output

    assert "category_phrases" in outcome()
    assert json.loads(outcome("feeds"))["title"] == "include/feeds/*.yml"
    outcome("--out", str(tmp_path / "all"))
    assert len(list((tmp_path / "all").iterdir())) == len(DECLARED)
    outcome("rules", "--out", str(tmp_path / "one"))
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["rules.schema.json"]
    assert "there is no schema feed; there are: partnership," in outcome("feed", status=2)
