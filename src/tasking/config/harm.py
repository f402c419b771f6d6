"""The declaration of harm: what an incident's points are made of, and what a text says of harm."""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from pydantic import Field, field_validator

from tasking.config.faults import Source, fault_in, validated
from tasking.config.strict_model import StrictModel
from tasking.config.yaml_file import declared_text, parse_yaml, shown_name
from tasking.model.errors import DeclarationError
from tasking.model.text import WHOLE, folded

UNSAID: Final = frozenset({"other", "unknown"})  # categories that do not say what happened
_SLOW_S: Final = 0.2
_NEAR: Final = 80  # characters within which two words belong together
_MOST_GRADE: Final = 60  # characters of a grade that are compared
# "no knife", "was not carrying a knife", "wasn't seen with a knife"; not across a stop, not "would not stop stabbing".
_DENIED: Final = re.compile(
    r"\b(?:no|not|cannot|without|nil|never|\w{1,12}n['’]t)(?: (?!stop)[\w'’]{1,20}){0,3} $", re.IGNORECASE
)


class Part(StrictModel):
    """A part of the points. `words` are for the desk; `in_chat` for the channel, empty where it is not said there."""

    points: int = Field(ge=-100, le=100, description="how many points it adds, or takes away")
    words: str = Field(description="what the desk says of it")
    in_chat: str = Field(default="", description="what chat says of it: empty where it is not mentioned there")


class Grade(Part):
    """Points for a partner's own grade of urgency."""

    texts: list[str] = Field(min_length=1, description="how partners write this grade, with * for anything")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(translate(text.casefold()) for text in self.texts))

    def includes(self, text: str) -> bool:
        """True for a partner's grade that one of the texts fits; capitals and spacing do not matter."""
        return self._pattern.match(folded(text, _MOST_GRADE).casefold()) is not None


class Kind(Part):
    """Points for what happened, by category."""

    categories: list[str] = Field(min_length=1, description="codes of categories.yml that count as this")


