"""Reads a declaration in JSON, with errors that say where."""

import json
from typing import Any, Final

from tasking.config.located import repeated_keys_of_json
from tasking.model.errors import DeclarationError, Fault

SCHEMA_KEY: Final = "$schema"  # by it a file tells an editor its schema; it has no effect here


def parse_json(text: str, name: str) -> Any:
    """What a text in JSON says, without its `$schema`; `name` is for errors.

    Raises DeclarationError with every key that is there twice, or with the place where the text is no JSON.
    """
    has_repeated = False

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal has_repeated
        made = dict(found)
        has_repeated |= len(made) < len(found)
        return made

    try:
        value = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        words = "the file is empty" if not text.strip() else f"not valid JSON: {_lower_first(error.msg)}"
        raise DeclarationError.of([Fault(name, error.lineno, error.colno, "", words)]) from error
    except RecursionError as error:
        words = "not valid JSON: too many brackets inside each other"
        raise DeclarationError.of([Fault(name, 1, 1, "", words)]) from error
    if has_repeated:
        raise DeclarationError.of(
            [
                Fault(name, spot.line, spot.column, "", f'the key "{key}" is there twice')
                for key, spot in repeated_keys_of_json(text)
            ]
        )
    if isinstance(value, dict):
        value.pop(SCHEMA_KEY, None)
    return value


def _lower_first(words: str) -> str:
    return words[:1].lower() + words[1:]
