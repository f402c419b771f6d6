"""What a run came to, in a sentence for its note in Airflow: figures, and reasons that are ours."""

import json
from datetime import date
from typing import Any

from tasking.model.delivery import OUTCOME_WORDS, Outcome, without_quotes
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.reading import latest_briefing


def of_feed(warehouse: Warehouse, feed: str, day: date) -> str:
    """`6 rows in = 4 new + 1 repeat ... Held: 1 × no reference`; or how the feed stands where nothing landed."""
    rows = [one for one in warehouse.query("ledger/ledger", first_day=day, last_day=day) if one["feed"] == feed]
    if not rows:
        return ""
    row = rows[0]
    if not Outcome(row["outcome"]).has_landed:
        return f"{day}: {OUTCOME_WORDS[row['outcome']]}. Nothing of this feed is in the briefing."
    in_part = "" if row["outcome"] == Outcome.LANDED else " (in part)"
    told = (
        f"{day}{in_part}: {row['rows_in']} rows in = {row['new_reports']} new + {row['repeats']} repeats + "
        f"{row['revisions']} revisions + {row['held']} held + {row['out_of_area']} out of area"
        + (f" + {row['ignored']} ignored." if row["ignored"] else ".")
    )
    reasons: dict[str, int] = {}
    for one in warehouse.query("ledger/held", first_day=day, last_day=day):
        if one["feed"] == feed:
            reasons[one["reason"]] = reasons.get(one["reason"], 0) + 1
    held = "; ".join(f"{count} × {without_quotes(reason)}" for reason, count in sorted(reasons.items()))
    return f"{told} Held: {held}." if held else told


def of_briefing(warehouse: Warehouse, day: date) -> str:
    """`Version 2: 5 of 6 feeds, 23 incidents, 4 decisions.` with who is missing."""
    found = latest_briefing(warehouse, day)
    if found is None:
        return ""
    version, content = found
    briefing: dict[str, Any] = json.loads(content)
    complete = sum(feed["is_complete"] for feed in briefing["feeds"])
    told = (
        f"{day}: version {version}. {complete} of {len(briefing['feeds'])} feeds, {briefing['incidents']} incidents, "
        f"{len(briefing['decisions'])} to decide, {sum(one['rows'] for one in briefing['held'])} rows held."
    )
    return f"{told} Missing: {' / '.join(briefing['notices'])}" if briefing["notices"] else told
