"""Where in the text of a declaration a key or value stands: in YAML and in JSON."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in typeshed, there since 2.6
from typing import Any, Final, NamedTuple

import yaml

from tasking.config.yaml_file import nodes_of

Step = str | int
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_JSON_TOKEN: Final = re.compile(r'(?P<mark>[\[\]{}:,"])|(?P<plain>[^\s\[\]{}:,"]+)')


class Spot(NamedTuple):
    """A place in a text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Located:
    """A value with its place. `keys` and `values` are those of a mapping, `items` of a list, `text` of another value
    as it is written."""

    spot: Spot
    text: str | None = None
    keys: Mapping[str, Spot] = field(default_factory=dict)
    values: Mapping[str, "Located"] = field(default_factory=dict)
    items: tuple["Located", ...] | None = None

    def step(self, to: Step) -> "Located | None":
        """What stands at a key or number; None where nothing does."""
        if isinstance(to, str | int) and str(to) in self.values:
            return self.values[str(to)]
        if isinstance(to, int) and self.items is not None and to < len(self.items):
            return self.items[to]
        return None

    def walk(self, to: Sequence[Step]) -> tuple[tuple[Step, ...], Spot, "Located"]:
        """How far a path of keys and numbers leads, the place of the last of its keys, and the value there.

        A step that leads nowhere is skipped: pydantic puts the names of alternatives among the keys.
        """
        taken: list[Step] = []
        spot, at = self.spot, self
        for one in to:
            following = at.step(one)
            if following is not None:
                spot = at.keys.get(str(one), following.spot)
                taken.append(one)
                at = following
        return tuple(taken), spot, at

    def find(self, text: str) -> Spot | None:
        """The first place below this one where a value, or else a key, is just this text."""
        return next((one.spot for one in self._all() if one.text == text), None) or next(
            (one.keys[text] for one in self._all() if text in one.keys), None
        )

    def _all(self) -> Iterator["Located"]:
        yield self
        for one in (*self.values.values(), *(self.items or ())):
            yield from one._all()


_NOTHING: Final = Located(Spot(1, 1))


def located(text: str, is_json: bool) -> Located:
    """The values of a text with their places. What can't be read at all has none but its beginning."""
    try:
        return _of_json(text) if is_json else _of_yaml(nodes_of(text), {})
    except (yaml.YAMLError, UnicodeEncodeError, RecursionError, ValueError, IndexError):
        return _NOTHING


def _of_yaml(node: Any, made: dict[int, Located]) -> Located:
    if node is None:
        return _NOTHING
    if id(node) in made:  # an alias: what it stands for has one place
        return made[id(node)]
    spot = _spot_of(node)
    made[id(node)] = Located(spot)
    if isinstance(node, yaml.MappingNode):
        entries = [(str(key.value), _spot_of(key), _of_yaml(value, made)) for key, value in node.value]
        here = Located(spot, keys={key: at for key, at, _ in entries}, values={key: value for key, _, value in entries})
    elif isinstance(node, yaml.SequenceNode):
        here = Located(spot, items=tuple(_of_yaml(one, made) for one in node.value))
    else:
        here = Located(spot, text=str(node.value))
    made[id(node)] = here
    return here


def _spot_of(node: Any) -> Spot:
    return Spot(node.start_mark.line + 1, node.start_mark.column + 1)


class _JsonReader:
    """Reads JSON that is known to be valid, for the places in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.repeated: list[tuple[str, Spot]] = []
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def value(self) -> Located:
        match = self._token()
        if match is None:
            raise ValueError("no value")
        start = match.start("mark") if match["mark"] else match.start("plain")
        line = bisect_right(self._line_starts, start)
        spot = Spot(line, start - self._line_starts[line - 1] + 1)
        self._at = match.end()
        if match["mark"] == "{":
            return self._mapping(spot)
        if match["mark"] == "[":
            return self._list(spot)
        if match["mark"] == '"':
            text, self._at = scanstring(self._text, self._at, False)
            return Located(spot, text=text)
        if match["plain"] is None:
            raise ValueError("no value")
        return Located(spot, text=match["plain"])

    def _mapping(self, spot: Spot) -> Located:
        keys, values = {}, {}
        while not self._took("}"):
            key = self.value()
            self._took(":")
            name = str(key.text)
            if name in keys:
                self.repeated.append((name, key.spot))
            keys[name], values[name] = key.spot, self.value()
            self._took(",")
        return Located(spot, keys=keys, values=values)

    def _list(self, spot: Spot) -> Located:
        items = []
        while not self._took("]"):
            items.append(self.value())
            self._took(",")
        return Located(spot, items=tuple(items))

    def _token(self) -> re.Match[str] | None:
        space = _SPACE.match(self._text, self._at)
        return _JSON_TOKEN.match(self._text, space.end() if space else self._at)

    def _took(self, mark: str) -> bool:
        match = self._token()
        if match is None or match["mark"] != mark:
            return False
        self._at = match.end()
        return True


def _of_json(text: str) -> Located:
    return _JsonReader(text).value()


def repeated_keys_of_json(text: str) -> list[tuple[str, Spot]]:
    """Each key of a valid text that is there again in its mapping, with its place."""
    reader = _JsonReader(text)
    reader.value()
    return reader.repeated
