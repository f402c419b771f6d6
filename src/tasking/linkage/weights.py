"""The weights in force: include/linkage.json, with the version and the figures that they came with."""

import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from tasking.linkage.comparisons import FEATURES, Groups
from tasking.linkage.stack import Floats
from tasking.model.errors import DeclarationError

_RARITY_OF_NEW_WORDS = 1.0
_RARE_THING = 0.9  # a thing that half the texts speak of does not tell two heaps apart


class Weights(BaseModel):
    """Log-odds that two reports are one incident: `bias` plus the weight of each feature times its value.

    `prior` is what people who know the trade would say before any label; labels move the weights from there.
    `merge_above`: log-odds from which clusters are merged without a person; `ask_above`: from which one is asked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    bias: float
    weights: dict[str, float]
    prior: dict[str, float]
    prior_bias: float
    merge_above: float
    ask_above: float
    rarity: dict[str, float]
    fitted_on: dict[str, Any]
    figures: dict[str, float]

    @model_validator(mode="after")
    def _weighs_every_feature(self) -> "Weights":
        for name, given in (("weights", self.weights), ("prior", self.prior)):
            if lacking := sorted(set(FEATURES) ^ set(given)):
                raise ValueError(f"{name}: {lacking[0]} is missing or is no feature")
        return self

    @cached_property
    def listed(self) -> list[float]:
        """The weights in the order of FEATURES."""
        return [self.weights[name] for name in FEATURES]

    @property
    def vector(self) -> Floats:
        return np.array(self.listed)

    @property
    def prior_vector(self) -> Floats:
        return np.array([self.prior[name] for name in FEATURES])

    def groups(self, concepts: Sequence[str]) -> Groups:
        """The lexicon's concepts as the comparisons need them."""
        rarity = np.array([self.rarity.get(concept, _RARITY_OF_NEW_WORDS) for concept in concepts])
        is_thing = np.array([concept.startswith("thing:") for concept in concepts])
        is_make = np.array([concept.startswith("make:") for concept in concepts])
        return Groups(rarity, (is_thing & (rarity >= _RARE_THING)).astype(float), is_make.astype(float))

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def load_weights(path: Path) -> Weights:
    """Raises DeclarationError naming what is wrong."""
    return _weights(path.read_bytes(), path.name)


@lru_cache(maxsize=64)
def _weights(content: bytes, name: str) -> Weights:
    try:
        return Weights.model_validate_json(content)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()[:3])
        raise DeclarationError(f"{name}: {faults}") from error
