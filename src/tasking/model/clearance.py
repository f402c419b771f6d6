"""Who may read a field: anybody in the chat, users of the desk, or those who may open the restricted register.

The clearance is part of the field's type (`place: Public[str]`); an unmarked field is a TypeError at import. Renderers
receive `value.cleared_for(...)`, so these marks alone decide what leaves the desk.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Annotated, Any, ClassVar, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr
from pydantic.fields import FieldInfo

T = TypeVar("T")


class Clearance(IntEnum):
    """Levels of clearance, each including those before it."""

    PUBLIC = 0  # OFFICIAL: chat, mail, cards
    DESK = 1  # ops staff and officers, on the desk
    RESTRICTED = 2  # those who may open the restricted register


Public = Annotated[T, Clearance.PUBLIC]
DeskOnly = Annotated[T, Clearance.DESK]
Restricted = Annotated[T, Clearance.RESTRICTED]


class Origin(NamedTuple):
    """How a value differs from the stored document that it was read from (see model.document)."""

    schema: int = 0  # of the document; 0 in what stands inside it
    absent: Mapping[str, Any] = {}  # fields the document lacks -> the value used instead
    unread: frozenset[str] = frozenset()  # fields it has in a form that this version cannot read
    as_written: Mapping[str, tuple[Any, Any]] = {}  # field -> (the value read, how the document spells it)
    unknown: Mapping[str, Any] = {}  # its keys that this version does not know


class Classified(BaseModel):
    """A frozen value each of whose fields says who may read it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    # Fields omitted from a stored document when empty; fields whose change alone makes no new version.
    LEFT_OUT_WHEN_EMPTY: ClassVar[frozenset[str]] = frozenset()
    NOT_COMPARED: ClassVar[frozenset[str]] = frozenset()
    _origin: Origin | None = PrivateAttr(default=None)  # None for a value that was not read from a document

    def __eq__(self, other: object) -> bool:
        """True for equal fields, whether or not the values were read from a document."""
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    @classmethod
    def __pydantic_init_subclass__(cls, **_arguments: Any) -> None:
        for name, field in cls.model_fields.items():
            if needed(field) is None:
                raise TypeError(f"{cls.__name__}.{name} does not say who may read it: Public, DeskOnly or Restricted")
            if needed(field) != Clearance.PUBLIC and field.is_required():
                raise TypeError(f"{cls.__name__}.{name} needs a default for those who may not read it")

    def cleared_for(self, clearance: Clearance) -> Self:
        """This value with every field that `clearance` may not read reset to its default, at every depth.

        Keys of a stored document that this version does not know are dropped too, since they have no clearance.
        """
        kept = {}
        for name, field in type(self).model_fields.items():
            may_read = (needed(field) or Clearance.PUBLIC) <= clearance
            kept[name] = _cleared(getattr(self, name), clearance) if may_read else field.get_default()
        cleared = type(self).model_construct(**kept)
        if self._origin is not None:
            cleared._origin = Origin(self._origin.schema, self._origin.absent)
        return cleared


def needed(field: FieldInfo) -> Clearance | None:
    """The clearance that a field needs; None if it is unmarked."""
    return next((mark for mark in field.metadata if isinstance(mark, Clearance)), None)


def _cleared(value: Any, clearance: Clearance) -> Any:
    if isinstance(value, Classified):
        return value.cleared_for(clearance)
    if isinstance(value, tuple):
        return tuple(_cleared(one, clearance) for one in value)
    return value
