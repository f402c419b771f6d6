"""Maps partners' category words to the partnership's categories, and decides which reports are restricted."""

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field, ValidationError, model_validator

from tasking.config.strict_model import StrictModel
from tasking.config.yaml_file import declared_text, parse_yaml
from tasking.model.errors import DeclarationError
from tasking.model.text import WHOLE, fold, folded

UNKNOWN = "unknown"
_LONGEST_WORDS = 300  # characters of a category cell; the rest is not compared


class Category(StrictModel):
    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    priority: Literal[
        "domestic_abuse", "serious_acquisitive", "asb", "safeguarding", "substance_misuse", "doorstep_scams"
    ]
    asb_kind: Literal["personal", "nuisance", "environmental"] | None = None
    restricted: bool
    words: list[str]


@dataclass(frozen=True)
class Classification:
    category: pd.Series
    priority: pd.Series
    asb_kind: pd.Series
    is_restricted: pd.Series
    unknown_words: list[str]


class Categories(StrictModel):
    """include/categories.yml."""

    categories: list[Category]
    kin: list[list[str]] = Field(default=[])
    continuing: list[str] = Field(default=[])
    found_later: list[str] = Field(default=[])
    says_little: list[str] = Field(default=[])
    restricted_text: list[str]
    high_risk_text: list[str] = Field(default=[])

    @model_validator(mode="after")
    def _names_what_is_there(self) -> "Categories":
        codes = {c.code for c in self.categories} | {UNKNOWN}
        named = [code for group in [*self.kin, self.continuing, self.found_later, self.says_little] for code in group]
        if unknown := sorted(set(named) - codes):
            raise ValueError(f"kin, continuing, found_later or says_little: there is no category {unknown[0]}")
        return self

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        return [(re.compile(translate(fold(word).casefold())), c.code) for c in self.categories for word in c.words]

    @cached_property
    def restricted_pattern(self) -> str:
        """One pattern for all the words in a text that restrict a report."""
        return rf"\b(?:{'|'.join(self.restricted_text)})\b"

    @cached_property
    def high_risk(self) -> re.Pattern[str]:
        """A pattern for the words by which a partner says that somebody is at high risk."""
        return re.compile(rf"\b(?:{'|'.join(self.high_risk_text or ['(?!)'])})\b", re.IGNORECASE)

    @cached_property
    def concerns(self) -> list[str]:
        """The codes of the categories that are about a person at risk."""
        return [c.code for c in self.categories if c.restricted and c.priority in ("safeguarding", "domestic_abuse")]

    @cached_property
    def labels(self) -> dict[str, str]:
        return {c.code: c.label for c in self.categories} | {UNKNOWN: "Not yet classified"}

    def code_of(self, words: str) -> str:
        """The category of a partner's words; "unknown" where no pattern fits."""
        tidy = folded(words, _LONGEST_WORDS).casefold()
        return next((code for pattern, code in self._patterns if pattern.match(tidy)), UNKNOWN)

    def classify(self, words: pd.Series, text: pd.Series) -> Classification:
        """The category of each report, and whether its category or its text restricts it.

        Text can restrict a report and never lift a restriction. A report without a category is unknown and so
        restricted, as is one whose text is too long to search.
        """
        codes = {value: self.code_of(value) for value in words.dropna().unique()}
        category = words.map(codes).astype("str").fillna(UNKNOWN)
        restricted_codes = {c.code for c in self.categories if c.restricted} | {UNKNOWN}
        searched = text.map(lambda one: fold(one, WHOLE), na_action="ignore").astype("str")
        says_so = searched.str.contains(self.restricted_pattern, case=False, regex=True).eq(True)
        says_so |= text.str.len().gt(WHOLE).eq(True)
        unknown = sorted(value for value, code in codes.items() if code == UNKNOWN)
        return Classification(
            category=category,
            priority=category.map({c.code: c.priority for c in self.categories}).astype("str"),
            asb_kind=category.map({c.code: c.asb_kind for c in self.categories}).astype("str"),
            is_restricted=category.isin(restricted_codes) | says_so,
            unknown_words=[_shown(word) for word in unknown],
        )


def _shown(word: str) -> str:
    # If a partner's columns have shifted, a category cell may hold anything: show short words only, never a sentence.
    return f'"{word}"' if len(word) <= 60 and not re.search(r"\d{3}|@", word) else "(a long or odd value)"


def load_categories(path: Path) -> Categories:
    """Raises DeclarationError naming the key and what is wrong."""
    return _categories(declared_text(path), path.name)


@lru_cache(maxsize=64)
def _categories(text: str, name: str) -> Categories:
    try:
        return Categories.model_validate(parse_yaml(text, name))
    except ValidationError as error:
        raise DeclarationError(f"{name}: {error}") from error
