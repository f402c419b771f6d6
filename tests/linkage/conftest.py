"""Reports to link, a line each: the real declarations and gazetteer, no warehouse."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tasking.linkage import extraction
from tasking.linkage.sensitivity import with_sensitivity
from tasking.model.incident import Decision

ROOT = Path(__file__).resolve().parents[2]


def at(text: str) -> dt.datetime:
    """`2026-11-10 21:40`, in winter, when London is UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@dataclass
class Reports:
    """Reports as they come; `link` says which of them are one incident."""

    desk: Any
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, ref: str, received: str, text: str, **told: Any) -> str:
        """A report `feed:number`. `told`: occurred, kind, place, latitude, longitude, caller, phone, about, born, flag."""
        feed = ref.partition(":")[0]
        occurred = told.get("occurred")
        self.rows.append({
            "report_id": ref, "revision": 1, "feed": feed, "source_ref": ref.partition(":")[2], "received_at": at(received),
            "occurred_from": at(occurred) if occurred else None, "occurred_to": None, "is_occurred_time_known": bool(occurred),
            "category_text": told.get("kind", "Anti-social behaviour"), "place_text": told.get("place"), "postcode": None,
            "latitude": told.get("latitude"), "longitude": told.get("longitude"), "text": text,
            "caller_name": told.get("caller"), "subject_name": told.get("about"), "subject_born_on": told.get("born"),
            "caller_key": told.get("phone"), "sensitivity": told.get("flag"),
        })  # fmt: skip
        return ref

    def frame(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.rows).astype({"latitude": float, "longitude": float})
        judged = self.desk.conventions.categories.classify(
            frame["category_text"].astype("str"), frame["text"].astype("str")
        )
        frame = frame.assign(category=judged.category, is_restricted=judged.is_restricted)
        features = extraction.features_for(self.desk.linkage, frame)
        frame = frame.assign(**extraction.feature_columns(features))
        frame["incident_id"] = pd.Series([None] * len(frame), dtype=object)
        return with_sensitivity(self.desk.conventions.categories, frame)

    def link(self, decisions: list[Decision] | None = None, **options: Any) -> set[frozenset[str]]:
        """The incidents, each as the set of its reports."""
        linkage = self.desk.linker.link(self.frame(), decisions or [], **options)
        return groups({one.report_id: one.incident_id for one in linkage.memberships})

    def linkage(self, **options: Any) -> Any:
        return self.desk.linker.link(self.frame(), **options)


def groups(incidents: dict[str, str]) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for report, incident in incidents.items():
        found.setdefault(incident, set()).add(report)
    return {frozenset(members) for members in found.values()}


@pytest.fixture(scope="session")
def linking_desk(tmp_path_factory):
    from tasking.runtime.local import open_services
    from tasking.runtime.settings import Settings

    folder = tmp_path_factory.mktemp("linkage")
    return open_services(
        Settings(home=ROOT, database_url=f"sqlite:///{folder / 'linkage.db'}", pseudonym_key="ab" * 32)
    )


@pytest.fixture
def reports(linking_desk) -> Reports:
    return Reports(linking_desk)
