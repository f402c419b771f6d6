"""Is all well? One answer for each thing that can be wrong."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """`advice` says what to do where it is not well; empty where it is."""

    name: str
    is_well: bool
    words: str
    advice: str = ""
