"""Several held rows released or rejected together: checked first, because it can't be undone."""

import html
import re

import pytest

from tasking.model.access import May

from .conftest import OFFICER

KEEPER = OFFICER | {May.RESTRICTED}


def some_of_one_reason(desk, **wanted) -> list[dict]:
    """The open rows of the feed and reason that hold the most."""
    groups: dict[tuple, list[dict]] = {}
    for row in desk.rows("held"):
        if (
            row["state"] == "held"
            and not row["is_restricted"]
            and all(row[name] == one for name, one in wanted.items())
        ):
            groups.setdefault((row["feed"], row["reason"]), []).append(row)
    return max(groups.values(), key=len)


def states(desk, rows) -> set[str]:
    ids = {row["held_id"] for row in rows}
    return {row["state"] for row in desk.rows("held") if row["held_id"] in ids}


def hidden_fields(page: str) -> dict[str, list[str]]:
    """The hidden fields of the form that goes on."""
    form = re.search(r'<form[^>]*action="/held"[^>]*>(.*?)</form>', page, re.DOTALL)[1]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(html.unescape(value))
    return found


@pytest.mark.parametrize(
    ("what", "state", "reason"), [("reject", "rejected", "a test export"), ("release", "released", "")]
)
def test_nothing_is_done_before_it_is_checked(copied, pages, what, state, reason):
    officer = pages()
    rows = some_of_one_reason(copied, **({"can_be_released": True} if what == "release" else {}))
    assert len(rows) > 1
    asked = officer.post(
        "/held", {"what": what, "row": [row["held_id"] for row in rows], "reason": reason},
        headers={"Referer": "https://desk.example/held?feed=" + rows[0]["feed"]},
    )  # fmt: skip
    assert asked.status_code == 200
    assert f"{what.capitalize()} {len(rows)} held rows" in asked.text
    assert "It can’t be undone" in asked.text
    for row in rows:
        assert f"Row {row['row_number']}," in asked.text
    assert states(copied, rows) == {"held"}
    done = officer.post("/held", hidden_fields(asked.text))
    assert done.headers["location"] == f"/held?feed={rows[0]['feed']}"
    assert f"{len(rows)} {state}" in officer.said(done)
    assert "held" not in states(copied, rows)


def test_a_reason_is_asked_for_before_the_check(copied, pages):
    officer = pages()
    rows = some_of_one_reason(copied)
    sent = {"what": "reject", "row": [row["held_id"] for row in rows], "reason": "  "}
    assert "Enter a reason" in officer.said(officer.post("/held", sent))
    assert states(copied, rows) == {"held"}


def test_going_on_leads_nowhere_but_to_the_desk(copied, pages):
    rows = some_of_one_reason(copied)
    sent = {"what": "reject", "row": [rows[0]["held_id"]], "reason": "not ours", "checked": "yes"}
    assert pages().post("/held", sent | {"back": "//elsewhere.example/held"}).headers["location"] == "/today"


def test_the_check_says_of_a_restricted_row_that_it_is_restricted(copied, pages):
    row = next(one for one in copied.rows("held") if one["state"] == "held" and one["is_restricted"])
    sent = {"what": "reject", "row": [row["held_id"]], "reason": "not ours"}
    assert "(restricted)" in pages(KEEPER).post("/held", sent).text
    assert pages().post("/held", sent).status_code == 404
