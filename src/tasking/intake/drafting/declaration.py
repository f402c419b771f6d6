"""A feed as the text of its declaration, with a comment where something is to be checked."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tasking.config.feed import Feed

_MODELINE: Final = "# yaml-language-server: $schema=../schemas/feeds.schema.json"  # for editors
_WIDTH: Final = 118
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./&()'-]+)*")
_NOT_TEXT: Final = frozenset("yes no on off true false null y n none nan inf".split())
_SHORT_FIELDS: Final = ("delivery", "file")


def declaration_text(feed: Feed, head: Sequence[str], comments: Mapping[str, str]) -> str:
    """The YAML of a feed. `head`: lines above it. `comments`: by key, as `fields.postcode`, what is to be checked."""
    declared = feed.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    lines = [_MODELINE, *(f"# {line}" for line in head)]
    for key, value in declared.items():
        lines += _entry(key, value, comments)
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, comments: Mapping[str, str]) -> Iterator[str]:
    if key == "delivery":
        yield from _above("delivery", comments)
        yield "delivery:"
        for name, inner in value.items():
            yield from _above(f"delivery.{name}", comments, 2)
            yield f"  {name}: {_flow(inner, quote=name == 'name')}"
        return
    if key == "fields":
        yield "fields:"
        for name, inner in value.items():
            yield from _above(f"fields.{name}", comments, 2)
            yield from _field(name, inner)
        return
    inner_comments = [words for name, words in comments.items() if name.startswith(f"{key}.") or name == key]
    for words in inner_comments:
        yield from _comment(words, 0)
    line = f"{key}: {_flow(value)}"
    yield from [line] if len(line) <= _WIDTH else _wrapped(key, value)


def _field(name: str, value: Any) -> Iterator[str]:
    line = f"  {name}: {_flow(value)}"
    if len(line) <= _WIDTH:
        yield line
    elif isinstance(value, dict):
        yield f"  {name}:"
        for key, inner in value.items():
            if isinstance(inner, dict):
                yield f"    {key}:"
                yield from (f"      {_scalar(one)}: {_flow(meaning)}" for one, meaning in inner.items())
            else:
                yield f"    {key}: {_flow(inner)}"
    else:
        yield from (f"  {part}" for part in _wrapped(name, value))


def _wrapped(key: str, value: Any) -> list[str]:
    """A list or mapping over several lines."""
    if isinstance(value, dict):
        return [f"{key}:", *(f"  {_scalar(name)}: {_flow(inner)}" for name, inner in value.items())]
    inside = textwrap.wrap(
        ", ".join(_flow(one).replace(" ", "\0") for one in value), _WIDTH - 4, break_on_hyphens=False
    )
    lines = [line.replace("\0", " ") for line in inside]
    return [f"{key}:", f"  [{lines[0]}", *(f"   {line}" for line in lines[1:-1]), f"   {lines[-1]}]"]


def _above(key: str, comments: Mapping[str, str], indent: int = 0) -> Iterator[str]:
    if words := comments.get(key):
        yield from _comment(words, indent)


def _comment(words: str, indent: int) -> Iterator[str]:
    for line in textwrap.wrap(words, _WIDTH - indent - 2, break_long_words=False):
        yield f"{' ' * indent}# {line}"


def _flow(value: Any, *, quote: bool = False) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if quote else _scalar(value)


def _key(key: str) -> str:
    return key if key in ("yes", "no") else _scalar(key)


def _scalar(value: Any) -> str:
    """A value as YAML reads it back: in quotation marks wherever it might be read as something else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return text
    is_plain = _PLAIN.fullmatch(text) and text.casefold() not in _NOT_TEXT
    return text if is_plain else json.dumps(text, ensure_ascii=False)
