"""Maps partners' category words to the partnership's categories, and decides which reports are restricted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

import pandas as pd
from pydantic import Field, RootModel, model_validator

from tasking.config.category_match import CategoryMatch, CategoryMatcher
from tasking.config.faults import Source, validated
from tasking.config.strict_model import KeyFault, KeyFaults, StrictModel
from tasking.config.yaml_file import declared_text, parse_yaml, shown_name
from tasking.model.text import WHOLE, fold, folded

UNKNOWN = "unknown"
_LONGEST_WORDS = 300  # characters of a category cell; the rest is not compared
_LONGEST_SHOWN = 60  # characters of a word, or of a level of `Highways > Street lighting > Not lit`, that is shown
_MOST_WORDS: Final = 500  # that a delivery may have and we not know; where there are more, its columns have shifted
_LEAST_SURE: Final = 0.6  # of a match by meaning, for the category to be taken: nearly nine in ten are right
_LEAST_CAUTIOUS: Final = 0.25  # of a match with a restricted category, for the report to be restricted


class Category(StrictModel):
    """A category of incidents, and the partners' words for it."""

    code: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$",
        description="what is stored: small letters, digits and _, never changed afterwards",
    )
    label: str = Field(description="what people read")
    priority: Literal[
        "domestic_abuse", "serious_acquisitive", "asb", "safeguarding", "substance_misuse", "doorstep_scams"
    ] = Field(description="which of the partnership's priorities it belongs to")
    asb_kind: Literal["personal", "nuisance", "environmental"] | None = Field(
        default=None, description="the national kind of anti-social behaviour: without it, it is none"
    )
    restricted: bool = Field(description="reports of this category are shown to people with the right restricted only")
    words: list[str] = Field(
        description="partners' words for it, with * for anything: the first category that fits is taken"
    )


class CategoryPhrases(RootModel[dict[str, list[str]]]):
    """include/category_phrases.yml: category -> phrases."""


class Reading(NamedTuple):
    """How a partner's word is read; `match`: the match by meaning that it was taken by, None otherwise."""

    code: str
    is_restricted: bool
    match: CategoryMatch | None


@dataclass(frozen=True)
class Classification:
    category: pd.Series
    priority: pd.Series
    asb_kind: pd.Series
    is_restricted: pd.Series
    # Words that no pattern fits and that nobody has mapped: those that restrict a report; those matched by meaning,
    # with the category's label and the confidence; those that are like nothing.
    restricted_words: list[str]
    matched_words: list[tuple[str, str, float]]
    unknown_words: list[str]


