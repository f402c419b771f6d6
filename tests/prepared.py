"""What many tests start from, made once for one state of the code: folders with a filled database, results of checks.

Kept under .pytest_cache, which `pytest --cache-clear` empties. A key is a hash of everything that the thing is made of,
so an edit of the code or of a declaration makes it anew; tests about the making itself don't use it.
"""

import fcntl
import hashlib
import inspect
import json
import os
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing, contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_KEPT = 3  # states of the code, of each thing
# Nothing that a desk does imports these (import-linter sees to that), so they change nothing that is prepared.
_ABOVE = ("pages", "cli")


def digest_of(paths: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of files, and of all files in folders."""
    digest = hashlib.sha256(platform.python_version().encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT)}\x1f".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@cache
def _code() -> str:
    package = sorted(path for path in (ROOT / "src" / "tasking").iterdir() if path.name not in _ABOVE)
    rest = [ROOT / "include", ROOT / "requirements.txt", ROOT / "tests" / "gold", ROOT / "tests" / "conftest.py"]
    return digest_of([*package, *rest, Path(__file__)])


class Prepared:
    """Folders that are filled once for all tests, workers and runs."""

    def __init__(self, kept: Path) -> None:
        self.kept = kept

    def folder(self, name: str, make: Callable[[Path], object], to: Path) -> Path:
        """Copies what `make(folder)` fills into `to`, a folder. `make` sees no other fixture: the key is its file's
        content and that of the code."""
        key = hashlib.sha256((_code() + digest_of([Path(inspect.getfile(make))])).encode()).hexdigest()[:24]
        kept = self.kept / name
        kept.mkdir(parents=True, exist_ok=True)
        with _alone(kept / "lock"):
            if not (kept / key).exists():
                being_made = kept / f"{key}.part"
                shutil.rmtree(being_made, ignore_errors=True)
                being_made.mkdir()
                make(being_made)
                for database in being_made.rglob("*.db"):
                    _close(database)
                being_made.rename(kept / key)
                _forget_old(kept)
            (kept / key).touch()
            shutil.copytree(kept / key, to, dirs_exist_ok=True)
        return to


class CheckResults:
    """What Great Expectations found in a frame, by the frame, the expectations and the version of the library.

    Checking is a pure function that costs a fifth of a second a delivery, and seconds for the import. Tests of checks
    themselves carry the marker `real_checks`.
    """

    def __init__(self, kept: Path) -> None:
        self.kept, self.is_on = kept, True
        kept.mkdir(parents=True, exist_ok=True)
        made_with = f"{metadata.version('great_expectations')} {metadata.version('pandas')}"
        self.made_with = made_with + digest_of([ROOT / "src" / "tasking" / "quality"])

    def install(self) -> None:
        from tasking.quality import suites

        if getattr(suites._failures, "checks_for_real", None) is None:
            suites._failures = self.remembering(suites._failures)

    def remembering(self, checks_for_real):
        def failures(frame, expected):
            if not self.is_on:
                return checks_for_real(frame, expected)
            content = repr((frame.to_dict("list"), [str(one) for one in frame.dtypes]))
            asked = [one.model_dump_json() for one in expected]
            key = hashlib.sha256(repr((self.made_with, content, asked)).encode(errors="surrogatepass")).hexdigest()
            path = self.kept / key[:2] / f"{key}.json"
            if not path.exists():
                found = checks_for_real(frame, expected)
                path.parent.mkdir(exist_ok=True)
                being_written = path.with_suffix(f".{os.getpid()}.{id(found)}")
                being_written.write_text(json.dumps(found))
                being_written.rename(path)
            return [(position, rows) for position, rows in json.loads(path.read_text())]

        failures.checks_for_real = checks_for_real
        return failures


@contextmanager
def _alone(lock: Path):
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _close(database: Path) -> None:
    """Puts everything into the file itself, so that it can be copied alone."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _forget_old(kept: Path) -> None:
    states = sorted((path for path in kept.iterdir() if path.is_dir()), key=lambda path: -path.stat().st_mtime)
    for path in states[_KEPT:]:
        shutil.rmtree(path)
