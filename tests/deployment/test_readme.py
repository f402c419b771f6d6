"""README's links, pictures and commands are there."""

import re

from conftest import ROOT
from typer.testing import CliRunner

from tasking.cli import app

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_link_and_picture_leads_somewhere():
    links = {link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link}
    assert len(links) > 15
    lost = []
    for link in links:
        path, _, anchor = link.partition("#")
        if not (ROOT / path).exists() or (anchor and anchor not in anchors(path)):
            lost.append(link)
    assert lost == []


def anchors(path: str) -> set[str]:
    """The headings of a page as a forge makes anchors of them."""
    titles = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_make_command_is_a_target():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"make\s+([a-z-]+)", " ".join(re.findall(r"`([^`]+)`", README))))
    assert {"brief", "up", "dev", "test"} <= named
    assert named <= targets


def test_every_tasking_command_is_one():
    named = set(re.findall(r"^tasking ([a-z]+(?: [a-z]+)?)", README, re.MULTILINE))
    assert len(named) >= 4
    for words in named:
        asked = [*words.split(), "--help"]
        assert CliRunner().invoke(app, asked).exit_code == 0, words


def test_the_test_command_is_the_one_that_ci_runs():
    assert "`make test`" in README
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^make test\b", run, re.MULTILINE)
