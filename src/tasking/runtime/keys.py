"""The pseudonym key: where it is kept, and how it is rotated."""

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tasking.intake.pseudonyms import Pseudonyms
from tasking.model.errors import DeclarationError
from tasking.runtime.settings import Settings

_KEY_BYTES: Final = 32
_LINE: Final = re.compile(r"(?:k(?P<number>\d+):)?(?P<key>[0-9a-f]{64,})")


def pseudonyms(settings: Settings) -> Pseudonyms:
    """Pseudonyms under the key in force.

    The key comes from the environment (`k2:<64 hex digits>`; k1 if it has no id), else from a file under var/, which is
    created on first use and readable by its owner only. Raises DeclarationError.
    """
    if settings.pseudonym_key is not None:
        given = _read([settings.pseudonym_key.get_secret_value()], "TASKING_PSEUDONYM_KEY")
        return given.for_partnership(settings.partnership) if settings.partnership else given
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(f"k1:{secrets.token_hex(_KEY_BYTES)}\n")
    except FileExistsError:
        pass
    return _read(_lines(path), path.name)


def add_key(settings: Settings) -> str:
    """Adds a new key to the file and puts it in force; the old one stays. Returns the new id.

    Raises DeclarationError if the key is set in the environment.
    """
    if settings.pseudonym_key is not None:
        raise DeclarationError(
            "the key is in TASKING_PSEUDONYM_KEY: put a new one there with the next id (k2:...) and run: "
            "tasking keys rekey"
        )
    number = int(pseudonyms(settings).key_id[1:]) + 1
    path = _path(settings)
    _write(path, [*_lines(path), f"k{number}:{secrets.token_hex(_KEY_BYTES)}"])
    return f"k{number}"


def destroy_old_keys(settings: Settings) -> int:
    """Removes all keys except the one in force from the file. Returns how many; 0 if the environment sets the key."""
    if settings.pseudonym_key is not None:
        return 0
    path = _path(settings)
    lines = _lines(path)
    _write(path, lines[-1:])
    return len(lines) - 1


def _path(settings: Settings) -> Path:
    return settings.var / "pseudonym.key"


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _write(path: Path, lines: Sequence[str]) -> None:
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.write("".join(f"{line}\n" for line in lines))
    beside.replace(path)


def _read(lines: Sequence[str], where: str) -> Pseudonyms:
    """Pseudonyms under the last key of `lines`, which is the one in force. `where`: for the error message."""
    found = _LINE.fullmatch(lines[-1].strip()) if lines else None
    if found is None:
        raise DeclarationError(f"{where} must be at least 64 hex digits, after an id such as k2: or none")
    return Pseudonyms(f"k{found['number'] or 1}", bytes.fromhex(found["key"]))
