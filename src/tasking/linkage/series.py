"""Series: different incidents of one problem. They stay separate incidents."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from tasking.linkage.blocking import candidate_pairs
from tasking.linkage.comparisons import TERMS, compare
from tasking.linkage.components import component_of
from tasking.linkage.linker import Linker

SPAN_H: Final = 14 * 24.0  # between two incidents of a series that are linked directly
_AT: Final = {name: i for i, name in enumerate(TERMS)}
_SAME_PLACE: Final = 2.0  # log-odds by place alone
_MUCH_IN_COMMON: Final = 2.5


@dataclass(frozen=True)
class SeriesMember:
    """An incident of a series, and why it is in it."""

    series_id: str
    incident_id: str
    why: str


def find_series(linker: Linker, reports: pd.DataFrame) -> list[SeriesMember]:
    """The incidents that have another one of the same problem within a fortnight, or four weeks for a vehicle: the same
    person, caller or vehicle, or the same kind of event at one place. `reports` as for linking, with `incident_id`."""
    matrix = linker.feature_matrix(reports)
    everything = np.ones(matrix.size, dtype=bool)
    a, b = candidate_pairs(matrix, everything, span_h=SPAN_H)
    incident = reports["incident_id"].to_numpy(object)
    a, b = a[incident[a] != incident[b]], b[incident[a] != incident[b]]
    table = compare(matrix, a, b, linker.category_relations, linker.weights.concept_weights(linker.lexicon.concepts))
    is_private = matrix.is_restricted[a] | matrix.is_restricted[b]
    reasons: dict[frozenset[str], str] = {}
    for pair, why in sorted(_why(table, is_private).items()):
        reasons.setdefault(frozenset((str(incident[a[pair]]), str(incident[b[pair]]))), why)
    return _grouped(reasons, dict(zip(incident.tolist(), matrix.received_h.tolist(), strict=True)))


def _why(table: np.ndarray, is_private: np.ndarray) -> dict[int, str]:
    """Row of a pair -> why its incidents are one problem. Restricted reports count by their people and address only."""

    def of(name: str) -> np.ndarray:
        return np.asarray(table[:, _AT[name]])

    here = (of("where") >= _SAME_PLACE) | (of("same_name") == 1)
    alike = (of("what_same") > 0) | (of("concepts") >= _MUCH_IN_COMMON)
    person = (of("subject") > 0) | (of("crossed") > 0) | ((of("subject_likely") > 0) & here)
    caller = (of("caller") > 0) & here & (of("what_apart") == 0)
    vehicle = (of("plates") >= 0.5) & (of("what_apart") == 0) & (of("makes_apart") == 0)
    place = here & alike & (of("what_apart") == 0) & (of("numbers_apart") == 0) & ~is_private
    address = (of("numbers") > 0) & (of("where") > 0) & (of("same_name") > 0)
    reasons = (
        (person, "same people"),
        (vehicle, "same vehicle"),
        (caller, "same caller about one place"),
        (address, "same address"),
        (place, "same kind of thing at one place"),
    )
    why_of: dict[int, str] = {}
    for is_one, why in reasons:
        for pair in np.flatnonzero(is_one).tolist():
            why_of.setdefault(pair, why)
    return why_of


def _grouped(reasons: Mapping[frozenset[str], str], when: Mapping[str, float]) -> list[SeriesMember]:
    """Groups pairs of incidents into series. `reasons`: pair -> why; `when`: incident -> hours since 1970."""
    why: dict[str, set[str]] = defaultdict(set)
    for pair, reason in reasons.items():
        for incident in pair:
            why[incident].add(reason)
    row_of = {incident: row for row, incident in enumerate(why)}
    pairs = np.array([[row_of[incident] for incident in pair] for pair in reasons], dtype=np.int64).reshape(-1, 2)
    groups: dict[int, list[str]] = defaultdict(list)
    for incident, component in zip(why, component_of(pairs[:, 0], pairs[:, 1], len(why)).tolist(), strict=True):
        groups[component].append(incident)
    in_series = []
    for members in groups.values():
        members.sort(key=lambda incident: (when[incident], incident))
        series_id = "S" + members[0].removeprefix("I")
        in_series += [SeriesMember(series_id, incident, "; ".join(sorted(why[incident]))) for incident in members]
    return sorted(in_series, key=lambda one: (one.series_id, when[one.incident_id], one.incident_id))
