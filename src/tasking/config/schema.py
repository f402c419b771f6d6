"""JSON Schemas of declarations, for editors: made from the models that read them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from pydantic import BaseModel

_DIALECT: Final = "http://json-schema.org/draft-07/schema#"  # what YAML and JSON plugins of editors read
_TIME: Final = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"  # `format: time` would ask for seconds and an offset
_NEXT_SENTENCE: Final = re.compile(r"\.\s+[A-Z]")
_MANY: Final = ("anyOf", "oneOf", "allOf")
_BELOW: Final = ("items", "additionalProperties", "propertyNames")


def schema_of(
    model: type[BaseModel], name: str, words: str, *, is_json: bool = False, is_layer: bool = False
) -> dict[str, Any]:
    """The JSON Schema of a kind of declaration. `name`: its title; `words`: what it is for.

    `is_json`: the file may name its schema under `$schema`. `is_layer`: it says only what differs from another file, so
    that no key of a mapping is required.
    """
    made = _cleaned(deepcopy(model.model_json_schema()))
    schema: dict[str, Any] = {"$schema": _DIALECT, "title": name, **made, "description": words}
    if is_json:
        named = {"type": "string", "description": "The schema that an editor checks this file by; it has no effect."}
        schema["properties"] = {"$schema": named, **schema.get("properties", {})}
    if is_layer:
        for part in parts_of(schema):
            part.pop("required", None)
    return schema


def parts_of(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and every schema within it."""
    if isinstance(schema, dict):
        yield schema
        for name in ("properties", "$defs"):
            for one in (schema.get(name) or {}).values():
                yield from parts_of(one)
        for name in _BELOW:
            yield from parts_of(schema.get(name))
        for name in _MANY:
            for one in schema.get(name, ()):
                yield from parts_of(one)


def fields_of(schema: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each key that a schema knows, as `Feed.contact` with its own schema."""
    for owner, part in (("", schema), *schema.get("$defs", {}).items()):
        for name, one in part.get("properties", {}).items():
            yield f"{owner or schema['title']}.{name}", one


def _cleaned(schema: dict[str, Any]) -> dict[str, Any]:
    """Without pydantic's titles; descriptions as sentences; times of day as people write them."""
    for part in parts_of(schema):
        part.pop("title", None)
        if "description" in part:
            part["description"] = _as_sentence(part["description"])
        if part.get("format") == "time":
            part.pop("format")
            part["pattern"] = _TIME
        part.pop("discriminator", None)
        if "$ref" in part and len(part) > 1:  # beside a $ref draft 7 reads nothing
            part["allOf"] = [{"$ref": part.pop("$ref")}]
    return schema


def _as_sentence(words: str) -> str:
    """A description on one line, with a capital letter and a full stop."""
    words = " ".join(words.split()).rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."


def is_sentence(words: str) -> bool:
    """Whether a description says something: one sentence of at least three words."""
    return len(words.split()) >= 3 and words.endswith(".") and not _NEXT_SENTENCE.search(words)


def at_path(schema: Mapping[str, Any], path: Sequence[str | int]) -> list[dict[str, Any]]:
    """The schemas that a value at this path may have to meet; several where there are alternatives."""
    found = _alternatives(dict(schema), schema)
    for step in path:
        found = [deeper for one in found for deeper in _one_deeper(one, step, schema)]
    return found


def _one_deeper(part: Mapping[str, Any], step: str | int, root: Mapping[str, Any]) -> list[dict[str, Any]]:
    below = part.get("properties", {}).get(str(step))
    if below is None:
        below = part.get("items") if isinstance(step, int) else part.get("additionalProperties")
    return _alternatives(below, root) if isinstance(below, dict) else []


def _alternatives(part: dict[str, Any], root: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in part:
        target = root["$defs"][part["$ref"].rsplit("/", 1)[1]]
        return _alternatives(target, root)
    for many in _MANY:
        if many in part:
            return [one for alternative in part[many] for one in _alternatives(alternative, root)]
    return [part]


def as_written(value: str) -> str:
    """A value as it stands, without any mark."""
    return value


def kind_words(
    part: Mapping[str, Any],
    of_model: Callable[[str], str] = as_written,
    code: Callable[[str], str] = as_written,
) -> str:
    """What may stand where a schema is wanted, in words. `of_model` and `code` say how names and values are marked."""
    if "$ref" in part:
        return of_model(part["$ref"].rsplit("/", 1)[1])
    if "const" in part:
        return code(str(part["const"]))
    if "enum" in part:
        return " or ".join(code(str(value)) for value in part["enum"])
    for many in _MANY:
        if many in part:
            kinds = [kind_words(one, of_model, code) for one in part[many] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    match part.get("type"):
        case list(types):
            return " or ".join(kind_words({**part, "type": one}, of_model, code) for one in types)
        case "array":
            return f"list of {kind_words(part.get('items', {}), of_model, code)}"
        case "object":
            inside = part.get("additionalProperties")
            return "names, each with " + (
                kind_words(inside, of_model, code) if isinstance(inside, dict) and inside else "a value"
            )
        case "boolean":
            return f"{code('true')} or {code('false')}"
        case "integer" | "number":
            return ("whole number" if part["type"] == "integer" else "number") + _span(part)
        case "string":
            return _text_words(part, code)
        case "null":
            return code("null")
    return "any value"


def _text_words(part: Mapping[str, Any], code: Callable[[str], str]) -> str:
    if part.get("format") == "date":
        return f"day, {code('2026-10-22')}"
    if part.get("pattern") == _TIME:
        quoted = '"07:30"'
        return f"time, {code(quoted)}"
    return "text" + (f" like {code(part['pattern'])}" if "pattern" in part else "")


def _span(part: Mapping[str, Any]) -> str:
    words = {"minimum": "from {}", "exclusiveMinimum": "above {}", "maximum": "to {}", "exclusiveMaximum": "below {}"}
    found = [words[name].format(f"{part[name]:g}") for name in words if name in part]
    return f", {' '.join(found)}" if found else ""
