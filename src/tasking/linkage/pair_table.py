"""The table of a pair model: every column of every pair, and which group of evidence each column belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tasking.linkage.comparisons import COMPARISON_OF, TERMS, ConceptWeights, compare
from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.number_sets import Floats, Ints
from tasking.linkage.pair_when import Columns, when_columns
from tasking.linkage.pair_where import where_columns
from tasking.linkage.pair_who import who_columns
from tasking.linkage.pair_words import word_columns
from tasking.linkage.place_and_time import CategoryRelations

Table = npt.NDArray[np.float32]
GROUPS: Final = ("where", "when", "what", "who", "words", "contradiction", "rivals")
# Columns that are empty where a report is silent: trees can use them, a sum can't.
SPARSE: Final = frozenset({
    "when_gap", "when_gap_any", "when_gap_text", "when_told_apart", "when_starts_apart", "where_apart", "where_least",
})  # fmt: skip
# More of these never counts against one incident; of those that begin as _FALLING does, never for it.
_RISING: Final = (
    "when_near_1h", "when_near_6h", "when_any_1h", "when_any_8h", "where_near_", "where_least_", "where_postcode",
    "where_sector", "where_words", "where_word", "where_crossed", "where_local", "where_door_in_text", "where_named_",
    "where_told_", "where_mixture", "what_words", "what_themes", "what_shared", "words_all", "words_alike",
    "words_rare", "words_related", "who_caller", "who_caller_rare", "who_plate", "who_sum", "who_reference", "who_born",
    "who_about", "who_about_named", "both_",
)  # fmt: skip
_FALLING: Final = ("when_gap", "when_log_gap_any", "when_after", "where_apart", "where_log", "against_")
_NEITHER: Final = (
    "where_postcode_off", "who_about_in_text", "where_words_jaccard", "who_caller_in_text", "who_caller_name",
)  # fmt: skip
_AGAINST: Final = frozenset(
    "other_name other_street place_weak after what_apart nothing_shared subject_apart things_apart heaps_apart "
    "makes_apart plates_apart count_apart numbers_apart tells_once same_feed separate separate_first".split()
)


@dataclass(frozen=True)
class PairTable:
    """`values`: shape (pairs, columns), float32; NaN where a column of SPARSE says nothing."""

    columns: tuple[str, ...]
    values: Table

    def of(self, name: str) -> Table:
        return self.values[:, self.columns.index(name)]


def pair_table(
    matrix: FeatureMatrix,
    a: Ints,
    b: Ints,
    relations: CategoryRelations,
    concept_weights: ConceptWeights,
    related: Floats | None = None,
) -> PairTable:
    """The table of the pairs. `related`: for each report its position among words that go together, shape (size, rank)
    twice over (see word_association); without it the column is 0."""
    columns: Columns = {}
    for some in (when_columns, where_columns, word_columns, who_columns):
        columns |= some(matrix, a, b)
    columns |= _products(columns)
    columns["words_related"] = np.zeros(len(a)) if related is None else related
    terms = compare(matrix, a, b, relations, concept_weights)
    columns |= {f"term_{name}": terms[:, at] for at, name in enumerate(TERMS)}
    values = np.empty((len(a), len(columns)), dtype=np.float32)
    for at, column in enumerate(columns.values()):
        values[:, at] = column
    return PairTable(tuple(columns), values)


def _products(columns: Columns) -> Columns:
    """One incident is a place, a time and a matter at once."""
    near = np.maximum(columns["where_least_0.6"], 0.6 * columns["where_words_share"])
    soon = columns["when_any_8h"]
    matter = np.clip(columns["words_alike"] * 3 + columns["what_themes"], 0, 2)
    who = np.maximum(columns["who_about"], columns["who_caller"])
    return {
        "both_where_when": near * soon,
        "both_where_what": near * matter,
        "both_when_what": soon * matter,
        "both_where_when_what": near * soon * matter,
        "both_where_who": near * who,
        "both_when_who": soon * who,
        "both_words_when": columns["where_words_share"] * columns["when_any_30h"],
        "both_who_what": columns["who_caller"] * matter,
    }


def groups_of(column: str) -> tuple[str, ...]:
    """The groups of evidence that a column belongs to; its share of a score is split evenly between them."""
    kind, _, name = column.partition("_")
    if kind == "both":
        return tuple("where" if one == "words" else one for one in name.split("_"))
    if kind == "term":
        if name in _AGAINST:
            return ("contradiction",)
        group = {"things": "who", "told again": "who"}.get(COMPARISON_OF[name], COMPARISON_OF[name])
        return ("words",) if name == "words" else (group,)
    if kind == "against":
        return ("contradiction",)
    return (kind,) if kind in GROUPS else ("rivals",)


def directions(columns: Sequence[str]) -> list[int]:
    """For each column 1 where more of it never counts against one incident, -1 where it never counts for it, else 0."""
    return [
        0 if column.startswith(_NEITHER) else -1 if column == "where_least" or column.startswith(_FALLING)
        else 1 if column.startswith(_RISING) else 0
        for column in columns
    ]  # fmt: skip
