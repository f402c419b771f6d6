"""The labelled sets as linking sees them: reports with their features, read with the gazetteer of their district."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

HOME = Path(__file__).resolve().parents[1]
HERE = HOME / "tests" / "gold"
SHARED = HOME.parent / "shared"  # sets and open data that the product is not shipped with
SETS = {
    "dev": None, "winter": None, "spring": None, "august": None, "december": None,
    "swale": "swale", "rotherham": "rotherham", "middevon": "mid_devon",
}  # fmt: skip
LOOKED_AT = frozenset({"dev", "winter", "spring"})  # by those who wrote today's hand weights and lexicon


@dataclass(frozen=True)
class LabelledSet:
    """One set. `reports`: as for `Linker.link`, in order of `received_at`; `incident`: the truth, a row a report;
    `is_sensitive`: by its labels."""

    name: str
    reports: pd.DataFrame
    incident: pd.Series
    is_sensitive: pd.Series
    raw: list[dict[str, Any]]

    @property
    def labelled(self) -> pd.DataFrame:
        """The reports with their labels, as `training_set` wants them."""
        return self.reports.assign(incident=self.incident.to_numpy(), is_sensitive=self.is_sensitive.to_numpy())


def labelled_sets(desk: Any, names: Sequence[str] = tuple(SETS), *, with_gazetteer: bool = True) -> list[LabelledSet]:
    """The sets that are at hand; `desk` gives the declarations."""
    return [
        _labelled(desk, name, SETS[name], with_gazetteer=with_gazetteer) for name in names if path_of(name).exists()
    ]


def path_of(name: str) -> Path:
    here = HERE / f"{name}.jsonl"
    return here if here.exists() else SHARED / "gold" / f"{name}.jsonl"


def _labelled(desk: Any, name: str, district: str | None, *, with_gazetteer: bool) -> LabelledSet:
    from tasking.linkage import extraction
    from tasking.linkage.sensitivity import with_sensitivity

    raw = [json.loads(line) for line in path_of(name).read_text(encoding="utf-8").splitlines()]
    there = in_district(desk, district) if district else desk
    if not with_gazetteer:
        there = replace(desk, gazetteer=replace(there.gazetteer, names={}, towns={}))
    frame = _frame(raw, desk.partnership.zone)
    judged = desk.conventions.categories.classify(frame["category_text"], frame["text"])
    frame = frame.assign(category=judged.category, is_restricted=judged.is_restricted)
    features = extraction.features_for(there.linkage, frame)
    frame = frame.assign(**extraction.feature_columns(features))
    frame["incident_id"] = pd.Series([None] * len(frame), dtype=object)
    frame = with_sensitivity(desk.conventions.categories, frame)
    order = frame.sort_values(["received_at", "report_id"], kind="stable").index
    frame, raw = frame.loc[order].reset_index(drop=True), [raw[at] for at in order]
    return LabelledSet(
        name, frame, pd.Series([one["incident"] for one in raw]),
        pd.Series([one["sensitive"] != "none" for one in raw]), raw,
    )  # fmt: skip


def in_district(desk: Any, district: str) -> Any:
    """The services with the gazetteer of a district."""
    gazetteer = gazetteer_of(district)
    extractor = replace(desk.extractor, postcode_areas=gazetteer.postcode_areas)
    return replace(desk, gazetteer=gazetteer, extractor=extractor)


def _frame(raw: Sequence[dict[str, Any]], zone: Any) -> pd.DataFrame:
    frame = pd.DataFrame(raw)

    def moment(column: str) -> pd.Series:
        return (
            pd.to_datetime(frame[column])
            .dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
            .dt.tz_convert("UTC")
        )

    def of(column: str, part: str) -> pd.Series:
        return pd.Series([(one[column] or {}).get(part) for one in raw], dtype=object)

    numbers = of("reporter", "phone").fillna("").map(lambda one: "".join(filter(str.isdigit, one)))
    phone = numbers.where(numbers != "", None)
    return pd.DataFrame({
        "report_id": frame["feed"] + ":" + frame["seq"].astype(str), "source_ref": frame["seq"].astype(str), "revision": 1,
        "feed": frame["feed"], "received_at": moment("received"), "occurred_from": moment("occurred"),
        "occurred_to": moment("occurred_to"), "is_occurred_time_known": frame["occurred"].notna(),
        "category_text": frame["kind"].astype("str"), "place_text": frame["place"].astype("str"),
        "postcode": frame["postcode"].astype("str"), "latitude": frame["lat"], "longitude": frame["lon"],
        "text": frame["text"].astype("str"), "caller_name": of("reporter", "name"),
        "subject_name": of("about", "name"), "subject_born_on": of("about", "dob"),
        "caller_key": phone.where(phone.notna(), of("reporter", "email")),
        "sensitivity": frame["sensitive"].where(frame["sensitive"] != "none"),
    })  # fmt: skip


def gazetteer_of(district: str) -> Any:
    """The gazetteer of a district from its open data; built once into var/."""
    from tasking.config.layers import Include
    from tasking.places import build, load_gazetteer

    source, target = SHARED / "geo" / district, HOME / "var" / "gazetteers" / district
    if not (target / "geo" / "towns.csv").exists():
        for name, file in (("postcodes", "code_point_open.csv"), ("names", "open_names.csv")):
            (target / name).mkdir(parents=True, exist_ok=True)
            shutil.copy(source / file, target / name / file)
        (target / "geo").mkdir(exist_ok=True)
        for name in ("district.geojson", "wards.geojson"):
            shutil.copy(source / name, target / "geo" / name)
        shutil.copy(source / "places.yml", target / "places.yml")
        build(target / "geo", target / "postcodes", target / "names")
    return load_gazetteer(Include((target,)))
