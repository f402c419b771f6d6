"""How the source is kept: what the import contracts see, and how long a file may be."""

import tomllib

from conftest import ROOT

SOURCE = ROOT / "src" / "tasking"
MOST_LINES = 300
READ_BY_PATH = {"warehouse/migrations/versions"}  # by alembic; the names of the files are no names of modules


def folders_without_init():
    """Folders that have Python files and are no package, so that `lint-imports` does not see them."""
    folders = {path.parent for path in SOURCE.rglob("*.py")}
    return {str(one.relative_to(SOURCE)) for one in folders if not (one / "__init__.py").exists()} - READ_BY_PATH


def long_files():
    """File -> lines, of those that are longer than a reader takes in at once."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCE.rglob("*.py")}
    return {str(path.relative_to(SOURCE)): lines for path, lines in lengths.items() if lines > MOST_LINES}


def test_every_folder_with_python_files_is_a_package_that_the_contracts_see():
    assert folders_without_init() == set()


def test_no_file_is_longer_than_300_lines():
    assert long_files() == {}


def test_a_folder_without_init_and_a_long_file_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr("test_house.SOURCE", tmp_path)
    folder = tmp_path / "rooms" / "inner"
    folder.mkdir(parents=True)
    (folder / "room.py").write_text("a = 1\n" * 301, encoding="utf-8")
    (tmp_path / "__init__.py").touch()
    assert folders_without_init() == {"rooms/inner"}
    assert long_files() == {"rooms/inner/room.py": 301}


def test_the_file_to_start_with_stays_short():
    """flows.py is read first: what the steps are, and not what is said of them."""
    assert len((SOURCE / "flows.py").read_text(encoding="utf-8").splitlines()) < 250


def test_each_store_has_a_contract_by_which_only_its_own_subject_imports_it():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    own = {tuple(one["protected_modules"]): one["allowed_importers"] for one in declared if one["type"] == "protected"}
    subjects = {path.parent.name for path in [*SOURCE.glob("*/store"), *SOURCE.glob("*/store.py")]}
    assert own == {(f"tasking.{one}.store",): [f"tasking.{one}"] for one in subjects}
    exceptions = {line for one in declared if one["type"] == "protected" for line in one.get("ignore_imports", [])}
    assert {line for line in exceptions if not line.startswith("tasking.privacy.")} == set()
