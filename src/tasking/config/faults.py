"""The faults of a declaration, each with its place, what was seen and what is allowed."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from tasking.config.located import Located, Spot, Step, located
from tasking.config.schema import at_path, kind_words, schema_of
from tasking.config.strict_model import KeyFaults
from tasking.model.errors import DeclarationError, Fault

M = TypeVar("M", bound=BaseModel)

_LONGEST_SEEN: Final = 60  # characters of a value that a message shows
_MOST_KNOWN: Final = 12  # keys that a message lists
_NAMED_FIRST: Final = re.compile(r"^([a-z_]+(?:\.[a-z_]+)*): ")  # a message of ours that begins with a key
_QUOTED: Final = re.compile(r"'([^']+)'|there is no category ([^'\s;]+)|\{([a-z_]+)\}")
_OF_PEOPLE: Final = frozenset({"people", "recipients", "attendees", "chair", "callers"})  # in partnership.yml: names
_OWN_WORDS: Final = frozenset({"value_error", "assertion_error"})


class _Source(NamedTuple):
    name: str
    text: str


class Source(_Source):
    """The text of a declaration and its name in messages; places in it are looked for only after a fault."""

    @cached_property
    def tree(self) -> Located:
        return located(self.text, self.name.endswith(".json"))


def validated(model: type[M], declared: Any, *sources: Source) -> M:
    """What is declared, as the model reads it. `sources`: the texts that it comes from, the nearest first.

    Raises DeclarationError with every fault.
    """
    try:
        return model.model_validate(declared)
    except ValidationError as error:
        raise DeclarationError.of(_faults(error, model, declared, sources)) from error


def fault_in(source: Source, key: str, words: str, value: str = "") -> Fault:
    """A fault at a key such as `taskings.owners`, there at this value if it is found. For what a model can't check."""
    _, spot, there = source.tree.walk(_steps(key))
    spot = (there.find(value) if value else None) or spot
    return Fault(source.name, spot.line, spot.column, key, words)


def _faults(error: ValidationError, model: type[BaseModel], declared: Any, sources: Sequence[Source]) -> list[Fault]:
    schema = schema_of(model, "", "")
    by_value: dict[tuple[Step, ...], Fault] = {}  # alternatives of one value are one fault
    others: list[tuple[tuple[Step, ...], Fault]] = []
    for one in error.errors():
        place = _place_of(one["loc"], sources)
        if one["type"] in _OWN_WORDS:
            others += [(place.path, fault) for fault in _own_faults(one, place)]
        elif one["type"] in ("missing", "extra_forbidden"):
            others.append((place.path, _key_fault(one, place, schema)))
        elif one["type"] == "invalid_key":
            others.append((place.path, place.fault(place.spot, place.key, "there is no such key: it is no text")))
        elif one["type"] in ("union_tag_invalid", "union_tag_not_found"):
            others.append((place.path, _tag_fault(one, place)))
        else:
            by_value.setdefault(place.path, _value_fault(one, place, schema, declared))
    paths = [*by_value, *(path for path, _ in others)]
    said = [fault for path, fault in by_value.items() if not any(_is_below(other, path) for other in paths)]
    found = dict.fromkeys([*said, *(fault for _, fault in others)])
    return sorted(found, key=lambda fault: (fault.file, fault.line, fault.column))


def _is_below(path: Sequence[Step], other: Sequence[Step]) -> bool:
    """Whether a path leads further into what another leads to: a fault there says more."""
    return len(path) > len(other) and path[: len(other)] == other


class _Place(NamedTuple):
    """A path in a declaration: `path`: what of it is there; `source`: which text has it."""

    path: tuple[Step, ...]
    spot: Spot
    value: Located
    source: Source

    @property
    def key(self) -> str:
        return _dotted(self.path)

    def fault(self, spot: Spot, key: str, words: str) -> Fault:
        return Fault(self.source.name, spot.line, spot.column, key, words)


def _place_of(steps: Sequence[Step], sources: Sequence[Source]) -> _Place:
    """The place in the nearest text that has most of the path; a list in it replaces that of a text behind it."""
    places = [_Place(*source.tree.walk(steps), source) for source in sources]
    in_list = next((place for place in places if any(isinstance(step, int) for step in place.path)), None)
    return in_list or max(places, key=lambda place: len(place.path))


def _own_faults(one: Any, place: _Place) -> list[Fault]:
    """The faults that a validator words itself."""
    raised = one.get("ctx", {}).get("error")
    if not isinstance(raised, KeyFaults):
        return [_own_fault(one, place)]
    found = []
    for fault in raised.found:
        taken, spot, there = place.value.walk(_steps(fault.key))
        at = (there.find(fault.value) if fault.value else None) or (spot if taken else place.value.spot)
        found.append(place.fault(at, _dotted((*place.path, *_steps(fault.key))), fault.words))
    return found


def _dotted(path: Sequence[Step]) -> str:
    """A path as `taskings.owners.due_in`: which of a list is meant, the line says."""
    return ".".join(step for step in path if isinstance(step, str))


def _steps(key: str) -> list[Step]:
    return [int(one) if one.isdecimal() else one for one in key.split(".") if key]


