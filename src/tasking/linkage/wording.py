"""What a report's words say beyond its features: every word, place word, name, time and description, keyed.

Read once from the text, with the features, and stored beside them. Words are keyed pseudonyms; numbers of things,
hours and ages are kept as they are.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from tasking.config.lexicon import stem
from tasking.linkage.person_keys import Key, forenames, stemmed_surname
from tasking.linkage.sounds import sound_of
from tasking.linkage.told_times import Window, clock_times, told_windows
from tasking.linkage.word_lists import word_lists
from tasking.model.text import folded

_MOST_WORDS: Final = 160
_MOST_PLACE: Final = 24
_MOST_AGES: Final = 6
_WORD = re.compile(r"[a-z0-9']{1,60}")
_POSSESSIVE = re.compile(r"'s\b")
_NUMBER = re.compile(r"\d{1,4}[a-z]?")
_HOUSE = re.compile(r"\b(?:no\.?|number|flat|at|from) (\d{1,3}[a-z]?)\b")
_AGE = re.compile(
    r"\b(\d{1,2}) ?(?:yo|yrs?|years?(?: old)?|y/o)\b|\b(?:aged?|,|\() ?(\d{2})\b(?! ?(?:st|am|pm|hrs|:|\d))"
)
_CAPITAL = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{3,40}")
_NAME_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]{0,40}")
_TITLES: Final = frozenset("mr mrs ms miss mx dr rev sir pc pcso sgt ip the".split())
_MOST_NAMES: Final = 60
_SEPARATE = re.compile(
    r"\b(?:different|separate|not related|nothing to do|unrelated|another (?:one|lot|matter)|no connection|"
    r"second (?:lot|load|heap|one)|not the (?:same|one|stuff|lot)|the other end)"
)


class Wording(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """`words`: stems of the text without little words; `kind`: those of the partner's word for its kind; `place`: words
    of the place, and `sounds` the same without vowels, so that a misspelt one is found; `local`: place words that are
    no common word for a place, in `sounds`; `pairs`: every two place words in a row. `themes` and `kind_themes`: what
    it is about, `theme_words` the words that say so. Hours are local, since 1970; `male` is 1 for a man or boy, -1 for
    a woman or girl, 0 for both or neither."""

    words: tuple[int, ...] = ()
    kind: tuple[int, ...] = ()
    place: tuple[int, ...] = ()
    sounds: tuple[int, ...] = ()
    generic: tuple[int, ...] = ()  # of `sounds`, those of common words for a place
    pairs: tuple[int, ...] = ()
    text_sounds: tuple[int, ...] = ()
    doors: tuple[int, ...] = ()  # numbers in the place
    text_doors: tuple[int, ...] = ()  # numbers of houses in the text
    figures: tuple[int, ...] = ()  # of `words`, those that begin with a digit
    themes: tuple[int, ...] = ()
    kind_themes: tuple[int, ...] = ()
    theme_words: tuple[int, ...] = ()
    capitals: tuple[int, ...] = ()
    text_names: tuple[int, ...] = ()  # two words in a row that may be a name: the whole name, and initial and surname
    colours: tuple[int, ...] = ()
    makes: tuple[int, ...] = ()
    male: int = 0
    ages: tuple[int, ...] = ()
    clocks: tuple[float, ...] = ()
    windows: tuple[Window, ...] = ()
    is_separate: bool = False


SILENT: Final = Wording()


def words_of_text(text: str) -> list[str]:
    """The words of a text in lower case, usual short forms written out."""
    lowered = _POSSESSIVE.sub("", text.casefold().replace("’", "'").replace("car park", "carpark"))
    short = word_lists().short_forms
    words = (word.replace("'", "") for word in _WORD.findall(lowered))
    return [short.get(word, word) for word in words if word]


def wording_of(text: str, kind: str, place: str, received_h: float, key: Key) -> Wording:
    """The wording of one report. `text`, `kind` and `place` are folded; `received_h` is local."""
    lists = word_lists()
    little = lists.little_words
    written = words_of_text(text)
    of_kind = words_of_text(kind)
    of_place = [word for word in words_of_text(place) if word not in little]
    stems = [stem(word) for word in written if word not in little]
    kind_stems = [stem(word) for word in of_kind if word not in little]
    seen = {*written, *of_kind, *stems, *kind_stems}
    about = {word: lists.themes[word] for word in seen if word in lists.themes}
    of_kind_only = {*of_kind, *kind_stems}
    lowered = text.casefold()
    return Wording(
        words=_keys(key, "word", stems[:_MOST_WORDS]),
        kind=_keys(key, "word", kind_stems),
        text_sounds=_keys(key, "sound", (sound_of(word) for word in written[:_MOST_WORDS] if word not in little)),
        text_doors=_keys(key, "door", _HOUSE.findall(lowered)[:_MOST_AGES]),
        figures=_keys(key, "word", (word for word in stems[:_MOST_WORDS] if word[0].isdigit() and len(word) > 1)),
        themes=_numbers(about.values()),
        kind_themes=_numbers(numbers for word, numbers in about.items() if word in of_kind_only),
        theme_words=_keys(key, "word", (stem(word) for word in about if len(word) > 2)),
        capitals=_keys(key, "word", (stem(word.casefold()) for word in _CAPITAL.findall(text)[:_MOST_PLACE])),
        text_names=_text_names(text, key),
        clocks=clock_times(lowered),
        windows=told_windows(lowered, received_h),
        is_separate=bool(_SEPARATE.search(lowered)),
        **_place_words(of_place, key),
        **_descriptions(written, lowered, key),
    )


def _place_words(words: Sequence[str], key: Key) -> dict[str, Any]:
    """The words of a place: as stems, as they sound, in pairs, and the numbers among them."""
    generic = word_lists().generic_places
    sounds = [sound_of(word) for word in words]
    names = [sound for sound in sounds if not sound[0].isdigit()]
    return {
        "place": _keys(key, "word", (stem(word) for word in words[:_MOST_PLACE])),
        "sounds": _keys(key, "sound", names[:_MOST_PLACE]),
        "generic": _keys(key, "sound", (sound_of(word) for word in words if word in generic)),
        "pairs": _keys(key, "sound pair", (f"{a} {b}" for a, b in pairwise(sounds))),
        "doors": _keys(key, "door", (word for word in words if _NUMBER.fullmatch(word))),
    }


def _descriptions(written: Sequence[str], text: str, key: Key) -> dict[str, Any]:
    """Colours, makes, sex and ages that a text names."""
    lists = word_lists()
    is_male = any(word in lists.male for word in written)
    is_female = any(word in lists.female for word in written)
    return {
        "colours": _keys(key, "word", {*written} & lists.colours),
        "makes": _keys(key, "word", {*written} & lists.makes),
        "male": int(is_male) - int(is_female),
        "ages": _ages(text),
    }


def plain_words(text: str, kind: str, place: str) -> frozenset[str]:
    """The stems of a text without those of its place, and those of the partner's word for its kind, marked `kind:`."""
    little = word_lists().little_words
    of_place = {stem(word) for word in words_of_text(place) if word not in little}
    stems = {stem(word) for word in words_of_text(text)[:_MOST_WORDS] if word not in little} - of_place
    kinds = {stem(word) for word in words_of_text(kind) if word not in little}
    return frozenset({word for word in stems if len(word) > 2} | {f"kind:{word}" for word in kinds})


