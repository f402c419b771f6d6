"""Reads a YAML declaration, fast, with errors that say where."""

import re
from pathlib import Path
from typing import Any, Final

import yaml

from tasking.model.errors import DeclarationError, Fault

_BOOL: Final = "tag:yaml.org,2002:bool"
_INT: Final = "tag:yaml.org,2002:int"
_FLOAT: Final = "tag:yaml.org,2002:float"
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"
_MERGE: Final = "<<"
_MOST_NODES: Final = 500_000  # of a text with its aliases written out
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_PLAIN: Final = {  # what libyaml says -> in words; the rest is shown as it says it
    "found a tab character": "a tab; indent with spaces",
    "found character that cannot start any token": "a character that can't be here",
    "mapping values are not allowed in this context": "a colon that can't be here: is the line indented as its "
    "neighbours are? A text with a colon and a space needs quotes",
    "found unhashable key": "a key that is a list or a mapping",
    "did not find expected key": "this line is not indented as those above it",
    "could not find expected ':'": "a key without its colon",
    "but found another document": "a second document begins here (---); a declaration is one",
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader for which only `true` and `false` are booleans, since a partner's column may be called No, and
    18:00 is no number of seconds."""


def _as_date_or_text(loader: Any, node: Any) -> Any:
    """A date, or for a day that the calendar does not have its text, for the model to refuse."""
    try:
        return yaml.SafeLoader.construct_yaml_timestamp(loader, node)
    except ValueError:
        return node.value


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOL, _INT, _FLOAT)]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(
    _INT, re.compile(r"^[-+]?(?:0|[1-9][0-9_]*|0[0-7_]+|0x[0-9a-fA-F_]+)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    _FLOAT,
    re.compile(r"^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+|\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"),
    list("-+0123456789."),
)
_Loader.add_constructor(_TIMESTAMP, _as_date_or_text)


def read_yaml(path: Path) -> Any:
    """What a YAML file says. Raises DeclarationError naming the file, the line and the column."""
    return parse_yaml(declared_text(path), shown_name(path))


def shown_name(path: Path) -> str:
    """A declaration as messages name it: by its path below include/."""
    parts = path.parts
    if "include" not in parts[:-1]:
        return path.name
    return "/".join(parts[len(parts) - parts[::-1].index("include") :])


def declared_text(path: Path) -> str:
    """The text of a declaration, without a byte order mark. Raises DeclarationError where there is none, or it is not
    UTF-8.

    Loaders that are called often cache what they make of a text by the text itself, so that an edit is seen at once.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DeclarationError(f"there is no {path.name} under {path.parent.name}/") from error
    except OSError as error:
        raise DeclarationError.of([Fault(shown_name(path), 0, 0, "", f"can't be read: {error.strerror}")]) from error
    if content.startswith(_UTF16):
        raise DeclarationError.of([Fault(shown_name(path), 1, 1, "", "saved as UTF-16; save it as UTF-8")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        words = f"not UTF-8: the byte 0x{content[error.start]:02x} is here; save the file as UTF-8"
        raise DeclarationError.of([Fault(shown_name(path), line, column, "", words)]) from error


def parse_yaml(text: str, name: str) -> Any:
    """What a text in YAML says; `name` is for errors. Raises DeclarationError with every key that is there twice, or
    with the place where the text is no YAML."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _check_nodes(node, name)
        return loader.construct_document(node)
    except (yaml.YAMLError, UnicodeEncodeError, RecursionError) as error:
        raise DeclarationError.of([_yaml_fault(error, text, name)]) from error


def nodes_of(text: str) -> Any:
    """The nodes of a text in YAML, with their marks; None where it is empty. Raises yaml.YAMLError."""
    return _Loader(text).get_single_node()


def _check_nodes(root: Any, name: str) -> None:
    """Raises DeclarationError for keys that are there twice, and for aliases that make a text endless or huge."""
    faults: list[Fault] = []
    checked: dict[int, int] = {}  # node -> how many nodes it comes to

    def size(node: Any, above: frozenset[int]) -> int:
        if id(node) in checked:
            return checked[id(node)]
        if id(node) in above:
            raise DeclarationError.of([_fault_at(node, name, "an alias (*) of what it stands in, which has no end")])
        inside = above | {id(node)}
        if isinstance(node, yaml.MappingNode):
            faults.extend(_repeated_keys(node, name))
            total = 1 + sum(size(part, inside) for entry in node.value for part in entry)
        elif isinstance(node, yaml.SequenceNode):
            total = 1 + sum(size(part, inside) for part in node.value)
        else:
            total = 1
        if total > _MOST_NODES:
            raise DeclarationError.of([_fault_at(node, name, f"more than {_MOST_NODES:,} values with its aliases (*)")])
        checked[id(node)] = total
        return total

    size(root, frozenset())
    if faults:
        raise DeclarationError.of(faults)


def _repeated_keys(node: Any, name: str) -> list[Fault]:
    first: dict[str, Any] = {}
    faults = []
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value == _MERGE:
            continue
        if key.value in first:
            line = first[key.value].start_mark.line + 1
            faults.append(_fault_at(key, name, f'the key "{key.value}" is there twice, first in line {line}'))
        first.setdefault(key.value, key)
    return faults


def _fault_at(node: Any, name: str, words: str) -> Fault:
    return Fault(name, node.start_mark.line + 1, node.start_mark.column + 1, "", words)


def _yaml_fault(error: Exception, text: str, name: str) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:  # a character that YAML does not allow, or brackets without end
        if isinstance(error, RecursionError):
            return Fault(name, 1, 1, "", "not valid YAML: too many brackets inside each other")
        at = next((i for i, c in enumerate(text) if not c.isprintable() and c not in "\n\r\t\u0085\u00a0"), 0)
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        return Fault(name, line, column, "", f"not valid YAML: the character U+{ord(text[at]):04X} is not allowed")
    problem = str(getattr(error, "problem", "") or "")
    words = next((plain for said, plain in _PLAIN.items() if said in problem), problem)
    if "cannot start any token" in problem and text.splitlines()[mark.line][mark.column : mark.column + 1] == "\t":
        words = "a tab; indent with spaces"
    return Fault(name, mark.line + 1, mark.column + 1, "", f"not valid YAML: {words}")
