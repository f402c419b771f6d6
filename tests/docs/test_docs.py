"""The documentation: it builds, its links lead somewhere, it names all that can be set, and its tutorials work."""

import inspect
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT
from markdown.extensions.toc import slugify
from typer.testing import CliRunner

from tasking.cli import app
from tasking.pages.render import NAV
from tasking.runtime import metrics
from tasking.runtime.channels import OPENERS

sys.path.insert(0, str(ROOT / "docs" / "hooks"))
import declarations
import settings

FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s]+)\)")
NAMED_FILE = re.compile(r'^```\w+ title="(?P<path>[^"]+)"\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"\bTASKING_[A-Z][A-Z_]*[A-Z]\b")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, strict, without the pages of the Python API, which take most of the time: `make docs` has them."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"DOCS_PYTHON_API": "false", "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_it_builds_with_every_link_anchor_and_page_in_its_place(site):
    assert (site / "index.html").exists()
    assert (site / "reference" / "api" / "index.html").exists()


def test_a_page_asks_nothing_of_another_machine(site):
    loaded = re.compile(r'<(?:script|link|img|iframe)\b[^>]*(?:src|href)="(https?:)?//[^"]+"')
    found = {str(page): loaded.search(page.read_text(encoding="utf-8")) for page in site.rglob("*.html")}
    assert found
    assert not {page for page, match in found.items() if match}


def test_every_command_has_its_place(site):
    page = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    for command in ("tasking run", "tasking export ledger", "tasking held correct", "tasking legal-hold place"):
        assert f"<code>{command}</code>" in page


def test_every_variable_that_is_read_is_among_the_settings():
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8") + settings.table()
    told = set(VARIABLE.findall(page))
    read = {
        name
        for folder in ("src", "dags", "plugins", "docker")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in {".py", ".sh", ".yml", ".env", ".example", ""}
        for name in VARIABLE.findall(path.read_text(encoding="utf-8", errors="replace"))
    }
    assert "TASKING_DATABASE_URL" in read
    assert read - told == set()


def test_every_kind_of_declaration_is_on_the_page_of_declarations():
    page = declarations.index()
    kinds = {path.name if path.is_file() else f"{path.name}/" for path in (ROOT / "include").iterdir()}
    not_declared = {"geo/", "partnerships/"}  # data; and the same files again, for one of several
    assert {kind for kind in kinds - not_declared if f"include/{kind}" not in page} == set()


def test_a_key_that_is_described_in_the_code_is_described_on_its_page():
    feeds = next(one for one in declarations.DECLARED if one.name == "feeds")
    page = declarations.page(feeds, feeds.schema())
    assert "| `contact` | text; required | Who to ask if the delivery is missing or damaged. |" in page
    assert "whole number, from 0 to 31 or text like `^[0-9]{1,4} days?$`; without it `0`" in page


def test_every_channel_is_on_the_pages_about_channels():
    tables = (ROOT / "docs" / "chat.md").read_text(encoding="utf-8")
    assert {name for name in OPENERS if f"| `{name}` |" not in tables} == set()
    named = (ROOT / "include" / "partnership.yml").read_text(encoding="utf-8")
    line = next(one for one in named.splitlines() if one.startswith("# Where each kind of message goes:"))
    assert {name for name in OPENERS if not re.search(rf"\b{name}\b", line)} == set()


def test_every_figure_for_a_monitor_is_on_its_page():
    source = inspect.getsource(metrics)
    sent = set(re.findall(r'Metric\("(tasking\.[\w.]+)"', source))
    assert len(sent) > 5
    page = (ROOT / "docs" / "how-to" / "watch.md").read_text(encoding="utf-8")
    assert {name for name in sent if f"`{name}`" not in page} == set()
    assert {name for name in sent if f"{name} " not in inspect.getdoc(metrics.day_metrics)} == set()


def test_every_page_of_the_desk_is_in_its_table():
    table = (ROOT / "docs" / "desk.md").read_text(encoding="utf-8")
    names = [name for group in NAV for _, name, _ in group]
    assert {name for name in names if not re.search(rf"^\| \[?{name}[\]| ]", table, re.MULTILINE)} == set()


def test_every_page_that_the_product_names_is_there():
    named = re.compile(r"docs/[\w./-]+\.md")
    missing = {
        f"{path.relative_to(ROOT)}: {page}"
        for folder in ("src", "dags", "plugins", "include", "demo", "docker", "benchmarks", "checks")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in {".py", ".yml", ".sql", ".j2", ".example", ".json", ".md", ".sh"}
        for page in named.findall(path.read_text(encoding="utf-8", errors="replace"))
        if not (ROOT / page).is_file()
    }
    assert missing == set()


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "docker/README.md"]
)
def test_links_beside_the_site_lead_somewhere_too(name):
    source = ROOT / name
    for link in LINK.findall(FENCED.sub("", source.read_text(encoding="utf-8"))):
        target, _, anchor = link.partition("#")
        path = source.parent / target if target else source
        assert path.exists(), f"{name}: {link}"
        if anchor:
            assert anchor in anchors(path), f"{name}: {link}"


