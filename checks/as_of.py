"""Every reader of what changes from day to day says as of when it reads it: `python checks/as_of.py`.

Query files: `tasking.warehouse.query_file` refuses one that reads a guarded table and declares neither `as of` nor
`all of`. Statements in src: each select from a guarded table has `is_current`, `is_first` or `is_member` on it, or its
function says in a comment why it reads all of it (`# all of report: every revision is emptied`); see guarded_reads.py.
The columns that the conditions are made of are compared in `warehouse/as_of.py` only.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from guarded_reads import faults_of

from tasking.model.errors import DeclarationError
from tasking.warehouse.query_file import query_file

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    faults = [*faults_in_queries(ROOT / "include"), *faults_in_code(ROOT / "src" / "tasking")]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def faults_in_queries(include: Path) -> Iterator[str]:
    """What is wrong with the query files."""
    for path in sorted(include.rglob("*.sql")):
        try:
            query_file(str(path.relative_to(include.parent)), path.read_text(encoding="utf-8"))
        except DeclarationError as error:
            yield str(error)


def faults_in_code(source: Path) -> Iterator[str]:
    """What in src reads a guarded table and does not say as of when."""
    for path in sorted(source.rglob("*.py")):
        if path.name == "as_of.py" or "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for line, fault in faults_of(text):
            yield f"{path.relative_to(source.parent)}:{line}: {fault}"


if __name__ == "__main__":
    sys.exit(main())
