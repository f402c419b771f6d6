"""Evidence as people are shown it: how strong it is in words, and what each text says in its own words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tasking.config.lexicon import Lexicon
from tasking.model.incident import Evidence

_STRONG: Final = 1.5  # log-odds
_NOTHING: Final = 0.05
_STRONG_SCORE: Final = 0.85
EVEN_SCORE: Final = 0.5  # from which two reports are more likely one incident than not
_BOTH_SAY: Final = "both say "  # how evidence begins that names concepts of the lexicon; see pair_evidence
_IN_OTHER_WORDS: Final = "both mention the same things"
_MOST_FORMS: Final = 2
# What stored evidence says, in words that stay the same for ever -> how people read it.
_PLAIN: Final = {
    "told again by the same partner": "reported again by the same partner",
    "one was told before the other happened": "one was reported before the other happened",
    "the same part of it": "the same part of the place",
    "the partner tells of an incident once": "this partner reports an incident only once",
    "kinds of event that go together": "related kinds of incident",
    "places that go together": "places that match",
    "times that go together": "times that match",
    "alike matters": "similar kinds of incident",
    "alike descriptions": "similar descriptions",
    "alike words": "similar words",
    "something else lies there": "something different was found there",
    "little or nothing contradicts": "few or no differences",
    "nothing said in common": "nothing in common in the text",
    "places that do not agree": "places that do not match",
    "times that do not agree": "times that do not match",
    "different matters": "different kinds of incident",
    "one names the other's caller or person concerned": "one mentions the other's caller or person concerned",
    "one's text names the other's place": "the text of one mentions the other's place",
    "one's text names the other's person concerned": "the text of one mentions the other's person concerned",
}

# Of the pair as a whole, or against other pairs: nobody can look these up in the two reports.
_MEASURES: Final = frozenset(
    {"no other report fits better", "another report fits one of them better", "few or no differences", "similar words",
     "similar descriptions", "similar kinds of incident", "few words in common"}
)  # fmt: skip


class ShownEvidence(NamedTuple):
    """Evidence for or against two reports being one incident, as people read it.

    `words` hold nothing of either text; `cited` are the words as they stand in each text, for those who may read it.
    """

    comparison: str
    words: str
    weight: float
    cited: str | None = None

    @property
    def strength(self) -> str:
        if self.weight <= -_NOTHING:
            return "counts against"
        if self.weight < _NOTHING:
            return "makes no difference"
        return "counts strongly for" if self.weight >= _STRONG else "counts for"

    @property
    def tone(self) -> str:
        """`good`, `bad` or `soft`, for the style sheet."""
        return "good" if self.weight >= _NOTHING else "bad" if self.weight <= -_NOTHING else "soft"


def match_strength(score: float) -> str:
    """How well two reports match as a whole, in words. `score`: from 0 to 1."""
    if score >= _STRONG_SCORE:
        return "strong match"
    return "likely match" if score >= EVEN_SCORE else "weak match"


def public_words(words: str) -> str:
    """The words of evidence without the names of concepts, which may stand in neither text."""
    return _IN_OTHER_WORDS if words.startswith(_BOTH_SAY) else _PLAIN.get(words, words)


def shown_evidence(
    evidence: Sequence[Evidence], one: Mapping[str, Any], other: Mapping[str, Any], lexicon: Lexicon
) -> tuple[ShownEvidence, ...]:
    """The evidence of a pair of reports as people are shown it: what they can check, then what measures the whole, each
    the heaviest first. `one`, `other`: the reports, with `text`, `category_text` and `place_text`."""
    found = (_shown(item, one, other, lexicon) for item in evidence)
    return tuple(sorted(found, key=lambda item: item.words in _MEASURES))


def _shown(item: Evidence, one: Mapping[str, Any], other: Mapping[str, Any], lexicon: Lexicon) -> ShownEvidence:
    if not item.words.startswith(_BOTH_SAY):
        return ShownEvidence(item.comparison, public_words(item.words), item.weight)
    named = item.words.removeprefix(_BOTH_SAY).split(", ")
    here, there = (_words_by_concept(report, lexicon) for report in (one, other))
    said = dict.fromkeys(_quoted(here[name], there[name]) for name in named if name in here and name in there)
    return ShownEvidence(
        item.comparison, _IN_OTHER_WORDS, item.weight, f"both mention {'; '.join(said)}" if said else None
    )


def _words_by_concept(report: Mapping[str, Any], lexicon: Lexicon) -> dict[str, list[str]]:
    """Concept -> the words of a report that stand for it."""
    found: dict[str, list[str]] = {}
    for name in ("text", "category_text", "place_text"):
        for number, words in lexicon.words_of_concepts(report.get(name) or ""):
            forms = found.setdefault(lexicon.concepts[number].partition(":")[2], [])
            if words not in forms:
                forms.append(words)
    return found


def _quoted(here: Sequence[str], there: Sequence[str]) -> str:
    """`“costume” / “mask”`; one word where both use it."""
    if shared := [words for words in here if words in there]:
        return f"“{shared[0]}”"
    return " / ".join(", ".join(f"“{words}”" for words in some[:_MOST_FORMS]) for some in (here, there))