class Categories(StrictModel):
    """include/categories.yml."""

    categories: list[Category] = Field(description="the categories, in the order in which words are tried")
    kin: list[list[str]] = Field(default=[], description="groups of categories that one incident may be reported as")
    continuing: list[str] = Field(default=[], description="categories of what goes on for days, such as noise")
    found_later: list[str] = Field(
        default=[], description="categories of what is found after it happened, such as graffiti"
    )
    says_little: list[str] = Field(default=[], description="categories that say little about what happened")
    phrases: dict[str, list[str]] = Field(
        default={},
        description="category -> what partners elsewhere call it, for words that no pattern fits: "
        "include/category_phrases.yml",
    )
    restricted_text: list[str] = Field(description="regular expressions of words in a text that restrict a report")
    high_risk_text: list[str] = Field(
        default=[], description="regular expressions of words by which a partner says that somebody is at high risk"
    )

    @model_validator(mode="after")
    def _names_what_is_there(self) -> "Categories":
        codes = {c.code for c in self.categories} | {UNKNOWN}
        lists = {"kin": [code for group in self.kin for code in group], "phrases": list(self.phrases)}
        lists |= {name: getattr(self, name) for name in ("continuing", "found_later", "says_little")}
        unknown = [
            KeyFault(name, f"there is no category {code}", code)
            for name, named in lists.items()
            for code in dict.fromkeys(named)
            if code not in codes
        ]
        if unknown:
            raise KeyFaults(unknown)
        return self

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        return [(re.compile(translate(fold(word).casefold())), c.code) for c in self.categories for word in c.words]

    @cached_property
    def _matcher(self) -> CategoryMatcher:
        own = {c.code: [c.label, *(word.replace("*", " ").strip() for word in c.words)] for c in self.categories}
        return CategoryMatcher({code: [*words, *self.phrases.get(code, [])] for code, words in own.items()})

    @cached_property
    def _restricted_codes(self) -> frozenset[str]:
        return frozenset(c.code for c in self.categories if c.restricted)

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

    def choices(self, *, has_restricted: bool) -> list[tuple[str, str]]:
        """(code, label) of the categories that somebody may choose, by label: the restricted ones too or not."""
        found = [(c.code, c.label) for c in self.categories if has_restricted or not c.restricted]
        return sorted(found, key=lambda one: one[1])

    def code_of(self, words: str) -> str:
        """The category of a partner's words; "unknown" where no pattern fits."""
        tidy = word_key(words)
        return next((code for pattern, code in self._patterns if pattern.match(tidy)), UNKNOWN)

    def matches(self, words: str) -> list[CategoryMatch]:
        """The categories that a word may mean by its phrases, the likeliest first."""
        return self._matcher.match(words)

    def reading_of(self, words: str, mapped: Mapping[str, str]) -> Reading:
        """How a partner's word is read: by a declared pattern, by what a person decided (`mapped`, by word_key), else
        by meaning. A word that is like a restricted category, or that may be none at all, restricts the report."""
        declared = self.code_of(words)
        if declared == UNKNOWN:
            declared = mapped.get(word_key(words), UNKNOWN)
        if declared in self.labels and declared != UNKNOWN:
            return Reading(declared, declared in self._restricted_codes, None)
        matches = self.matches(words)
        best = next((one for one in matches[:1] if one.confidence >= _LEAST_SURE), None)
        is_cautious = any(one.confidence >= _LEAST_CAUTIOUS and one.code in self._restricted_codes for one in matches)
        says_so = re.search(self.restricted_pattern, folded(words, WHOLE), re.IGNORECASE) is not None
        return Reading(best.code if best else UNKNOWN, is_cautious or says_so or is_odd(words), best)

    def _readings(self, words: Sequence[str], mapped: Mapping[str, str]) -> dict[str, Reading]:
        unknown = [one for one in words if self.code_of(one) == UNKNOWN and word_key(one) not in mapped]
        if len(unknown) <= _MOST_WORDS:
            return {one: self.reading_of(one, mapped) for one in words}
        unread = dict.fromkeys(unknown, Reading(UNKNOWN, True, None))
        return {one: unread.get(one) or self.reading_of(one, mapped) for one in words}

    def classify(
        self, words: pd.Series, text: pd.Series, mapped: Mapping[str, str] = MappingProxyType({})
    ) -> Classification:
        """The category of each report, and whether its category or its text restricts it.

        Text can restrict a report and never lift a restriction. A report without a category is restricted, as is one
        whose text is too long to search; one of an unknown word only where the word or the text says so.
        """
        readings = self._readings(list(words.dropna().unique()), mapped)
        category = words.map({value: one.code for value, one in readings.items()}).astype("str").fillna(UNKNOWN)
        by_word = words.map({value: one.is_restricted for value, one in readings.items()}).astype(object)
        searched = text.map(lambda one: fold(one, WHOLE), na_action="ignore").astype("str")
        says_so = searched.str.contains(self.restricted_pattern, case=False, regex=True).eq(True)
        says_so |= text.str.len().gt(WHOLE).eq(True)
        guessed = sorted((value, one) for value, one in readings.items() if one.match or one.code == UNKNOWN)
        public = [(value, one) for value, one in guessed if not one.is_restricted]
        return Classification(
            category=category,
            priority=category.map({c.code: c.priority for c in self.categories}).astype("str"),
            asb_kind=category.map({c.code: c.asb_kind for c in self.categories}).astype("str"),
            is_restricted=by_word.ne(False) | says_so,
            restricted_words=[shown_word(word) for word, one in guessed if one.is_restricted],
            matched_words=[
                (shown_word(word), self.labels[one.code], one.match.confidence) for word, one in public if one.match
            ],
            unknown_words=[shown_word(word) for word, one in public if not one.match],
        )


def word_key(words: str) -> str:
    """A partner's word as words are compared: capitals and spacing do not matter."""
    return folded(words, _LONGEST_WORDS).casefold()


def is_odd(word: str) -> bool:
    """Whether a category cell may hold something else, which is not to be shown: a sentence, a number, an address.

    If a partner's columns have shifted, it may hold anything.
    """
    longest = max(map(len, re.split(r" > | / ", word)))
    return longest > _LONGEST_SHOWN or len(word) > _LONGEST_WORDS or re.search(r"\d{3}|@", word) is not None


def shown_word(word: str) -> str:
    return "(a long or odd value)" if is_odd(word) else f'"{word}"'


def load_categories(path: Path, phrases: Path | None = None) -> Categories:
    """The categories of a file, with the phrases of another. Raises DeclarationError naming the key and what is wrong.

    Phrases for a category that there is not are left out where the two files are not of one folder: a partnership may
    have other categories than those that all share.
    """
    has_phrases = phrases is not None and phrases.is_file()
    further = Source(shown_name(phrases), declared_text(phrases)) if phrases is not None and has_phrases else None
    is_shared = phrases is not None and phrases.parent != path.parent
    return _categories(Source(shown_name(path), declared_text(path)), further, is_shared)


@lru_cache(maxsize=64)
def _categories(source: Source, phrases: Source | None, is_shared: bool) -> Categories:
    declared = validated(Categories, parse_yaml(source.text, source.name), source)
    if phrases is None:
        return declared
    further = validated(CategoryPhrases, parse_yaml(phrases.text, phrases.name), phrases).root
    if is_shared:
        further = {code: words for code, words in further.items() if code in declared.labels}
    merged = {code: [*declared.phrases.get(code, []), *words] for code, words in further.items()}
    return validated(Categories, declared.model_dump() | {"phrases": declared.phrases | merged}, phrases, source)
