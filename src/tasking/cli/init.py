"""A deployment of one's own, made from the installed package."""

import shlex
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import typer

from tasking.cli.shell import errors, errors_in_one_sentence
from tasking.model.errors import TaskingError

_PACKAGED: Final = Path(__file__).parent / "deployment"
_CHECKOUT: Final = Path(__file__).resolve().parents[3]

# What a deployment has, and what it is for. The wheel has all of it below `deployment/`; a checkout has the first five
# where the developers work on them.
_PARTS: Final = {
    "include": "declarations, SQL, wording, expectations and geography: the part that you change",
    "dags": "what Airflow runs",
    "plugins": "the Tasking desk in the Airflow UI",
    "demo/deliveries": "two sample days of deliveries, with invented people",
    "airflow.env": "settings of Airflow that the DAGs rely on",
    ".env.example": "settings of this deployment, to be copied to .env",
    ".gitignore": "keeps .env and everything that runs write out of version control",
    "README.md": "what to do next",
}
_IN_A_CHECKOUT: Final = {"airflow.env": "docker/airflow.env"}
_WRITTEN_FOR_A_PLACE: Final = (".env.example", "README.md")


def init(
    folder: Annotated[Path, typer.Argument(help="a folder that is new or empty", metavar="DIR", show_default=False)],
) -> None:
    """Make a deployment in DIR: declarations, DAGs, plugins, sample deliveries, and what to do next.

    Nothing is overwritten: a folder that is not empty is not changed.
    """
    with errors_in_one_sentence():
        folder = folder.absolute()
        make_deployment(folder)
        errors.print(f"A deployment of tasking {version('tasking')} is in {folder}:", soft_wrap=True)
        for name, words in _PARTS.items():
            mark = "/" if (folder / name).is_dir() else ""
            errors.print(f"  {name + mark:17} {words}", soft_wrap=True)
        next_step = f"cd {shlex.quote(str(folder))} && tasking run --day 2026-10-22 --drops demo/deliveries --out out"
        errors.print(f"Next: {next_step}", soft_wrap=True)
        errors.print("Then read README.md there.")


def make_deployment(folder: Path) -> None:
    """Makes a deployment in a new or empty folder, completely or not at all.

    Raises TaskingError if the folder is not empty or cannot be written.
    """
    _refuse_what_is_there(folder)
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _fill(folder)
    except OSError as error:
        raise TaskingError(f"{folder} could not be made: {error.strerror or type(error).__name__}") from error
    finally:
        if is_new and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _fill(folder: Path) -> None:
    """Copies all parts into a temporary folder inside the deployment, and moves them up once all are complete."""
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as inside:
        made = Path(inside)
        for name in _PARTS:
            _copy(_source(name), made / name)
        for name in _WRITTEN_FOR_A_PLACE:
            text = (made / name).read_text(encoding="utf-8")
            (made / name).write_text(_filled(text, folder), encoding="utf-8")
        for path in sorted(made.iterdir()):
            path.rename(folder / path.name)


def _refuse_what_is_there(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise TaskingError(f"{folder} is not a folder. Give one that is new or empty")
    if folder.is_dir() and (there := sorted(path.name for path in folder.iterdir())):
        more = f" and {len(there) - 3} more" if len(there) > 3 else ""
        raise TaskingError(
            f"{folder} is not empty: it has {', '.join(there[:3])}{more}. Nothing is overwritten. "
            "Give a folder that is new or empty"
        )


def _source(name: str) -> Path:
    """Where a part is copied from: the installed package, or a checkout of the repository."""
    packaged = _PACKAGED / name.removeprefix(".")
    found = packaged if packaged.exists() else _CHECKOUT / _IN_A_CHECKOUT.get(name, name)
    if not found.exists():
        raise TaskingError(f"the installed package lacks {name}. Install tasking again")
    return found


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        ignored: Callable[[str, list[str]], set[str]] = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(source, target, ignore=ignored, copy_function=shutil.copyfile)
    else:
        shutil.copyfile(source, target)


def _filled(text: str, folder: Path) -> str:
    return text.replace("@FOLDER@", shlex.quote(str(folder))).replace("@VERSION@", version("tasking"))
