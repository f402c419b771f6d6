"""Adds a page for each declaration under `include/`, and its JSON Schema as a file, from the models that read them."""

import importlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from source import cell, class_named, comments_of

FOLDER = "reference/declarations"
INCLUDE = Path(__file__).resolve().parents[2] / "include"


@dataclass(frozen=True)
class Declared:
    """A kind of file under `include/`, the class that reads it, and what it is for."""

    path: str
    reads: str
    words: str
    key: str | None = None  # the file is a list of these under one key
    example: str | None = None  # a file of the project that is shown whole

    @property
    def name(self) -> str:
        return self.path.split(".")[0].split("/")[0]


DECLARED = (
    Declared(
        "partnership.yml", "Partnership", example="partnership.yml",
        words="The district: who meets and when, where messages go, who is asked to act, how long data is kept. "
        "[Connect chat and mail](../../how-to/connect-chat.md) says what to set first.",
    ),
    Declared(
        "feeds/<feed>.yml", "Feed", example="feeds/police.yml",
        words="One partner's feed: how its deliveries are named and reach us, and which column is what. "
        "[Your first partner](../../tutorials/first-partner.md) writes one.",
    ),
    Declared(
        "expectations/<feed>.json", "Suite", example="expectations/housing.json",
        words="What a delivery must satisfy, in Great Expectations' own form, and what follows where it does not. "
        "`report.json` holds for every feed.",
    ),
    Declared(
        "rules/<rule>.yml", "Rule", example="rules/near_repeat.yml",
        words="A trigger rule: its numbers, themes, wording and cool-down. Its query is `sql/rules/<rule>.sql`. "
        "[Your first rule](../../tutorials/first-rule.md) writes one.",
    ),
    Declared(
        "harm.yml", "Harm", example="harm.yml",
        words="How much harm an incident does or threatens: it orders the night, and says what is put to the meeting.",
    ),
    Declared("categories.yml", "Categories", "The partners' words, which category each is, and what is restricted."),
    Declared(
        "category_phrases.yml", "CategoryPhrases",
        "What partners elsewhere call each category: a word that categories.yml does not know is read by the likest.",
    ),
    Declared("places.yml", "Place", "Public places that no map knows under the name that partners use.", key="places"),
    Declared(
        "access.yml", "Access", example="access.yml",
        words="Roles: who may do what on the desk and in Airflow. `tasking access apply` makes them.",
    ),
    Declared(
        "linkage.json", "MatchWeights",
        words="How rare the concepts of the lexicon are. The model by which reports are linked stands beside it, in "
        "`include/linkage_model.json`. Neither is edited by hand: `tasking linkage fit --write` writes the model.",
    ),
)  # fmt: skip


def on_files(files: Files, config: Any) -> Files:
    for declared in DECLARED:
        schema = schema_of(declared)
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        files.append(File.generated(config, f"{FOLDER}/{declared.name}.schema.json", content=text))
        files.append(File.generated(config, f"{FOLDER}/{declared.name}.md", content=page(declared, schema)))
    files.append(File.generated(config, f"{FOLDER}/index.md", content=index()))
    return files


def on_config(config: Any) -> Any:
    """The pages stand in the list of pages below `Declarations`."""
    for part in config.nav:
        for entry in part.get("Reference", []):
            if isinstance(entry, dict) and "Declarations" in entry:
                pages = [{one.path.replace("<", "&lt;"): f"{FOLDER}/{one.name}.md"} for one in DECLARED]
                entry["Declarations"] = [f"{FOLDER}/index.md", *pages]
    return config


def schema_of(declared: Declared) -> dict[str, Any]:
    """The JSON Schema of a file; what the source says behind a field is its description where it has no other."""
    model = class_named(declared.reads)
    schema: dict[str, Any] = model.model_json_schema()
    _describe(schema, model)
    for name, part in schema.get("$defs", {}).items():
        _describe(part, _class_beside(model, name))
    if declared.key:
        defs = schema.pop("$defs", {})
        schema = {
            "type": "object",
            "title": f"include/{declared.path}",
            "properties": {declared.key: {"type": "array", "items": {"$ref": f"#/$defs/{declared.reads}"}}},
            "required": [declared.key],
            "$defs": defs | {declared.reads: schema},
        }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _class_beside(model: Any, name: str) -> Any:
    return getattr(importlib.import_module(model.__module__), name, None)


