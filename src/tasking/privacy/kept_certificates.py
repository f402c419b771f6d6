"""The certificates of erasures across a restore: for those who have a warehouse and no service yet."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tasking.privacy.store import certificates as store
from tasking.warehouse.engine import Warehouse


def certificates(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Erasure id -> certificate, the oldest first."""
    return store.certificates(warehouse)


def keep_certificates(warehouse: Warehouse, before: Mapping[str, Mapping[str, Any]], now: datetime) -> list[str]:
    """Stores those of `before` that the restored warehouse lacks. Returns their ids: these people are in it again."""
    there = store.certificates(warehouse)
    missing = [one for one in before if one not in there]
    with warehouse.writing() as connection:
        for one in missing:
            text = json.dumps(before[one], ensure_ascii=False, indent=2)
            note = "a back-up from before was restored: they have to be erased again"
            store.store_certificate(connection, one, text, str(before[one]["by"]), note, now)
    return missing
