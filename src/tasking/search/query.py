"""What somebody asks for, and the query that it means: terms that a document must have, in any of their forms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from tasking.intake.contacts import addresses_in, numbers_in
from tasking.search.categories import CategoryIndex
from tasking.search.periods import Period, period_in
from tasking.search.words import MOST_TEXT, forms_of, words_in
from tasking.warehouse.visibility import Visibility

_POSTCODE: Final = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})\b", re.IGNORECASE)
_OUTWARD: Final = re.compile(r"[a-z]{1,2}[0-9][a-z0-9]?")
_FEWEST: Final = 2  # letters of a beginning
_MOST_TERMS: Final = 12
# Left out where other words are left: nobody looks for them.
_FILLERS: Final = frozenset(
    "a about all an and any at by find for from in incident incidents is me my near of on or our report reported "
    "reports show that the their there to was were which with".split()
)


@dataclass(frozen=True)
class Reader:
    """Who searches, and what they may see. `has_details`: names, and the words of reports and notes."""

    name: str
    visibility: Visibility
    has_details: bool


@dataclass(frozen=True)
class Asked:
    """What somebody searches for: the text, and filters; an empty filter shows everything. `page` counts from 1."""

    text: str
    kind: str = ""
    since: date | None = None
    until: date | None = None
    category: str = ""
    ward: str = ""
    page: int = 1


@dataclass(frozen=True)
class Term:
    """A word in its forms. `start`: words that begin with it count too, once nothing has the word itself."""

    word: str
    forms: tuple[str, ...]
    start: str = ""


@dataclass(frozen=True)
class Part:
    """Terms that a document has all of, or else one of the categories that these words name. `is_wider`: the categories
    are of more than the words say, as that of fly-tips is of more than asbestos."""

    terms: tuple[Term, ...]
    categories: tuple[str, ...] = ()
    is_wider: bool = False


@dataclass(frozen=True)
class Query:
    """All parts have to be found. `contacts`: telephone numbers and e-mail addresses, as the index has them."""

    parts: tuple[Part, ...]
    contacts: tuple[str, ...] = ()
    period: Period | None = None

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(term for part in self.parts for term in part.terms)

    @property
    def words(self) -> list[str]:
        return [term.word for term in self.terms]

    @property
    def by_words(self) -> "Query | None":
        """The same without categories that are of more than their words say; None where there are none."""
        if not any(part.is_wider for part in self.parts):
            return None
        return replace(self, parts=tuple(Part(part.terms) if part.is_wider else part for part in self.parts))

    def with_words(self, categories: CategoryIndex, corrected: dict[str, str], areas: frozenset[str]) -> "Query":
        """The same with other words."""
        words = [corrected.get(word, word) for word in self.words]
        return replace(self, parts=_parts(words, categories, areas))


def parse(asked: Asked, categories: CategoryIndex, areas: frozenset[str], today: date) -> Query:
    """The query of a text. `areas`: the letters that the district's postcodes begin with."""
    text = asked.text[:MOST_TEXT]
    contacts = _contacts_in(text)
    postcodes = [one[1] + one[2] for one in _POSTCODE.finditer(text)]
    rest = _POSTCODE.sub(" ", text) if postcodes else text
    period, words = period_in(words_in(rest), today)
    if asked.since or asked.until:
        period, words = None, words_in(rest)
    kept = [word for word in words if word not in _FILLERS] or ([] if postcodes else words)
    exact = tuple(Part((Term(one.lower(), (one.lower(),)),)) for one in postcodes)
    return Query((*exact, *_parts(kept[:_MOST_TERMS], categories, areas)), contacts, period)


def _contacts_in(text: str) -> tuple[str, ...]:
    """Telephone numbers as digits with their country's code, and addresses."""
    return (*(one.removeprefix("+") for one in numbers_in(text)), *addresses_in(text))


def _parts(words: Sequence[str], categories: CategoryIndex, areas: frozenset[str]) -> tuple[Part, ...]:
    """The words in parts: those of a category's name are one part, any other word is its own."""
    parts, at = [], 0
    while at < len(words):
        length, codes = categories.named_at(words, at)
        named = words[at : at + length]
        is_wider = bool(codes) and not categories.is_label(named)
        parts.append(Part(tuple(_term(word, areas) for word in named), codes, is_wider))
        at += length
    return tuple(parts)


def _term(word: str, areas: frozenset[str]) -> Term:
    if _OUTWARD.fullmatch(word) and re.sub("[^a-z].*", "", word).upper() in areas:
        return Term(word, (word,))
    return Term(word, forms_of(word), word if len(word) >= _FEWEST else "")
