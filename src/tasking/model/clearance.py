"""Who may read a field: anybody in the chat, the desk, or those with the restricted register.

A field says so in its type (`place: Public[str]`), and a model with a field that does not say is no model at all. What
may leave is decided by these marks and nowhere else: renderers are given `value.cleared_for(...)`.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Annotated, Any, ClassVar, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr
from pydantic.fields import FieldInfo

T = TypeVar("T")


class Clearance(IntEnum):
    """Each may read what those before it may."""

    PUBLIC = 0  # OFFICIAL: chat, mail, cards, whoever reads along
    DESK = 1  # ops staff and officers, on the desk
    RESTRICTED = 2  # those who may open the restricted register


Public = Annotated[T, Clearance.PUBLIC]
DeskOnly = Annotated[T, Clearance.DESK]
Restricted = Annotated[T, Clearance.RESTRICTED]


class Origin(NamedTuple):
    """How a value differs from the stored document that it was read from (see model.document)."""

    schema: int = 0  # of the document; 0 in what stands inside it
    absent: Mapping[str, Any] = {}  # our fields that the document does not have -> what stands for them
    unread: frozenset[str] = frozenset()  # our fields that it has in a shape that we can't read
    as_written: Mapping[str, tuple[Any, Any]] = {}  # field -> (the value read, how the document spells it)
    unknown: Mapping[str, Any] = {}  # what it has and we do not know


class Classified(BaseModel):
    """A frozen value each of whose fields says who may read it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    # Fields that a stored document has only where they say something; fields that make no new version by themselves.
    LEFT_OUT_WHEN_EMPTY: ClassVar[frozenset[str]] = frozenset()
    NOT_COMPARED: ClassVar[frozenset[str]] = frozenset()
    _origin: Origin | None = PrivateAttr(default=None)  # None for what was made and not read

    def __eq__(self, other: object) -> bool:
        """True for the same fields, whether they were made or read."""
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
        """This value with everything that `clearance` may not read put back to its default, at every depth.

        What a stored document has and this version does not know goes too: nobody has said who may read it.
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
    """The clearance that a field asks for; None where it does not say."""
    return next((mark for mark in field.metadata if isinstance(mark, Clearance)), None)


def _cleared(value: Any, clearance: Clearance) -> Any:
    if isinstance(value, Classified):
        return value.cleared_for(clearance)
    if isinstance(value, tuple):
        return tuple(_cleared(one, clearance) for one in value)
    return value