def _own_fault(one: Any, place: _Place) -> Fault:
    """A fault that a model words itself; its words may begin with the key that it is about, and name a value."""
    words = one["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    is_scalar = place.value.text is not None
    spot, key, value = place.value.spot if is_scalar or not place.path else place.spot, place.key, place.value
    if named := _NAMED_FIRST.match(words):
        steps = [step for step in named[1].split(".") if step not in place.path]
        taken, deeper, value = place.value.walk(steps)
        if taken:
            spot, key = deeper, _dotted((*place.path, *taken))
        if key == named[1]:
            words = words[named.end() :]
    named_values = ("".join(filter(None, match.groups())) for match in _QUOTED.finditer(words))
    quoted = (value.find(one) or value.find(one.replace("\\\\", "\\")) for one in named_values)  # as repr writes it
    return place.fault(next(filter(None, quoted), spot), key, words)


def _key_fault(one: Any, place: _Place, schema: Mapping[str, Any]) -> Fault:
    name = str(one["loc"][-1])
    key = place.key
    if one["type"] == "missing":
        known = [part["properties"][name] for part in at_path(schema, place.path) if name in part.get("properties", {})]
        about = f": {_lower_first(known[0]['description'])}" if known and "description" in known[0] else ""
        return place.fault(place.value.spot, f"{key}.{name}".strip("."), f"this key is missing{about}")
    known = [name for part in at_path(schema, place.path[:-1]) for name in part.get("properties", {})]
    names = list(dict.fromkeys(known))
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    listed = ", ".join(names[:_MOST_KNOWN]) + (" and others" if len(names) > _MOST_KNOWN else "")
    advice = f'did you mean "{close[0]}"?' if close else f"known here: {listed}"
    return place.fault(place.spot, key, f"there is no such key; {advice}")


def _tag_fault(one: Any, place: _Place) -> Fault:
    """A value by which alternatives are told apart is none of theirs, or is missing."""
    name = one["ctx"]["discriminator"].strip("'")
    key = f"{place.key}.{name}".strip(".")
    tag = place.value.step(name)
    if tag is None or one["type"] == "union_tag_not_found":
        return place.fault(place.value.spot, key, "this key is missing")
    wanted = [tag.strip(" '") for tag in one["ctx"]["expected_tags"].split(",")]
    seen = str(one["ctx"]["tag"])
    close = get_close_matches(seen, wanted, n=1, cutoff=0.6)
    advice = f'; did you mean "{close[0]}"?' if close else ""
    return place.fault(tag.spot, key, f"{_seen(seen)}; wanted: {' or '.join(wanted)}{advice}")


def _value_fault(one: Any, place: _Place, schema: Mapping[str, Any], declared: Any) -> Fault:
    if declared is None:
        return place.fault(Spot(1, 1), "", "the file is empty")
    is_key = bool(one["loc"]) and one["loc"][-1] == "[key]"
    parts = at_path(schema, place.path)
    if is_key:
        parts = [part["propertyNames"] for part in at_path(schema, place.path[:-1]) if "propertyNames" in part]
    seen = str(place.path[-1]) if is_key and place.path else _at(declared, place.path)
    spot = place.spot if is_key else place.value.spot
    wanted = " or ".join(dict.fromkeys(_wanted(part) for part in parts if part.get("type") != "null"))
    allowed = [str(value) for part in parts for value in part.get("enum", [part["const"]] if "const" in part else ())]
    close = get_close_matches(str(seen), allowed, n=1, cutoff=0.6)
    advice = f'; did you mean "{close[0]}"?' if close else ""
    if isinstance(seen, int | float | date) and "text" in wanted.split(" or "):
        advice = "; put it in quotes to make it text"
    wanted = wanted or _plain(one["msg"])
    is_of_person = bool(place.path) and place.path[0] in _OF_PEOPLE and isinstance(seen, str)
    shown = "a text" if is_of_person else _seen(seen)
    return place.fault(spot, place.key, f"{shown}; wanted: {wanted}{_limits(one)}{advice}")


def _wanted(part: Mapping[str, Any]) -> str:
    if "properties" in part:
        required = part.get("required") or list(part["properties"])
        return f"a mapping with {', '.join(required)}"
    return kind_words(part)


def _limits(one: Any) -> str:
    """What a schema's words do not have of a limit: how long a text or list may be."""
    context = one.get("ctx", {})
    if "min_length" in context and one["type"].endswith("short"):
        return f", at least {context['min_length']} long"
    if "max_length" in context and one["type"].endswith("long"):
        return f", at most {context['max_length']} long"
    return ""


def _at(declared: Any, path: Sequence[Step]) -> Any:
    for step in path:
        if isinstance(declared, Mapping):
            declared = next((value for key, value in declared.items() if str(key) == str(step)), None)
        elif isinstance(declared, list) and isinstance(step, int):
            declared = declared[step]
    return declared


def _seen(value: Any) -> str:
    """A value as a message shows it. Addresses of people are not shown, because messages are logged."""
    match value:
        case None:
            return "nothing is here"
        case bool():
            return str(value).lower()
        case str() if not value:
            return "an empty text"
        case str() if "@" in value:
            return "a text with an @"
        case str():
            return f'"{value[:_LONGEST_SEEN]}{"…" if len(value) > _LONGEST_SEEN else ""}"'
        case list():
            return f"a list of {len(value)}" if value else "an empty list"
        case dict():
            return f"a mapping with {', '.join(map(str, list(value)[:5]))}" if value else "an empty mapping"
        case _:
            return str(value)[:_LONGEST_SEEN]


def _plain(message: str) -> str:
    return message[:1].lower() + message[1:]


def _lower_first(words: str) -> str:
    return (words[:1].lower() + words[1:]).rstrip(".") if words[1:2].islower() else words.rstrip(".")
