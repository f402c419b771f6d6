"""The wheel is whole: its dependencies are declared, and a deployment made from it makes the briefing of the checkout."""

import ast
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from email import message_from_string
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from conftest import ROOT, home_for
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.testing import CliRunner

from tasking.cli import app

KEY = "ab" * 32
CARDS = {"slack.json", "teams.json"}


def declared(wheel: Path) -> dict[str, Requirement]:
    """Name -> what the wheel asks for."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = message_from_string(archive.read(name).decode()).get_all("Requires-Dist")
    return {canonicalize_name(one.name): one for one in map(Requirement, lines)}


def test_the_wheel_asks_for_everything_that_it_imports(wheel):
    asked_for, provided_by = declared(wheel), packages_distributions()
    ours = {"tasking", *(path.stem for path in (ROOT / "plugins").glob("*.py"))}
    undeclared = {}
    for path in [path for name in ("src", "dags", "plugins") for path in (ROOT / name).rglob("*.py")]:
        for name in imported(path) - ours - sys.stdlib_module_names:
            if not {canonicalize_name(one) for one in provided_by.get(name, ())} & asked_for.keys():
                undeclared[name] = str(path.relative_to(ROOT))
    assert undeclared == {}


def imported(path: Path) -> set[str]:
    """The top names of the packages that a file imports, at its head or later."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module)
    return {name.partition(".")[0] for name in found}


def test_what_the_wheel_asks_for_is_what_the_lock_has(wheel):
    locked = dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\n]+)", lock_text(), re.MULTILINE))
    for name, requirement in declared(wheel).items():
        assert requirement.specifier.contains(locked[name]), f"{requirement} is not what requirements.txt has"


def lock_text() -> str:
    return (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_the_wheel_has_what_the_repository_has_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {str(path.relative_to(ROOT / "src")) for path in files_under(ROOT / "src" / "tasking")}
    deployment = "tasking/cli/deployment"
    for name in ("include", "dags", "plugins", "demo/deliveries"):
        wanted |= {f"{deployment}/{path.relative_to(ROOT)}" for path in files_under(ROOT / name)}
    assert packed == wanted | {f"{deployment}/airflow.env"}


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


@dataclass(frozen=True)
class Fresh:
    """An environment of its own with the wheel and nothing of the checkout; the dependencies are borrowed."""

    folder: Path

    def run(self, name: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
        program = self.folder / "bin" / name
        return subprocess.run([program, *arguments], cwd=cwd, env=settings(), capture_output=True, text=True)


def settings() -> dict[str, str]:
    """The shell's environment without anything that leads to the checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TASKING_", "PYTHON", "AIRFLOW"))}
    return kept | {"GX_ANALYTICS_ENABLED": "false", "TASKING_PSEUDONYM_KEY": KEY}


@pytest.fixture(scope="module")
def fresh(wheel, tmp_path_factory) -> Fresh:
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, symlinks=True)
    install = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet", "--no-deps"]
    subprocess.run([*install, "--no-index", "--no-compile", wheel], check=True, capture_output=True, env=settings())
    # The folders of the present environment, by path: its own .pth files, one of which leads to src/, are not read.
    (site,) = (folder / "lib").glob("python*/site-packages")
    present = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "dependencies.pth").write_text("\n".join(sorted(present)))
    return Fresh(folder)


@pytest.fixture(scope="module")
def deployment(fresh, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("deployment") / "a district"
    done = fresh.run("tasking", "init", folder, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder


def test_nothing_of_the_checkout_is_used(fresh, tmp_path):
    done = fresh.run("python", "-c", "import sys, tasking; print(tasking.__file__, *sys.path, sep='\\n')", cwd=tmp_path)
    origin, *path = done.stdout.splitlines()
    assert Path(origin).is_relative_to(fresh.folder), done.stderr
    assert not any(Path(one) in (ROOT, ROOT / "src") for one in path if one)


def test_a_deployment_of_the_wheel_makes_the_briefing_of_the_checkout(fresh, deployment, tmp_path, monkeypatch):
    """`tasking run` on the sample: every file that is written, byte for byte."""
    monkeypatch.setenv("TASKING_HOME", str(home_for(tmp_path / "checkout")))
    monkeypatch.setenv("TASKING_PSEUDONYM_KEY", KEY)
    arguments = ["run", "--day", "2026-10-22", "--drops"]
    done = CliRunner().invoke(app, [*arguments, str(ROOT / "demo" / "deliveries"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    made = fresh.run("tasking", *arguments, "demo/deliveries", "--out", "out", cwd=deployment)
    assert made.returncode == 0, made.stderr
    assert made.stdout == done.stdout
    wanted, found = written(tmp_path / "out"), written(deployment / "out")
    assert wanted.keys() == found.keys() == {f"briefing.{form}" for form in ("html", "txt", "json")} | CARDS
    assert [name for name in wanted if wanted[name] != found[name]] == []


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
