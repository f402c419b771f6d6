"""Rules: other numbers are tried."""


def test_other_numbers_are_tried_and_change_nothing(copied, pages):
    officer = pages()
    before = len(copied.rows("proposal"))
    answer = officer.post("/rules", {"n:cluster.incidents": "3"})
    assert answer.status_code == 200
    assert "cluster.incidents = 3" in answer.text
    assert "New (" in answer.text
    assert len(copied.rows("proposal")) == before
    assert "must be a number" in officer.said(officer.post("/rules", {"n:cluster.incidents": "many"}))
