"""Reads include/partnership.yml. Imports little, because every parse of the DAGs runs it."""

from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError

from tasking.config.layers import Include
from tasking.config.yaml_file import declared_text, parse_yaml
from tasking.model.errors import DeclarationError
from tasking.model.partnership import Partnership

_RENAMED: Final = {"dead_man_set_at": "deadline_alarm_set_at"}  # in `meeting`, since 0.2


def load_partnership(include: Include) -> Partnership:
    """The partnership that include/partnership.yml declares; one of several says only what differs.

    Mappings are merged key by key; any other value replaces the shared one. Raises DeclarationError.
    """
    versions = include.versions("partnership.yml") or [include / "partnership.yml"]
    where = "/".join(versions[-1].parts[-3:]) if len(include.folders) > 1 else "partnership.yml"
    return _partnership(tuple((declared_text(path), path.name) for path in versions), where)


@lru_cache(maxsize=512)
def _partnership(versions: tuple[tuple[str, str], ...], where: str) -> Partnership:
    declared: Any = {}
    for text, name in versions:
        declared = _over(declared, _with_new_keys(parse_yaml(text, name)))
    try:
        return Partnership.model_validate(declared)
    except ValidationError as error:
        raise DeclarationError(f"{where}: {error}") from error


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