class Sign(Part):
    """What a text may say. `near`: it counts within 80 characters of one of these only."""

    patterns: list[str] = Field(min_length=1, description="regular expressions, of which one must be in the text")
    near: list[str] = Field(
        default=[],
        description="regular expressions, within 80 characters of one of which it counts: without any, everywhere",
    )
    label: str = Field(default="", description="what the event is called where its category does not say")

    @field_validator("patterns", "near")
    @classmethod
    def _is_readable(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            _check_pattern(pattern)
        try:
            _any_of(patterns)
        except re.error as error:
            raise ValueError(f"the patterns can't be used together: {error}") from error
        return patterns

    @cached_property
    def _said(self) -> re.Pattern[str]:
        return _any_of(self.patterns)

    @cached_property
    def _beside(self) -> re.Pattern[str]:
        return _any_of(self.near)

    def is_in(self, text: str) -> bool:
        """True where a folded text says it and does not deny it."""
        return any(self._counts(text, match) for match in self._said.finditer(text) if match[0])

    def _counts(self, text: str, match: re.Match[str]) -> bool:
        first, last = match.span()
        if _DENIED.search(text[max(0, first - 40) : first]):
            return False
        around = text[max(0, first - _NEAR) : first] + " \n " + text[last : last + _NEAR]
        return not self.near or self._beside.search(around) is not None


class Repeated(Part):
    """`points` each time, `at_most` together. The words may name {count} and {incidents} or {partners}."""

    at_most: int = Field(ge=0, le=100, description="the most points that all of them give together")

    @field_validator("words", "in_chat")
    @classmethod
    def _fills_in(cls, words: str) -> str:
        return _filled_words(words, count=2, incidents="incidents", partners="partners")


class Deadline(Part):
    """The words may name {day}."""

    days: int = Field(ge=0, le=60, description="within how many days the deadline lies")

    @field_validator("words", "in_chat")
    @classmethod
    def _fills_in(cls, words: str) -> str:
        return _filled_words(words, day="Fri 23 Oct")


class AsbKinds(StrictModel):
    """Points by the national kind of anti-social behaviour."""

    personal: Part = Field(description="points of anti-social behaviour of the kind personal")
    nuisance: Part = Field(description="points of anti-social behaviour of the kind nuisance")
    environmental: Part = Field(description="points of anti-social behaviour of the kind environmental")


class Harm(StrictModel):
    """include/harm.yml."""

    line: int = Field(
        ge=1, description="from how many points on an incident is put to the meeting, even if one person reported it"
    )
    grades: list[Grade] = Field(description="partners' own grades of urgency, the first that fits counting")
    kinds: list[Kind] = Field(description="points by what happened")
    asb_kinds: AsbKinds = Field(
        description="points by the national kind of anti-social behaviour, for a category that is not listed"
    )
    otherwise: Part = Field(description="points of what has neither kind")
    vulnerable: Part = Field(description="points where somebody is vulnerable")
    signs: dict[str, Sign] = Field(description="by name, what a text may say of harm")
    repeat_person: Repeated = Field(description="points for earlier incidents of the same person")
    repeat_place: Repeated = Field(description="points for earlier incidents at the same place")
    partners: Repeated = Field(description="points for each further partner that reported it")
    deadline: Deadline = Field(description="points where a follow-up is due soon")
    old: Deadline = Field(description="points where the incident is older than this")

    def signs_in(self, text: str) -> tuple[str, ...]:
        """The names of the signs that a text has, in the declared order. A new line ends a sentence."""
        said = folded(text.replace("\n", " . "), WHOLE)
        return tuple(name for name, sign in self.signs.items() if sign.is_in(said))

    def label_of(self, category: str, signs: Iterable[str]) -> str:
        """What an event is called where its category does not say it: by the first of its signs that has a label.

        Empty where the category says it, or no sign does. `signs`: of signs_in, those of the first report first.
        """
        if category not in UNSAID:
            return ""
        return next((self.signs[name].label for name in signs if name in self.signs and self.signs[name].label), "")

    def grade_of(self, texts: Sequence[str]) -> Grade | None:
        """The highest of partners' own grades; None where none of them is known. A text is the first that it fits."""
        found = (next((grade for grade in self.grades if grade.includes(text)), None) for text in texts)
        return max((grade for grade in found if grade), key=lambda grade: grade.points, default=None)

    def kind_of(self, category: str, asb_kind: str | None) -> Part:
        """What a category counts as; by its national kind of anti-social behaviour where it is not listed."""
        listed = next((kind for kind in self.kinds if category in kind.categories), None)
        by_asb: Mapping[str | None, Part] = {
            "personal": self.asb_kinds.personal,
            "nuisance": self.asb_kinds.nuisance,
            "environmental": self.asb_kinds.environmental,
        }
        return listed or by_asb.get(asb_kind, self.otherwise)


def _check_pattern(pattern: str) -> None:
    """Raises ValueError for what is no pattern, matches nothing at all, or takes long on a short text."""
    try:
        compiled = re.compile(rf"\b(?:{pattern})(?!\w)", re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}") from error
    if re.fullmatch(pattern, "", re.IGNORECASE):
        raise ValueError(f"{pattern!r} fits where nothing is written")
    for size in (12, 16, 20, 24):  # what doubles with each letter is seen before it takes for ever
        began = time.perf_counter()
        for letter in ("a", "1", "a ", " "):
            compiled.search(letter * size + "!")
        if time.perf_counter() - began > _SLOW_S:
            raise ValueError(f"{pattern!r} takes too long on a text of {size} letters")


def _filled_words(words: str, **samples: object) -> str:
    """The words, if they can be filled in with what there is. Raises ValueError."""
    try:
        words.format(**samples)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise ValueError(f"{words!r}: only {{{'}, {'.join(samples)}}} can be filled in") from error
    return words


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)


def load_harm(path: Path, categories: Sequence[str]) -> Harm:
    """The declaration of include/harm.yml. Raises DeclarationError naming what is wrong.

    A kind for a category that there is not is an error where the file is a partnership's own to change; `categories`
    are the codes that there are.
    """
    source = Source(shown_name(path), declared_text(path))
    harm = _harm(source)
    unknown = sorted({one for kind in harm.kinds for one in kind.categories} - set(categories))
    if unknown:
        raise DeclarationError.of([fault_in(source, "kinds", f"there is no category {one}", one) for one in unknown])
    return harm


@lru_cache(maxsize=64)
def _harm(source: Source) -> Harm:
    return validated(Harm, parse_yaml(source.text, source.name), source)
