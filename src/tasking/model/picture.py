"""A picture that goes with a message."""

from typing import NamedTuple


class Picture(NamedTuple):
    """`alt` says in words what the picture shows; `key` names it for ever within its message."""

    key: str
    title: str
    alt: str
    png: bytes
