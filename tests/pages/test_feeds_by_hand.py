"""A feed asked again, or its file brought, by a person."""

import datetime as dt

from .conftest import LAST


def test_a_file_that_came_by_another_way_is_taken(copied, pages):
    day = LAST + dt.timedelta(days=1)
    content = copied.path("residents", "2026-10-27").read_bytes()
    officer = pages()
    sent = {"file": ("C:\\Users\\x\\late.csv", content, "text/csv")}
    assert "residents" not in {row["feed"] for row in copied.rows("feed_day") if str(row["day"]) == str(day)}
    said = officer.said(officer.post("/feeds/residents/bring", {"day": str(day)}, files=sent))
    assert "not accepted" in said  # the bytes of another day
    fresh = {"file": ("late.csv", content.replace(b"CSU-2026-", b"CSU-2027-"), "text/csv")}
    assert "rows" in officer.said(officer.post("/feeds/residents/bring", {"day": str(day)}, files=fresh))
    entry = officer.log()[-1]
    assert (entry["action"], entry["subject"]) == ("file brought by hand", f"residents {day}")
    broken = {"file": ("x.csv", b"hello", "text/csv")}
    assert "not accepted" in officer.said(officer.post("/feeds/council/bring", {"day": str(day)}, files=broken))


def test_a_feed_is_asked_again(pages):
    officer = pages()
    assert "police is asked" in officer.said(officer.post("/feeds/police/ask", {"day": "2026-11-02"}))
    assert officer.started == [("police", LAST, "officer")]
    assert officer.post("/feeds/nobody/ask", {"day": "2026-11-02"}).status_code == 404