def _keys(key: Key, domain: str, values: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted({key(domain, value) for value in values}))


def _text_names(text: str, key: Key) -> tuple[int, ...]:
    """Keys of what may be names of people in a text: two words in a row that begin with a capital."""
    found: set[int] = set()
    words = _NAME_WORD.findall(text)
    for one, two in pairwise(words):
        if one[0].isupper() and two[0].isupper() and len(found) < _MOST_NAMES:
            found.update(name_keys(one, two, key))
            found.update(name_keys(two, one, key))
    return tuple(sorted(found))


def name_keys(first: str, last: str, key: Key) -> tuple[int, ...]:
    """Keys of a whole name, and of its initial and surname; none where a word can't be part of a name."""
    lists = word_lists()
    first, last = first.casefold(), last.casefold()
    is_common = last in lists.themes or last in lists.little_words or last in lists.generic_places
    if len(last) < 3 or is_common or first in lists.little_words or first in _TITLES:
        return ()
    surname = stemmed_surname(last)
    initial = key("initial name", f"{first[0]} {surname}")
    return (initial,) if len(first) == 1 else (initial, key("whole name", f"{forenames().get(first, first)} {surname}"))


def _numbers(several: Iterable[Sequence[int]]) -> tuple[int, ...]:
    return tuple(sorted({number for numbers in several for number in numbers}))


def _ages(text: str) -> tuple[int, ...]:
    ages = (int(part) for match in _AGE.findall(text) for part in match if part)
    return tuple(dict.fromkeys(age for age in ages if age > 4))[:_MOST_AGES]


def text_of(value: object) -> str:
    """A field as folded text; "" where it says nothing."""
    return folded(value) if isinstance(value, str) else ""
