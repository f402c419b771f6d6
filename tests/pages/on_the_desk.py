"""What tests of the desk look for on it: held rows, an incident of several reports, a proposal that nobody has decided."""

import re

from tasking import meeting

CHECKED = {"checked": "yes"}  # what the form of a check page sends


def open_rows(desk) -> list[dict]:
    """The rows that are still held."""
    return [row for row in desk.rows("held") if row["state"] == "held"]


def one_held(desk, reason: str, **having) -> dict:
    """A row that is held for a reason with these words, and `having` these flags."""
    rows = [row for row in open_rows(desk) if reason in row["reason"]]
    rows = [row for row in rows if all(bool(row[name]) == value for name, value in having.items())]
    assert rows, (reason, sorted({row["reason"] for row in open_rows(desk)}))
    return rows[0]


def shared_incident(desk) -> tuple[str, list[str]]:
    """A public incident with more than two reports, and their ids."""
    restricted = {row["report_id"] for row in desk.rows("report") if row["is_restricted"]}
    members: dict[str, list[str]] = {}
    for row in desk.rows("incident_report"):
        if row["left_on"] is None:
            members.setdefault(row["incident_id"], []).append(row["report_id"])
    return next((one, some) for one, some in sorted(members.items()) if len(some) > 2 and not restricted & set(some))


def waiting_for(copied, rule: str) -> str:
    """A public proposal of a rule that nobody has decided."""
    known = meeting.tracked_proposals(copied.open().meeting)
    return next(one.proposal.proposal_id for one in known
                if one.proposal.rule == rule and one.standing.status == "proposed" and not one.proposal.is_restricted)  # fmt: skip


def field_of(html: str, name: str) -> str:
    """The value that the first field of this name shows."""
    return re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', html)[1]
