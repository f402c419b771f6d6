"""The base of every declaration: unknown keys are errors, and values do not change."""

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class StrictModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyFault(NamedTuple):
    """A fault that a model finds at one of its keys. `value`: the value there that is meant, empty for the key."""

    key: str
    words: str
    value: str = ""


class KeyFaults(ValueError):
    """What a validator raises that finds several faults, each with its key."""

    def __init__(self, found: Sequence[KeyFault]) -> None:
        super().__init__("; ".join(f"{one.key}: {one.words}" for one in found))
        self.found = tuple(found)
