"""The numbers of a rule in words, with their units: `4 incidents`, `within 250 m`, `reported within 31 days`."""

from collections.abc import Callable, Mapping
from typing import Final

_DAY_H: Final = 24
_LONGEST_IN_HOURS: Final = 48


def _hours(value: float) -> str:
    if value > _LONGEST_IN_HOURS and value % _DAY_H == 0:
        return f"{value / _DAY_H:g} days"
    return _counted(value, "hours")


def _counted(value: float, words: str) -> str:
    return f"{value:g} {words.removesuffix('s') if value == 1 else words}"


_WORDS: Final[dict[str, Callable[[float], str]]] = {
    "within_h": lambda value: f"reported within {_hours(value)}",
    "apart_h": lambda value: f"{_hours(value)} apart",
    "radius_m": lambda value: f"within {value:g} m",
    "against_days": lambda value: f"compared with {_counted(value, 'days')}",
    "needs_days": lambda value: f"at least {_counted(value, 'complete days')}",
    "warn_at": lambda value: f"a warning at {value:g}",
    "high_risk": lambda value: f"{value:g} at high risk",
    "z": lambda value: f"{value:g} times the usual variation",
}
_COUNTS: Final = frozenset({
    "incidents", "reports", "complainants", "complaints", "concerns", "occasions", "partners", "kinds", "meetings",
    "times", "days", "months",
})  # fmt: skip


def threshold_words(name: str, value: float) -> str:
    """One number of a rule in words. One that only a rule of your own has is shown as `its name: 3`."""
    if name in _WORDS:
        return _WORDS[name](value)
    words = name.replace("_", " ")
    return _counted(value, words) if name in _COUNTS else f"{words}: {value:g}"


def thresholds_words(numbers: Mapping[str, float]) -> str:
    """The numbers of a rule, separated by commas."""
    return ", ".join(threshold_words(name, value) for name, value in numbers.items())
