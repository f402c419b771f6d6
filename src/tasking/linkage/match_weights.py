"""The match weights in force: include/linkage.json, with their version and the metrics of the fit."""

import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from tasking.config.faults import Source, validated
from tasking.config.json_file import SCHEMA_KEY, parse_json
from tasking.config.yaml_file import declared_text, shown_name
from tasking.linkage.comparisons import TERMS, ConceptWeights
from tasking.linkage.number_sets import Floats

_RARITY_OF_NEW_WORDS = 1.0
_RARE_THING = 0.9  # a thing that half of the texts name does not tell two heaps apart


class MatchWeights(BaseModel):
    """Log-odds that two reports are one incident: `bias` plus the weight of each term times its value.

    `prior`: weights set by practitioners before any label; fitting starts from them. `merge_above`: log-odds from which
    clusters are merged automatically; `ask_above`: from which a pair may go to clerical review.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = Field(description="the name of these weights, which is kept with what they made")
    bias: float = Field(description="log-odds of a pair for which no term counts")
    weights: dict[str, float] = Field(description="the weight of each term of a comparison, in log-odds")
    prior: dict[str, float] = Field(description="the weights that practitioners set before any label")
    prior_bias: float = Field(description="the bias that practitioners set before any label")
    merge_above: float = Field(description="log-odds from which clusters are merged without a question")
    ask_above: float = Field(description="log-odds from which a pair may be put to a person")
    rarity: dict[str, float] = Field(description="how rare each concept of lexicon.yml is, from 0 to 1")
    fitted_on: dict[str, Any] = Field(description="how many labelled sets, reports and pairs they were fitted on")
    figures: dict[str, float] = Field(description="how well they did on labelled sets")

    @model_validator(mode="after")
    def _weighs_every_term(self) -> "MatchWeights":
        for name, given in (("weights", self.weights), ("prior", self.prior)):
            if lacking := sorted(set(TERMS) ^ set(given)):
                raise ValueError(f"{name}: {lacking[0]} is missing or is no feature")
        return self

    @cached_property
    def listed(self) -> list[float]:
        """The weights in the order of TERMS."""
        return [self.weights[name] for name in TERMS]

    @property
    def vector(self) -> Floats:
        return np.array(self.listed)

    @property
    def prior_vector(self) -> Floats:
        return np.array([self.prior[name] for name in TERMS])

    def concept_weights(self, concepts: Sequence[str]) -> ConceptWeights:
        """The weights of the lexicon's concepts; a concept that has no rarity counts as 1."""
        rarity = np.array([self.rarity.get(concept, _RARITY_OF_NEW_WORDS) for concept in concepts])
        is_thing = np.array([concept.startswith("thing:") for concept in concepts])
        is_make = np.array([concept.startswith("make:") for concept in concepts])
        return ConceptWeights(rarity, (is_thing & (rarity >= _RARE_THING)).astype(float), is_make.astype(float))

    def to_json(self) -> str:
        named = {SCHEMA_KEY: "schemas/linkage.schema.json"}
        return json.dumps(named | self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def load_weights(path: Path) -> MatchWeights:
    """Raises DeclarationError naming what is wrong."""
    return _weights(Source(shown_name(path), declared_text(path)))


@lru_cache(maxsize=64)
def _weights(source: Source) -> MatchWeights:
    return validated(MatchWeights, parse_json(source.text, source.name), source)
