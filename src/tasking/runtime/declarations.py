"""The kinds of declarations under include/: which files, which model reads them, and the JSON Schema for editors."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from tasking.config.categories import Categories, CategoryPhrases
from tasking.config.feed import Feed
from tasking.config.harm import Harm
from tasking.config.layers import PARTNERSHIPS, SCHEMAS
from tasking.config.lexicon import DeclaredConcepts
from tasking.config.privacy_file import Privacy
from tasking.config.rule import Rule
from tasking.config.schema import schema_of
from tasking.config.suite import Suite
from tasking.linkage.match_weights import MatchWeights
from tasking.linkage.model_file import PairModelFile
from tasking.model.errors import TaskingError
from tasking.model.partnership import Partnership
from tasking.places.gazetteer_files import PublicPlaces
from tasking.runtime.access import Access

SUFFIX: Final = ".schema.json"


@dataclass(frozen=True)
class Declared:
    """A kind of file under include/. `pattern`: its path there; `is_layer`: it says only what differs from the shared
    file."""

    name: str
    pattern: str
    model: type[BaseModel]
    words: str
    is_layer: bool = False

    @property
    def is_json(self) -> bool:
        return self.pattern.endswith(".json")

    def schema(self) -> dict[str, Any]:
        """The JSON Schema, draft 7."""
        name = f"include/{self.pattern}"
        return schema_of(self.model, name, self.words, is_json=self.is_json, is_layer=self.is_layer)

    def schema_text(self) -> str:
        return json.dumps(self.schema(), indent=2, ensure_ascii=False) + "\n"


DECLARED: Final = (
    Declared(
        "partnership", "partnership.yml", Partnership,
        "The district: who meets and when, where messages go, who is asked to act, how long data is kept.",
    ),
    Declared(
        "partnership_layer", f"{PARTNERSHIPS}/*/partnership.yml", Partnership,
        "One partnership of several: what differs from the shared partnership.yml.", is_layer=True,
    ),
    Declared(
        "feeds", "feeds/*.yml", Feed,
        "One partner's feed: how its deliveries are named and reach us, and which column is what.",
    ),
    Declared(
        "expectations", "expectations/*.json", Suite,
        "What a delivery must satisfy, in Great Expectations' own form, and what follows where it does not.",
    ),
    Declared("rules", "rules/*.yml", Rule, "A trigger rule: its numbers, themes, wording and cool-down."),
    Declared(
        "harm", "harm.yml", Harm,
        "How much harm an incident does or threatens: it orders the night, and says what is put to the meeting.",
    ),
    Declared(
        "categories", "categories.yml", Categories,
        "The partners' words, which category each is, and what is restricted.",
    ),
    Declared(
        "category_phrases", "category_phrases.yml", CategoryPhrases,
        "What partners elsewhere call each category: a word that categories.yml does not know is read by the likest.",
    ),
    Declared(
        "lexicon", "lexicon.yml", DeclaredConcepts,
        "What people call things: the words by which two reports are seen to speak of the same.",
    ),
    Declared(
        "places", "places.yml", PublicPlaces,
        "Public places that no map knows under the name that partners use.",
    ),
    Declared("access", "access.yml", Access, "Roles: who may do what on the desk and in Airflow."),
    Declared(
        "privacy", "privacy.yml", Privacy,
        "Data protection: for each field of a report what it is, why it is kept and for how long.",
    ),
    Declared(
        "linkage", "linkage.json", MatchWeights,
        "How rare the concepts of the lexicon are, and the weights that linking began with. Not edited by hand.",
    ),
    Declared(
        "linkage_model", "linkage_model.json", PairModelFile,
        "The model by which reports are linked. `tasking linkage fit --write` writes it; it is not edited by hand.",
    ),
)  # fmt: skip


def declared_named(name: str) -> Declared:
    """The kind of declaration of this name. Raises TaskingError where there is none."""
    found = next((one for one in DECLARED if one.name == name), None)
    if found is None:
        raise TaskingError(f"there is no schema {name}; there are: {', '.join(one.name for one in DECLARED)}")
    return found


def kind_of(inside: str) -> Declared | None:
    """The kind of the declaration at a path below include/, or below the folder of a partnership."""
    return next(
        (one for one in DECLARED if fnmatch(inside, one.pattern) and inside.count("/") == one.pattern.count("/")), None
    )


def write_schemas(folder: Path, kinds: tuple[Declared, ...] = DECLARED) -> Iterator[Path]:
    """Writes the schema of each kind into a folder. Yields the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in kinds:
        path = folder / f"{one.name}{SUFFIX}"
        path.write_text(one.schema_text(), encoding="utf-8")
        yield path


def schema_path(inside: str) -> str:
    """The path from a declaration to its schema: `../schemas/feeds.schema.json`, below include/ or a partnership's
    folder there. `inside`: from include/ on."""
    parts = inside.split("/")
    of_partnership = parts[0] == PARTNERSHIPS and len(parts) > 2
    kind = kind_of(inside) or (kind_of("/".join(parts[2:])) if of_partnership else None)
    if kind is None:
        raise TaskingError(f"include/{inside} is no declaration with a schema")
    return "../" * (len(parts) - 1) + f"{SCHEMAS}/{kind.name}{SUFFIX}"
