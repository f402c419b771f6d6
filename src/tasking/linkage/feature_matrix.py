"""The features of many reports as arrays, for comparing thousands of pairs at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasking.linkage.features import features_from_json
from tasking.linkage.number_sets import Bits, Bools, Floats, Ints, Sets
from tasking.linkage.person_keys import PersonKeys
from tasking.linkage.word_matrix import Wordings
from tasking.linkage.wording import Wording

SOURCES: Final = ("field", "told", "day", "assumed")
_SPOTS: Final = 4
_parts_of = attrgetter(*PersonKeys.__struct_fields__)


@dataclass(frozen=True)
class People:
    """One person a report, in keyed parts; 0 is not known."""

    surname: Ints
    forename: Ints
    initial: Ints
    surname_initial: Ints
    born: Ints
    surname_sound: Ints
    forename_sound: Ints

    @cached_property
    def whole(self) -> Ints:
        """Forename and surname in one number; 0 where either is not known."""
        return np.where((self.surname != 0) & (self.forename != 0), self.surname * 31 ^ self.forename, 0)


@dataclass(frozen=True)
class FeatureMatrix:
    """`size` reports. Rows of every array are the reports, in one order."""

    report_id: npt.NDArray[np.object_]
    feed: Ints
    category: Ints
    received_h: Floats
    first_h: Floats
    last_h: Floats
    slack_h: Floats
    source: Ints
    shown: list[tuple[str, ...]]  # public names of the place
    spots: Floats  # (size, 4, 4): easting, northing, standard deviation, weight
    caller_key: Ints
    caller: People
    subject: People
    is_restricted: Bools
    tells_once: Bools
    on_street: Bools
    is_separate: Bools
    is_again: Bools
    is_unread: Bools
    low: Ints
    high: Ints
    own_reference: Ints
    names: Sets
    mentioned: Sets
    corner: Sets
    numbers: Sets
    concepts: Bits
    words: Sets
    phrases: Sets
    plates: Sets
    near_plates: Sets
    half_plates: Sets
    sums: Sets
    references: Sets
    own_spot: Floats  # (size, 2): easting and northing, NaN where it has none
    postcode_spot: Floats
    postcode: Ints  # (size, 3): the postcode, its sector and its district; 0 is not known
    occurred: Floats  # (size, 2): from, to, in local hours; NaN where the fields give none
    is_vague: Bools
    local_h: Floats
    text_spots: Floats  # (size, 3, 2)
    caller_names: Sets
    subject_names: Sets
    text_names: Sets
    wordings: Wordings

    @property
    def size(self) -> int:
        return len(self.report_id)


def feature_matrix(reports: pd.DataFrame, categories: Sequence[str], tells_once: frozenset[str]) -> FeatureMatrix:
    """The feature matrix of some reports. `reports`: report_id, feed, category, received_at, caller_key, is_restricted,
    signals (JSON); `categories` fixes the numbers of categories, `tells_once` names feeds that report an incident
    once."""
    size = len(reports)
    spots = np.zeros((size, _SPOTS, 4))
    plain: dict[str, list[Any]] = {name: [] for name in _PLAIN}
    people: dict[str, list[tuple[int, ...]]] = {name: [] for name in ("caller", "subject")}
    sets: dict[str, list[Sequence[int]]] = {name: [] for name in (*_SETS, "concepts")}
    shown: list[tuple[str, ...]] = []
    wordings: list[Wording] = []
    wide = {name: np.full((size, width), np.nan) for name, width in _WIDE.items()}
    postcode = np.zeros((size, 3), dtype=np.int64)
    text_spots = np.full((size, 3, 2), np.nan)
    for row, text in enumerate(reports["signals"].tolist()):
        one = features_from_json(text)
        if one.spots:
            spots[row, : len(one.spots)] = one.spots
        for name, column in plain.items():
            column.append(getattr(one, name))
        for name, parts in people.items():
            parts.append(_parts_of(getattr(one, name)))
        for name, members in sets.items():
            members.append(getattr(one, name))
        shown.append(one.shown)
        wordings.append(one.wording)
        for name, table in wide.items():
            if value := getattr(one, name):
                table[row] = value
        if one.text_spots:
            text_spots[row, : len(one.text_spots)] = one.text_spots
        if one.postcode:
            postcode[row] = one.postcode
    numbers = {name: i for i, name in enumerate(categories)}
    more: dict[str, Any] = {name: np.array(column, dtype=_PLAIN[name]) for name, column in plain.items()}
    more["source"] = np.array([SOURCES.index(source) for source in plain["source"]], dtype=np.int64)
    more["concepts"] = Bits.of(sets.pop("concepts"))
    more |= {name: Sets.of(members) for name, members in sets.items()}
    return FeatureMatrix(
        report_id=reports["report_id"].to_numpy(dtype=object),
        feed=_numbered(reports["feed"]),
        category=np.asarray(reports["category"].map(numbers).fillna(-1), dtype=np.int64),
        received_h=_hours(reports["received_at"]),
        spots=spots,
        caller_key=_numbered(reports["caller_key"]),
        caller=_people(people["caller"]),
        subject=_people(people["subject"]),
        is_restricted=reports["is_restricted"].to_numpy(bool),
        tells_once=reports["feed"].isin(tells_once).to_numpy(bool),
        shown=shown,
        postcode=postcode,
        text_spots=text_spots,
        text_names=Sets.of([one.text_names for one in wordings]),
        wordings=Wordings.of(wordings),
        own_spot=wide["own_spot"],
        postcode_spot=wide["postcode_spot"],
        occurred=wide["occurred"],
        **more,
    )


_PLAIN: Final[dict[str, type]] = {
    "first_h": float, "last_h": float, "slack_h": float, "source": object, "on_street": bool, "is_separate": bool,
    "is_again": bool, "is_unread": bool, "is_vague": bool, "local_h": float,
    "low": np.int64, "high": np.int64, "own_reference": np.int64,
}  # fmt: skip
_WIDE: Final = {"own_spot": 2, "postcode_spot": 2, "occurred": 2}
_SETS: Final = (
    "names", "mentioned", "corner", "numbers", "words", "phrases", "plates", "near_plates", "half_plates", "sums",
    "references", "caller_names", "subject_names",
)  # fmt: skip


def _people(parts: Sequence[tuple[int, ...]]) -> People:
    table = np.array(parts, dtype=np.int64).reshape(len(parts), len(PersonKeys.__struct_fields__))
    return People(*table.T.copy())


def _numbered(values: pd.Series) -> Ints:
    """Each value as a number from 1 on; null is 0."""
    return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.int64) + 1


def _hours(moments: pd.Series) -> Floats:
    """Hours since 1970."""
    since = pd.to_datetime(moments, utc=True) - pd.Timestamp("1970-01-01", tz="UTC")
    return np.asarray(since.dt.total_seconds().to_numpy(float) / 3600)
