"""A back-up of one partnership as one file, and an installation made from it again.

It contains the warehouse, the kept deliveries and the declarations, but not the pseudonym key unless asked for: the
warehouse and the key together identify people.
"""

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tasking.model.errors import TaskingError
from tasking.privacy.kept_certificates import certificates, keep_certificates
from tasking.runtime.settings import Settings
from tasking.warehouse import audit_log, copies, open_warehouse
from tasking.warehouse.schema_version import newest_revision, revision_of

_MANIFEST: Final = "manifest.json"
_WAREHOUSE: Final = "warehouse"
_DELIVERIES: Final = "deliveries"
_INCLUDE: Final = "include"
_KEY: Final = "pseudonym.key"


def back_up(settings: Settings, path: Path, *, has_key: bool = False) -> dict[str, Any]:
    """Writes a back-up atomically, readable by its owner only. Returns its manifest. Raises TaskingError."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        work = Path(folder)
        warehouse = open_warehouse(settings.warehouse_url, settings.include / "sql", settings.schema_name)
        revision = revision_of(warehouse.engine)
        # Logged so that an erasure can list back-ups that still hold the person; first, so that the back-up has it too.
        audit_log.log(warehouse, audit_log.Entry("tasking", audit_log.BACKED_UP, path.name, ""), datetime.now(UTC))
        warehouse.engine.dispose()
        copies.copy_out(settings.warehouse_url, settings.schema_name, work / _WAREHOUSE)
        parts = {_WAREHOUSE: work / _WAREHOUSE, _DELIVERIES: settings.var / _DELIVERIES}
        parts |= {f"{_INCLUDE}/{name}": file for name, file in settings.include.declarations().items()}
        if has_key:
            parts[_KEY] = settings.var / _KEY
        parts = {name: file for name, file in parts.items() if file.exists()}
        manifest = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "partnership": settings.partnership or "",
            "revision": revision,
            "is_sqlite": settings.warehouse_url.startswith("sqlite"),
            "has_key": _KEY in parts,
            "warehouse_sha256": _sha256(work / _WAREHOUSE),
        }
        (work / _MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        beside = work / "whole"
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz") as tar:
                tar.add(work / _MANIFEST, _MANIFEST)
                for name, part in parts.items():
                    tar.add(part, name)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    return manifest


def restore(settings: Settings, path: Path, *, is_replacing: bool = False) -> dict[str, Any]:
    """Restores the warehouse, the kept deliveries and, if it has one, the key. Returns the back-up's manifest.

    The declarations in it are for reference and are not restored. Raises TaskingError if it is damaged, or of another
    partnership, database kind or newer version, or if there are reports already and `is_replacing` is false.
    """
    with _unpacked(path) as work:
        manifest: dict[str, Any] = json.loads((work / _MANIFEST).read_text(encoding="utf-8"))
        _refuse_what_does_not_fit(settings, manifest, work)
        warehouse = open_warehouse(settings.warehouse_url, settings.include / "sql", settings.schema_name)
        is_empty = not copies.has_reports(warehouse.engine)
        erasures = certificates(warehouse)
        warehouse.engine.dispose()
        if not (is_empty or is_replacing):
            raise TaskingError(
                "There are already reports in the warehouse. To replace them with the back-up: --replace"
            )
        copies.copy_in(settings.warehouse_url, settings.schema_name, work / _WAREHOUSE)
        settings.var.mkdir(parents=True, exist_ok=True)
        for source in (work / _DELIVERIES).glob("??/*"):
            target = settings.var / _DELIVERIES / source.parent.name / source.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            source.replace(target)
        if (work / _KEY).exists() and not (settings.var / _KEY).exists():
            (work / _KEY).replace(settings.var / _KEY)
            (settings.var / _KEY).chmod(0o600)
        manifest["erased_since"] = _kept_certificates(settings, erasures)
    return manifest


def _kept_certificates(settings: Settings, erasures: dict[str, dict[str, Any]]) -> list[str]:
    """Stores the erasure certificates that the back-up lacks. Returns their ids: these people are in the data again."""
    warehouse = open_warehouse(settings.warehouse_url, settings.include / "sql", settings.schema_name)
    missing = keep_certificates(warehouse, erasures, datetime.now(UTC))
    warehouse.engine.dispose()
    return missing


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".restore-") as folder:
        try:
            with tarfile.open(path) as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            raise TaskingError(f"{path.name} is not a Tasking back-up, or it is damaged") from error
        if not (Path(folder) / _MANIFEST).exists():
            raise TaskingError(f"{path.name} is not a Tasking back-up")
        yield Path(folder)


def _refuse_what_does_not_fit(settings: Settings, manifest: dict[str, Any], work: Path) -> None:
    if manifest["partnership"] != (settings.partnership or ""):
        raise TaskingError(f"this is a back-up of {manifest['partnership'] or 'the only partnership'}")
    if manifest["is_sqlite"] != settings.warehouse_url.startswith("sqlite"):
        raise TaskingError("this is a back-up of another kind of database")
    if str(manifest["revision"]) > newest_revision():
        raise TaskingError(f"this is a back-up of a newer version ({manifest['revision']}). Deploy that first")
    if manifest["warehouse_sha256"] != _sha256(work / _WAREHOUSE):
        raise TaskingError("the back-up is damaged: the warehouse in it has changed since it was made")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
