"""tasking reports: add one that somebody gave by telephone, correct one that a partner sent."""

from .test_cli import rows, shell, shell_after  # noqa: F401 - fixtures


def test_a_call_is_added_and_corrected(shell_after):  # noqa: F811
    desk, call = shell_after
    added = call("reports", "add", "loud music again", "--category", "noise", "--place", "Bradbourne Lakes")
    reference = added.stdout.strip()
    assert reference == "CSU-26-000001"
    assert "in the briefing of" in added.stderr
    report = f"desk:{reference}"
    call("reports", "correct", report, "--category", "drugs", "--reason", "needles")
    current = [row for row in desk.rows("report") if row["report_id"] == report and row["superseded_on"] is None]
    assert [row["category"] for row in current] == ["drugs"]
    call("reports", "correct", report, "--undo", "category", "--reason", "it was music")
    assert [row["action"] for row in desk.rows("log")][-2:] == [
        "report corrected: category", "correction of a report undone: category",
    ]  # fmt: skip
    assert "desk" in {row["feed"] for row in rows(call("export", "ledger").stdout)}
    assert "desk" in {row["feed"] for row in rows(call("export", "links").stdout)}


def test_what_cannot_be_done_is_said(shell_after):  # noqa: F811
    _, call = shell_after
    several = call("reports", "add", "x", "--category", "noise", "--place", "High Street", status=2)
    assert "several places" in several.stderr
    assert "say what to correct" in call("reports", "correct", "council:none", "--reason", "so it is", status=2).stderr
    assert "there is no report" in call(
        "reports", "correct", "council:none", "--reason", "so it is", "--category", "noise", status=2
    ).stderr  # fmt: skip
