"""Adds a page for each declaration under `include/`, and its JSON Schema as a file, from the models that read them."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from source import cell

from tasking.config.schema import kind_words
from tasking.runtime.declarations import DECLARED, SUFFIX, Declared

FOLDER = "reference/declarations"
INCLUDE = Path(__file__).resolve().parents[2] / "include"
EXAMPLES = {
    "partnership": "partnership.yml", "feeds": "feeds/police.yml", "expectations": "expectations/housing.json",
    "rules": "rules/near_repeat.yml", "harm": "harm.yml", "access": "access.yml", "privacy": "privacy.yml",
}  # fmt: skip
MORE = {
    "partnership": "[Connect chat and mail](../../how-to/connect-chat.md) says what to set first.",
    "partnership_layer": "[Serve several partnerships](../../how-to/several-partnerships.md) says how it is used.",
    "feeds": "[Your first partner](../../tutorials/first-partner.md) writes one.",
    "expectations": "`report.json` holds for every feed.",
    "rules": "Its query is `sql/rules/<rule>.sql`. [Your first rule](../../tutorials/first-rule.md) writes one.",
    "access": "`tasking access apply` makes them.",
}


def on_files(files: Files, config: Any) -> Files:
    for declared in DECLARED:
        files.append(File.generated(config, f"{FOLDER}/{declared.name}{SUFFIX}", content=declared.schema_text()))
        content = page(declared, declared.schema())
        files.append(File.generated(config, f"{FOLDER}/{declared.name}.md", content=content))
    files.append(File.generated(config, f"{FOLDER}/index.md", content=index()))
    return files


def on_config(config: Any) -> Any:
    """The pages stand in the list of pages below `Declarations`."""
    for part in config.nav:
        for entry in part.get("Reference", []):
            if isinstance(entry, dict) and "Declarations" in entry:
                pages = [{shown(one).replace("<", "&lt;"): f"{FOLDER}/{one.name}.md"} for one in DECLARED]
                entry["Declarations"] = [f"{FOLDER}/index.md", *pages]
    return config


def shown(declared: Declared) -> str:
    """The path of a kind of file as people write it: `feeds/<feed>.yml`."""
    if declared.pattern.startswith("expectations/"):
        return "expectations/<feed>.json"
    return re.sub(r"(\w+?)s/\*", r"\1s/<\1>", declared.pattern)


INDEX = """\
# Declarations

What a person may change without Python is declared under `include/`. `tasking config check` checks all of it: each
fault with its file, line and column, what was seen and what is allowed.

| file | what it says | JSON Schema |
| --- | --- | --- |
{rows}
| `include/templates/*.j2` | The wording of the briefing as a page, as text and as mail. | |
| `include/sql/**/*.sql` | The queries, one statement a file. | |
| `include/schemas/*.schema.json` | The JSON Schemas, for editors; nothing else reads them. | |

## In an editor

An editor that knows JSON Schemas completes keys, explains them and marks mistakes while you type. Each file names its
schema, so there is nothing to set:

- YAML in its first line, which the YAML plugins of VS Code, IntelliJ, Neovim and others read:
  `# yaml-language-server: $schema=../schemas/feeds.schema.json`.
- JSON under its first key, since JSON has no comments: `"$schema": "../schemas/expectations.schema.json"`. Tasking
  leaves the key out when it reads the file.

For files that name none, tell VS Code in `.vscode/settings.json`:

```json
{{
  "json.schemas": [
    {{"fileMatch": ["include/expectations/*.json"], "url": "./include/schemas/expectations.schema.json"}}
  ],
  "yaml.schemas": {{"./include/schemas/feeds.schema.json": "include/feeds/*.yml"}}
}}
```

`tasking schema` lists the schemas, `tasking schema feeds` prints one, and `tasking schema --out include/schemas` writes
them, which you do after an upgrade where your `include/` is your own.

What a schema can't say, `tasking config check` does: a category that does not exist, a query that is missing, a feed
that no partnership receives, a key that is there twice.

Where a deployment serves several partnerships, a file under `include/partnerships/<name>/` takes the place of the
shared one of the same name; `partnership.yml` says only [what differs](../../how-to/several-partnerships.md), and has
a schema of its own for that.
"""


def index() -> str:
    return INDEX.format(
        rows="\n".join(
            f"| [`include/{shown(one)}`]({one.name}.md) | {one.words} | [{schema}]({schema}) |"
            for one in DECLARED
            for schema in [f"{one.name}{SUFFIX}"]
        )
    )


def page(declared: Declared, schema: Mapping[str, Any]) -> str:
    lines = [f"# `include/{shown(declared)}`", "", f"{declared.words} {MORE.get(declared.name, '')}".strip(), ""]
    lines += [f"The same as a [JSON Schema]({declared.name}{SUFFIX}).", "", *_table(schema)]
    for name, part in sorted(schema.get("$defs", {}).items()):
        lines += ["", f"## {name}", "", cell(part.get("description", "")), "", *_table(part)]
    if example := EXAMPLES.get(declared.name):
        text = (INCLUDE / example).read_text(encoding="utf-8").rstrip("\n")
        lines += ["", f"## Example: {example}", "", f"```{example[-4:].strip('.')}", text, "```"]
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
    """What may stand there, in words, with links to the parts of the page."""
    return kind_words(field, lambda name: f"[{name}](#{name.lower()})", lambda value: f"`{cell(value)}`")
