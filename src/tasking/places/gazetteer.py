"""Public names for what partners wrote. A name always comes from our own lists, never from a report: a partner's
wording may hold a house number or a person."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from tasking.model.errors import DeclarationError
from tasking.yaml_file import read_yaml

_WORD = re.compile(r"[a-z0-9]+")
_LONGEST_NAME = 6  # words
_STREET_WORDS = frozenset({"road", "street", "avenue", "lane", "close", "drive", "gardens", "crescent", "way", "hill"})
_SHORT_FORMS = {
    "rd": "road", "st": "street", "ave": "avenue", "av": "avenue", "ln": "lane", "cl": "close", "dr": "drive",
    "gdns": "gardens", "cres": "crescent", "rec": "recreation", "sq": "square", "ct": "court", "pk": "park",
}  # fmt: skip


class Place(BaseModel):
    """A public place; position in WGS84 degrees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    latitude: float
    longitude: float
    other_names: list[str] = []


def _words(text: str) -> list[str]:
    return [_SHORT_FORMS.get(word, word) for word in _WORD.findall(text.casefold().replace("'", "").replace("’", ""))]


@dataclass(frozen=True)
class Gazetteer:
    """`names`: words of a name -> (public name, latitude, longitude). `postcodes`: frame indexed by postcode."""

    names: dict[tuple[str, ...], tuple[str, float, float]]
    towns: dict[tuple[str, ...], str]
    postcodes: pd.DataFrame
    ward_outlines: list[tuple[str, Any]]

    def located(self, reports: pd.DataFrame) -> pd.DataFrame:
        """The reports with `place_name`, `town` and `ward`: public names, or null where we know none."""
        found = {text: self.public_name(text) for text in reports["place_text"].dropna().unique()}
        ward = self._ward_at(reports["latitude"].to_numpy(float), reports["longitude"].to_numpy(float))
        by_postcode = reports["postcode"].map(self.postcodes["ward"].to_dict())
        return reports.assign(
            place_name=reports["place_text"].map({text: names[0] for text, names in found.items()}).astype("str"),
            town=reports["place_text"].map({text: names[1] for text, names in found.items()}).astype("str"),
            ward=pd.Series(ward, index=reports.index).astype("str").fillna(by_postcode.astype("str")),
        )

    def public_name(self, text: str) -> tuple[str | None, str | None]:
        """The longest public name in a partner's wording, and the town: `Manse Way, Swanley` and `Swanley`."""
        words = _words(text)
        name, used = self._longest(words, self.names)
        # "Otford Lane" is a lane, not Otford.
        is_street = [after in _STREET_WORDS for after in [*words[1:], ""]]
        town, _ = self._longest([w for i, w in enumerate(words) if i not in used and not is_street[i]], self.towns)
        if name is None:
            return None, town
        return (name[0] if town is None or town in name[0] else f"{name[0]}, {town}"), town

    @staticmethod
    def _longest(words: list[str], known: dict[tuple[str, ...], Any]) -> tuple[Any, range]:
        for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                found = known.get(tuple(words[start : start + length]))
                if found is not None:
                    return found, range(start, start + length)
        return None, range(0)

    def _ward_at(
        self, latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.object_]:
        import shapely

        ward = np.full(len(latitude), None, dtype=object)
        has_position = np.isfinite(latitude)
        if has_position.any():
            points = shapely.points(longitude[has_position], latitude[has_position])
            inside = np.full(int(has_position.sum()), None, dtype=object)
            point_index, ward_index = self._tree.query(points, predicate="within")
            inside[point_index] = np.array([name for name, _ in self.ward_outlines], dtype=object)[ward_index]
            ward[has_position] = inside
        return ward

    @cached_property
    def _tree(self) -> Any:
        import shapely

        return shapely.STRtree([outline for _, outline in self.ward_outlines])


def load_gazetteer(include: Path) -> Gazetteer:
    """The gazetteer of include/places.yml and include/geo. Raises DeclarationError."""
    import json

    import shapely

    geo = include / "geo"
    names: dict[tuple[str, ...], tuple[str, float, float]] = {}
    for street in _rows(geo / "streets.csv"):
        words = tuple(_words(street["street"]))
        # One word alone ("Broadway", "A25") is too often part of something else to be a place by itself.
        if len(words) > 1:
            names.setdefault(words, (street["street"], float(street["latitude"]), float(street["longitude"])))
    try:
        places = [Place.model_validate(place) for place in read_yaml(include / "places.yml")["places"]]
    except (ValidationError, KeyError, TypeError) as error:
        raise DeclarationError(f"places.yml: {error}") from error
    for place in places:
        for name in [place.name, *place.other_names]:
            names[tuple(_words(name))] = (place.name, place.latitude, place.longitude)
    outlines = json.loads((geo / "wards.geojson").read_text(encoding="utf-8"))["features"]
    return Gazetteer(
        names=names,
        towns={tuple(_words(row["parish"])): row["parish"] for row in _rows(geo / "parishes.csv")},
        postcodes=pd.read_csv(geo / "postcodes.csv", dtype={"postcode": "str", "ward": "str"}).set_index("postcode"),
        ward_outlines=[
            (feature["properties"]["name"], shapely.from_geojson(json.dumps(feature["geometry"])))
            for feature in outlines
        ],
    )


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
