"""The model of pairs and groups: how likely two reports, and two groups of reports, are one incident.

Three scorers: of a pair by itself, of a pair beside its rivals, and of two groups. A versioned file holds them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from tasking.config.faults import Source, validated
from tasking.config.json_file import SCHEMA_KEY, parse_json
from tasking.config.yaml_file import declared_text, shown_name
from tasking.linkage.comparisons import ConceptWeights
from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.model_file import PairModelFile
from tasking.linkage.number_sets import Floats, Ints
from tasking.linkage.pair_scorer import Scorer
from tasking.linkage.pair_table import GROUPS, PairTable, Table, groups_of, pair_table
from tasking.linkage.place_and_time import CategoryRelations
from tasking.linkage.rivals import rival_columns
from tasking.linkage.word_association import WordAssociation, keyed_incidence
from tasking.model.errors import DeclarationError

BESIDE: Final = (
    "who_same_feed", "when_log_gap_any", "where_log_named", "where_words_share", "who_caller", "who_about",
    "words_alike", "what_themes", "when_log_told",
)  # fmt: skip
_OF_FIRST_STAGE: Final = ("score", "likely")  # columns of the second stage
_AT_ONCE: Final = 100_000  # pairs
_HOPELESS: Final = -7.0  # log-odds by the regression of a first stage
# In log-odds; see `firm_evidence`.
_AGAIN: Final = 3.0
_REFERENCE: Final = 4.0
_VEHICLE: Final = 5.0
_COPY: Final = 2.0
_NEAR_PLATE: Final = 0.75
_DAYS_APART_H: Final = 72.0
_COPIED: Final = 0.8
_COPIED_WORDS: Final = 3


@dataclass(frozen=True)
class ModelPairs:
    """Scored pairs. `log_odds`: of both stages together; `first`: of the first alone; `rivals`: columns of the second;
    `firm`: see `firm_evidence`."""

    a: Ints
    b: Ints
    table: PairTable
    rivals: PairTable
    first: Floats
    log_odds: Floats
    firm: Floats


@dataclass(frozen=True)
class PairModel:
    """`merge_above`: precision wanted, as `0.95` -> log-odds of two groups from which they are merged unasked."""

    version: str
    association: WordAssociation
    pair: Scorer
    beside: Scorer
    group: Scorer
    merge_above: Mapping[str, float]
    fitted_on: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)

    def score(
        self,
        matrix: FeatureMatrix,
        a: Ints,
        b: Ints,
        relations: CategoryRelations,
        concept_weights: ConceptWeights,
        key: Callable[[str, str], int],
    ) -> ModelPairs:
        """The pairs with the log-odds that each is one incident. `key`: of the pseudonyms of words."""
        places = self._places(matrix, key)
        parts = []
        for start in range(0, max(len(a), 1), _AT_ONCE):
            some, other = a[start : start + _AT_ONCE], b[start : start + _AT_ONCE]
            related = self.association.related(places, some, other)
            table = pair_table(matrix, some, other, relations, concept_weights, related)
            if table.columns != self.pair.columns:
                raise DeclarationError(f"linkage_model.json: {self.version} was fitted on other columns than these")
            # What the regression alone finds hopeless is not worth the trees, and is nobody's rival.
            kept = np.flatnonzero(self.pair.linear(table.values) >= _HOPELESS)
            parts.append((some[kept], other[kept], table.values[kept]))
        a, b, values = (np.concatenate(several) for several in zip(*parts, strict=True))
        table = PairTable(table.columns, values)
        return with_rivals(self.beside, matrix.size, a, b, table, self.pair.log_odds(values))

    def _places(self, matrix: FeatureMatrix, key: Callable[[str, str], int]) -> Floats:
        """The position of each report among words that go together."""
        sets = matrix.wordings.sets
        text = sets["words"].without(sets["place"]).matrix
        has = keyed_incidence(self.association, key, text, sets["kind"].matrix, matrix.wordings.columns_of)
        return self.association.places(has)

    def shares(self, pairs: ModelPairs, which: Ints) -> tuple[Floats, float]:
        """What each group of evidence gives to the log-odds of these pairs, shape (pairs, GROUPS), and what every pair
        has. Together they are the log-odds."""
        first, first_base = self.pair.contributions(pairs.table.values[which])
        beside, beside_base = self.beside.contributions(pairs.rivals.values[which])
        of_first = by_group(first, self.pair.columns)
        is_score = np.isin(self.beside.columns, _OF_FIRST_STAGE)
        of_beside = by_group(np.where(is_score, 0.0, beside), self.beside.columns)
        of_beside += _split_like(of_first, beside[:, is_score].sum(axis=1))
        shares = (of_first + of_beside) / 2
        shares[:, GROUPS.index("who")] += pairs.firm[which]
        return shares, (first_base + beside_base) / 2

    def to_json(self) -> str:
        parts = {name: getattr(self, name).to_dict() for name in ("association", "pair", "beside", "group")}
        plain = {name: dict(getattr(self, name)) for name in ("merge_above", "fitted_on", "figures")}
        named = {SCHEMA_KEY: "schemas/linkage_model.schema.json", "version": self.version}
        return json.dumps({**named, **plain, **parts}, indent=0, ensure_ascii=False) + "\n"


def with_rivals(beside: Scorer, size: int, a: Ints, b: Ints, table: PairTable, first: Floats) -> ModelPairs:
    """The pairs with the second stage: each beside its rivals."""
    rivals, firm = rival_table(size, a, b, table, first), firm_evidence(table)
    return ModelPairs(a, b, table, rivals, first, (first + beside.log_odds(rivals.values)) / 2 + firm, firm)


def firm_evidence(table: PairTable) -> Floats:
    """Log-odds that are added for what is nearly proof and too rare in labelled sets to be learned: a report sent again
    by its sender, the other's reference, the same text, a vehicle's mark after days."""
    again, reference, plates = (table.of(f"term_{name}") for name in ("again", "reference", "plates"))
    is_apart = table.of("when_told_apart") > _DAYS_APART_H
    is_one_vehicle = (plates >= _NEAR_PLATE) & (table.of("term_makes_apart") == 0)
    is_copied = (table.of("words_alike") >= _COPIED) & (table.of("words_shared") >= _COPIED_WORDS)
    is_copied &= (table.of("term_where") >= 0) & (table.of("term_numbers_apart") == 0)
    return np.asarray(
        _AGAIN * (again > 0) + _REFERENCE * (reference > 0) + _VEHICLE * (is_one_vehicle & is_apart)
        + _COPY * (is_copied & (again == 0)), dtype=np.float64,
    )  # fmt: skip


def rival_table(size: int, a: Ints, b: Ints, table: PairTable, first: Floats) -> PairTable:
    """The columns of the second stage."""
    columns = dict(rival_columns(a, b, first, size)) | {f"beside_{name}": table.of(name) for name in BESIDE}
    values = np.column_stack([np.asarray(column, dtype=np.float32) for column in columns.values()])
    return PairTable(tuple(columns), values.reshape(len(a), len(columns)))


def by_group(contributions: Floats, columns: tuple[str, ...]) -> Floats:
    """Sums of the contributions of columns by group of evidence; a column of several groups is split evenly."""
    shares = np.zeros((len(columns), len(GROUPS)))
    for at, column in enumerate(columns):
        groups = groups_of(column.removeprefix("beside_"))
        for group in groups:
            shares[at, GROUPS.index(group)] = 1 / len(groups)
    return np.asarray(contributions @ shares)


def _split_like(shares: Floats, given: Floats) -> Floats:
    """What a first stage's score gives to the second, split between the groups that made the score high, or low."""
    toward = np.maximum(shares * np.sign(given)[:, None], 0.0)
    total = toward.sum(axis=1)
    split = toward * (given / np.where(total > 0, total, 1.0))[:, None]
    split[:, GROUPS.index("rivals")] += np.where(total > 0, 0.0, given)
    return np.asarray(split)


def columns_in_order(table: PairTable, columns: tuple[str, ...]) -> Table:
    """The values of these columns, in this order."""
    at = {name: number for number, name in enumerate(table.columns)}
    return table.values[:, [at[name] for name in columns]]


def load_pair_model(path: Path) -> PairModel:
    """Raises DeclarationError where the file is no pair model."""
    source = Source(shown_name(path), declared_text(path))
    try:
        return _pair_model(source)
    except (ValueError, KeyError, TypeError) as error:
        raise DeclarationError(f"{source.name}: not a model of linkage ({type(error).__name__}: {error})") from error


@lru_cache(maxsize=8)
def _pair_model(source: Source) -> PairModel:
    given = parse_json(source.text, source.name)
    validated(PairModelFile, given, source)
    return PairModel(
        version=given["version"],
        association=WordAssociation.from_dict(given["association"]),
        pair=Scorer.from_dict(given["pair"]),
        beside=Scorer.from_dict(given["beside"]),
        group=Scorer.from_dict(given["group"]),
        merge_above=given["merge_above"],
        fitted_on=given["fitted_on"],
        figures=given["figures"],
    )
