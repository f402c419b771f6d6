"""Adds the files beside `docs/` that readers look for (changelog, contributing, ...) and leads links to where they are.

A page may link to a file of the project that is no page, as the forge shows it: `../src/tasking/flows.py`. The site has
no such page, so the link becomes the path as code. A link to a file that is not there is left as it is, and fails.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "CODE_OF_CONDUCT.md": "project/code-of-conduct.md",
    "NOTICE": "project/notice.md",
    "docker/README.md": "project/docker.md",
}
_FROM = {page: source for source, page in PAGES.items()}
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]\[]*)\]\((?P<target>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_FENCED = re.compile(r"(^ *```.*?^ *```)", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    for source, page in PAGES.items():
        if files.get_file_from_path(page) is None:
            text = (ROOT / source).read_text(encoding="utf-8")
            files.append(File.generated(config, page, content=text if source.endswith(".md") else _as_page(text)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    here = page.file.src_uri
    parts = _FENCED.split(markdown)
    return "".join(part if number % 2 else _LINK.sub(lambda found: _led(found, here), part)
                   for number, part in enumerate(parts))  # fmt: skip


def _led(found: re.Match[str], here: str) -> str:
    """The link as it has to be on the page `here` of the site."""
    text, target, anchor = found["text"], found["target"], found["anchor"] or ""
    if "://" in target or target.startswith("mailto:"):
        return found[0]
    folder = posixpath.dirname(_FROM.get(here, f"docs/{here}"))
    meant = posixpath.normpath(posixpath.join(folder, target))
    if meant in PAGES:
        page = PAGES[meant]
    elif meant.startswith("docs/") and not (ROOT / meant).is_dir():
        page = meant.removeprefix("docs/")
    elif meant == "docs/decisions":
        page = "decisions/README.md"
    elif (ROOT / meant).exists():
        return f"{text} (`{meant}`)" if text.strip("`") != meant else f"`{meant}`"
    else:
        return found[0]
    return f"[{text}]({posixpath.relpath(page, posixpath.dirname(here) or '.')}{anchor})"


def _as_page(text: str) -> str:
    """A plain text as a page: its first line is the heading."""
    heading, _, rest = text.partition("\n")
    return f"# {heading}\n\n{rest.lstrip()}"
