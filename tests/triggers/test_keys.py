"""A new key: every pseudonym is another, and who is one person still is."""

import datetime as dt
import json

import pytest

from tasking import flows
from tasking.privacy import rekeying
from tasking.runtime import keys
from tasking.runtime.local import open_services
from tasking.runtime.settings import Settings


@pytest.fixture
def settings(copied, tmp_path, monkeypatch):
    """Settings whose key is in a file, as on a machine of its own; the fortnight is under the key that tests use."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "include").symlink_to(copied.home / "include")
    (home / "var").mkdir()
    (home / "var" / "pseudonym.key").write_text("ab" * 32)
    return Settings(home=home, database_url=copied.database_url, drops=copied.drops)


def people(desk) -> dict[str, set[str]]:
    """Complainant -> the reports of theirs, as sets that do not depend on the key."""
    found: dict[str, set[str]] = {}
    for row in desk.rows("report_fact"):
        if row["complainant"]:
            found.setdefault(row["complainant"], set()).add(row["report_id"])
    return found


def test_after_a_rotation_everything_is_under_the_new_key_and_the_old_one_is_gone(copied, settings):
    before, proposals = people(copied), {row["proposal_id"]: row for row in copied.rows("proposal")}
    assert keys.add_key(settings) == "k2"
    opened = open_services(settings)
    assert rekeying.rekey(opened.privacy) > 100
    assert keys.destroy_old_keys(settings) == 1
    assert rekeying.keys_in_use(opened.privacy).keys() == {"k2"}
    after = people(copied)
    assert set(map(frozenset, after.values())) == set(map(frozenset, before.values()))
    assert not before.keys() & after.keys()
    for row in copied.rows("report_signal"):
        assert row["version"].endswith("/k2")
    content = (settings.home / "var" / "pseudonym.key").read_text()
    assert content.startswith("k2:")
    assert "ab" * 32 not in content
    assert (settings.home / "var" / "pseudonym.key").stat().st_mode & 0o077 == 0
    # Proposals keep their names and know their subject by the new pseudonym.
    for row in copied.rows("proposal"):
        assert row["subject"] == proposals[row["proposal_id"]]["subject"]
        if row["rule"] == "case_review":
            assert row["subject_key"] in after
            assert json.loads(row["evidence"]) == json.loads(proposals[row["proposal_id"]]["evidence"])


def test_what_was_proposed_before_a_rotation_is_not_proposed_again_after_it(copied, settings):
    before = copied.rows("proposal")
    keys.add_key(settings)
    opened = open_services(settings)
    rekeying.rekey(opened.privacy)
    for day in (dt.date(2026, 10, 30), dt.date(2026, 10, 29)):
        assert flows.trigger(opened, day) == []
    assert len(copied.rows("proposal")) == len(before)


def test_a_rotation_that_is_cut_off_is_finished_by_another_run(copied, settings, monkeypatch):
    from tasking.privacy import rekeying

    keys.add_key(settings)
    opened = open_services(settings)
    monkeypatch.setattr(rekeying, "read_signals", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        rekeying.rekey(opened.privacy)
    monkeypatch.undo()
    rekeying.rekey(opened.privacy)
    assert rekeying.keys_in_use(opened.privacy).keys() == {"k2"}
    assert {row["version"].rpartition("/")[2] for row in copied.rows("report_fact")} == {"k2"}


def test_a_key_in_the_environment_is_not_ours_to_change(settings):
    from pydantic import SecretStr

    from tasking.model.errors import DeclarationError

    given = settings.model_copy(update={"pseudonym_key": SecretStr("k3:" + "cd" * 32)})
    assert keys.pseudonyms(given).key_id == "k3"
    with pytest.raises(DeclarationError, match="TASKING_PSEUDONYM_KEY"):
        keys.add_key(given)
    with pytest.raises(DeclarationError, match="64 hex digits"):
        keys.pseudonyms(settings.model_copy(update={"pseudonym_key": SecretStr("secret")}))
