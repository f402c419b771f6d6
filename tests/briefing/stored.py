"""Documents that earlier versions stored, and a desk over the database that one of them left."""

import gzip
import shutil
from pathlib import Path

from conftest import ROOT, TestDesk, home_for

RELEASED = Path(__file__).parent / "released"
DOCUMENTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(RELEASED.glob("*.json"))}
DAYS = ("2026-10-22", "2026-10-23")  # in the database of 11b6efd


def old_desk(folder: Path) -> TestDesk:
    """A desk over the database of 11b6efd and the sample deliveries; today's code, today's declarations."""
    (folder / "tasking.db").write_bytes(gzip.decompress((RELEASED / "11b6efd.db.gz").read_bytes()))
    shutil.copytree(ROOT / "demo" / "deliveries", folder / "drops")
    return TestDesk(home_for(folder / "home"), folder / "drops", f"sqlite:///{folder / 'tasking.db'}")


def editions(desk: TestDesk) -> dict[tuple[str, int], str]:
    """(day, version) -> content of every stored briefing."""
    return {(str(row["day"]), row["version"]): row["content"] for row in desk.rows("briefing")}