def test_every_file_of_the_project_that_a_page_names_is_there():
    """By its path, or the end of it: `linkage/pairs.py`. Left out: what a reader makes, and the list of old names."""
    names = re.compile(r"`([\w./-]+\.(?:py|sql|yml|json|txt|j2|sh|toml))`")
    a_reader_makes = re.compile(r"parish\.|wmp\.|/x\.yml$|000N_")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pages = [name for name in listed if name.endswith(".md") or name == "NOTICE"]
    missing = {
        f"{page}: {named}"
        for page in pages
        if page not in {"docs/names.md", "CHANGELOG.md", "tests/gold/notes.md"} and "/released/" not in page
        for named in names.findall((ROOT / page).read_text(encoding="utf-8"))
        if not a_reader_makes.search(named) and not any(file == named or file.endswith(f"/{named}") for file in listed)
    }
    assert missing == set()


def anchors(path: Path) -> set[str]:
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    return {slugify(heading.replace("`", ""), "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def test_the_version_has_its_part_of_the_changelog():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"\n## {version} (" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """A home as somebody has it who goes through the tutorials, and the commands in it."""
    shutil.copytree(ROOT / "include", tmp_path / "include")
    monkeypatch.setenv("TASKING_HOME", str(tmp_path))

    def call(*arguments: str):
        return CliRunner().invoke(app, list(arguments))

    return tmp_path, call


def files_of(tutorial: str) -> dict[str, str]:
    text = (ROOT / "docs" / "tutorials" / f"{tutorial}.md").read_text(encoding="utf-8")
    return {found["path"]: found["text"] for found in NAMED_FILE.finditer(text)}


def test_the_first_partner_is_sound_as_the_tutorial_writes_it(scratch):
    home, call = scratch
    files = files_of("first-partner")
    for path in ("include/feeds/samples/parish.csv", "include/feeds/parish.yml"):
        (home / path).write_text(files[path], encoding="utf-8")
    assert "no such suite under include/expectations" in call("feeds", "check", "parish").output
    (home / "include/expectations/parish.json").write_text(files["include/expectations/parish.json"], encoding="utf-8")
    result = call("feeds", "check", "parish")
    assert result.exit_code == 0
    assert "sound: 3 rows, 2 reports, 1 held" in result.output
    assert "that the declaration does not list were left out: “Clerk”" in result.output
    assert "Bins on fire" in result.output


def test_the_first_rule_runs_as_the_tutorial_writes_it(scratch):
    home, call = scratch
    files = files_of("first-rule")
    (home / "include/rules/set_fires.yml").write_text(files["include/rules/set_fires.yml"], encoding="utf-8")
    assert "there is no include/sql/rules/set_fires.sql" in call("triggers", "list").output
    query = files["include/sql/rules/set_fires.sql"]
    mended = query.replace("    AND NOT is_restricted", "    AND happened_h >= :since_h\n    AND NOT is_restricted")
    mended = mended.replace("categories text[]\n", "categories text[], since_h number\n")
    for written in (query, mended):
        (home / "include/sql/rules/set_fires.sql").write_text(written, encoding="utf-8")
        result = call(
            "triggers", "simulate", "--from", "2026-10-22", "--to", "2026-10-23", "--set", "set_fires.incidents=3"
        )
        assert result.exit_code == 0, result.output
        assert "set_fires.incidents=3" in result.output
    assert mended != query


def test_what_the_runbook_quotes_is_what_the_product_says():
    words_of_others = {"deferred", "up for retry", "channel_not_found"}  # Airflow's and Slack's
    page = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    quoted = {
        part.strip(" .,")
        for row in page.splitlines()
        if row.startswith("| ")
        for quote in re.findall(r"(?<!\*)\*([^*|]+)\*(?!\*)", row)
        if quote not in words_of_others
        for part in re.split(r"\d\d:\d\d|…", quote)
        if len(part.strip(" .,")) > 3
    }
    said = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("src", "dags", "plugins")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".j2"}
    )
    said = re.sub(r'"\s*\n\s*f?"', "", said).lower()
    assert len(quoted) > 20
    assert {quote for quote in quoted if quote.lower() not in said} == set()
