"""A picture that goes with a message."""

from typing import NamedTuple


class Picture(NamedTuple):
    """`alt`: the text alternative; `key`: its permanent id within the message."""

    key: str
    title: str
    alt: str
    png: bytes
