"""What many tests start from, made once for one state of the code: folders with a filled database, results that cost much.

Kept under .pytest_cache, which `pytest --cache-clear` empties. A key is a hash of everything that the thing is made of,
so an edit of the code or of a declaration makes it anew; tests about the making itself don't use it.
"""

import fcntl
import hashlib
import inspect
import os
import pickle
import platform
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_KEPT = 3  # states of the code, of each thing
_OLD_S = 14 * 86_400
# Nothing that a desk does imports these (import-linter sees to that), so they change nothing that is prepared.
_ABOVE = ("pages", "cli")


def digest_of(paths: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of files, and of all files in folders. Raises FileNotFoundError."""
    paths = list(paths)
    if missing := [path for path in paths if not path.exists()]:
        raise FileNotFoundError(f"{missing[0]} has moved: what is prepared from it would be kept for good")
    files = (
        file
        for path in paths
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file() and "__pycache__" not in file.parts
    )
    return digest_of_files(files)


def digest_of_files(files: Iterable[Path]) -> str:
    digest = hashlib.sha256(platform.python_version().encode())
    for file in files:
        name = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file.name
        digest.update(f"{name}\x1f".encode() + hashlib.sha256(file.read_bytes()).digest())
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

    def folder(self, name: str, make: Callable[[Path], object], to: Path, of: Sequence[Path] = ()) -> Path:
        """Copies what `make(folder)` fills into `to`, a folder.

        `make` sees no other fixture: the key is its file's content and that of the code, or of the paths `of` where it
        depends on those alone.
        """
        made_of = digest_of(of) if of else _code()
        key = hashlib.sha256((made_of + digest_of([Path(inspect.getfile(make))])).encode()).hexdigest()[:24]
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


class Computed:
    """Results of a pure function that costs much and belongs to a library: what matplotlib draws of a briefing.

    A key is the whole input, the code of the function and the library's version. Tests of these functions themselves
    carry the marker `uncached`.
    """

    def __init__(self, kept: Path) -> None:
        self.kept, self.is_on = kept, True
        kept.mkdir(parents=True, exist_ok=True)
        for path in kept.glob("*/*.pickle") if "PYTEST_XDIST_WORKER" not in os.environ else ():
            if path.stat().st_mtime < time.time() - _OLD_S:
                path.unlink(missing_ok=True)
        package = ROOT / "src" / "tasking"
        self.drawing = digest_of([package / "briefing", package / "model"]) + _versions("matplotlib", "h3")

    def install(self) -> None:
        """Puts it between the functions and those who call them; once a process."""
        from tasking.briefing import pictures

        for name in ("draw_map", "draw_strip"):
            function = getattr(pictures, name)
            if not hasattr(function, "computes"):
                setattr(pictures, name, self._drawn(function))

    def _drawn(self, compute):
        def drawn(briefing, *geography):
            of = [digest_of_files(sorted(one.folder.iterdir())) for one in geography]
            return self._remembered(
                lambda: compute(briefing, *geography), self.drawing, compute.__name__, briefing.canonical(), of
            )

        drawn.computes = compute
        return drawn

    def _remembered(self, compute, *of):
        if not self.is_on:
            return compute()
        key = hashlib.sha256(repr(of).encode(errors="surrogatepass")).hexdigest()
        path = self.kept / key[:2] / f"{key}.pickle"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as being_written:
                being_written.write(pickle.dumps(compute()))
            Path(being_written.name).rename(path)
        return pickle.loads(path.read_bytes())  # noqa: S301 - our own


def _versions(*names: str) -> str:
    return " ".join(f"{name} {metadata.version(name)}" for name in names)


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
