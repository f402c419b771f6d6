"""Partners' words for categories that no declaration knows: listed with a suggestion, and mapped by a person."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from tasking.config.categories import UNKNOWN, is_odd, word_key
from tasking.config.category_match import CategoryMatch
from tasking.intake.conventions import Conventions
from tasking.intake.service import IntakeService
from tasking.intake.store import category_words as store
from tasking.model.errors import TaskingError
from tasking.warehouse.visibility import Visibility

_DAYS: Final = 14
_MOST_LISTED: Final = 200
_LEAST_SUGGESTED: Final = 0.25


@dataclass(frozen=True)
class UnmappedWord:
    """A word as a partner wrote it. `read_as`: the category that its reports have now; `suggestion`: the likeliest,
    None where it is like none."""

    word: str
    feeds: tuple[str, ...]
    reports: int
    last_day: date
    read_as: str
    is_restricted: bool
    suggestion: CategoryMatch | None


def conventions_in_force(service: IntakeService) -> Conventions:
    """The declared conventions and what people have mapped since."""
    return replace(service.conventions, mapped_words=store.mapped_words(service.warehouse))


def unmapped_words(service: IntakeService, visibility: Visibility, days: int = _DAYS) -> list[UnmappedWord]:
    """The words of the last days that no declaration knows and nobody has mapped, those of most reports first.

    `days` up to the newest on which something landed. What may be no category at all (a sentence, a number) is left
    out: it is not to be shown.
    """
    newest = max(service.last_landed().values(), default=None)
    if newest is None:
        return []
    since = newest - timedelta(days=days)
    return _unmapped(service, visibility, since, store.mapped_words(service.warehouse))[:_MOST_LISTED]


def _unmapped(
    service: IntakeService, visibility: Visibility, since: date, mapped: Mapping[str, str]
) -> list[UnmappedWord]:
    categories = service.conventions.categories
    found: dict[str, UnmappedWord] = {}
    for row in store.words_since(service.warehouse, since, visibility):
        word, key = str(row["category_text"]), word_key(str(row["category_text"]))
        if key in mapped or is_odd(word) or categories.code_of(word) != UNKNOWN:
            continue
        reading = categories.reading_of(word, {})
        best = next(iter(categories.matches(word)), None)
        before = found.get(key)
        found[key] = UnmappedWord(
            word=before.word if before else word,
            feeds=tuple(sorted({row["feed"], *(before.feeds if before else ())})),
            reports=row["reports"] + (before.reports if before else 0),
            last_day=max(row["last_day"], before.last_day) if before else row["last_day"],
            read_as=reading.code,
            is_restricted=reading.is_restricted,
            suggestion=best if best and best.confidence >= _LEAST_SUGGESTED else None,
        )
    return sorted(found.values(), key=lambda one: (-one.reports, one.word))


def map_word(service: IntakeService, word: str, category: str, actor: str, *, has_restricted: bool) -> None:
    """Gives a word a category, for what comes from now on. Raises TaskingError where one of them can't be.

    A word that restricts its reports is mapped by those alone who may see them (`has_restricted`).
    """
    categories = service.conventions.categories
    if category not in categories.labels or category == UNKNOWN:
        raise TaskingError(
            f"There is no category {category!r}. Choose one of: {', '.join(sorted(categories.labels))}",
            field="category",
        )
    if not word_key(word) or is_odd(word):
        raise TaskingError(
            "This can’t be a category name. It is too long, or contains a number or an address.", field="word"
        )
    declared = categories.code_of(word)
    if declared != UNKNOWN:
        raise TaskingError(
            f"include/categories.yml already has this name: {categories.labels[declared]}. Change it there."
        )
    if not has_restricted and categories.reading_of(word, {}).is_restricted:
        raise TaskingError(
            "Reports with this category name are restricted. Ask someone with access to restricted reports to choose a "
            "category."
        )
    store.map_word(service.warehouse, word_key(word), category, actor, service.clock())


def unmap_word(service: IntakeService, word: str, actor: str) -> None:
    """Takes back what a person decided of a word. Raises TaskingError where nobody has."""
    if word_key(word) not in store.mapped_words(service.warehouse):
        raise TaskingError("No category has been chosen for this name.")
    store.map_word(service.warehouse, word_key(word), None, actor, service.clock())