def _describe(part: dict[str, Any], model: Any) -> None:
    comments = comments_of(model) if model is not None else {}
    for name, field in part.get("properties", {}).items():
        if "description" not in field and name in comments:
            field["description"] = comments[name]


INDEX = """\
# Declarations

What a person may change without Python is declared under `include/`. A key that is not known is an error that names the
file and the key; `tasking feeds check` tries every feed with its sample.

| file | what it says | JSON Schema |
| --- | --- | --- |
{rows}
| `include/lexicon.yml` | What people call things: the words by which two reports are seen to speak of the same. | |
| `include/templates/*.j2` | The wording of the briefing as a page, as text and as mail. | |
| `include/sql/**/*.sql` | The queries, one statement a file. | |

An editor that knows YAML schemas completes keys and marks mistakes: put this in the first line of the file, with the
path to the schema on your machine.

```yaml
# yaml-language-server: $schema=feeds.schema.json
```

Where a deployment serves several partnerships, a file under `include/partnerships/<name>/` takes the place of the
shared one of the same name; `partnership.yml` says only [what differs](../../how-to/several-partnerships.md).
"""


def index() -> str:
    return INDEX.format(
        rows="\n".join(
            f"| [`include/{one.path}`]({one.name}.md) | {one.words} | [{schema}]({schema}) |"
            for one in DECLARED
            for schema in [f"{one.name}.schema.json"]
        )
    )


def page(declared: Declared, schema: Mapping[str, Any]) -> str:
    lines = [f"# `include/{declared.path}`", "", declared.words, ""]
    lines += [f"The same as a [JSON Schema]({declared.name}.schema.json).", "", *_table(schema)]
    for name, part in sorted(schema.get("$defs", {}).items()):
        lines += ["", f"## {name}", "", cell(part.get("description", "")), "", *_table(part)]
    if declared.example:
        text = (INCLUDE / declared.example).read_text(encoding="utf-8").rstrip("\n")
        lines += ["", f"## Example: {declared.example}", "", f"```{declared.path[-4:].strip('.')}", text, "```"]
    return "\n".join(lines) + "\n"


def _table(part: Mapping[str, Any]) -> Iterator[str]:
    if "properties" not in part:
        yield f"{_kind(part)}"
        return
    yield "| key | value | what it is |"
    yield "| --- | --- | --- |"
    required = part.get("required", [])
    for name, field in part["properties"].items():
        kind = _kind(field)
        if name in required:
            kind += "; required"
        elif field.get("default") is not None and not isinstance(field["default"], dict):
            kind += f"; without it `{json.dumps(field['default'], ensure_ascii=False)}`"
        yield f"| `{name}` | {kind} | {cell(field.get('description', ''))} |"


def _kind(field: Mapping[str, Any]) -> str:
    """What may stand there, in words."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    for many in ("anyOf", "oneOf"):
        if many in field:
            return " or ".join(_kind(one) for one in field[many] if one.get("type") != "null")
    match field.get("type"):
        case "array":
            return f"list of {_kind(field.get('items', {}))}"
        case "object":
            inside = field.get("additionalProperties")
            return "names, each with " + (_kind(inside) if isinstance(inside, dict) and inside else "a value")
        case "boolean":
            return "`true` or `false`"
        case "integer" | "number":
            return ("whole number" if field["type"] == "integer" else "number") + _span(field)
        case "string":
            return {"time": 'time, `"07:30"`', "date": "day, `2026-10-22`"}.get(field.get("format", ""), "text") + (
                f" like `{cell(field['pattern'])}`" if "pattern" in field else ""
            )
    return "any value"


def _span(field: Mapping[str, Any]) -> str:
    words = {"minimum": "from {}", "exclusiveMinimum": "above {}", "maximum": "to {}", "exclusiveMaximum": "below {}"}
    found = [words[name].format(f"{field[name]:g}") for name in words if name in field]
    return f", {' '.join(found)}" if found else ""
