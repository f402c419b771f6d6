"""Reads include/partnership.yml. Imports little, because every parse of the DAGs runs it."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final

from tasking.config.faults import Source, fault_in, validated
from tasking.config.layers import Include
from tasking.config.yaml_file import declared_text, parse_yaml, shown_name
from tasking.model.errors import DeclarationError, Fault
from tasking.model.partnership import Partnership

_RENAMED: Final = {"dead_man_set_at": "deadline_alarm_set_at"}  # in `meeting`, since 0.2


def load_partnership(include: Include) -> Partnership:
    """The partnership that include/partnership.yml declares; one of several says only what differs.

    Mappings are merged key by key; any other value replaces the shared one. Raises DeclarationError.
    """
    return _partnership(partnership_sources(include))


def partnership_sources(include: Include) -> tuple[Source, ...]:
    """The texts that declare a partnership, the shared one first. Raises DeclarationError where there is none."""
    versions = include.versions("partnership.yml") or [include / "partnership.yml"]
    return tuple(Source(shown_name(path), declared_text(path)) for path in versions)


def fault_in_partnership(include: Include, key: str, words: str, value: str = "") -> Fault:
    """A fault at a key such as `taskings.owners`, in the nearest partnership.yml that says it, there at this value."""
    first, *_ = key.split(".")
    sources = partnership_sources(include)[::-1]
    saying = next((one for one in sources if first in one.tree.values), sources[-1])
    return fault_in(saying, key, words, value)


def check_feeds_are_declared(include: Include, partnership: Partnership, declared: Collection[str]) -> None:
    """Raises DeclarationError for each feed of the partnership that is not among the declared ones."""
    faults = [
        fault_in_partnership(include, "feeds", f"there is no include/feeds/{feed}.yml", feed)
        for feed in partnership.feeds
        if feed not in declared
    ]
    if faults:
        raise DeclarationError.of(faults)


@lru_cache(maxsize=512)
def _partnership(sources: tuple[Source, ...]) -> Partnership:
    declared: Any = {}
    for name, text in sources:
        declared = _over(declared, _with_new_keys(parse_yaml(text, name)))
    return validated(Partnership, declared, *reversed(sources))


def _with_new_keys(declared: Any) -> Any:
    """A declaration with the keys of `meeting` as they are called now; a file that has both names keeps both, and is
    refused."""
    if not isinstance(declared, dict) or not isinstance(meeting := declared.get("meeting"), dict):
        return declared
    renamed = {old: new for old, new in _RENAMED.items() if new not in meeting}
    return declared | {"meeting": {renamed.get(key, key): value for key, value in meeting.items()}}


def _over(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: _over(below.get(key), value) for key, value in above.items()}
