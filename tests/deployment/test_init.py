"""`tasking init DIR`: a deployment, all of it or nothing, and over nothing that is there."""

import os
import subprocess

import pytest
from conftest import ROOT
from typer.testing import CliRunner

from tasking.cli import app
from tasking.cli import init as of_init


def init(folder, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["init", str(folder)])
    assert result.exit_code == status, result.output
    return result.stderr


def everything(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def made(tmp_path):
    folder = tmp_path / "Sevenoaks CSU"
    init(folder)
    return folder


def test_it_says_what_it_made_and_what_to_do_next(tmp_path):
    words = init(tmp_path / "district")
    for path in (tmp_path / "district").iterdir():
        assert f"\n  {path.name}" in words
    assert f"Next: cd {tmp_path}/district && tasking run --day 2026-10-22 --drops demo/deliveries" in words


@pytest.mark.parametrize("name", ["include", "dags", "plugins", "demo/deliveries"])
def test_a_deployment_has_what_the_repository_has(made, name):
    wanted = {path: content for path, content in everything(ROOT / name).items() if "__pycache__" not in path}
    assert everything(made / name) == wanted


def test_a_folder_that_has_anything_in_it_is_left_as_it_is(made):
    (made / "include" / "partnership.yml").write_text("name: ours\n")
    before = everything(made)
    assert "is not empty: it has .env.example, .gitignore, README.md and 5 more" in init(made, status=2)
    assert everything(made) == before


def test_a_hidden_file_is_something_too(tmp_path):
    (tmp_path / ".env").write_text("TASKING_PSEUDONYM_KEY=ours\n")
    assert "is not empty: it has .env. Nothing is overwritten" in init(tmp_path, status=2)


def test_an_empty_folder_is_filled_and_a_missing_one_is_made(tmp_path):
    (tmp_path / "empty").mkdir()
    init(tmp_path / "empty")
    init(tmp_path / "not" / "there" / "yet")
    assert everything(tmp_path / "empty").keys() == everything(tmp_path / "not" / "there" / "yet").keys()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "not"]


def test_the_folder_that_one_is_in_stays_the_same_folder(tmp_path, monkeypatch):
    """`mkdir district && cd district && tasking init .`, where nobody but root may write beside it."""
    (tmp_path / "district").mkdir()
    monkeypatch.chdir(tmp_path / "district")
    before = (tmp_path / "district").stat().st_ino
    init(".")
    assert (tmp_path / "district").stat().st_ino == before
    assert (tmp_path / "district" / "include" / "partnership.yml").is_file()


def test_a_file_and_a_link_are_no_folders(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("file", "link"):
        assert "is not a folder. Give one that is new or empty" in init(tmp_path / name, status=2)
    assert not any((tmp_path / "elsewhere").iterdir())


def test_a_copy_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    copies = []

    def full_after_two(source, target):
        if len(copies) == 2:
            raise OSError(28, "No space left on device")
        copies.append(target)
        target.mkdir(parents=True)

    monkeypatch.setattr(of_init, "_copy", full_after_two)
    assert "could not be made: No space left on device" in init(tmp_path / "district", status=2)
    assert list(tmp_path.iterdir()) == []
    copies.clear()
    (tmp_path / "empty").mkdir()
    init(tmp_path / "empty", status=2)
    assert list((tmp_path / "empty").iterdir()) == []


def test_its_settings_can_be_read_by_a_shell(made):
    """As README.md there says: both files, whatever the folder is called."""
    (made / ".env.example").rename(made / ".env")
    script = "set -eu; set -a; . ./airflow.env; . ./.env; set +a; env -0"
    done = subprocess.run(["sh", "-c", script], cwd=made, env={"PATH": os.environ["PATH"]}, capture_output=True)
    assert done.returncode == 0, done.stderr
    found = dict(one.split("=", 1) for one in done.stdout.decode().split("\0") if one)
    assert found["TASKING_HOME"] == str(made)
    assert found["AIRFLOW__CORE__DAGS_FOLDER"] == str(made / "dags")
    assert found["AIRFLOW__CORE__AUTH_MANAGER"].endswith("FabAuthManager")


def test_what_runs_write_is_kept_out_of_version_control(made):
    subprocess.run(["git", "init", "-q"], cwd=made, check=True)
    for name in (".env", "var/tasking.db", "out/briefing.html", "airflow/airflow.cfg"):
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_text("")
    done = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=made, check=True, capture_output=True, text=True
    )
    kept = {line.split()[-1].split("/")[0].strip('"') for line in done.stdout.splitlines()}
    assert {"include", "dags", "plugins", ".env.example"} <= kept
    assert not kept & {".env", "var", "out", "airflow"}


def test_outside_of_a_deployment_the_error_says_how_to_make_one(tmp_path, monkeypatch):
    from tasking.model.errors import DeclarationError
    from tasking.runtime import settings

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "__file__", str(tmp_path / "site-packages" / "settings.py"))
    with pytest.raises(DeclarationError, match="or make one: tasking init DIR"):
        settings.Settings()
