"""Puts every page of `docs/decisions` into the list of pages, and a table of them onto its first page."""

import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "decisions"


def titles() -> dict[str, str]:
    """The title of each decision by its file, in their order; without the number that some begin with."""
    found = {}
    for path in sorted(FOLDER.glob("[0-9]*.md")):
        heading = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("#").strip()
        found[path.name] = re.sub(r"^\d+\.\s*", "", heading)
    return found


def on_config(config: Any) -> Any:
    for part in config.nav:
        for entry in part.get("Explanation", []):
            if isinstance(entry, dict) and "Decisions" in entry:
                entry["Decisions"] = ["decisions/README.md"] + [
                    {f"{name[:4]} {title}": f"decisions/{name}"} for name, title in titles().items()
                ]
    return config


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    if page.file.src_uri != "decisions/README.md":
        return markdown
    rows = "\n".join(f"| {name[:4]} | [{title}]({name}) |" for name, title in titles().items())
    return f"{markdown}\n\n| | decision |\n| --- | --- |\n{rows}\n"
