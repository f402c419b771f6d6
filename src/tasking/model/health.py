"""The result of a health check."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """`advice`: what to do if it failed; empty if it passed."""

    name: str
    is_well: bool
    words: str
    advice: str = ""
