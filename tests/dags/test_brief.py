"""`make brief` as a new user runs it: in a tree of its own, with nothing set, and nothing made beside out/ and var/."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

NEEDED = ("demo", "dags", "include", "plugins", "src", "Makefile", "pyproject.toml", "requirements.txt")


@pytest.fixture(scope="module")
def brief(tmp_path_factory):
    """(the tree, what `make brief` printed)."""
    tree = tmp_path_factory.mktemp("tree")
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(ROOT / name, tree / name)
    (tree / ".venv").symlink_to(sys.prefix)  # making the environment is not tried: it asks a package index
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path_factory.mktemp("home")),
        "PYTHONPATH": str(tree / "src"),
    }
    command = ["make", "--silent", "-o", ".venv/.ready", "brief"]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert done.stderr == ""
    return tree, done.stdout


def lines_of(printed: str, day: str) -> list[str]:
    """What was printed of a day while it ran, without the seconds."""
    return [one for line in printed.splitlines() if (one := re.sub(r"^ *[\d.]+ s  ", "", line)).startswith(day)]


def test_every_feed_lands_on_the_first_day_and_the_briefing_is_posted(brief):
    first = lines_of(brief[1], "2026-10-22")
    assert len(first) == 7
    assert [line for line in first[:6] if not line.endswith(": landed")] == []
    assert first[6] == "2026-10-22  Briefing: daily: posted"


def test_on_the_second_day_the_police_send_nothing_and_are_named(brief):
    second = lines_of(brief[1], "2026-10-23")
    assert second[0] == "2026-10-23  Feed: Kent Police: no delivery (red)"
    assert sum(line.endswith(": landed") for line in second) == 5
    assert second[6] == "2026-10-23  Briefing: daily: posted, ends red: a partner is missing"
    assert "Kent Police: nothing since Thu 22 Oct" in brief[1]


def test_both_briefings_are_shown_with_a_ledger_that_balances(brief):
    assert "CSU briefing · Thu 22 Oct 2026" in brief[1]
    assert "CSU briefing · Fri 23 Oct 2026" in brief[1]
    assert "LEDGER 34 rows in = 30 new + 4 held ✓" in brief[1]
    assert brief[1].count("LEDGER") == brief[1].count("✓") == 2


def test_the_page_is_where_the_last_line_says_and_nothing_is_made_elsewhere(brief):
    tree, printed = brief
    assert printed.splitlines()[-1] == "Written: out/briefing.html (and one page a day)"
    pages = {path.name for path in (tree / "out").iterdir()}
    assert pages == {"briefing.html", "briefing-2026-10-22.html", "briefing-2026-10-23.html"}
    assert "Kent Police" in (tree / "out" / "briefing.html").read_text(encoding="utf-8")
    assert {path.name for path in Path(tree).iterdir()} - {*NEEDED, ".venv"} == {"out", "var"}
