"""The addresses of photos that came with reports, kept to be fetched after the briefing."""

import hashlib
import json
import re
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from tasking.intake.delivered_file import DeliveredFile
from tasking.warehouse import tables

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999
_MOST: Final = 20  # of one report
_LONGEST: Final = 2_000  # characters of an address
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)


def addresses_in(cell: str) -> list[str]:
    """The addresses in a cell: one, several with spaces or commas between them, or a JSON list."""
    try:
        listed = json.loads(cell) if cell.startswith("[") else None
    except (ValueError, RecursionError):
        listed = None
    texts = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else [cell]
    found = (match[0].rstrip(",;") for text in texts for match in _ADDRESS.finditer(text.replace(",http", " http")))
    return [one for one in dict.fromkeys(found) if len(one) <= _LONGEST][:_MOST]


def store_media_links(connection: sa.Connection, file: DeliveredFile, reports: pd.DataFrame) -> None:
    """Stores the addresses in `media_urls` that are not stored yet, also those of reports that were here before."""
    if "media_urls" not in reports:
        return
    t, rows = tables.media_link, dict[str, dict[str, Any]]()
    with_one = reports[reports["media_urls"].notna()]
    for report_id, cell in zip(with_one["report_id"], with_one["media_urls"], strict=True):
        for url in addresses_in(str(cell)):
            link_id = hashlib.sha256(f"{report_id}\x1f{url}".encode()).hexdigest()[:32]
            rows[link_id] = {
                "link_id": link_id, "report_id": report_id, "feed": file.feed, "day": file.day, "url": url,
                "state": "waiting", "tries": 0, "said": "",
            }  # fmt: skip
    ids = sorted(rows)
    for start in range(0, len(ids), _CHUNK):
        stored = sa.select(t.c.link_id).where(t.c.link_id.in_(ids[start : start + _CHUNK]))
        for known in connection.execute(stored).scalars():
            del rows[known]
    if rows:
        connection.execute(sa.insert(t), list(rows.values()))
