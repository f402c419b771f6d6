"""Stored documents: written strictly and read tolerantly, whichever version wrote them.

A document is canonical JSON with the number of its schema; schema 1 has none. A model may gain a field that has a
default, and then raises its `SCHEMA`; a field is never renamed and never given another meaning. So a document of an
older version lacks fields, which are defaulted, and one of a newer version has more, which are kept as they are.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, ClassVar, Final, Self, get_args, get_origin

import structlog
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from tasking.model.clearance import Classified, Origin
from tasking.model.errors import TaskingError

SCHEMA_KEY: Final = "schema"
_NO_DAY: Final = date(1970, 1, 1)
log = structlog.get_logger(__name__)


class Document(Classified):
    """A value that is stored whole. `SCHEMA` is what this version writes."""

    SCHEMA: ClassVar[int] = 1
    # Field -> the schema since which it is counted differently; not compared with older documents.
    REDEFINED_SINCE: ClassVar[Mapping[str, int]] = {}

    @classmethod
    def read(cls, text: str) -> Self:
        """The value of a stored document of any schema.

        Missing fields have their defaults, or an empty value ("", 0, None, the document's day) if they have none.
        Raises TaskingError if the text is not a JSON object.
        """
        try:
            raw = json.loads(text)
        except ValueError:
            raw = None
        if not isinstance(raw, dict):
            raise TaskingError(f"a stored {cls.__name__.lower()} is damaged: it is not a JSON object")
        schema = raw.get(SCHEMA_KEY, 1)
        found: Self = _Reading(_day_of(raw)).value(cls, raw, schema if isinstance(schema, int) else 1)
        if unread := sorted(_unread(found)):
            log.warning("a stored document is read in part", kind=cls.__name__, schema=schema, unread=unread)
        return found

    def canonical(self) -> str:
        """This value as canonical JSON; for a value that was read, the text that it was read from."""
        written = written_of(self)
        if self._origin is None:
            written[SCHEMA_KEY] = self.SCHEMA
        elif self._origin.schema > 1:
            written.setdefault(SCHEMA_KEY, self._origin.schema)
        return _spelt(written)

    @property
    def schema_read(self) -> int:
        """The schema of the document that this value was read from; this version's for a value of its own."""
        return self._origin.schema if self._origin else self.SCHEMA

    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def has_same_content(self, stored: Self) -> bool:
        """True if a stored document has the same content as this value, as far as its schema goes.

        Fields that the document lacks are not compared, so that a new field does not change old days.
        """
        return _is_same(self, stored)


def written_of(value: Classified) -> dict[str, Any]:
    """The JSON object that is stored for a value, without its schema number."""
    origin = value._origin or Origin()
    written: dict[str, Any] = {}
    for name in type(value).model_fields:
        own = getattr(value, name)
        read, spelt = origin.as_written.get(name, (None, None))
        was_absent = name in origin.absent and own == origin.absent[name]
        says_nothing = value._origin is None and name in value.LEFT_OUT_WHEN_EMPTY and not own
        if name in origin.as_written and own is read:
            written[name] = spelt
        elif not (was_absent or says_nothing):
            written[name] = _plain(own)
    return written | dict(origin.unknown)


def _spelt(plain: Any) -> str:
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Classified):
        return written_of(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return to_jsonable_python(value)


class _Reading:
    """Reads one document; `day` stands in for a date that is missing."""

    def __init__(self, day: date) -> None:
        self.day = day

    def value(self, model: type[Any], raw: Mapping[str, Any], schema: int = 0) -> Any:
        """A value of `model` from a JSON object, with its Origin."""
        fields: dict[str, Any] = {}
        absent, unread = set(), set()
        as_written: dict[str, tuple[Any, Any]] = {}
        for name, field in model.model_fields.items():
            if name in raw:
                try:
                    fields[name] = self._field(field.annotation, raw[name])
                except (ValidationError, ValueError, TypeError):
                    unread.add(name)
                else:
                    if _spelt(_plain(fields[name])) == _spelt(raw[name]):  # 0 == False, and is not written so
                        continue
            else:
                absent.add(name)
            if name not in fields:
                fields[name] = self._nothing(field.annotation) if field.is_required() else field.get_default()
            if name in raw:
                as_written[name] = fields[name], raw[name]
        found = model.model_construct(**fields)
        unknown = {name: told for name, told in raw.items() if name not in model.model_fields}
        found._origin = Origin(schema, {name: fields[name] for name in absent}, frozenset(unread), as_written, unknown)
        return found

    def _field(self, annotation: Any, raw: Any) -> Any:
        if isinstance(annotation, type) and issubclass(annotation, Classified):
            if not isinstance(raw, dict):
                raise ValueError("not an object")
            return self.value(annotation, raw)
        inside = get_args(annotation)
        if get_origin(annotation) is tuple and isinstance(inside[0], type) and issubclass(inside[0], Classified):
            if not isinstance(raw, list):
                raise ValueError("not a list")
            return tuple(self._field(inside[0], one) for one in raw)
        return _adapter(annotation).validate_python(raw)

    def _nothing(self, annotation: Any) -> Any:
        """An empty value for a field that has no default and cannot be read."""
        for value in (None, "", 0, False, (), self.day, datetime.combine(self.day, time(), UTC)):
            try:
                return _adapter(annotation).validate_python(value, strict=True)
            except ValidationError:
                continue
        return self.value(annotation, {})


@lru_cache(maxsize=256)
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def _day_of(raw: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(raw["day"])
    except (KeyError, ValueError, TypeError):
        return _NO_DAY


def _unread(value: Any) -> set[str]:
    """The fields, at every depth, that a document has in a form that this version cannot read."""
    if isinstance(value, tuple):
        return {name for one in value for name in _unread(one)}
    if not isinstance(value, Classified):
        return set()
    below = {name for own in vars(value).values() for name in _unread(own)}
    return below | (value._origin.unread if value._origin else frozenset())


def _is_same(now: Any, stored: Any) -> bool:
    if isinstance(now, tuple) and isinstance(stored, tuple):
        return len(now) == len(stored) and all(_is_same(one, other) for one, other in zip(now, stored, strict=True))
    if not isinstance(now, Classified) or not isinstance(stored, Classified):
        return bool(now == stored)
    origin = stored._origin or Origin()
    skipped = ((origin.absent.keys() - now.LEFT_OUT_WHEN_EMPTY) | origin.unread | now.NOT_COMPARED) & vars(now).keys()
    if isinstance(now, Document):
        skipped |= {name for name, schema in now.REDEFINED_SINCE.items() if 0 < origin.schema < schema}
    return all(_is_same(own, getattr(stored, name)) for name, own in vars(now).items() if name not in skipped)
