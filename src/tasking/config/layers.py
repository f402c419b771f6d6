"""include/ as one partnership sees it: its own files before those that all partnerships share."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PARTNERSHIPS: Final = "partnerships"
SCHEMAS: Final = "schemas"  # for editors; nothing reads them
NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")  # used as a folder, a database schema and part of URLs
SUFFIXES: Final = (".yml", ".json", ".sql", ".j2")


@dataclass(frozen=True)
class Include:
    """The folders of declarations, the nearest first: the partnership's own, if there is one, and the shared one."""

    folders: tuple[Path, ...]

    @classmethod
    def of(cls, include: Path, partnership: str | None = None) -> "Include":
        """The declarations under include/ for one partnership of several, or for the only one."""
        own = (include / PARTNERSHIPS / partnership,) if partnership else ()
        return cls((*own, include))

    def __truediv__(self, name: str) -> Path:
        """The nearest file or folder of this name; the shared one where there is none, so that an error names it."""
        return next((folder / name for folder in self.folders if (folder / name).exists()), self.folders[-1] / name)

    def all(self, folder: str, pattern: str) -> list[Path]:
        """The files of a folder by name, each the nearest of that name."""
        found = {path.name: path for one in reversed(self.folders) for path in (one / folder).glob(pattern)}
        return [found[name] for name in sorted(found)]

    def versions(self, name: str) -> list[Path]:
        """Every file of this name, the shared one first: what comes later overrides."""
        return [folder / name for folder in reversed(self.folders) if (folder / name).exists()]

    def declarations(self) -> dict[str, Path]:
        """Every declaration, query and template in force, by its path below include/; no geography, sample, schema."""
        found: dict[str, Path] = {}
        for folder in reversed(self.folders):
            for path in folder.rglob("*"):
                inside = path.relative_to(folder)
                is_ours = inside.parts[0] not in (PARTNERSHIPS, SCHEMAS) and path.parent.name != "samples"
                if is_ours and path.suffix in SUFFIXES:
                    found[str(inside)] = path
        return dict(sorted(found.items()))


def partnerships_under(include: Path) -> list[str]:
    """The names of the partnerships that have a folder of their own; none where there is but one partnership."""
    return sorted(path.parent.name for path in (include / PARTNERSHIPS).glob("*/partnership.yml"))
